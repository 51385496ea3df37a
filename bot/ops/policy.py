"""`coupon-desk policy`: what `serve` would say of the policy, and who could redeem or approve by it now."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.accounts import Workspace
from bot.domain.errors import Denial
from bot.domain.person import PersonId
from bot.domain.policy import Allowed, Denied, Policy, Rule, decide
from bot.domain.policy_table import MOST_MONEY
from bot.domain.redemption import Stop
from bot.domain.worth import Worth
from bot.ops.sentences import counted
from bot.ops.slack import SlackDirectory, fit, open_slack, read_directory, read_workspace, unfit
from bot.settings import Settings, SettingsFault, load_policy
from bot.views.money import money
from bot.views.refusals import OF_OTHERS, STOPS

#: Exit codes.
FINE, FAILED, USAGE, WRONG_CONFIGURATION = 0, 1, 2, 78

Say = Callable[[str], None]
#: Why an account may never act.
_UNFIT = {
    Denial.DEACTIVATED: "their account is deactivated",
    Denial.BOT: "they are a bot",
    Denial.OUTSIDE: "they belong to another workspace",
    Denial.GUEST: "they are a guest",
}


def check(file: Path | None, say: Say) -> int:
    """Say what `serve` would say of this file, or of the policy that is set. Returns the exit code."""
    try:
        policy = load_policy(file)
    except SettingsFault as err:
        say(err.sentence)
        return WRONG_CONFIGURATION
    if policy is None:
        say("There is no policy: nobody may do anything. Set POLICY_FILE or POLICY; see policy.example.toml.")
        return FAILED
    say(f"The policy can be used: {size_of(policy)}.")
    for line in _closed(policy):
        say(line)
    return FINE


def size_of(policy: Policy) -> str:
    """`2 rules, 1 group named`."""
    rules, groups = len(policy.redeem.rules), len(policy.named)
    return f"{counted(rules, 'rule', 'rules')}, {counted(groups, 'group', 'groups')} named"


def _closed(policy: Policy) -> list[str]:
    """What nobody may do by it; the desk starts all the same."""
    told = []
    if policy.lookup_groups is not None and not policy.lookup_groups:
        told.append("Nobody may look up: [lookup] names no group.")
    if not policy.redeem.groups:
        told.append("Nobody may redeem: [redeem] names no group.")
    if not policy.escalations.channel:
        told.append("Nobody can ask store ops: [escalations] names no channel.")
    return told


async def explain(settings: Settings, worth: str, person: str | None, say: Say) -> int:
    """
    Which rule decides about a coupon of this worth, and who could redeem and approve it now.

    Groups are read from Slack at this moment. Returns the exit code: 1 where nobody could. Raises SlackUnreadable.
    """
    amount = _amount(worth)
    if amount is None:
        say(f"--worth {worth}: must be an amount above 0, in digits; example: --worth 500")
        return USAGE
    if person is not None and not re.fullmatch("[UW][A-Z0-9]{2,}", person):
        say(f"--person {person}: must be a Slack id, as their profile shows it; example: --person U0AGENT")
        return USAGE
    async with open_slack(settings) as client:
        home = await read_workspace(client)
        explaining = _Explaining(
            client=client,
            home=home,
            directory=await read_directory(client),
            policy=settings.policy,
            worth=Worth(amount=amount),
            currency=settings.currency,
            say=say,
        )
        if person is None:
            return await explaining.everybody()
        return await explaining.one(PersonId(person))


def _amount(typed: str) -> Decimal | None:
    try:
        amount = Decimal(typed)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 < amount <= MOST_MONEY else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Explaining:
    client: AsyncWebClient
    home: Workspace
    directory: SlackDirectory
    policy: Policy
    worth: Worth
    currency: str
    say: Say

    async def one(self, person: PersonId) -> int:
        groups = self.directory.groups_of(person)
        self.say(f"{person} is in {', '.join(sorted(groups)) or 'no user group'}.")
        why = await unfit(self.client, person, self.home)
        if why is not None:
            self.say(f"They may do nothing here: {_UNFIT.get(why, why.value)}.")
            return FAILED
        decision = decide(self.policy, groups, self.worth)
        if isinstance(decision, Denied):
            self.say(f"They may not redeem a coupon worth {self._worth}: {self._denied(decision)}")
            return FAILED
        return await self._allowed(decision, person)

    async def everybody(self) -> int:
        """Each rule that decides for somebody, with the people it decides for."""
        people = await fit(self.client, self.directory.people_in(self.policy.redeem.groups), self.home)
        by_rule: dict[str, tuple[Rule, list[PersonId]]] = {}
        for person in people:
            decision = decide(self.policy, self.directory.groups_of(person), self.worth)
            if isinstance(decision, Allowed):
                by_rule.setdefault(decision.rule.name, (decision.rule, []))[1].append(person)
        if not by_rule:
            self.say(f"Nobody could redeem a coupon worth {self._worth} now.")
            return FAILED
        codes = [await self._told(rule, requesters) for rule, requesters in by_rule.values()]
        return FAILED if all(codes) else FINE

    async def _told(self, rule: Rule, requesters: list[PersonId]) -> int:
        self.say(
            f"By rule “{rule.name}” a coupon worth {self._worth} can be asked for by {', '.join(requesters)}."
        )
        if not rule.approvals:
            self.say("  It is redeemed at once, after the confirmation.")
            return FINE
        approvers = await fit(self.client, self.directory.people_in(rule.approvers), self.home)
        self.say(f"  It waits for an approval by one of {', '.join(approvers) or 'nobody'}.")
        stuck = [one for one in requesters if not set(approvers) - {one}]
        if stuck:
            self.say(
                f"  Nobody could approve it for {', '.join(stuck)}: nobody decides on their own request."
            )
        return FAILED if len(stuck) == len(requesters) else FINE

    async def _allowed(self, decision: Allowed, person: PersonId) -> int:
        rule = decision.rule
        self.say(f"Rule “{rule.name}” decides for a coupon worth {self._worth}.")
        if not rule.approvals:
            self.say("They may redeem it at once, after the confirmation.")
            return FINE
        groups = ", ".join(sorted(rule.approvers))
        able = await fit(self.client, self.directory.people_in(rule.approvers) - {person}, self.home)
        if not able:
            self.say(f"It needs an approval by one of {groups}, and nobody there could approve it now.")
            return FAILED
        self.say(f"It needs an approval by one of {groups}; now these could: {', '.join(able)}.")
        return FINE

    @property
    def _worth(self) -> str:
        return money(self.worth.amount, self.currency)

    def _denied(self, decision: Denied) -> str:
        if decision.stop is Stop.NOT_ALLOWED:
            may = ", ".join(sorted(self.policy.redeem.groups))
            return f"only members of {may} may." if may else "nobody may."
        return OF_OTHERS.get(decision.stop) or STOPS[decision.stop].why
