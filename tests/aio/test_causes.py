"""What led to an error is found however it was hidden."""

from __future__ import annotations

import ssl

from bot.aio.causes import causes, is_untrusted


def _raised(outer: BaseException, inner: BaseException) -> BaseException:
    """As `raise outer from None` leaves it where `inner` is handled."""
    outer.__context__, outer.__suppress_context__ = inner, True
    return outer


def test_what_from_none_hides_and_members_of_groups_are_found() -> None:
    inner, other = BrokenPipeError(), ValueError()
    group = ExceptionGroup("several", [other, RuntimeError()])
    group.__cause__ = _raised(OSError(), inner)

    assert {id(one) for one in (inner, other, group)} <= {id(one) for one in causes(group)}


def test_causes_that_lead_to_each_other_end() -> None:
    one, other = ValueError(), KeyError()
    one.__context__, other.__context__ = other, one

    assert list(causes(one)) == [one, other]


def test_only_a_certificate_is_not_trusted() -> None:
    assert is_untrusted(_raised(RuntimeError(), ssl.SSLCertVerificationError()))
    assert not is_untrusted(_raised(RuntimeError(), ssl.SSLError()))
