"""One acquirer's way of writing ISO 8583, as data: compiled by the host tool from dialects/*.toml.

The field table has four bytes a field, indexed by the field's number:
  0  how the length is told: UNDEFINED, FIXED, or a length in front (LL, LLL; as BCD or as digits)
  1  how the content is written: one of the BCD, TEXT or RAW encodings below
  2  the length, or for variable fields the longest one; high byte first. It counts digits for the
     BCD encodings and bytes for the others.
"""

from tidegate.compat import const

UNDEFINED = const(0)
FIXED = const(1)
LL_BCD = const(2)
LLL_BCD = const(3)
LL_TEXT = const(4)
LLL_TEXT = const(5)
HEAD_BYTES = (0, 0, 1, 2, 2, 3)  # indexed by the above

BCD = const(0)  # fixed: odd lengths get their zero nibble in front; variable: at the end
BCD_LEFT = const(1)  # fixed, but the zero nibble is at the end (field 22)
BCD_TRACK = const(2)  # as BCD_LEFT; nibble D separates and is shown as =
TEXT = const(3)
TEXT_DIGITS = const(4)
RAW = const(5)

RULE_LLL = const(1)  # three digits of length, else two
RULE_HALF = const(2)  # the length counts half bytes
RULE_TEXT = const(4)  # the length is written as text, else as BCD

PACKED_NOT = const(0)
PACKED_LEFT = const(1)  # two digits a byte, the first one in front
PACKED_RIGHT = const(2)  # the same behind a zero nibble


class Dialect:
    def __init__(self, data):
        self.name = data["name"]
        self.family = data["family"]  # cup or iso87: whose rules of kind and batch apply
        self.tpdu_bytes = data["tpdu_bytes"]
        self.header_bytes = data["header_bytes"]
        self.mti = data["mti"]  # bcd or ascii
        self.bitmap = data["bitmap"]  # bin or hex
        self.trailing = data["trailing"]  # whether bytes may follow the last field
        self.mac = data["mac"]  # cup-ecb or none
        self.accept = data["accept"]  # shadow or code
        self.accept_reversal = data["accept_reversal"]
        self.accept_advice = data["accept_advice"]
        self.advice_idempotent = data["advice_idempotent"]
        self.is_cup = self.family == "cup"
        # Plain ISO 8583:1987 that nobody seals: the only one in which the bridge may approve.
        self.is_plain = self.mac == "none" and not self.is_cup
        self.bcd = self.mti == "bcd"
        self.hex_bitmap = self.bitmap == "hex"
        self.mti_at = self.tpdu_bytes + self.header_bytes
        self.bitmap_at = self.mti_at + (2 if self.bcd else 4)
        self.table = bytes.fromhex(data["fields"])
        self.fields_max = len(self.table) // 4 - 1
        self.rules = [0] * (self.fields_max + 1)
        # How digits lie in a field: PACKED_NOT, PACKED_LEFT or PACKED_RIGHT.
        self.packed = bytearray(self.fields_max + 1)
        for n in range(2, self.fields_max + 1):
            self._prepare(n)
        if self.fields_max > 64:
            # On the wire the second bitmap is a field like any other: the first one.
            self.rules[1] = 16 if self.hex_bitmap else 8

    def _prepare(self, n):
        # What the scan needs of a field, in one integer: 0 undefined, above 0 the size of a fixed
        # field in bytes, below 0 that of a variable one: longest, and the RULE bits.
        row = 4 * n
        kind, encoding = self.table[row], self.table[row + 1]
        half = encoding <= BCD_TRACK
        if half:
            right = kind == FIXED and encoding == BCD and self.most(n) & 1
            self.packed[n] = PACKED_RIGHT if right else PACKED_LEFT
        if kind == FIXED:
            self.rules[n] = self.size(n, self.most(n))
        elif kind != UNDEFINED:
            rule = self.most(n) << 3
            if half:
                rule |= RULE_HALF
            if kind in (LLL_BCD, LLL_TEXT):
                rule |= RULE_LLL
            if kind >= LL_TEXT:
                rule |= RULE_TEXT
            self.rules[n] = -rule

    def most(self, n):
        return self.table[4 * n + 2] << 8 | self.table[4 * n + 3]

    def size(self, n, length):
        # The bytes that a content of this length takes.
        return (length + 1) >> 1 if self.table[4 * n + 1] <= BCD_TRACK else length
