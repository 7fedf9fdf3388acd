"""The uplink of a lane, as a state machine: what is written when, and never twice.

A lane is idle, opening a connection, or waiting for one answer. Four things can happen to it: the
line is up, the line is down, the awaited answer came, the time is over. The table says what state
follows and which step is taken; each job (a live request, a message that is only passed on, a
stored item) brings its own five steps. Up to `write` nothing has left the bridge, and every
failure is a safe one. From `write` on the bridge does not know until an answer comes, and says so.

             up              down               answer           time over
  idle       -               -                  (stray)          -
  opening    write, waiting  unreachable, idle  (stray)          unreachable, idle
  waiting    -               lost, idle         answered, idle   silent, idle

Whenever a lane is idle, `kick` picks what goes next: reversals, then what the terminal waits for,
then advices. A session or settlement request waits until the store of its lane is empty.
"""

from tidegate.compat import const
from tidegate.core import events, live, passing, rules, stored
from tidegate.core.lanes import (
    IDLE,
    JOB_ITEM,
    JOB_LIVE,
    JOB_NONE,
    JOB_PASS,
    NOBODY,
    OPENING,
    WAITING,
)
from tidegate.journal.records import GROUP_ADVICE, GROUP_REVERSAL
from tidegate.proto import message

UP = const(0)
DOWN = const(1)
ANSWER = const(2)
TIME = const(3)

_STAY = const(0)
_WRITE = const(1)
_UNREACHABLE = const(2)
_LOST = const(3)
_ANSWERED = const(4)
_SILENT = const(5)

# phase -> for each event its step: after a write the lane waits, after any other it is idle
_TABLE = (
    (_STAY, _STAY, _STAY, _STAY),
    (_WRITE, _UNREACHABLE, _STAY, _UNREACHABLE),
    (_STAY, _LOST, _ANSWERED, _SILENT),
)

# job -> (write, unreachable, lost, answered, silent)
_STEPS = (
    None,
    (live.write, live.unreachable, live.lost, live.answered, live.silent),
    (passing.write, passing.unreachable, passing.lost, passing.answered, passing.silent),
    (stored.write, stored.unreachable, stored.lost, stored.answered, stored.silent),
)


def happen(e, lane, event, told=None):
    # One event for one lane; `told` is the answer, or the reason of a lost line.
    step = _TABLE[lane.phase][event]
    if step == _STAY:
        return
    job = lane.job
    if step == _WRITE:
        # The job may still refuse: the window closed, the journal is full, the item is gone.
        if _STEPS[job][0](e, lane):
            lane.phase = WAITING
            return
    lane.phase = IDLE
    lane.job = JOB_NONE
    if step != _WRITE:
        _STEPS[job][step - 1](e, lane, told)
    if step == _UNREACHABLE and job == JOB_ITEM:
        _tell_behind(e, lane)
    _part(e, lane, step, job)
    lane.flight.clear()
    kick(e, lane)


def _tell_behind(e, lane):
    # A live request that waits for a reversal needs the same line: it is declined at once, too.
    if e.reversals(lane) and lane.ask.length and lane.ask.cls == message.CLS_LIVE:
        live.unreachable(e, lane, 0)


def _part(e, lane, step, job):
    # What becomes of the connection. A live request whose time is over leaves it open, so that a
    # late answer can still be recorded; `start` closes it before another request uses it.
    if step == _LOST or (step == _SILENT and job == JOB_LIVE):
        return
    if step == _ANSWERED and e.routes[lane.route]["keep_open"]:
        return
    e.hang_up(lane)


def kick(e, lane):
    # Give an idle device its next job: one of its terminals at a time, this lane's first.
    for one in e.device(lane):
        if one.phase != IDLE:
            return
    for one in e.device(lane):
        if _start(e, one):
            return


def _pick(e, lane):
    ask = lane.ask
    retry = e.time.ms >= lane.retry_ms and not e.maintenance()
    if retry and not ask.insist and e.journal.open_count(lane.index, GROUP_REVERSAL):
        return JOB_ITEM
    if ask.length:
        if ask.cls == message.CLS_LIVE:
            # Reversal first, those of the device's other terminals, too, and never a void of what
            # is still on its way.
            if not e.reversals(lane) and not stored.holds_original(e, lane, ask):
                return JOB_LIVE
        elif ask.insist or not rules.needs_empty_store(ask.kind) or not passing.waiting(e, lane):
            return JOB_PASS
    return JOB_ITEM if retry and e.journal.open_count(lane.index, GROUP_ADVICE) else JOB_NONE


def _start(e, lane):
    job = _pick(e, lane)
    if not job:
        return False
    if job == JOB_ITEM:
        item = stored.next_item(e, lane)
        if item is None:
            return False
        route = stored.route_of(e, lane, item)
        lane.flight.deadline_ms = e.time.ms + e.deadline_ms
    else:
        route = live.route_of(e, lane) if job == JOB_LIVE else passing.route_of(e, lane)
        lane.flight.deadline_ms = lane.ask.deadline_ms
    # An answer may still be out on this connection: it must not meet another request.
    if route != lane.route or job != JOB_ITEM and e.ledger.lanes[lane.index].live.open():
        e.hang_up(lane)
    lane.route = route
    lane.phase = OPENING
    lane.job = job
    e.connect(lane)
    return True


def make_way(e, lane):
    # A request that has waited in vain often enough goes before a replay that only opens its line.
    if lane.phase == OPENING and lane.job == JOB_ITEM:
        lane.phase = IDLE
        lane.job = JOB_NONE
        e.hang_up(lane)


def end_wait(e, lane):
    # A reversal came while its original was still out: nobody waits for that answer any more.
    if lane.phase == WAITING and lane.job == JOB_LIVE:
        happen(e, lane, TIME)


def answered(e, lane, answer):
    if lane.phase == WAITING and lane.flight.answered_by(answer):
        happen(e, lane, ANSWER, answer)
    elif not live.late(e, lane, answer):
        e.log(events.STRAY, lane.index, answer.mti, answer.stan)


def cancel(e, lane):
    # The terminal gave up, or asked for something else, before anything was written.
    ask = lane.ask
    if not ask.length:
        return
    e.log(events.LIVE_DROPPED, lane.index, ask.kind, ask.stan)
    ask.clear()
    if lane.phase == OPENING and lane.job != JOB_ITEM:
        lane.phase = IDLE
        lane.job = JOB_NONE
        e.hang_up(lane)


def expire(e, lane):
    # The ask has waited for the lane until its deadline, and nothing of it was written.
    ask = lane.ask
    if ask.cls == message.CLS_LIVE:
        live.refuse_busy(e, lane)
    else:
        passing.expire(e, lane)
    ask.clear()
    kick(e, lane)


def closed(e, lane, conn):
    # A terminal connection is gone: what is not written for it will not be.
    if lane.ask.conn == conn:
        cancel(e, lane)
        kick(e, lane)
    if lane.flight.conn == conn:
        lane.flight.conn = NOBODY
    if lane.wait_conn == conn:
        lane.wait_conn = NOBODY
