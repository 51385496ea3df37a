"""How often a method may be called (docs.slack.dev: apis/web-api/rate-limits), on a sliding window."""

import math
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Any

Windows = tuple[tuple[int, float], ...]

#: Calls and seconds. Slack's tiers promise at least so many a minute; here it is the limit.
TIER_2: Windows = ((20, 60.0),)
TIER_3: Windows = ((50, 60.0),)
TIER_4: Windows = ((100, 60.0),)
#: "One message a second and channel, short bursts allowed."
POSTS: Windows = ((10, 3.0), (60, 60.0))
SPECIAL: Windows = ((600, 60.0),)

TIERS: Mapping[str, Windows] = {
    "auth.test": SPECIAL,
    "chat.postMessage": POSTS,
    "chat.update": TIER_3,
    "chat.getPermalink": SPECIAL,
    "views.open": TIER_4,
    "views.push": TIER_4,
    "views.update": TIER_4,
    "views.publish": TIER_4,
    "usergroups.list": TIER_2,
    "usergroups.users.list": TIER_2,
    "users.info": TIER_4,
    "conversations.info": TIER_3,
    "conversations.open": TIER_3,
    "apps.connections.open": TIER_3,
}


class RateLimits:
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._seen: dict[tuple[str, str], deque[float]] = defaultdict(deque)

    def retry_after(self, method: str, args: Mapping[str, Any]) -> int | None:
        """Count a call; if it is one too many, do not count it and return the seconds to wait."""
        scope = str(args.get("channel", "")) if method == "chat.postMessage" else ""
        seen, now = self._seen[method, scope], self._now()
        waits = [wait for calls, span in TIERS[method] if (wait := _wait(seen, now, calls, span)) > 0]
        if waits:
            return max(1, math.ceil(max(waits)))
        seen.append(now)
        while now - seen[0] >= 60.0:
            seen.popleft()
        return None


def _wait(seen: deque[float], now: float, calls: int, span: float) -> float:
    """Seconds until there is room in this window."""
    if len(seen) < calls:
        return 0.0
    return span - (now - seen[-calls])
