"""Every sample message: decoded to what its origin says, and encoded back to the same bytes."""

import gc
import unittest

from dialects_for_tests import dialect_data, rows
from tidegate.proto import codec
from tidegate.proto.dialect import Dialect
from tidegate.proto.framing import framer
from tidegate.proto.iso8583 import CodecError, FieldIndex

# Samples of acquirers that differ from their family in one point.
VARIANT_OF = {"z013": "cup-long-f40", "s089": "iso87-trailing"}
VARIANTS = {
    "cup-bcd tpdu5+hdr6": "cup",
    "cup-bcd tpdu5": "cup-no-header",
    "cup-bcd none": "cup-bare",
    "iso87-ascii none": "iso87",
    "iso87-ascii-binbitmap none": "iso87-binbitmap",
}


def samples():
    for name in ("cup.jsonl", "iso87.jsonl"):
        for row in rows(name):
            data = bytes.fromhex(row["hex"])
            framing = row["framing"]
            if framing.startswith("len2+"):
                data = data[2:]
                framing = framing[5:]
            variant = VARIANT_OF.get(row["id"]) or VARIANTS[row["dialect"] + " " + framing]
            yield row, Dialect(dialect_data(variant)), data


class Samples(unittest.TestCase):
    def test_all_decode_to_what_is_expected_and_encode_back(self):
        good = 0
        for row, dialect, data in samples():
            if row["expected"] is None:
                continue
            fields = codec.decode(dialect, data)
            shown = {str(n): text for n, text in fields.items()}
            self.assertEqual((row["id"], shown), (row["id"], row["expected"]))
            head = dialect.tpdu_bytes + dialect.header_bytes
            tpdu = data[: dialect.tpdu_bytes]
            again = codec.encode(dialect, fields, tpdu, data[dialect.tpdu_bytes : head])
            used = len(again) if dialect.trailing else len(data)
            self.assertEqual((row["id"], again), (row["id"], data[:used]))
            good += 1
        self.assertEqual(good, 34 + 19)

    def test_bad_ones_are_refused_with_field_and_offset(self):
        refused = []
        for row, dialect, data in samples():
            if row["expected"] is None:
                refused.append(reason(dialect, data))
        self.assertEqual(refused, ["field 55 at offset 185: needs 30 bytes, 21 are left"])

    def test_trailing_bytes_are_an_error_unless_the_dialect_allows_them(self):
        for row, dialect, data in samples():
            if row["expected"] is None:
                continue
            dialect.trailing = False
            at = len(data)
            if row["id"] == "s089":
                self.assertEqual(
                    reason(dialect, data), "field 70 at offset 67: 13 bytes follow the last field"
                )
                continue
            said = reason(dialect, data + b"\x00\x00")
            self.assertTrue(said.endswith("at offset %d: 2 bytes follow the last field" % at))
            dialect.trailing = True
            self.assertEqual(codec.decode(dialect, data + b"?"), codec.decode(dialect, data))

    def test_every_cut_is_refused_inside_the_frame(self):
        for row, dialect, data in samples():
            if row["expected"] is None or row["id"] == "s089":
                continue
            for end in range(len(data)):
                try:
                    codec.decode(dialect, data[:end])
                except CodecError as error:
                    self.assertTrue(0 <= error.offset <= end, (row["id"], end, str(error)))
                    continue
                self.fail("cut %s at %d was taken" % (row["id"], end))

    def test_any_changed_byte_is_decoded_or_refused_never_a_crash(self):
        index = FieldIndex()
        for row, dialect, data in samples():
            work = bytearray(data)
            for at in range(len(data)):
                for other in (0x00, 0xFF, data[at] ^ 0x01, data[at] ^ 0x80):
                    work[at] = other
                    try:
                        index.scan(dialect, memoryview(work))
                        self.assertTrue(index.end_at <= len(work))
                    except CodecError:
                        self.assertFalse(index.has(2) or index.has(11), row["id"])
                work[at] = data[at]


class Memory(unittest.TestCase):
    def test_an_index_of_any_frame_takes_the_same_memory(self):
        if not hasattr(gc, "mem_alloc"):
            self.skipTest("only MicroPython tells what was allocated")
        dialect = Dialect(dialect_data("cup-bare"))
        index = FieldIndex()
        taken = []
        for length in (2, 40, 160):
            head = "0500 0000000000010000 %04d" % (2 * length)
            view = memoryview(packed(head) + bytes(length))
            index.scan(dialect, view)
            gc.collect()
            gc.disable()
            before = gc.mem_alloc()
            index.scan(dialect, view)
            taken.append(gc.mem_alloc() - before)
            gc.enable()
        self.assertEqual(taken, [taken[0]] * 3)
        self.assertTrue(taken[0] <= 256, taken)


