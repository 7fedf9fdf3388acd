"""A bridge without a board: the real firmware under MicroPython, in a folder of its own.

bridge = VirtualBridge(folder, config)
bridge.start()                       # returns when terminals can connect
bridge.ports["t1"]                   # where terminal link t1 listens
bridge.wait_for("live-sent")         # an event of the log
bridge.power_cut()                   # SIGKILL, then a start on the same flash image
bridge.stop()
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tidegate_host.device import firmware, logfile

# Where the code is, see firmware.py: "flash" as on a board with a ROMFS, "frozen", or "heap".
CODE = os.environ.get("TIDEGATE_CODE", "flash")
# An ESP32 without PSRAM leaves 112 KB of heap beside Wi-Fi and one TLS connection. With the code
# in it that is too little, so then a board with PSRAM is stood for.
HEAP_KB = int(os.environ.get("TIDEGATE_HEAP_KB", "160" if CODE == "heap" else "112"))
# What a chip takes from elsewhere for TLS, a computer's MicroPython takes from the heap of Python.
TLS_KB = 48
JOURNAL_BYTES = 512 * 1024  # what a board with 4 MB of flash has at least
KEYS_BYTES = 2 * 4096
_START_S = 60.0
_ANSWER_S = 15.0


class VirtualError(Exception):
    """A virtual bridge cannot be started, or does not run; the text says what to do."""


def home() -> Path:
    """Where virtual bridges live: $TIDEGATE_HOME, or ~/.local/state/tidegate."""
    chosen = os.environ.get("TIDEGATE_HOME")
    return Path(chosen) if chosen else Path.home() / ".local/state/tidegate"


def folder_of(name: str) -> Path:
    """The folder of the virtual bridge of that name, whether it exists or not."""
    return home() / "virtual" / name


def interpreter(arch: str | None = None, tls: bool = False) -> list[str]:
    """The command that runs the firmware with a board's heap.

    `arch` is "i386" or "amd64"; by default the first of them that is there. Only the i386 build
    has the object sizes of a 32-bit board; with the other the heap is counted in its bigger
    words. Raises LookupError with the next step when there is no MicroPython.
    """
    for each in (arch,) if arch else ("i386", "amd64"):
        try:
            command = firmware.interpreter(each, CODE, home() / "firmware")
        except LookupError:
            if arch or each == "amd64":
                raise
            continue
        unit = "k" if each == "i386" else "wk"
        return [*command, "-X", f"heapsize={HEAP_KB + TLS_KB * tls}{unit}"]
    raise AssertionError("not reached")


class VirtualBridge:
    """One virtual bridge. `folder` keeps its flash image, log and wires; it may exist already.

    `config` is a compiled configuration (a dict), a text for a board that is to get just that, or
    None to leave what the folder has. Terminals of type "serial" get a pseudo-terminal; TCP
    terminals with port 0 get a free port. `files` are further files of the board (certificates),
    name -> path. `environment` is for the virtual hardware, see firmware/tidegate/port/unix.py.
    """

    def __init__(
        self,
        folder: Path | str,
        config: dict[str, Any] | str | None = None,
        files: dict[str, Path] | None = None,
        environment: dict[str, str] | None = None,
        arch: str | None = None,
    ) -> None:
        self.folder = Path(folder).absolute()
        self.files = files or {}
        self.environment = environment or {}
        self.arch = arch
        self.config = config
        self.ports: dict[str, int] = {}
        self._read = 0  # how far wait_for has read the log
        if config is None:
            self._load()

    # What is where.

    @property
    def flash_path(self) -> Path:
        """The raw image of the journal partition."""
        return self.folder / "board" / "flash.bin"

    @property
    def keys_path(self) -> Path:
        """The raw image of the keys partition."""
        return self.folder / "board" / "keys.bin"

    @property
    def log_path(self) -> Path:
        """The log of all starts."""
        return self.folder / "log.txt"

    @property
    def console_path(self) -> str:
        """The terminal device for mpremote."""
        return self.state()["console"]

    @property
    def serial_path(self) -> str:
        """The terminal device of the first serial link."""
        return next(iter(self.state()["serial"].values()))

    @property
    def pid(self) -> int:
        """The process of the interpreter, 0 while the power is off."""
        return self.state()["pid"]

    @property
    def problem(self) -> str:
        """Why nothing is passed; empty when all is well."""
        return self.state()["problem"]

    @property
    def running(self) -> bool:
        """Whether its runner is there, with the power on or off."""
        try:
            self._saved()
            return True
        except VirtualError:
            return False

    # Power.

    def start(self) -> None:
        """Start it; returns when terminals can connect, or the firmware has said why they cannot.

        Raises VirtualError when it runs already or does not come up.
        """
        if self.running:
            raise VirtualError(f"{self.folder.name} runs already")
        self._prepare()
        self._read = self.log_path.stat().st_size if self.log_path.exists() else 0
        with open(self.folder / "runner.txt", "wb") as words:
            runner = subprocess.Popen(
                [sys.executable, "-m", "tidegate_host.device.runner", str(self.folder)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=words,
                start_new_session=True,
            )
        assert runner.stdout
        line = runner.stdout.readline()
        runner.stdout.close()
        runner.returncode = runner.poll()
        if not line:
            told = (self.folder / "runner.txt").read_text("utf-8", "replace").strip()
            raise VirtualError(f"the runner did not start: {told.splitlines()[-1:]}")
        self._check(json.loads(line))

    def _check(self, state: dict[str, Any]) -> None:
        if not state["ready"] and not state["problem"]:
            raise VirtualError(f"the firmware did not come up; see {self.log_path}")

    def kill(self) -> None:
        """Cut the power: SIGKILL, at once. It stays off until `power_on`."""
        pid = self.pid
        if pid:
            with contextlib.suppress(ProcessLookupError):  # it was quicker
                os.kill(pid, signal.SIGKILL)
        self._ask("off")

    def power_on(self, **environment: str) -> None:
        """Give it power again; returns as `start` does."""
        self._check(self._ask("on", _START_S, environment=environment))

    def power_cut(self, **environment: str) -> None:
        """Cut the power and give it back."""
        self.kill()
        self.power_on(**environment)

    def stop(self) -> None:
        """End the interpreter and the runner; the folder stays."""
        if not self.running:
            return
        runner = self._saved()["runner_pid"]
        self._ask("stop")
        _until_gone(runner)

    # Watching.

    def state(self) -> dict[str, Any]:
        """What the runner knows: pids, wires, readiness, the number of starts."""
        return self._ask("status")

    def follow(self, start: int = 0, timeout_s: float | None = None) -> Iterator[logfile.Event]:
        """The events of the log from byte `start` on, and then as they happen.

        Ends when the runner ends; raises TimeoutError when nothing comes for `timeout_s` seconds.
        """
        with self._connect("follow", {"from": start}) as peer:
            peer.settimeout(timeout_s)
            rest = b""
            while data := peer.recv(65536):
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    start += len(line) + 1
                    event = logfile.parse(line.decode("ascii", "replace"), start)
                    if event:
                        yield event

    def wait_for(self, name: str, timeout_s: float = 10.0, **values: int) -> logfile.Event:
        """Wait for the next event of that name, and of these values of a, b, c when given.

        "Next" counts from the last event that wait_for gave, or from the start. Raises
        TimeoutError.
        """
        wanted = logfile.number(name)
        until = time.monotonic() + timeout_s
        for event in self.follow(self._read, timeout_s):
            if event.event == wanted and all(getattr(event, k) == v for k, v in values.items()):
                self._read = event.position
                return event
            if time.monotonic() > until:
                break
        raise TimeoutError(f"no {name} {values or ''} within {timeout_s} s")

    def events(self) -> list[logfile.Event]:
        """All events of the log so far."""
        lines = self.log_path.read_text("ascii", "replace").splitlines()
        return [event for event in map(logfile.parse, lines) if event]

    def told(self) -> Iterator[logfile.Event | str]:
        """The log so far: its events, and the lines that tell where a task of the firmware failed,
        in the words of the sources."""
        names = firmware.names(self.folder / "board", home() / "firmware")
        for line in self.log_path.read_text("ascii", "replace").splitlines():
            event = logfile.parse(line)
            if event:
                yield event
            elif line.startswith("#"):
                yield logfile.fault(line, names)

    # Inside.

    def _prepare(self) -> None:
        board = self.folder / "board"
        board.mkdir(parents=True, exist_ok=True)
        firmware.install(board, home() / "firmware", CODE)
        for path, size in ((self.flash_path, JOURNAL_BYTES), (self.keys_path, KEYS_BYTES)):
            if not path.exists():
                path.touch(mode=0o600)
                path.write_bytes(b"\xff" * size)
        for name, source in self.files.items():
            (board / name).write_bytes(source.read_bytes())
        path = self.folder / "settings.json"
        if self.config is not None:
            # As a board that was flashed again: what was provisioned later is gone.
            (board / "slot").unlink(missing_ok=True)
            for slot in ("a", "b"):
                shutil.rmtree(board / slot, ignore_errors=True)
            (board / "locked").unlink(missing_ok=True)
        if self.config is None:
            settings = json.loads(path.read_text("utf-8"))
        else:
            settings = {"config": self._wired(), "serial": self._serial, "ports": self.ports}
        if '"console":"locked"' in settings["config"]:
            (board / "locked").touch()
        settings["environment"] = self.environment
        settings["interpreter"] = interpreter(self.arch, '"tls":true' in settings["config"])
        settings["start"] = firmware.STARTS[CODE]
        path.write_text(json.dumps(settings), "utf-8")

    def _wired(self) -> str:
        # The configuration with ports and pseudo-terminals filled in.
        self._serial: list[str] = []
        if not isinstance(self.config, dict):
            return self.config or ""
        config = json.loads(json.dumps(self.config))
        for terminal in config.get("terminals", ()):
            name = terminal["name"]
            if terminal["type"] == "serial":
                terminal["path"] = f"pty:{name}"
                self._serial.append(name)
            else:
                terminal["port"] = self.ports[name] = terminal["port"] or _free_port()
        return json.dumps(config, separators=(",", ":"), sort_keys=True)

    def _load(self) -> None:
        try:
            settings = json.loads((self.folder / "settings.json").read_text("utf-8"))
        except FileNotFoundError:
            raise VirtualError(f"there is no virtual bridge {self.folder.name}") from None
        self.ports = settings["ports"]

    def _saved(self) -> dict[str, Any]:
        try:
            saved = json.loads((self.folder / "state.json").read_text("utf-8"))
            os.kill(saved["runner_pid"], 0)
            return saved
        except (FileNotFoundError, ProcessLookupError):
            raise VirtualError(f"{self.folder.name} does not run") from None

    def _connect(self, what: str, more: dict[str, Any]) -> socket.socket:
        saved = self._saved()
        peer = socket.create_connection(("127.0.0.1", saved["control_port"]), _ANSWER_S)
        peer.sendall(json.dumps({"token": saved["token"], "do": what, **more}).encode())
        return peer

    def _ask(self, what: str, timeout_s: float = _ANSWER_S, **more: Any) -> dict[str, Any]:
        with self._connect(what, more) as peer:
            peer.settimeout(timeout_s)
            answer = b""
            while not answer.endswith(b"\n"):
                data = peer.recv(65536)
                if not data:
                    raise VirtualError(f"the runner of {self.folder.name} went away")
                answer += data
        return json.loads(answer)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def _until_gone(pid: int) -> None:
    # Our own child has to be reaped; anybody else's is waited for through its process descriptor.
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:
        with_pidfd = getattr(os, "pidfd_open", None)
        if with_pidfd is None:
            return
        try:
            descriptor = with_pidfd(pid)
        except ProcessLookupError:
            return
        import select

        select.select([descriptor], [], [], _ANSWER_S)
        os.close(descriptor)
