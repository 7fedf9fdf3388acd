"""Frames that are longer than a lane's own buffers: they borrow, and never take what is in use."""

import unittest

from desk import Desk
from test_engine_live import answer_to, sale

_LONG = {"57": "S" * 700}  # a signature, say


def long_sale(stan, tid="TEST0001", amount=10000):
    return sale(stan, amount, **dict(_LONG, **{"41": tid}))


class LongFrameTest(unittest.TestCase):
    def test_it_is_written_as_it_came(self):
        desk = Desk()
        frame = desk.ask(long_sale(1))
        self.assertTrue(len(frame) > 700)
        desk.up()
        self.assertEqual(desk.sent, [(0, frame)])
        desk.host(answer_to(long_sale(1)))
        self.assertEqual([r[1:3] for r in desk.replies()], [("0210", "00")])

    def test_two_at_the_same_moment_the_second_is_declined(self):
        desk = Desk()
        first = desk.ask(long_sale(1))
        desk.ask(long_sale(2, "TEST0002"), conn=2)
        self.assertEqual(desk.replies(), [(2, "0210", "96", "000002")])
        short = desk.ask(sale(3, **{"41": "TEST0002"}), conn=2)  # nobody waits for anybody
        desk.up(1)
        desk.up(0)
        self.assertEqual(desk.sent, [(1, short), (0, first)])

    def test_the_second_may_when_the_first_is_written(self):
        desk = Desk()
        first = desk.ask(long_sale(1))
        desk.up(0)
        desk.host(answer_to(long_sale(1)), lane=0)
        second = desk.ask(long_sale(2, "TEST0002"), conn=2)
        desk.up(1)
        self.assertEqual(desk.sent, [(0, first), (1, second)])

    def test_one_that_is_given_up_leaves_the_buffer(self):
        desk = Desk()
        desk.ask(long_sale(1))
        desk.wait(19)
        self.assertEqual([r[2] for r in desk.replies()], ["91"])
        second = desk.ask(long_sale(2, "TEST0002"), conn=2)
        desk.up(1)
        self.assertEqual([f for lane, f in desk.sent if lane == 1], [second])

    def test_the_same_lane_may_ask_again(self):
        desk = Desk()
        desk.ask(long_sale(1))
        second = desk.ask(long_sale(2))
        desk.up(0)
        self.assertEqual(desk.sent, [(0, second)])

    def test_a_long_answer_is_handed_on_and_not_remembered(self):
        # Asked again with the same bytes, silence: the terminal reverses what it did not hear.
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        answer = desk.host(dict(answer_to(sale(1)), **_LONG))
        self.assertEqual(desk.told, [(1, answer)])
        desk.told.clear()
        desk.ask(sale(1))
        self.assertEqual(desk.told, [])
        self.assertEqual(len(desk.sent), 1)
