"""How often the items of a lane were written, and how often they were answered. RAM only.

After a restart nothing is known about an attempt, so it counts as one that was never answered.
"""

from tidegate.compat import const
from tidegate.proto import message

_KEPT = const(8)  # items of a lane whose attempts are counted at the same time


def row_of(lane, item_id):
    # [item id, attempts, answers to them, answers of its route before the first]
    for row in lane.tries:
        if row[0] == item_id:
            return row
    return None


def count(e, lane, item_id):
    row = row_of(lane, item_id)
    if row:
        row[1] += 1
    elif len(lane.tries) < _KEPT:  # the others are counted when one of these is done
        lane.tries.append([item_id, 1, 0, e.answers[lane.route]])


def forget(lane, item_id):
    lane.tries = [row for row in lane.tries if row[0] != item_id]


def in_doubt(lane, item):
    # Was it written, and may it be booked already, or be on its way still, at a host that books
    # what it hears twice? Then nobody but a person can tell what became of it.
    reversal = item.kind == message.KIND_REVERSAL
    if reversal or lane.dialect.advice_idempotent or not item.attempted:
        return False
    row = row_of(lane, item.id)
    return row is None or row[1] != row[2]
