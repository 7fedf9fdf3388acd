"""The bridge in a world: the firmware's own engine, codec and journal, and an app around them.

It performs the actions of the engine in their order, gives it time when it asks for it, keeps the
journal's house when nothing goes on, and loses its power at any moment. What it knew is gone then;
what is on its flash stays.

When it has no memory left in the middle of something, it does as firmware/tidegate/app/bridge.py
does: a terminal whose frame it was is cut off, if nothing was written yet; else all begins anew.
"""

from tidegate.core import persons, services
from tidegate.core.engine import Engine
from tidegate.journal.keys import KeyStore
from tidegate.journal.log import Journal
from tidegate_host.world import faults, habits
from tidegate_host.world.cipher import Cipher
from tidegate_host.world.flash import MODES, Flash, PowerCut
from tidegate_host.world.watched import Watched

_TEND_MS = 2000
_USES = 12  # of the flash, in what one event makes the bridge do


class Time:
    def __init__(self):
        self.ms = 0
        self.wall = 0
        self.trust = 0


class Box:
    def __init__(self, world, config, sectors, prng):
        self.world = world
        self.agenda = world.agenda
        self.faults = world.faults
        self.prng = prng
        self.config = config
        self.flash = Watched(world, sectors)
        self.key_flash = Flash(2)
        self.time = Time()
        self.alive = False
        self.boots = 0
        self.cuts = 0
        self.conns = 0
        self.links = {}  # connection -> the link it came in on
        self.engine = None
        self.journal = None
        self.formatted = False  # the first mount has come to its end
        self._booted_ms = 0
        self._offset_s = 0  # how wrong its clock is
        self._drift = 0  # seconds a day
        self._tick_ms = -1
        self._tending = False

    def entropy(self, count):
        return self.prng.data(count)

    # Power.

    def boot(self):
        self.boots += 1
        self.flash.power_on()
        self._set_clock()
        try:
            self._mount()
            self.world.checks.booted()
        except PowerCut:
            self.cut()
            return
        self.alive = True
        self.agenda.note(b"boot", self.boots)
        self._perform_all(self.engine.start)
        if self.faults.hit(faults.WATCHDOG):
            self.agenda.after(self.prng.between(1, 3600000), self._restart, self.boots)

    def _mount(self):
        keys = KeyStore(self.key_flash)
        if self.formatted:
            keys.load()
        else:
            keys.create(self.entropy)
        self.journal = Journal(self.flash, keys.sealers(Cipher()))
        self.engine = Engine(self.config, self.journal, keys.card_hash, self.entropy, self.time)
        if not self.formatted:
            self.journal.format()
        self.report = self.journal.mount(self.engine.ledger.apply, self.engine.checkpoint)
        self.formatted = True
        self._saw()
        self.world.checks.mounted()
        if not self.time.trust and self.engine.ledger.wall_newest:
            self.time.wall, self.time.trust = self.engine.ledger.wall_newest, 1
            self._offset_s = self.time.wall - self.world.wall()

    def _saw(self):
        saw, report = self.world.habits.saw, self.report
        saw(habits.TORN, report.torn)
        saw(habits.MENDED, report.mended)
        saw(habits.GAP, report.gaps)
        saw(habits.GIVEN_BACK, report.given_back)

    def _set_clock(self):
        self._booted_ms = self.agenda.now_ms
        self.time.ms = 0
        self._offset_s = 0
        self._drift = self.prng.between(-20, 20) if self.faults.hit(faults.CLOCK_DRIFT) else 0
        if self.faults.hit(faults.CLOCK_UNKNOWN):
            self.time.wall, self.time.trust = 0, 0
            wait = self.prng.between(1000, 1800000)
            self.agenda.after(wait, self._learn_time, self.boots)
        else:
            self.time.trust = 3
        if self.faults.hit(faults.CLOCK_JUMP):
            self.agenda.after(self.prng.between(1000, 7200000), self._jump, self.boots)
        self._refresh()

    def _learn_time(self, boot):
        if boot == self.boots:
            self._offset_s, self.time.trust = 0, 3

    def _jump(self, boot):
        if boot == self.boots:
            self._offset_s = self.prng.between(-20000, 20000)
            self.agenda.after(self.prng.between(60000, 7200000), self._learn_time, self.boots)

    def _refresh(self):
        now = self.agenda.now_ms - self._booted_ms
        self.time.ms = now
        if self.time.trust:
            drifted = now // 1000 * self._drift // 86400
            self.time.wall = self.world.wall() + self._offset_s + drifted

    def cut(self, clean=False):
        # Whatever was going on ends here. `clean`: no operation of the flash was hit.
        self.world.checks.power_cut(clean and not self.flash.fail_in >= 0)
        self.alive = False
        self.cuts += 1
        if self.journal is not None:
            self.world.habits.saw(habits.SECTOR_BAD, self.journal.bad)
            self.world.habits.saw(habits.WRITE_FAULT, self.journal.write_faults)
        self.agenda.note(b"power-cut", self.cuts)
        self.engine = None
        self.journal = None
        self.world.network.cut()
        self.agenda.after(self.prng.between(500, 60000), self._power)

    def _power(self):
        if self.faults.hit(faults.RECONFIGURED):
            self.world.reconfigure()
        if self.faults.hit(faults.CUTS_IN_A_ROW):
            # The supply bounces: it comes up and goes away at some operation of the mount.
            self.flash.cut(self.prng.below(40), self.prng.pick(MODES), self.prng.below(30000))
            armed = (self.flash._cut_at, self.flash._mode)
            self._boot_armed(armed)
            return
        self.boot()

    def _boot_armed(self, armed):
        self.flash.power_on()
        self.flash._cut_at, self.flash._mode = armed
        keep, self.flash.power_on = self.flash.power_on, _nothing
        try:
            self.boot()
        finally:
            self.flash.power_on = keep

    def _restart(self, boot):
        if boot == self.boots and self.alive:
            self.cut(True)

    # Events for the engine.

    def new_conn(self, link):
        self.conns += 1
        self.links[self.conns] = link
        return self.conns

    def terminal_frame(self, conn, link, frame):
        self.world.checks.terminal_sent(conn, link, frame)
        view = memoryview(bytearray(frame))
        if not self._offer(self.engine.terminal_frame, conn, link, view):
            for terminal in self.world.terminals:
                terminal.line.drop(conn)
            self.terminal_closed(conn)

    def terminal_closed(self, conn):
        self.world.checks.closed(conn)
        self._call(self.engine.terminal_closed, conn)

    def uplink_up(self, lane):
        self._call(self.engine.uplink_up, lane)

    def uplink_down(self, lane, reason):
        if self.alive:
            self._call(self.engine.uplink_down, lane, reason)

    def decide(self, what, *values):
        # A person does, with what `tidegate.core.persons` offers. May be refused.
        if self.alive:
            try:
                self._offer(what, self.engine, *values)
            except persons.Refused:
                pass

    def host_frame(self, lane, frame):
        self._call(self.engine.host_frame, lane, memoryview(bytearray(frame)))

    def _tick(self, boot, at_ms):
        if self.alive and boot == self.boots and at_ms == self._tick_ms:
            self._tick_ms = -1
            self.world.checks.ticked()
            self._call(self.engine.tick)

    def _call(self, event, *values):
        if not self._offer(event, *values):
            self.cut()

    def _offer(self, event, *values):
        # -> False when memory ran out before anything was written.
        if not self.alive:
            return True
        if self.faults.hit(faults.CUT_AT_EVENT):
            self.cut(True)
            return True
        if self.faults.hit(faults.CUT_AT_FLASH):
            self.flash.cut(self.prng.below(8), self.prng.pick(MODES), self.prng.below(30000))
        self._refresh()
        return not self._starved(self._perform_all, event, *values)

    def _starved(self, work, *values):
        # -> did memory run out before anything was written?
        if self.faults.hit(faults.NO_MEMORY):
            self.flash.uses = self.prng.below(_USES)
        seq = self.journal.seq
        try:
            work(*values)
        except MemoryError:
            if self.journal.seq == seq:
                return True
            self.cut()
        finally:
            self.flash.uses = -1
        return False

    def _perform_all(self, event, *values):
        try:
            self._perform(event(*values))
            if self.alive:
                self._plan()
        except PowerCut:
            self.cut()

    def _perform(self, actions):
        handed = []
        for action in list(actions):
            if not self.alive:
                return
            if self.faults.hit(faults.CUT_AT_ACTION):
                self.cut(True)
                return
            self._act(action, handed)
        for conn in handed:
            if self.alive:
                self._perform(self.engine.delivered(conn))

    def _act(self, action, handed):
        what = action[0]
        network, checks = self.world.network, self.world.checks
        if what == services.LOG:
            checks.logged(action[1], action[2], action[3], action[4])
        elif what == services.SEND:
            lane, frame = action[1], bytes(action[2])
            checks.written(lane, frame)
            if not network.send(lane, frame):
                self.agenda.after(0, self.uplink_down, lane, 6)
        elif what == services.CONNECT:
            network.connect(action[1], action[2])
        elif what == services.HANG_UP:
            network.hang_up(action[1])
        elif what == services.REPLY:
            conn, frame = action[1], bytes(action[2])
            line = checks.replied(conn, frame)
            if line is not None:
                line.deliver(conn, frame)
            handed.append(conn)

    def _plan(self):
        # The next tick that the engine asks for, and the journal's house when nothing goes on.
        due = self.engine.next_ms()
        if due >= 0:
            at = self._booted_ms + max(due, self.time.ms)
            if at != self._tick_ms:
                self._tick_ms = at
                self.agenda.at(at, self._tick, self.boots, at)
        if not self._tending:
            self._tending = True
            self.agenda.after(_TEND_MS, self._tend)

    def _tend(self):
        self._tending = False
        if not self.alive or self.engine.busy:
            return
        self._refresh()
        self.world.habits.saw(habits.NEARLY_FULL, not self.journal.room(2048, False))
        try:
            if self._starved(self._tend_some):
                self._plan()
        except PowerCut:
            self.cut()

    def _tend_some(self):
        for _ in range(4):
            if not self.journal.tend(self.engine.checkpoint):
                return
        self._plan()


def _nothing():
    pass
