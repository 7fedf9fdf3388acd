"""The engine's hands: carries events to it and performs what it returns, in order and at once.

Nothing here decides anything. An action never calls the engine; what follows from one (an answer
was handed over, a write failed) is put aside and told when the list is done. So the engine is
never entered twice, and its one list of actions can be used again. Everything between two waits
happens without interruption: there is one thread.

A step of the engine may fail half-way, for want of memory above all. Then what is in memory may
not be what the journal holds, and only a start puts that right. A terminal whose frame it was is
no more than cut off, as long as nothing was written: no frame can make the bridge start again and
again. (The fault no-memory of `tidegate world`: going on instead broke M2, M4, M7 and M8.)
"""

import asyncio
import gc

from tidegate.app import events
from tidegate.app.dialing import Dialer
from tidegate.app.hosts import Hosts
from tidegate.app.uplink import Uplink
from tidegate.compat import const
from tidegate.core import services
from tidegate.journal import bodies, items, records
from tidegate.journal.ring import JournalError
from tidegate.proto import framing

_TIMER_MS_MAX = const(5000)  # the timer looks again at least so often, and checks in
_TICK_MS_LEAST = const(5)  # between two ticks, whatever the engine asks for
_KEEP_MS = const(500)
_KEEP_MS_BUSY = const(20)  # between two steps of housekeeping that has more to do
_COLLECT_EVERY = const(20)  # rounds of the keeper

_DELIVERED = const(0)
_UP = const(1)
_DOWN = const(2)


class Bridge:
    def __init__(self, port, config, engine, keys, clock, supervisor):
        self.port = port
        self.config = config
        self.engine = engine
        self.clock = clock
        self.time = clock.time
        self.supervisor = supervisor
        self.note = supervisor.note
        self.refresh = clock.refresh
        self.keys = keys
        self._settled = engine.settlements
        self.wires = {}  # connection -> Wire
        self.dialer = Dialer(port)
        self.hosts = [Hosts(route, port.entropy) for route in config["routes"]]
        self.uplinks = [Uplink(self, lane.index) for lane in engine.lanes]
        self.long = framing.LongBuffer()  # for all wires: two long frames hardly ever meet
        self._conns = 0
        self._later = []  # (what, connection or lane, reason)
        self._wake = asyncio.Event()
        self._look_ms = 0  # when the timer looks again; 0: it is about to
        self.links_up = set()

    # What the wires tell.

    def new_conn(self, wire):
        self._conns += 1
        self.wires[self._conns] = wire
        return self._conns

    def close_conn(self, wire, reason):
        self.wires.pop(wire.conn)
        self.note(events.CONN_CLOSED, wire.conn, reason, wire.frames)
        self.perform(self.engine.terminal_closed, wire.conn)

    def listening(self, link):
        if link in self.links_up:
            return
        self.links_up.add(link)
        if len(self.links_up) == len(self.config["terminals"]):
            gc.collect()
            free = gc.mem_free()  # type: ignore
            self.note(events.READY, len(self.links_up), len(self.hosts), free)

    def terminal_frame(self, conn, link, view):
        self.serve(self.engine.terminal_frame, conn, link, view)

    def later_up(self, lane):
        self._later.append((_UP, lane, 0))

    def later_down(self, lane, reason):
        self._later.append((_DOWN, lane, reason))

    # What the engine wants.

    def perform(self, event, *given):
        self.refresh()
        try:
            _perform(self, event, given)
        except Exception as error:
            _begin_anew(self, error)

    def serve(self, event, *given):
        # The same for a terminal and a person, who hear of a failure.
        self.refresh()
        _guarded(self, _perform, self, event, given)

    def framed(self, framer, payload):
        # One buffer for all wires, and for the journal's entries: it is used up before anything
        # else happens. A stored frame, which is the journal's, lies in another one.
        room = self.engine.journal.out
        return room[: framer.wrap_into(payload, room)]

    def _do(self, action):
        what = action[0]
        if what == services.LOG:
            self.note(action[1], action[2], action[3], action[4])
        elif what == services.SEND:
            self.uplinks[action[1]].send(action[2])
        elif what == services.REPLY:
            wire = self.wires.get(action[1])
            if wire and wire.write(action[2]):
                self._later.append((_DELIVERED, action[1], 0))
        elif what == services.CONNECT:
            self.uplinks[action[1]].connect(action[2])
        elif what == services.HANG_UP:
            self.uplinks[action[1]].hang_up()
        elif what == services.HOST_TIME:
            self.clock.host_time(action[1], action[2])

    # Tasks.

    async def timer(self):
        while True:
            self.supervisor.check_in("timer")
            self.refresh()
            engine = self.engine
            due = engine.next_ms()
            left_ms = _TIMER_MS_MAX if due < 0 else min(due - self.time.ms, _TIMER_MS_MAX)
            # A clock that was put right is a reason to look at once.
            if left_ms <= 0 or engine.reminders.wants(engine):
                self._look_ms = 0
                self.perform(engine.tick)
                await asyncio.sleep_ms(_TICK_MS_LEAST)  # type: ignore
                continue
            self._look_ms = self.time.ms + left_ms
            self._wake.clear()
            left_ms = self.port.clock.real_ms(left_ms) + 1
            try:
                # The event carries nothing, so nothing can be lost with it.
                await asyncio.wait_for_ms(self._wake.wait(), left_ms)  # type: ignore
            except asyncio.TimeoutError:
                pass

    def quiet(self):
        # A flash erase stops everything for up to 400 ms: not while somebody waits for us, and not
        # while bytes of a serial frame are on their way into a small hardware buffer.
        if self.engine.busy:
            return False
        for wire in self.wires.values():
            if wire.serial and wire.partial:
                return False
        return True

    async def keep(self):
        # Housekeeping: frames that stay incomplete, the journal, the heap.
        steps = rounds = 0
        while True:
            self.supervisor.check_in("keep")
            self.refresh()
            for wire in list(self.wires.values()):
                wire.sweep(self.time.ms)
            more = False
            if self.quiet():
                more = self._tend()
                steps += more
                if steps and not more:
                    self.note(events.TIDIED, steps, 0, 0)
                    steps = 0
                rounds += 1
                if rounds % _COLLECT_EVERY == 0:
                    gc.collect()
            await asyncio.sleep_ms(_KEEP_MS_BUSY if more else _KEEP_MS)  # type: ignore

    def _tend(self):
        journal = self.engine.journal
        try:
            more = _guarded(self, journal.tend, self.engine.checkpoint)
            return bool(more or _turn_keys(self, journal))
        except (OSError, ValueError) as error:
            self.note(events.JOURNAL_BAD, events.reason_of(error), 0, 0)
            return False

    def record_clock(self):
        # Every correction of the clock is part of the story.
        body = self.engine.body(records.CLOCK_BYTES)
        bodies.put(records.CLOCK, body, 0, self.time.wall, self.time.trust)
        _guarded(self, self.engine.append, records.CLOCK, body, False)

    async def probe(self):
        # A host that failed is looked for again by ourselves, not with a customer's money: a plain
        # connection, closed at once. Only routes that ask for it.
        while True:
            await asyncio.sleep_ms(1000)  # type: ignore
            self.supervisor.check_in("probe")
            self.refresh()
            for index, route in enumerate(self.config["routes"]):
                if route["probe"] != "none":
                    await self._probe(index, self.hosts[index])

    async def _probe(self, index, hosts):
        host = hosts.to_probe(self.time.ms)
        if host is None:
            return
        if await self.dialer.reaches(host):
            hosts.worked(host)
            self.note(events.HOST_BACK, index, host.index, 0)
        else:
            self.refresh()
            hosts.failed(host, self.time.ms)


