"""What the journal did not take did not happen: refused cleanly, or left to the terminal."""

import unittest

from desk import CARD, NOON, Desk
from test_engine_live import answer_to, reversal, sale
from test_engine_stored import advice
from tidegate.core import events
from tidegate.journal import records, tend


def take_nothing(desk):
    # From now on no sector can be programmed or erased.
    desk.flash.bad = list(range(desk.flash.sectors))


class FailingFlashTest(unittest.TestCase):
    def test_a_request_without_its_entry_is_declined_and_not_written(self):
        desk = Desk()
        desk.ask(sale(1))
        take_nothing(desk)
        desk.up()
        self.assertEqual(desk.sent, [])
        self.assertEqual(desk.replies(), [(1, "0210", "96", "000001")])
        self.assertTrue(desk.saw(events.JOURNAL_FAILED))

    def test_an_answer_that_is_not_durable_is_not_told(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        take_nothing(desk)
        desk.host(answer_to(sale(1)))
        self.assertEqual(desk.told, [])
        desk.flash.bad = []
        desk.boot()
        desk.wait(600)
        self.assertEqual(desk.attention(), [("unknown", 1)])

    def test_what_was_not_stored_is_never_accepted(self):
        for link in (0, 1):  # shadow, and a terminal that takes the bridge's word
            desk = Desk()
            desk.ask(sale(1), link=link)  # makes the lane
            desk.down()
            desk.replies()
            take_nothing(desk)
            for asked in (advice(2), reversal(1)):
                desk.ask(asked, link=link)
                self.assertEqual([r[2] for r in desk.replies()], ["96"])
            self.assertEqual((desk.open(), desk.sent), ((0, 0), []))


class LimitTest(unittest.TestCase):
    def test_beyond_the_count_or_the_sum_a_storable_is_refused_and_a_reversal_is_not(self):
        for limit in ({"stored_count_max": 2}, {"stored_sum_max": 1000}):
            desk = Desk(limits=limit)
            for stan in (1, 2):
                desk.ask(advice(stan, 500), link=1)
                desk.down()
            self.assertEqual([r[2] for r in desk.replies()], ["94", "94"])
            desk.ask(advice(3, 500), link=1)
            self.assertEqual([r[2] for r in desk.replies()], ["96"])
            self.assertTrue(desk.saw(events.STORE_REFUSED))
            desk.ask(reversal(4), link=1)
            desk.down()
            self.assertEqual([r[2] for r in desk.replies()], ["25"])
            self.assertEqual(desk.open(), (1, 2))


class UnknownTest(unittest.TestCase):
    def test_a_decline_leaves_nothing_unknown(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.down()
        desk.boot()
        desk.ask(sale(2))
        desk.up()
        desk.host(answer_to(sale(2)))
        desk.wait(1200)
        self.assertEqual(desk.attention(), [])

    def test_what_was_out_when_the_power_went_is_told_to_a_person(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        desk.boot()
        desk.wait(599)
        self.assertEqual(desk.attention(), [])
        desk.wait(1)
        self.assertEqual(desk.attention(), [("unknown", 1)])

    def test_an_answer_behind_its_deadline_is_not_handed_on_before_the_tick_either(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        desk.time.ms += 18000
        desk.host(answer_to(sale(1)))
        self.assertEqual(desk.told, [])
        self.assertTrue(desk.saw(events.LIVE_LATE))


class SecretTest(unittest.TestCase):
    def test_a_set_has_the_books_of_each_terminal_and_they_come_back_from_it_alone(self):
        desk = Desk()
        for stan, tid in ((1, "TEST0001"), (2, "TEST0002"), (3, "TEST0001")):
            told = sale(stan, 1000 * stan, **{"41": tid})
            desk.ask(told, conn=stan)
            lane = desk.connects[-1][0]
            desk.up(lane)
            desk.host(answer_to(told), lane)
        written = []
        desk.journal.checkpoint = desk.engine.checkpoint
        desk.journal.visit = lambda *_: None
        append = desk.journal.append
        desk.journal.append = lambda kind, body: (written.append(kind), append(kind, body))
        tend.write_set(desk.journal)
        self.assertEqual(written.count(records.CHECKPOINT), 2 + 1)  # and the mark
        kept = [lane.books.values() for lane in desk.engine.ledger.lanes]
        names = list(desk.engine.ledger.names)
        desk.boot()
        self.assertEqual(desk.report.visited, len(written) - 1)
        self.assertEqual([lane.books.values() for lane in desk.engine.ledger.lanes], kept)
        self.assertEqual((sorted(desk.engine.ledger.names), kept[0][1]), (sorted(names), 2))

    def test_no_log_line_carries_a_card_number(self):
        desk = Desk(windows=[])
        self.assertEqual(desk.time.wall, NOON)
        for stan in (1, 2):
            desk.ask(sale(stan))
            desk.up()
            desk.host(answer_to(sale(stan)))
        desk.ask(reversal(2))
        desk.up()
        desk.wait(18)
        desk.ask(advice(3, **{"2": CARD}))
        for told in desk.events:
            self.assertTrue(max(told[1:]) < 100000000, "event %d" % told[0])


if __name__ == "__main__":
    unittest.main()
