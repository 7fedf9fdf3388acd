"""The answers that a bridge may give by itself, built from the request's own bytes.

A terminal looks for: the type plus ten, the same F3, F11 and F41, F42 with an approval, F4. It
checks a seal only when the code means approval. So a decline can be built without keys, and
nothing here may build what a terminal could take for an approval or for an order.
"""

from tidegate.compat import const
from tidegate.proto.kinds import CLS_STORABLE, KIND_REVERSAL

# Approvals (VIP, partial, to be confirmed), and the orders to sign in again or to stop.
FORBIDDEN_LIVE = (b"00", b"10", b"11", b"A2", b"A4", b"A5", b"A6", b"77", b"97", b"A0")

_REVERSAL_TAKEN = (b"25", b"12")  # terminals take these for the end of a reversal
_ADVICE_TAKEN = (b"94",)  # and this for the end of an advice

_ECHOED = (3, 4, 11, 12, 13, 25, 39, 41, 42, 49, 60)  # F12 F13 F39 are the bridge's own
_TIME = const(12)
_DATE = const(13)
_CODE = const(39)


def build_answer(message, code, local_date, local_time, out):
    # Date as mmdd, time as hhmmss. Returns the length of the payload written into out.
    _refuse_approval(message, code)
    index = message.index
    dialect = index.dialect
    at = _start(index, dialect, out)
    bitmap_at = at
    at += 16 if dialect.hex_bitmap else 8
    high = low = 0
    for n in _ECHOED:
        if n == _TIME:
            at = _put_digits(dialect, out, at, local_time, 6)
        elif n == _DATE:
            at = _put_digits(dialect, out, at, local_date, 4)
        elif n == _CODE:
            out[at : at + 2] = code
            at += 2
        elif index.has(n):
            start = index.head(n)
            size = index.end(n) - start
            out[at : at + size] = index.view[start : start + size]
            at += size
        else:
            continue
        if n <= 32:
            high |= 1 << (32 - n)
        else:
            low |= 1 << (64 - n)
    _put_bitmap(dialect, out, bitmap_at, high, low)
    return at


def _refuse_approval(message, code):
    dialect = message.dialect
    wrong = code in FORBIDDEN_LIVE
    if message.cls == CLS_STORABLE:
        reversal = message.kind == KIND_REVERSAL
        wrong = wrong or code in (_REVERSAL_TAKEN if reversal else _ADVICE_TAKEN)
        agreed = dialect.accept_reversal if reversal else dialect.accept_advice
        if wrong and dialect.accept == "code" and code == agreed.encode():
            wrong = False
    if wrong or len(code) != 2:
        raise ValueError("this code is not the bridge's to give")


def _start(index, dialect, out):
    # TPDU with its two addresses swapped, header echoed, type plus ten. Returns the offset behind.
    view = index.view
    at = index.mti_at
    end = at + (2 if dialect.bcd else 4)
    out[:end] = view[:end]
    if dialect.tpdu_bytes == 5:
        out[1:3] = view[3:5]
        out[3:5] = view[1:3]
    if dialect.bcd:
        out[at + 1] += 0x10
    else:
        out[at + 2] += 1
    return end


def _put_digits(dialect, out, at, value, count):
    # From the right; F12 and F13 have an even number of digits.
    size = count >> 1 if dialect.bcd else count
    for i in range(at + size - 1, at - 1, -1):
        if dialect.bcd:
            out[i] = value // 10 % 10 << 4 | value % 10
            value //= 100
        else:
            out[i] = 48 + value % 10
            value //= 10
    return at + size


def _put_bitmap(dialect, out, at, high, low):
    for half in (high, low):
        if dialect.hex_bitmap:
            for shift in range(28, -4, -4):
                nibble = half >> shift & 15
                out[at] = nibble + (48 if nibble < 10 else 55)
                at += 1
        else:
            for shift in range(24, -8, -8):
                out[at] = half >> shift & 255
                at += 1
