"""The clock of the stand-ins: the shop's local time, which a test or demonstration may shift."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

SHOP_ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")  # no daylight saving time there


class Clock:
    """Runs with the machine's clock, `shift_s` seconds ahead of it, or from `now` handed in.

        clock = Clock()
        clock.shift(3600)

    `now` gives an aware datetime.
    """

    def __init__(self, shift_s: int = 0, now: Callable[[], datetime] | None = None) -> None:
        self.shift_s = shift_s
        self._now = now or (lambda: datetime.now(UTC))

    def shift(self, seconds: int) -> None:
        """Move the clock forward (or back)."""
        self.shift_s += seconds

    def set(self, local: datetime) -> None:
        """Make it this local time now; `local` is taken as shop time when it has no zone."""
        if local.tzinfo is None:
            local = local.replace(tzinfo=SHOP_ZONE)
        self.shift_s = round((local - self._now()).total_seconds())

    def now(self) -> datetime:
        """Local time, with its zone."""
        return (self._now() + timedelta(seconds=self.shift_s)).astimezone(SHOP_ZONE)

    def local(self) -> tuple[int, int, int, int, int, int]:
        """Year, month, day, hour, minute, second."""
        now = self.now()
        return now.year, now.month, now.day, now.hour, now.minute, now.second

    def settle_date(self, cutover_min: int) -> str:
        """The settlement date as mmdd: tomorrow's from the cut-over on."""
        now = self.now()
        if now.hour * 60 + now.minute >= cutover_min:
            now += timedelta(days=1)
        return f"{now.month:02d}{now.day:02d}"
