"""`python -m tests.model` checks what CI checks and prints it; `--larger` checks wider bounds, too (minutes)."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tests.model.spin import Found, check, missing
from tests.model.variants import HOLD, LARGER, LIMITS, MUTANTS, PROPERTIES, Variant, property_of


def run(variants: Sequence[Variant], *, thorough: bool) -> tuple[int, float]:
    """How many went otherwise than they must, and the processor time."""
    wrong, cpu_s = 0, 0.0
    for variant in variants:
        found = check(variant.switches, cycles=variant.cycles, thorough=thorough)
        as_it_must = _broken(found) == variant.breaks
        wrong += not as_it_must
        cpu_s += found.cpu_s
        _say(
            f"{'ok' if as_it_must else 'WRONG':5} {found.states:>11,} states {found.cpu_s:6.1f} s  {_told(variant, found)}"
        )
    return wrong, cpu_s


def _told(variant: Variant, found: Found) -> str:
    broken = _broken(found)
    return f"{variant.name}: {'holds' if broken is None else f'breaks “{broken}”'}"


def _broken(found: Found) -> str | None:
    return None if found.broken is None else property_of(found.broken)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    if arguments not in ([], ["--larger"]):
        sys.stderr.write("usage: python -m tests.model [--larger]\n")
        return 2
    if (command := missing()) is not None:
        sys.stderr.write(f"{command} is not installed: apt-get install spin gcc\n")
        return 1
    _say(f"Properties ({len(PROPERTIES)}): " + "; ".join(PROPERTIES))
    hold = (*HOLD, *LARGER) if arguments else HOLD
    parts = {"Every run keeps them": (hold, True), "Mutants": (MUTANTS, False), "Limits": (LIMITS, False)}
    wrong, cpu_s = 0, 0.0
    for title, (variants, thorough) in parts.items():
        _say(f"\n{title} ({len(variants)})")
        more_wrong, more_s = run(variants, thorough=thorough)
        wrong, cpu_s = wrong + more_wrong, cpu_s + more_s
    _say(f"\n{wrong} wrong, {cpu_s:.0f} s of processor time")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
