"""Stand-in that was switched off: what the bridge had approved before is still its promise."""

import unittest

from test_engine_stand_in import Standing, advice, answer, reversal, sale
from tidegate.core import events


class SwitchedOffTest(Standing):
    def setUp(self):
        self.desk()
        self.assertTrue(self.approved())
        self.made.down()

    def switch_off(self):
        self.made.config["stand_in"] = None
        self.made.boot()

    def test_nothing_more_is_approved(self):
        self.switch_off()
        self.ask(sale(2))
        while not self.made.told:
            self.made.down()
        self.assertEqual(self.made.replies(), [(1, "0210", "91", "000002")])

    def test_a_repeat_hears_the_same_and_is_never_written(self):
        self.switch_off()
        self.ask(sale())
        self.assertEqual(self.made.replies(), [(1, "0210", "00", "000001")])
        self.made.up()
        self.assertEqual([w[1:] for w in self.made.written()], [("0220", "00", "000001")])

    def test_a_repeat_after_the_host_has_it_is_not_written_either(self):
        self.bring()
        self.host(answer(advice()))
        self.assertEqual(self.sums(), (1, 500))
        self.switch_off()
        self.assertIsNone(self.made.engine.stand_in)
        self.ask(sale())
        self.assertTrue(self.made.saw(events.LIVE_JOINED))
        self.assertEqual((self.made.sent, self.made.told), ([], []))

    def test_before_the_advice_was_written_a_reversal_ends_it(self):
        self.switch_off()
        self.ask(reversal())
        self.assertEqual(self.made.journal.open_count(0), 0)
        self.assertEqual(self.sums(), (0, 0))

    def test_a_booked_one_is_taken_from_the_books_again(self):
        self.bring()
        self.host(answer(advice()))
        self.switch_off()
        self.ask(reversal())
        self.assertEqual(self.sums(), (0, 0))


if __name__ == "__main__":
    unittest.main()
