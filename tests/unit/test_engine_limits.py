"""Limits: each refuses with its own code, or only marks; what was used up survives power cuts."""

import unittest

from desk import NOON, Desk
from test_engine_live import answer_to, reversal, sale
from tidegate.core import events
from tidegate.journal import bodies, records

AMOUNT, COUNT, SUM, CARD, LUHN, REPEAT = range(6)
OTHER_CARD = "6299990000001247"


def limit(rule, most=0, **more):
    made = {
        "name": "limit", "rule": rule, "window": -1, "per_window": False, "bridge": False,
        "terminals": [], "kinds": [1, 4], "flag": False, "code": "65", "code_min": "13", "min": 0,
        "max": most, "within_s": 0,
    }  # fmt: skip
    made.update(more)
    return made


def desk_with(*limits, **more):
    return Desk(live_limits=list(limits), **more)


def approve(desk, stan, amount=1000, **fields):
    asked = sale(stan, amount, **fields)
    desk.ask(asked)
    desk.up()
    desk.host(answer_to(asked))


def codes(desk):
    return [reply[2] for reply in desk.replies()]


class LimitTest(unittest.TestCase):
    def test_an_amount_above_and_one_of_zero(self):
        desk = desk_with(limit(AMOUNT, 5000, min=1, code="61"))
        desk.ask(sale(1, 5001))
        desk.ask(sale(2, 0))
        self.assertEqual(codes(desk), ["61", "13"])
        self.assertEqual(desk.sent, [])
        approve(desk, 3, 5000)
        self.assertEqual(len(desk.sent), 1)

    def test_the_reason_stands_in_the_hold(self):
        desk = desk_with(limit(AMOUNT, 5000))
        desk.ask(sale(1, 5001))
        held = [bodies.get(records.HOLD, i.body()) for i in desk.journal.items(0)]
        self.assertEqual([(v[10], v[12]) for v in held], [(6 + AMOUNT, 1)])

    def test_so_many_a_day_and_a_new_day_at_the_cut_over(self):
        desk = desk_with(limit(COUNT, 2))
        approve(desk, 1)
        approve(desk, 2)
        desk.ask(sale(3))
        self.assertEqual(codes(desk)[-1], "65")
        held = [bodies.get(records.HOLD, i.body()) for i in desk.journal.items(0)]
        self.assertEqual(held[0][14], NOON + 11 * 3600)  # until 23:00
        desk.time.wall = NOON + 11 * 3600
        approve(desk, 4)
        self.assertEqual(len(desk.sent), 3)

    def test_what_was_declined_or_taken_back_does_not_count(self):
        desk = desk_with(limit(COUNT, 1))
        desk.ask(sale(1))
        desk.up()
        desk.host(answer_to(sale(1), "51"))
        desk.ask(sale(2))
        desk.up()
        desk.host(answer_to(sale(2)))
        desk.ask(reversal(2))
        desk.up()
        desk.host(answer_to(reversal(2)))
        approve(desk, 3)
        self.assertEqual(len(desk.sent), 4)
        desk.ask(sale(4))
        self.assertEqual(codes(desk)[-1], "65")

    def test_an_unknown_outcome_counts(self):
        desk = desk_with(limit(SUM, 1999))
        desk.ask(sale(1, 1000))
        desk.up()
        desk.wait(18)
        desk.ask(sale(2, 1000))
        self.assertEqual(codes(desk)[-1], "65")

    def test_power_cuts_give_nothing_back(self):
        desk = desk_with(limit(SUM, 2500), limit(COUNT, 9))
        approve(desk, 1)
        approve(desk, 2)
        for _ in range(3):
            desk.boot()
        desk.ask(sale(3, 501))
        self.assertEqual(codes(desk)[-1], "65")
        approve(desk, 4, 500)
        self.assertEqual(len(desk.sent), 1)

    def test_nor_does_a_ring_that_has_forgotten_the_day(self):
        desk = desk_with(limit(SUM, 2500), limit(CARD, 2, within_s=36000))
        approve(desk, 1)
        approve(desk, 2)
        for stan in range(100, 400):  # a lane of its own: the ring of 16 sectors goes round
            desk.ask(sale(stan, 0, **{"3": "310000", "41": "TEST0002"}), conn=2)
            desk.up(1)
            desk.host(answer_to(sale(stan, 0, **{"3": "310000", "41": "TEST0002"}), "51"), 1)
            while desk.journal.tend(desk.engine.checkpoint):
                pass
            for seen in (desk.sent, desk.told, desk.events):
                seen.clear()
        self.assertIsNone(desk.journal.find_sent(0, 1))
        desk.boot()
        desk.ask(sale(3, 501))
        desk.ask(sale(4, 500))
        self.assertEqual(codes(desk), ["65", "65"])
        approve(desk, 5, 500, **{"2": OTHER_CARD})
        self.assertEqual(len(desk.sent), 1)

    def test_counted_over_all_terminals_or_each_alone(self):
        for bridge, reached in ((False, 2), (True, 1)):
            desk = desk_with(limit(COUNT, 1, bridge=bridge))
            approve(desk, 1)
            other = sale(2, 1000, **{"41": "TEST0002"})
            desk.ask(other, conn=2)
            desk.up(1)
            self.assertEqual(len(desk.sent), reached)

    def test_a_limit_of_the_night_leaves_the_day_alone(self):
        night = {"name": "night", "days": 127, "from_min": 1380, "to_min": 360, "action": 0,
                 "code": "", "kinds": [1, 4], "max_amount": 0, "route": 0}  # fmt: skip
        desk = desk_with(limit(COUNT, 1, window=0, per_window=True), windows=[night])
        approve(desk, 1)
        approve(desk, 2)
        desk.time.wall = NOON + 11 * 3600
        approve(desk, 3)
        desk.time.wall += 4 * 3600  # past midnight, the same night
        desk.ask(sale(4))
        self.assertEqual(codes(desk)[-1], "65")
        desk.time.wall += 20 * 3600  # the next night
        approve(desk, 5)
        self.assertEqual(len(desk.sent), 4)

    def test_a_card_too_often_and_another_card(self):
        desk = desk_with(limit(CARD, 2, within_s=600))
        approve(desk, 1, 1000)
        approve(desk, 2, 2000)
        desk.boot()
        desk.ask(sale(3, 3000))
        self.assertEqual(codes(desk)[-1], "65")
        approve(desk, 4, 1000, **{"2": OTHER_CARD})
        self.assertEqual(len(desk.sent), 1)
        desk.time.wall += 600
        approve(desk, 5, 1000)
        self.assertEqual(len(desk.sent), 2)

    def test_the_same_card_and_amount_again(self):
        desk = desk_with(limit(REPEAT, 1, within_s=60, code="94"))
        approve(desk, 1, 1000)
        desk.ask(sale(2, 1000))
        self.assertEqual(codes(desk)[-1], "94")
        approve(desk, 3, 1001)
        desk.time.wall += 60
        approve(desk, 4, 1000)
        self.assertEqual(len(desk.sent), 3)

    def test_a_typed_number_with_a_wrong_check_digit(self):
        desk = desk_with(limit(LUHN, code="14"))
        wrong = "6299990000001238"
        desk.ask(sale(1, 1000, **{"2": wrong, "22": "012"}))
        self.assertEqual(codes(desk), ["14"])
        approve(desk, 2, 1000, **{"2": wrong})  # not typed
        approve(desk, 3, 1000, **{"22": "012"})
        self.assertEqual(len(desk.sent), 2)

    def test_it_may_only_mark(self):
        desk = desk_with(limit(AMOUNT, 5000, flag=True))
        approve(desk, 1, 5001)
        self.assertEqual(codes(desk), ["00"])
        self.assertTrue(desk.saw(events.LIMIT))
        sent = desk.journal.find_sent(0, 1)
        self.assertEqual(bodies.get(records.SENT, sent)[6], 1)

    def test_only_the_terminals_that_it_names(self):
        desk = desk_with(limit(AMOUNT, 5000, terminals=["TEST0002"]))
        approve(desk, 1, 5001)
        self.assertEqual(len(desk.sent), 1)

    def test_it_is_looked_at_again_at_the_moment_of_the_write(self):
        # Two terminals ask at the same time; together they would pass the limit of the bridge.
        desk = desk_with(limit(COUNT, 1, bridge=True))
        desk.ask(sale(1))
        desk.ask(sale(2, 1000, **{"41": "TEST0002"}), conn=2)
        desk.up(0)
        desk.up(1)
        self.assertEqual(len(desk.sent), 1)
        self.assertEqual(codes(desk), ["65"])

    def test_a_void_is_never_stopped_unless_told_to(self):
        desk = desk_with(limit(COUNT, 1))
        approve(desk, 1)
        void = sale(2, **{"3": "200000", "60": "23000001", "61": "000001000001"})
        desk.ask(void)
        desk.up()
        self.assertEqual(len(desk.sent), 2)


if __name__ == "__main__":
    unittest.main()
