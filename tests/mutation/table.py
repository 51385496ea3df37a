"""Which tests of its own each module of the money path has; they take seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_POLICY = (
    *("tests/domain/test_policy_sentences.py", "tests/domain/test_policy_file.py"),
    *("tests/domain/test_policy.py", "tests/domain/test_policy_lines.py"),
)
_TRANSITIONS = ("tests/domain/test_transitions.py", "tests/domain/test_transitions_claims.py")
_FACTS = ("tests/domain/test_facts.py", "tests/domain/test_facts_written.py", *_TRANSITIONS)
_SPENDS = (
    *("tests/services/test_spend.py", "tests/services/test_spend_evidence.py"),
    *("tests/services/test_spend_told.py", "tests/services/test_preflight_facts.py"),
    *("tests/services/test_preflight.py", "tests/services/test_approval.py"),
    *("tests/services/test_spend_behind.py", "tests/services/test_spend_kept.py"),
)
_LOOKS = (
    *("tests/services/test_reconcile_looks.py", "tests/services/test_reconcile.py"),
    "tests/services/test_look_again.py",
    *("tests/services/test_sweeper_told.py", "tests/services/test_sweeper.py"),
)
_SETTLES = (
    *("tests/services/test_settle_authority.py", "tests/services/test_settle.py"),
    "tests/services/test_settle_naming.py",
)
_RIGHTS = ("tests/services/test_authorize.py", *_SETTLES, "tests/services/test_approval.py")
_FORMS = ("tests/domain/test_redeem_form.py", "tests/domain/test_typed.py")
_MOVES = (
    *("tests/adapters/ledger/test_requests_facts.py", "tests/adapters/ledger/test_requests_trail.py"),
    *("tests/contract/test_claims.py", "tests/contract/test_requests.py"),
    *("tests/adapters/ledger/test_requests_limits.py", "tests/adapters/ledger/test_claims.py"),
)
_REQUESTS = (
    *("tests/adapters/ledger/test_requests_facts.py", "tests/contract/test_requests_read.py"),
    *("tests/contract/test_claims.py", "tests/contract/test_requests.py"),
    *("tests/adapters/ledger/test_pauses.py", "tests/adapters/ledger/test_requests.py"),
    *("tests/contract/test_outbox.py", "tests/adapters/ledger/test_concerning.py"),
)
_REDEEM = (
    "tests/adapters/capillary/test_redeem_reads.py",
    *("tests/adapters/capillary/test_redeem_verdict.py", "tests/adapters/capillary/test_redeem_uses.py"),
    *("tests/adapters/capillary/test_redeem_call.py", "tests/adapters/capillary/test_redeemability.py"),
    "tests/adapters/capillary/test_odd_answers.py",
)

#: The file of each module, and the files of its tests.
TESTS: Mapping[str, Sequence[str]] = {
    "bot/domain/alarm.py": ("tests/stored/test_words.py",),
    "bot/domain/bill_number.py": ("tests/domain/test_bill_number.py", "tests/domain/test_redeem_form.py"),
    "bot/domain/claim.py": ("tests/domain/test_claim.py", "tests/stored/test_words.py"),
    "bot/domain/evidence.py": ("tests/domain/test_evidence_product.py", "tests/domain/test_evidence.py"),
    "bot/domain/facts.py": _FACTS,
    "bot/domain/limits.py": ("tests/domain/test_policy.py",),
    "bot/domain/looks.py": ("tests/domain/test_looks.py", *_LOOKS),
    "bot/domain/made_facts.py": (
        "tests/domain/test_made_facts.py",
        "tests/adapters/ledger/test_requests_facts.py",
        "tests/adapters/ledger/test_requests_trail.py",
        "tests/services/test_spend.py",
    ),
    "bot/domain/policy.py": _POLICY,
    "bot/domain/policy_file.py": _POLICY,
    "bot/domain/policy_lines.py": _POLICY,
    "bot/domain/policy_rules.py": _POLICY,
    "bot/domain/policy_table.py": _POLICY,
    "bot/domain/recent_uses.py": ("tests/domain/test_recent_uses.py",),
    "bot/domain/redeem_form.py": _FORMS,
    "bot/domain/redemption.py": (
        "tests/domain/test_redemption.py",
        *_FACTS,
        *_SETTLES,
        "tests/stored/test_words.py",
        "tests/services/test_spend_told.py",
    ),
    "bot/domain/refusal.py": (
        "tests/domain/test_refusal.py",
        "tests/stored/test_words.py",
        "tests/adapters/capillary/test_codes.py",
    ),
    "bot/domain/transitions.py": _TRANSITIONS,
    "bot/domain/typed.py": _FORMS,
    "bot/domain/worth.py": ("tests/domain/test_worth.py",),
    "bot/services/answers_owed.py": ("tests/services/test_answers_owed.py",),
    "bot/services/approval.py": ("tests/services/test_approval_told.py", "tests/services/test_approval.py"),
    "bot/services/approval_request.py": (
        "tests/services/test_approval_asked.py",
        "tests/services/test_approval_request.py",
        "tests/services/test_approval.py",
    ),
    "bot/services/attention.py": _LOOKS,
    "bot/services/audit.py": ("tests/services/test_audit_events.py", *_RIGHTS),
    "bot/services/authorize.py": ("tests/services/test_audit_events.py", *_RIGHTS),
    "bot/services/evidence.py": _LOOKS,
    "bot/services/final_no.py": (
        *("tests/services/test_final_no.py", "tests/services/test_lookup_card.py"),
        *("tests/services/test_approval_told.py", "tests/services/test_approval.py"),
    ),
    "bot/services/look_again.py": (*_LOOKS, "tests/services/test_settle_naming.py"),
    "bot/services/preflight.py": _SPENDS,
    "bot/services/reconcile.py": _LOOKS,
    "bot/services/redeem_confirm.py": ("tests/services/test_redeem_form.py",),
    "bot/services/redeem_form.py": ("tests/services/test_redeem_form.py",),
    "bot/services/redeem_review.py": ("tests/services/test_redeem_review.py",),
    "bot/services/retry.py": (
        "tests/services/test_retry.py",
        "tests/services/test_approval.py",
        "tests/services/test_verdict.py",
        *_SETTLES,
    ),
    "bot/services/settle.py": (*_SETTLES, "tests/services/test_approval.py"),
    "bot/services/spend.py": (*_SPENDS, "tests/services/test_look_again.py"),
    "bot/services/sweeper.py": _LOOKS,
    "bot/services/verdict.py": ("tests/services/test_verdict.py", *_LOOKS),
    "bot/adapters/ledger/claims.py": _MOVES,
    "bot/adapters/ledger/due.py": (
        "tests/adapters/ledger/test_requests_facts.py",
        "tests/adapters/ledger/test_due.py",
    ),
    "bot/adapters/ledger/kept.py": ("tests/adapters/ledger/test_kept.py",),
    "bot/adapters/ledger/kept_kinds.py": (
        "tests/adapters/ledger/test_kept.py",
        "tests/stored/test_words.py",
    ),
    "bot/adapters/ledger/known.py": _REQUESTS,
    "bot/adapters/ledger/moves.py": ("tests/contract/test_requests.py",),
    "bot/adapters/ledger/pauses.py": ("tests/adapters/ledger/test_pauses.py",),
    "bot/adapters/ledger/quarantine.py": (
        "tests/adapters/ledger/test_quarantine.py",
        "tests/adapters/ledger/test_due.py",
        "tests/adapters/ledger/test_rows.py",
    ),
    "bot/adapters/ledger/request_inserts.py": (
        *("tests/adapters/ledger/test_requests_limits.py", "tests/adapters/ledger/test_requests_trail.py"),
        *_REQUESTS,
    ),
    "bot/adapters/ledger/request_moves.py": (
        *_MOVES,
        *("tests/contract/test_outbox.py", "tests/adapters/ledger/test_blanking.py"),
    ),
    "bot/adapters/ledger/requests.py": _REQUESTS,
    "bot/adapters/ledger/rows.py": ("tests/adapters/ledger/test_rows.py", "tests/contract/test_requests.py"),
    "bot/adapters/ledger/usage.py": (
        "tests/adapters/ledger/test_requests_facts.py",
        "tests/adapters/ledger/test_requests_limits.py",
        "tests/contract/test_requests.py",
    ),
    "bot/adapters/capillary/codes.py": (
        "tests/adapters/capillary/test_codes.py",
        "tests/adapters/capillary/test_redeem_verdict.py",
    ),
    "bot/adapters/capillary/customer_uses.py": (*_REDEEM, "tests/adapters/capillary/test_engine_records.py"),
    "bot/adapters/capillary/redeem.py": _REDEEM,
    "bot/adapters/capillary/redeemability.py": (
        "tests/adapters/capillary/test_redeemability.py",
        "tests/adapters/capillary/test_odd_answers.py",
    ),
    "bot/adapters/capillary/verdict.py": _REDEEM,
    "bot/adapters/capillary/wire_redeem.py": _REDEEM,
}
