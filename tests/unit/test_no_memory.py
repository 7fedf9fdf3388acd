"""When memory runs out: tasks live on, and what may be half done begins anew (app/bridge.py)."""

import asyncio
import sys
import unittest

from desk import Desk
from test_board_care import Sleep
from test_engine_live import reversal, sale
from tidegate.app import supervisor
from tidegate.app.bridge import Bridge
from tidegate.app.supervisor import Supervisor
from tidegate.journal.ring import JournalError


class Failed(Exception):
    # The reset of a board, which ends everything.
    pass


class Clock:
    def __init__(self, time):
        self.time = time

    def refresh(self):
        pass

    def ms(self):
        return self.time.ms


class Port:
    def __init__(self):
        self.lines = []
        self.fed = self.failed = 0
        self.broken = False

    def log(self, line):
        if self.broken:
            raise MemoryError
        self.lines.append(line)

    def feed(self):
        self.fed += 1

    def fail(self):
        self.failed += 1
        raise Failed


def without_traces(case):
    # Only MicroPython can print one to a stream.
    if not hasattr(sys, "print_exception"):
        case.addCleanup(setattr, supervisor, "trace", supervisor.trace)
        supervisor.trace = lambda error: [type(error).__name__]


class Wire:
    # A terminal's: it takes every answer, or has no memory for one.
    def __init__(self):
        self.told = []
        self.starves = False

    def write(self, frame):
        if self.starves:
            raise MemoryError
        self.told.append(bytes(frame))
        return True


class BridgeTest(unittest.TestCase):
    def setUp(self):
        without_traces(self)
        self.desk = desk = Desk()
        self.port = Port()
        clock = Clock(desk.time)
        config = dict(desk.config, routes=[])
        watch = Supervisor(self.port, clock)
        self.bridge = Bridge(self.port, config, desk.engine, None, clock, watch)
        self.asked = []
        for uplink in self.bridge.uplinks:
            uplink.connect = self.asked.append
        self.wire = Wire()
        self.conn = self.bridge.new_conn(self.wire)

    def starve(self, name):
        # The journal does its work and finds no memory at the end of it, or at the beginning.
        journal = self.desk.journal
        real = getattr(journal, name)

        def late(*values):
            real(*values)
            raise MemoryError

        setattr(journal, name, late)

    def serve(self):
        frame = self.desk.frame(sale())
        self.bridge.terminal_frame(self.conn, 0, memoryview(frame))

    def test_a_terminal_is_cut_off_while_nothing_is_written(self):
        self.desk.engine._read = self._no_memory
        with self.assertRaises(MemoryError):
            self.serve()
        self.assertEqual(self.port.failed, 0)

    def _no_memory(self, *_):
        raise MemoryError

    def test_what_had_been_written_makes_it_begin_anew(self):
        self.serve()
        self.starve("append")
        with self.assertRaises(Failed):
            self.bridge.perform(self.desk.engine.uplink_up, 0)
        self.assertEqual(self.port.failed, 1)
        seq = self.desk.journal.seq
        # On the way out of what was going on: too late to count.
        self.bridge.perform(self.desk.engine.uplink_down, 0, 1)
        self.bridge.terminal_frame(self.conn, 0, memoryview(self.desk.frame(sale(2))))
        self.assertEqual(self.desk.journal.seq, seq)

    def test_what_a_terminal_sent_and_was_stored_makes_it_begin_anew_too(self):
        self.starve("store")
        frame = self.desk.frame(reversal())
        with self.assertRaises(Failed):
            self.bridge.terminal_frame(self.conn, 0, memoryview(frame))

    def test_what_no_terminal_caused_makes_it_begin_anew(self):
        self.desk.engine.tick = self._no_memory
        with self.assertRaises(Failed):
            self.bridge.perform(self.desk.engine.tick)

    def test_housekeeping_is_tried_again_while_nothing_is_written(self):
        self.desk.journal.tend = self._no_memory
        with self.assertRaises(MemoryError):
            self.bridge._tend()
        self.assertEqual(self.port.failed, 0)

    def test_a_full_journal_is_no_reason(self):
        real = self.desk.journal.tend

        def full(checkpoint):
            self.desk.journal.seq += 1
            raise JournalError("write")

        self.desk.journal.tend = full
        self.assertFalse(self.bridge._tend())
        self.desk.journal.tend = real
        self.assertEqual(self.port.failed, 0)


class Asyncio:
    # What the supervisor takes of it; its tasks are stepped by hand.
    sleep_ms = Sleep
    CancelledError = asyncio.CancelledError


class Gone:
    # A task of asyncio's.
    def __init__(self, done):
        self._done = done

    def done(self):
        return self._done


class SupervisorTest(unittest.TestCase):
    def watch(self):
        without_traces(self)
        self.addCleanup(setattr, supervisor, "asyncio", supervisor.asyncio)
        supervisor.asyncio = Asyncio
        self.port = Port()
        clock = Clock(Desk().time)
        watch = Supervisor(self.port, clock)
        watch.add("t", self._fails)
        return watch

    async def _fails(self):
        raise MemoryError

    def test_a_task_lives_on_when_nothing_can_be_told(self):
        watch = self.watch()
        self.port.broken = True
        life = watch._live(watch.tasks[0])
        pauses = [life.send(None) for _ in range(3)]
        self.assertEqual(pauses, [50, 100, 200])
        self.assertEqual(watch.status(), [("t", 3)])
        life.close()

    def test_what_can_be_told_is(self):
        watch = self.watch()
        life = watch._live(watch.tasks[0])
        life.send(None)
        self.assertTrue("# MemoryError\n" in self.port.lines)
        life.close()

    def test_a_connection_that_fails_is_over_and_nothing_else(self):
        watch = self.watch()
        self.port.broken = True
        watch.crashed("t", MemoryError())
        self.assertEqual(watch.crashes, 1)

    def test_the_watchdog_is_not_fed_when_a_task_is_gone(self):
        watch = self.watch()
        watch.tasks[0].task = Gone(False)
        self.assertTrue(watch._all_well())
        watch.tasks[0].task = Gone(True)
        self.assertFalse(watch._all_well())


if __name__ == "__main__":
    unittest.main()
