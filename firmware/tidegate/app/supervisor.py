"""Keeps the tasks alive, says why one died, and feeds the watchdog only when all of them are well.

A task that ends or fails is started again, at once the first time and with a growing pause when it
keeps failing. Tasks that go around by themselves check in on every round. Those that wait for a
wire cannot; for them it counts that they exist. Once a second, if nobody is missing, the watchdog
is fed; a supervisor that hangs feeds nothing. Where there is no memory to say something, it is not
said, and all goes on.
"""

import asyncio
import sys

from tidegate.app import events
from tidegate.compat import const

_ROUND_MS = const(1000)
_MISSING_ROUNDS = const(30)  # longer than any legal wait of a task that checks in
_PAUSE_MS = const(50)
_PAUSE_MS_MAX = const(30000)
_WELL_ROUNDS = const(60)  # alive for so long, a task starts with the short pause again


class _Task:
    def __init__(self, index, name, make, checks_in):
        self.index = index
        self.name = name
        self.make = make
        self.checks_in = checks_in
        self.task = None
        self.deaths = 0
        self.pause_ms = _PAUSE_MS
        self.silent_rounds = 0
        self.rounds = 0


class Supervisor:
    def __init__(self, port, clock):
        self.port = port
        self.clock = clock
        self.tasks = []
        self.crashes = 0  # of tasks that live only as long as a connection

    def note(self, event, a, b, c):
        # The log: numbers only. The host makes the text.
        self.clock.refresh()
        t = self.clock.time
        try:
            self.port.log("%d %d %d %d %d %d\n" % (t.ms, t.wall, event, a, b, c))
        except MemoryError:
            pass

    def add(self, name, make, checks_in=False):
        self.tasks.append(_Task(len(self.tasks), name, make, checks_in))

    def check_in(self, name):
        for entry in self.tasks:
            if entry.name == name:
                entry.silent_rounds = 0

    def crashed(self, name, error):
        # A task of one connection failed; it is over, the others go on.
        self.crashes += 1
        self.tell(error)
        index = 0
        while index < len(self.tasks) and self.tasks[index].name != name:
            index += 1
        self.note(events.TASK_DIED, index, events.reason_of(error), self.crashes)

    def tell(self, error):
        try:
            for line in trace(error):
                self.port.log("# %s\n" % line)
        except MemoryError:
            pass

    async def _live(self, entry):
        while True:
            reason = 0
            try:
                await entry.make()
            except asyncio.CancelledError:
                reason = events.CANCELLED
            except Exception as error:
                reason = events.reason_of(error)
                self.tell(error)
            entry.deaths += 1
            self.note(events.TASK_DIED, entry.index, reason, entry.deaths)
            await asyncio.sleep_ms(entry.pause_ms)  # type: ignore
            entry.pause_ms = min(entry.pause_ms * 2, _PAUSE_MS_MAX)
            entry.rounds = entry.silent_rounds = 0

    async def run(self):
        for entry in self.tasks:
            entry.task = asyncio.create_task(self._live(entry))
        while True:
            await asyncio.sleep_ms(_ROUND_MS)  # type: ignore
            if self._all_well():
                self.port.feed()

    def _all_well(self):
        well = True
        for entry in self.tasks:
            entry.rounds += 1
            if entry.rounds == _WELL_ROUNDS:
                entry.pause_ms = _PAUSE_MS
            if entry.checks_in:
                entry.silent_rounds += 1
                if entry.silent_rounds == _MISSING_ROUNDS:
                    self.note(events.TASK_STUCK, entry.index, entry.silent_rounds, 0)
                well = well and entry.silent_rounds < _MISSING_ROUNDS
            well = well and not entry.task.done()
        return well

    def kill(self, name):
        # For a person or a test: the task is started again as if it had failed.
        for entry in self.tasks:
            if entry.name == name and entry.task is asyncio.current_task():
                raise RuntimeError("it runs this command")
            if entry.name == name:
                entry.task.cancel()

    def status(self):
        return [(entry.name, entry.deaths) for entry in self.tasks]


def trace(error):
    # Where it happened, without the text of the error: that could repeat what was on the wire.
    import io

    text = io.StringIO()
    sys.print_exception(error, text)  # type: ignore
    lines = text.getvalue().split("\n")  # type: ignore
    return [line for line in lines if line[:6] == "  File"] + [type(error).__name__]
