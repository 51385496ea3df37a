"""The commands of `coupon-desk`. Each imports what it needs when it runs, so that `--help` and typing errors answer at once."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from types import ModuleType

    from bot.settings import Settings

T = TypeVar("T")

FINE = 0
#: What `audit --verify` proves without a file.
LEDGER = True


def _without_arguments(_: ArgumentParser) -> None:
    """The default: a command without arguments of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """
    One command of `coupon-desk`.

    Attributes:
        run: takes what was parsed and returns the exit code; it imports what it needs itself.
        arguments: adds the command's own arguments and options to its parser.

    """

    name: str
    help: str
    run: Callable[[Namespace], int]
    arguments: Callable[[ArgumentParser], None] = _without_arguments


def _serve(_: Namespace) -> int:
    from bot.settings import withhold

    app = imported_app()
    settings = _settings()
    withhold()
    _awaited(app.serve(settings))
    return FINE


def _awaited(of_command: Coroutine[Any, Any, T]) -> T:
    import asyncio

    return asyncio.run(of_command)


def imported_app() -> ModuleType:
    """Return `bot.app`, imported without collecting garbage: what is imported stays, and is never gone through again."""
    import gc

    gc.disable()
    from bot import app

    gc.freeze()
    gc.enable()
    return app


def _demo(chosen: Namespace) -> int:
    from bot import logs
    from bot.sandbox import demo

    logs.configure(level="WARNING", format="console")
    _awaited(demo.run(talk=chosen.talk))
    return FINE


def _demo_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--talk", action="store_true", help="show more commands before the page opens")


def _migrate(_: Namespace) -> int:
    settings = _settings()

    from bot.adapters.ledger.database import migrate

    _awaited(migrate(settings.database_url.get_secret_value()))
    return FINE


def _doctor(chosen: Namespace) -> int:
    from bot import logs
    from bot.ops import doctor

    if chosen.groups:
        return _awaited(doctor.groups(_settings(), print))
    logs.configure(level="CRITICAL", format="console")
    return _awaited(doctor.run(print, as_json=chosen.json))


def _doctor_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as one JSON list")
    parser.add_argument(
        "--groups", action="store_true", help="list the workspace's user groups with their ids"
    )


def _why(chosen: Namespace) -> int:
    settings = _settings()

    from bot.ops import why

    return _awaited(why.run(settings, chosen.about, unmask=chosen.unmask, say=print))


def _why_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("about", help="a reference, customer:<id> or code:<code>", metavar="REFERENCE")
    parser.add_argument(
        "--unmask", action="store_true", help="show names and codes; it is recorded that you did"
    )


def _pause(chosen: Namespace) -> int:
    from bot.ops import pause

    return _awaited(pause.pause(_settings(), chosen.why, print))


def _pause_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("why", metavar='"WHY"', help="one sentence; it is recorded")


def _resume(_: Namespace) -> int:
    from bot.ops import pause

    return _awaited(pause.resume(_settings(), print))


def _forget(chosen: Namespace) -> int:
    from bot.ops import forget

    return _awaited(forget.run(_settings(), chosen.customer, print))


def _forget_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("customer", metavar="CUSTOMER_ID", help="the engine's id, e.g. 565039504")


def _audit(chosen: Namespace) -> int:
    from bot.ops import audit, audit_usage

    given = [
        f"--{name.replace('_', '-')}"
        for name, value in vars(chosen).items()
        if value not in (None, False, [])
    ]
    wrong = audit_usage.at_odds(given) or audit_usage.unusable(chosen.anchor, chosen.key)
    if wrong:
        sys.stderr.write(f"{wrong}\n")
        return audit.USAGE
    wish = audit.Wish(
        csv=chosen.csv,
        since=chosen.since,
        until=chosen.until,
        anchor=chosen.anchor,
        keys=tuple(chosen.key),
    )
    if chosen.against_engine:
        return _awaited(audit.compare(_settings(), wish, print))
    if chosen.verify is None:
        return _awaited(audit.export(_settings(), wish, print))
    if chosen.verify is LEDGER:
        return _awaited(audit.verify(_settings(), wish, print))
    return audit.verify_export(chosen.verify, wish, print)


def _audit_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--csv", action="store_true", help="for a spreadsheet, without seals")
    parser.add_argument(
        "--jsonl", action="store_true", help="one JSON object a line, with seals (the default)"
    )
    parser.add_argument("--since", metavar="DAY", help="a day or a moment, e.g. 2026-11-28")
    parser.add_argument("--until", metavar="DAY", help="a day or a moment, which is left out itself")
    parser.add_argument(
        "--verify",
        nargs="?",
        const=LEDGER,
        type=Path,
        metavar="FILE",
        help="prove the ledger's log, or an exported file",
    )
    parser.add_argument(
        "--against-engine",
        action="store_true",
        help="compare with the engine's own records: missing, reversed, and uses that no request claims",
    )
    parser.add_argument(
        "--anchor", metavar="LETTERS", help="of a seal that was logged: one seal must have it"
    )
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="BASE64",
        help="a public key that seals may be signed by; again for each one that AUDIT_KEY had before",
    )


def _policy(chosen: Namespace) -> int:
    from bot.ops import policy

    if chosen.what == "check":
        return policy.check(chosen.file, print)
    return _awaited(policy.explain(_settings(), chosen.worth, chosen.person, print))


def _policy_arguments(parser: ArgumentParser) -> None:
    whats = parser.add_subparsers(dest="what", required=True, metavar="check | explain")
    check = whats.add_parser("check", help="say what serve would say of it")
    check.add_argument("file", nargs="?", type=Path, metavar="FILE", help="instead of the one that is set")
    explain = whats.add_parser("explain", help="say which rule decides, and who could redeem and approve now")
    explain.add_argument("--worth", required=True, metavar="N", help="the most that the coupon can take off")
    explain.add_argument("--person", metavar="U…", help="by Slack id; everybody who may redeem without it")


def _settings() -> Settings:
    """Load the settings and configure the log by them. Raises SettingsFault."""
    from bot import logs
    from bot.settings import load

    settings = load()
    logs.configure(level=settings.log_level, format=settings.log_format)
    logs.protect(*settings.secrets())
    return settings


COMMANDS = (
    Command(name="serve", run=_serve, help="Run the bot; it brings the database up to date itself."),
    Command(
        name="demo",
        run=_demo,
        arguments=_demo_arguments,
        help="Try the bot on this machine, without Slack and without the loyalty engine.",
    ),
    Command(name="migrate", run=_migrate, help="Only bring the database up to date."),
    Command(
        name="doctor",
        run=_doctor,
        arguments=_doctor_arguments,
        help="Check settings, Slack, the engine and the database, one line each.",
    ),
    Command(
        name="why",
        run=_why,
        arguments=_why_arguments,
        help="Tell what happened to one request or case, from the ledger alone.",
    ),
    Command(
        name="pause",
        run=_pause,
        arguments=_pause_arguments,
        help="From now on send and approve nothing, on all instances; look-ups go on.",
    ),
    Command(name="resume", run=_resume, help="Send and approve again after a pause."),
    Command(
        name="audit",
        run=_audit,
        arguments=_audit_arguments,
        help="Export the audit log, or prove that it is what was written.",
    ),
    Command(
        name="forget",
        run=_forget,
        arguments=_forget_arguments,
        help="Blank name, last digits and notes of one customer; ids, amounts and verdicts stay.",
    ),
    Command(
        name="policy",
        run=_policy,
        arguments=_policy_arguments,
        help="Check the policy, or explain who could redeem and approve by it now.",
    ),
)
