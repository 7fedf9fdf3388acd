"""The engine: an event in, actions out. It owns no wire, no clock and no storage; all are given.

Every journal entry that an event needs is durable before its actions are returned, and the caller
performs them in order, at once, before the next event. What may be done with a message is decided
by its class: `live`, `stored` (storable) and `passing` (session, settlement, other) hold the
rules, `flow` the lane's uplink, `ledger` what has happened, `rules` the tables.
"""

from tidegate.compat import const
from tidegate.core import events, flow, holds, live, naming, passing, stored
from tidegate.core.lanes import IDLE, JOB_ITEM, NOBODY, OPENING
from tidegate.core.reminders import Reminders
from tidegate.core.services import Services, keep_promises
from tidegate.journal import bodies, records
from tidegate.proto import message

_PAUSED_LOOK_MS = const(30000)  # how often a paused replay looks whether its window is over
_SWEEP_MS = const(3600000)  # how often holds are looked through for expired ones


class Engine(Services):
    def __init__(self, config, journal, card_hash, entropy, time):
        Services.__init__(self, config, journal, card_hash, entropy, time)
        self.links = [self._dialect(t["dialect"]) for t in config["terminals"]]
        self.groups = naming.groups_of(config)
        self.conns = {}  # connection -> lane it spoke for last, to notice a second terminal
        self.reminders = Reminders(config)
        self._sweep_ms = 0
        self._drain_told = False

    def _dialect(self, name):
        for dialect in self.dialects:
            if dialect.name == name:
                return dialect
        raise ValueError("unknown dialect")

    # Events. Each returns the one list of actions.

    def start(self):
        # After the mount: what was on its way when the power went is unknown, what is stored goes.
        self.actions.clear()
        keep_promises(self)
        now = self.time.ms
        self._sweep_ms = now
        for lane in self.lanes:
            books = self.ledger.lanes[lane.index]
            lane.dialect = naming.dialect_of(self, self.ledger.dialect_tag_of(lane.index))
            lane.group = naming.group_of(self, self.ledger.name_of(lane.index))
            lane.confirmed_ms = now
            lane.guard_ms = now + self.guard_ms
            if books.live.open():
                lane.unknown_ms = now + self.unknown_ms
                live.end_of_power(self, lane)
            flow.kick(self, lane)
        self.reminders.look(self)
        return self.actions

    def terminal_frame(self, conn, link, view):
        self.actions.clear()
        self._forget(conn)
        m = self._read(self.links[link], view, events.BAD_FRAME, conn)
        if m:
            _dispatch(self, conn, m)
        return self.actions

    def _forget(self, conn):
        # The wire never said that it took that answer.
        for lane in self.lanes:
            if lane.handing_conn == conn:
                lane.handing_conn = NOBODY
                lane.stand_in_id = 0

    def _read(self, dialect, view, bad, whose):
        # -> the message, or None when there is no way to read it.
        try:
            return self.message.read(dialect, view)
        except message.CodecError as error:
            self.log(bad, whose, error.field, error.offset)
            return None

    def take_ask(self, lane, conn, m):
        # A terminal does one thing at a time: a new request ends one that is not written yet.
        # -> was there a buffer for it?
        flow.cancel(self, lane)
        lane.sent_bytes = 0
        room, free = self.spare.room(lane, len(m.view))
        if not free or not lane.ask.open(m, conn, room):
            return False
        lane.ask.deadline_ms = self.time.ms + self.deadline_ms
        return True

    def terminal_closed(self, conn):
        self.actions.clear()
        self.conns.pop(conn, None)
        for lane in self.lanes:
            if lane.handing_conn == conn:
                lane.handing_conn = NOBODY
                if lane.stand_in_id:
                    self.stand_in.undelivered(self, lane)  # type: ignore
                else:
                    live.undelivered(self, lane)
            if lane.wants(conn):
                flow.closed(self, lane, conn)
                flow.kick(self, lane)
        return self.actions

    def delivered(self, conn):
        self.actions.clear()
        for lane in self.lanes:
            if lane.handing_conn == conn:
                if lane.stand_in_id:
                    lane.handing_conn = NOBODY
                    self.stand_in.delivered(self, lane)  # type: ignore
                else:
                    live.delivered(self, lane)
        return self.actions

    def uplink_up(self, index):
        self.actions.clear()
        lane = self.lanes[index]
        lane.line_ok = True
        self.log(events.LINE_UP, index, lane.route, 0)
        flow.happen(self, lane, flow.UP)
        return self.actions

    def uplink_down(self, index, reason):
        self.actions.clear()
        lane = self.lanes[index]
        if lane.phase == OPENING:
            lane.line_ok = False
        self.log(events.LINE_DOWN, index, lane.route, reason)
        flow.happen(self, lane, flow.DOWN, reason)
        return self.actions

    def host_frame(self, index, view):
        self.actions.clear()
        lane = self.lanes[index]
        answer = self._read(lane.dialect, view, events.BAD_HOST_FRAME, index)
        if answer:
            self.answers[lane.route] += 1
            flow.answered(self, lane, answer)
        return self.actions

    def tick(self):
        self.actions.clear()
        now = self.time.ms
        for lane in self.lanes:
            _tick(self, lane, now)
        if now - self._sweep_ms >= _SWEEP_MS:
            self._sweep_ms = now
            for lane in self.lanes:
                holds.sweep(self, lane)
        if self.reminders.wants(self):
            self.reminders.look(self)
        if self.settling and now >= self.settling.due_ms:
            self.settling.look(self)
        _cutover(self)
        return self.actions

    def next_ms(self):
        # When `tick` is needed next; -1 when nothing waits for the time.
        due = self._sweep_ms + _SWEEP_MS
        if self.reminders.due_ms >= 0:
            due = min(due, self.reminders.due_ms)
        if self.settling:
            due = min(due, self.settling.due_ms)
        for lane in self.lanes:
            if lane.phase != IDLE:
                due = min(due, lane.flight.deadline_ms)
            if lane.ask.length:
                due = min(due, lane.ask.deadline_ms)
            if lane.wait_conn != NOBODY:
                due = min(due, lane.wait_deadline_ms)
            if lane.unknown_ms:
                due = min(due, lane.unknown_ms)
            if lane.phase == IDLE and passing.waiting(self, lane):
                paused = self.time.ms + _PAUSED_LOOK_MS if self.maintenance() else 0
                due = min(due, max(lane.retry_ms, paused))
        return due

    # The day.

    def maintenance(self):
        return self.schedule.maintenance(self.time.wall, self.time.trust)

    # The journal's housekeeping, and what people see.

    def checkpoint(self):
        # The books of every terminal's lane at this moment, for a journal that is about to forget
        # the past. A lane without a terminal has none.
        body = self._checkpoint[: records.LANE_BYTES]
        for name, index, tag in self.ledger.names:
            self.ledger.checkpoint_body(self.ledger.lanes[index], self._checkpoint)
            self.journal.append(records.CHECKPOINT, self._checkpoint)
            bodies.put(records.LANE, body, 0, index, name, tag)
            self.journal.append(records.LANE, body)
        if self.limits:
            self.limits.usage.checkpoint(self.journal, self._checkpoint, self.time.wall)

    @property
    def busy(self):
        # A decision is running: the wire waits for us, not for the host.
        for lane in self.lanes:
            if lane.phase == OPENING and lane.job != JOB_ITEM:
                return True
        return False