def _guarded(bridge, step, *given):
    # -> what the step gives. A JournalError is the journal's own word that nothing was written.
    journal = bridge.engine.journal
    seq = journal.seq
    try:
        return step(*given)
    except JournalError:
        raise
    except Exception as error:
        if journal.seq == seq:
            raise
        _begin_anew(bridge, error)


def _begin_anew(bridge, error):
    bridge.perform = bridge.serve = _nothing  # what is cleaned up on the way out writes nothing
    bridge.supervisor.tell(error)
    bridge.port.fail()


def _nothing(*_given):
    pass


def _perform(bridge, event, given):
    engine = bridge.engine
    actions = event(*given)
    while True:
        for action in actions:
            bridge._do(action)
        if not bridge._later:
            break
        what, index, reason = bridge._later.pop(0)
        if what == _DELIVERED:
            actions = engine.delivered(index)
        elif what == _UP:
            actions = engine.uplink_up(index)
        else:
            actions = engine.uplink_down(index, reason)
    # Waking the timer makes a task: only for what is due before its next look.
    if 0 <= engine.next_ms() < bridge._look_ms:
        bridge._wake.set()


def _turn_keys(bridge, journal):
    # After a settlement what comes next is sealed under a new key, and a key that seals
    # nothing any more is destroyed: then not even the flash can tell what was stored. One
    # step a call.
    keys = bridge.keys
    if bridge._settled != bridge.engine.settlements:
        bridge._settled = bridge.engine.settlements
        if keys.has_room():
            keys.rotate(bridge.port.entropy)
            return True
    for key_id in keys.ids():
        if key_id != keys.current and not items.uses_key(journal, key_id):
            keys.drop(key_id)
            bridge.note(events.KEY_DESTROYED, key_id, 0, 0)
            return True
    return False
