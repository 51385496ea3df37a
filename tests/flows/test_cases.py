"""The story of asking store ops: asked from anywhere, taken, answered, reopened, honoured."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot import app, settings
from bot.app import Tuning
from bot.sandbox.demo import environment
from bot.sandbox.engine import capillary
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.engine.faults import Status
from bot.sandbox.slack.people import User
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.asking import (
    CHANNEL,
    ESCALATIONS,
    QUESTION,
    SECRETS,
    answers,
    asks,
    opens_question,
    sends,
    takes,
)
from tests.flows.conftest import Clock, Neighbours
from tests.flows.redeeming import ASHA, POLICY, SMALL, redeems

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["http"])


@pytest.fixture
def policy() -> str:
    return POLICY + ESCALATIONS


@pytest.fixture
def omar(slack: SandboxSlack) -> Person:
    """Omar Aziz, the other one."""
    person = slack.add_user(User(id="U0STOREOPS2", name="Omar Aziz"), channels=("C0SUPPORT", CHANNEL))
    slack.change_group("S0STOREOPS", users=("U0STOREOPS", "U0STOREOPS2"))
    return person


def in_channel(slack: SandboxSlack) -> str:
    """All that stands there, as it was sent."""
    return "\n".join(f"{one.text}\n{one.blocks}" for one in slack.messages(CHANNEL))


async def test_from_a_card_to_the_answer_to_the_redemption(
    slack: SandboxSlack, engine: SandboxEngine, vikram: Person, farah: Person
) -> None:
    await asks(vikram)
    await vikram.sees("store ops have it; nobody has taken it yet")
    await farah.sees("Customer A. M., mobile …2345  ·  coupon •••50, ₹250 off  ·  could be used when asked")
    await farah.sees(f"@Vikram Shah asks:\n{QUESTION}")

    await takes(farah)
    await vikram.sees("@Farah Khan sees to it")
    await answers(farah)

    await vikram.sees("Answered: your question")
    await vikram.sees("Honour, by @Farah Khan:\nLet her have it.")
    await vikram.clicks("Redeem", near="Let her have it.")
    await vikram.sees("Bill amount")
    assert "Goodwill" in vikram.screen()
    assert vikram.modal is not None
    note = next(one for one in vikram.modal.blocks if one.get("label", {}).get("text") == "Note")
    assert note["element"]["initial_value"].endswith(": honour")
    await vikram.types("Bill amount", "1200")
    await vikram.submits()
    await vikram.sees("Redeem now")
    await vikram.submits()
    await vikram.sees("The loyalty engine confirmed it")
    await vikram.closes()
    await vikram.clicks("Redeem", near="Let her have it.")
    await vikram.sees("This answer was carried out already: you redeemed the coupon")
    assert engine.count(capillary.REDEEM) == 1
    assert not [secret for secret in SECRETS if secret in in_channel(slack)]


async def test_a_whole_card_can_be_asked_about_and_its_codes_stay_out_of_the_channel(
    slack: SandboxSlack, nisha: Person, farah: Person
) -> None:
    await nisha.command("/coupons", ASHA)
    await nisha.clicks("Ask store ops")
    await nisha.sees("Question")
    await sends(nisha, f"Why is {SMALL} there? She is on 98450 12345, asha.menon@example.com")

    await farah.sees("Why is ••• there? She is on …2345, …@example.com")
    assert not [secret for secret in SECRETS if secret in in_channel(slack)]


async def test_a_coupon_can_be_asked_about_from_its_details(nisha: Person, farah: Person) -> None:
    await nisha.command("/coupons", ASHA)
    await nisha.clicks("Details", near="THANKS500")
    await nisha.sees("Issued")
    await nisha.clicks("Ask store ops")
    await nisha.sees("THANKS500  ₹500 off\nNow: it was used already")
    await sends(nisha)

    await farah.sees("coupon •••00, ₹500 off  ·  when asked: it was used already\nLast used: ")


async def test_an_outcome_can_be_asked_about(
    slack: SandboxSlack, engine: SandboxEngine, vikram: Person, farah: Person
) -> None:
    engine.faults.add(Status(503), path=capillary.REDEEM)
    await redeems(vikram)
    await vikram.sees("The loyalty engine answered with a failure of its own.")
    await vikram.clicks("Ask store ops")
    await vikram.sees("Question")
    await sends(vikram)

    await farah.sees("request then: Outcome unknown")
    assert not [secret for secret in SECRETS if secret in in_channel(slack)]


async def test_a_message_in_a_thread_can_be_asked_about(
    slack: SandboxSlack, nisha: Person, farah: Person
) -> None:
    asked = await nisha.says("C0SUPPORT", "a customer on the line")
    reply = await nisha.says("C0SUPPORT", "98450 12345 wants her coupon back", thread=asked)
    await nisha.shortcut("ask_store_ops", message=reply)
    await nisha.sees("Asha Menon, mobile …2345\nA link to the message goes with it.")
    await nisha.submits()
    await nisha.sees("Store ops have your question")

    await farah.sees("asks:\n…2345 wants her coupon back")
    await farah.sees("the message it is about")
    assert f"https://coupon-desk.slack.com/archives/C0SUPPORT/p{reply.ts.replace('.', '')}" in in_channel(
        slack
    )
    assert not [secret for secret in SECRETS if secret in in_channel(slack)]


async def test_what_was_forwarded_is_asked_about(nisha: Person, farah: Person) -> None:
    forwarded = [{"is_share": True, "text": "98450 12345 wants her coupon back"}]
    message = await nisha.says("C0SUPPORT", "", more={"attachments": forwarded})
    await nisha.shortcut("ask_store_ops", message=message)
    await nisha.sees("Asha Menon, mobile …2345\nA link to the message goes with it.")
    await nisha.submits()

    await farah.sees("asks:\n…2345 wants her coupon back")


async def test_a_message_of_a_conversation_without_the_bot_is_asked_about_without_a_link(
    slack: SandboxSlack, nisha: Person, farah: Person
) -> None:
    slack.fail("chat.getPermalink", error="channel_not_found")
    await nisha.shortcut("ask_store_ops", message=await nisha.says("C0RANDOM", "when do the new ones start?"))
    await nisha.sees("No customer and no coupon goes with it")
    await nisha.submits()

    await farah.sees("asks:\nwhen do the new ones start?")
    assert "the message it is about" not in farah.screen()


async def test_store_ops_are_asked_although_the_engine_fails(
    engine: SandboxEngine, nisha: Person, farah: Person
) -> None:
    await nisha.command("/coupons", ASHA)
    await nisha.sees("9 coupons")
    engine.faults.add(Status(500))
    await nisha.chooses(SMALL, from_="Details of…")
    await nisha.sees("Issued")
    await nisha.clicks("Ask store ops")
    await nisha.sees("Now: the loyalty engine did not say how it stands")
    await sends(nisha)

    await farah.sees("hen asked: the loyalty engine did not say how it stands")


async def test_an_empty_question_is_not_sent(slack: SandboxSlack, nisha: Person) -> None:
    await opens_question(nisha)
    await nisha.types("Question", "   ")
    await nisha.submits()

    await nisha.sees("Type what you want to know.")
    assert slack.messages(CHANNEL) == []


async def test_the_asker_reopens_what_is_not_settled(
    slack: SandboxSlack, nisha: Person, farah: Person
) -> None:
    await asks(nisha)
    await takes(farah)
    await answers(farah, "Refuse", "Not this one.")
    await nisha.sees("Refuse, by @Farah Khan:\nNot this one.")
    assert "[Redeem]" not in nisha.screen().rpartition("Your question")[2]

    await nisha.clicks("Reopen")

    await farah.sees("@Nisha Rao reopened it. @Farah Khan answered before.")
    await farah.sees("Open  ·  reopened once")
    top, *thread = slack.messages(CHANNEL)
    assert {one.thread_ts for one in thread} == {top.ts}
    await takes(farah)
    await answers(farah, "Reissue", "Give her a new one.")
    await nisha.sees("Reissue, by @Farah Khan:\nGive her a new one.")


async def test_a_second_press_on_reopen_says_that_it_is_open(
    slack: SandboxSlack, nisha: Person, farah: Person
) -> None:
    await asks(nisha)
    await takes(farah)
    await answers(farah, "Other", "Ask again tomorrow.")
    await nisha.clicks("Reopen")
    await farah.sees("reopened once")
    await slack.replay()

    await nisha.sees("Your question is with store ops")
    assert "reopened 2 times" not in farah.screen()


async def test_of_two_who_take_it_at_once_one_owns_it(
    slack: SandboxSlack, nisha: Person, farah: Person, omar: Person
) -> None:
    await asks(nisha)
    for person in (farah, omar):
        await person.sees("nobody yet")

    await asyncio.gather(farah.clicks("Take it"), omar.clicks("Take it"))

    await farah.sees("Owner: @")
    await slack.until(lambda: "has taken it." in farah.screen() + omar.screen())
    owner, other = (farah, omar) if "Owner: @Farah Khan" in farah.screen() else (omar, farah)
    await other.sees(f"@{owner.user.name} has taken it.")


async def test_a_colleague_takes_it_over_and_only_then_answers(
    slack: SandboxSlack, nisha: Person, farah: Person, omar: Person
) -> None:
    await asks(nisha)
    await takes(farah)
    await omar.clicks("Answer")
    await omar.sees("@Farah Khan has taken this case; nothing was sent.")
    omar.sees_not("Reply")
    await omar.closes()
    await takes(omar)

    await farah.sees("@Omar Aziz has taken it over from @Farah Khan.")
    await answers(omar)
    await nisha.sees("Honour, by @Omar Aziz")


async def test_an_answer_to_a_case_that_was_taken_over_meanwhile_is_not_given(
    nisha: Person, farah: Person, omar: Person
) -> None:
    await asks(nisha)
    await takes(farah)
    await farah.clicks("Answer")
    await farah.sees("Reply")
    await takes(omar)
    await farah.chooses("Refuse", from_="Outcome")
    await farah.types("Reply", "Surely not")
    await farah.submits()

    await farah.sees("@Omar Aziz has taken this case; nothing was sent.")
    await farah.sees("What you typed:\nSurely not")
    nisha.sees_not("Surely not")


async def test_an_open_case_is_answered_at_once_and_each_of_its_messages_updated_once(
    slack: SandboxSlack, nisha: Person, farah: Person
) -> None:
    await asks(nisha)
    await farah.sees("nobody yet")
    await nisha.sees("nobody has taken it yet")
    slack.calls.clear()
    await answers(farah)

    await nisha.sees("Honour, by @Farah Khan:\nLet her have it.")
    await farah.sees("Answered: Honour, by @Farah Khan")
    # The one that was pressed through the press's response URL.
    assert [len(slack.calls.of(method)) for method in ("chat.update", "response_url")] == [1, 1]


async def test_honour_on_a_used_coupon_is_warned_of_and_offers_no_redeem(
    nisha: Person, farah: Person
) -> None:
    await asks(nisha, code="THANKS500")
    await farah.clicks("Answer")
    await farah.sees("Nobody can redeem this coupon any more. It was used already.")
    await farah.chooses("Honour", from_="Outcome")
    await farah.types("Reply", "The store takes it off by hand.")
    await farah.submits()

    await nisha.sees("The store takes it off by hand.")
    await nisha.sees("do not give the discount on this coupon: it was used already.")
    assert "[Redeem]" not in nisha.screen().rpartition("Your question")[2]


async def test_the_facts_stand_unmasked_in_its_details_and_that_is_recorded(
    slack: SandboxSlack, nisha: Person, farah: Person
) -> None:
    await asks(nisha, code="THANKS500")
    await farah.sees("Last used:")
    await farah.clicks("Details")
    await farah.sees("THANKS500  ₹500 off")
    await farah.sees("Asha Menon")
    await farah.sees("919845012345")
    await farah.sees("Now, checked")
    assert not [secret for secret in (*SECRETS, "THANKS500") if secret in in_channel(slack)]


async def test_a_copy_that_the_ledger_does_not_know_is_kept_true_once_the_asker_presses_it(
    slack: SandboxSlack, nisha: Person, farah: Person
) -> None:
    """It was posted, and the desk's process ended before it had written down where."""
    await asks(nisha)
    await nisha.sees("nobody has taken it yet")
    [known] = slack.messages("D0AGENT")
    copy = slack.workspace.messages.post(known.channel, {"text": known.text, "blocks": known.blocks})
    await takes(farah)
    await slack.until(lambda: "sees to it" in known.text)
    assert "nobody has taken it yet" in copy.text

    await nisha.clicks("Details")

    await nisha.sees("919845012345")
    await slack.until(lambda: copy.text == known.text)


