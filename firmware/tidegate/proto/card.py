"""The card number of a message, found in the index, and the little of it that may be kept."""

from tidegate.compat import const
from tidegate.proto.dialect import BCD_TRACK, PACKED_RIGHT

_PAN_LEAST = const(12)
_PAN_MOST = const(19)
_SEPARATOR = const(13)  # nibble D; the text form writes = or D


def pan_digits(index, out):
    # Writes the card number as digit values into out (19 bytes) and returns how many there are:
    # from F2, or from track 2 when that is in clear; 0 when there is none.
    count = _digits_until(index, 2, out) if index.has(2) else 0
    if not count and index.has(35) and not _track_is_sealed(index):
        count = _digits_until(index, 35, out)
    return count


def _track_is_sealed(index):
    # The third digit of F53 says that the terminal encrypted its tracks.
    return index.has(53) and index.length(53) > 2 and index.digit(53, 2) != 0


def _digits_until(index, n, out):
    # Track 2 has its separator behind the number; F2 ends with it.
    # What index.digit() does, written out: the card number is looked at for every frame.
    length = index.length(n)
    view, at, packed = index.view, index.start(n), index.dialect.packed[n]
    skipped = 1 if packed == PACKED_RIGHT else 0
    for i in range(min(length, _PAN_MOST + 1)):
        if packed:
            nibble = i + skipped
            digit = view[at + (nibble >> 1)]
            digit = digit & 15 if nibble & 1 else digit >> 4
        else:
            digit = view[at + i] - 48
        if not 0 <= digit <= 9:
            if n == 35 and i >= _PAN_LEAST and _separates(index, i, digit):
                return i
            return 0
        if i == _PAN_MOST:
            return 0
        out[i] = digit
    return length if n == 2 and length >= _PAN_LEAST else 0


def _separates(index, i, digit):
    if index.dialect.table[4 * 35 + 1] <= BCD_TRACK:
        return digit == _SEPARATOR
    return index.view[index.start(35) + i] in b"=D"


def pack_masked(digits, count, out):
    # First six and last four as BCD, then the length of the number: six bytes, zeros without one.
    for i in range(6):
        out[i] = 0
    if count:
        for i in range(5):
            at = 2 * i if i < 3 else count - 10 + 2 * i
            out[i] = digits[at] << 4 | digits[at + 1]
        out[5] = count
