"""What looks after a board: the network that says it is up, crashes in a row, and the LED."""

import unittest

from tidegate.app import crashes, events, lamp, upkeep
from tidegate.app.crashes import Crashes
from tidegate.app.lamp import Lamp
from tidegate.app.upkeep import Upkeep
from tidegate.core import books

HOUR_S = 3600


class Thing:
    def __init__(self, **values):
        for name, value in values.items():
            setattr(self, name, value)


class Sleep:
    # Stands for asyncio.sleep_ms; a task that is stepped by hand gives the milliseconds out.
    def __init__(self, ms):
        self.ms = ms

    def __iter__(self):
        yield self.ms

    __await__ = __iter__


class Asyncio:
    sleep_ms = Sleep


def by_hand(case, module):
    # Its tasks do not sleep: they are stepped with send(None).
    real, module.asyncio = module.asyncio, Asyncio
    case.addCleanup(setattr, module, "asyncio", real)


class Watch:
    # The supervisor: who checked in, what was noted.
    def __init__(self):
        self.seen = []
        self.noted = []

    def check_in(self, name):
        self.seen.append(name)

    def note(self, *event):
        self.noted.append(event)


class Network:
    def __init__(self):
        self.is_up = True
        self.starts = 0

    def start(self):
        self.starts += 1

    def up(self):
        return self.is_up


class Journal:
    def __init__(self):
        self.queues = Thing(attention=[0, 0])
        self.waiting = 0
        self.found = []
        self.looked = 0

    def open_count(self, lane):
        return self.waiting

    def items(self, lane, types):
        self.looked += 1
        return iter(self.found)


class Uplink:
    lane = 0
    open = False

    def hang_up(self):
        self.open = False


def bridge(hosts=2):
    made = Thing(
        engine=Thing(
            lanes=[Thing(line_ok=True, phase=0)],
            journal=Journal(),
            ledger=Thing(lanes=[Thing(live=Thing(state=books.APPROVED))]),
        ),
        hosts=[Thing(hosts=[Thing(failures=0) for _ in range(hosts)])],
        wires={},
        uplinks=[Uplink()],
        downs=[],
    )
    made.engine.uplink_down = "down"
    made.perform = lambda what, lane, reason: made.downs.append((lane, reason))
    return made


