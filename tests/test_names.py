"""One word, one thing: no public class shares its name with another, and retired words do not come back."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

BOT = Path(__file__).parents[1] / "bot"
MODULES = sorted(BOT.rglob("*.py"))
#: Stored names stay as they are, and migrations spell them.
STORED = BOT / "adapters" / "ledger" / "migrations"

#: Retired, with the word of the field that replaces each.
IDENTIFIERS = {
    "AskRights": "Authorize",
    "Audience": "HomeSubscribers",
    "Bells": "WakeEvents",
    "Books": "Ports",
    "CaseDoor": "Authorize",
    "CloseUnknown": "SettleUnknown",
    "Courier": "OutboxRelay",
    "Decided": "Handled",
    "Gate": "Authorize",
    "Halt": "Blocked",
    "House": "DeskConfiguration",
    "Keep": "Sweeper",
    "LedgerTurns": "LedgerLeases",
    "Letter": "OutboxMessage",
    "Outrun": "VersionConflict",
    "Prove": "Preflight",
    "Parts": "OpenParts",
    "Publisher": "HomePublisher",
    "RedemptionListeners": "SettleListeners",
    "Role": "MessageKind",
    "Rounds": "PeriodicWorker",
    "Sight": "RecentMembership",
    "Stories": "UseCases",
    "Trail": "AuditLog",
    "Turns": "Leases",
    "Venues": "Channels",
    "WriteDown": "ConfirmRedemption",
    "audience": "home_subscribers",
    "bells": "wake_events",
    "courier": "outbox_relay",
    "gate": "authorize",
    "halt": "blocked",
    "insist": "move_with_retry",
    "keeper": "sweeper",
    "letter": "outbox_message",
    "outrun": "VersionConflict",
    "venues": "channels",
}
MODULE_NAMES = {
    "adapters/slack/courier.py": "adapters/slack/outbox_relay.py",
    "adapters/slack/publisher.py": "adapters/slack/home_publisher.py",
    "adapters/slack/sight.py": "adapters/slack/recent_membership.py",
    "adapters/slack/venues.py": "adapters/slack/channels.py",
    "adapters/ledger/turns.py": "adapters/ledger/leases.py",
    "listeners/redemption.py": "listeners/settle.py",
    "services/ask.py": "services/approval_request.py",
    "services/audience.py": "services/home_subscribers.py",
    "services/close.py": "services/settle.py",
    "services/decide.py": "services/approval.py",
    "services/gate.py": "services/authorize.py",
    "services/house.py": "services/configuration.py",
    "services/insist.py": "services/retry.py",
    "services/keeper.py": "services/sweeper.py",
    "services/prove.py": "services/preflight.py",
    "services/rounds.py": "aio/worker.py",
    "services/trail.py": "services/audit.py",
    "stories/__init__.py": "bootstrap/use_cases.py",
    "stories/parts.py": "bootstrap/ports.py",
    "views/close.py": "views/settle.py",
}
LOG_EVENTS = {
    "last_round_cut": "last_run_cut",
    "left_to_the_keeper": "left_to_the_sweeper",
    "letter_put_back": "message_put_back",
    "letter_withheld": "message_withheld",
    "outrun": "version_conflict",
    "round_broke": "worker_broke",
    "round_failed": "worker_failed",
    "turn_not_taken": "lease_not_taken",
}


@cache
def _tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def _identifiers(tree: ast.Module) -> Iterator[str]:
    """Every name that the code gives or uses; no words of comments, docstrings or texts."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.alias(name=name):
                yield from name.split(".")
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.keyword(arg=str(name)):
                yield name


def _texts(tree: ast.Module) -> set[str]:
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_no_two_public_classes_share_a_name() -> None:
    homes = defaultdict(list)
    for module in MODULES:
        for node in _tree(module).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(str(module.relative_to(BOT)))

    assert {name: where for name, where in homes.items() if len(where) > 1} == {}


def test_no_retired_word_comes_back() -> None:
    came_back = {
        str(module.relative_to(BOT)): words
        for module in MODULES
        if STORED not in module.parents
        for words in [
            sorted(IDENTIFIERS.keys() & set(_identifiers(_tree(module))))
            + sorted(LOG_EVENTS.keys() & _texts(_tree(module)))
        ]
        if words
    }

    assert came_back == {}


def test_no_retired_module_comes_back() -> None:
    assert [name for name in MODULE_NAMES if (BOT / name).exists()] == []


def test_what_replaces_a_retired_word_exists() -> None:
    """Else the list tells people to use a word that is gone itself."""
    known = {name for module in MODULES for name in _identifiers(_tree(module))}

    assert sorted(set(IDENTIFIERS.values()) - known) == []
    assert [name for name in MODULE_NAMES.values() if not (BOT / name).exists()] == []
