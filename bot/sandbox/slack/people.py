"""The people, user groups and channels of the sandbox's workspace."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: The workspace the bot is installed in, and a foreign one that shares a channel with it.
TEAM = "T0DESK"
OTHER_TEAM = "T0OTHER"
TEAM_DOMAIN = "coupon-desk"
APP = "A0DESK"
#: The bot's own user.
BOT_USER = "U0DESK"
BOT = "B0DESK"
#: Who says what Slack itself has to say.
SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One account as users.info tells it (docs.slack.dev: reference/objects/user-object)."""

    id: str
    name: str
    team: str = TEAM
    deleted: bool = False
    is_bot: bool = False
    is_app_user: bool = False
    #: Multi-channel guest.
    is_restricted: bool = False
    #: Single-channel guest.
    is_ultra_restricted: bool = False
    #: A person of another workspace with whom no channel is shared.
    is_stranger: bool = False
    #: Enterprise Grid: workspaces of the same organisation this person belongs to.
    enterprise_teams: tuple[str, ...] = ()
    tz: str = "Asia/Kolkata"

    @property
    def handle(self) -> str:
        return self.name.lower().replace(" ", ".")

    def payload(self) -> dict[str, Any]:
        """What users.info answers; a deactivated account has lost its flags, as Slack does it."""
        told: dict[str, Any] = {
            "id": self.id,
            "team_id": self.team,
            "name": self.handle,
            "deleted": self.deleted,
            "real_name": self.name,
            "profile": {"real_name": self.name, "display_name": self.name, "team": self.team},
            "is_bot": self.is_bot,
            "is_app_user": self.is_app_user,
            "updated": 1700000000,
        }
        if not self.deleted:
            told |= {
                "tz": self.tz,
                "is_admin": False,
                "is_owner": False,
                "is_restricted": self.is_restricted,
                "is_ultra_restricted": self.is_ultra_restricted,
            }
        if self.team != TEAM:
            told["is_stranger"] = self.is_stranger
        if self.enterprise_teams:
            told["enterprise_user"] = {
                "id": self.id,
                "enterprise_id": "E0DESK",
                "teams": list(self.enterprise_teams),
            }
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A user group (docs.slack.dev: reference/objects/usergroup-object)."""

    id: str
    handle: str
    users: tuple[str, ...] = ()
    #: When it was disabled, in Unix seconds; 0 while it is in use.
    date_delete: int = 0
    #: Members that usergroups.list tells when it is not all of `users`; None tells them all.
    listed: tuple[str, ...] | None = None

    def payload(self, *, include_users: bool) -> dict[str, Any]:
        told: dict[str, Any] = {
            "id": self.id,
            "team_id": TEAM,
            "is_usergroup": True,
            "name": self.handle,
            "description": "",
            "handle": self.handle,
            "is_external": False,
            "date_create": 1700000000,
            "date_update": 1700000000,
            "date_delete": self.date_delete,
            "user_count": len(self.users),
        }
        if include_users:
            told["users"] = list(self.users if self.listed is None else self.listed)
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A conversation (docs.slack.dev: reference/objects/conversation-object)."""

    id: str
    name: str
    members: tuple[str, ...] = ()
    is_private: bool = False
    is_archived: bool = False
    is_ext_shared: bool = False
    is_im: bool = False

    @property
    def spoken_name(self) -> str:
        """The name that slash commands and interactions carry."""
        if self.is_im:
            return "directmessage"
        return "privategroup" if self.is_private else self.name

    def payload(self) -> dict[str, Any]:
        told: dict[str, Any] = {
            "id": self.id,
            "created": 1700000000,
            "is_im": self.is_im,
            "is_archived": self.is_archived,
            "is_ext_shared": self.is_ext_shared,
            "is_org_shared": False,
            "is_pending_ext_shared": False,
            "is_shared": self.is_ext_shared,
            "context_team_id": TEAM,
        }
        if self.is_im:
            return told | {"user": next((who for who in self.members if who != BOT_USER), "")}
        return told | {
            "name": self.name,
            "is_channel": not self.is_private,
            "is_group": self.is_private,
            "is_private": self.is_private,
            "is_member": BOT_USER in self.members,
            "connected_team_ids": [OTHER_TEAM] if self.is_ext_shared else [],
            "conversation_host_id": TEAM,
        }


