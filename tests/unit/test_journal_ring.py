"""The ring under its items: wraps, housekeeping, footers, and what each entry costs the flash."""

import unittest

from test_journal import ADVICE, REVERSAL, attention, fresh, idle, mounted, nothing, stans, store
from tidegate.journal import records
from tidegate.journal.log import Journal
from tidegate.journal.ring import JournalError, JournalFull
from tidegate.journal.seal import NullSealer
from tidegate_host.world.flash import HALF, SECTOR_BYTES, Flash, PowerCut


def churn(journal, entries, size=records.BATCH_BYTES):
    for _ in range(entries):
        journal.append(records.BATCH, memoryview(bytes(size)))
        idle(journal)


class Kept:
    # An engine of one number: how many BATCH entries it was told.
    def __init__(self):
        self.count = 0
        self.journal = None

    def apply(self, entry_type, _seq, body):
        if entry_type == records.BATCH:
            self.count += 1
        elif entry_type == records.CHECKPOINT:
            self.count = body[8] | body[9] << 8

    def checkpoint(self):
        body = bytearray(records.CHECKPOINT_BYTES)
        body[8], body[9] = self.count & 255, self.count >> 8
        self.journal.append(records.CHECKPOINT, memoryview(body))

    def mount(self, flash):
        self.journal = Journal(flash, NullSealer())
        return self.journal.mount(self.apply, self.checkpoint)


class RingTest(unittest.TestCase):
    def test_a_start_erases_the_next_sector_again_even_if_it_looks_blank(self):
        # A cut can leave cells that read as erased now and as something else later.
        flash, journal = fresh()
        store(journal, 1)
        index = journal.after(journal.newest)
        count = flash.data[index * SECTOR_BYTES + 4]
        erases = flash.erases
        again = mounted(flash)
        self.assertEqual(flash.erases, erases + 1)
        self.assertEqual(flash.data[index * SECTOR_BYTES + 4], count + 1)
        self.assertEqual(stans(again, 0, 1), [1])

    def test_stragglers_survive_many_rounds(self):
        flash, journal = fresh()
        for stan in range(20):
            store(journal, stan, lane=stan & 1)
        item = journal.head(0, 1)
        journal.attempt(item, 5, 0)
        item = journal.head(1, 1)
        journal.attend(item, attention(item))
        churn(journal, 4000)
        self.assertGreater(flash.erases, 5 * 16)
        for _ in range(2):
            self.assertEqual(stans(journal, 0, 1), list(range(0, 20, 2)))
            self.assertEqual(stans(journal, 1, 1), list(range(3, 20, 2)))
            self.assertTrue(journal.head(0, 1).attempted)
            attended = [i.stan for i in journal.items(1, 1 << records.STORE, True)]
            self.assertEqual(attended, [1])
            journal = mounted(flash)

    def test_a_start_counts_what_the_journal_counted_before_the_power_went(self):
        def counted(journal):
            queues = journal.queues
            return list(queues.counts), list(queues.attention), journal.used, journal.report.lost

        flash, journal = fresh()
        for stan in range(40):
            store(journal, stan, REVERSAL if stan % 3 == 0 else ADVICE, stan & 3, 30 + stan)
            if stan % 7 == 0:
                churn(journal, 300)  # some are copied, and stand between entries of the books
            if stan % 5 == 0:
                item = next(journal.items(stan & 3))
                journal.attend(item, attention(item))
        known = counted(journal)
        self.assertTrue(min(known[0][:8]) and min(known[1][:4]))
        for _ in range(3):
            journal = mounted(flash)
            self.assertEqual(counted(journal), known)
            churn(journal, 100)

    def test_a_straggler_is_known_as_attempted_wherever_it_was_copied_to(self):
        flash, journal = fresh()
        for stan in (1, 2):
            store(journal, stan)
        journal.attempt(journal.head(0, 1), 500, 7)
        for _ in range(3):
            churn(journal, 900)
            self.assertEqual([i.attempted for i in journal.items(0)], [True, False])
            journal = mounted(flash)
            self.assertEqual([i.attempted for i in journal.items(0)], [True, False])

    def test_wear_is_even(self):
        flash, journal = fresh()
        churn(journal, 6000)
        erases = []
        for index in range(16):
            journal.read(index, 0, journal.header.buf)
            self.assertTrue(journal.header.is_marked() or journal.header.is_open())
            erases.append(journal.header.erases)
        self.assertLessEqual(max(erases) - min(erases), 2)

    def test_the_engine_is_shown_what_happened_since_its_checkpoint_and_no_more(self):
        flash = Flash(16)
        Journal(flash, NullSealer()).format()
        kept = Kept()
        kept.mount(flash)
        for _ in range(30):
            churn_kept(kept, 250)
            again = Kept()
            report = again.mount(Flash(16, flash.data))
            self.assertEqual(again.count, kept.count)
            self.assertFalse(report.whole_ring)
        self.assertLess(report.visited, 800)

    def test_housekeeping_that_never_had_an_idle_moment_is_done_at_the_append(self):
        flash = Flash(16)
        Journal(flash, NullSealer()).format()
        kept = Kept()
        kept.mount(flash)
        for _ in range(3000):
            kept.journal.append(records.BATCH, memoryview(bytes(40)))
        again = Kept()
        again.mount(flash)
        self.assertEqual(again.count, 3000)

    def test_without_a_checkpoint_nothing_is_forgotten(self):
        flash = Flash(16)
        journal = Journal(flash, NullSealer())
        journal.format()
        journal.mount(nothing)
        written = 0
        with self.assertRaises(JournalFull):
            while True:
                journal.append(records.BATCH, memoryview(bytes(records.BATCH_BYTES)))
                written += 1
        seen = []
        Journal(flash, NullSealer()).mount(lambda kind, *_: seen.append(kind))
        self.assertEqual(len(seen), written)

    def test_a_region_that_was_never_a_journal_is_not_touched(self):
        flash = Flash(16)
        with self.assertRaises(JournalError) as raised:
            mounted(flash)
        self.assertEqual(str(raised.exception), "blank")
        flash.data[5000] = 7
        with self.assertRaises(JournalError) as raised:
            mounted(flash)
        self.assertEqual(str(raised.exception), "foreign")
        self.assertEqual(flash.operations, 0)

    def test_sequences_and_ids_are_never_used_twice(self):
        flash, journal = fresh()
        seen = []
        for _ in range(5):
            journal = mounted(flash)
            seen.append((journal.append(records.NOTE, memoryview(bytes(16))), store(journal, 1)))
            seen.append((journal.append(records.NOTE, memoryview(bytes(16))), journal.new_id()))
        self.assertEqual(len({s[0] for s in seen}), 10)
        self.assertEqual(len({s[1] for s in seen}), 10)

    def test_what_a_power_cut_left_unreadable_keeps_its_sequence_and_its_id(self):
        flash, journal = fresh()
        first = store(journal, 1)
        flash.cut(0, HALF)
        with self.assertRaises(PowerCut):
            store(journal, 2)
        flash.power_on()
        tried = journal.seq
        journal = mounted(flash)
        self.assertEqual(stans(journal, 0, 1), [1])
        self.assertGreater(journal.append(records.NOTE, memoryview(bytes(16))), tried)
        self.assertGreater(store(journal, 3), first + 1)

    def test_a_mount_reads_footers_and_walks_only_the_newest_sector(self):
        flash, journal = fresh()
        for stan in range(200):
            store(journal, stan, size=100)
            if stan > 50:
                journal.done(journal.find(0, 1000 + stan), 0, 0, 0)
            idle(journal)
        journal = mounted(flash)
        self.assertEqual(journal.report.walked, 1)
        self.assertEqual(journal.report.gaps + journal.report.damaged + journal.report.lost, 0)
        self.assertEqual(stans(journal, 0, 1), list(range(51)))

    def test_many_starts_in_a_row_do_not_use_up_the_ring(self):
        flash, journal = fresh()
        for stan in range(20):
            store(journal, stan)
        for _ in range(60):
            journal = mounted(flash)
            journal.append(records.BOOT, memoryview(bytes(16)))
            idle(journal)
        self.assertEqual(stans(mounted(flash), 0, 1), list(range(20)))


