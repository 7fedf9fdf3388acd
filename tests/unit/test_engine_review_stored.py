"""Found by asking of every rule which input breaks it: what is stored."""

import unittest

from desk import Desk, Nth
from review_for_tests import B, books, plain
from test_engine_barriers import (
    _CHANNEL,
    _ELEVEN_AT_NIGHT,
    night,
    sign_in,
    signed_in,
)
from test_engine_live import answer_to, reversal, sale
from test_engine_stored import advice


class ReviewStoredTest(unittest.TestCase):
    def test_insist_passes_before_a_reversal_that_is_never_answered(self):
        desk = Desk()
        desk.ask(reversal(1))
        desk.up()
        desk.wait(18)
        for stan in (90, 91):
            desk.wait(60)
            desk.ask(sign_in(stan))
            for _ in range(2):
                desk.up()
                desk.wait(9)
        self.assertEqual(desk.engine.lanes[0].refusals, 2)
        desk.written()
        for stan in (92, 93, 94):
            desk.wait(90)
            desk.ask(sign_in(stan))
            for _ in range(3):
                desk.up()
                desk.wait(6)
        self.assertIn("0800", [w[1] for w in desk.written()])

    def test_never_answered_item_goes_to_a_person_while_the_route_answers_others(self):
        desk = Desk()
        desk.ask(reversal(1))
        for i in range(30):
            desk.up(0)
            desk.wait(18)
            desk.wait(80)
            desk.ask(sale(i + 1, **B), conn=2)
            desk.up(1)
            desk.host(answer_to(sale(i + 1, **B)), lane=1)
        self.assertEqual(len(desk.attention()), 1)

    def test_a_day_old_unanswered_item(self):
        desk = Desk()
        desk.ask(advice(1))
        for i in range(30):
            desk.up(0)
            desk.wait(18)
            desk.wait(3600)
            desk.ask(sale(i + 1, **B), conn=2)
            desk.up(1)
            desk.host(answer_to(sale(i + 1, **B)), lane=1)
        self.assertEqual(len(desk.attention()), 1)

    def test_nine_poison_advices_are_bounded(self):
        desk = Desk()
        for s in range(1, 10):
            desk.ask(advice(s))
            desk.down()
        desk.ask(sale(1, **B), conn=2)
        desk.up(1)
        desk.host(answer_to(sale(1, **B)), lane=1)
        for i in range(30 * 9):
            desk.wait(300)
            desk.up()
            stan = desk.written()[-1][3]
            desk.host(answer_to(advice(int(stan)), "96"))
            desk.ask(sale(2 + i, **B), conn=2)
            desk.up(1)
            desk.host(answer_to(sale(2 + i, **B)), lane=1)
            desk.written()
            if desk.attention():
                break
        self.assertTrue(desk.attention())

    def test_backoff_doubles_when_answered_again(self):
        desk = Desk()
        desk.ask(advice(1))
        desk.up()
        for _ in range(6):
            desk.host(answer_to(advice(1), "96"))
            gap = desk.engine.lanes[0].retry_ms - desk.time.ms
            desk.wait(80)
            desk.up()
        self.assertGreaterEqual(gap, 16000)

    def test_attempt_that_cannot_be_written_backs_off(self):
        desk = Desk()

        def bad(*a):
            raise OSError(5)

        desk.ask(advice(1))
        desk.journal.attempt = bad
        desk.connects.clear()
        for _ in range(50):
            desk.up()
        self.assertLess(len(desk.connects), 5)

    def test_done_that_cannot_be_written_backs_off(self):
        desk = Desk()

        def bad(*a):
            raise OSError(5)

        desk.ask(advice(1))
        desk.journal.done = bad
        for _ in range(20):
            desk.up()
            desk.host(answer_to(advice(1)))
        self.assertLess(len(desk.sent), 5)

    def test_stale_item_answered_96_is_tried_again(self):
        desk = Desk()
        desk.ask(advice())
        desk.down()
        desk.engine.lanes[0].refusals = 2
        desk.ask(sign_in())
        desk.up()
        desk.host(signed_in())
        desk.up()
        desk.host(answer_to(advice(), "96"))
        self.assertEqual(desk.attention(), [])

    def test_0221_repeat_of_attempted_advice_is_the_same(self):
        desk = Desk()
        desk.ask(plain("0220", 1), link=2)
        desk.up()
        desk.wait(18)
        desk.ask(plain("0221", 1), link=2)
        self.assertEqual(desk.attention(), [])

    def test_non_idempotent_copy_after_64_others(self):
        desk = Desk(sectors=64, link_dialect={"advice_idempotent": False})
        for s in range(1, 71):
            desk.ask(advice(s))
            desk.up()
            desk.host(answer_to(advice(s)))
        desk.wait(121)
        n = len(desk.sent)
        desk.ask(advice(1))
        desk.up()
        self.assertEqual(len(desk.sent), n)

    def test_non_idempotent_answered_91_is_retried(self):
        desk = Desk(link_dialect={"advice_idempotent": False})
        desk.ask(advice())
        desk.up()
        desk.host(answer_to(advice(), "91"))
        desk.wait(80)
        desk.up()
        self.assertEqual((desk.attention(), len(desk.sent)), ([], 2))

    def test_reversal_of_older_night_sale_on_night_route(self):
        desk = Desk(windows=night(_CHANNEL))
        desk.time.wall = _ELEVEN_AT_NIGHT
        desk.ask(sale(1))
        desk.up()
        desk.host(answer_to(sale(1)))
        desk.time.wall += 9 * 3600
        desk.ask(sale(2))
        desk.up()
        desk.host(answer_to(sale(2)))
        desk.ask(reversal(1))
        self.assertEqual(desk.connects[-1], (0, 1))

    def test_poison_advices_are_all_bounded(self):
        desk = Desk()
        for s in range(1, 13):
            desk.ask(advice(s))
            desk.down()
        for _ in range(80 * 12):
            desk.wait(300)
            desk.up()
            if not desk.sent:
                continue
            stan = desk.written()[-1][3]
            desk.host(answer_to(advice(int(stan)), "96"))
        self.assertEqual(desk.open(), (0, 0))

    def test_damaged_frame_while_the_terminal_waits(self):
        desk = Desk()
        desk.ask(advice(1))

        def bad(item):
            raise OSError(5)

        desk.journal.frame = bad
        desk.down()

    def test_damaged_frame_when_answered(self):
        desk = Desk()
        desk.ask(advice(1))
        desk.up()

        def bad(item):
            raise OSError(5)

        desk.journal.frame = bad
        desk.host(answer_to(advice(1)))

    def test_unanswered_refund_is_a_persons_at_once_after_a_power_cut(self):
        desk = Desk()
        f = sale(1, **{"0": "0220", "3": "200000", "60": "25000001", "61": "000001000009"})
        desk.ask(f)
        desk.up()
        desk.boot()
        self.assertEqual(desk.attention(), [("unknown", 1)])

    def test_item_refused_for_another_reason_is_not_called_stale(self):
        desk = Desk()
        desk.ask(advice())
        desk.down()
        desk.engine.lanes[0].refusals = 2
        desk.ask(sign_in())
        desk.up()
        desk.host(signed_in())
        desk.up()
        desk.host(answer_to(advice(), "14"))
        self.assertEqual(desk.attention(), [("refused", 1)])

    def test_live_in_flight_repeat_after_own_reversal(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        desk.ask(reversal(1))
        desk.up()
        desk.host(answer_to(reversal(1)))
        desk.ask(sale(1))
        desk.up()
        self.assertEqual(len([1 for w in desk.written() if w[1] == "0200"]), 1)

    def test_power_cut_at_every_write_of_a_sale_and_its_reversal(self):
        for k in range(1, 40):
            desk = Desk()
            real = desk.flash.writeblocks
            counter = Nth(k, KeyboardInterrupt())
            desk.flash.writeblocks = counter.wrap(real)
            cut = False
            try:
                desk.ask(sale(1))
                desk.up()
                desk.host(answer_to(sale(1)))
                desk.ask(reversal(1))
                desk.up()
                desk.host(answer_to(reversal(1)))
            except KeyboardInterrupt:
                cut = True
            desk.flash.writeblocks = real
            if not cut:
                break
            sent = [w[1] for w in desk.written()]
            desk.boot()
            if "0200" in sent:
                desk.ask(sale(1), conn=5)
                desk.up()
                self.assertNotIn("0200", [w[1] for w in desk.written()], k)
            desk.ask(reversal(1), conn=6)
            for _ in range(3):
                desk.up()
                desk.host(answer_to(reversal(1)))
                desk.wait(61)
            self.assertEqual((books(desk).debit_count, desk.open()), (0, (0, 0)), k)

    def test_no_two_replies_for_a_stored_item(self):
        desk = Desk()
        desk.ask(advice(1))
        desk.up()
        desk.wait(18)
        desk.host(answer_to(advice(1)))
        self.assertEqual(len(desk.replies()), 1)

    def test_advice_told_94_in_accept_though_host_refused_and_person_has_it(self):
        desk = Desk()
        desk.ask(advice(1), link=1)
        desk.up()
        desk.host(answer_to(advice(1), "13"), link=1)
        self.assertEqual([r[2] for r in desk.replies()], ["13"])

    def test_full_deadlock_single_lane(self):
        desk = Desk()
        desk.ask(reversal(1))
        desk.up()
        desk.wait(18)
        other = []
        for day in range(200):
            desk.wait(60)
            desk.ask(sign_in(100 + day))
            desk.up()
            desk.wait(18)
            desk.wait(60)
            desk.ask(sale(2 + day))
            desk.up()
            desk.wait(18)
        other = [w[1] for w in desk.written() if w[1] != "0400"]
        self.assertTrue(other or desk.attention())

    def test_host_hiccup_of_half_a_minute_leaves_nothing_to_a_person(self):
        desk = Desk()
        desk.ask(reversal(1))
        n = 2
        start = desk.time.ms
        desk.up()
        while desk.time.ms - start < 60000 and (not desk.attention()):
            desk.host(answer_to(reversal(1), "96"))
            f = sale(n, **B)
            desk.ask(f, conn=2)
            desk.up(1)
            desk.host(answer_to(f), lane=1)
            n += 1
            desk.wait(1.3)
            desk.up()
        self.assertEqual(desk.attention(), [])

    def test_reversal_route_is_proved_on_the_wire(self):
        desk = Desk(windows=night(_CHANNEL))
        desk.time.wall = _ELEVEN_AT_NIGHT
        desk.ask(sale(1))
        desk.up()
        desk.host(answer_to(sale(1)))
        desk.ask(sale(2))
        desk.up()
        desk.host(answer_to(sale(2), "05"))
        desk.ask(reversal(1))
        self.assertEqual(desk.connects[-1], (0, 1))


if __name__ == "__main__":
    unittest.main()
