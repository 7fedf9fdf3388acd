"""The money rules, watched from outside: what terminals, host and flash can see of the bridge.

M1 never lost, M2 never twice, M4 reversal first, M5 windows hold, M6 no secrets at rest, M7 never
faked, M8 bounded and M9 honest are looked at whenever something happens that could break them.
M1 and M3, the books, are compared in `audit` when all is quiet.
"""

from tidegate.core import events
from tidegate.journal import records
from tidegate.journal.records import GROUP_ADVICE, GROUP_REVERSAL
from tidegate.proto import message
from tidegate_host.world import wire
from tidegate_host.world.remembering import Remembering
from tidegate_host.world.waiting import Waiting

_SPIN_MAX = 200  # ticks within one millisecond
_NUMBER_MAX = 10000000  # what a log line may tell: trace numbers, codes, durations


class Violation(Exception):
    """A money rule is broken. `rule` is its name, as in "M2"."""

    def __init__(self, rule, text):
        super().__init__(rule + ": " + text)
        self.rule = rule
        self.text = text


class Request:
    # What a terminal asked on a connection and has not been told about.
    def __init__(self, m, conn, at_ms, frame):
        self.conn = conn
        self.frame = frame
        self.secret = m.secret
        self.mti = m.mti
        self.stan = m.stan
        self.cls = m.cls
        self.kind = m.kind
        self.at_ms = at_ms


