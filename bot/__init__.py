"""Coupon Desk: redeem a coupon by hand, safely, from Slack."""
