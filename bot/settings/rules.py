"""What settings must be beside each other, and beside the process that reads them."""

import ssl
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlsplit

from bot.settings.validators import LOOPBACK
from bot.settings.variables import EXAMPLES, told

OAUTH = ("CAPILLARY_CLIENT_KEY", "CAPILLARY_CLIENT_SECRET")
BASIC = ("CAPILLARY_TILL", "CAPILLARY_TILL_PASSWORD")

_Rule = Callable[[Mapping[str, str], Mapping[str, str]], Iterator[str]]


def _engine_login(given: Mapping[str, str], _process: Mapping[str, str]) -> Iterator[str]:
    oauth, basic = (any(name in given for name in pair) for pair in (OAUTH, BASIC))
    if not oauth and not basic:
        yield told(OAUTH[0], f"is required together with {OAUTH[1]} (or, instead, {' and '.join(BASIC)})")
    if oauth and basic:
        yield told(
            BASIC[0], f"must not be set beside {OAUTH[0]}: leave out {' and '.join(BASIC)}, or the other pair"
        )
    for pair in (OAUTH, BASIC):
        for name, other in (pair, pair[::-1]):
            if name not in given and other in given:
                yield told(name, f"is required together with {other}")


def _attribution(given: Mapping[str, str], _process: Mapping[str, str]) -> Iterator[str]:
    name = "CAPILLARY_ATTRIBUTION_TILL"
    if name in given and any(k in given for k in BASIC) and not any(k in given for k in OAUTH):
        yield told(name, f"works with OAuth only: with {BASIC[0]}, redemptions are booked on that till")


def _slack_way_in(given: Mapping[str, str], _process: Mapping[str, str]) -> Iterator[str]:
    if "SLACK_SIGNING_SECRET" not in given and "SLACK_APP_TOKEN" not in given:
        yield told("SLACK_SIGNING_SECRET", "is required unless SLACK_APP_TOKEN is set")


def _no_installation(_given: Mapping[str, str], process: Mapping[str, str]) -> Iterator[str]:
    # If both are in the environment, Bolt 1.30 switches to OAuth installation and ignores the token.
    if "SLACK_CLIENT_ID" in process and "SLACK_CLIENT_SECRET" in process:
        yield (
            "SLACK_CLIENT_ID: must not be set together with SLACK_CLIENT_SECRET, SLACK_BOT_TOKEN would be ignored; "
            "example: unset SLACK_CLIENT_ID SLACK_CLIENT_SECRET"
        )


def _kept_database(given: Mapping[str, str], process: Mapping[str, str]) -> Iterator[str]:
    if "DYNO" in process and given.get("DATABASE_URL", "sqlite:").startswith("sqlite:"):
        wrong = "must be PostgreSQL here: a dyno's disk is lost at each restart, and the ledger with it"
        yield told("DATABASE_URL", wrong)


#: Seconds; a redemption may be booked minutes after its call timed out.
SHORTEST_WINDOW = 300.0


def _window(given: Mapping[str, str], _process: Mapping[str, str]) -> Iterator[str]:
    """A window below the minimum is allowed only for an engine on this machine, whose records are never late."""
    name = "RECONCILE_WINDOW_SECONDS"
    try:
        short = float(given.get(name, SHORTEST_WINDOW)) < SHORTEST_WINDOW
        host = urlsplit(given.get("CAPILLARY_URL", "")).hostname or ""
    except ValueError:
        return  # reported by the field's own check
    if short and host not in LOOPBACK:
        yield told(
            name, f"must be {SHORTEST_WINDOW:.0f} or more: what is booked late would be called not redeemed"
        )


def _proxies(given: Mapping[str, str], _process: Mapping[str, str]) -> Iterator[str]:
    """What is wrong here would look like a neighbour that is down."""
    for name in ("HTTPS_PROXY", "HTTP_PROXY"):
        try:
            parts = urlsplit(given.get(name, EXAMPLES[name]))
            fine = parts.scheme == "http" and bool(parts.hostname) and bool(parts.port)
        except ValueError:
            fine = False
        if not fine:
            yield told(name, "must be an address of a proxy that is spoken to by http, with its port")


def _authorities(given: Mapping[str, str], _process: Mapping[str, str]) -> Iterator[str]:
    name = "SSL_CERT_FILE"
    try:
        if name in given:
            ssl.create_default_context(cafile=given[name])
    except OSError as err:
        reason = "does not exist" if isinstance(err, FileNotFoundError) else "holds no certificates (PEM)"
        yield told(name, reason)


RULES: tuple[_Rule, ...] = (
    _proxies,
    _authorities,
    _slack_way_in,
    _no_installation,
    _engine_login,
    _attribution,
    _kept_database,
    _window,
)
