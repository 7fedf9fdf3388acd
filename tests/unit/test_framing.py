"""Frames out of any stream: cut anywhere, with garbage between, and at bounded cost."""

import unittest

from tidegate.proto import framing
from tidegate.proto.framing import PAYLOAD_BYTES_MAX, LongBuffer, framer

SEED = 20261123
NAMES = ("len2", "stx")


class Numbers:
    # A small generator that gives the same numbers on every interpreter.
    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state * 1103 + 12345) % 0x1FFFFF
        return (self.state >> 4) % limit


def payload(numbers, size):
    body = bytes([numbers.below(256) for _ in range(size - 5)])
    return b"\x60\x00\x03\x00\x00" + body


def wrap(name, data):
    out = bytearray(len(data) + 5)
    size = framer(name).wrap_into(data, out)
    return bytes(out[:size])


def feed(receiver, wire, step=4096):
    got = []
    at = 0
    while at < len(wire):
        room = receiver.writable()
        count = min(len(room), step, len(wire) - at)
        room[:count] = wire[at : at + count]
        receiver.advance(count)
        at += count
        view = receiver.next()
        while view is not None:
            got.append(bytes(view))
            view = receiver.next()
    return got


class Known(unittest.TestCase):
    def test_bytes_on_the_wire(self):
        data = b"\x60\x00\x03\x00\x00" + b"\x08\x00" + bytes(8)
        self.assertEqual(wrap("len2", data), b"\x00\x0f" + data)
        lrc = 0
        for byte in b"\x00\x15" + data + b"\x03":
            lrc ^= byte
        self.assertEqual(wrap("stx", data), b"\x02\x00\x15" + data + b"\x03" + bytes([lrc]))
        long = b"\x60" + bytes(1233)
        self.assertEqual(wrap("stx", long)[:3], b"\x02\x12\x34")

    def test_unknown_name(self):
        self.assertRaises(KeyError, framer, "len4")

    def test_too_long_to_wrap(self):
        for name in NAMES:
            out = bytearray(PAYLOAD_BYTES_MAX + 9)
            self.assertRaises(ValueError, framer(name).wrap_into, bytes(2049), out)


