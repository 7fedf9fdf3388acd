"""Whole messages as field values and back, for host tools and tests; the bridge itself only scans.

Values are strings: digits as they are (nibbles beyond 9 as A to F, the separator of a track as =),
text as ASCII with each other byte B as the character U+DC00 + B, so that nothing is lost, and
binary fields as upper-case hexadecimal. Field 0 is the message type.
"""

from tidegate.proto.dialect import (
    BCD,
    BCD_TRACK,
    FIXED,
    HEAD_BYTES,
    LL_TEXT,
    RAW,
    UNDEFINED,
)
from tidegate.proto.iso8583 import CodecError, FieldIndex

_NIBBLES = "0123456789ABCDEF"
_TPDU = b"\x60\x00\x00\x00\x00"
_HEADER = b"\x60\x31\x00\x31\x00\x00"


def decode(dialect, payload):
    # -> a dict of field number -> value, in the order of the message where dicts have an order.
    # Raises CodecError.
    index = FieldIndex()
    index.scan(dialect, memoryview(payload))
    return values(index)


def values(index):
    dialect = index.dialect
    mti = index.view[dialect.mti_at : dialect.bitmap_at]
    fields = {0: _hex(mti) if dialect.bcd else _text(mti)}
    for n in range(2, dialect.fields_max + 1):
        if index.has(n):
            fields[n] = value(index, n)
    return fields


def value(index, n):
    encoding = index.dialect.table[4 * n + 1]
    content = index.content(n)
    if encoding == RAW:
        return _hex(content)
    if encoding > BCD_TRACK:
        return _text(content)
    count = index.length(n)
    text = _hex(content)
    if encoding == BCD and index.dialect.table[4 * n] == FIXED:
        return text[-count:]
    text = text[:count]
    return text.replace("D", "=") if encoding == BCD_TRACK else text


def encode(dialect, fields, tpdu=_TPDU, header=_HEADER):
    # -> the payload. Raises CodecError for what does not fit; nothing is padded or cut silently,
    # only a BCD value of odd length gets its zero nibble. TPDU and header are used as far as the
    # dialect has them.
    out = bytearray(tpdu[: dialect.tpdu_bytes])
    if dialect.header_bytes:
        out += header
    if len(out) != dialect.mti_at:
        raise CodecError(0, len(out), "TPDU or header of the wrong length")
    numbers = sorted([int(n) for n in fields])
    table = {int(n): fields[n] for n in fields}
    mti = table.get(0, "")
    if len(mti) != 4 or not _is_digits(mti):
        raise CodecError(0, len(out), "message type is not four digits")
    out += _pack(mti) if dialect.bcd else mti.encode()
    _put_bitmaps(dialect, numbers, out)
    for n in numbers:
        if n:
            _put_field(dialect, n, table[n], out)
    return bytes(out)


def _put_bitmaps(dialect, numbers, out):
    bits = bytearray(16)
    for n in numbers:
        if n == 0:
            continue
        if not 2 <= n <= dialect.fields_max or dialect.table[4 * n] == UNDEFINED:
            raise CodecError(n, len(out), "not part of this dialect")
        bits[(n - 1) >> 3] |= 0x80 >> ((n - 1) & 7)
    size = 8
    if numbers and numbers[-1] > 64:
        bits[0] |= 0x80
        size = 16
    out += _hex(bits[:size]).encode() if dialect.hex_bitmap else bits[:size]


def _put_field(dialect, n, text, out):
    kind = dialect.table[4 * n]
    encoding = dialect.table[4 * n + 1]
    at = len(out)
    if encoding == RAW:
        content = _unhex(n, at, text)
        length = len(content)
    elif encoding > BCD_TRACK:
        content = _bytes(n, at, text)
        length = len(content)
    else:
        length = len(text)
        content = _packed(n, at, text, encoding, kind)
    most = dialect.most(n)
    if length > most or (kind == FIXED and length < most):
        relation = "is not" if kind == FIXED else "exceeds"
        raise CodecError(n, at, f"length {length} {relation} {most}")
    if kind != FIXED:
        digits = HEAD_BYTES[kind] * (1 if kind >= LL_TEXT else 2)
        head = f"{length:04d}"[-digits:]
        out += head.encode() if kind >= LL_TEXT else _pack(head)
    out += content


def _packed(n, at, text, encoding, kind):
    if encoding == BCD_TRACK:
        text = text.replace("=", "D")
    if len(text) & 1:
        text = "0" + text if encoding == BCD and kind == FIXED else text + "0"
    return _unhex(n, at, text)


def _pack(text):
    return bytes.fromhex(text)


def _hex(view):
    out = []
    for byte in view:
        out.append(_NIBBLES[byte >> 4])
        out.append(_NIBBLES[byte & 15])
    return "".join(out)


def _unhex(n, at, text):
    for char in text:
        if char not in _NIBBLES:
            raise CodecError(n, at, "not made of hexadecimal digits")
    if len(text) & 1:
        raise CodecError(n, at, "half a byte")
    return bytes.fromhex(text)


def _text(view):
    return "".join([chr(byte if byte < 128 else 0xDC00 + byte) for byte in view])


def _bytes(n, at, text):
    out = bytearray()
    for char in text:
        code = ord(char)
        if code >= 0xDC80 and code <= 0xDCFF:
            code -= 0xDC00
        elif code > 127:
            raise CodecError(n, at, "text that is not ASCII has to be given as bytes")
        out.append(code)
    return out


def _is_digits(text):
    return all("0" <= char <= "9" for char in text)