class Care(unittest.TestCase):
    def setUp(self):
        self.network = Network()
        self.bridge = bridge()
        self.watch = Watch()
        self.upkeep = Upkeep(self.network, self.bridge, self.watch)

    def pass_s(self, seconds):
        # -> how often the interface was started in that time
        before = self.network.starts
        for _ in range(seconds):
            self.upkeep.second()
        return self.network.starts - before

    def fail_once(self):
        self.bridge.hosts[0].hosts[0].failures += 1

    def test_a_network_that_is_up_and_does_nothing_is_left_alone(self):
        self.assertEqual(self.pass_s(6 * HOUR_S), 0)

    def test_away_it_is_started_again_after_minutes_and_ever_more_rarely(self):
        self.network.is_up = False
        self.assertEqual(self.pass_s(299), 0)
        self.assertEqual(self.pass_s(1), 1)
        self.assertEqual(self.pass_s(599), 0)
        self.assertEqual(self.pass_s(1), 1)
        self.pass_s(24 * HOUR_S)
        self.assertEqual(self.pass_s(HOUR_S), 1)
        self.assertEqual(self.watch.noted[0], (events.NETWORK_AGAIN, upkeep.AWAY, 300, 0))

    def test_back_in_time_it_is_not(self):
        for _ in range(5):
            self.network.is_up = False
            self.assertEqual(self.pass_s(299), 0)
            self.network.is_up = True
            self.assertEqual(self.pass_s(1000), 0)

    def test_connected_and_of_no_use_it_is_started_again(self):
        self.pass_s(10)
        self.fail_once()
        self.assertEqual(self.pass_s(299), 0)
        self.assertEqual(self.pass_s(1), 1)
        self.assertEqual(self.watch.noted, [(events.NETWORK_AGAIN, upkeep.DOUBT, 300, 0)])
        # Once for that failure; the next one asks for more patience.
        self.assertEqual(self.pass_s(6 * HOUR_S), 0)
        self.fail_once()
        self.assertEqual(self.pass_s(599), 0)
        self.assertEqual(self.pass_s(1), 1)

    def test_what_works_clears_it(self):
        def line():
            self.bridge.uplinks[0].open = True

        def host():
            self.bridge.hosts[0].hosts[0].failures = 0

        def terminal():
            self.bridge.wires[1] = Thing(serial=False, frames=1)

        for proof in (line, host, terminal):
            with self.subTest(proof=proof):
                self.setUp()
                self.fail_once()
                self.pass_s(200)
                proof()
                self.assertEqual(self.pass_s(6 * HOUR_S), 0)

    def test_a_terminal_on_a_serial_line_proves_nothing(self):
        self.fail_once()
        self.pass_s(200)
        self.bridge.wires[1] = Thing(serial=True, frames=1)
        self.assertEqual(self.pass_s(100), 1)

    def test_a_frame_from_before_the_failure_proves_nothing(self):
        self.bridge.wires[1] = Thing(serial=False, frames=9)
        self.pass_s(1)
        self.fail_once()
        self.assertEqual(self.pass_s(300), 1)

    def test_success_gives_the_short_patience_back(self):
        self.network.is_up = False
        self.pass_s(900)
        self.network.is_up, self.bridge.uplinks[0].open = True, True
        self.pass_s(1)
        self.network.is_up, self.bridge.uplinks[0].open = False, False
        self.assertEqual(self.pass_s(300), 1)

    def test_a_bridge_that_passes_nothing_still_has_its_network(self):
        self.upkeep = Upkeep(self.network, Thing(problem="x"), self.watch)
        self.assertEqual(self.pass_s(1000), 0)
        self.network.is_up = False
        self.assertEqual(self.pass_s(300), 1)

    def test_when_it_goes_idle_lines_go_with_it_at_once(self):
        self.bridge.uplinks[0].open = True
        self.pass_s(10)
        self.assertEqual((self.bridge.downs, self.watch.noted), ([], []))
        self.network.is_up = False
        self.assertEqual(self.pass_s(1), 0)
        self.assertEqual((self.bridge.uplinks[0].open, self.bridge.downs), (False, [(0, 100)]))
        self.pass_s(10)
        self.assertEqual(len(self.bridge.downs), 1)
        self.assertEqual(self.watch.noted, [(events.NETWORK_AWAY, 0, 0, 0)])

    def test_a_line_on_which_an_answer_is_out_is_kept(self):
        lane, live = self.bridge.engine.lanes[0], self.bridge.engine.ledger.lanes[0].live
        self.bridge.uplinks[0].open = True
        self.pass_s(1)
        self.network.is_up = False
        for phase, state in ((1, books.APPROVED), (2, books.SENT), (0, books.SENT)):
            lane.phase, live.state = phase, state
            self.pass_s(5)
            self.assertEqual((self.bridge.uplinks[0].open, self.bridge.downs), (True, []))
        # It came, and the line is idle.
        live.state = books.APPROVED
        self.pass_s(1)
        self.assertEqual(self.bridge.downs, [(0, 100)])

    def test_it_starts_the_network_and_checks_in_every_second(self):
        by_hand(self, upkeep)
        task = self.upkeep.run()
        self.assertEqual([task.send(None) for _ in range(3)], [1000, 1000, 1000])
        self.assertEqual((self.network.starts, self.watch.seen), (1, ["network"] * 3))


class Memory:
    # A port, as far as crashes look at it.
    def __init__(self):
        self.cause = events.CAUSE_POWER
        self.rest = b""
        self.clock = self
        self.now_ms = 0

    def ms(self):
        return self.now_ms

    def real_ms(self, ms):
        return ms

    def kept(self, what):
        return self.rest if what == events.KEPT_CRASHES else b""

    def keep(self, what, text):
        if what == events.KEPT_CRASHES:
            self.rest = text

    def start(self, cause, on_trial=False):
        self.cause = cause
        return Crashes(self, on_trial)


