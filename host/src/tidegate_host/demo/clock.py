"""The time in the shop: runs faster than ours and can be moved on, so that an evening fits in.

Everything in the story (bridge, terminals, acquirer) goes by this clock. Wall time is seconds
since 2020 in UTC, as on the board; the shop lies in the zone UTC+8.
"""

import time
from datetime import UTC, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8))
_2020 = datetime(2020, 1, 1, tzinfo=UTC)


class ShopClock:
    """Starts at `hour`:`minute` of today in the shop and runs `scale` times as fast as ours."""

    def __init__(self, hour: int, minute: int, scale: int) -> None:
        """Set the clock; our own time stands still for it from here on."""
        self.scale = scale
        self.started = time.monotonic()
        today = datetime.now(SHANGHAI)
        self._base = today.replace(hour=hour, minute=minute, second=0, microsecond=0)

    def restart(self) -> None:
        """Count our own time from now on."""
        now = self.now()
        self.started = time.monotonic()
        self._base = now

    def elapsed_ms(self) -> int:
        """Milliseconds of our own time since the start."""
        return int((time.monotonic() - self.started) * 1000)

    def now(self) -> datetime:
        """The time in the shop, with its zone."""
        return self._base + timedelta(milliseconds=self.elapsed_ms() * self.scale)

    def shift(self, seconds: int) -> None:
        """Move the clock on."""
        self._base += timedelta(seconds=seconds)

    def follow(self, wall_s: int) -> None:
        """Set the clock to what a board's clock shows at this moment."""
        self._base += _2020 + timedelta(seconds=wall_s) - self.now()

    def until(self, hour: int, minute: int) -> int:
        """Seconds from now to half a minute past that time of the day; 0 when it is over."""
        now = self.now()
        then = now.replace(hour=hour, minute=minute, second=30, microsecond=0)
        return max(0, int((then - now).total_seconds()))

    def offset_s(self) -> int:
        """How far the shop's clock is ahead of the machine's, in seconds."""
        return int((self.now() - datetime.now(UTC)).total_seconds())


def shop_time(wall_s: int) -> str:
    """HH:MM of a wall time of the board.

    >>> shop_time(189388800)
    '08:00'
    """
    return (_2020 + timedelta(seconds=wall_s)).astimezone(SHANGHAI).strftime("%H:%M")