def churn_kept(kept, entries):
    for _ in range(entries):
        kept.journal.append(records.BATCH, memoryview(bytes(40)))
        while kept.journal.tend(kept.checkpoint):
            pass


class CostTest(unittest.TestCase):
    # Bytes and erases repeat exactly; the figures are those of the goal.
    def cost(self, journal, flash, call, *values):
        before = flash.programmed_bytes
        call(*values)
        return flash.programmed_bytes - before

    def test_bytes_of_each_entry(self):
        flash, journal = fresh()
        store(journal, 1)
        self.assertEqual(self.cost(journal, flash, store, journal, 2), 256)
        item = journal.head(0, 1)
        self.assertEqual(self.cost(journal, flash, journal.attempt, item, 500, 0), 32)
        self.assertEqual(self.cost(journal, flash, journal.done, item, 0, 500, 0), 32)
        live = 0
        for kind, size in (
            (records.SENT, records.SENT_BYTES),
            (records.ANSWER, records.ANSWER_BYTES),
            (records.DELIVER, records.DELIVER_BYTES),
        ):
            body = memoryview(bytes(size))
            live += self.cost(journal, flash, journal.append, kind, body)
        self.assertLessEqual(live, 192)

    def test_a_stored_advice_costs_330_bytes_and_less_than_a_twelfth_of_an_erase(self):
        flash, journal = fresh(64)
        advices = 1500
        before, erases = flash.programmed_bytes, flash.erases
        for first in range(0, advices, 30):
            for stan in range(first, first + 30):
                store(journal, stan)
            for _ in range(30):
                item = journal.head(0, 1)
                journal.attempt(item, 500, 0)
                journal.done(item, 0, 500, 0)
            idle(journal)
        # The checkpoints of a ring of 64 sectors are four times as frequent as those of 256.
        sets = advices * 320 // SECTOR_BYTES // journal.set_every
        spent = flash.programmed_bytes - before - sets * 304 * 3 // 4
        self.assertLessEqual(spent, 330 * advices)
        self.assertLessEqual((flash.erases - erases) * 1000, 85 * advices)

    def test_no_erase_between_receiving_and_answering(self):
        for fill in (2, 40, 70):
            flash, journal = fresh(20)
            kept = 0
            for stan in range(1200):
                idle(journal)
                before = flash.erases
                item_id = store(journal, stan, ADVICE, 0, 150)
                self.assertEqual(flash.erases, before)
                if stan % 100 >= fill or kept > 150 or not journal.room(150, False):
                    journal.done(journal.open_item(item_id), 0, 0, 0)
                else:
                    kept += 1


if __name__ == "__main__":
    unittest.main()