async def test_store_ops_are_reminded_of_what_nobody_has_taken(
    slack: SandboxSlack, nisha: Person, farah: Person, clock: Clock
) -> None:
    await asks(nisha)
    await farah.sees("nobody yet")
    clock.moves(timedelta(minutes=15))

    await farah.sees("Reminder to @store-ops: @Nisha Rao asked this")
    top, reminder = slack.messages(CHANNEL)
    assert reminder.thread_ts == top.ts
    assert slack.calls.of("chat.update") == []


async def test_what_is_missing_in_an_answer_is_said_under_it(nisha: Person, farah: Person) -> None:
    await asks(nisha)
    await takes(farah)
    await farah.clicks("Answer")
    await farah.chooses("Honour", from_="Outcome")
    await farah.types("Reply", "  ")
    await farah.submits()

    await farah.sees("Say it in words, too")
    nisha.sees_not("Answered")


async def test_a_reply_is_masked(slack: SandboxSlack, nisha: Person, farah: Person) -> None:
    await asks(nisha)
    await takes(farah)
    await farah.clicks("Answer")
    await farah.chooses("Honour", from_="Outcome")
    await farah.types("Reply", f"Use {SMALL}, call 98450 12345")
    await farah.submits()

    await nisha.sees("Use •••, call …2345")
    assert not [secret for secret in SECRETS if secret in in_channel(slack)]


