"""The stage: a virtual bridge, an acquirer over TLS, the line between them, and two terminals.

Everything is real except the shop: the firmware runs under MicroPython with a board's heap and a
flash image, the terminals and the acquirer are stand-ins that speak on real wires.
"""

import shutil
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

from tidegate_host import config
from tidegate_host.demo.cable import Cable
from tidegate_host.demo.clock import ShopClock
from tidegate_host.demo.watch import Watch
from tidegate_host.device.virtual import VirtualBridge, VirtualError
from tidegate_host.standins.acquirer import Acquirer
from tidegate_host.standins.clock import Clock
from tidegate_host.standins.links import serial, tcp
from tidegate_host.standins.terminal import Terminal
from tidegate_host.standins.tls import make_ca

T1, T2 = "TEST0001", "TEST0002"
_SCALE = 8  # the evening runs so many times faster than our clock: the bridge waits 18 s in 2.3 s
_WAIT_S = 4.0  # a terminal's patience in our time: longer than the bridge's, as in the field
_CONSOLE_S = 20.0


class Stage:
    """Build with `with Stage(folder) as stage`; leaving it stops everything."""

    def __init__(self, folder: Path) -> None:
        """`folder` gets the flash image, the log and the certificates; an older run is removed."""
        self.folder = folder
        self.clock = ShopClock(21, 40, _SCALE)
        self.line_states = [(0, "up")]  # (our own time in ms, state)
        self.power_states = [(0, "on")]
        self.heard_when_back = 0  # messages of the acquirer's log before the line came back
        self._ends = ExitStack()

    def __enter__(self) -> "Stage":
        try:
            self._build()
        except BaseException:
            self._ends.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    def _build(self) -> None:
        enter = self._ends.enter_context
        place = self.folder / "bridge"
        with suppress(OSError, VirtualError):
            VirtualBridge(place).stop()  # one that an earlier run had to leave behind
        shutil.rmtree(place, ignore_errors=True)
        tls = make_ca(self.folder / "certificates")
        wall = Clock(now=self.clock.now)
        self.acquirer = enter(Acquirer(tls=tls, clock=wall))
        self.cable = enter(Cable("127.0.0.1", self.acquirer.port))
        self.config = self._config()
        self.bridge = VirtualBridge(
            place, self.config, {"ca.der": tls.ca_der}, self._environment()
        )
        self._ends.callback(self._stop)
        self.bridge.start()
        self._look()
        self.clock.restart()
        self.watch = Watch(self.bridge, self.clock)
        self._same_time(0)
        self.t1 = Terminal(
            tcp("127.0.0.1", self.bridge.ports["t1"]),
            T1, dialect="cup", clock=wall, wait_s=_WAIT_S,
        )  # fmt: skip
        self.t2 = Terminal(
            serial(self.bridge.serial_path),
            T2, dialect="cup-accept", clock=wall, wait_s=_WAIT_S, upload_at=1,
        )  # fmt: skip
        for terminal in (self.t1, self.t2):
            self._ends.callback(terminal.close)

    def _config(self) -> dict:
        compiled = config.load(Path(__file__).with_name("bridge.toml"))
        compiled["terminals"][0]["port"] = 0  # a free one
        for route in compiled["routes"]:
            route["hosts"][0]["port"] = self.cable.port
        return compiled

    def _environment(self) -> dict[str, str]:
        offset_s = str(self.clock.offset_s())
        return {"TIDEGATE_WALL_OFFSET_S": offset_s, "TIDEGATE_TIME_SCALE": str(_SCALE)}

    def _stop(self) -> None:
        self.bridge.stop()
        if hasattr(self, "watch"):
            self.watch.join()

    def _look(self) -> None:
        if self.bridge.problem:
            raise VirtualError(self.bridge.problem)

    def cut_line(self) -> None:
        """Break every connection between the bridge and the acquirer, and refuse new ones."""
        self.cable.cut()
        self.line_states.append((self.clock.elapsed_ms(), "down"))

    def mend_line(self) -> None:
        """The line is back."""
        self.heard_when_back = len(self.acquirer.log.entries())
        self.line_states.append((self.clock.elapsed_ms(), "up"))
        self.cable.mend()

    def power_off(self) -> None:
        """Cut the bridge's power: its process is killed at once."""
        self.bridge.kill()
        self.power_states.append((self.clock.elapsed_ms(), "off"))

    def power_on(self) -> None:
        """Power again, on the same flash; returns when terminals can connect."""
        since = self.watch.mark()
        self.power_states.append((self.clock.elapsed_ms(), "on"))
        self.bridge.power_on(**self._environment())
        self._look()
        self._same_time(since)

    def _same_time(self, since: int) -> None:
        # The board's clock began to run fast when its interpreter started; the shop's follows it.
        self.watch.wait("ready", _CONSOLE_S, since)
        self.clock.follow(self.watch.last().event.wall_s)

    def move_on(self, hour: int, minute: int) -> None:
        """Let it be that time in the shop. The bridge's clock is set through its console."""
        seconds = self.clock.until(hour, minute)
        since = self.watch.mark()
        command = f"port.clock.shift({seconds})"
        done = subprocess.run(
            [sys.executable, "-m", "mpremote", "connect", self.bridge.console_path, "resume",
             "exec", command],
            capture_output=True, text=True, timeout=_CONSOLE_S, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode:
            raise VirtualError(f"the console refused to set the clock: {done.stderr.strip()}")
        self.clock.shift(seconds)
        self.watch.wait("console-run", _CONSOLE_S, since)
