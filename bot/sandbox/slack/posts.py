"""chat.postMessage, chat.update, chat.getPermalink, and what is posted through a response URL."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.slack.blockkit.rules import message_advice, message_faults
from bot.sandbox.slack.messages import SandboxMessage
from bot.sandbox.slack.people import BOT_USER, Channel
from bot.sandbox.slack.urls import ResponseUrl, Source, UrlRefused
from bot.sandbox.slack.workspace import SandboxWorkspace

Args = Mapping[str, Any]
Answer = dict[str, Any]

#: Longer texts are cut in a post and refused in an update (docs.slack.dev: reference/methods/chat.update).
MAX_UPDATE_TEXT = 4000
MAX_POST_TEXT = 40000


class Posts:
    def __init__(self, workspace: SandboxWorkspace, *, messages_tab: bool) -> None:
        self._workspace = workspace
        self._directory = workspace.directory
        self._messages = workspace.messages
        self._messages_tab = messages_tab

    def post(self, args: Args) -> Answer:
        channel = self._postable(str(args.get("channel") or ""))
        self._check(args, "post")
        if len(str(args.get("text") or "")) > MAX_POST_TEXT:
            self._workspace.faults.append(f"post: a text of more than {MAX_POST_TEXT} characters is cut")
            args = {**args, "text": args["text"][:MAX_POST_TEXT]}
        thread_ts = args.get("thread_ts")
        made = self._messages.post(channel.id, args, thread_ts=str(thread_ts) if thread_ts else None)
        self._workspace.note_mentions(channel.id, args)
        return {"channel": channel.id, "ts": made.ts, "message": made.payload()}

    def update(self, args: Args) -> Answer:
        channel = self._directory.channels.get(str(args.get("channel")))
        if channel is None:
            raise UrlRefused("channel_not_found")
        message = self._messages.find(channel.id, str(args.get("ts")))
        if message is None or message.ephemeral:
            raise UrlRefused("message_not_found")
        if message.user != BOT_USER:
            raise UrlRefused("cant_update_message")
        if len(str(args.get("text") or "")) > MAX_UPDATE_TEXT:
            raise UrlRefused("msg_too_long")
        self._check(args, "update")
        # What is left out stays: a text alone does not remove the blocks, an empty list does.
        self._redrawn(message, {"blocks": message.blocks, "text": message.text, **args})
        return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": message.payload()}

    def permalink(self, args: Args) -> Answer:
        channel = self._directory.channels.get(str(args.get("channel")))
        if channel is None:
            raise UrlRefused("channel_not_found")
        message = self._messages.find(channel.id, str(args.get("message_ts")))
        if message is None or message.ephemeral:
            raise UrlRefused("message_not_found")
        link = f"https://coupon-desk.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
        return {"channel": channel.id, "permalink": link}

    def respond(self, url: ResponseUrl, args: Args) -> None:
        """
        What comes in through a response URL (docs.slack.dev: interactivity/handling-user-interaction).

        A press replaces its own message unless replace_original is false; the URL of a command or a shortcut
        only ever adds a message.
        """
        pressed = self._messages.find(url.channel, url.message_ts) if url.message_ts else None
        if url.source is not Source.MESSAGE and (args.get("replace_original") or args.get("delete_original")):
            self._workspace.faults.append(f"response_url of {url.source}: there is nothing it can replace")
        if url.source is Source.MESSAGE and args.get("delete_original"):
            self._removed(pressed)
            return
        self._check(args, "response_url")
        if url.source is Source.MESSAGE and args.get("replace_original") is not False:
            self._redrawn(_still_there(pressed), args)
            return
        self._added(url, args)

    def _added(self, url: ResponseUrl, args: Args) -> None:
        reader = None if args.get("response_type") == "in_channel" else url.user
        thread_ts = str(args["thread_ts"]) if args.get("thread_ts") else None
        self._messages.post(url.channel, args, reader=reader, thread_ts=thread_ts)
        self._workspace.note_mentions(url.channel, args)

    def _removed(self, pressed: SandboxMessage | None) -> None:
        self._messages.remove(_still_there(pressed))

    def _redrawn(self, message: SandboxMessage, args: Args) -> None:
        self._messages.redraw(message, args)
        self._workspace.note_mentions(message.channel, args)

    def _check(self, args: Args, how: str) -> None:
        text, blocks, attachments = args.get("text"), args.get("blocks"), args.get("attachments")
        if not text and not blocks and not attachments:
            raise UrlRefused("no_text")
        if args.get("as_user") is not None:
            raise UrlRefused("as_user_not_supported")
        if faults := message_faults(args):
            raise UrlRefused("invalid_blocks", *(f"{how}: {fault}" for fault in faults))
        self._workspace.faults += [f"{how}: {one}" for one in message_advice(args)]

    def _postable(self, asked: str) -> Channel:
        channel = self._direct(asked) if asked[:1] in {"U", "W"} else self._directory.channels.get(asked)
        if channel is None or (channel.is_private and BOT_USER not in channel.members):
            raise UrlRefused("channel_not_found")
        if channel.is_archived:
            raise UrlRefused("is_archived")
        if BOT_USER not in channel.members:
            raise UrlRefused("not_in_channel")
        if channel.is_im and not self._messages_tab:
            raise UrlRefused("messages_tab_disabled")
        return channel

    def _direct(self, user_id: str) -> Channel | None:
        user = self._directory.users.get(user_id)
        if user is None or user.deleted or user.is_bot:
            return None
        return self._directory.direct(user_id)


def _still_there(message: SandboxMessage | None) -> SandboxMessage:
    if message is None:
        raise UrlRefused("message_not_found")
    return message