class Counting(unittest.TestCase):
    def setUp(self):
        self.port = Memory()

    def test_three_crashes_are_too_many(self):
        for cause, too_many in (
            (events.CAUSE_WATCHDOG, False),
            (events.CAUSE_ENDED, False),
            (events.CAUSE_WATCHDOG, True),
            (events.CAUSE_WATCHDOG, True),  # in safe mode itself
            (events.CAUSE_UNKNOWN, True),
            (events.CAUSE_RESET, False),  # somebody wants to try again
        ):
            self.assertEqual(self.port.start(cause).too_many, too_many)
        self.assertEqual(self.port.rest, b"")

    def test_only_within_ten_minutes(self):
        for seconds, too_many in ((300, True), (299, True), (301, False)):
            with self.subTest(seconds=seconds):
                self.port = Memory()
                self.port.start(events.CAUSE_ENDED).passed(299)
                self.port.start(events.CAUSE_ENDED).passed(seconds)
                self.assertEqual(self.port.start(events.CAUSE_ENDED).too_many, too_many)

    def test_a_power_cut_and_a_reset_begin_anew(self):
        for cause in (events.CAUSE_POWER, events.CAUSE_RESET):
            self.port.start(events.CAUSE_ENDED)
            self.port.start(events.CAUSE_ENDED)
            self.assertFalse(self.port.start(cause).ages_s)
            self.assertFalse(self.port.start(events.CAUSE_ENDED).too_many)
            self.port = Memory()

    def test_a_version_on_trial_has_its_own_count(self):
        for _ in range(4):
            self.assertFalse(self.port.start(events.CAUSE_ENDED, True).too_many)
        self.assertFalse(self.port.start(events.CAUSE_ENDED).too_many)

    def test_the_ages_go_on_while_it_runs_and_end(self):
        by_hand(self, crashes)
        self.port.start(events.CAUSE_ENDED)
        found = self.port.start(events.CAUSE_ENDED)
        task = found.run()
        task.send(None)
        for _ in range(3):
            self.port.now_ms += 5250
            task.send(None)
        self.assertEqual(found.ages_s, [15, 15])
        self.port.now_ms += 600000  # something took long
        self.assertEqual(task.send(None), 3600000)
        self.assertEqual((found.ages_s, self.port.rest), ([], b""))

    def test_memory_of_a_strange_length_does_no_harm(self):
        self.port.rest = b"\x01\x00\x02"
        self.assertEqual(self.port.start(events.CAUSE_ENDED).ages_s, [1, 0])


class Light(unittest.TestCase):
    def setUp(self):
        self.bridge = bridge()
        self.network = Network()
        self.levels = []
        self.watch = Watch()
        self.lamp = Lamp(self.levels.append, self.network, self.bridge, self.watch)

    def test_what_it_says_and_in_which_order(self):
        journal = self.bridge.engine.journal
        self.assertEqual(self.lamp.state(), lamp.WELL)
        journal.found = ["an unknown sale"]
        self.assertEqual(self.lamp.state(), lamp.ATTENTION)
        journal.found, journal.queues.attention[1] = [], 1
        self.assertEqual(self.lamp.state(), lamp.ATTENTION)
        self.bridge.engine.lanes[0].line_ok = False
        self.assertEqual(self.lamp.state(), lamp.NO_LINE)
        self.bridge.engine.lanes[0].line_ok, self.network.is_up = True, False
        self.assertEqual(self.lamp.state(), lamp.NO_LINE)

    def test_without_a_bridge(self):
        for safe, state in ((False, lamp.NOT_SET_UP), (True, lamp.SAFE)):
            idle = Thing(problem="x", safe=safe)
            self.assertEqual(Lamp(None, None, idle, self.watch).state(), state)

    def test_it_does_not_search_a_long_queue(self):
        journal = self.bridge.engine.journal
        journal.waiting = 201
        self.assertEqual((self.lamp.state(), journal.looked), (lamp.WELL, 0))

    def test_the_pattern_is_what_the_table_says(self):
        by_hand(self, lamp)
        self.bridge.engine.journal.found = ["an item"]
        task = self.lamp.run()
        self.assertEqual([task.send(None) for _ in range(6)], [200, 300, 200, 1200, 200, 300])
        self.assertEqual(self.levels, [1, 0, 1, 0, 1, 0])
        self.assertEqual(self.watch.seen, ["lamp", "lamp"])

    def test_every_pattern_ends_dark_and_is_short(self):
        self.assertEqual(len(lamp.PATTERNS), lamp.WELL + 1)
        for pattern in lamp.PATTERNS:
            self.assertEqual(len(pattern) % 2, 0)
            self.assertLessEqual(sum(pattern), 30)


if __name__ == "__main__":
    unittest.main()
