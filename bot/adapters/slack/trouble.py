"""What goes wrong between us and Slack, and what it is called."""

from __future__ import annotations

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.domain.errors import Unverified

#: Each means that nothing was verified, or done. AttributeError is what slack-sdk 3.47 raises for a 200 whose
#: body is a text instead of a JSON object.
SLACK_TROUBLE = (
    SlackApiError,
    SlackClientError,
    aiohttp.ClientError,
    TimeoutError,
    ValueError,
    AttributeError,
)
#: Slack's words for a right that the app was not given (docs.slack.dev: methods).
LACKS_A_RIGHT = frozenset({"missing_scope", "no_permission", "not_allowed_token_type"})


def slack_error(err: Exception) -> str:
    """Slack's own word for it, or the kind of trouble: behind a failing gateway an answer may be a page or nothing."""
    if not isinstance(err, SlackApiError):
        return type(err).__name__
    told = getattr(err.response, "data", None)
    return str(told.get("error", "unknown")) if isinstance(told, dict) else "unreadable"


def unverified(err: Exception) -> Unverified:
    """What to say of a check that failed so."""
    return Unverified.SCOPE if slack_error(err) in LACKS_A_RIGHT else Unverified.SLACK