class Framed(unittest.TestCase):
    # Each sample that has a TPDU through each framing: whole, byte by byte, and with the next
    # frame's first bytes behind it.
    def test_samples_come_out_as_they_went_in(self):
        for name in ("len2", "stx"):
            for row, dialect, data in samples():
                wire = bytearray(len(data) + 5)
                sender = framer(name, tpdu_bytes=dialect.tpdu_bytes)
                size = sender.wrap_into(data, wire)
                whole = bytes(wire[:size])
                for step, tail in ((size, b""), (1, b""), (size + 3, whole[:3]), (1, whole[:3])):
                    got, left = through(name, dialect, whole + tail, step)
                    self.assertEqual((row["id"], got), (row["id"], [data]))
                    self.assertEqual(left, len(tail))


def through(name, dialect, wire, step):
    receiver = framer(name, tpdu_bytes=dialect.tpdu_bytes)
    got = []
    for at in range(0, len(wire), step):
        chunk = wire[at : at + step]
        receiver.writable()[: len(chunk)] = chunk
        receiver.advance(len(chunk))
        payload = receiver.next()
        while payload is not None:
            got.append(bytes(payload))
            payload = receiver.next()
    return got, receiver.partial


def reason(dialect, data):
    try:
        codec.decode(dialect, data)
    except CodecError as error:
        return str(error)
    return "taken"


def packed(text):
    return bytes.fromhex(text.replace(" ", ""))


