"""Attention: what could not be delivered or proved, each as an item of its own for a person.

An entry is self-contained, so that a person can be told everything when the frame it is about is
long gone. A stored item in attention is never replayed by itself and never blocks the others.
"""

from tidegate.core import events
from tidegate.journal import bodies, records
from tidegate.proto import message

_ATTENTION_MASK = 1 << records.ATTENTION
_NO_CARD = bytes(6)


def attend(e, lane, item, why, code, m):
    # A stored item; `m` is its message or its answer, where one could be read.
    amount, masked, batch = 0, _NO_CARD, 0
    if m is not None:
        amount, masked, batch = max(m.amount, 0), m.masked, max(m.batch, 0)
    item_id, kind, stan = item.id, item.kind, item.stan
    body = _body(e, lane, item_id, kind, stan, why, code, amount, masked, batch, b"")
    # -> False when the journal could not take it.
    if not e.attend(item, body):
        return False
    e.log(events.ATTENTION, lane.index, why, stan)
    return True


def attend_live(e, lane, why):
    live = e.ledger.lanes[lane.index].live
    body = _body(
        e, lane, live.id, live.kind, live.stan, why, live.code, live.amount, live.masked,
        live.batch, live.card,
    )  # fmt: skip
    if not e.append(records.ATTENTION, body, records.TELLING):
        return False
    e.log(events.ATTENTION, lane.index, why, live.stan)
    return True


def _body(e, lane, item_id, kind, stan, why, code, amount, masked, batch, card):
    body = e.body(records.ATTENTION_BYTES)
    bodies.put(
        records.ATTENTION, body, item_id, lane.index, kind, 0, 0, 0, max(stan, 0), why, code,
        e.time.wall, *bodies.split(amount), masked, batch, card or bytes(8),
    )  # fmt: skip
    return body


def why_of(e, item):
    for said in e.journal.items(item.lane, _ATTENTION_MASK):
        if said.id == item.id:
            return bodies.get(records.ATTENTION, said.body())[7]
    return records.WHY_DIFFERS  # nothing says why: the careful answer


def close(e, lane, item_id, how):
    # What a person was asked to look at has resolved itself.
    for item in e.journal.items(lane.index, _ATTENTION_MASK):
        if item.id == item_id:
            e.done(item, how, 0)
            return


def close_reversed(e, lane, stan):
    # Its reversal is confirmed: what became of the live request itself matters no more.
    for item in e.journal.items(lane.index, _ATTENTION_MASK):
        if item.stan == stan and message.class_of(item.kind) == message.CLS_LIVE:
            e.done(item, records.HOW_CONFIRMED, 0)
            return


def close_item(e, lane, item_id, how):
    item = e.journal.open_item(item_id)
    return item is None or end(e, lane, item, how)


def end(e, lane, item, how):
    # With what was said about it. -> False when that is not durable.
    counts = how == records.HOW_UPLOADED and not item.flags & records.FLAG_REPEAT
    amount = e.item_amount(item, lane.dialect) if counts else 0
    return e.done(item, how, amount)
