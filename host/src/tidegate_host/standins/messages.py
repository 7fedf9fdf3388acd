"""The log of a stand-in: every message, in order, readable while it runs. No card data in it."""

import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

IN = "in"
OUT = "out"
LINE = "line"


@dataclass(frozen=True)
class Logged:
    """One message or event. `at` is local time (ISO), `ms` counts from the log's beginning.

    `direction` is IN, OUT or LINE (a connection or the listener); `stan`, `batch` and `amount` are
    -1 when absent; `code` is F39; `card` is masked; `note` tells of a fault or an event.
    """

    number: int
    ms: int
    at: str
    direction: str
    conn: int = 0
    terminal: str = ""
    kind: str = ""
    mti: str = ""
    stan: int = -1
    batch: int = -1
    amount: int = -1
    code: str = ""
    card: str = ""
    note: str = ""

    def as_dict(self) -> dict[str, object]:
        return asdict(self)

    def text(self) -> str:
        """One line for people."""
        arrow = {IN: "in ", OUT: "out", LINE: "---"}[self.direction]
        parts = [self.at[11:19], arrow, f"{self.terminal:8}", f"{self.mti:4} {self.kind:17}"]
        parts.append(f"{self.stan:06d}" if self.stan >= 0 else " " * 6)
        money = f"{self.amount // 100}.{self.amount % 100:02d}" if self.amount >= 0 else ""
        parts += [f"{money:>12}", f"{self.code:2}", f"{self.card:19}", self.note]
        return " ".join(parts).rstrip()


class MessageLog:
    """A list that threads may wait on. Entries are never changed or removed."""

    def __init__(self, listener: Callable[[Logged], None] | None = None) -> None:
        self._entries: list[Logged] = []
        self._changed = threading.Condition()
        self._start = time.monotonic()
        self._listener = listener

    def add(self, **values) -> Logged:
        """Append an entry by the names of `Logged`."""
        with self._changed:
            ms = int((time.monotonic() - self._start) * 1000)
            entry = Logged(len(self._entries) + 1, ms, **values)
            self._entries.append(entry)
            self._changed.notify_all()
        if self._listener:
            self._listener(entry)
        return entry

    def entries(self) -> list[Logged]:
        """All entries so far."""
        with self._changed:
            return list(self._entries)

    def select(self, **wanted) -> list[Logged]:
        """The entries with these values: `log.select(kind="sale", direction=IN)`."""
        return [e for e in self.entries() if all(getattr(e, k) == v for k, v in wanted.items())]

    def wait_for(self, true: Callable[[list[Logged]], object], timeout_s: float = 10) -> bool:
        """Wait until `true` of the entries; asked at every new one. False after the time."""
        with self._changed:
            return bool(self._changed.wait_for(lambda: true(list(self._entries)), timeout_s))

    def wait_count(self, count: int = 1, timeout_s: float = 10, **wanted) -> bool:
        """Wait until `count` entries have these values."""

        def enough(entries: list[Logged]) -> bool:
            same = [e for e in entries if all(getattr(e, k) == v for k, v in wanted.items())]
            return len(same) >= count

        return self.wait_for(enough, timeout_s)

    def touch(self) -> None:
        """Wake those who wait: something else that they look at has changed."""
        with self._changed:
            self._changed.notify_all()
