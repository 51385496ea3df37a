"""The command line: `coupon-desk`, the same as `python -m bot`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence

from bot import app, logs
from bot.adapters.ledger.database import migrate
from bot.adapters.slack.installation import SlackRefusesToken, SlackUnreachable
from bot.domain.errors import LedgerUnavailable
from bot.sandbox import demo
from bot.server import CannotListen
from bot.settings import Settings, SettingsFault, load

#: sysexits.h EX_CONFIG.
WRONG_CONFIGURATION = 78
FAILED = 1

#: Exit code, and what to do about it.
CANNOT_START: dict[type[Exception], tuple[int, str]] = {
    SlackRefusesToken: (
        WRONG_CONFIGURATION,
        "{0}: Slack does not accept it ({1}); copy it again from the app's page.",
    ),
    SlackUnreachable: (
        FAILED,
        "Slack cannot be reached ({0}). Check the network and SLACK_API_URL, then start again.",
    ),
    LedgerUnavailable: (
        FAILED,
        "DATABASE_URL: the database cannot be used ({0}). Check that it runs and may be written to.",
    ),
    CannotListen: (FAILED, "HOST, PORT: cannot listen there ({0}). Stop what does, or choose another PORT."),
}

Command = Callable[[], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 fine, 1 failed, 2 wrong usage, 78 wrong configuration."""
    parser = argparse.ArgumentParser(
        prog="coupon-desk", description="Redeem a coupon by hand, safely, from Slack."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (_, words) in COMMANDS.items():
        commands.add_parser(name, help=words, description=words)
    chosen = parser.parse_args(arguments).command
    try:
        return COMMANDS[chosen][0]()
    except SettingsFault as err:
        return _said(
            WRONG_CONFIGURATION, "These settings are wrong:", *(f"  {fault}" for fault in err.faults)
        )
    except tuple(CANNOT_START) as err:
        code, words = CANNOT_START[type(err)]
        return _said(code, words.format(*err.args))
    except KeyboardInterrupt:
        return 0


def _serve() -> int:
    asyncio.run(app.serve(_settings()))
    return 0


def _migrate() -> int:
    asyncio.run(migrate(_settings().database_url.get_secret_value()))
    return 0


def _demo() -> int:
    logs.configure(level="WARNING", format="console")
    asyncio.run(demo.run())
    return 0


def _settings() -> Settings:
    settings = load()
    logs.configure(level=settings.log_level, format=settings.log_format)
    return settings


def _said(code: int, *lines: str) -> int:
    sys.stderr.write("\n".join(lines) + "\n")
    return code


COMMANDS: dict[str, tuple[Command, str]] = {
    "serve": (_serve, "Run the bot; it brings the database up to date itself."),
    "demo": (_demo, "Try the bot on this machine, without Slack and without the loyalty engine."),
    "migrate": (_migrate, "Only bring the database up to date."),
}

if __name__ == "__main__":
    sys.exit(main())
