"""Open items: an object that is filled from flash on demand, and the ways to look for one.

No object stands for a record. A look-up reads envelopes only; the frame stays sealed.
"""

from tidegate.compat import const
from tidegate.journal import entry, records
from tidegate.journal.ring import JournalError
from tidegate.journal.sector import SLOTS
from tidegate.journal.table import LIVE, has

ALL = const(0xFFFF)
_REVERSAL = const(12)  # the kind of message that goes before all others; proto.kinds has the list
SECTOR_COST = const(1200)
_SHARING_SLOTS = const(56)  # more, and the largest entry does not fit beside it


class Item:
    def __init__(self, journal):
        self._journal = journal
        self._wall_s = 0
        self._head = entry.Entry()
        self.clear()

    def clear(self):
        self.id = self.lane = self.kind = self.key_id = self.flags = self.tag = self.stan = 0
        self.place = entry.NOWHERE
        self.type = self.slot = self.sector = self.slots = 0
        self._moves = self._journal.moves
        self._known_wall = False

    def load(self, place, surely=False, types=ALL):
        # -> False when there is no readable entry of those types at that place. `surely`: the body
        # is checked, and a single wrong bit put right, before the envelope is believed.
        at = self._read(place)
        if at < 0 or not types & 1 << self._head.type:
            self.clear()
            return False
        j = self._journal
        self._moves = j.moves
        self.place = place
        self.sector = place >> 6
        self.slot = (place & 63) * 2 + at // 32
        self.type = self._head.type
        self.slots = self._head.slots()
        self._known_wall = False
        if surely or j.table.is_suspect(self.sector):
            self._name(self._whole(j)[16:])
        else:
            self._name(j.glance[at + 16 :])
        return True

    def _read(self, place):
        # -> where in the glance the header stands, of the pair of slots of that place, or -1. The
        # first slot of a sector is its header's.
        lowest = 0 if place & 63 else 32
        view = self._journal.glance[lowest:]
        self._journal.read(place >> 6, (place & 63) * 64 + lowest, view)
        at = self._find(self._journal.glance, lowest, False)
        return at if at >= 0 else self._find(self._journal.glance, lowest, True)

    def _whole(self, j):
        view = j.out[: 16 + self.length]
        j.read(self.sector, self.slot * 32, view)
        self._head.intact(view, 0)
        return view

    def take(self, body, place):
        # An item that was written just now.
        self._moves = self._journal.moves
        self.place = place
        self._name(body)
        return self

    def _name(self, body):
        (self.id, self.lane, self.kind, self.key_id, self.flags, self.tag, self.stan) = (
            records.get_envelope(body)
        )

    def _find(self, view, at, mend):
        head = self._head
        while at <= 32:
            if head.read(view, at, mend) and records.RULES[head.type] == records.OPEN:
                return at
            at += 32
        return -1

    def follow(self):
        # Housekeeping may have copied it since it was looked up. An entry may be half made in
        # `out` by then, so no body is checked here.
        j = self._journal
        if self._moves == j.moves:
            return
        for found in each(j, j.straggler, self.lane, 1 << self.type, None, False, False):
            if found.id == self.id:
                self.load(found.place)
                return
        self.place = entry.NOWHERE

    @property
    def attempted(self):
        self.follow()
        return bool(has(self._journal.table.attempted, self.place))

    @property
    def attention(self):
        if self.type == records.ATTENTION:
            return True
        self.follow()
        return bool(has(self._journal.table.attention, self.place))

    @property
    def group(self):
        return group_of(self.kind)

    @property
    def wall_s(self):
        # When it was stored: the first words of the sealed part.
        if not self._known_wall:
            self._wall_s = self._journal.stored_at(self)
            self._known_wall = True
        return self._wall_s

    def body(self):
        # The plain body of a HOLD or an ATTENTION, checked.
        view = self._journal.raw_body(self)
        if not self._head.intact(view, 0):
            raise JournalError("damaged")
        return view[16 : 16 + self._head.length]

    @property
    def length(self):
        return self._head.length

    @property
    def padding(self):
        return self._head.padding

    @property
    def crc(self):
        return self._head.crc

    def entry(self):
        return self._head


def group_of(kind):
    return records.GROUP_REVERSAL if kind == _REVERSAL else records.GROUP_ADVICE


def each(j, item, lane, types, attention, newest_first=False, surely=True):
    # Open items in the order of the ring; a copied straggler comes where its copy stands. Newest
    # first is by sectors, for who looks for something young. A bit may have rotted since the
    # mount: what is told about an item is checked first.
    counts = j.table.counts
    for turn in range(j.sectors):
        index = (j.newest - turn if newest_first else j.newest + 1 + turn) % j.sectors
        if not counts[index] or j.table.state(index) != LIVE:
            continue
        for place in j.table.places(index):
            if not item.load(place, surely, types):
                continue
            if lane >= 0 and item.lane != lane:
                continue
            if attention is None or item.attention == attention:
                yield item


def by_id(j, item, item_id):
    # The entry of that id: the item itself rather than what was said about it.
    place = j.queues.place_of(item_id)
    if place != entry.NOWHERE and item.load(place, True) and item.id == item_id:
        return item
    # Bodies are only checked when an envelope alone does not lead there: that is the long way.
    for surely in (False, True):
        place = entry.NOWHERE
        for found in each(j, item, -1, ALL, None, True, surely):
            if found.id == item_id:
                place = found.place
                if found.type != records.ATTENTION:
                    break
        if place != entry.NOWHERE and item.load(place, True) and item.id == item_id:
            return item
    return None


def partner(j, item, known):
    # The other open entry of the same id: a stored item and its ATTENTION end together.
    if known.type == records.HOLD or (known.type == records.STORE and not known.attention):
        return None
    wanted = records.ATTENTION if known.type == records.STORE else records.STORE
    for found in each(j, item, known.lane, 1 << wanted, True):
        if found.id == known.id:
            return found
    return None


def newest_with_tag(j, item, lane, tag, attended):
    # `attended`: only among those that are with a person.
    index = j.newest
    for _ in range(j.sectors):
        best = entry.NOWHERE
        if j.table.state(index) == LIVE:
            for place in j.table.places(index):
                if attended and not has(j.table.attention, place):
                    continue
                if not item.load(place) or item.type != records.STORE:
                    continue
                if item.lane == lane and item.tag == tag:
                    best = place
        if best != entry.NOWHERE and item.load(best, True):
            return item
        index = (index - 1) % j.sectors
    return None


def uses_key(j, key_id):
    # Is an open item sealed with it?
    for item in j.items(-1, 1 << records.STORE):
        if item.key_id == key_id:
            return True
    return False


def cost(slots):
    # Its share of a sector: of 127 slots the footer takes up to four, and a last one that does not
    # fit stays empty. Two very large ones may not go together at all.
    if slots > _SHARING_SLOTS:
        return SECTOR_COST
    return SECTOR_COST // ((SLOTS - 5) // slots)
