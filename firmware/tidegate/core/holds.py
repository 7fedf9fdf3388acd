"""Holds: what the bridge refused and may come back, kept as a record, never as a frame.

A hold says who, what kind, how much, which card (masked, and as a keyed hash), why and until when.
It closes by itself when the same card and amount succeed later on the same terminal.
"""

from tidegate.compat import const
from tidegate.core import attention, events
from tidegate.journal import bodies, records

_MASK = 1 << records.HOLD
_AGE_MAX_S = const(7 * 86400)  # nobody comes back after a week; the record expires
_OPEN_MAX = const(64)  # per lane; a shop that is refused more often has another problem


def record(e, lane, m, decision):
    pan = m.pan()
    if not pan or m.amount <= 0:
        return  # nothing that could be recognised when it comes back
    card = e.card_hash(pan)
    count = 0
    for item in e.journal.items(lane.index, _MASK):
        values = bodies.get(records.HOLD, item.body())
        if values[15] == card and bodies.join(values[7], values[8]) == m.amount:
            return  # the same customer tried again
        count += 1
    if count >= _OPEN_MAX:
        return
    code, until = decision.code, decision.until_s
    body = e.body(records.HOLD_BYTES)
    bodies.put(
        records.HOLD, body, e.journal.new_id(), lane.index, m.kind, 0, 0, _tag(card),
        max(m.stan, 0), *bodies.split(m.amount), m.masked, decision.reason,
        code[0] << 8 | code[1], decision.window + 1, e.time.wall, until, card,
    )  # fmt: skip
    e.append(records.HOLD, body, False)


def _tag(card):
    return card[0] | card[1] << 8 | card[2] << 16


def succeed(e, lane, served):
    # The same kind, card and amount went through: the customer was served.
    if e.journal.holds:
        _close(e, lane, records.HOW_SUCCEEDED, served)


def sweep(e, lane):
    _close(e, lane, records.HOW_EXPIRED, None)


def _close(e, lane, how, served):
    closing = []
    for item in e.journal.items(lane.index, _MASK):
        values = bodies.get(records.HOLD, item.body())
        if served is None:
            matches = e.time.wall - values[13] > _AGE_MAX_S
        else:
            matches = (values[2], values[15], bodies.join(values[7], values[8])) == served
        if matches:
            closing.append((item.id, item.stan))
    for item_id, stan in closing:
        attention.close_item(e, lane, item_id, how)
        e.log(events.HOLD_CLOSED, lane.index, how, stan)
