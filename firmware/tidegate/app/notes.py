"""What people do to a board is part of its story: NOTE entries in the journal."""

from struct import pack_into

from tidegate.compat import const
from tidegate.journal import records

_BYTES = const(16)
_NO_LANE = const(255)


def note(engine, what, detail=0):
    # -> False when there is no journal to write it to, or no room.
    if engine is None:
        return False
    body = bytearray(_BYTES)
    pack_into("<IBBHII", body, 0, 0, _NO_LANE, what, 0, engine.time.wall, detail)
    return engine.append(records.NOTE, body, False)
