"""Where the fields of a message are, found in one pass over the bytes as they were received.

The bridge forwards the original bytes; it never builds a message from fields. So all it needs is
an index: three fixed arrays that are filled again for each frame. Nothing is allocated that grows
with the frame. A message that does not fit its dialect to the last byte is an error, because an
index that is wrong once is wrong from there on.
"""

from array import array
from binascii import hexlify, unhexlify

from tidegate.compat import const
from tidegate.proto.dialect import HEAD_BYTES, PACKED_RIGHT, RULE_HALF, RULE_LLL, RULE_TEXT

FIELDS_MAX = const(128)

# The fields that a hexadecimal digit of the bitmap announces, counted from its first. The place is
# the character's low five bits: 1 to 6 for A to F in either case, 16 to 25 for 0 to 9.
_ANNOUNCED = (
    (), (1, 3), (1, 3, 4), (1, 2), (1, 2, 4), (1, 2, 3), (1, 2, 3, 4),
    (), (), (), (), (), (), (), (), (),
    (), (4,), (3,), (3, 4), (2,), (2, 4), (2, 3), (2, 3, 4), (1,), (1, 4),
)  # fmt: skip

_WRONG = const(100000)  # a length that is no number: longer than any


class CodecError(ValueError):
    # Says where, never what: field contents do not belong into logs. Field 0 is everything in
    # front of the bitmap, field 1 the bitmap.
    def __init__(self, field, offset, reason):
        super().__init__(f"field {field} at offset {offset}: {reason}")
        self.field = field
        self.offset = offset
        self.reason = reason


class FieldIndex:
    def __init__(self):
        self.dialect = None
        self.view = memoryview(b"")
        self.end_at = 0  # behind the last field
        self._none = [0] * (FIELDS_MAX + 1)
        self._starts = [0] * (FIELDS_MAX + 1)  # of the contents; 0 when absent
        self._lengths = array("H", bytes(2 * (FIELDS_MAX + 1)))  # of variable fields

    def scan(self, dialect, view):
        self.dialect = dialect
        self.view = view
        self._starts[:] = self._none
        try:
            at = dialect.bitmap_at
            if len(view) < at:
                raise CodecError(0, len(view), "ends before the message type")
            at = self._fields(self._bitmap(at), at + (16 if dialect.hex_bitmap else 8), 0)
            if self._starts[1]:
                at = self._fields(self._bitmap(self._starts[1]), at, 64)
            if at != len(view) and not (dialect.trailing and at < len(view)):
                last = self._overrun()
                raise CodecError(last, at, f"{len(view) - at} bytes follow the last field")
        except CodecError:
            self._starts[:] = self._none
            raise
        self.end_at = at

    def has(self, n):
        return self._starts[n] != 0

    def start(self, n):
        return self._starts[n]

    def head(self, n):
        # Where the field begins on the wire, its length included.
        return self._starts[n] - HEAD_BYTES[self.dialect.table[4 * n]]

    def length(self, n):
        # In digits or bytes, as the dialect counts.
        return self.dialect.most(n) if self.dialect.rules[n] > 0 else self._lengths[n]

    def end(self, n):
        rule = self.dialect.rules[n]
        if rule < 0:
            rule = self._lengths[n]
            if self.dialect.packed[n]:
                rule = (rule + 1) >> 1
        return self._starts[n] + rule

    def content(self, n):
        return self.view[self._starts[n] : self.end(n)]

    def digit(self, n, i):
        # One digit or nibble of a field, -1 when the text there is not a digit.
        packed = self.dialect.packed[n]
        if not packed:
            digit = self.view[self._starts[n] + i] - 48
            return digit if 0 <= digit <= 9 else -1
        if packed == PACKED_RIGHT:
            i += 1
        byte = self.view[self._starts[n] + (i >> 1)]
        return byte & 15 if i & 1 else byte >> 4

    def digits(self, n, first, count):
        # Digits as a number; -1 when the field is absent, too short or not made of digits.
        at = self._starts[n]
        if not at or (self.dialect.rules[n] < 0 and first + count > self._lengths[n]):
            return -1
        packed = self.dialect.packed[n]
        if not packed:
            return _number(self.view, at + first, at + first + count)
        first += 2 * at
        if packed == PACKED_RIGHT:
            first += 1
        return _packed_number(self.view, first, first + count)

    def _bitmap(self, at):
        # As hexadecimal digits, however it is written.
        if self.dialect.hex_bitmap:
            return _hex_bitmap(self.view, at)
        if len(self.view) < at + 8:
            raise CodecError(1, at, "ends in the bitmap")
        return hexlify(self.view[at : at + 8])  # type: ignore

    def _fields(self, bitmap, at, base):
        # The hot loop, written out for lengths in BCD. A fixed field that runs past the end is
        # noticed behind the loop, a length that is not there by the view itself.
        view, starts, rules = self.view, self._starts, self.dialect.rules
        announced, n = _ANNOUNCED, 1
        try:
            for char in bitmap:
                for n in announced[char & 31]:
                    n += base
                    rule = rules[n]
                    if rule > 0:
                        starts[n] = at
                        at += rule
                        continue
                    rule = -rule
                    if rule & RULE_TEXT or not rule:
                        length = _text_length(self, n, rule, at)
                        at += 3 if rule & RULE_LLL else 2
                    else:
                        byte = view[at]
                        at += 1
                        length = byte - 6 * (byte >> 4)
                        if byte > 0x99 or byte & 15 > 9:
                            length = _WRONG
                        if rule & RULE_LLL:
                            byte = view[at]
                            at += 1
                            length = length * 100 + byte - 6 * (byte >> 4)
                            if byte > 0x99 or byte & 15 > 9:
                                length = _WRONG
                    if length > rule >> 3:
                        raise _bad_length(n, at, length, rule >> 3)
                    starts[n] = at
                    self._lengths[n] = length
                    at += (length + 1) >> 1 if rule & RULE_HALF else length
                base += 4
        except IndexError:
            self._overrun()
            raise CodecError(n, at, "ends in its length")
        return at

    def _overrun(self):
        # Raises for the first field that the frame is too short for; returns the last field.
        size = len(self.view)
        last = 1
        for n in range(1, self.dialect.fields_max + 1):
            start = self._starts[n]
            if start:
                needed = self.end(n) - start
                if start + needed > size:
                    left = max(size - start, 0)
                    raise CodecError(n, start, f"needs {needed} bytes, {left} are left")
                last = n
        return last


