"""The journal: durable entries in a ring of flash, and the open items among them.

An entry is durable when its call returns (J1). An item stays open until a DONE names it,
through any power cut: nothing that was acknowledged is lost, nothing that was settled comes
back. RAM holds fixed tables only, so the depth of the queue costs no heap (J9). SPEC.md has
every bit.
"""

from struct import pack_into, unpack_from

from tidegate.compat import const
from tidegate.journal import entry, fold, items, queues, records, tend
from tidegate.journal.history import History
from tidegate.journal.queues import LANES_MAX, Prints, Queues
from tidegate.journal.ring import JournalError, Ring
from tidegate.journal.table import has

_FRAME_BYTES_MAX = const(2048)
_BODY_BYTES_MAX = const(512)  # of a plain entry
_SET_EVERY_MAX = const(16)
_HOLDS = const(1 << 10)  # the type of a HOLD, as a mask
_SEALED_AT = const(32)  # in `out`: behind the header and the envelope


class Journal(Ring, History):
    def __init__(self, dev, sealers):
        Ring.__init__(self, dev)
        self.sealers = sealers
        self.queues = Queues()
        self.prints = Prints()
        self.report = None  # of the mount
        self.glance = memoryview(bytearray(96))
        self.ahead = 8 if self.sectors >= 32 else 6  # erased sectors to keep ready (J6)
        # Sectors between two CHECKPOINT sets: what follows the newest is shown at a mount.
        self.set_every = min(max(self.sectors // 8, 3), _SET_EVERY_MAX)
        self.set_opened = 0  # how many sectors were opened when it was written
        self.moves = 0  # copies made: who holds an item looks where it is now
        self.churn = 0  # sectors freed since anything new was written
        self.used = 0  # slots that open items take
        self.holds = 0  # how many of them are holds
        self.checkpoint = None
        self.visit = None
        self.in_set = False
        self._frame = memoryview(bytearray(_FRAME_BYTES_MAX + 64))
        self._found = items.Item(self)
        self._first = items.Item(self)
        self._looked = items.Item(self)
        self._new = items.Item(self)
        self._scratch = items.Item(self)
        self.straggler = items.Item(self)

    def format(self):
        # Explicit only: everything in the region is gone.
        for index in range(self.sectors):
            self.erase(index)

    def mount(self, visit, checkpoint=None):
        # What recovery needs is loaded for it only: a board can have that memory back.
        from tidegate.journal import mount

        self.visit = visit
        self.checkpoint = checkpoint
        mount.mount(self)
        return self.report

    def tend(self, checkpoint):
        # One step of housekeeping, for idle moments. -> is there more to do?
        self.checkpoint = checkpoint
        return tend.step(self)

    # Ids and room.

    def new_id(self):
        self.next_id += 1
        return self.next_id - 1

    def room(self, size, reserved):
        # May an entry of so many bytes come? Storables are refused while there is room for
        # reversals and live requests, these while a person can be told of each lane's last one.
        sectors = self.sectors - self.sectors // 32 - self.ahead - 1 - self.bad
        if not reserved:
            sectors -= max(self.sectors // 20, 1)
        used = items.cost(entry.slots_of(size + 52)) + self.used
        if reserved != records.TELLING:
            used += LANES_MAX * items.cost(entry.slots_of(records.ATTENTION_BYTES))
        return used <= sectors * items.SECTOR_COST

    # Entries.

    def append(self, entry_type, view):
        # -> its sequence number.
        size = len(view)
        if size > _BODY_BYTES_MAX or not 0 < entry_type < len(records.RULES):
            raise JournalError("body")
        self._make_room(size)
        self.out[16 : 16 + size] = view
        self.entry.make(entry_type, size, 0, entry.NOWHERE, None)
        self._write()
        return self.prev_seq

    def store(self, lane, kind, stan, tag, wall_s, frame, replaces=None, flags=0):
        # -> item id.
        size = len(frame)
        if lane >= LANES_MAX or size > _FRAME_BYTES_MAX:
            raise JournalError("frame")
        sealer = self.sealers.sealer(self.sealers.current)
        if sealer is None:
            raise JournalError("key")
        padding = -(size + 4) & 15
        length = 16 + size + 4 + padding + sealer.tag_bytes
        self._make_room(length)
        place = entry.NOWHERE
        if replaces:
            self._must_be_open(replaces)
            place = replaces.place
        item_id = self.new_id()
        out = self.out
        records.put_envelope(
            out[16:32], item_id, lane, kind, self.sealers.current, flags, tag, stan
        )
        pack_into("<I", out, _SEALED_AT, wall_s)
        out[_SEALED_AT + 4 : _SEALED_AT + 4 + size] = frame
        sealer.seal(out[16 : 16 + length], padding)
        self.entry.make(records.STORE, length, padding, place, None)
        self._write(replaces)
        self.prints.push(lane, tag, item_id)
        return item_id

    def attempt(self, item, amount, wall_s):
        self._make_room(records.ATTEMPT_BYTES)
        self._must_be_open(item)
        records.put_attempt(self.out[16:32], item.id, item.lane, item.kind, amount, wall_s)
        self.entry.make(records.ATTEMPT, records.ATTEMPT_BYTES, 0, item.place, None)
        self._write()

    def attend(self, item, body):
        # An item is in attention once: what was said first stands.
        self._make_room(len(body))
        self._must_be_open(item)
        if item.attention:
            return
        self.out[16 : 16 + len(body)] = body
        self.entry.make(records.ATTENTION, len(body), 0, item.place, None)
        self._write()
        self.queues.removed(item)
        self.queues.attention[item.lane] += 1

    def unattend(self, item, wall_s):
        # A person sends it again: its ATTENTION ends, and it waits for the host.
        self._make_room(records.DONE_BYTES)
        self._must_be_open(item)
        if item.type != records.STORE or not item.attention:
            raise JournalError("item")
        known = items.partner(self, self._scratch, item)
        place = known.place if known else entry.NOWHERE
        self._done(item, records.HOW_PERSON, 0, place, item.place, 1, wall_s, known)
        self.queues.attention[item.lane] -= 1
        self.queues.added(item)

    def done(self, item, how, amount, wall_s):
        # Ends an item, and the ATTENTION about it, in one entry.
        self._make_room(records.DONE_BYTES)
        self._must_be_open(item)
        known = items.partner(self, self._scratch, item)
        other = known.place if known else entry.NOWHERE
        self._done(item, how, amount, item.place, other, 0, wall_s, item)
        if known:
            self._leave(known, known.type == records.STORE)

    def _done(self, item, how, amount, place, other, returns, wall_s, leaving):
        records.put_done(
            self.out[16:32], item.id, item.lane, how, item.kind, amount, other, returns, wall_s
        )
        self.entry.make(records.DONE, records.DONE_BYTES, 0, place, None)
        self._write(leaving)

    def _must_be_open(self, item):
        # After room was made, which may have moved it.
        item.follow()
        if not has(self.table.open, item.place):
            raise JournalError("closed")

    def _make_room(self, length):
        # The buffer `out` is filled after this, because housekeeping uses it.
        slots = entry.slots_of(length)
        if not self.in_set:
            fitted = self.fits(slots)
            tend.before_append(self, slots)
            if not fitted:
                self.churn = 0
        if not self.fits(slots):
            self.open_next()

    def _write(self, leaving=None):
        # `leaving`: the item that this entry ends.
        slot = self.write()
        made = self.entry
        body = self.out[16 : 16 + made.length]
        if records.STORE <= made.type <= records.ATTENTION:  # all that is about items
            here = entry.place_of(self.newest, slot)
            _fold(self, body, here, leaving)
        if self.visit and not self.in_set:
            self.visit(made.type, self.prev_seq, body)

    def _leave(self, item, was_attended):
        self.used -= items.cost(item.slots)
        if item.type == records.STORE:
            if was_attended:
                self.queues.attention[item.lane] -= 1
            else:
                self.queues.removed(item)
        elif item.type == records.HOLD:
            self.holds -= 1

    # Looking things up.

    def head(self, lane, group, after=0):
        item = self._first
        place = self.queues.first(self, item, lane, group, after)
        return item if place != entry.NOWHERE and item.load(place, True) else None

    def items(self, lane=-1, types=items.ALL, attention=None):
        if not any(self.table.counts) or types == _HOLDS and not self.holds:
            return iter(())
        return items.each(self, items.Item(self), lane, types, attention)

    def open_item(self, item_id):
        return items.by_id(self, self._looked, item_id)

    def find(self, lane, tag):
        # The newest open STORE with that tag. If the last 64 do not know it, and nothing older is
        # in the queues, it can only be with a person.
        attended = not self.prints.knows(lane, tag) and not queues.begin_before(
            self, self._scratch, lane, self.prints.forgotten[lane]
        )
        if attended and not self.queues.attention[lane]:
            return None
        return items.newest_with_tag(self, self._found, lane, tag, attended)

    def stored_before(self, lane, tag):
        # Was that tag stored, beyond the last 64? None: nobody can tell.
        if not self.prints.forgotten[lane]:
            return False
        try:
            from tidegate.journal import before

            return True if before.was_stored(self, lane, tag) else None
        except MemoryError:
            return None  # there is no room for the filter

    def open_count(self, lane, group=None):
        if lane < 0:
            return queues.total(self.queues, group)
        counts = self.queues.counts
        lane <<= 1
        return counts[lane] + counts[lane + 1] if group is None else counts[lane + group]

    # What is sealed.

    def raw_body(self, item):
        # Header and body, as they stand in flash.
        item.follow()
        view = self._frame[: 16 + item.length]
        self.read(item.sector, item.slot * 32, view)
        return view

    def frame(self, item):
        # The stored bytes, in a buffer that lives until the next call.
        view = self.raw_body(item)
        sealer = self.sealers.sealer(item.key_id)
        if item.type != records.STORE or sealer is None or not item.entry().intact(view, 0):
            raise JournalError("damaged")
        if not sealer.open(view[16:], item.padding):
            raise JournalError("seal")
        end = 16 + item.length - sealer.tag_bytes - item.padding
        return view[_SEALED_AT + 4 : end]

    def stored_at(self, item):
        sealer = self.sealers.sealer(item.key_id)
        if item.type != records.STORE or sealer is None:
            return 0
        view = self.glance[:32]
        self.read(item.sector, item.slot * 32 + 16, view)
        sealer.open_first(view)
        return unpack_from("<I", view, 16)[0]


def _fold(j, body, here, leaving):
    made = j.entry
    was_attended = leaving is not None and leaving.attention
    fold.written(j, made.type, body, made.place, here)
    if leaving is not None:
        j._leave(leaving, was_attended)
    if records.RULES[made.type] == records.OPEN:
        j.used += items.cost(made.slots())
        if made.type == records.STORE:
            j.queues.added(j._new.take(body, here))
        elif made.type == records.HOLD:
            j.holds += 1
