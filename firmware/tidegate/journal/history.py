"""What happened in the past, looked for in the ring itself, newest first: the long way.

For originals older than a lane's newest request, which the books know. `before` looks for stored
messages that are older than the last 64, which the fingerprints know.
"""

from binascii import crc32
from struct import unpack_from

from tidegate.journal import entry, records
from tidegate.journal.sector import BLANK
from tidegate.journal.table import LIVE


class History:
    # A part of the journal.

    def find_sent(self, lane, stan):
        # The body of the newest SENT with that STAN, or None.
        body = memoryview(bytearray(records.SENT_BYTES))
        return body if _newest_sent(self, lane, stan, -1, body)[0] >= 0 else None

    def find_live(self, lane, batch, stan):
        # -> 0 never sent, 1 sent, 2 approved.
        found, approved = self._history(lane, stan, batch)
        return found + (approved is not None)

    def find_approval(self, lane, stan):
        # The body of the approved ANSWER to the newest SENT with that STAN, or None.
        return self._history(lane, stan, -1)[1]

    def find_counted(self, lane, stan, flag):
        # The amount with which the newest stored message of that STAN and flag was closed; 0 when
        # it was not, or is not remembered.
        from tidegate.journal import counted

        return counted.amount(self, lane, stan, flag)

    def _history(self, lane, stan, batch):
        # -> (was it sent, the body of its approval or None)
        body = memoryview(bytearray(records.SENT_BYTES))
        index, slot = _newest_sent(self, lane, stan, batch, body)
        if index < 0:
            return False, None
        approved = _was_approved(self, index, slot, records.item_id(body), body)
        return True, body if approved else None


def _newest_sent(j, lane, stan, batch, view):
    # The newest SENT of that lane, STAN and batch (-1: any). -> its sector and slot, or (-1, 0);
    # its body is in `view`.
    head = entry.Entry()
    index = j.newest
    for _ in range(j.sectors):
        found = 0
        if j.table.state(index) == LIVE:
            for slot in walk(j, head, index, 1):
                if head.type != records.SENT:
                    continue
                j.read(index, slot * 32 + 16, view)
                if view[4] != lane or unpack_from("<I", view, 12)[0] != stan:
                    continue
                if batch < 0 or unpack_from("<I", view, 16)[0] == batch:
                    found = slot
        if found:
            j.read(index, found * 32, view)
            head.read(view, 0, False)
            j.read(index, found * 32 + 16, view)
            if crc32(view[: head.length]) == head.crc:
                return index, found
        index = (index - 1) % j.sectors
    return -1, 0


def _was_approved(j, index, slot, item_id, view):
    # Does an approved ANSWER of that SENT follow?
    head = entry.Entry()
    while True:
        for at in walk(j, head, index, slot):
            if head.type == records.ANSWER:
                j.read(index, at * 32 + 16, view)
                if unpack_from("<I", view, 0)[0] == item_id and view[5] & records.ANSWER_APPROVED:
                    return True
        if index == j.newest:
            return False
        index = j.after(index)
        slot = 1


def walk(j, head, index, slot):
    # The slots of a sector where entries begin, without looking at bodies. Nothing is written
    # behind a slot that is blank, but the footer.
    view = j.glance[:16]
    while slot < 127:
        j.read(index, slot * 32, view)
        if head.read(view, 0, False):
            yield slot
            slot += head.slots()
        elif view == BLANK[:16]:
            return
        else:
            slot += 1
