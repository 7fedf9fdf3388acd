"""Is a storable message new, the same, a newer form of what is stored, or something else?

A terminal sends what it could not deliver again and again: as the same bytes, with a new seal, or,
if it is confused, with other contents. What is stored once has one effect.
"""

from tidegate.compat import const
from tidegate.core import attention, events, passing, seen
from tidegate.journal import records
from tidegate.proto import message

_SAME = const(1)
_NEWER = const(2)
_DIFFERS = const(3)
_OTHER = const(4)


def is_done(e, lane, m, past):
    # A terminal's own copy of an advice that a host which books repeats has had: never again.
    if m.kind == message.KIND_REVERSAL or lane.dialect.advice_idempotent:
        return False
    return bool(past) and e.journal.find(lane.index, seen.tag_of(m)) is None


def keep(e, lane, m, past):
    # -> the id of the item that now stands for this message, or 0 when it cannot be kept.
    tag = seen.tag_of(m)
    older = e.journal.find(lane.index, tag)
    if older is not None:
        verdict = _compare(e, lane, older, m)
        if verdict == _SAME:
            e.log(events.STORED_AGAIN, lane.index, m.kind, m.stan)
            item_id = older.id
            if m.kind == message.KIND_REVERSAL:
                e.reverse_older(lane, m)  # the power may have gone before it was told
            return item_id
        if verdict == _NEWER:
            lane.remembered.clear()
            e.log(events.REPLACED, lane.index, m.kind, m.stan)
            return e.store(lane, m, tag, 0, older)
        if verdict == _DIFFERS:
            return _keep_both(e, lane, older, m)
    # A copy of what the host already has (shadow keeps one in the terminal) has no second effect.
    repeat = False if older else past
    _follow_batch(e, lane, m)  # first: what is stored must not count in the batch before
    advice = m.kind != message.KIND_REVERSAL
    doubt = repeat is None and advice and not lane.dialect.advice_idempotent
    flags = records.FLAG_REPEAT if repeat else records.FLAG_DOUBT if doubt else 0
    item_id = e.store(lane, m, tag, flags, None)
    if item_id:
        e.log(events.STORED, lane.index, m.kind, m.stan)
        if not advice:
            lane.remembered.clear()  # an approval that is taken back is not told again
            if not repeat:
                e.reverse_older(lane, m)
        elif doubt:
            # It may be a copy of what such a host has booked: a person decides.
            item = e.journal.open_item(item_id)
            attention.attend(e, lane, item, records.WHY_NOT_REPEATABLE, 0, m)
    return item_id


def _keep_both(e, lane, older, m):
    # Neither is sent: a person decides.
    attention.attend(e, lane, older, records.WHY_DIFFERS, 0, m)
    item_id = e.store(lane, m, seen.tag_of(m), records.FLAG_DOUBT, None)
    if item_id:
        e.log(events.STORED, lane.index, m.kind, m.stan)
        item = e.journal.find(lane.index, seen.tag_of(m))
        attention.attend(e, lane, item, records.WHY_DIFFERS, 0, m)
    return item_id


def _follow_batch(e, lane, m):
    # A terminal that begins a new batch with an advice says so only in its F60.
    kept = e.ledger.lanes[lane.index]
    if (
        m.kind != message.KIND_REVERSAL
        and m.batch > 0
        and m.batch not in (kept.books.batch, kept.settled.batch)
    ):
        passing.batch_entry(e, lane, records.BATCH_NUMBER, m.batch, 0, 0, 0)


def _compare(e, lane, older, m):
    # Is `m` the message that is stored already? `attempted` is read before the frame is.
    # What a person has is never replaced by something that is sent.
    rebuilt = m.kind == message.KIND_REVERSAL
    free = rebuilt or not (older.attempted or older.attention)
    try:
        old = e.other.read(lane.dialect, e.journal.frame(older))
    except (ValueError, OSError):
        return _NEWER if free else _DIFFERS
    if old.key8 != m.key8:
        return _OTHER  # two keys with the same tag
    if old.hash8 == m.hash8:
        return _SAME
    if free:
        return _NEWER  # a terminal rebuilds its reversal, with a new MAC, for every try
    return _SAME if old.body8() == m.body8() and not m.has_mac else _DIFFERS
