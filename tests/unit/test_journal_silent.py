"""Flash that fails and does not say so: what counts is what can be read back, and read again."""

import unittest

from test_journal import fresh, idle, mounted, nothing, stans, store
from tidegate.journal import records
from tidegate.journal.log import Journal
from tidegate.journal.seal import NullSealer
from tidegate_host.world.flash import MARGINAL, Flash, PowerCut


class Stuck(Flash):
    # One bit of a sector stays as it is: at 1 when it is programmed, at 0 when it is erased.
    stuck = -1  # its address
    high = True

    def _hold(self):
        if self.stuck >= 0:
            if self.high:
                self.data[self.stuck] |= 1
            else:
                self.data[self.stuck] &= 0xFE

    def writeblocks(self, block, buf, off=None):
        Flash.writeblocks(self, block, buf, off)
        self._hold()

    def ioctl(self, op, arg):
        result = Flash.ioctl(self, op, arg)
        self._hold()
        return result


def on_stuck():
    flash = Stuck(16)
    Journal(flash, NullSealer()).format()
    return flash, mounted(flash)


class SilentTest(unittest.TestCase):
    def test_a_program_that_did_not_take_is_written_again_elsewhere(self):
        flash, journal = on_stuck()
        store(journal, 1)
        flash.stuck = journal.newest * 4096 + journal.slot * 32 + 60  # in the next frame
        for stan in (2, 4, 6):
            store(journal, stan)
        self.assertEqual(journal.write_faults, 1)
        for _ in range(2):
            self.assertEqual(stans(journal, 0, 1), [1, 2, 4, 6])
            for item in journal.items():
                self.assertEqual(bytes(journal.frame(item)), bytes([item.stan]) * 200)
            journal = mounted(flash)

    def test_a_sector_that_is_not_blank_after_its_erase_is_not_used(self):
        flash, journal = on_stuck()
        flash.high = False
        flash.stuck = 5 * 4096 + 2000
        for stan in range(6):
            store(journal, stan)
        for _ in range(1500):
            journal.append(records.BATCH, memoryview(bytes(40)))
            idle(journal)
        self.assertEqual((journal.bad, journal.write_faults), (1, 0))
        self.assertEqual(stans(mounted(flash), 0, 1), list(range(6)))


class WeakTest(unittest.TestCase):
    def test_an_entry_of_weak_bits_is_there_or_not_and_stays_so(self):
        # Whether it was acknowledged is not known; but a start decides, and the next agrees.
        seen = []
        for seed in range(60):
            flash, journal = fresh()
            store(journal, 1)
            flash.cut(0, MARGINAL, seed)
            with self.assertRaises(PowerCut):
                store(journal, 2)
            flash.power_on()
            decided = stans(mounted(flash), 0, 1)
            for _ in range(8):
                self.assertEqual((seed, stans(mounted(flash), 0, 1)), (seed, decided))
            seen.append(len(decided))
        self.assertEqual(sorted(set(seen)), [1, 2])

    def test_a_mount_tells_nothing_twice(self):
        # The same entries, in the same order, however often it starts.
        flash, journal = fresh()
        for stan in range(8):
            store(journal, stan)
        shown = []
        for _ in range(2):
            rows = []
            made = Journal(flash, NullSealer())
            made.mount(lambda kind, seq, _, rows=rows: rows.append((kind, seq)), nothing)
            shown.append(rows)
        self.assertEqual(shown[0], shown[1])
        self.assertEqual(len(shown[0]), 8)


if __name__ == "__main__":
    unittest.main()