class Traps(unittest.TestCase):
    def setUp(self):
        self.cup = Dialect(dialect_data("cup-bare"))
        self.iso = Dialect(dialect_data("iso87"))

    def test_first_bit_of_the_bitmap_is_refused_in_a_dialect_of_64_fields(self):
        said = reason(self.cup, packed("0200 8000000000000000 0000000000000000"))
        self.assertEqual(said, "field 1 at offset 10: not part of this dialect")

    def test_fields_that_the_dialect_does_not_have(self):
        said = reason(self.cup, packed("0200 0100000000000000 00000000"))
        self.assertEqual(said, "field 8 at offset 10: not part of this dialect")
        said = reason(self.iso, b"0800" + b"8000000000000000" + b"8000000000000000" + b"0" * 16)
        self.assertEqual(said, "field 65 at offset 36: not part of this dialect")

    def test_odd_digits(self):
        # F22 has its zero at the end, F23 in front; F2 and F60 count digits, not bytes.
        fields = {0: "0200", 2: "62999900000012345", 22: "051", 23: "007", 60: "220000070"}
        data = codec.encode(self.cup, fields)
        self.assertEqual(
            data,
            packed("0200 4000060000000010 17 629999000000123450 0510 0007 0009 2200000700"),
        )
        self.assertEqual(codec.decode(self.cup, data), fields)

    def test_length_must_be_a_number_within_its_maximum(self):
        said = reason(self.cup, packed("0200 4000000000000000 1A 629999"))
        self.assertEqual(said, "field 2 at offset 10: length is not a number")
        said = reason(self.cup, packed("0200 4000000000000000 20 62999900000012345678"))
        self.assertEqual(said, "field 2 at offset 11: length 20 exceeds 19")
        said = reason(self.cup, packed("0200 0000000000000002 A000"))
        self.assertEqual(said, "field 63 at offset 11: length is not a number")
        said = reason(self.iso, b"0200" + b"4000000000000000" + b"1x4")
        self.assertEqual(said, "field 2 at offset 21: length is not a number")

    def test_text_counts_bytes(self):
        fields = {0: "0810", 44: "AB", 48: "123", 54: "0123", 63: "CUP"}
        data = codec.encode(self.cup, fields)
        self.assertEqual(
            data,
            packed("0810 0000000000110402 02 4142 0003 1230 0004 30313233 0003 435550"),
        )
        self.assertEqual(codec.decode(self.cup, data), fields)

    def test_totals_written_as_text_by_some_acquirers(self):
        dialect = Dialect(dialect_data("cup-text-f48"))
        fields = {0: "0500", 48: "0012"}
        data = codec.encode(dialect, fields)
        self.assertEqual(data[-6:], b"\x00\x040012")
        self.assertEqual(codec.decode(dialect, data), fields)

    def test_mac_is_eight_bytes_of_any_kind(self):
        for mac in ("28C7AFB533AEE74D", "3238433741464235"):
            data = codec.encode(self.cup, {0: "0210", 64: mac})
            self.assertEqual(codec.decode(self.cup, data)[64], mac)

    def test_track_shows_its_separator(self):
        data = packed("0200 0000000020000000 21 6299990000001239D49120")
        self.assertEqual(codec.decode(self.cup, data)[35], "6299990000001239=4912")
        self.assertEqual(codec.encode(self.cup, codec.decode(self.cup, data)), data)

    def test_nibbles_that_are_no_digits_survive(self):
        data = packed("0200 1000000000000000 0000000012AF")
        self.assertEqual(codec.decode(self.cup, data), {0: "0200", 4: "0000000012AF"})
        self.assertEqual(codec.encode(self.cup, codec.decode(self.cup, data)), data)

    def test_text_that_is_not_ascii_survives(self):
        gbk = b"\xd6\xd0\xb9\xfa 1"  # two Chinese characters
        data = packed("0810 0000000000000002 0006") + gbk
        fields = codec.decode(self.cup, data)
        self.assertEqual(len(fields[63]), 6)
        self.assertEqual(codec.encode(self.cup, fields), data)

    def test_second_bitmap_in_both_ways_of_writing(self):
        fields = {0: "0800", 7: "1125161336", 11: "000255", 70: "301", 90: "0" * 42}
        data = codec.encode(self.iso, fields)
        self.assertEqual(data[:36], b"0800" + b"8220000000000000" + b"0400004000000000")
        self.assertEqual(codec.decode(self.iso, data), fields)
        lower = data[:4] + data[4:36].lower() + data[36:]
        self.assertEqual(codec.decode(self.iso, lower), fields)
        binary = Dialect(dialect_data("iso87-binbitmap"))
        data = codec.encode(binary, fields)
        self.assertEqual(data[4:20], packed("8220000000000000 0400004000000000"))
        self.assertEqual(codec.decode(binary, data), fields)

    def test_bitmap_must_be_hexadecimal_and_whole(self):
        said = reason(self.iso, b"0800" + b"82200000000G0000" + b"0" * 10)
        self.assertEqual(said, "field 1 at offset 4: bitmap is not hexadecimal")
        said = reason(self.iso, b"0800" + b"8220")
        self.assertEqual(said, "field 1 at offset 4: ends in the bitmap")
        self.assertEqual(
            reason(self.cup, b"\x08"), "field 0 at offset 1: ends before the message type"
        )

    def test_field_in_front_of_a_cut_length_is_blamed(self):
        # F4 needs six bytes and has two; F2's length would lie behind the end.
        said = reason(self.cup, packed("0200 1000000000000002 0000"))
        self.assertEqual(said, "field 4 at offset 10: needs 6 bytes, 2 are left")
        said = reason(self.cup, packed("0200 2000000000000002 000000 00"))
        self.assertEqual(said, "field 63 at offset 14: ends in its length")


class Encoding(unittest.TestCase):
    def setUp(self):
        self.cup = Dialect(dialect_data("cup"))

    def refused(self, fields, **more):
        try:
            codec.encode(self.cup, fields, **more)
        except CodecError as error:
            return str(error).split(": ", 1)[1]
        return "encoded"

    def test_nothing_is_padded_or_cut(self):
        self.assertEqual(self.refused({0: "0200", 41: "TEST1"}), "length 5 is not 8")
        self.assertEqual(self.refused({0: "0200", 4: "100"}), "length 3 is not 12")
        self.assertEqual(self.refused({0: "0200", 32: "123456789012"}), "length 12 exceeds 11")
        self.assertEqual(self.refused({0: "0200", 52: "A1B"}), "half a byte")
        self.assertEqual(self.refused({0: "0200", 52: "GG"}), "not made of hexadecimal digits")
        self.assertEqual(self.refused({0: "0200", 8: "1"}), "not part of this dialect")
        self.assertEqual(self.refused({0: "0200", 65: "1"}), "not part of this dialect")
        self.assertEqual(self.refused({0: "200"}), "message type is not four digits")
        said = self.refused({0: "0200"}, header=b"\x60")
        self.assertEqual(said, "TPDU or header of the wrong length")

    def test_errors_hold_no_contents(self):
        for bad in ("62999900000012345678", "629999x000001239"):
            try:
                codec.encode(self.cup, {0: "0200", 2: bad})
            except CodecError as error:
                self.assertFalse("629999" in str(error))


if __name__ == "__main__":
    unittest.main()
