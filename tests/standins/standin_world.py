"""An acquirer and terminals that talk to each other without a bridge."""

import os
import select
import threading
import time
from contextlib import ExitStack, contextmanager

from tidegate.proto.framing import framer
from tidegate_host.standins.acquirer import Acquirer
from tidegate_host.standins.links import serial, tcp
from tidegate_host.standins.terminal import Terminal

WAIT_S = 0.5  # a terminal's patience where no answer is to come
TID = "TEST0001"


@contextmanager
def open_world():
    """A World; what it makes is closed at the end."""
    with ExitStack() as stack:
        yield World(stack)


class World:
    """Makes acquirers and terminals that talk to each other directly."""

    def __init__(self, stack):
        self._stack = stack
        self.acquirer = None

    def open(self, **settings):
        """Start an acquirer."""
        self.acquirer = self._stack.enter_context(Acquirer(**settings))
        return self.acquirer

    def terminal(self, tid=TID, *, signed_in=True, link=None, wait_s=5, **settings):
        """A terminal on the newest acquirer, signed in unless told otherwise."""
        acquirer = self.acquirer or self.open()
        tls = acquirer.tls.client_context() if acquirer.tls else None
        link = link or tcp("127.0.0.1", acquirer.port, tls=tls)
        made = Terminal(link, tid, dialect=acquirer.dialect.name, wait_s=wait_s, **settings)
        self._stack.callback(made.close)
        if signed_in:
            assert made.sign_in().approved
        return made

    def agree(self, terminal, batch=1):
        """Whether both sides have the same totals."""
        ours = self.acquirer.totals(terminal.tid, batch)
        if terminal.tape.batch == batch:
            return terminal.totals() == ours
        closed = [row for row in terminal.tape.closed if row["batch"] == batch]
        return closed[0]["totals"] == ours.values

    def serial_line(self, port):
        """A pseudo-terminal whose STX frames are carried to a TCP port and back."""
        return serial(self._stack.enter_context(Carrier(port)).path)


class Carrier:
    """Carries payloads between a pseudo-terminal (stx) and a TCP port (len2)."""

    def __init__(self, port):
        self._link = tcp("127.0.0.1", port, keep_open=True)
        self._master, self._slave = os.openpty()
        os.set_blocking(self._master, True)
        self.path = os.ttyname(self._slave)
        self._stop_in, self._stop_out = os.pipe()

    def __enter__(self):
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        os.write(self._stop_out, b"x")
        self._thread.join(5)
        self._link.close()
        for each in (self._master, self._slave, self._stop_in, self._stop_out):
            os.close(each)

    def _carry(self):
        stx = framer("stx")
        while True:
            ready, _, _ = select.select([self._master, self._stop_in], [], [])
            if self._stop_in in ready:
                return
            data = os.read(self._master, 64)
            stx.writable()[: len(data)] = data
            stx.advance(len(data))
            while (payload := stx.next()) is not None:
                assert self._link.open()
                self._link.send(bytes(payload))
                answer = self._link.receive(time.monotonic() + WAIT_S)
                if answer is not None:
                    frame = bytearray(len(answer) + 8)
                    os.write(self._master, frame[: stx.wrap_into(answer, frame)])
