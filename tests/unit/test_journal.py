"""The journal from outside: what was stored is found, in order, until it is settled."""

import unittest

from tidegate.journal import items, records
from tidegate.journal.keys import KeyStore
from tidegate.journal.log import Journal
from tidegate.journal.ring import JournalError, JournalFull
from tidegate.journal.seal import NullSealer
from tidegate.journal.table import Table
from tidegate.proto import message
from tidegate_host.world.cipher import Cipher
from tidegate_host.world.flash import Flash

ADVICE = message.KIND_OFFLINE_SALE
REVERSAL = message.KIND_REVERSAL


def nothing(*_):
    pass


def fresh(sectors=16, sealers=None):
    flash = Flash(sectors)
    Journal(flash, NullSealer()).format()
    return flash, mounted(flash, sealers)


def mounted(flash, sealers=None, visit=nothing):
    journal = Journal(flash, sealers or NullSealer())
    journal.mount(visit, nothing)
    return journal


def store(journal, stan, kind=ADVICE, lane=0, size=200, replaces=None):
    frame = bytes([stan & 255]) * size
    return journal.store(lane, kind, stan, 1000 + stan, 5000 + stan, memoryview(frame), replaces)


def attention(item):
    body = bytearray(records.ATTENTION_BYTES)
    records.put_envelope(body, item.id, item.lane, item.kind, 0, 0, 0, item.stan)
    return memoryview(body)


def idle(journal):
    while journal.tend(nothing):
        pass


def stans(journal, lane, group):
    found = []
    after = 0
    while True:
        item = journal.head(lane, group, after)
        if item is None:
            return found
        found.append(item.stan)
        after = item.id


