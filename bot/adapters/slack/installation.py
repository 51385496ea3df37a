"""The app's own identity in Slack, asked once at the start."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.accounts import Workspace
from bot.adapters.slack.trouble import SLACK_TROUBLE, slack_error
from bot.aio.causes import TRUST_STEP, is_untrusted
from bot.aio.frozen import frozen
from bot.domain.errors import CannotStart

log = structlog.get_logger(__name__)

#: Slack's error codes for a token that no retry makes valid (docs.slack.dev: auth.test).
TOKEN_ERRORS = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "not_allowed_token_type",
    }
)


class SlackRefusesToken(CannotStart):
    """Slack does not accept a token; the arguments are its variable and Slack's error code."""

    words = "{0}: Slack does not accept it ({1}); copy it again from the app's page."
    wrong_configuration = True


class SlackUnreachable(CannotStart):
    """Slack cannot be reached."""

    words = "Slack cannot be reached ({0}). Check the network and SLACK_API_URL, then start again."


class SlackUntrusted(SlackUnreachable):
    """A certificate was shown for Slack that is not trusted."""

    words = f"Slack cannot be reached: the certificate that is shown for it is not trusted. {TRUST_STEP}"


@frozen
class Installation:
    """The workspace and the bot's ids, so that Bolt need not ask Slack during each request."""

    workspace: Workspace
    authorized: AuthorizeResult

    def authorize(self) -> Callable[[], Awaitable[AuthorizeResult]]:
        """A plain function: Bolt 1.30 passes `self` to a bound method a second time."""
        authorized = self.authorized

        async def answer() -> AuthorizeResult:
            return authorized

        return answer


async def sign_in(client: AsyncWebClient, token: str) -> Installation:
    """Ask auth.test. Raises SlackRefusesToken or SlackUnreachable."""
    try:
        answer = await client.auth_test()
    except SLACK_TROUBLE as err:
        raise _not_signed_in(err) from None
    log.info("signed_in", team=answer["team_id"], bot_user=answer.get("user_id"))
    return Installation(
        Workspace(team=answer["team_id"], enterprise=answer.get("enterprise_id")),
        AuthorizeResult.from_auth_test_response(bot_token=token, auth_test_response=answer),
    )


def _not_signed_in(err: Exception) -> CannotStart:
    if isinstance(err, SlackApiError) and slack_error(err) in TOKEN_ERRORS:
        return SlackRefusesToken("SLACK_BOT_TOKEN", slack_error(err))
    return SlackUntrusted() if is_untrusted(err) else SlackUnreachable(slack_error(err))