def _tick(e, lane, now):
    opening = lane.phase == OPENING and lane.job != JOB_ITEM
    if lane.ask.length and now >= lane.ask.deadline_ms and not opening:
        flow.expire(e, lane)
    if lane.phase != IDLE and now >= lane.flight.deadline_ms:
        flow.happen(e, lane, flow.TIME)
    if lane.wait_conn != NOBODY and now >= lane.wait_deadline_ms:
        stored.accept(e, lane)
    if lane.unknown_ms and now >= lane.unknown_ms:
        live.resolve(e, lane)
    flow.kick(e, lane)


def _dispatch(e, conn, m):
    lane = naming.lane_for(e, conn, m)
    if lane is None:
        return
    if m.cls == message.CLS_STORABLE:
        # A reversal of what was not yet written ends it; of what is out, ends the wait for it.
        if m.kind == message.KIND_REVERSAL and lane.ask.length and lane.ask.stan == m.about:
            flow.cancel(e, lane)
        stored.arrive(e, lane, conn, m)
        if m.kind == message.KIND_REVERSAL:
            flow.end_wait(e, lane)
    elif m.cls == message.CLS_LIVE:
        live.arrive(e, lane, conn, m)
    else:
        if e.settling and m.kind == message.KIND_SETTLEMENT:
            e.settling.own[lane.index] = True
        passing.arrive(e, lane, conn, m)
        if lane.ask.insist:
            flow.make_way(e, lane)
    flow.kick(e, lane)


def _cutover(e):
    # Shortly before the cut-over what is stored should arrive: told once, and tried at once.
    # Past it, a live request that is still unknown belongs to a closed day: a person's.
    due = e.time.trust and e.schedule.drain_due(e.time.wall)
    if e._drain_told and not due:
        for lane in e.lanes:
            live.end_of_day(e, lane)
    if due and not e._drain_told:
        waiting = 0
        for lane in e.lanes:
            waiting += passing.waiting(e, lane)
            lane.retry_ms = min(lane.retry_ms, e.time.ms)
        if waiting:
            e.log(events.DRAIN_DUE, waiting, 0, 0)
    e._drain_told = bool(due)
