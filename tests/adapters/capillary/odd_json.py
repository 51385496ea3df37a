"""JSON as an engine might send it on a bad day: made up, or the vendor's own with something wrong in it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from bot.sandbox.engine.seed_data import PRINTED, seed

#: Numbers that Python cannot even read, and with them the document they stand in.
BEYOND = {"@huge@": "1e99999999999999999999", "@digits@": "1" * 5_000}
#: Written without quotes: what Python's own JSON writer does not write.
_RAW = {
    **BEYOND,
    "@large@": "1e400000",
    "@tiny@": "-1.5e-400000",
    "@long@": "0." + "9" * 300,
}

_TELLING: list[Any] = [
    *_RAW,
    *(None, True, False, 0, 1, -1, 2**63, 10**25, -(10**39), 10**4_000, 1e308, -0.0, 5e-324),
    *(float("nan"), float("inf"), float("-inf")),
    *(
        "",
        " ",
        "NULL",
        "none",
        "true",
        "FALSE",
        "0",
        "-1",
        "1e99999",
        "NaN",
        "Infinity",
        "1_0",
        "१२",
        "9" * 41,
    ),
    *("\ud800", "a\udfffb", "\u202e", "\x00", "\n\n", "🎟️" * 400, "&" * 4_000, "<" * 4_000, "`" * 4_000),
    *("<!channel>", "<@U0AGENT>", "<#C0STORE>", "<!date^1^{date}|x>", "<https://evil.example|Bank>", "*_~`>"),
    *("9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "2025-02-30T00:00:00Z", "2025-08-19T16:52:30"),
    *("1969-12-31T23:59:59.999999-23:59", "2025-W01-1T00:00:00Z", "31-12-9999", "01-01-0001", "9998-12-31"),
    *("ABS", "PERC", "FLAT", "abs", 700, 711, 701, 8015, "705", [], {}, [[]], [None], {"code": 711}),
]

_KEYS = [
    "entity",
    "customers",
    "coupons",
    "coupon",
    "code",
    "id",
    "errors",
    "redemption",
    "status",
    "response",
    "customer",
    "isRedeemable",
    "redemptionStatus",
    "item_status",
    "redemptions",
    "success",
    "warnings",
]

texts = st.text(st.characters(), max_size=40)
scalars = st.one_of(
    st.sampled_from(_TELLING), texts, st.integers(), st.floats(), st.integers(0, 10_000), st.booleans()
)
documents = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(_KEYS) | texts,
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)

CHECK = {
    "redemption": [
        {
            "isRedeemable": True,
            "warnings": [{"status": True, "code": 700, "message": "ok"}],
            "code": "ABC",
            "redemptionsLeft": -1,
            "numberOfRedemptionsByUser": 0,
            "discountType": "PERC",
            "discountValue": 10,
            "discountUpto": 100,
            "redemptionStatus": {"code": 700, "success": True},
        }
    ],
    "redemptionStatus": {"code": 700, "message": "ok", "status": True},
    "customer": {
        "id": 5,
        "profiles": [{"firstName": "A", "lastName": "B", "identifiers": [{"type": "mobile", "value": "91"}]}],
    },
    "warnings": [],
    "errors": [],
}
RECORD = {
    "response": {
        "status": {"success": "true", "code": "200"},
        "coupons": {
            "coupon": {
                "id": "99",
                "code": "ABC",
                "valid_till": "11-06-2026",
                "is_absolute": "true",
                "value": "500",
                "discount_upto": "0",
                "customer": {"id": "5", "name": "A B", "mobile": "910000000001"},
                "issued_store": {"code": "shop1", "name": "Shop"},
                "redemption_info": {
                    "redeemed": "true",
                    "id": "501",
                    "redeemed_on": "2025-08-19 16:52:30",
                    "redeemed_at": "till.code",
                    "store": {"code": "shop1", "name": "Shop"},
                    "transaction": {"id": "-1", "bill_number": "B-1"},
                },
                "item_status": {"success": "true", "code": "700"},
            }
        },
    }
}
LOOKUP = {"entity": 306, "warnings": [], "errors": [], "success": True}
LISTS = [seed(name) for name in PRINTED]


@st.composite
def spoiled(draw: st.DrawFn, samples: list[dict[str, Any]]) -> Any:
    """A sample with values replaced, keys dropped, lists collapsed to an object and objects wrapped in lists."""
    root = [json.loads(json.dumps(draw(st.sampled_from(samples))))]
    for _ in range(draw(st.integers(1, 12))):
        spots = list(_spots(root))
        holder, key = spots[draw(st.integers(0, len(spots) - 1))]
        match draw(st.sampled_from(["replace", "replace", "drop", "collapse", "wrap"])):
            case "replace":
                # A copy: what is drawn may be drawn again, and this one may be spoiled further.
                holder[key] = copy.deepcopy(draw(documents))
            case "drop" if holder is not root:
                del holder[key]
            case "collapse" if isinstance(holder[key], list):
                holder[key] = holder[key][0] if holder[key] else None
            case "wrap":
                holder[key] = [holder[key]]
            case _:
                pass
    return root[0]


def _spots(holder: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a document, as what holds it and under which key."""
    keys = holder if isinstance(holder, dict) else range(len(holder)) if isinstance(holder, list) else ()
    for key in keys:
        yield holder, key
        yield from _spots(holder[key])


def written(document: Any) -> str:
    """As it goes over the wire: NaN and Infinity bare, lone surrogates escaped."""
    text = json.dumps(document)
    for name, raw in _RAW.items():
        text = text.replace(f'"{name}"', raw)
    return text


nests = st.tuples(st.sampled_from([10, 500, 990, 5_000, 100_000]), st.sampled_from(["[", '{"entity":'])).map(
    lambda nest: nest[1] * nest[0] + "1" + ("]" if nest[1] == "[" else "}") * nest[0]
)
