"""A message to read, and the dialects to read it in, for the tests of messages and answers."""

import unittest

from dialects_for_tests import dialect_data
from tidegate.proto import codec
from tidegate.proto.dialect import Dialect
from tidegate.proto.message import Message

TPDU = b"\x60\x00\x03\x12\x34"
HEADER = b"\x60\x31\x00\x31\x11\x0e"
CARD = "6299990000001239"


class Case(unittest.TestCase):
    def setUp(self):
        self.cup = Dialect(dialect_data("cup"))
        self.accept = Dialect(dialect_data("cup-accept"))
        self.iso = Dialect(dialect_data("iso87"))
        self.message = Message()

    def sale(self, **changes):
        fields = {
            0: "0200", 2: CARD, 3: "000000", 4: "000000000100", 11: "000007", 22: "051", 25: "00",
            41: "TEST0001", 42: "TESTMERCHANT001", 49: "156", 60: "22000003000600",
            64: "3842333537373041",
        }  # fmt: skip
        return changed(fields, changes)

    def read(self, fields, dialect=None):
        dialect = dialect or self.cup
        head = (TPDU, HEADER) if dialect.tpdu_bytes else (b"", b"")
        data = codec.encode(dialect, fields, head[0], head[1])
        return self.message.read(dialect, memoryview(data))


def changed(fields, changes):
    # f11="000008" changes a field, f64=None takes it out.
    fields = dict(fields)
    for name, text in changes.items():
        if text is None:
            del fields[int(name[1:])]
        else:
            fields[int(name[1:])] = text
    return fields
