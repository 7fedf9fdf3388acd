"""The messages that are measured: a chip sale of 260 bytes, its answer, and an advice of 200."""

from dialects_for_tests import dialect_data
from tidegate.proto import codec
from tidegate.proto.dialect import Dialect

SALE_BYTES = 260
ADVICE_BYTES = 200
MERCHANT = "TESTMERCHANT001"
CARD = "6299990000001239"
_TPDU = b"\x60\x00\x03\x00\x00"
_HEADER = b"\x60\x31\x00\x31\x00\x00"
_CHIP = (
    "9F2608A1B2C3D4E5F607089F2701809F101307010103A00000010A010000000000A1B2C3D49F37041A2B3C4D"
    "9F36020123950500000000009A032611279C01009F02060000000012505F2A02015682027C009F1A0201569F0306"
    "0000000000009F3303E0E1C8"
)


def terminal(number):
    return f"TEST{number:04d}"


def sale(tid="TEST0001", stan=1, size=SALE_BYTES):
    """A sale with track, PIN block, chip data and seal; F63 makes it as long as wanted."""
    fields = {
        0: "0200", 2: CARD, 3: "000000", 4: "000000001250", 11: f"{stan:06d}", 14: "3012",
        22: "051", 23: "001", 25: "00", 26: "12", 35: CARD + "D30122010000012300",
        41: tid, 42: MERCHANT, 49: "156", 52: "0123456789ABCDEF", 53: "2600000000000000",
        55: _CHIP, 60: "22000001000600", 63: "01 ", 64: "3842333537373041",
    }  # fmt: skip
    return _sized("cup", fields, size)


def answer(tid="TEST0001", stan=1):
    fields = {
        0: "0210", 2: CARD, 3: "000000", 4: "000000001250", 11: f"{stan:06d}", 12: "120000",
        13: "1127", 14: "3012", 15: "1127", 23: "001", 25: "00", 32: "00095840",
        37: "120000000001", 38: "012345", 39: "00", 41: tid, 42: MERCHANT, 49: "156",
        60: "22000001000600", 63: "CUP", 64: "3842333537373041",
    }  # fmt: skip
    return _packed("cup", fields)


def advice(tid="TEST0001", stan=1, size=ADVICE_BYTES):
    """An off-line sale: it has no track and no PIN block, so it may be stored."""
    fields = {
        0: "0220", 2: CARD, 3: "000000", 4: "000000001250", 11: f"{stan:06d}", 14: "3012",
        22: "012", 25: "00", 38: "012345", 41: tid, 42: MERCHANT, 49: "156",
        60: "30000001000000", 63: "01 ", 64: "3842333537373041",
    }  # fmt: skip
    return _sized("cup-accept", fields, size)


def advice_answer(tid="TEST0001", stan=1):
    fields = {
        0: "0230", 3: "000000", 4: "000000001250", 11: f"{stan:06d}", 12: "120000", 13: "1127",
        32: "00095840", 37: "120000000001", 39: "00", 41: tid, 42: MERCHANT, 49: "156",
        60: "30000001000000", 64: "3842333537373041",
    }  # fmt: skip
    return _packed("cup-accept", fields)


def plain_fields():
    """A sale of plain ISO 8583 in ASCII, which pyiso8583 reads too."""
    return {
        0: "0200", 2: CARD, 3: "000000", 4: "000000001250", 7: "1127120000", 11: "000001",
        12: "120000", 13: "1127", 22: "051", 25: "00", 35: CARD + "=30122010000012300",
        37: "120000000001", 41: "TEST0001", 42: MERCHANT, 48: "0" * 96, 49: "156",
    }  # fmt: skip


def plain():
    return codec.encode(Dialect(dialect_data("iso87")), plain_fields(), b"", b"")


def _packed(name, fields):
    return codec.encode(Dialect(dialect_data(name)), fields, _TPDU, _HEADER)


def _sized(name, fields, size):
    # F63 takes what is missing.
    fields = dict(fields)
    short = size - len(_packed(name, fields))
    fields[63] += "0" * short
    made = _packed(name, fields)
    assert len(made) == size, (name, len(made))
    return made
