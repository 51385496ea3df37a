"""Every port has one fake, which is tested by what tests the real one."""

from __future__ import annotations

import ast
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from bot.adapters.capillary.client import CapillaryEngine
from bot.adapters.capillary.history import CapillaryHistory
from bot.adapters.capillary.redeem import CapillaryRedeeming
from bot.adapters.ledger.accounts import LedgerAccounts
from bot.adapters.ledger.audit import LedgerAttempts
from bot.adapters.ledger.cases import LedgerCases
from bot.adapters.ledger.home_lists import LedgerHomeLists
from bot.adapters.ledger.homes import LedgerHomes
from bot.adapters.ledger.kept import LedgerKept
from bot.adapters.ledger.leases import LedgerLeases
from bot.adapters.ledger.look_ups import LedgerRecentLookUps, LookUpsBehind
from bot.adapters.ledger.outbox import LedgerOutbox
from bot.adapters.ledger.request_search import LedgerRequestSearch
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.slack.channels import SlackChannels
from bot.adapters.slack.permalinks import SlackPermalinks
from bot.adapters.slack.recent_membership import SlackRecentMembership
from bot.adapters.slack.rights import SlackRights
from bot.services import ports
from tests.fakes.audit import FakeAttempts
from tests.fakes.cases import FakeCases
from tests.fakes.engine import FakeEngine
from tests.fakes.homes import FakeHomeLists, FakeHomes
from tests.fakes.instances import FakeAccounts, FakeLeases
from tests.fakes.kept import FakeKept, FakeLookUps, FakeRecentLookUps
from tests.fakes.outbox import FakeOutbox
from tests.fakes.request_search import FakeRequestSearch
from tests.fakes.requests import FakeRequests
from tests.fakes.rights import FakeChannels, FakePermalinks, FakeRights
from tests.tables import table

TESTS = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Pair:
    """A port's fake and its real one, and the modules that test both."""

    fake: type
    real: type
    modules: tuple[str, ...]


PAIRS: Mapping[str, Pair] = {
    "Accounts": Pair(FakeAccounts, LedgerAccounts, ("contract/test_accounts",)),
    "Attempts": Pair(FakeAttempts, LedgerAttempts, ("contract/test_attempts",)),
    "Cases": Pair(FakeCases, LedgerCases, ("contract/test_cases",)),
    "Channels": Pair(FakeChannels, SlackChannels, ("contract/test_rights",)),
    "Engine": Pair(FakeEngine, CapillaryEngine, ("contract/test_engine",)),
    "HistoryEngine": Pair(FakeEngine, CapillaryHistory, ("contract/test_engine",)),
    "HomeLists": Pair(FakeHomeLists, LedgerHomeLists, ("contract/test_home_lists",)),
    "Homes": Pair(FakeHomes, LedgerHomes, ("contract/test_homes",)),
    "Kept": Pair(FakeKept, LedgerKept, ("contract/test_kept",)),
    "Leases": Pair(FakeLeases, LedgerLeases, ("contract/test_leases",)),
    "LookUps": Pair(FakeLookUps, LookUpsBehind, ("contract/test_kept",)),
    "OpenCases": Pair(FakeCases, LedgerCases, ("contract/test_cases",)),
    "Outbox": Pair(FakeOutbox, LedgerOutbox, ("contract/test_outbox", "adapters/ledger/outbox_facts")),
    "Permalinks": Pair(FakePermalinks, SlackPermalinks, ("contract/test_rights",)),
    "RecentLookUps": Pair(FakeRecentLookUps, LedgerRecentLookUps, ("contract/test_recent_look_ups",)),
    "RecentMembership": Pair(FakeRights, SlackRecentMembership, ("contract/test_rights",)),
    "RedeemEngine": Pair(FakeEngine, CapillaryRedeeming, ("contract/test_engine",)),
    "RequestSearch": Pair(FakeRequestSearch, LedgerRequestSearch, ("contract/test_request_search",)),
    "Requests": Pair(
        FakeRequests,
        LedgerRequests,
        ("contract/test_requests", "contract/test_requests_read", "contract/test_claims"),
    ),
    "Rights": Pair(FakeRights, SlackRights, ("contract/test_rights",)),
}
#: Ports that need no fake, each with the reason.
WITHOUT: Mapping[str, str] = {
    "LastReason": "one question: a function is its fake",
    "Looks": "one question: a function is its fake",
    "PressedCopies": "only the relay asks it: its tests use the real one, which the sandbox answers",
}
#: Classes outside of tests/fakes that have a port's methods, each with the reason.
BESIDE: Mapping[str, str] = {
    "adapters/slack/test_leases.py: Watched": "the real leases, with a sign that one had to wait",
    "services/test_approval_asked.py: Channel": "what it was asked is what the test reads",
    "simulation/desks.py: Moods": "rights that a schedule changes from one press to the next",
}


def _protocols() -> Iterator[type]:
    for module in pkgutil.iter_modules(ports.__path__):
        for _, found in inspect.getmembers(import_module(f"{ports.__name__}.{module.name}"), inspect.isclass):
            if getattr(found, "_is_protocol", False) and found.__module__.startswith(ports.__name__):
                yield found


PORTS = {port.__name__: port for port in _protocols()}


def _members(port: type) -> set[str]:
    return {name for name in vars(port) if not name.startswith("_")}


#: The methods of each port, without what is no call.
PROMISED = [
    {name for name in _members(port) if inspect.iscoroutinefunction(getattr(port, name))}
    for port in PORTS.values()
]


def test_every_port_has_a_fake() -> None:
    assert set(PORTS) == set(PAIRS) | set(WITHOUT)


@table("name", PAIRS)
def test_fake_and_real_one_have_all_that_the_port_names(name: str) -> None:
    pair = PAIRS[name]
    for one in (pair.fake, pair.real):
        assert {member for member in _members(PORTS[name]) if not hasattr(one, member)} == set()


@table("name", PAIRS)
def test_all_that_the_port_names_is_used_by_its_contract(name: str) -> None:
    steps = [step for module in PAIRS[name].modules for step in _steps(TESTS / f"{module}.py")]
    used = {one.attr for step in steps for one in ast.walk(step) if isinstance(one, ast.Attribute)}

    assert _members(PORTS[name]) - used == set()


def _steps(file: Path) -> Iterator[ast.AsyncFunctionDef]:
    """The tests of a module and their helpers, without what makes the fake and the real one alike."""
    for one in ast.parse(file.read_text()).body:
        inside = one.body if isinstance(one, ast.ClassDef) and one.name.startswith("Test") else [one]
        yield from (step for step in inside if isinstance(step, ast.AsyncFunctionDef))


def test_no_fake_stands_outside_of_its_folder() -> None:
    """One with all that a port promises is another fake of it, and drifts."""
    found = {
        f"{file.relative_to(TESTS)}: {one.name}"
        for file in TESTS.rglob("*.py")
        if file.parent.name != "fakes" and "\nclass " in (text := file.read_text())
        for one in ast.parse(text).body
        if isinstance(one, ast.ClassDef) and _promises(one)
    }

    assert found == set(BESIDE)


def _promises(one: ast.ClassDef) -> bool:
    """Whether it has every method of a port."""
    methods = (step for step in one.body if isinstance(step, ast.AsyncFunctionDef))
    written = {step.name for step in methods if not step.decorator_list}
    return any(names and names <= written for names in PROMISED)
