"""What a person decides: about an item in attention, and about a hold. Loaded when one does.

    settle   how an item in attention was resolved outside; it ends
    retry    a stored message goes to the host once more
    defer    a hold is to be remembered at a time
    release  the customer was served in another way; cancel: nobody wants it any more

Every decision is an entry of its own, with who and why, durable before what it decides. A live
request is never written again, whoever asks. What a repeat could book twice, or after its batch
was settled, needs a person who says that it is meant. Each gives the engine's actions; Refused
says why not.
"""

from struct import pack_into

from tidegate.compat import const
from tidegate.core import attention, events, flow
from tidegate.journal import bodies, records
from tidegate.proto import message

_HEAD_BYTES = const(16)
_TEXT_BYTES_MAX = const(96)  # who and why, as UTF-8
_RISKY = (
    records.WHY_DIFFERS,
    records.WHY_SETTLED,
    records.WHY_NOT_REPEATABLE,
    records.WHY_RESTORED,
    records.WHY_TAKEN_BACK,
)


class Refused(Exception):
    # args: why, for the person
    pass


def settle(e, item_id, booked, who, why):
    # `booked`: what it is about stands in the acquirer's books. An advice then counts in the
    # totals, as it does in the terminal's.
    e.actions.clear()
    item = _attended(e, item_id)
    lane = e.lanes[item.lane]
    stan, stored = item.stan, item.type == records.STORE
    amount = 0
    if booked and stored and not item.flags & records.FLAG_REPEAT:
        m = e.stored_message(item, lane.dialect)
        same = m is not None and m.batch == e.ledger.lanes[lane.index].books.batch
        amount = max(m.amount, 0) if same and m is not None else 0
    what = records.NOTE_SETTLED_BOOKED if booked else records.NOTE_SETTLED_NOT
    _note(e, item_id, lane.index, what, who, why, 0)
    item = e.journal.open_item(item_id)
    if item is None or not e.done(item, records.HOW_PERSON, amount):
        raise Refused("the journal could not take it")
    e.log(events.ITEM_DONE, lane.index, records.HOW_PERSON, stan)
    flow.kick(e, lane)
    return e.actions


def retry(e, item_id, meant, who, why):
    # `meant`: a person takes it upon himself that it may be booked twice, or in another batch.
    e.actions.clear()
    item = _attended(e, item_id)
    if item.type != records.STORE:
        raise Refused("a live request is never written twice; settle it, or make it anew")
    lane = e.lanes[item.lane]
    if _other_form(e, item):
        raise Refused("another form of it waits for the host already")
    risky = item.flags & records.FLAG_DOUBT or attention.why_of(e, item) in _RISKY
    if risky and not meant:
        raise Refused("it may be booked twice, or after its settlement: it has to be meant")
    _note(e, item.id, item.lane, records.NOTE_RETRIED, who, why, 0)
    item = e.journal.open_item(item_id)
    try:
        if risky:
            _store_again(e, lane, item)
        else:
            e.journal.unattend(item, e.time.wall)
    except (OSError, ValueError):
        raise Refused("the journal could not take it")
    lane.retry_ms = e.time.ms
    flow.kick(e, lane)
    return e.actions


def _other_form(e, item):
    # Of two forms of one message only one may be on its way.
    lane, tag, item_id = item.lane, item.tag, item.id
    for other in e.journal.items(lane, 1 << records.STORE, False):
        if other.tag == tag and other.id != item_id:
            return True
    return False


def _store_again(e, lane, item):
    # As a new item: what a host that tells repeats has had stays a repeat.
    m = e.stored_message(item, lane.dialect)
    if m is None:
        raise ValueError("damaged")
    flags = item.flags & records.FLAG_REPEAT | records.FLAG_PERSON
    tells_repeats = lane.dialect.advice_idempotent or item.kind == message.KIND_REVERSAL
    if item.attempted and tells_repeats:
        flags |= records.FLAG_ATTEMPTED
    old_id = item.id
    e.journal.store(lane.index, item.kind, item.stan, item.tag, e.time.wall, m.view, item, flags)
    attention.close(e, lane, old_id, records.HOW_REPLACED)


def defer(e, item_id, until_s, who, why):
    e.actions.clear()
    item = _held(e, item_id)
    if until_s <= e.time.wall:
        raise Refused("that time is over")
    values = list(bodies.get(records.HOLD, item.body()))
    old_id, lane_index = item.id, item.lane
    values[0], values[4], values[14] = e.journal.new_id(), records.FLAG_PERSON, until_s
    _note(e, values[0], lane_index, records.NOTE_DEFERRED, who, why, until_s)
    body = e.body(records.HOLD_BYTES)
    bodies.put(records.HOLD, body, *values)
    if not e.append(records.HOLD, body, False):
        raise Refused("the journal could not take it")
    attention.close_item(e, e.lanes[lane_index], old_id, records.HOW_REPLACED)
    e.reminders.look(e)  # it is due at another time than before
    return e.actions


def release(e, item_id, who, why):
    return _end_hold(e, item_id, records.NOTE_RELEASED, who, why)


def cancel(e, item_id, who, why):
    return _end_hold(e, item_id, records.NOTE_CANCELLED, who, why)


def _end_hold(e, item_id, what, who, why):
    e.actions.clear()
    item = _held(e, item_id)
    lane, stan = e.lanes[item.lane], item.stan
    _note(e, item_id, item.lane, what, who, why, 0)
    if not attention.close_item(e, lane, item_id, records.HOW_PERSON):
        raise Refused("the journal could not take it")
    e.log(events.HOLD_CLOSED, lane.index, records.HOW_PERSON, stan)
    return e.actions


def _attended(e, item_id):
    item = e.journal.open_item(item_id)
    if item is None or item.type == records.HOLD or not item.attention:
        raise Refused("nothing in attention has that number")
    return item


def _held(e, item_id):
    item = e.journal.open_item(item_id)
    if item is None or item.type != records.HOLD:
        raise Refused("no hold has that number")
    return item


def _note(e, item_id, lane, what, who, why, detail):
    text = (who + "\n" + why).encode()[:_TEXT_BYTES_MAX]
    body = bytearray(_HEAD_BYTES + len(text))
    pack_into("<IBBHII", body, 0, item_id, lane, what, 0, e.time.wall, detail)
    body[_HEAD_BYTES:] = text
    if not e.append(records.NOTE, body, False):
        raise Refused("the journal has no room for it")
