"""With which amount a stored message was closed, looked for in the ring itself. Loaded when a
reversal takes back what stand-in had approved and the host has booked.
"""

from tidegate.journal import records
from tidegate.journal.before import each


def amount(j, lane, stan, flag):
    item_id = _newest_stored(j, lane, stan, flag)
    return _closed_with(j, item_id) if item_id else 0


def _newest_stored(j, lane, stan, flag):
    newest = 0
    for view in each(j, records.STORE, memoryview(bytearray(16))):
        item_id, its_lane, _, _, flags, _, its_stan = records.get_envelope(view)
        if its_lane == lane and its_stan == stan and flags & flag:
            newest = max(newest, item_id)
    return newest


def _closed_with(j, item_id):
    for view in each(j, records.DONE, memoryview(bytearray(records.DONE_BYTES))):
        done = records.get_done(view)
        if done[0] == item_id:
            return done[4]
    return 0
