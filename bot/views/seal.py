"""The day's last seal of the audit log, as a message."""

from __future__ import annotations

from bot.domain.anchor import Anchor
from bot.views.kit import Message, context, section
from bot.views.text import Display


def seal_message(anchor: Anchor, *, display: Display) -> Message:
    del display
    day = f"{anchor.day.day} {anchor.day:%B %Y}"
    head = f"Audit log of {day}: sealed up to event {anchor.last_event}. Nothing to do."
    signed = f" Signed by `{anchor.signed_by}`." if anchor.signed_by else ""
    return Message(
        text=head,
        blocks=(
            section(f"*{head}*\n`{anchor.letters}`"),
            context(
                "This message is a proof outside of Coupon Desk: whoever doubts the log runs "
                f"`coupon-desk audit --verify --anchor` with these letters.{signed}"
            ),
        ),
    )
