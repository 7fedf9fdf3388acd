"""The process that stands for a virtual board's hardware: power, wires, watchdog, log.

It holds the pseudo-terminals of the console and the serial lines, so that they outlive the
interpreter as real cables outlive a power cut, starts the interpreter on the board's folder,
writes down its log, and starts it again when it asks for a reset, dies, or stops feeding its
watchdog. What a board's main.py lets through ends at MicroPython's own prompt, so here as well:
the interpreter is started without a file. Everything else is asked of it over a local connection,
one JSON object a line (see `Runner`).

Run as `python -m tidegate_host.device.runner FOLDER`; the first line on stdout tells the outcome.
"""

import contextlib
import json
import os
import pty
import secrets
import selectors
import signal
import socket
import subprocess
import sys
import time
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tidegate.app import events
from tidegate_host.device import logfile

UNCAUGHT = 1  # exit codes of the interpreter: an exception that main.py let through
FAILED = 74  # and of the firmware: start it again
RESET = 75
RESET_RAW = 76
_PROMPT = -1  # what follows is no start of the firmware
_WATCHDOG_S = 60
_QUICK_S = 2.0
_QUICK_DEATHS_MAX = 5
_REFUSALS = (
    *(events.CONFIG_BAD, events.KEYS_BAD, events.JOURNAL_BAD),
    *(events.SAFE_MODE, events.BOARD_BAD),
)


class Line:
    """A pseudo-terminal. The board has the master side, whoever is outside the path."""

    def __init__(self, link: Path) -> None:
        self.master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self.master, False)
        os.set_inheritable(self.master, True)
        self.path = os.ttyname(self._slave)
        link.unlink(missing_ok=True)
        link.symlink_to(self.path)


