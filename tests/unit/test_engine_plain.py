"""What is particular to plain ISO 8583, without stand-in."""

import unittest

from desk import Desk
from test_engine_stand_in import Standing, answer, reversal, sale


class RefundTest(Standing):
    def test_an_approved_refund_that_nobody_heard_is_a_persons_at_once(self):
        # World 848: a plain terminal need not take a refund back.
        desk = self.made = Desk()
        refund = sale(**{"3": "200000"})
        self.ask(refund)
        desk.up()
        desk.perform(desk.engine.terminal_closed(1))
        self.host(answer(refund))
        self.assertEqual(desk.attention(), [("unproven", 1)])
        taken_back = dict(reversal(), **{"3": "200000"})
        self.ask(taken_back)
        desk.up()
        self.host(answer(taken_back))
        self.assertEqual(desk.attention(), [])


if __name__ == "__main__":
    unittest.main()
