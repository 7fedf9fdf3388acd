"""The card number of a message, found in the index, and the little of it that may be kept."""

from binascii import hexlify, unhexlify

from tidegate.compat import const
from tidegate.proto.dialect import PACKED_RIGHT

_PAN_LEAST = const(12)
_PAN_MOST = const(19)


def pan_of(index):
    # -> the card number as ASCII digits: from F2, or from track 2 when that is in clear; b"" when
    # there is none. For hashing; never to be kept.
    if index.has(2):
        text = _text(index, 2)
        if _PAN_LEAST <= len(text) <= _PAN_MOST and text.isdigit():
            return text
    if index.has(35) and not _track_is_sealed(index):
        # Its separator stands behind the number: nibble D, or = or D in the text form.
        text = _text(index, 35)
        ends = b"d" if index.dialect.packed[35] else b"=D"
        for i in range(_PAN_LEAST, min(len(text), _PAN_MOST + 1)):
            if text[i] in ends:
                return text[:i] if text[:i].isdigit() else b""
    return b""


def _text(index, n):
    packed = index.dialect.packed[n]
    if not packed:
        return bytes(index.content(n))
    first = 1 if packed == PACKED_RIGHT else 0
    return hexlify(index.content(n))[first : first + index.length(n)]


def _track_is_sealed(index):
    # The third digit of F53 says that the terminal encrypted its tracks.
    return index.has(53) and index.length(53) > 2 and index.digit(53, 2) != 0


def pack_masked(pan, out):
    # First six and last four as BCD, then the length of the number: six bytes, zeros without one.
    out[:5] = unhexlify(pan[:6] + pan[-4:]) if pan else bytes(5)
    out[5] = len(pan)
