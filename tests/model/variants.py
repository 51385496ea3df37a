"""What is checked: bounds under which the model keeps every property, and mutants that must break one."""

from __future__ import annotations

from dataclasses import dataclass

#: Each property by a piece of its assertion as Spin prints it; the first that is in it names it.
PROPERTIES = {
    "everything ends": "non-progress cycle",
    "one redeem call a request, one more where the ledger lost one": "posts<=",
    "no redeem call after its proof has shown the first one": "at[me].seen&made",
    "no redeem call for a bill that its proof has shown as redeemed": "at[me].seen&typed",
    "no redemption claimed twice": "row[0].claim&row[1].claim",
    "what an answer named is nobody else's": "kind<4",
    "absence is not said of what the engine commits in time": ".in_time",
    "a clear answer is not thrown away": ".said",
    "no second redemption without an alarm": "]-1)))",
    "no false redeemed": "rank>=4)))||made",
    "no false redeemed by evidence": "&typed)& ~(",
    "a weaker fact changes no verdict": ">=row[",
    "no false not redeemed that no alarm follows": "!(made[",
    "nothing is left open": ".due",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """
    One check.

    Attributes:
        switches: as in world.pml; a mutant's name switches the mutant on.
        breaks: the property that must be broken; None: all must hold.
        cycles: looked for runs that never end, too.

    """

    name: str
    switches: tuple[str, ...]
    breaks: str | None = None
    cycles: bool = False


def _variant(name: str, switches: str, *, breaks: str | None = None, cycles: bool = False) -> Variant:
    return Variant(name=name, switches=tuple(switches.split()), breaks=breaks, cycles=cycles)


_ONE = "ALONE=1 TILLS=0 LOOKS=1"
_ONE_AND_A_TILL = "ALONE=1 TILLS=1 LOOKS=1"
_TWO_FOR_ONE_BILL = "TILLS=0 LOOKS=1 NUMBERS=0"

HOLD = (
    _variant("one request and a till, three looks", "ALONE=1 TILLS=1 LOOKS=3 LEFT=3"),
    _variant("two requests, typed and generated numbers", "TILLS=0 LOOKS=1"),
    _variant("one request with an approver, and a till", f"{_ONE_AND_A_TILL} ASKS=1"),
    _variant("two requests for one bill, with an approver", f"{_TWO_FOR_ONE_BILL} ASKS=1"),
    _variant("two requests for one bill, and an alarm excuses nothing", f"{_TWO_FOR_ONE_BILL} STRICT"),
    _variant("a lost commit", f"{_ONE} LOST=1"),
    _variant("a lost commit and an approver", f"{_ONE} LOST=1 ASKS=1"),
    _variant("a call that is sent twice", f"{_ONE_AND_A_TILL} DOUBLED=1"),
    _variant("a call that is sent twice, one use left", f"{_ONE} DOUBLED=1 LEFT=1"),
    _variant("everything ends", "ALONE=1 TILLS=1 LOOKS=2 ENDS", cycles=True),
)

LARGER = (
    _variant("two requests for one bill, and a till", "TILLS=1 LOOKS=1 NUMBERS=0"),
    _variant("two requests with generated numbers, and a till", "TILLS=1 LOOKS=2 NUMBERS=3"),
    _variant("two requests for one bill, an approver, a till", "TILLS=1 LOOKS=1 NUMBERS=0 ASKS=1"),
    _variant("two requests, a call that is sent twice", "TILLS=0 LOOKS=1 DOUBLED=1"),
    _variant("a lost commit and a till", f"{_ONE_AND_A_TILL} LOST=1"),
    _variant("everything ends, with a lost commit", f"{_ONE} LOST=1 ENDS", cycles=True),
)

_ONE_CALL = "one redeem call a request, one more where the ledger lost one"
_SECOND = "no second redemption without an alarm"
_FALSE_NO = "no false not redeemed that no alarm follows"

MUTANTS = (
    _variant("the move is not guarded", f"UNGUARDED ONLY_CALLS {_ONE}", breaks=_ONE_CALL),
    _variant("no deadline before the call", f"NO_DEADLINE {_ONE}", breaks=_FALSE_NO),
    _variant(
        "an unclear call is repeated",
        f"RETRY {_ONE}",
        breaks=_ONE_CALL,
    ),
    _variant(
        "any new use is ours",
        f"ANY_USE_IS_OURS {_ONE_AND_A_TILL}",
        breaks="no false redeemed by evidence",
    ),
    _variant(
        "absence counts before the window has ended",
        f"HASTY {_ONE}",
        breaks="absence is not said of what the engine commits in time",
    ),
    _variant(
        "failed reads count as absence",
        f"FAILED_READS_COUNT {_ONE}",
        breaks="absence is not said of what the engine commits in time",
    ),
    _variant(
        "nobody claims a redemption", f"NO_CLAIM {_TWO_FOR_ONE_BILL}", breaks="no redemption claimed twice"
    ),
    _variant(
        "a use for the bill that another request has on evidence is passed over",
        f"EVIDENCE_LEAVES_NO_DOUBT {_TWO_FOR_ONE_BILL}",
        breaks=_FALSE_NO,
    ),
    _variant(
        "a weaker claim takes over",
        f"WEAKER_TAKES_OVER {_TWO_FOR_ONE_BILL}",
        breaks="what an answer named is nobody else's",
    ),
    _variant("no look after 24 hours: a commit after the window", f"NO_DAY_LOOK {_ONE}", breaks=_FALSE_NO),
    _variant("the look after 24 hours is silent", f"DAY_LOOK_IS_SILENT {_ONE_AND_A_TILL}", breaks=_FALSE_NO),
    _variant(
        "the own number is not looked for before a call",
        f"OWN_NUMBER_NOT_LOOKED_FOR {_ONE} LOST=1",
        breaks="no redeem call after its proof has shown the first one",
    ),
    _variant(
        "the own number is not looked for after an end without a call",
        f"NO_LOOK_AT_WHAT_WAS_NOT_SENT {_ONE} LOST=1",
        breaks=_FALSE_NO,
    ),
    _variant(
        "a bill that is redeemed already is sent",
        f"BILL_TWICE {_ONE_AND_A_TILL}",
        breaks="no redeem call for a bill that its proof has shown as redeemed",
    ),
    _variant(
        "a late clear answer is ignored",
        f"LATE_ANSWER_IGNORED {_ONE_AND_A_TILL}",
        breaks="a clear answer is not thrown away",
    ),
    _variant(
        "a person overrides an answer",
        f"PERSON_OVERRIDES {_ONE_AND_A_TILL}",
        breaks="a weaker fact changes no verdict",
    ),
    _variant(
        "a success that names an earlier redemption is believed",
        f"STALE_ID_BELIEVED {_ONE_AND_A_TILL}",
        breaks="no false redeemed",
    ),
    _variant(
        "a second redemption is silent",
        f"DOUBLE_IS_SILENT {_ONE} LOST=1",
        breaks=_SECOND,
    ),
    _variant(
        "no look after a no that is an echo, nor a day later",
        f"NO_LOOK_AFTER_A_NO NO_DAY_LOOK {_ONE} DOUBLED=1 LEFT=1",
        breaks=_FALSE_NO,
    ),
    _variant(
        "no look after a redemption: both copies of a doubled call redeem",
        f"NO_LOOK_FOR_DOUBLES {_ONE} DOUBLED=1",
        breaks=_SECOND,
    ),
    _variant(
        "no look after 24 hours: a lost commit, a dead sender and a late commit",
        f"NO_DAY_LOOK {_ONE} LOST=1",
        breaks=_FALSE_NO,
    ),
    _variant("a dead sender's row stays sending", f"NOBODY_SWEEPS {_ONE}", breaks="nothing is left open"),
    _variant(
        "what is undecided is looked at for ever",
        f"LOOKED_AT_FOREVER {_ONE_AND_A_TILL} ENDS",
        breaks="everything ends",
        cycles=True,
    ),
)

#: What docs/decisions/model.md says of the model's limits: without the assumption it breaks.
LIMITS = (_variant("a pause longer than the window", f"PAUSES {_ONE}", breaks=_FALSE_NO),)


def property_of(broken: str) -> str:
    """The name of the property that Spin says is broken; the assertion itself if it has none."""
    return next((name for name, piece in PROPERTIES.items() if piece in broken), broken)
