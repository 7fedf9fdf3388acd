"""What the bridge sees in a message: kind, class, numbers, key, and secrets."""

import unittest

from dialects_for_tests import rows
from messages_for_tests import CARD, HEADER, TPDU, Case
from tidegate.proto import codec
from tidegate.proto.iso8583 import CodecError
from tidegate.proto.message import KIND_NAMES, class_of, code2, uploaded

CLASSES = {"live": 0, "storable": 1, "session": 2, "settlement": 3, "other": 4}

# Request type, F3, F25, F60.1, F60.3 -> kind and class, after the table of transactions.
CUP_KINDS = (
    ("0800", "", "", "00", "001", "sign-in session"),
    ("0800", "", "", "00", "003", "sign-in session"),
    ("0800", "", "", "00", "004", "sign-in session"),
    ("0800", "", "", "00", "005", "sign-in session"),
    ("0800", "", "", "00", "401", "sign-in session"),
    ("0820", "", "", "00", "002", "sign-off session"),
    ("0820", "", "", "00", "301", "echo session"),
    ("0800", "", "", "00", "360", "download session"),
    ("0820", "", "", "00", "362", "download session"),
    ("0820", "", "", "00", "372", "download session"),
    ("0800", "", "", "00", "391", "download session"),
    ("0800", "", "", "00", "999", "other other"),
    ("0200", "310000", "00", "01", "000", "balance live"),
    ("0200", "000000", "00", "22", "000", "sale live"),
    ("0200", "200000", "00", "23", "000", "void live"),
    ("0220", "200000", "00", "25", "000", "refund live"),
    ("0100", "030000", "06", "10", "000", "preauth live"),
    ("0100", "030000", "60", "10", "000", "preauth-add live"),
    ("0100", "200000", "06", "11", "000", "preauth-void live"),
    ("0200", "000000", "06", "20", "000", "completion live"),
    ("0200", "200000", "06", "21", "000", "completion-void live"),
    ("0220", "000000", "06", "24", "000", "completion-advice live"),
    ("0400", "000000", "00", "22", "000", "reversal storable"),
    ("0401", "000000", "00", "22", "000", "reversal storable"),
    ("0420", "000000", "00", "22", "000", "reversal storable"),
    ("0220", "000000", "00", "30", "000", "offline-sale storable"),
    ("0221", "000000", "00", "30", "000", "offline-sale storable"),
    ("0220", "000000", "00", "32", "000", "adjust storable"),
    ("0220", "000000", "00", "34", "000", "adjust storable"),
    ("0200", "000000", "00", "36", "000", "ic-sale storable"),
    ("0220", "200000", "00", "27", "000", "ic-refund storable"),
    ("0620", "000000", "00", "22", "000", "script-result storable"),
    ("0500", "", "", "00", "201", "settlement settlement"),
    ("0320", "", "", "00", "201", "batch-upload settlement"),
    ("0320", "", "", "00", "203", "batch-upload settlement"),
    ("0320", "", "", "00", "202", "batch-end settlement"),
    ("0320", "", "", "00", "207", "batch-end settlement"),
    # What looks like money and is not in the table is never stored.
    ("0220", "200000", "00", "30", "000", "other-live live"),
    ("0220", "000000", "00", "99", "000", "other-live live"),
    ("0220", "", "", "30", "000", "other-live live"),
    ("0200", "000000", "00", "30", "000", "other-live live"),
    ("0200", "400000", "00", "22", "000", "other-live live"),
    ("0120", "000000", "00", "10", "000", "other-live live"),
    ("0600", "", "", "00", "000", "other other"),
    ("0300", "", "", "00", "000", "other other"),
    ("0440", "000000", "", "00", "000", "other other"),
)
ISO_KINDS = (
    ("0200", "000000", "sale live"),
    ("0200", "200000", "refund live"),
    ("0200", "020000", "void live"),
    ("0200", "310000", "balance live"),
    ("0200", "380000", "other-live live"),
    ("0100", "000000", "preauth live"),
    ("0120", "000000", "other-live live"),
    ("0220", "000000", "offline-sale storable"),
    ("0221", "000000", "offline-sale storable"),
    ("0220", "200000", "ic-refund storable"),
    ("0220", "020000", "adjust storable"),
    ("0400", "000000", "reversal storable"),
    ("0421", "000000", "reversal storable"),
    ("0500", "", "settlement settlement"),
    ("0520", "", "settlement settlement"),
    ("0320", "", "other other"),
)


