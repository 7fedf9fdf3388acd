"""A terminal that is not known yet, or has moved to another link. Loaded when one comes.

One that the configuration does not name gets a lane while there is one to spare.
"""

from tidegate.core import events, naming
from tidegate.core.lanes import IDLE
from tidegate.journal import bodies, records
from tidegate.proto import message


def lane_for(e, conn, m, index):
    # -> its lane, or -1: then everything that can be said about it was said.
    if index < 0:
        return _new_lane(e, conn, m)
    return index if _moved(e, e.lanes[index], m) else -1


def _new_lane(e, conn, m):
    index = _free_lane(e, m.terminal)
    if index < 0 or not _record(e, index, m):
        e.log(events.NO_LANE, conn, m.mti, 0)
        if m.cls in (message.CLS_LIVE, message.CLS_STORABLE, message.CLS_SESSION):
            e.answer(conn, m, e.decline["busy"])
        return -1
    e.lanes[index].dialect = m.dialect
    e.lanes[index].group = naming.group_of(e, m.terminal)
    return index


def _free_lane(e, name):
    # -> the next free lane; -1 when the rest is kept for terminals of the configuration.
    used = kept = 0
    for _, index, _ in e.ledger.names:
        used = max(used, index + 1)
    if naming.group_of(e, name) < 0:
        for group in e.groups:
            for terminal in group:
                kept += e.ledger.lane_of(terminal) < 0
    return used if used + kept < len(e.lanes) else -1


def _record(e, index, m):
    body = e.body(records.LANE_BYTES)
    bodies.put(records.LANE, body, 0, index, m.terminal, naming.tag_of(m.dialect.name))
    return e.append(records.LANE, body, True)


def _moved(e, lane, m):
    # A terminal may be moved to another link, but not in the middle of a message.
    if lane.phase != IDLE or not _record(e, lane.index, m):
        e.log(events.STRAY, lane.index, m.mti, m.stan)
        return False
    lane.dialect = m.dialect
    return True
