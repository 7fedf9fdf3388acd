"""Where the fields of a message are, found in one pass over the bytes as they were received.

The bridge forwards the original bytes; it never builds a message from fields. So all it needs is
an index: three fixed arrays that are filled again for each frame. Nothing is allocated that grows
with the frame. A message that does not fit its dialect to the last byte is an error, because an
index that is wrong once is wrong from there on.
"""

from array import array

from tidegate.compat import const
from tidegate.proto.dialect import BCD, BCD_TRACK, FIXED, HEAD_BYTES, LL_TEXT, UNDEFINED

FIELDS_MAX = const(128)

# The fields that a nibble of the bitmap announces, counted from the nibble's first.
_ANNOUNCED = (
    (), (4,), (3,), (3, 4), (2,), (2, 4), (2, 3), (2, 3, 4),
    (1,), (1, 4), (1, 3), (1, 3, 4), (1, 2), (1, 2, 4), (1, 2, 3), (1, 2, 3, 4),
)  # fmt: skip


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
        self.view = None
        self.mti_at = 0
        self.first_at = 0  # the first field's offset: behind the bitmaps
        self.end_at = 0  # behind the last field
        self._nibbles = bytearray(FIELDS_MAX // 4)
        self._starts = array("H", bytes(2 * (FIELDS_MAX + 1)))
        self._lengths = array("H", bytes(2 * (FIELDS_MAX + 1)))

    def scan(self, dialect, view):
        self.dialect = dialect
        self.view = view
        try:
            at = self._bitmaps(dialect, view)
            end = self._fields(dialect, at)
            if end != len(view) and not (dialect.trailing and end < len(view)):
                last = self._overrun(dialect.fields_max + 1)
                raise CodecError(last, end, f"{len(view) - end} bytes follow the last field")
        except CodecError:
            self.clear()
            raise
        self.first_at = at
        self.end_at = end

    def clear(self):
        for i in range(len(self._nibbles)):
            self._nibbles[i] = 0

    def has(self, n):
        n -= 1
        return self._nibbles[n >> 2] & (8 >> (n & 3)) != 0

    def start(self, n):
        return self._starts[n]

    def head(self, n):
        # Where the field begins on the wire, its length included.
        return self._starts[n] - HEAD_BYTES[self.dialect.table[4 * n]]

    def length(self, n):
        # In digits or bytes, as the dialect counts.
        return self.dialect.most(n) if self.dialect.fixed_bytes[n] else self._lengths[n]

    def end(self, n):
        fixed = self.dialect.fixed_bytes[n]
        return self._starts[n] + (fixed or self.dialect.size(n, self._lengths[n]))

    def content(self, n):
        return self.view[self._starts[n] : self.end(n)]

    def digit(self, n, i):
        # One digit or nibble of a field, -1 when the text there is not a digit.
        table = self.dialect.table
        encoding = table[4 * n + 1]
        if encoding > BCD_TRACK:
            digit = self.view[self._starts[n] + i] - 48
            return digit if 0 <= digit <= 9 else -1
        if encoding == BCD and table[4 * n] == FIXED:
            i += self.dialect.most(n) & 1
        byte = self.view[self._starts[n] + (i >> 1)]
        return byte & 15 if i & 1 else byte >> 4

    def digits(self, n, first, count):
        # Digits as a number; -1 when the field is absent, too short or not made of digits.
        if not self.has(n) or first + count > self.length(n):
            return -1
        value = 0
        if not (first | count) & 1 and self.paired(n):
            at = self._starts[n] + (first >> 1)
            for i in range(at, at + (count >> 1)):
                byte = self.view[i]
                if byte > 0x99 or byte & 15 > 9:
                    return -1
                value = value * 100 + byte - 6 * (byte >> 4)
            return value
        for i in range(first, first + count):
            digit = self.digit(n, i)
            if not 0 <= digit <= 9:
                return -1
            value = value * 10 + digit
        return value

    def paired(self, n):
        # Whether two digits share a byte, the first of them on the left.
        row = 4 * n
        table = self.dialect.table
        encoding = table[row + 1]
        if encoding == BCD and table[row] == FIXED:
            return not table[row + 3] & 1
        return encoding <= BCD_TRACK

    def _bitmaps(self, dialect, view):
        # Fills the nibbles; returns the offset of the first field.
        self.mti_at = at = dialect.tpdu_bytes + dialect.header_bytes
        at += 2 if dialect.bcd else 4
        if len(view) < at:
            raise CodecError(0, len(view), "ends before the message type")
        nibbles = self._nibbles
        for i in range(16, 32):
            nibbles[i] = 0
        first = at
        at = self._bitmap(dialect, view, at, 0)
        if nibbles[0] & 8:
            # Bit 1 announces 64 more fields; a dialect of 64 has no such thing.
            if dialect.fields_max <= 64:
                raise CodecError(1, first, "a second bitmap is not part of this dialect")
            nibbles[0] &= 7
            at = self._bitmap(dialect, view, at, 16)
        return at

    def _bitmap(self, dialect, view, at, to):
        nibbles = self._nibbles
        end = at + (16 if dialect.hex_bitmap else 8)
        if len(view) < end:
            raise CodecError(1, at, "ends in the bitmap")
        if dialect.hex_bitmap:
            for i in range(at, end):
                nibbles[to] = _hex_digit(view[i], i)
                to += 1
        else:
            for i in range(at, end):
                byte = view[i]
                nibbles[to] = byte >> 4
                nibbles[to + 1] = byte & 15
                to += 2
        return end

    def _fields(self, dialect, at):
        # The hot loop. Running past the end is noticed once, behind the loop.
        starts = self._starts
        fixed_bytes = dialect.fixed_bytes
        base = 0
        for nibble in self._nibbles:
            if nibble:
                for n in _ANNOUNCED[nibble]:
                    n += base
                    size = fixed_bytes[n]
                    if size:
                        starts[n] = at
                        at += size
                    else:
                        at = self._variable(dialect, n, at)
            base += 4
        return at

    def _variable(self, dialect, n, at):
        view = self.view
        row = 4 * n
        kind = dialect.table[row]
        if kind == UNDEFINED:
            raise CodecError(n, at, "not part of this dialect")
        start = at + HEAD_BYTES[kind]
        if start > len(view):
            self._overrun(n)
            raise CodecError(n, at, "ends in its length")
        length = 0
        for i in range(at, start):
            byte = view[i]
            if kind >= LL_TEXT:
                byte -= 48
                length *= 10
                wrong = not 0 <= byte <= 9
            else:
                wrong = byte > 0x99 or byte & 15 > 9
                byte -= 6 * (byte >> 4)
                length *= 100
            if wrong:
                raise CodecError(n, i, "length is not a number")
            length += byte
        if length > dialect.most(n):
            raise CodecError(n, at, f"length {length} exceeds {dialect.most(n)}")
        self._starts[n] = start
        self._lengths[n] = length
        return start + (length if dialect.table[row + 1] > BCD_TRACK else (length + 1) >> 1)

    def _overrun(self, until):
        # Raises for the first field before that one which the frame is too short for.
        size = len(self.view)
        last = 1
        for n in range(2, until):
            if self.has(n):
                start = self._starts[n]
                needed = self.end(n) - start
                if start + needed > size:
                    left = max(size - start, 0)
                    raise CodecError(n, start, f"needs {needed} bytes, {left} are left")
                last = n
        return last


def _hex_digit(byte, at):
    # Lower case is written by some hosts; both are read.
    if 48 <= byte <= 57:
        return byte - 48
    byte &= 0xDF
    if 65 <= byte <= 70:
        return byte - 55
    raise CodecError(1, at, "bitmap is not hexadecimal")
