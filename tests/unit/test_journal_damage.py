"""Flash that fails: bits that rot, programs and erases that do not take, slots full of rubbish."""

import unittest

from test_journal import fresh, idle, mounted, nothing, stans, store
from tidegate.journal import records
from tidegate.journal.log import Journal
from tidegate.journal.ring import JournalError
from tidegate.journal.seal import NullSealer
from tidegate_host.world.flash import SECTOR_BYTES, Flash
from tidegate_host.world.prng import Prng


def filled(count=40, sectors=16):
    flash, journal = fresh(sectors)
    for stan in range(count):
        store(journal, stan)
        if stan % 3 == 0:
            journal.done(journal.find(0, 1000 + stan), 0, 0, 0)
    return flash, [s for s in range(count) if s % 3]


class RotTest(unittest.TestCase):
    def test_one_wrong_bit_costs_nothing_wherever_it_is(self):
        flash, expected = filled()
        image = bytes(flash.data)
        random = Prng(20261123, "bits")
        used = 6 * SECTOR_BYTES
        told = 0
        for _ in range(150):
            rotten = Flash(16, image)
            rotten.flip(random.below(used), random.below(8))
            journal = mounted(rotten)
            self.assertEqual(stans(journal, 0, 1), expected)
            for item in journal.items():
                frame = bytes(journal.frame(item))
                self.assertEqual(frame, bytes([item.stan]) * 200)
            told += journal.report.mended
        self.assertGreater(told, 50)

    def test_a_bit_that_rots_while_the_bridge_runs_names_no_other_item(self):
        flash, journal = fresh()
        for stan in range(5):
            store(journal, stan)
        expected = [(item.id, item.lane, item.stan) for item in journal.items()]
        place = [item.sector * SECTOR_BYTES + item.slot * 32 + 16 for item in journal.items()][2]
        for at in range(place, place + 16):  # the whole envelope
            for bit in range(8):
                flash.data[at] ^= 1 << bit
                found = [(item.id, item.lane, item.stan) for item in journal.items()]
                self.assertEqual(found, expected)
                self.assertEqual(journal.open_item(expected[2][0]).stan, 2)
                flash.data[at] ^= 1 << bit

    def test_a_bad_entry_never_hides_the_next(self):
        flash, _ = filled(5)
        for at in range(32 + 3 * 32, 32 + 8 * 32):
            flash.data[at] = 0x5A  # from the middle of the first item on
        journal = mounted(flash)
        self.assertEqual(stans(journal, 0, 1), [1, 2, 4])
        self.assertEqual(journal.report.damaged, 1)

    def test_a_destroyed_header_never_hides_what_stands_behind_it(self):
        flash, _ = filled(6)
        at = bytes(flash.data).index(bytes([1]) * 100) // 32 * 32 - 32  # where item 1 begins
        flash.data[at : at + 64] = b"\x5a" * 64
        journal = mounted(flash)
        self.assertEqual(stans(journal, 0, 1), [2, 4, 5])
        self.assertEqual((journal.report.damaged, journal.report.missing), (1, 1))

    def test_a_frame_that_rotted_away_stays_an_item_and_is_never_handed_out_wrong(self):
        flash, _ = filled(5)
        at = bytes(flash.data).index(bytes([1]) * 100)
        flash.data[at] ^= 3
        for _ in range(2):
            journal = mounted(flash)
            item = journal.head(0, 1)
            self.assertEqual(item.stan, 1)
            with self.assertRaises(JournalError):
                journal.frame(item)
            for _ in range(1500):
                journal.append(records.BATCH, memoryview(bytes(40)))
                idle(journal)

    def test_entries_that_are_gone_are_reported_as_a_gap(self):
        flash, _ = filled(80)
        for at in range(2 * SECTOR_BYTES, 3 * SECTOR_BYTES):
            flash.data[at] = 0x5A
        report = mounted(flash).report
        self.assertEqual(report.dead, 1)
        self.assertEqual(report.gaps, 1)
        self.assertGreater(report.missing, 10)

    def test_a_checkpoint_set_with_a_hole_is_not_used(self):
        flash, journal = fresh()
        body = bytearray(records.CHECKPOINT_BYTES)
        body[8:24] = b"the second entry"

        def checkpoint():
            journal.append(records.CHECKPOINT, memoryview(bytes(records.CHECKPOINT_BYTES)))
            journal.append(records.CHECKPOINT, memoryview(body))

        for _ in range(400):
            journal.append(records.BATCH, memoryview(bytes(40)))
            while journal.tend(checkpoint):
                pass
        self.assertFalse(mounted(flash).report.whole_ring)
        at = 0
        while b"the second entry" in bytes(flash.data[at:]):
            at += bytes(flash.data[at:]).index(b"the second entry")
            flash.data[at] ^= 0x18
            flash.data[at + 5] ^= 0x18
        self.assertTrue(mounted(flash).report.whole_ring)