class Board:
    """The interpreter and what it is connected to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = json.loads((folder / "settings.json").read_text("utf-8"))
        self.console = Line(folder / "console")
        self.lines = {n: Line(folder / f"serial-{n}") for n in self.settings["serial"]}
        self.log = (folder / "log.txt").open("ab", buffering=0)
        self.process: subprocess.Popen[bytes] | None = None
        self.ready = False
        self.problem = ""
        self.starts = 0
        self.fed = 0.0
        self._rest = b""
        self._quick = 0
        self._started = 0.0
        self._provision()

    def _provision(self) -> None:
        # Once. A power cut leaves the board's files as they are.
        config = self.folder / "board" / "bridge.json"
        fresh = config.with_suffix(".new")
        fresh.write_text(self.settings["config"], "utf-8")
        fresh.rename(config)

    def power_on(self, cause: int, raw: bool = False) -> None:
        """Start the interpreter on the board's files."""
        self.ready, self.fed = False, 0.0
        if cause != events.CAUSE_ENDED:  # else it is what it was before
            self.problem = ""
        self._rest, self._started = b"", time.monotonic()
        self.starts += 1
        os.set_blocking(self.console.master, False)
        self._run(self.settings["start"], cause, raw)

    def prompt(self) -> None:
        """Start the interpreter without a file: MicroPython's prompt is on the console."""
        self.problem = "the firmware did not start; MicroPython's prompt is on the console"
        self._rest, self._started = b"", time.monotonic()
        os.set_blocking(self.console.master, True)
        self._run([], events.CAUSE_RESET, False)

    def _run(self, start: list[str], cause: int, raw: bool) -> None:
        environment = {
            **os.environ,
            **self.settings["environment"],
            "TIDEGATE_ROOT": f"{self.folder / 'board'}/",
            "TIDEGATE_PTYS": ",".join(f"{n}={line.master}" for n, line in self.lines.items()),
            "TIDEGATE_CAUSE": str(cause),
            "TIDEGATE_CONSOLE_RAW": "1" if raw else "0",
        }
        if not start:
            environment.pop("HOME", None)  # a prompt would keep its history there
        self.process = subprocess.Popen(
            [*self.settings["interpreter"], *start],
            cwd=self.folder / "board",
            stdin=self.console.master,
            stdout=self.console.master,
            stderr=subprocess.PIPE,
            pass_fds=[line.master for line in self.lines.values()],
            env=environment,
        )

    def output(self, data: bytes) -> bool:
        """Take output of the firmware; True when its start has come to an end, good or bad."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        decided = False
        for line in lines:
            if line == b".":
                self.fed = time.monotonic()
                continue
            self.log.write(line + b"\n")
            event = logfile.parse(line.decode("ascii", "replace"))
            if event and event.event == events.READY:
                self.ready = decided = True
                self.problem = ""
            elif event and event.event in _REFUSALS and not self.ready:
                self.problem = f"{event.name} {event.a}"
                decided = True
        return decided

    def starves(self) -> bool:
        """Whether the watchdog was fed once, and then not for too long."""
        return bool(self.fed) and time.monotonic() - self.fed > _WATCHDOG_S

    def died(self) -> int | None:
        """Reap the interpreter. -> the cause of the next start, _PROMPT, or None to stay off."""
        assert self.process
        code = self.process.wait()
        hungry, ready = self.starves(), self.ready
        self.process, self.ready = None, False
        if code == -signal.SIGKILL and not hungry:
            return None
        # A firmware that never gets ready is not started for ever.
        quick = not ready and time.monotonic() - self._started < _QUICK_S
        self._quick = self._quick + 1 if quick else 0
        if self._quick >= _QUICK_DEATHS_MAX:
            self.problem = f"the firmware ends again and again (exit code {code})"
            return None
        if code == UNCAUGHT:
            return _PROMPT
        if code == FAILED and not ready:
            self.problem = "the firmware did not start; it tries again"
        if code in (0, RESET, RESET_RAW):
            return events.CAUSE_RESET | (256 if code == RESET_RAW else 0)
        return events.CAUSE_WATCHDOG if hungry else events.CAUSE_ENDED


class Runner:
    """The loop over the firmware's output and the connections that ask for something.

    A request is {"token", "do", ...}:
      status                    -> what `state` gives
      off                       SIGKILL, and stay off
      on {"environment"}        start; answered when the firmware is ready, or has said why not
      stop                      off, and end the runner
      follow {"from"}           the log from that byte on, and then as it grows
    """

    def __init__(self, folder: Path) -> None:
        self.board = Board(folder)
        self.folder = folder
        self.selector = selectors.DefaultSelector()
        self.token = secrets.token_hex(16)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.selector.register(self.server, selectors.EVENT_READ, self._accept)
        self.waiting: list[Any] = []  # who wants to hear of the end of a start
        self.following: list[socket.socket] = []
        self.stopping = False

    def state(self) -> dict[str, Any]:
        """What is known of the board now; also written to state.json."""
        board = self.board
        return {
            "runner_pid": os.getpid(),
            "pid": board.process.pid if board.process else 0,
            "control_port": self.server.getsockname()[1],
            "console": board.console.path,
            "serial": {name: line.path for name, line in board.lines.items()},
            "ready": board.ready,
            "problem": board.problem,
            "starts": board.starts,
        }

    def _save(self) -> None:
        path = self.folder / "state.json"
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps({**self.state(), "token": self.token}), "utf-8")
        fresh.rename(path)

    def power_on(self, cause: int, raw: bool = False) -> None:
        self._power(lambda: self.board.power_on(cause, raw))

    def _power(self, start: Callable[[], None]) -> None:
        start()
        assert self.board.process and self.board.process.stderr
        self.selector.register(self.board.process.stderr, selectors.EVENT_READ, self._output)
        self._save()

    def _output(self, pipe: Any) -> None:
        data = os.read(pipe.fileno(), 65536)
        before = self.board.log.tell()
        decided = self.board.output(data)
        self._publish(before)
        if not data:
            self.selector.unregister(pipe)
            pipe.close()
            cause = self.board.died()
            off = cause is None or self.stopping
            if cause == _PROMPT and not off:
                self._power(self.board.prompt)
            elif cause is not None and not off:
                self.power_on(cause & 255, cause >= 256)
            decided = off or bool(self.board.problem)
        if decided:
            self._save()
            for told in self.waiting:
                self._say(told, self.state())
            self.waiting.clear()

    def _publish(self, start: int) -> None:
        if not self.following or self.board.log.tell() == start:
            return
        with open(self.folder / "log.txt", "rb") as file:
            file.seek(start)
            data = file.read()
        for peer in list(self.following):
            try:
                peer.sendall(data)
            except OSError:
                self._drop(peer)

    # Requests.

    def _accept(self, server: socket.socket) -> None:
        peer, _ = server.accept()
        self.selector.register(peer, selectors.EVENT_READ, self._request)

    def _drop(self, peer: socket.socket) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self.selector.unregister(peer)
        if peer in self.following:
            self.following.remove(peer)
        peer.close()

    def _say(self, peer: Any, answer: dict[str, Any]) -> None:
        try:
            peer.sendall(json.dumps(answer).encode() + b"\n")
        except OSError:
            self._drop(peer)

    def _request(self, peer: socket.socket) -> None:
        try:
            asked = json.loads(peer.recv(65536) or b"{}")
        except (OSError, ValueError):
            asked = {}
        if not secrets.compare_digest(str(asked.get("token")), self.token):
            self._drop(peer)
            return
        what = asked.get("do")
        if what == "follow":
            self._follow(peer, int(asked.get("from", 0)))
        elif what == "on" and self.board.process is None:
            self.board.settings["environment"].update(asked.get("environment", {}))
            self.waiting.append(peer)
            self.power_on(events.CAUSE_POWER)
        elif what in ("off", "stop"):
            self.stopping = what == "stop"
            if self.board.process is None:
                self._say(peer, self.state())
            else:
                self.waiting.append(peer)
                self.board.process.send_signal(signal.SIGKILL)
        else:
            self._say(peer, self.state())

    def _follow(self, peer: socket.socket, start: int) -> None:
        with open(self.folder / "log.txt", "rb") as file:
            file.seek(start)
            data = file.read()
        peer.sendall(data)
        self.following.append(peer)

    def run(self, told: Any) -> None:
        """Start the board and serve until it is stopped; `told` hears the outcome of the start."""
        self.waiting.append(told)
        self.power_on(events.CAUSE_POWER)
        while not (self.stopping and self.board.process is None):
            for key, _ in self.selector.select(_WATCHDOG_S / 4):
                key.data(key.fileobj)
            if self.board.process and self.board.starves():
                self.board.process.kill()
        (self.folder / "state.json").unlink(missing_ok=True)


class _Told:
    # The first outcome goes to whoever started us; nobody listens there afterwards.
    def sendall(self, data: bytes) -> None:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def close(self) -> None:
        pass


def main() -> None:
    """Serve the folder named on the command line."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Runner(Path(sys.argv[1])).run(_Told())


if __name__ == "__main__":
    main()
