"""The stage of the day: bridge, acquirer and two terminals on real wires, and the shop's clock.

The board's clock is moved from step to step through its console, and its timers run faster than
ours. The stand-ins' clock stands still at the beginning of the step.
"""

import json
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from shop import plain, running

from tidegate_host import config
from tidegate_host.device.board import Board
from tidegate_host.device.line import Line
from tidegate_host.standins.acquirer import Acquirer
from tidegate_host.standins.clock import Clock
from tidegate_host.standins.links import SerialLink, TcpLink
from tidegate_host.standins.terminal import Terminal

HERE = Path(__file__).parent
ZONE = timezone(timedelta(hours=8))
FIRST = datetime(2027, 1, 15, 6, 0, tzinfo=ZONE)  # a Friday
COUNTER, MOBILE = "TEST0001", "TEST0002"
_2020 = datetime(2020, 1, 1, tzinfo=UTC)
_BEFORE = timedelta(minutes=5)  # so much earlier the bridge is switched on
_SCALE = 8  # timers run so many times faster: the bridge waits 18 s for a host in 2.3 s


class Stage:
    """Everybody on it, and the time in the shop."""

    patience_s = 20.0  # of a terminal, and of who waits for the bridge's log

    def __init__(self):
        self.now = FIRST
        self.clock = Clock(now=lambda: self.now)

    def move_on(self, hour, minute, early_s=0):
        """Let it be that time in the shop, the next one; on the board `early_s` before it."""
        then = self.now.replace(hour=hour, minute=minute)
        self.now = then + timedelta(days=then < self.now)
        wall_s = int((self.now - _2020).total_seconds()) - early_s
        line = Line(self.bridge.console_path)
        try:
            line.greet()
            line.run(f"port.clock.shift({wall_s} - port.clock.wall())")
        finally:
            line.end()

    def heap_free_bytes(self):
        """What the board's heap has left at this moment."""
        with Board("virtual:day") as board:
            return board.call("status")["heap_free_bytes"]

    def see(self, name, **values):
        """Wait for the next event of that name in the bridge's log."""
        return self.bridge.wait_for(name, self.patience_s, **values)

    def compiled(self):
        """bridge.toml with the acquirer's port, and a free one for the counter."""
        compiled = json.loads(json.dumps(config.load(HERE / "bridge.toml", FIRST.date())))
        compiled["terminals"][0]["port"] = 0
        for route in compiled["routes"]:
            route["hosts"] = [plain(self.acquirer)]
        return compiled


@contextmanager
def staged(folder):
    """A stage at six in the morning, with the bridge in `folder`."""
    stage = Stage()
    offset_s = int((FIRST - _BEFORE - datetime.now(UTC)).total_seconds())
    speed = {"TIDEGATE_WALL_OFFSET_S": str(offset_s), "TIDEGATE_TIME_SCALE": str(_SCALE)}
    with ExitStack() as ends:
        stage.acquirer = ends.enter_context(Acquirer(clock=stage.clock))
        stage.bridge = ends.enter_context(running(folder, stage.compiled(), **speed))
        more = {"clock": stage.clock, "wait_s": stage.patience_s}
        wire = TcpLink("127.0.0.1", stage.bridge.ports["counter"])
        stage.counter = Terminal(wire, COUNTER, **more)
        wire = SerialLink(stage.bridge.serial_path)
        stage.mobile = Terminal(wire, MOBILE, dialect="cup-accept", upload_at=1, **more)
        for terminal in (stage.counter, stage.mobile):
            ends.callback(terminal.close)
        yield stage