async def test_a_form_that_is_delivered_twice_is_one_case(
    slack: SandboxSlack, nisha: Person, farah: Person
) -> None:
    await opens_question(nisha)
    await nisha.types("Question", QUESTION)
    await nisha.submits()
    await farah.sees(QUESTION)
    await slack.replay()

    assert len(slack.messages(CHANNEL)) == 1


async def test_it_outlives_the_desk(
    tmp_path: Path, tuning: Tuning, policy: str, intake_environ: dict[str, str], neighbours: Neighbours
) -> None:
    """Another desk on the same ledger goes on where the first one ended."""
    engine, slack = neighbours.engine, neighbours.slack
    file = tmp_path / "stories.toml"
    file.write_text(policy, encoding="utf-8")
    environ = environment(engine, slack, tmp_path) | intake_environ | {"POLICY_FILE": str(file)}
    nisha, farah = slack.person("U0AGENT"), slack.person("U0STOREOPS")
    async with app.desk(settings.load(environ, env_file=None), tuning) as desk:
        slack.connect(desk.url + "/slack/events")
        await asks(nisha)
        await takes(farah)
    async with app.desk(settings.load(environ, env_file=None), tuning) as desk:
        slack.connect(desk.url + "/slack/events")
        await answers(farah)
        await nisha.sees("Honour, by @Farah Khan")
