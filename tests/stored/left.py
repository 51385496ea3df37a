"""What an older desk left in Slack, stood up again to be pressed."""

from __future__ import annotations

from bot.sandbox.slack.server import SandboxSlack
from bot.sandbox.slack.views import SandboxView
from tests.stored.old import Json


def window_of(of: Json, slack: SandboxSlack) -> SandboxView:
    """Open the captured window or App Home again, filled in as it was."""
    view = SandboxView(id=of["id"], user=of["user"], sent={}, hash="", root_id=of["id"])
    view.values = dict(of["values"])
    view.draw(of["view"])
    views = slack.workspace.views
    if of["view"]["type"] == "home":
        views.homes[view.user] = view
    else:
        views.stacks[view.user] = [view]
    return view
