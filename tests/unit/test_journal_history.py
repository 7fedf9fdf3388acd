"""What the journal knows of the past: old messages, and requests that are no longer the newest."""

import unittest

from test_journal import attention, fresh, mounted, store
from tidegate.journal import before, records


class OldMessagesTest(unittest.TestCase):
    def test_what_was_stored_long_ago_is_still_known(self):
        _, journal = fresh()
        self.assertIs(journal.stored_before(0, 1001), False)
        for stan in range(80):
            store(journal, stan, size=20)
            journal.done(journal.find(0, 1000 + stan), 0, 0, 0)
        store(journal, 80, size=20, lane=1)
        self.assertFalse(journal.prints.knows(0, 1001))
        self.assertTrue(journal.stored_before(0, 1001))
        self.assertIsNone(journal.stored_before(0, 1090))
        self.assertIs(journal.stored_before(1, 1001), False)  # that lane has forgotten nothing
        for stan in range(90, 160):  # what comes later is known, too
            store(journal, stan, size=20)
        self.assertTrue(journal.stored_before(0, 1090))

    def test_what_a_person_has_is_found_however_old_it_is(self):
        flash, journal = fresh()
        store(journal, 1)
        item = journal.head(0, 1)
        journal.attend(item, attention(item))
        for stan in range(2, 90):
            store(journal, stan, size=20)
            journal.done(journal.head(0, 1), 0, 0, 0)
        store(journal, 90)
        for seen_by in (journal, mounted(flash)):
            self.assertFalse(seen_by.prints.knows(0, 1001))
            found = seen_by.find(0, 1001)
            self.assertEqual((found.stan, found.attention), (1, True))
            self.assertIsNone(seen_by.find(0, 1002))
            self.assertEqual(seen_by.find(0, 1090).stan, 90)

    def test_without_room_to_look_nobody_can_tell(self):
        _, journal = fresh()
        for stan in range(80):
            store(journal, stan, size=20)
            journal.done(journal.find(0, 1000 + stan), 0, 0, 0)

        def no_room(*_):
            raise MemoryError

        real, before.Filter = before.Filter, no_room
        try:
            self.assertIsNone(journal.stored_before(0, 1001))
        finally:
            before.Filter = real
        self.assertTrue(journal.stored_before(0, 1001))

    def test_hundreds_of_old_messages_do_not_walk_the_ring_each(self):
        flash, journal = fresh(64)
        for stan in range(200):
            store(journal, stan, size=20)
        self.assertIsNone(journal.stored_before(0, 7777))
        before = flash.reads
        answers = [journal.stored_before(0, tag) for tag in range(8000, 8100)]
        self.assertEqual(answers, [None] * 100)
        self.assertLess(flash.reads - before, 100 * 200 // 4)


class HistoryTest(unittest.TestCase):
    def sent(self, journal, item_id, stan, batch, lane=0):
        body = bytearray(records.SENT_BYTES)
        body[0] = item_id
        body[4] = lane
        body[12] = stan
        body[16] = batch
        journal.append(records.SENT, memoryview(body))

    def answer(self, journal, item_id, flags):
        body = bytearray(records.ANSWER_BYTES)
        body[0] = item_id
        body[5] = flags
        journal.append(records.ANSWER, memoryview(body))

    def test_an_older_request_is_found_in_the_history(self):
        flash, journal = fresh()
        self.sent(journal, 1, 11, 1)
        self.answer(journal, 1, records.ANSWER_APPROVED)
        self.sent(journal, 2, 12, 1)
        for stan in range(40):
            store(journal, stan)
        self.answer(journal, 2, 0)
        for _ in range(2):
            self.assertEqual(journal.find_live(0, 1, 11), 2)
            self.assertEqual(journal.find_live(0, 1, 12), 1)
            self.assertEqual(journal.find_live(0, 2, 11), 0)
            self.assertEqual(journal.find_live(1, 1, 11), 0)
            self.assertEqual(journal.find_sent(0, 12)[0], 2)
            self.assertIsNone(journal.find_sent(0, 13))
            journal = mounted(flash)

    def test_the_engine_sees_every_entry_once_and_after_a_start_again(self):
        flash, journal = fresh()
        seen = []
        journal = mounted(flash, None, lambda kind, seq, body: seen.append((kind, seq)))
        store(journal, 1)
        journal.attempt(journal.head(0, 1), 5, 0)
        journal.append(records.NOTE, memoryview(bytes(16)))
        journal.done(journal.head(0, 1), 0, 5, 0)
        kinds = [records.STORE, records.ATTEMPT, records.NOTE, records.DONE]
        self.assertEqual([s[0] for s in seen], kinds)
        again = []
        mounted(flash, None, lambda kind, seq, body: again.append((kind, seq)))
        self.assertEqual(again, seen)


if __name__ == "__main__":
    unittest.main()
