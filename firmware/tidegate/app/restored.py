"""The first start with a journal from a backup: nothing of it is replayed by itself.

What is open in a backup may have reached the acquirer since it was made: replayed, it could count
twice. So every stored message goes to attention, where a person compares it with the acquirer's
books. Item ids go on from where the backup ends, which were used before, so what is stored from
now on is sealed under a new key. Loaded by a start that finds the mark of a restore.
"""

from tidegate.app import notes, restoring
from tidegate.core import attention, naming
from tidegate.journal import items, records


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