class ItemTest(unittest.TestCase):
    def test_an_item_survives_and_says_what_was_stored(self):
        flash, journal = fresh()
        item_id = store(journal, 7)
        for _ in range(2):
            item = journal.head(0, records.GROUP_ADVICE)
            self.assertEqual((item.id, item.stan, item.kind, item.tag), (item_id, 7, ADVICE, 1007))
            self.assertEqual(bytes(journal.frame(item)), bytes([7]) * 200)
            self.assertEqual(item.wall_s, 5007)
            self.assertFalse(item.attempted or item.attention)
            journal = mounted(flash)

    def test_reversals_and_advices_of_a_lane_each_come_oldest_first(self):
        flash, journal = fresh(20)
        for stan in range(1, 41):
            store(journal, stan, REVERSAL if stan % 4 == 0 else ADVICE, stan & 1, 40)
        for _ in range(2):
            self.assertEqual(stans(journal, 0, records.GROUP_REVERSAL), list(range(4, 41, 4)))
            self.assertEqual(stans(journal, 1, records.GROUP_REVERSAL), [])
            self.assertEqual(stans(journal, 1, records.GROUP_ADVICE), list(range(1, 41, 2)))
            self.assertEqual(journal.open_count(0, records.GROUP_REVERSAL), 10)
            self.assertEqual(journal.open_count(-1), 40)
            journal = mounted(flash)

    def test_order_holds_when_stragglers_were_copied_behind_younger_items(self):
        flash, journal = fresh()
        oldest = [store(journal, stan, size=20) for stan in range(1, 31)]
        for stan in range(100, 400):
            item_id = store(journal, stan, size=120)
            idle(journal)
            if stan % 10:
                journal.done(journal.open_item(item_id), 0, 0, 0)
        expected = list(range(1, 31)) + list(range(100, 400, 10))
        for _ in range(2):
            self.assertEqual(stans(journal, 0, records.GROUP_ADVICE), expected)
            self.assertEqual(journal.open_item(oldest[3]).stan, 4)
            journal = mounted(flash)

    def test_attempted_is_remembered_and_settled_does_not_come_back(self):
        flash, journal = fresh()
        first, second = store(journal, 1), store(journal, 2)
        journal.attempt(journal.open_item(first), 500, 6000)
        journal.attempt(journal.open_item(second), 500, 6000)
        journal.done(journal.open_item(first), records.HOW_CONFIRMED, 500, 6001)
        journal = mounted(flash)
        self.assertIsNone(journal.open_item(first))
        self.assertTrue(journal.open_item(second).attempted)
        self.assertEqual(journal.open_count(0, records.GROUP_ADVICE), 1)

    def test_a_closed_item_is_not_closed_twice(self):
        _, journal = fresh()
        store(journal, 1)
        item = journal.head(0, records.GROUP_ADVICE)
        journal.done(item, 0, 0, 0)
        with self.assertRaises(JournalError):
            journal.done(item, 0, 0, 0)
        self.assertEqual(journal.open_count(-1), 0)

    def test_newer_bytes_replace_older_ones_in_one_entry(self):
        flash, journal = fresh()
        store(journal, 1, size=50)
        item_id = store(journal, 2, replaces=journal.head(0, records.GROUP_ADVICE))
        for _ in range(2):
            self.assertEqual(stans(journal, 0, records.GROUP_ADVICE), [2])
            self.assertEqual([i.id for i in journal.items()], [item_id])
            journal = mounted(flash)

    def test_attention_takes_an_item_out_of_the_queue_and_ends_with_it(self):
        flash, journal = fresh()
        for stan in (1, 2):
            store(journal, stan)
        item = journal.head(0, records.GROUP_ADVICE)
        journal.attend(item, attention(item))
        for _ in range(2):
            self.assertEqual(stans(journal, 0, records.GROUP_ADVICE), [2])
            self.assertEqual(journal.open_count(0), 1)
            about = list(journal.items(-1, 1 << records.ATTENTION))
            self.assertEqual([i.stan for i in about], [1])
            journal = mounted(flash)
        stored = [i.id for i in journal.items(0, 1 << records.STORE, True)]
        journal.done(journal.open_item(stored[0]), records.HOW_PERSON, 0, 0)
        for _ in range(2):
            self.assertEqual([i.stan for i in journal.items()], [2])
            journal = mounted(flash)

    def test_closing_the_attention_closes_the_item(self):
        flash, journal = fresh()
        store(journal, 1)
        item = journal.head(0, records.GROUP_ADVICE)
        journal.attend(item, attention(item))
        for about in journal.items(-1, 1 << records.ATTENTION):
            journal.done(about, records.HOW_PERSON, 0, 0)
        for _ in range(2):
            self.assertEqual(list(journal.items()), [])
            journal = mounted(flash)

    def test_a_person_sends_it_again(self):
        flash, journal = fresh()
        store(journal, 1)
        store(journal, 2)
        item = journal.head(0, records.GROUP_ADVICE)
        journal.attend(item, attention(item))
        for found in journal.items(-1, 1 << records.STORE, True):
            journal.unattend(found, 0)
        for _ in range(2):
            self.assertEqual(stans(journal, 0, records.GROUP_ADVICE), [1, 2])
            self.assertEqual(list(journal.items(-1, 1 << records.ATTENTION)), [])
            journal = mounted(flash)

    def test_a_repeated_message_is_known_by_its_tag(self):
        flash, journal = fresh(20)
        for stan in range(80):
            store(journal, stan, lane=1, size=20)
        for stan in range(70, 80):
            journal.done(journal.find(1, 1000 + stan), 0, 0, 0)
        for _ in range(2):
            self.assertEqual(journal.find(1, 1003).stan, 3)  # forgotten, but still open
            self.assertEqual(journal.find(1, 1069).stan, 69)
            self.assertIsNone(journal.find(1, 1075))
            self.assertTrue(journal.prints.knows(1, 1075))
            self.assertFalse(journal.prints.knows(1, 1003))
            self.assertIsNone(journal.find(0, 1069))
            self.assertIsNone(journal.find(1, 4444))
            journal = mounted(flash)

    def test_what_was_stored_lately_is_known_after_the_ring_went_round(self):
        flash, journal = fresh()
        store(journal, 1)
        journal.done(journal.head(0, 1), 0, 0, 0)
        for _ in range(900):
            journal.append(records.BATCH, memoryview(bytes(records.BATCH_BYTES)))
            idle(journal)
        self.assertTrue(mounted(flash).prints.knows(0, 1001))

    def test_more_items_than_a_window_are_all_found(self):
        _, journal = fresh(20)
        for stan in range(100):
            store(journal, stan, size=20)
        self.assertEqual(stans(journal, 0, 1), list(range(100)))
        for stan in range(0, 100, 3):
            journal.done(journal.find(0, 1000 + stan), 0, 0, 0)
        store(journal, 100, size=20)
        expected = [s for s in range(100) if s % 3] + [100]
        self.assertEqual(stans(journal, 0, 1), expected)