def _users() -> list[User]:
    return [
        User(id="U0AGENT", name="Nisha Rao"),
        User(id="U0SENIOR", name="Vikram Shah"),
        User(id="U0MANAGER1", name="Meera Iyer"),
        User(id="U0MANAGER2", name="Arjun Das"),
        User(id="U0STOREOPS", name="Farah Khan"),
        User(id="U0NOBODY", name="Leo Thomas"),
        User(id="U0GUEST", name="Gina Paul", is_restricted=True, is_ultra_restricted=True),
        User(id="U0MULTIGUEST", name="Milan Roy", is_restricted=True),
        User(id="U0GONE", name="Gopal Sen", deleted=True),
        User(id="U0OUTSIDE", name="Otto Klein", team=OTHER_TEAM, is_stranger=True),
        User(id="U0OTHERBOT", name="Other Bot", is_bot=True),
        User(id=BOT_USER, name="Coupon Desk", is_bot=True),
    ]


#: Guests, a deactivated and a foreign account are listed on purpose: a group alone must open nothing to them.
_GROUPS = (
    Group(
        id="S0AGENTS",
        handle="agents",
        users=("U0AGENT", "U0SENIOR", "U0MANAGER1", "U0GUEST", "U0MULTIGUEST", "U0GONE", "U0OUTSIDE"),
    ),
    Group(id="S0SENIORS", handle="seniors", users=("U0SENIOR",)),
    Group(id="S0MANAGERS", handle="managers", users=("U0MANAGER1", "U0MANAGER2", "U0GUEST", "U0GONE")),
    Group(id="S0STOREOPS", handle="store-ops", users=("U0STOREOPS",)),
    Group(id="S0OLD", handle="old", users=("U0AGENT", "U0NOBODY"), date_delete=1700000001),
)

_STAFF = ("U0AGENT", "U0SENIOR", "U0MANAGER1", "U0MANAGER2", "U0STOREOPS", "U0NOBODY")
_GUESTS = ("U0GUEST", "U0MULTIGUEST")

_CHANNELS = (
    Channel(id="C0SUPPORT", name="support", members=(*_STAFF, *_GUESTS, BOT_USER)),
    Channel(id="C0APPROVALS", name="approvals", members=("U0MANAGER1", "U0MANAGER2", BOT_USER)),
    Channel(
        id="C0STOREOPS", name="store-ops", is_private=True, members=("U0STOREOPS", "U0MANAGER1", BOT_USER)
    ),
    Channel(
        id="C0SHARED",
        name="partners",
        is_ext_shared=True,
        members=("U0AGENT", "U0MANAGER1", "U0OUTSIDE", BOT_USER),
    ),
    Channel(id="C0RANDOM", name="random", members=_STAFF),
    Channel(id="C0SECRET", name="secret", is_private=True, members=("U0MANAGER1",)),
)


class Directory:
    """The accounts, groups and conversations of the workspace as they are now."""

    def __init__(self) -> None:
        self.users = {user.id: user for user in _users()}
        self.groups = {group.id: group for group in _GROUPS}
        self.channels = {channel.id: channel for channel in _CHANNELS}

    def direct(self, user: str) -> Channel:
        """Return the direct message between the bot and this user; open it if needed."""
        made = Channel(id=f"D{user[1:]}", name="", is_im=True, members=(user, BOT_USER))
        return self.channels.setdefault(made.id, made)

    def seen_by(self, user: str) -> Mapping[str, Channel]:
        return {key: channel for key, channel in self.channels.items() if user in channel.members}
