"""Redemptions that the sandbox engine has booked and that its reads do not show yet."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from bot.sandbox.engine.coupons import SandboxCoupon, SandboxRedemption


@dataclass(slots=True, eq=False)
class _Hidden:
    """A redemption that the next reads do not show."""

    coupon: SandboxCoupon
    redemption: SandboxRedemption
    reads: int

    def take_away(self) -> None:
        self.reads -= 1
        self.coupon.redemptions.remove(self.redemption)
        self.coupon.count -= 1
        if self.coupon.left >= 0:
            self.coupon.left += 1

    def put_back(self, true: SandboxCoupon) -> None:
        coupon = self.coupon
        coupon.redemptions, coupon.count, coupon.left = true.redemptions, true.count, true.left


class HiddenUses:
    """Redemptions that the next reads do not show; empty unless a quirk hides them."""

    def __init__(self) -> None:
        self._hidden: list[_Hidden] = []

    def hide(self, coupon: SandboxCoupon, redemption: SandboxRedemption, *, reads: int) -> None:
        """Keep a redemption from so many reads."""
        if reads > 0:
            self._hidden.append(_Hidden(coupon, redemption, reads))

    def clear(self) -> None:
        """Show all of them from now on."""
        self._hidden.clear()

    @contextmanager
    def during_a_read(self) -> Iterator[None]:
        """Hide redemptions for one read, as `hide` asks; redeeming always sees all."""
        absent = [hidden for hidden in self._hidden if hidden.redemption in hidden.coupon.redemptions]
        true = [replace(hidden.coupon, redemptions=list(hidden.coupon.redemptions)) for hidden in absent]
        for hidden in absent:
            hidden.take_away()
        try:
            yield
        finally:
            for hidden, coupon in zip(absent, true, strict=True):
                hidden.put_back(coupon)
            self._hidden = [hidden for hidden in absent if hidden.reads > 0]
