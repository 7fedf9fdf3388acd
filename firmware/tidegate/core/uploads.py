"""What a terminal's own batch upload ends: the items that it names have reached the host.

One may not be over. An advice that was written and not answered, at a host that books what it
hears twice, may still be on its way when the upload is booked. It stays with a person, who can see
in the acquirer's books whether the money moved twice.
"""

from tidegate.core import attention, events, tries
from tidegate.journal import records
from tidegate.proto import message

_STORE_MASK = 1 << records.STORE
_ANSWERED = (records.WHY_REFUSED, records.WHY_STALE_KEY)


def close_named(e, lane, asked):
    told = list(message.uploaded(asked))
    stans = [stan for stan, _ in told]
    # Looked through once: with a thousand items that is what takes the time.
    items = e.journal.items(lane.index, _STORE_MASK)
    found = [(item.stan, item.id) for item in items if item.stan in stans]
    for stan, amount in told:
        e.correct(lane, records.BATCH_NAMED, asked.kind, max(amount, 0), stan)
        named = [item_id for its_stan, item_id in found if its_stan == stan]
        for item_id in named:
            # Of two forms of one message only the newest counts.
            how = records.HOW_UPLOADED if item_id == named[-1] else records.HOW_REPLACED
            _close(e, lane, item_id, how)


def _close(e, lane, item_id, how):
    item = e.journal.open_item(item_id)
    if item is None:
        return  # it was named twice
    if tries.in_doubt(lane, item):
        if not item.attention:
            attention.attend(e, lane, item, records.WHY_NOT_REPEATABLE, 0, None)
            return
        if attention.why_of(e, item) not in _ANSWERED:
            return
    stan = item.stan
    if attention.end(e, lane, item, how):  # else it stays a person's
        e.log(events.ITEM_DONE, lane.index, records.HOW_UPLOADED, stan)
