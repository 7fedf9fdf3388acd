"""A message made from the bytes of another one: some fields left out, a few small ones put in.

Whatever the bridge says in its own name is made here: its answers, and in stand-in the advice of a
sale and the reversal of a request. Fields that stay are copied as they were received.
"""

from binascii import hexlify, unhexlify


def derive(index, mti, numbers, put, out):
    # `numbers`: the fields that it may have, in their order; `put`: those that are new, as bytes
    # by their number. The rest comes from the index. -> how many bytes were written into out.
    dialect = index.dialect
    at = dialect.mti_at
    out[:at] = index.view[:at]
    at = _put(out, at, digits(dialect, mti, 4))
    bitmap_at = at
    numbers = [n for n in numbers if n in put or index.has(n)]
    wide = numbers[-1] > 64
    half = 16 if dialect.hex_bitmap else 8
    at += half << wide
    bits = bytearray(8 << wide)
    bits[0] = wide << 7
    for n in numbers:
        bits[(n - 1) >> 3] |= 0x80 >> ((n - 1) & 7)
        content = put.get(n)
        if content is None:
            content = index.view[index.head(n) : index.end(n)]
        at = _put(out, at, content)
    _put(out, bitmap_at, hexlify(bytes(bits)).upper() if dialect.hex_bitmap else bits)
    return at


def digits(dialect, value, count):
    # An even number of digits, as this dialect writes them.
    text = b"%0*d" % (count, value)
    return unhexlify(text) if dialect.bcd else text


def _put(out, at, content):
    end = at + len(content)
    out[at:end] = content
    return end