class Kinds(Case):
    def test_cup(self):
        for mti, proc, condition, msg_type, net, expected in CUP_KINDS:
            fields = {0: mti, 11: "000001", 60: msg_type + "000003" + net}
            if proc:
                fields[3] = proc
            if condition:
                fields[25] = condition
            self.expect(self.cup, fields, expected)

    def test_iso(self):
        for mti, proc, expected in ISO_KINDS:
            fields = {0: mti, 11: "000001"}
            if proc:
                fields[3] = proc
            self.expect(self.iso, fields, expected)
        for code, kind in (("001", "sign-in"), ("002", "sign-off"), ("301", "echo")):
            self.expect(self.iso, {0: "0800", 11: "000001", 70: code}, kind + " session")

    def expect(self, dialect, fields, expected):
        name, class_name = expected.split()
        m = self.read(fields, dialect)
        got = (fields, KIND_NAMES[m.kind], m.cls, m.is_request)
        self.assertEqual(got, (fields, name, CLASSES[class_name], True))
        answer = dict(fields)
        answer[0] = fields[0][:2] + str(int(fields[0][2]) + 1) + fields[0][3]
        m = self.read(answer, dialect)
        self.assertEqual((answer, KIND_NAMES[m.kind], m.is_request), (answer, name, False))

    def test_class_of_every_kind(self):
        self.assertEqual(
            [class_of(k) for k in range(26)], [4] + 11 * [0] + 6 * [1] + 4 * [2] + [3, 3, 3, 4]
        )

    def test_storable_without_trace_number_is_not_storable(self):
        fields = {0: "0220", 3: "000000", 60: "30000003000"}
        self.assertEqual(KIND_NAMES[self.read(fields).kind], "other-live")
        fields = {0: "0400", 3: "000000", 60: "22000003000"}
        self.assertEqual(KIND_NAMES[self.read(fields).kind], "other")


