"""What a start makes of a restore: it halts for it, goes on with it, or has nothing to do with it.

A start that was asked for halts: it passes nothing until the new journal has been brought. When
something else ends it, or nothing comes for ten minutes, the next start works with the journal
that it always had. Once the new one is staged, starts copy it into the partition until one of them
has come to the end. And the first start with a journal from a backup replays nothing of it.

What is open in a backup may have reached the acquirer since it was made: replayed, it could count
twice. So every stored message goes to attention, where a person compares it with the acquirer's
books. Item ids go on from where the backup ends, which were used before, so what is stored from
now on is sealed under a new key. Loaded by a start that finds the mark of a restore.
"""

import asyncio
import os

from tidegate.app import events, notes, restoring
from tidegate.compat import const
from tidegate.core import attention, naming
from tidegate.journal import items, records

_PIECE_BYTES = const(256)
_PATIENCE_MS = const(600000)  # a journal is read, and then sent, in less


def begin(port):
    # -> (is the board to halt?, what is to be done with a journal that comes from a backup)
    mark = restoring.marker(port)
    if mark == restoring.OPEN and port.cause == events.CAUSE_RESET:
        restoring.mark(port, restoring.HALTED)
        asyncio.create_task(give_up(port))
        return True, None
    if mark == restoring.STAGED:
        copy(port)
        restoring.mark(port, restoring.DONE)
        mark = restoring.DONE
    try:
        os.remove(port.root + restoring.STAGING)
    except OSError:
        pass  # it is gone already
    if mark == restoring.DONE:
        return False, hold
    restoring.clear(port)
    return False, None


def copy(port):
    # Raises OSError when the flash does not take it.
    device = port.journal_device()
    for sector in range(device.ioctl(4, 0)):
        device.ioctl(6, sector)
    piece, check = memoryview(bytearray(_PIECE_BYTES)), bytearray(_PIECE_BYTES)
    blank = b"\xff" * _PIECE_BYTES
    with open(port.root + restoring.STAGING, "rb") as file:
        for sector in restoring.numbers(file):
            for at in range(0, restoring.SECTOR_BYTES, _PIECE_BYTES):
                file.readinto(piece)
                if piece != blank:
                    device.writeblocks(sector, piece, at)
                device.readblocks(sector, check, at)
                if piece != check:
                    raise OSError(5)


async def give_up(port):
    # Nobody brings anything any more: back to the journal that is there.
    before = -1
    while True:
        await asyncio.sleep_ms(port.clock.real_ms(_PATIENCE_MS))  # type: ignore
        try:
            now = os.stat(port.root + restoring.STAGING)[6]
        except OSError:
            now = 0
        if now == before:
            port.reset(False)
        before = now


def hold(engine, keys, port):
    # Raises OSError when the journal has no room: then the mark stays, and nothing is passed.
    if not keys.has_room():
        for key_id in keys.ids():
            if key_id != keys.current and not items.uses_key(engine.journal, key_id):
                keys.drop(key_id)
                break
    keys.rotate(port.entropy)
    count = 0
    for lane in engine.lanes:
        lane.dialect = naming.dialect_of(engine, engine.ledger.dialect_tag_of(lane.index))
        for group in (records.GROUP_REVERSAL, records.GROUP_ADVICE):
            while True:
                item = engine.journal.head(lane.index, group)
                if item is None:
                    break
                m = engine.stored_message(item, lane.dialect)
                if not attention.attend(engine, lane, item, records.WHY_RESTORED, 0, m):
                    raise OSError(28)
                count += 1
        if engine.journal.open_count(lane.index):
            raise OSError(28)  # an item that cannot be read: not passed over
    notes.note(engine, records.NOTE_RESTORED, count)
    restoring.clear(port)