def _text_length(index, n, rule, at):
    if not rule:
        raise CodecError(n, at, "not part of this dialect")
    length = _number(index.view, at, at + (3 if rule & RULE_LLL else 2))
    return _WRONG if length < 0 else length


def _hex_bitmap(view, at):
    if len(view) < at + 16:
        raise CodecError(1, at, "ends in the bitmap")
    text = bytes(view[at : at + 16])
    try:
        unhexlify(text)
    except ValueError:
        raise CodecError(1, at, "bitmap is not hexadecimal")
    return text


def _bad_length(n, at, length, most):
    if length >= _WRONG:
        return CodecError(n, at - 1, "length is not a number")
    return CodecError(n, at, f"length {length} exceeds {most}")


def message_type(dialect, view):
    at = dialect.mti_at
    if dialect.bcd:
        found = _packed_number(view, 2 * at, 2 * at + 4)
    else:
        found = _number(view, at, at + 4)
    if found < 0:
        raise CodecError(0, at, "message type is not a number")
    return found


# Asked for many times in each message, so with few variables: with more of them MicroPython takes
# their room from the heap at each call.


def _number(view, at, end):
    value = 0
    while at < end:
        digit = view[at] - 48
        if not 0 <= digit <= 9:
            return -1
        value = value * 10 + digit
        at += 1
    return value


def _packed_number(view, at, end):
    # From half byte to half byte, two at a time.
    value = 0
    while at < end:
        byte = view[at >> 1]
        if at & 1 or at + 1 == end:
            byte = byte & 15 if at & 1 else byte >> 4
            if byte > 9:
                return -1
            value = value * 10 + byte
            at += 1
        else:
            if byte > 0x99 or byte & 15 > 9:
                return -1
            value = value * 100 + byte - 6 * (byte >> 4)
            at += 2
    return value