class Attributes(Case):
    def test_of_a_sale(self):
        m = self.read(self.sale())
        self.assertEqual((m.mti, m.proc, m.amount, m.stan), (200, 0, 100, 7))
        self.assertEqual((m.condition, m.code), (0, 0))
        self.assertEqual((m.msg_type, m.batch, m.net_mgmt), (22, 3, 0))
        self.assertEqual((m.orig_stan, m.settle_date), (-1, -1))
        self.assertEqual(m.terminal, b"TEST0001TESTMERCHANT001")
        self.assertEqual(bytes(m.masked), bytes.fromhex("629999123910"))
        self.assertEqual(m.pan(), CARD.encode())
        self.assertEqual((m.secret, m.has_mac), (False, True))

    def test_of_an_answer(self):
        fields = self.sale(
            f0="0210", f12="203217", f13="0827", f15="0828", f37="203217491827", f38="012345",
            f39="A0", f61="000003000006",
        )  # fmt: skip
        m = self.read(fields)
        self.assertEqual((m.is_request, m.code), (False, code2("A0")))
        self.assertEqual((m.local_time, m.local_date, m.settle_date), (203217, 827, 828))
        self.assertEqual((m.rrn, m.auth), (b"203217491827", b"012345"))
        self.assertEqual(m.orig_stan, 6)

    def test_nothing_stays_from_the_message_before(self):
        self.read(self.sale(f39="00", f61="000003000006", f38="012345"))
        m = self.read({0: "0800", 11: "000001", 60: "00000003001"})
        self.assertEqual((m.amount, m.code, m.orig_stan, m.auth), (-1, 0, -1, b""))
        self.assertEqual((m.terminal, bytes(m.masked), m.pan()), (b"", bytes(6), b""))

    def test_large_amount(self):
        self.assertEqual(self.read(self.sale(f4="999999999999")).amount, 999999999999)

    def test_amount_with_a_nibble_that_is_no_digit(self):
        self.assertEqual(self.read(self.sale(f4="00000000010A")).amount, -1)

    def test_original_of_plain_iso_is_in_field_90(self):
        m = self.read(
            {0: "0400", 3: "000000", 11: "000009", 90: "0200000006" + 32 * "0"}, self.iso
        )
        self.assertEqual((m.batch, m.orig_stan), (0, 6))

    def test_card_number_of_any_length(self):
        for digits in range(12, 20):
            card = "6299991234567891239"[:digits]
            m = self.read(self.sale(f2=card))
            self.assertEqual(m.pan(), card.encode())
            expected = card[:6] + card[-4:] + "%02x" % digits
            self.assertEqual(bytes(m.masked), bytes.fromhex(expected))

    def test_card_number_from_track_2_only_when_it_is_clear(self):
        track = CARD + "=49120000000000000"
        m = self.read(self.sale(f2=None, f35=track))
        self.assertEqual(m.pan(), CARD.encode())
        self.assertEqual(
            self.read(self.sale(f2=None, f35=track, f53="2600000000000000")).pan(), CARD.encode()
        )
        self.assertEqual(
            self.read(self.sale(f2=None, f35=track, f53="2610000000000000")).pan(), b""
        )
        self.assertEqual(self.read(self.sale(f2=None, f35="8F3A61" * 6)).pan(), b"")
        self.assertEqual(self.read(self.sale(f2=None, f35="1" * 37)).pan(), b"")
        m = self.read({0: "0200", 35: CARD + "=4912"}, self.iso)
        self.assertEqual(m.pan(), CARD.encode())

    def test_message_type_must_be_digits(self):
        data = TPDU + HEADER + bytes.fromhex("0A000000000000000000")
        self.assertRaises(CodecError, self.message.read, self.cup, data)


class Keys(Case):
    def key(self, **changes):
        return self.read(self.sale(**changes)).key8

    def test_same_transaction_same_key(self):
        first = self.key()
        self.assertEqual(len(first), 8)
        for same in (
            {"f64": None},
            {"f4": "000000000200"},
            {"f0": "0201"},
            {"f22": "021"},
        ):
            self.assertEqual(self.key(**same), first)

    def test_another_transaction_another_key(self):
        seen = [self.key()]
        for other in (
            {"f41": "TEST0002"}, {"f42": "TESTMERCHANT002"}, {"f11": "000008"}, {"f3": "200000"},
            {"f60": "22000004000600"}, {"f60": "23000003000600"}, {"f0": "0220"}, {"f0": "0400"},
            {"f11": None}, {"f41": None}, {"f60": None},
        ):  # fmt: skip
            key = self.key(**other)
            self.assertFalse(key in seen, other)
            seen.append(key)

    def test_hashes(self):
        first = self.read(self.sale())
        hash8, body8 = first.hash8, first.body8()
        again = self.read(self.sale(f64="3030303030303030"))
        self.assertEqual((again.body8() == body8, again.hash8 == hash8), (True, False))
        again = self.read(self.sale(f4="000000000200"))
        self.assertFalse(again.body8() == body8)
        data = codec.encode(
            self.cup, self.sale(), b"\x60\x00\x03\x00\x00", b"\x60\x31\x00\x31\x00\x00"
        )
        again = self.message.read(self.cup, memoryview(data))
        self.assertEqual((again.body8() == body8, again.hash8 == hash8), (True, False))

    def test_an_answer_has_none(self):
        m = self.read(self.sale())
        m = self.read(self.sale(f0="0210", f39="00"))
        self.assertEqual((m.key8, m.hash8), (b"", b""))

    def test_once_more_is_the_same_unless_something_else_was_read(self):
        def seen(m):
            numbers = (m.mti, m.kind, m.cls, m.proc, m.amount, m.stan, m.batch, m.about)
            hashes = (m.key8, m.hash8, m.body8(), m.pan(), bytes(m.masked), m.terminal, m.secret)
            return numbers, hashes, bytes(m.index.content(41)), bytes(m.view)

        first = codec.encode(self.cup, self.sale(), TPDU, HEADER)
        other = codec.encode(self.cup, self.sale(f11="000008", f2=None, f61="1"), TPDU, HEADER)
        answer = codec.encode(self.cup, self.sale(f0="0210", f39="00"), TPDU, HEADER)
        m = self.message
        known = seen(m.read(self.cup, memoryview(first)))
        for between in (b"", other, answer, first[:40], first):
            if between:
                try:
                    m.read(self.cup, memoryview(between))
                except CodecError:
                    pass
            place = bytearray(first)
            self.assertEqual(seen(m.once_more(self.cup, memoryview(place), known[1][1])), known)
            place[:] = bytes(len(first))  # it was looked at in its new place
            self.assertEqual(bytes(m.index.content(41)), bytes(8))

    def test_no_mac(self):
        m = self.read(self.sale(f64=None))
        self.assertEqual((m.has_mac, len(m.body8())), (False, 8))


