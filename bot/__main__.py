"""
The command line: `coupon-desk`, the same as `python -m bot`.

It parses first. A command imports what it needs when it runs, so `--help` and typing errors answer at once.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from bot.settings import Settings

FINE = 0
FAILED = 1
WRONG_USAGE = 2
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 fine, 1 failed or a check failed, 2 wrong usage, 78 wrong configuration."""
    try:
        code = _ran(arguments)
        sys.stdout.flush()
    except BaseException as err:  # noqa: BLE001 - whatever happens is told in a sentence
        return _closed() if _reader_is_gone(err) else _ended_by(err)
    return code


def _ran(arguments: Sequence[str] | None) -> int:
    unread = next(filter(_is_no_text, sys.argv[1:] if arguments is None else arguments), None)
    if unread is not None:
        sys.stderr.write(f"{unread!a} is no text in UTF-8: type it anew.\n")
        return WRONG_USAGE
    try:
        chosen = _parser().parse_args(arguments)
    except SystemExit as end:
        # argparse has printed the help, or what is wrong with the arguments.
        return int(end.code or FINE)
    from bot.failures import tell_of_threads
    from bot.settings import hand_on

    tell_of_threads()
    # Before a library that looks for them is imported.
    hand_on()
    return int(chosen.run(chosen))


def _is_no_text(argument: str) -> bool:
    """Whether it holds bytes that are no UTF-8 (docs.python.org: sys.argv, surrogateescape)."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        return True
    return False


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="coupon-desk", description="Redeem a coupon by hand, safely, from Slack.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        own = commands.add_parser(command.name, help=command.help, description=command.help)
        command.arguments(own)
        own.set_defaults(run=command.run)
    return parser


def _ended_by(err: BaseException) -> int:
    from bot.failures import told

    return told(err)


def _reader_is_gone(err: BaseException) -> bool:
    """Whether the command ended as nobody reads stdout any more, which is a pipe, as with `coupon-desk … | head`."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return True
    from bot.aio.causes import causes

    # Without a buffer (PYTHONUNBUFFERED, as in the image) nothing is left to flush. Sockets raise the same error.
    return any(isinstance(one, BrokenPipeError) for one in causes(err)) and _is_unread(sys.stdout.fileno())


def _is_unread(pipe: int) -> bool:
    """Whether the reading end is closed (man 2 poll: POLLERR)."""
    import select

    asked = select.poll()
    asked.register(pipe, 0)
    return any(events & (select.POLLERR | select.POLLHUP) for _, events in asked.poll(0))


def _closed() -> int:
    """Redirect stdout, else Python reports the closed pipe at exit (docs.python.org: library/signal, SIGPIPE)."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED


# The commands.


def _serve(_: Namespace) -> int:
    import asyncio

    from bot.settings import withhold

    app = imported_app()
    settings = _settings()
    withhold()
    asyncio.run(app.serve(settings))
    return FINE


def imported_app() -> ModuleType:
    """Return `bot.app`, imported without collecting garbage: what is imported stays, and is never gone through again."""
    import gc

    gc.disable()
    from bot import app

    gc.freeze()
    gc.enable()
    return app


def _demo(chosen: Namespace) -> int:
    import asyncio

    from bot import logs
    from bot.sandbox import demo

    logs.configure(level="WARNING", format="console")
    asyncio.run(demo.run(talk=chosen.talk))
    return FINE


def _demo_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--talk", action="store_true", help="show more commands before the page opens")


def _migrate(_: Namespace) -> int:
    import asyncio

    settings = _settings()

    from bot.adapters.ledger.database import migrate

    asyncio.run(migrate(settings.database_url.get_secret_value()))
    return FINE


def _doctor(chosen: Namespace) -> int:
    import asyncio

    from bot import logs
    from bot.ops import doctor

    if chosen.groups:
        return asyncio.run(doctor.groups(_settings(), print))
    logs.configure(level="CRITICAL", format="console")
    return asyncio.run(doctor.run(print, as_json=chosen.json))


def _doctor_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as one JSON list")
    parser.add_argument(
        "--groups", action="store_true", help="list the workspace's user groups with their ids"
    )


def _why(chosen: Namespace) -> int:
    import asyncio

    settings = _settings()

    from bot.ops import why

    return asyncio.run(why.run(settings, chosen.about, unmask=chosen.unmask, say=print))


def _why_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("about", help="a reference, customer:<id> or code:<code>", metavar="REFERENCE")
    parser.add_argument(
        "--unmask", action="store_true", help="show names and codes; it is recorded that you did"
    )


def _pause(chosen: Namespace) -> int:
    import asyncio

    from bot.ops import pause

    return asyncio.run(pause.pause(_settings(), chosen.why, print))


def _pause_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("why", metavar='"WHY"', help="one sentence; it is recorded")


def _resume(_: Namespace) -> int:
    import asyncio

    from bot.ops import pause

    return asyncio.run(pause.resume(_settings(), print))


def _forget(chosen: Namespace) -> int:
    import asyncio

    from bot.ops import forget

    return asyncio.run(forget.run(_settings(), chosen.customer, print))


def _forget_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("customer", metavar="CUSTOMER_ID", help="the engine's id, e.g. 565039504")


def _audit(chosen: Namespace) -> int:
    import asyncio

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
        return asyncio.run(audit.compare(_settings(), wish, print))
    if chosen.verify is None:
        return asyncio.run(audit.export(_settings(), wish, print))
    if chosen.verify is LEDGER:
        return asyncio.run(audit.verify(_settings(), wish, print))
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
    import asyncio

    from bot.ops import policy

    if chosen.what == "check":
        return policy.check(chosen.file, print)
    return asyncio.run(policy.explain(_settings(), chosen.worth, chosen.person, print))


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

if __name__ == "__main__":
    sys.exit(main())
