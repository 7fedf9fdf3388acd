"""What a customer waits for does not look through the flash, however much waits in it."""

import unittest

from desk import Desk
from test_engine_live import answer_to, sale
from test_engine_stored import advice

_STORED = 150
_MANY = 20  # reads: what was written is read back, and little else


class ReadsTest(unittest.TestCase):
    def setUp(self):
        self.desk = Desk(sectors=64)
        for stan in range(_STORED):
            self.desk.ask(advice(100 + stan, **{"41": "TEST0002"}))
            self.desk.down()
        self.desk.replies()
        self.assertEqual(len(list(self.desk.journal.items())), _STORED)

    def reads(self, step, *values, **more):
        before = self.desk.flash.reads
        step(*values, **more)
        return self.desk.flash.reads - before

    def test_a_sale(self):
        for stan in (1, 2):
            asked = sale(stan)
            self.assertLess(self.reads(self.desk.ask, asked, conn=2), _MANY)
            self.assertLess(self.reads(self.desk.up, 1), _MANY)
            self.assertLess(self.reads(self.desk.host, answer_to(asked), lane=1), _MANY)
        self.assertEqual([r[1:3] for r in self.desk.replies()], [("0210", "00")] * 2)

    def test_a_decline(self):
        self.desk.ask(sale(1), conn=2)
        self.assertLess(self.reads(self.desk.down, 1), _MANY)
        self.assertEqual([r[1:3] for r in self.desk.replies()], [("0210", "91")])
        self.assertEqual(len(self.desk.holds()), 1)


if __name__ == "__main__":
    unittest.main()
