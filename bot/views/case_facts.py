"""The facts of a case in words: masked for a channel, unmasked for those who answer."""

from __future__ import annotations

from bot.domain.cards import CaseNow
from bot.domain.case import Case, CaseAnswer, CaseState, Facts, Verb
from bot.domain.coupon import Use
from bot.domain.customer import Customer
from bot.domain.finding import Verdict
from bot.domain.masking import hinted_code
from bot.domain.redemption import State
from bot.domain.refusal import Refusal, surely_final
from bot.views.bills import masked_bill
from bot.views.coupon import use_details, uses_left
from bot.views.money import discount
from bot.views.names import hinted
from bot.views.refusals import REFUSALS
from bot.views.states import STATE_WORDS as REQUEST_WORDS
from bot.views.terms import customer_words
from bot.views.text import Display, clock_time, code, mention, quoted


def about(parts: list[str]) -> str:
    return "  ·  ".join(parts) if parts else "About no particular customer"


def masked_facts(facts: Facts, display: Display) -> list[str]:
    """Return the facts, masked for a channel: who, which coupon, how it stood, and its last use."""
    whom = [hinted(facts.customer_name, facts.customer_tail)] if facts.customer else []
    which = f"coupon {quoted(hinted_code(facts.code), 10)}, {worth(facts, display)}" if facts.code else None
    coupon = [which, standing(facts)] if which else []
    return [about([*whom, *coupon]), *used(facts, display, masked=True)]


def worth(facts: Facts, display: Display) -> str:
    return discount(facts.discount, display.currency) if facts.discount else "discount not stated"


def standing(facts: Facts, *, sent: bool = True) -> str:
    """Return the coupon's state when the question was asked, as one of several facts in a line; now if it is not `sent`."""
    if facts.request_state is not None:
        return f"request {'then' if sent else 'now'}: {REQUEST_WORDS[facts.request_state]}"
    if facts.verdict is Verdict.REDEEMABLE:
        return "could be used when asked" if sent else "can be used now"
    return f"{'when asked' if sent else 'now'}: {after_a_colon(why_not(facts.verdict, facts.refusal)).removesuffix('.')}"


def why_not(verdict: Verdict | None, refusal: Refusal | None) -> str:
    """Return why a coupon cannot be used; `verdict` is not redeemable, or None if the engine did not say."""
    match verdict:
        case None:
            return "The loyalty engine did not say how it stands."
        case Verdict.NO_SUCH_COUPON:
            return REFUSALS[Refusal.NO_SUCH_COUPON].why
        case Verdict.NOT_THEIRS:
            return REFUSALS[Refusal.NOT_THEIRS].why
        case _:
            return REFUSALS[refusal or Refusal.OTHER].why


def used(facts: Facts, display: Display, *, masked: bool) -> list[str]:
    """Return when, where and for which bill the coupon was used last, and the bill that was asked about."""
    bill = facts.bill and (_masked(facts.bill, facts) if masked else facts.bill)
    lines = [f"*Last used:* {_use(facts.used, facts, display, masked=masked)}"] if facts.used else []
    return [*lines, *([f"*Asked for bill:* {code(bill, 80)}"] if bill else [])]


def _use(use: Use, facts: Facts, display: Display, *, masked: bool) -> str:
    bill = use.bill and (_masked(use.bill, facts) if masked else use.bill)
    return use_details(Use(id=use.id, at=use.at, bill=bill, place=use.place), display)


def _masked(bill: str, facts: Facts) -> str:
    return masked_bill(bill, facts.code or "", facts.customer_tail)


def unmasked(facts: Facts, display: Display, *, sent: bool = True) -> list[str]:
    """Return everything that was known when the question was asked, or is known before it is `sent`."""
    lines = []
    if facts.customer:
        lines.append(customer_words(facts.customer_name, facts.customer_tail))
    if facts.code:
        stood = standing(facts, sent=sent)
        lines += [f"{code(facts.code)}  *{worth(facts, display)}*", f"{stood[:1].upper()}{stood[1:]}"]
    return [*lines, *used(facts, display, masked=False)]


def now(of: CaseNow, display: Display) -> list[str]:
    """Return how the coupon stands now, and its last use if that is another one; empty if nothing was answered."""
    finding, as_of = of.finding, of.as_of
    if finding is None or as_of is None:
        return []
    at = clock_time(as_of, display)
    if finding.verdict is Verdict.REDEEMABLE:
        lines = [f"*Now*, checked {at}: it can be used{uses_left(finding.check.uses_left)}"]
    else:
        lines = [f"*Now*, checked {at}: it cannot be used. {why_not(finding.verdict, finding.check.refusal)}"]
    last = finding.record.last_use if finding.record else None
    news = last is not None and last != of.case.facts.used
    return [*lines, *([f"*Last used, as of now:* {use_details(last, display)}"] if last and news else [])]


