"""The Web API methods the bot may call: a closed list, each with the errors of its page on docs.slack.dev."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.sandbox.slack.people import APP, BOT, BOT_USER, TEAM, TEAM_DOMAIN, Channel
from bot.sandbox.slack.posts import Posts
from bot.sandbox.slack.socket import SocketHub
from bot.sandbox.slack.stacks import Stacks
from bot.sandbox.slack.urls import UrlRefused
from bot.sandbox.slack.workspace import SandboxWorkspace

Args = Mapping[str, Any]
Answer = dict[str, Any]
Method = Callable[[Args], Answer]

#: What each method needs, where it is always the same.
SCOPES: Mapping[str, str] = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "usergroups.list": "usergroups:read",
    "usergroups.users.list": "usergroups:read",
    "users.info": "users:read",
    "conversations.open": "im:write",
}


class Methods:
    def __init__(self, workspace: SandboxWorkspace, posts: Posts, sockets: SocketHub) -> None:
        self._workspace = workspace
        self._directory = workspace.directory
        stacks = Stacks(workspace)
        self._by_name: dict[str, Method] = {
            "auth.test": self._auth_test,
            "chat.postMessage": posts.post,
            "chat.update": posts.update,
            "chat.getPermalink": posts.permalink,
            "views.open": stacks.open,
            "views.push": stacks.push,
            "views.update": stacks.update,
            "views.publish": stacks.publish,
            "usergroups.list": self._groups,
            "usergroups.users.list": self._group_users,
            "users.info": self._user,
            "conversations.info": self._channel,
            "conversations.open": self._direct_message,
            "apps.connections.open": lambda _: {"url": sockets.ticket()},
        }

    def known(self, name: str) -> bool:
        return name in self._by_name

    def call(self, name: str, args: Args) -> Answer:
        """Raises Refused."""
        return {"ok": True} | self._by_name[name](args)

    def needed_scope(self, name: str, args: Args) -> str | None:
        if name != "conversations.info":
            return SCOPES.get(name)
        channel = self._directory.channels.get(str(args.get("channel")))
        if channel is None:
            return "channels:read"
        if channel.is_im:
            return "im:read"
        return "groups:read" if channel.is_private else "channels:read"

    def _auth_test(self, _: Args) -> Answer:
        return {
            "url": f"https://{TEAM_DOMAIN}.slack.com/",
            "team": "Coupon Desk",
            "user": "coupon_desk",
            "team_id": TEAM,
            "user_id": BOT_USER,
            "bot_id": BOT,
            "app_id": APP,
            "is_enterprise_install": False,
        }

    def _groups(self, args: Args) -> Answer:
        every, users = flag(args, "include_disabled"), flag(args, "include_users")
        groups = [one for one in self._directory.groups.values() if every or not one.date_delete]
        return {"usergroups": [group.payload(include_users=users) for group in groups]}

    def _group_users(self, args: Args) -> Answer:
        group = self._directory.groups.get(required(args, "usergroup"))
        if group is None or (group.date_delete and not flag(args, "include_disabled")):
            raise UrlRefused("no_such_subteam")
        return {"users": list(group.users)}

    def _user(self, args: Args) -> Answer:
        user = self._directory.users.get(required(args, "user"))
        if user is None:
            raise UrlRefused("user_not_found")
        return {"user": user.payload()}

    def _channel(self, args: Args) -> Answer:
        channel = self._directory.channels.get(required(args, "channel"))
        if channel is None or not visible(channel):
            raise UrlRefused("channel_not_found")
        return {"channel": channel.payload()}

    def _direct_message(self, args: Args) -> Answer:
        if "users" not in args:
            raise UrlRefused("users_list_not_supplied")
        asked = str(args["users"]).split(",")
        if len(asked) > 1:
            raise UrlRefused("missing_scope", "several people need mpim:write")
        user = self._directory.users.get(asked[0])
        if user is None:
            raise UrlRefused("user_not_found")
        if user.deleted:
            raise UrlRefused("user_disabled")
        if user.is_bot:
            raise UrlRefused("cannot_dm_bot")
        known = f"D{user.id[1:]}" in self._directory.channels
        channel = self._directory.direct(user.id)
        told = channel.payload() if flag(args, "return_im") else {"id": channel.id}
        return {"channel": told, "no_op": known, "already_open": known}


def required(args: Args, name: str) -> str:
    value = args.get(name)
    if value in (None, ""):
        raise UrlRefused("invalid_arguments", f"[ERROR] missing required field: {name}")
    return str(value)


def flag(args: Args, name: str) -> bool:
    """Booleans come as JSON, as 1 and 0, or as words."""
    return args.get(name) in {True, "1", "true", "True"}


def visible(channel: Channel) -> bool:
    """A private conversation does not exist for an app that is not in it."""
    return not channel.is_private or BOT_USER in channel.members