class Streams(unittest.TestCase):
    def test_any_chunks(self):
        numbers = Numbers(SEED)
        sizes = (15, 16, 60, 255, 256, 700, PAYLOAD_BYTES_MAX)
        sent = [payload(numbers, sizes[numbers.below(len(sizes))]) for _ in range(25)]
        for name in NAMES:
            wire = b"".join([wrap(name, data) for data in sent])
            for step in (1, 2, 3, 64, 1000, 4096):
                receiver = framer(name)
                self.assertEqual(
                    (name, step, feed(receiver, wire, step) == sent), (name, step, True)
                )
                self.assertEqual(receiver.garbage_bytes + receiver.partial, 0)

    def test_any_chunks_through_a_borrowed_buffer(self):
        numbers = Numbers(SEED)
        sizes = (15, 255, 760, 766, 768, 769, 1500, PAYLOAD_BYTES_MAX)
        sent = [payload(numbers, sizes[numbers.below(len(sizes))]) for _ in range(25)]
        for name in NAMES:
            wire = b"".join([wrap(name, data) for data in sent])
            for step in (1, 3, 64, 700, 4096):
                long = LongBuffer()
                receiver = framer(name, long=long)
                self.assertEqual(
                    (name, step, feed(receiver, wire, step) == sent), (name, step, True)
                )
                self.assertEqual(receiver.garbage_bytes + receiver.partial, 0)
                self.assertEqual(long.holder, None)

    def test_a_long_frame_waits_for_nobody_and_is_lost_alone(self):
        numbers = Numbers(SEED)
        long_one, short = payload(numbers, 2000), payload(numbers, 200)
        for name in NAMES:
            long = LongBuffer()
            first, second = framer(name, long=long), framer(name, long=long)
            wire = wrap(name, long_one)
            self.assertEqual(feed(first, wire[:900], 900), [])
            self.assertEqual(feed(second, wrap(name, short) + wire[:700], 100), [short])
            self.assertEqual(second.oversize, 1)
            second.drop_partial()
            self.assertEqual(feed(second, wrap(name, short), 50), [short])
            self.assertEqual(feed(first, wire[900:] + wrap(name, short), 64), [long_one, short])
            self.assertEqual(feed(second, wire, 64), [long_one])
            self.assertEqual(feed(first, wire[:900], 900), [])
            first.drop_partial()
            self.assertEqual(feed(second, wire, 64), [long_one])

    def test_without_a_tpdu(self):
        sent = [b"0800" + b"8220000000000000" + bytes(20), b"0810" + bytes(40)]
        for name in NAMES:
            wire = b"".join([wrap(name, data) for data in sent])
            self.assertEqual(feed(framer(name, tpdu_bytes=0), wire, 1), sent)

    def test_frames_behind_garbage_are_found_again(self):
        numbers = Numbers(SEED + 1)
        for name in NAMES:
            for _ in range(40):
                good = [payload(numbers, 40 + numbers.below(200)) for _ in range(3)]
                # Bytes that no frame starts with, and for len2 nothing that reads as a TPDU.
                junk = bytes([0xF0 | numbers.below(16) for _ in range(1 + numbers.below(30))])
                wire = wrap(name, good[0]) + junk + wrap(name, good[1]) + wrap(name, good[2])
                receiver = framer(name)
                self.assertEqual(feed(receiver, wire, 1 + numbers.below(50)), good)
                self.assertEqual(receiver.garbage_bytes, len(junk))

    def test_stx_survives_random_garbage_and_a_lost_byte(self):
        numbers = Numbers(SEED + 2)
        for case in range(30):
            good = [payload(numbers, 40 + numbers.below(200)) for _ in range(12)]
            frames = [bytearray(wrap("stx", data)) for data in good]
            cut = frames[3]
            frames[3] = cut[: len(cut) // 2] + cut[len(cut) // 2 + 1 :]
            junk = bytes([numbers.below(256) for _ in range(numbers.below(200))])
            wire = junk + b"".join([bytes(frame) for frame in frames])
            got = feed(framer("stx"), wire, 1 + numbers.below(90))
            # A false start may swallow what follows it, at most one longest frame of it.
            self.assertTrue(got[-4:] == good[-4:] or len(wire) < 2500, (SEED, case, len(got)))
            for data in got:
                self.assertTrue(data in good, (SEED, case))


class Damage(unittest.TestCase):
    def test_wrong_lrc_and_wrong_end(self):
        numbers = Numbers(SEED + 3)
        first, second = payload(numbers, 50), payload(numbers, 60)
        for place, counter in ((-1, "lrc_errors"), (-2, "length_errors"), (20, "lrc_errors")):
            bad = bytearray(wrap("stx", first))
            bad[place] ^= 0x04
            receiver = framer("stx")
            self.assertEqual(feed(receiver, bytes(bad) + wrap("stx", second)), [second])
            self.assertEqual(getattr(receiver, counter), 1)
            self.assertTrue(receiver.garbage_bytes >= len(bad) - 2)

    def test_length_that_is_no_number(self):
        receiver = framer("stx")
        good = payload(Numbers(SEED), 50)
        self.assertEqual(feed(receiver, b"\x02\x0a\x15" + wrap("stx", good)), [good])
        self.assertEqual((receiver.length_errors, receiver.garbage_bytes), (1, 3))

    def test_oversize_is_counted_once_and_left_behind(self):
        numbers = Numbers(SEED + 4)
        body = b"\x60" + bytes([0xF0 | numbers.below(16) for _ in range(2998)])
        good = payload(numbers, 50)
        for name, head in (("len2", b"\x0b\xb7"), ("stx", b"\x02\x29\x99")):
            receiver = framer(name)
            wire = wrap(name, good) + head + body + wrap(name, good)
            self.assertEqual(feed(receiver, wire, 100), [good, good])
            self.assertEqual(receiver.oversize, 1)
            self.assertEqual(receiver.garbage_bytes, len(head) + len(body))

    def test_too_short_for_a_message(self):
        receiver = framer("len2")
        good = payload(Numbers(SEED), 50)
        self.assertEqual(
            feed(receiver, b"\x00\x05\x60\x00\x03\x00\x00" + wrap("len2", good)), [good]
        )
        self.assertEqual(receiver.length_errors, 1)

    def test_half_a_frame_is_dropped_by_the_caller(self):
        good = payload(Numbers(SEED), 50)
        for name in NAMES:
            receiver = framer(name)
            self.assertEqual(feed(receiver, wrap(name, good)[:30]), [])
            self.assertEqual(receiver.partial, 30)
            receiver.drop_partial()
            self.assertEqual((receiver.partial, receiver.garbage_bytes), (0, 30))
            self.assertEqual(feed(receiver, wrap(name, good)), [good])


class CountedView:
    # Stands for the framer's memory and counts every byte that is looked at or moved.
    def __init__(self, view, work):
        self.view = view
        self.work = work

    def __len__(self):
        return len(self.view)

    def __getitem__(self, at):
        if isinstance(at, int):
            self.work[0] += 1
            return self.view[at]
        return CountedView(self.view[at], self.work)

    def __setitem__(self, at, data):
        self.work[0] += len(data)
        self.view[at] = data.view if isinstance(data, CountedView) else data

    def __iter__(self):
        for byte in self.view:
            self.work[0] += 1
            yield byte


class Cost(unittest.TestCase):
    def work(self, name, wire, step):
        receiver = framer(name)
        work = [0]
        receiver._view = CountedView(receiver._view, work)
        at = 0
        while at < len(wire):
            room = receiver.writable()
            count = min(len(room), step, len(wire) - at)
            room[:count] = wire[at : at + count]
            receiver.advance(count)
            at += count
            while receiver.next() is not None:
                pass
        return work[0]

    def test_byte_by_byte_costs_a_few_looks_per_byte(self):
        numbers = Numbers(SEED + 5)
        for name in NAMES:
            wire = b"".join([wrap(name, payload(numbers, 2000)) for _ in range(6)])
            self.assertTrue(self.work(name, wire, 1) < 8 * len(wire))

    def test_hostile_bytes_stay_linear(self):
        # The worst that can be sent: false starts only, each announcing the longest frame.
        for name, junk in (
            ("len2", b"\x08\x00\x60" * 8000),
            ("stx", b"\x02" * 24000),
            ("stx", b"\x02\x20\x48\x60" * 6000),
            ("stx", b"\x02\x00\x15\x60" * 6000),
            ("stx", b"\x02\x20\x46\x60\x03" * 6000),
        ):
            for step in (1, 500):
                work = self.work(name, junk, step)
                self.assertTrue(work < 24 * len(junk), (name, junk[:4], step, work / len(junk)))


class Memory(unittest.TestCase):
    def test_a_smaller_limit(self):
        receiver = framer("len2", 100)
        long = b"\x60" + bytes(100)
        self.assertEqual(feed(receiver, wrap("len2", long[:100]), 1), [long[:100]])
        self.assertEqual(feed(receiver, wrap("len2", long), 1), [])
        self.assertEqual(receiver.oversize, 1)
        self.assertTrue(framing.PAYLOAD_BYTES_MAX == 2048)


if __name__ == "__main__":
    unittest.main()