class Checks:
    def __init__(self, world):
        self.world = world
        self.message = message.Message()
        self.events = [0] * len(events.NAMES)
        self.whys = [0] * len(records.WHY_NAMES)
        self.hows = [0] * len(records.HOW_NAMES)
        self.locals = {}
        self.asked = {}  # connection -> its requests, newest last
        self.waiting = Waiting(world)
        self.remembering = Remembering(world)
        self.said = {}  # what the host wrote
        self.writes = {}  # live frames that were written, by their bytes
        self.owed = [{} for _ in range(world.lanes_max)]  # reversals a lane must bring first
        self.stored = {}  # (lane, STAN) of every storable message that was acknowledged
        self.stored_order = []
        self.stores = [0] * world.lanes_max
        self.refused = {}  # (lane, STAN) whose storing was refused
        self.uploads_missing = []
        self.live_writes = self.answers = self.replays = 0
        self._tick_at = -1
        self._ticks = 0
        self._again = -1  # trace number of the last repeat that got a remembered answer
        self.unanswered = {}  # (lane, STAN) of advices that a host which books again may have
        self.stood_in = {}  # (lane, STAN) that the bridge approved: does it still stand?
        self.live_stans = {}  # (lane, STAN) of every live request that was written
        self.handed = {}  # (lane, STAN) of what a terminal was told
        self.compared = 0  # batches whose three totals were compared

    def fail(self, rule, text):
        raise Violation(rule, text)

    # Terminals and their connections.

    def terminal_sent(self, conn, link, frame):
        terminal = self.world.terminals[link]
        try:
            m = self.message.read(terminal.dialect, memoryview(frame))
        except message.CodecError:
            return
        if not m.is_request:
            return
        self.waiting.arrived(link, conn, m, frame)
        request = Request(m, conn, self.world.agenda.now_ms, frame)
        rows = self.asked.setdefault(conn, [])
        rows.append(request)
        if len(rows) > 40:
            del rows[0]

    def replied(self, conn, frame):
        # M7, and the right connection. -> the wire it goes to.
        rows = self.asked.get(conn)
        if rows is None:
            self.fail("M7", "an answer on a connection that never asked")
        terminal = self.world.terminal_of(conn)
        m = self.message.read(terminal.dialect, memoryview(frame))
        self.world.agenda.note(b"reply", m.mti, m.stan, m.code)
        for request in rows:
            if request.mti // 10 * 10 + 10 == m.mti and request.stan == m.stan:
                break
        else:
            self.fail("M7", "an answer to something this connection did not ask")
        self.answers += 1
        self.waiting.replied(conn, m)
        self.handed[(self.world.lane_of(terminal), m.stan)] = True
        self.world.shop.limits.replied(self.world.lane_of(terminal), m)
        if frame not in self.said:
            self._own_words(terminal, m, conn, request)
        return terminal.line

    def _own_words(self, terminal, m, conn, request):
        # A local answer: a decline of a live request or a session, or the agreed acceptance.
        code = wire.text(m.code) if m.code else ""
        self.locals[code] = self.locals.get(code, 0) + 1
        if m.cls not in (message.CLS_LIVE, message.CLS_STORABLE, message.CLS_SESSION) or not code:
            self.fail("M7", "a made-up answer to %s" % message.KIND_NAMES[m.kind])
        orders = wire.approved(m.code) or code in ("77", "97", "A0")
        lane = self.world.lane_of(terminal)
        if m.cls == message.CLS_LIVE and code == "00":
            wrong = self.world.shop.standing.approved(self, terminal, lane, m, request)
            if wrong:
                self.fail("M7", "%d was approved by the bridge: %s" % (m.stan, wrong))
            return
        if m.cls != message.CLS_STORABLE:
            if orders:
                self.fail("M7", "a made-up %s for %s" % (code, message.KIND_NAMES[m.kind]))
            if m.cls == message.CLS_LIVE:
                self._window_answer(m, code, conn)
            return
        known = (lane, m.stan) in self.stored or (lane, m.stan) in self.stood_in
        if (orders or code in ("25", "12", "94")) and not known:
            self.fail("M1", "%d was accepted and is not in the journal" % m.stan)
        reversal = m.kind == message.KIND_REVERSAL
        agreed = terminal.dialect.accept_reversal if reversal else terminal.dialect.accept_advice
        if code != "96" and (terminal.dialect.accept != "code" or code != agreed):
            self.fail("M7", "a made-up %s for %s" % (code, message.KIND_NAMES[m.kind]))

    # Live requests.

    def written(self, lane, frame):
        # The moment at which money may move: M2, M4, M5 and M9 of a live request.
        self.world.learn_lanes()
        terminal = self.world.terminal_by_lane(lane)
        m = self.message.read(terminal.dialect, memoryview(frame))
        self.world.agenda.note(b"write", lane, m.mti, m.stan)
        self.waiting.written(frame)
        if m.cls == message.CLS_STORABLE:
            self.replays += 1
            self._written_once(terminal, lane, m)
            return
        if m.cls != message.CLS_LIVE:
            self.writes[frame] = True
            return
        self.live_writes += 1
        if frame in self.writes:
            self.fail("M2", "%s %d was written twice" % (message.KIND_NAMES[m.kind], m.stan))
        self.writes[frame] = True
        if self.owed[lane]:
            self.fail("M4", "%d was written before %s" % (m.stan, sorted(self.owed[lane])))
        if self.world.box.journal.open_count(lane, GROUP_REVERSAL):
            self.fail("M4", "%d was written with a reversal in the journal" % m.stan)
        time = self.world.box.time
        code = self.world.shop.window_code(m.kind, m.amount, time.wall, time.trust)
        code = code or self.world.shop.held_code(m.kind, m.amount, time)
        if code:
            self.fail("M5", "%d was written in a window that says %s" % (m.stan, code))
        broken = self.world.shop.limits.written(self, lane, m, time)
        if broken:
            self.fail("M5", "%d was written beyond the limit %s" % (m.stan, broken))
        self.live_stans[(lane, m.stan)] = True
        self._explained(lane, m, time)

    def _written_once(self, terminal, lane, m):
        if m.kind != message.KIND_REVERSAL and self.stood_in.get((lane, m.stan)) is False:
            self.fail("M2", "advice %d was written although it was taken back" % m.stan)
        if m.kind == message.KIND_REVERSAL or terminal.dialect.advice_idempotent:
            return
        if (lane, m.stan) in self.unanswered:
            self.fail("M2", "advice %d was written again without an answer" % m.stan)
        self.unanswered[(lane, m.stan)] = True

    def sent_again_by_person(self, lane, stan):
        self.unanswered.pop((lane, stan), None)

    def _explained(self, lane, m, time):
        live = self.world.box.engine.ledger.lanes[lane].live
        if live.hash != m.hash8 or live.stan != m.stan or live.wall != time.wall:
            self.fail("M9", "%d was written without its entry" % m.stan)

    def _window_answer(self, m, code, conn):
        time = self.world.box.time
        decline = self.world.shop.window_code(m.kind, m.amount, time.wall, time.trust)
        if m.stan == self._again:
            return  # the same bytes within two minutes: the same answer, whatever the hour
        if code in ("58", "61") and code not in (
            decline, self.world.shop.held_code(m.kind, m.amount, time)
        ):  # fmt: skip
            self.fail("M5", "%d was refused with %s in an open window" % (m.stan, code))
        if code == decline and code in ("58", "90"):
            self.world.shop.closed = time.wall, time.trust
        lane = self.world.lane_of(self.world.terminals[self.world.box.links[conn]])
        if not self.world.shop.limits.allow_refusal(lane, m, code, time):
            self.fail("M5", "%d was refused with %s within that limit" % (m.stan, code))

    def host_got_live(self, terminal, m, frame):
        key = (terminal.number, m.batch, m.stan, m.mti, m.kind)
        if key in self.writes:
            self.fail("M2", "the host got %d twice" % m.stan)
        self.writes[key] = True

    # Stored messages.

    def logged(self, event, a, b, c):
        self.events[event] += 1
        if not 0 <= max(a, b, c) < _NUMBER_MAX:
            self.fail("M6", "a log line with a number that may be a card's")
        self.world.agenda.note(b"log", event * 100 + a, b, c)
        if event in (events.STORED, events.STORED_AGAIN, events.REPLACED):
            self._stored(a, b, c, event != events.STORED_AGAIN)
            if event == events.STORED and b != message.KIND_REVERSAL:
                self._bounded()
        elif event == events.STOOD_IN:
            self._stored(a, message.KIND_OFFLINE_SALE, c, True)
            self.stood_in[(a, c)] = True
        elif event == events.TAKEN_BACK:
            # The power may have gone before its store was told.
            row = (a, c, message.KIND_OFFLINE_SALE)
            self.stored_order = [one for one in self.stored_order if one != row]
            self.stood_in[(a, c)] = False
        elif event == events.LIVE_REMEMBERED:
            self._again = c
        elif event == events.STORE_REFUSED:
            self.refused[(a, c)] = True
        elif event == events.ATTENTION:
            self.whys[b] += 1
            self.owed[a].pop(c, None)
        elif event == events.ITEM_DONE:
            self.hows[b] += 1
            self._done(a, b, c)
        elif event == events.ITEM_AGAIN and b:
            self.unanswered.pop((a, c), None)
        elif event == events.HOLD_CLOSED:
            self.hows[b] += 1

    def _stored(self, lane, kind, stan, new):
        self.world.learn_lanes()
        self.stores[lane] += new
        if (lane, stan, kind) not in self.stored:
            self.stored[(lane, stan, kind)] = self.stored[(lane, stan)] = True
            self.stored_order.append((lane, stan, kind))
        if kind == message.KIND_REVERSAL and new:
            self.owed[lane][stan] = True
            self.world.shop.limits.reversed(lane, stan)

    def _bounded(self):
        box = self.world.box
        limit = box.engine.stored_count_max
        if box.journal.open_count(-1, GROUP_ADVICE) > limit:
            self.fail("M8", "more than %d advices are stored" % limit)

    def _done(self, lane, how, stan):
        self.owed[lane].pop(stan, None)

    def host_got_stored(self, terminal, m):
        pass

    def host_told_stored(self, terminal, m, code):
        lane = self.world.lane_of(terminal)
        if m.kind == message.KIND_REVERSAL and code == "00":
            self.world.reversed_at_host[(lane, m.stan)] = True

    def host_said(self, frame):
        self.said[frame] = True

    def uploaded_missing(self, account, stan, entry):
        self.uploads_missing.append((account.tid, stan))

    def batch_closed(self, terminal):
        self.world.agenda.note(b"batch-closed", terminal.number, terminal.memory.batch)
        self.world.batches += 1

    # Time and power.

    def ticked(self):
        now = self.world.agenda.now_ms
        self._ticks = self._ticks + 1 if now == self._tick_at else 0
        self._tick_at = now
        if self._ticks > _SPIN_MAX:
            self.fail("M8", "the engine asks for the time without end")

    def power_cut(self, clean):
        self.asked = {}
        self.world.shop.closed = 0, 0
        self.waiting.power_cut()
        self.remembering.cut(clean)

    def mounted(self):
        self.remembering.mounted()

    def closed(self, conn):
        self.waiting.closed(conn)

    def booted(self):
        # The end of a reversal may be durable although nobody was told.
        journal = self.world.box.journal
        for lane, owed in enumerate(self.owed):
            open_stans = [i.stan for i in journal.items(lane, 1 << records.STORE, False)]
            for stan in sorted(owed):
                if stan not in open_stans:
                    del owed[stan]

    def checked(self):
        # After every event.
        row = self.waiting.overdue()
        if row:
            self.fail("M8", "%d %d of link %d was forgotten" % (row[4], row[5], row[1]))
