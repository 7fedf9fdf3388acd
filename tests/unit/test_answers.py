"""The answers that a bridge may build by itself, and what settlements and uploads say."""

import unittest

from dialects_for_tests import dialect_data, rows
from messages_for_tests import CARD, HEADER, Case
from tidegate.proto import codec, message
from tidegate.proto.dialect import Dialect
from tidegate.proto.message import build_answer


class Answers(Case):
    def answer(self, fields, code, dialect=None):
        dialect = dialect or self.cup
        request = self.read(fields, dialect)
        out = bytearray(300)
        size = build_answer(request, code, 827, 203217, out)
        return bytes(out[:size])

    def test_a_decline(self):
        data = self.answer(self.sale(), b"91")
        self.assertEqual(data[:11], b"\x60\x12\x34\x00\x03" + HEADER)
        expected = {
            0: "0210", 3: "000000", 4: "000000000100", 11: "000007", 12: "203217", 13: "0827",
            25: "00", 39: "91", 41: "TEST0001", 42: "TESTMERCHANT001", 49: "156",
            60: "22000003000600",
        }  # fmt: skip
        self.assertEqual(codec.decode(self.cup, data), expected)

    def test_only_what_was_there_is_echoed(self):
        data = self.answer({0: "0800", 11: "000001", 60: "00000003001"}, b"96")
        expected = {0: "0810", 11: "000001", 12: "203217", 13: "0827", 39: "96", 60: "00000003001"}
        self.assertEqual(codec.decode(self.cup, data), expected)

    def test_plain_iso(self):
        for name in ("iso87", "iso87-binbitmap"):
            dialect = Dialect(dialect_data(name))
            fields = {
                0: "0220",
                3: "000000",
                4: "000000000100",
                11: "000007",
                41: "TEST0001",
                60: "x",
            }
            data = self.answer(fields, b"00", dialect)
            expected = dict(fields)
            expected.update({0: "0230", 12: "203217", 13: "0827", 39: "00"})
            self.assertEqual(codec.decode(dialect, data), expected)

    def test_a_long_field_60_is_echoed_whole(self):
        fields = {0: "0200", 3: "000000", 11: "000007", 60: "x" * 999}
        answer = codec.decode(self.iso, self.answer(fields, b"96", self.iso))
        self.assertEqual(answer[60], "x" * 999)

    def test_every_request_among_the_samples_can_be_declined(self):
        tried = 0
        for row in rows("cup.jsonl"):
            expected = row["expected"]
            if (
                row["framing"] == "none"
                or row["id"] in ("z013", "z026")
                or expected["0"][2] in "13"
            ):
                continue
            data = bytes.fromhex(row["hex"])
            data = data[2:] if row["framing"].startswith("len2") else data
            request = self.message.read(self.cup, memoryview(data))
            out = bytearray(300)
            size = build_answer(request, b"96", 827, 203217, out)
            answer = codec.decode(self.cup, bytes(out[:size]))
            self.assertEqual(answer[39], "96")
            for n in (3, 4, 11, 25, 41, 42, 49, 60):
                self.assertEqual(
                    (row["id"], n, answer.get(n)), (row["id"], n, expected.get(str(n)))
                )
            tried += 1
        self.assertTrue(tried >= 10)

    def refused(self, fields, code, dialect=None):
        try:
            self.answer(fields, code, dialect)
        except ValueError:
            return True
        return False

    def test_no_approval_and_no_order_is_ever_made_up(self):
        orders = ("00", "10", "11", "A2", "A4", "A5", "A6", "77", "97", "A0")
        echo = {0: "0800", 11: "000001", 60: "00000003001"}
        settlement = {0: "0500", 11: "000001", 60: "00000003201"}
        upload = {0: "0320", 11: "000001", 60: "00000003207"}
        for fields in (self.sale(), echo, settlement, upload):
            for code in orders:
                self.assertTrue(self.refused(fields, code.encode()), (fields[0], code))
            for code in ("96", "91", "58", "61", "90"):
                self.assertFalse(self.refused(fields, code.encode()), (fields[0], code))
        for code in orders:
            self.assertTrue(
                self.refused({0: "0200", 3: "000000", 11: "000001"}, code.encode(), self.iso)
            )

    def test_stored_messages_are_accepted_only_as_the_dialect_says(self):
        reversal = {0: "0400", 3: "000000", 11: "000001", 60: "22000003000"}
        advice = {0: "0220", 3: "000000", 11: "000001", 60: "30000003000"}
        for code in (b"00", b"25", b"12", b"77", b"97", b"A0", b"10"):
            self.assertTrue(self.refused(reversal, code))
        for code in (b"00", b"94", b"11"):
            self.assertTrue(self.refused(advice, code))
        self.assertFalse(self.refused(reversal, b"96") or self.refused(advice, b"96"))
        self.assertFalse(self.refused(reversal, b"25", self.accept))
        self.assertFalse(self.refused(advice, b"94", self.accept))
        self.assertTrue(self.refused(reversal, b"12", self.accept))
        self.assertTrue(self.refused(advice, b"00", self.accept))
        plain = {0: "0400", 3: "000000", 11: "000001"}
        self.assertFalse(self.refused(plain, b"00", self.iso))
        self.assertTrue(self.refused(plain, b"25", self.iso))


class Settlement(Case):
    def test_totals(self):
        text = "000000012345" + "007" + "000000000100" + "001" + "1" + "0" * 30 + "2"
        m = self.read({0: "0510", 11: "000001", 48: text, 60: "00000003201"})
        out = [0] * 10
        message.totals(m, out)
        self.assertEqual(out, [12345, 7, 100, 1, 1, 0, 0, 0, 0, 2])
        m = self.read({0: "0510", 11: "000001", 48: text[:40], 60: "00000003201"})
        self.assertRaises(ValueError, message.totals, m, out)

    def test_uploaded_details(self):
        detail = "00%06d" + "0000" + CARD + "000000000100"
        for count in (1, 3, 8):
            text = "%02d" % count + "".join([detail % (20 + i) for i in range(count)])
            m = self.read({0: "0320", 11: "000099", 48: text, 60: "00000003201"})
            named = [(20 + i, 100) for i in range(count)]
            self.assertEqual(list(message.uploaded(m)), named)

    def test_uploaded_advice_names_itself(self):
        m = self.read({0: "0320", 3: "000000", 11: "000042", 60: "30000003201"})
        self.assertEqual([stan for stan, _ in message.uploaded(m)], [42])
        m = self.read({0: "0320", 11: "000042", 48: "0003", 60: "00000003207"})
        self.assertEqual([stan for stan, _ in message.uploaded(m)], [])


if __name__ == "__main__":
    unittest.main()