def no_honour(of: CaseNow) -> str:
    """Return the warning about Honour for a coupon that whoever asked could not redeem then; empty for any other."""
    if of.in_the_way is State.REDEEMED:
        done = "If the discount is not off the bill yet, the store takes it off by hand, once; say so in the reply."
        return f"⚠️ *{USED_FOR_IT}* {_WITHOUT}. {done}"
    if of.in_the_way is not None:
        open_ = f"⚠️ *A request for this coupon has not ended ({REQUEST_WORDS[of.in_the_way]}).*"
        return f"{open_} {_WITHOUT}: answer when it has ended, or say in the reply what they do instead."
    finding = of.finding
    if finding is None or finding.verdict is Verdict.REDEEMABLE:
        return ""
    ended = finding.verdict is not Verdict.NOT_REDEEMABLE or surely_final(finding.check.refusal)
    return (
        f"⚠️ *Nobody can redeem this coupon{' any more' if ended else ' now'}.* {why_not(finding.verdict, finding.check.refusal)} "
        f"{_WITHOUT}: choose *Reissue*, or say in the reply what they do instead."
    )


USED_FOR_IT = "It was used for this bill already, by the request that this is about."
_WITHOUT = "With *Honour* whoever asked gets no Redeem button"


def contacts(customer: Customer | None, facts: Facts) -> list[str]:
    """Return the contacts, if the engine gave them for this customer."""
    if customer is None or customer.id != facts.customer:
        return []
    told = (("Mobile", customer.mobile), ("E-mail", customer.email))
    return [f"*{name}:* {code(value, 200)}" for name, value in told if value]


def not_redeemable(answer: CaseAnswer) -> str:
    """Return why nothing could be redeemed when it was honoured; empty if the engine was not asked or did not answer."""
    if answer.in_the_way is State.REDEEMED:
        return USED_FOR_IT
    if answer.in_the_way is not None:
        return f"A request for it had not ended ({REQUEST_WORDS[answer.in_the_way]})."
    return "" if answer.verdict is None else why_not(answer.verdict, answer.refusal)


def of_the_coupon(why: str) -> str:
    """Return a sentence about the coupon as the second half of one: `the coupon has expired.`."""
    return f"the coupon{why[2:]}" if why.startswith("It ") else after_a_colon(why)


def after_a_colon(why: str) -> str:
    return f"{why[:1].lower()}{why[1:]}"


def no_redeem(case: Case) -> list[str]:
    """Return for store ops why what is honoured cannot be carried out, and what becomes of it; nothing if it can."""
    if case.answer is None or not case.honours or case.may_be_redeemed:
        return []
    return [_without_redeem(case.answer, mention(case.asker))]


def _without_redeem(answer: CaseAnswer, asker: str) -> str:
    why = not_redeemable(answer)
    if not why:
        return (
            f"Whether this answer can be carried out was not known when it was given. {asker} looks the coupon up; "
            f"if it has no Redeem there, {asker} reopens this."
        )
    if answer.in_the_way is State.REDEEMED:
        return (
            f"Nothing more can be used for this answer: {of_the_coupon(why)} If the discount is not off the bill, "
            f"the store takes it off by hand, once. If that is not settled, {asker} reopens this."
        )
    if answer.in_the_way is not None:
        return (
            f"When this was answered, {after_a_colon(why)} Until it has ended, this answer cannot be carried out; "
            f"if it stays a no, {asker} reopens this."
        )
    return (
        f"This answer cannot be carried out: {of_the_coupon(why)} "
        f"If the reply names no other way, {asker} reopens this."
    )


def not_carried_out(case: Case) -> list[str]:
    """Return, of a case that is open again, why an honoured coupon was not redeemed, if that is known."""
    answer = case.answers[-1] if case.answers else None
    if case.answer is not None or answer is None or answer.verb is not Verb.HONOUR:
        return []
    if answer.in_the_way is None and answer.verdict in {None, Verdict.REDEEMABLE}:
        return []
    return [f"The earlier answer could not be carried out: {of_the_coupon(not_redeemable(answer))}"]


def another_way(case: Case) -> list[str]:
    """Return `not_carried_out` for store ops, with what to do where the coupon itself stands in the way."""
    told = not_carried_out(case)
    of_coupon = told and case.answers[-1].in_the_way is None
    return (
        [f"{one} Choose Reissue, or say in the reply what to do instead." for one in told]
        if of_coupon
        else told
    )


#: What to read to the customer of an answer after which nothing is redeemed from here.
_ALOUD: dict[Verb, str] = {
    Verb.HONOUR: "Our store team agrees; I am seeing to it.",
    Verb.REFUSE: "I am sorry, our store team has looked into it and has to say no.",
    Verb.REISSUE: "Our store team agrees to give you another coupon.",
    Verb.OTHER: "Our store team has answered; let me tell you what they say.",
}


def read_aloud(case: Case) -> list[str]:
    """Return what the asker reads to the customer; nothing if the question is about no customer."""
    return [f"*Read to the customer:* “{_aloud(case)}”"] if case.facts.customer else []


def _aloud(case: Case) -> str:
    answer = case.answer
    if answer is None:
        return _aloud_asked(case)
    if not case.honours:
        return _ALOUD[answer.verb]
    if answer.in_the_way is State.REDEEMED:
        return "Our store team agrees; the store checks that the discount is off your bill."
    if answer.in_the_way is not None:
        return "Our store team agrees; I am checking how your coupon stands, please do not use it until you hear from us."
    if not_redeemable(answer) and not case.may_be_redeemed:
        return "Our store team agrees, but this coupon cannot be used; I am seeing to another way."
    return "Our store team agrees; let me see whether your coupon can be used."


def _aloud_asked(case: Case) -> str:
    if case.state is CaseState.OPEN and case.unposted:
        return "I am still trying to reach our store team; you will hear from us."
    return f"I have asked our store team{' once more' if case.reopened else ''}; you will hear from us."
