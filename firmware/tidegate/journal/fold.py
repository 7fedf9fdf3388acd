"""What an entry does to the table of open items: the same when it is written and at a mount."""

from tidegate.journal import records
from tidegate.journal.entry import NOWHERE
from tidegate.journal.ring import ATTEMPTED, ATTENDED, CLOSED, RETURNED
from tidegate.journal.table import drop

_NOTHING = ()


def about(entry_type, body, place):
    # -> what it says of items elsewhere: (kind of list, place) pairs.
    if entry_type == records.DONE:
        partner, returns = records.get_done(body)[5:7]
        second = (RETURNED if returns else CLOSED, partner)
        return ((CLOSED, place), second)
    if entry_type == records.ATTEMPT:
        return ((ATTEMPTED, place),)
    if records.RULES[entry_type] != records.OPEN or place == NOWHERE:
        return _NOTHING
    if entry_type == records.ATTENTION and not body[7] & records.FLAG_COPY:
        return ((ATTENDED, place),)
    return ((CLOSED, place),)  # what a STORE replaces, the original of a copy


def apply(table, kind, place):
    if kind == CLOSED:
        table.close(place)
    elif kind == ATTEMPTED:
        table.mark(table.attempted, place)
    elif kind == ATTENDED:
        table.mark(table.attention, place)
    elif kind == RETURNED and place >> 6 < table.sectors:
        drop(table.attention, place)


def begin(table, entry_type, body, here):
    if records.RULES[entry_type] != records.OPEN:
        return
    table.begin(here)
    flags = body[7]
    if flags & records.FLAG_ATTEMPTED:
        table.mark(table.attempted, here)
    if flags & records.FLAG_COPY:
        table.note_copy(here >> 6)
        if flags & records.FLAG_ATTENTION:
            table.mark(table.attention, here)


def read(table, entry_type, body, place, here):
    # At a mount.
    begin(table, entry_type, body, here)
    for kind, other in about(entry_type, body, place):
        apply(table, kind, other)


def written(j, entry_type, body, place, here):
    # In service: the footer of the sector will list it, too.
    begin(j.table, entry_type, body, here)
    for kind, other in about(entry_type, body, place):
        if other != NOWHERE:
            apply(j.table, kind, other)
            j.note_about(kind, other)
