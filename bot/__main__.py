"""
The command line: `coupon-desk`, the same as `python -m bot`.

It parses first, and tells in a sentence whatever ends a command.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from bot.commands import COMMANDS, FINE

FAILED = 1
WRONG_USAGE = 2


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


if __name__ == "__main__":
    sys.exit(main())