class Fading(Flash):
    # A sector is right when it is read as a whole for the first time; later a bit is wrong.
    def __init__(self, sectors, image):
        Flash.__init__(self, sectors, image)
        self._seen = set()

    def readblocks(self, block, buf, off=0):
        Flash.readblocks(self, block, buf, off)
        if len(buf) == SECTOR_BYTES:
            if block in self._seen:
                buf[32 + 16 + 20] ^= 4
            self._seen.add(block)


class FadingTest(unittest.TestCase):
    def test_what_a_start_shows_the_engine_is_right_in_the_copy_that_it_shows(self):
        flash, journal = fresh()
        for number in range(400):
            body = bytearray(records.BATCH_BYTES)
            body[20:22] = bytes([number & 255, number >> 8])
            journal.append(records.BATCH, memoryview(body))
        shown = []

        def visit(_type, _seq, body):
            shown.append(body[20] | body[21] << 8)

        mounted(Fading(16, flash.data), None, visit)
        self.assertEqual(shown, list(range(400)))


class FaultTest(unittest.TestCase):
    def test_a_failed_program_is_written_again_elsewhere(self):
        for when in range(8):
            flash, journal = fresh()
            store(journal, 1)
            flash.fail_in = when
            for stan in range(2, 10):
                store(journal, stan)
            self.assertEqual(journal.write_faults, 1)
            for _ in range(2):
                self.assertEqual(stans(journal, 0, 1), list(range(1, 10)))
                journal = mounted(flash)
            self.assertEqual(journal.report.damaged + journal.report.gaps, 0)

    def test_bad_sectors_are_skipped_and_reported(self):
        for bad in ([3], [0], [15], [4, 5, 9]):
            flash, journal = fresh()
            flash.bad = bad
            for stan in range(6):
                store(journal, stan)
            for _ in range(2000):
                journal.append(records.BATCH, memoryview(bytes(40)))
                idle(journal)
            self.assertEqual(journal.bad, len(bad))
            self.assertEqual(stans(mounted(flash), 0, 1), list(range(6)))

    def test_settled_items_of_a_sector_that_cannot_be_erased_stay_settled(self):
        flash, journal = fresh()
        for stan in range(30):
            store(journal, stan)
        while journal.head(0, 1):
            journal.done(journal.head(0, 1), 0, 0, 0)
        flash.bad = [0]
        for _ in range(3000):
            journal.append(records.BATCH, memoryview(bytes(40)))
            idle(journal)
            if journal.seq % 50 == 0:
                self.assertEqual(list(mounted(flash).items()), [])
                journal = mounted(flash)

    def test_a_sector_that_was_given_up_stays_so_after_a_start_in_the_next_round(self):
        # The first sector that cannot be erased is told of by the next header; a start in between
        # forgets that it is bad, and the header after it must not count it again.
        flash, journal = fresh()
        for stan in range(30):
            store(journal, stan)
        while journal.head(0, 1):
            journal.done(journal.head(0, 1), 0, 0, 0)
        flash.bad = [0]
        while not journal.bad:
            journal.append(records.BATCH, memoryview(bytes(40)))
            idle(journal)
        for _ in range(40):
            journal = mounted(flash)
            self.assertEqual(list(journal.items()), [])
            journal.append(records.BATCH, memoryview(bytes(40)))
            idle(journal)

    def test_a_flash_that_takes_nothing_is_an_error_and_not_a_promise(self):
        flash, journal = fresh()
        store(journal, 1)
        flash.bad = list(range(16))
        with self.assertRaises(JournalError):
            store(journal, 2)
        flash.bad = []
        self.assertEqual(stans(mounted(flash), 0, 1), [1])

    def test_a_region_that_is_too_small_is_refused(self):
        with self.assertRaises(JournalError):
            Journal(Flash(8), NullSealer()).mount(nothing)


if __name__ == "__main__":
    unittest.main()
