"""Watches a bridge through its log: keeps every event with our own time, and waits for the next.

The log is the only thing that is waited for; nothing sleeps in the hope that something is done.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from tidegate_host.demo.clock import ShopClock
from tidegate_host.device.logfile import Event
from tidegate_host.device.virtual import VirtualBridge

_APART_MS = 0.001


class NothingHappened(TimeoutError):
    """What the story waits for did not happen in time; the text says what."""


@dataclass(frozen=True)
class Seen:
    """An event of the bridge, when we saw it, and in which of its power-ups (from 0)."""

    at_ms: float
    boot: int
    event: Event


class Watch:
    """Follows the log of a running bridge in a thread until the bridge is stopped."""

    def __init__(self, bridge: VirtualBridge, clock: ShopClock) -> None:
        """Start to watch; the bridge must run."""
        self._bridge = bridge
        self._clock = clock
        self._changed = threading.Condition()
        self.seen: list[Seen] = []
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def _follow(self) -> None:
        boot = -1
        for event in self._bridge.follow():
            boot += event.name == "boot"
            with self._changed:
                # Several lines come in one piece; their order is kept in their times.
                least = self.seen[-1].at_ms + _APART_MS if self.seen else 0
                self.seen.append(Seen(max(self._clock.elapsed_ms(), least), boot, event))
                self._changed.notify_all()

    def join(self) -> None:
        """Wait until the log has ended: the bridge is stopped and everything is seen."""
        self._thread.join(10)

    def mark(self) -> int:
        """A place in the log: what comes after it is new."""
        with self._changed:
            return len(self.seen)

    def until(
        self, what: str, met: Callable[[list[Seen]], bool], timeout_s: float, since: int = 0
    ) -> None:
        """Wait until `met` is true of the events since a mark. Raises NothingHappened(`what`)."""
        with self._changed:
            if not self._changed.wait_for(lambda: met(self.seen[since:]), timeout_s):
                raise NothingHappened(f"{what}: not seen within {timeout_s:.0f} seconds")

    def wait(
        self, name: str, timeout_s: float, since: int = 0, count: int = 1, **wanted: int
    ) -> None:
        """Wait for `count` events of that name with these values of a, b, c."""
        self.until(
            f"{name} {wanted or ''} of the bridge",
            lambda seen: sum(matches(s.event, name, wanted) for s in seen) >= count,
            timeout_s,
            since,
        )

    def last(self) -> Seen:
        """The newest event."""
        with self._changed:
            return self.seen[-1]

    def count(self, name: str, since: int = 0, **wanted: int) -> int:
        """How many events of that name, with these values, there were since a mark."""
        with self._changed:
            return sum(matches(s.event, name, wanted) for s in self.seen[since:])


def matches(event: Event, name: str, wanted: dict[str, int]) -> bool:
    """True for an event of that name with these values of a, b, c."""
    return event.name == name and all(getattr(event, key) == wanted[key] for key in wanted)