class SealTest(unittest.TestCase):
    def setUp(self):
        self.keys = KeyStore(Flash(2))
        self.keys.create(lambda n: bytes([n + i & 255 for i in range(n)]))

    def test_no_byte_of_a_frame_is_readable_in_flash(self):
        flash, journal = fresh(16, self.keys.sealers(Cipher()))
        frame = b"6299990000001239" * 12
        journal.store(0, ADVICE, 1, 1, 99, memoryview(frame))
        self.assertNotIn(frame[:16], bytes(flash.data))
        item = journal.head(0, 1)
        self.assertEqual(item.wall_s, 99)
        self.assertEqual(bytes(journal.frame(item)), frame)

    def test_every_length_comes_back(self):
        _, journal = fresh(20, self.keys.sealers(Cipher()))
        for size in (1, 11, 12, 13, 28, 29, 200, 2048):
            frame = bytes([i * 7 & 255 for i in range(size)])
            item_id = journal.store(0, ADVICE, 1, 1, 99, memoryview(frame))
            self.assertEqual(bytes(journal.frame(journal.open_item(item_id))), frame)
        with self.assertRaises(JournalError):
            journal.store(0, ADVICE, 1, 1, 99, memoryview(bytes(2049)))

    def test_a_changed_envelope_or_frame_breaks_the_seal(self):
        sealer = self.keys.sealers(Cipher()).sealer(1)
        for at in (0, 4, 5, 9, 20, 40, 60):
            body = memoryview(bytearray(64))
            sealer.seal(body, 3)
            body[at] ^= 16
            self.assertFalse(sealer.open(body, 3))

    def test_a_frame_whose_key_was_destroyed_is_gone(self):
        _, journal = fresh(16, self.keys.sealers(Cipher()))
        store(journal, 1)
        self.assertTrue(items.uses_key(journal, 1))
        self.keys.rotate(bytes)
        store(journal, 2)
        self.assertEqual(bytes(journal.frame(journal.head(0, 1))), bytes([1]) * 200)
        self.keys.drop(1)
        with self.assertRaises(JournalError):
            journal.frame(journal.head(0, 1))
        self.assertEqual(bytes(journal.frame(journal.find(0, 1002))), bytes([2]) * 200)


class LimitTest(unittest.TestCase):
    def test_storables_are_refused_before_the_ring_is_full_and_reversals_go_on(self):
        flash, journal = fresh()
        stored = 0
        while journal.room(200, False):
            store(journal, stored)
            idle(journal)
            stored += 1
        self.assertFalse(journal.room(200, False))
        reversals = 0
        while journal.room(200, True):
            store(journal, stored, REVERSAL)
            idle(journal)
            reversals += 1
        self.assertGreaterEqual(reversals, 8)
        for lane in range(8):  # of each terminal's last request a person can still be told
            self.assertTrue(journal.room(records.ATTENTION_BYTES, records.TELLING))
            body = bytearray(records.ATTENTION_BYTES)
            records.put_envelope(body, 9000 + lane, lane, 1, 0, 0, 0, 1)
            journal.append(records.ATTENTION, memoryview(body))
        for _ in range(300):
            journal.append(records.SENT, memoryview(bytes(records.SENT_BYTES)))
        self.assertEqual(mounted(flash).open_count(-1), stored + reversals)

    def test_a_ring_that_is_really_full_refuses_and_loses_nothing(self):
        for size in (40, 200, 700, 1100, 2048):
            flash, journal = fresh()
            stored = 0
            try:
                for _ in range(2000):
                    store(journal, stored, size=size)
                    stored += 1
            except JournalFull:
                pass
            self.assertLess(stored, 2000)
            self.assertEqual(mounted(flash).open_count(-1), stored)

    def test_room_says_no_before_an_append_would(self):
        for size in (40, 200, 700, 1100, 2048):
            flash, journal = fresh()
            stored = 0
            while journal.room(size, True):
                store(journal, stored, size=size)
                stored += 1
            for _ in range(200):
                journal.append(records.SENT, memoryview(bytes(records.SENT_BYTES)))
            journal = mounted(flash)
            while journal.head(0, 1):
                journal.done(journal.head(0, 1), 0, 0, 0)
            self.assertTrue(journal.room(size, False))

    def test_ram_is_seven_kilobytes_a_megabyte(self):
        table = Table(256)
        used = 0
        for name in ("open", "attempted", "attention", "counts", "states"):
            used += len(getattr(table, name))
        self.assertLessEqual(used, 7 * 1024)


if __name__ == "__main__":
    unittest.main()
