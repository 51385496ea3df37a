"""What `coupon-desk doctor` asks the engine: reads only, of things that do not exist; the redeem call is never tried."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.adapters.capillary.client import CapillaryEngine
from bot.adapters.capillary.history import CapillaryHistory
from bot.adapters.capillary.redeem import CapillaryRedeeming
from bot.aio.causes import is_untrusted
from bot.aio.clock import Clock
from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId, Identifier, IdentifierKind
from bot.domain.errors import DeskError, EngineDenied, EngineError, EngineRefused, EngineUnreachable
from bot.domain.history import HistoryQuery
from bot.domain.promotions import Mode, PromoCode
from bot.domain.refusal import Refusal
from bot.ops.finding import CheckResult, Grade, fail, ok, untrusted, warn

#: Nobody has these.
_CODE, _PROMOTION, _CUSTOMER = CouponCode("DESK-DOCTOR-0"), PromoCode("DESKDOCTOR0"), CustomerId("1")
_NAMED = Identifier(kind=IdentifierKind.EXTERNAL_ID, value="desk-doctor-0")
#: An id, as the history names it; the settings hold codes of tills.
_TILL = "1"
_DAY = timedelta(days=1)
_WELL = "answers, and the credentials are accepted."


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineChecks:
    engine: CapillaryEngine
    redeeming: CapillaryRedeeming
    history: CapillaryHistory
    now: Clock

    async def __call__(self) -> AsyncIterator[CheckResult]:
        """The first probe says whether it can be reached at all; the others, which calls are allowed."""
        first, *others = self._probes()
        result = await _probed(*first)
        yield result
        if result.grade is not Grade.OK:
            return
        for name, probe in others:
            yield await _probed(name, probe)

    def _probes(self) -> list[tuple[str, Callable[[], Awaitable[object]]]]:
        return [
            ("engine coupon/get", lambda: self.engine.coupon_record(_CODE)),
            ("engine is_redeemable", lambda: self.engine.redeemability(_CUSTOMER, _CODE)),
            ("engine customers/coupons", lambda: self.redeeming.customer(_CUSTOMER)),
            ("engine customers/lookup", lambda: self.engine.customer_id(_NAMED)),
            (
                "engine customer/redemptions",
                lambda: self.history.history(_CUSTOMER, HistoryQuery(), self.now() - _DAY),
            ),
            (
                "engine promotions/redemptions",
                lambda: self.history.promotion_uses((_PROMOTION,), Mode.DISCOUNT),
            ),
            ("engine till", lambda: self.history.till_name(_TILL)),
        ]


async def _probed(check: str, probe: Callable[[], Awaitable[object]]) -> CheckResult:
    """An ordinary no is what a probe hopes for: the call is allowed, and there is no such thing."""
    try:
        await probe()
    except EngineDenied as err:
        step = "Check the credentials, and that their access group in InTouch allows this call."
        return fail(check, f"the credentials are not accepted for it (HTTP {err.status or '?'}).", step)
    except EngineUnreachable as err:
        if is_untrusted(err):
            return untrusted(check, "the engine")
        return fail(
            check, "the engine cannot be reached.", "Check CAPILLARY_URL, the network and HTTPS_PROXY."
        )
    except EngineError as err:
        return _answered(check, err)
    except DeskError:
        pass
    return ok(check, _WELL)


def _answered(check: str, err: EngineError) -> CheckResult:
    if isinstance(err, EngineRefused) and err.refusal is Refusal.PROMOTIONS_OFF:
        step = "Let the access group allow it, or do without /promo-redemptions."
        return warn(check, "not allowed (HTTP 403), or cart promotions are off there.", step)
    if isinstance(err, EngineRefused):
        return ok(check, _WELL)
    return warn(check, f"no usable answer ({type(err).__name__}).", "Try again; if it stays, ask Capillary.")
