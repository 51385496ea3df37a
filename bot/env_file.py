"""Reads `.env`, and says which of its lines set nothing: what is not in force there looks as if it were."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dotenv.parser import Binding


def read_env_file(path: Path | None, known: Sequence[str]) -> tuple[dict[str, str | None], list[str]]:
    """Return the values by name, and what is wrong in the file; nothing where there is none. `known` are our names."""
    if path is None or not path.exists():
        return {}, []
    from dotenv.parser import parse_stream  # noqa: PLC0415 - few deployments have such a file

    try:
        # Nothing is interpolated: a secret may hold a dollar sign.
        lines = list(parse_stream(StringIO(path.read_text(encoding="utf-8-sig"))))
    except (OSError, UnicodeDecodeError) as err:
        return {}, [f"{path}: cannot be read ({type(err).__name__})"]
    faults = [f"{path}, line {number}: {wrong}" for number, wrong in _wrong(lines, known)]
    return {line.key: line.value for line in lines if line.key}, faults


def _wrong(lines: Sequence[Binding], known: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield lines that are none, that set something once more, or that set what is only nearly one of ours."""
    first: dict[str, tuple[int, str]] = {}
    for line in lines:
        number = _number(line)
        if line.error:
            yield number, "cannot be read; write NAME=value, with both quotes or none"
        elif line.key and line.key in known:
            value = (line.value or "").strip()
            before, other = first.setdefault(line.key, (number, value))
            if other and other != value:
                yield number, f"{line.key} is set in line {before}, too; leave one of them out"
        elif line.key and (near := _nearly(line.key, known)):
            shown = line.key if line.key.isprintable() else ascii(line.key)
            yield number, f"{shown} is no setting; is it {near} that is meant?"


def _number(line: Binding) -> int:
    """Return the line's number in the file; blank lines before it belong to it (python-dotenv 1.2)."""
    text = line.original.string
    return line.original.line + text[: len(text) - len(text.lstrip())].count("\n")


def _nearly(key: str, known: Sequence[str]) -> str | None:
    """Return the name that this one is a slip for; None if there is none: others may read the file, too."""
    plain = key.upper().replace("-", "_")
    near = difflib.get_close_matches(plain, known, n=1, cutoff=0.9)
    cut = [name for name in known if "_" in plain and name.startswith(f"{plain}_")]
    return next(iter((*near, *cut)), None)