class Secrets(Case):
    def secret(self, **changes):
        return self.read(self.sale(**changes)).secret

    def test_tracks_and_pin_block(self):
        self.assertFalse(self.secret())
        for changes in (
            {"f35": CARD + "=4912"}, {"f36": "99" + CARD}, {"f45": "B" + CARD}, {"f52": "A1" * 8},
        ):  # fmt: skip
            self.assertTrue(self.secret(**changes), changes)

    def test_tracks_in_chip_data(self):
        for chip, expected in (
            ("9F2608DD1D4E1070A48A349F270180", False),
            ("9F2608DD1D4E1070A48A34571062999900000012390D49120000000000", True),
            ("9F36020047" + "570A62999900000012390D49", True),
            ("56026299", True),
            ("9F6B026299", True),
            ("70045702AAAA", True),  # inside a constructed object
            ("9F360200479F0257FF", True),  # cannot be read to its end
            ("9F36025757", False),  # the value of another tag
            ("0000FF9F3602004700", False),  # padding
            ("9F5781025757", False),  # a long length; 9F57 is another tag
            ("9F", True),
        ):
            self.assertEqual((chip, self.secret(f55=chip)), (chip, expected))

    def test_text_in_field_55_of_plain_iso(self):
        for text, expected in (("003317000394809080", False), ("6299990000001239=4912", True)):
            m = self.read({0: "0400", 3: "000000", 11: "000001", 55: text}, self.iso)
            self.assertEqual(m.secret, expected)


class Damage(Case):
    def test_damaged_messages_are_read_or_refused_never_a_crash(self):
        refused = taken = 0
        for row in rows("cup.jsonl"):
            if not row["framing"].endswith("tpdu5+hdr6"):
                continue
            data = bytearray(bytes.fromhex(row["hex"]))
            view = memoryview(data)[2 if row["framing"].startswith("len2") else 0 :]
            for at in range(11, len(view), 3):
                kept = view[at]
                for other in (0x00, 0xFF, kept ^ 0x10):
                    view[at] = other
                    try:
                        m = self.message.read(self.cup, view)
                        m.pan()
                        list(uploaded(m))
                        taken += 1
                    except CodecError:
                        refused += 1
                view[at] = kept
        self.assertTrue(taken > 1000 and refused > 200, (taken, refused))


if __name__ == "__main__":
    unittest.main()
