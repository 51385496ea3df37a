"""The messages that the channels hold when the demo opens."""

from bot.sandbox.slack.server import SandboxSlack

#: Who says what where; what is indented answers the message before it in a thread.
TALK = (
    (
        "C0SUPPORT",
        "U0MANAGER1",
        "Good morning! The Indiranagar till is offline until noon. Please stay on chat.",
    ),
    ("C0SUPPORT", "U0NOBODY", "A customer asks which of her coupons end tonight. Her mobile is 98450 12345."),
    ("C0SUPPORT", "U0SENIOR", "  I have another one here, from the Airport store: 919400488244"),
    ("C0SUPPORT", "U0NOBODY", "  Thank you! Mine would also take an answer at asha.menon@example.com"),
    ("C0APPROVALS", "U0MANAGER1", "Requests that need one of us will come in here."),
    ("C0STOREOPS", "U0STOREOPS", "Questions from the support floor will come in here."),
    ("C0SHARED", "U0OUTSIDE", "Hello from the other workspace! Can I look a customer up from here?"),
)


async def furnish(slack: SandboxSlack) -> None:
    """Name the channels as people know them, and let people talk."""
    slack.change_channel("C0APPROVALS", name="coupon-approvals")
    before = None
    for channel, user, text in TALK:
        thread = before if text.startswith(" ") else None
        said = await slack.person(user).says(channel, text.strip(), thread)
        before = thread or said
