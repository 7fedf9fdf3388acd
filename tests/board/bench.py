"""A board on a bench: how the suite reaches it, resets it, and takes its power."""

import contextlib
import json
import socket
import subprocess
import time
from pathlib import Path

from click.testing import CliRunner

from tidegate_host.cli.main import group
from tidegate_host.device.board import Board
from tidegate_host.device.errors import DeviceError

TOML = Path(__file__).with_name("bridge.toml")
NOWHERE = "192.0.2.1"  # an address that nobody has
_BACK_S = 60.0
_NETWORK_S = 40.0


class Bench:
    """`device` is a serial port; `power_cmd` a shell command in which {} becomes off and on.

    `uart` is the board's UART for a terminal, as its path in a bridge.toml ("2:17:16").
    """

    def __init__(self, device, folder, uart, power_cmd="", key=None):
        self.device = device
        self.folder = folder
        self.uart = uart
        self.power_cmd = power_cmd
        self.key = key
        self.address = ""  # of the board; empty without a network
        self.here = NOWHERE  # this computer, as the board reaches it
        self.listen, self.at = "0.0.0.0", 9001
        self.port = _free_port()  # where an acquirer will be
        self._provisioned = False

    def tool(self, *words, device=True):
        """What `tidegate` says; it has to succeed."""
        key = ("--key", self.folder / "key") if self.key else ()
        more = ("--device", self.device, *key) if device else ()
        result = CliRunner().invoke(group, [*map(str, (*words, *more))])
        assert result.exit_code == 0, f"{result.exit_code}: {result.output}{result.exception}"
        return result.output

    def json(self, *words):
        return json.loads(self.tool(*words, "--json").splitlines()[-1])

    def board(self):
        return Board(self.device, self.key)

    def run(self, code):
        """What a line of Python prints on an open console."""
        with self.board() as board:
            return board.line.run(code).decode()

    # What it runs.

    def provision(self):
        """Give it the suite's configuration; what it ran before comes back with `end`."""
        text = TOML.read_text("utf-8")
        for word, value in (("HOST", self.here), ("PORT", self.port), ("LISTEN", self.listen),
                            ("AT", self.at)):  # fmt: skip
            text = text.replace(f'"{word}"', f'"{value}"').replace(f" = {word}\n", f" = {value}\n")
        path = self.folder / "bridge.toml"
        path.write_text(text, "utf-8")
        plan = json.loads(self.tool("provision", "-c", path, "--rename", "--force", "--json"))
        self._provisioned = bool(plan["changed"])
        return plan

    def end(self):
        if self._provisioned:
            self.tool("provision", "--rollback", "--force")

    # Its power.

    def reset(self):
        """Start it again as a person would, by the console. -> its hello."""
        with self.board() as board:
            board.call("reset")
            time.sleep(0.5)  # it answers first, and then goes
            return board.back(_BACK_S)

    def power_cut(self):
        """Off and on, at once. -> its hello."""
        for state in ("off", "on"):
            subprocess.run(self.power_cmd.replace("{}", state), shell=True, check=True, timeout=60)
        return self._back()

    def _back(self):
        until = time.monotonic() + _BACK_S
        while True:
            with contextlib.suppress(DeviceError), self.board() as board:
                return board.call("hello")
            assert time.monotonic() < until, "the board did not come back"
            time.sleep(0.3)

    # Its network.

    def join(self, ssid, password):
        """Put a Wi-Fi's name and key where the board looks for them, and start it again."""
        self.run(
            "import esp32\n"
            "nvs = esp32.NVS('tidegate')\n"
            f"nvs.set_blob('ssid', {ssid.encode()!r})\n"
            f"nvs.set_blob('key', {password.encode()!r})\n"
            "nvs.commit()"
        )
        self.reset()

    def find_network(self, wait=False):
        """Look for the board's address, and this computer's on the way to it."""
        until = time.monotonic() + (_NETWORK_S if wait else 0)
        while not self.address:
            with self.board() as board:
                for _, connected, address, *_ in board.call("facts")["network"]:
                    self.address = self.address or (address if connected else "")
            if self.address or time.monotonic() > until:
                break
            time.sleep(1)
        if self.address:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                probe.connect((self.address, 9))
                self.here = probe.getsockname()[0]


def _free_port():
    with socket.create_server(("0.0.0.0", 0)) as server:
        return server.getsockname()[1]
