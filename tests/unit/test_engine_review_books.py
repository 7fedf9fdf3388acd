"""Found by asking of every rule which input breaks it: the books."""

import unittest

from desk import Desk
from review_for_tests import PAIR, B, books, counts, plain, plain_answer
from test_engine_barriers import (
    _ELEVEN_AT_NIGHT,
    sign_in,
    signed_in,
)
from test_engine_live import answer_to, reversal, sale
from test_engine_stored import advice
from tidegate.core import books as states
from tidegate.journal import records, tend


class ReviewBooksTest(unittest.TestCase):
    def test_reversal_with_25_after_an_approval_blocks_a_single_lane_for_ever(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        desk.host(answer_to(sale(1)))
        desk.ask(reversal(1, **{"39": "06"}))
        for _ in range(100):
            desk.up()
            desk.host(answer_to(reversal(1), "25"))
            desk.wait(80)
        self.assertEqual(len(desk.attention()), 1)

    def test_in_flight_at_cutover_is_counted_when_answered(self):
        desk = Desk()
        desk.time.wall = _ELEVEN_AT_NIGHT - 60
        desk.wait(1)
        desk.time.wall = _ELEVEN_AT_NIGHT - 1
        desk.ask(sale(1))
        desk.up()
        desk.wait(2)
        desk.host(answer_to(sale(1)))
        self.assertEqual(desk.replies(), [(1, "0210", "00", "000001")])
        self.assertEqual((books(desk).debit_count, desk.attention()), (1, []))

    def test_live_without_F60_leaves_the_books(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        desk.host(answer_to(sale(1)))
        odd = sale(2)
        del odd["60"]
        desk.ask(odd)
        desk.up()
        desk.host(answer_to(odd, "30"))
        self.assertEqual(counts(books(desk)), (1, 1, 1000))

    def test_reversal_of_terminal_b_leaves_a(self):
        desk = Desk(lanes=PAIR)
        desk.ask(sale(1))
        desk.up()
        desk.host(answer_to(sale(1)))
        desk.ask(reversal(1, **B))
        desk.up()
        self.assertEqual(books(desk).debit_count, 1)

    def test_reversal_of_late_approval_that_is_not_newest(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        desk.wait(18)
        desk.host(answer_to(sale(1)))
        desk.ask(sale(2, 700))
        desk.up()
        desk.host(answer_to(sale(2, 700)))
        self.assertEqual(counts(books(desk)), (1, 1, 700))
        desk.ask(reversal(1))
        desk.up()
        desk.host(answer_to(reversal(1)))
        self.assertEqual(counts(books(desk)), (1, 1, 700))

    def test_partial_approval_reversed_when_not_newest(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        desk.host(answer_to(sale(1), "10", **{"4": "%012d" % 600}))
        desk.ask(sale(2, 700))
        desk.up()
        desk.host(answer_to(sale(2, 700)))
        desk.ask(reversal(1))
        desk.up()
        desk.host(answer_to(reversal(1)))
        self.assertEqual(counts(books(desk)), (1, 1, 700))

    def test_power_cut_between_store_and_reversed(self):
        desk = Desk()
        for s in (1, 2):
            desk.ask(sale(s))
            desk.up()
            desk.host(answer_to(sale(s)))
        real = desk.journal.append

        def cut(t, b):
            if t == records.BATCH:
                raise OSError(5)
            return real(t, b)

        desk.journal.append = cut
        desk.ask(reversal(1))
        desk.boot()
        desk.ask(reversal(1))
        desk.up()
        desk.host(answer_to(reversal(1)))
        self.assertEqual(counts(books(desk)), (1, 1, 1000))

    def test_older_batch_item_confirmed_in_new_batch(self):
        desk = Desk()
        desk.ask(advice(1, 500, 1))
        desk.down()
        desk.ask(advice(2, 300, 2))
        desk.down()
        desk.wait(80)
        for f in (advice(1, 500, 1), advice(2, 300, 2)):
            desk.up()
            desk.host(answer_to(f))
        self.assertEqual(counts(books(desk)), (2, 1, 300))

    def test_repeat_replaced_keeps_repeat(self):
        desk = Desk()
        desk.ask(advice())
        desk.up()
        desk.host(answer_to(advice()))
        desk.wait(121)
        desk.ask(advice())
        desk.down()
        n = advice(**{"64": "5142434445464748"})
        desk.ask(n)
        desk.up()
        desk.host(answer_to(n))
        self.assertEqual(books(desk).debit_count, 1)

    def test_attention_of_an_older_unknown_closes_with_its_reversal(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        desk.wait(18)
        desk.ask(sale(2))
        desk.up()
        desk.host(answer_to(sale(2)))
        self.assertEqual(desk.attention(), [("unknown", 1)])
        desk.ask(reversal(1))
        desk.up()
        desk.host(answer_to(reversal(1)))
        self.assertEqual(desk.attention(), [])

    def test_iso_reversal_with_own_stan_and_F90(self):
        desk = Desk()
        a = plain("0200", 1)
        desk.ask(a, link=2)
        desk.up()
        desk.host(plain_answer(a), link=2)
        r = plain("0400", 2, **{"90": "0200000001" + "0" * 32})
        desk.ask(r, link=2)
        desk.up()
        desk.host(plain_answer(r), link=2)
        self.assertEqual(books(desk).debit_count, 0)

    def test_iso_25_on_F90_reversal_of_approved(self):
        desk = Desk()
        a = plain("0200", 1)
        desk.ask(a, link=2)
        desk.up()
        desk.host(plain_answer(a), link=2)
        r = plain("0400", 2, **{"90": "0200000001" + "0" * 32})
        desk.ask(r, link=2)
        desk.up()
        desk.host(plain_answer(r, "25"), link=2)
        self.assertEqual(desk.open(), (1, 0))

    def test_the_scratch_body_survives_housekeeping(self):
        desk = Desk()
        for s in range(1, 401):
            f = sale(s, s)
            desk.ask(f)
            desk.up()
            desk.host(answer_to(f))
            if books(desk).debit_count != s:
                break
        self.assertEqual((books(desk).debit_count, books(desk).debit_sum), (400, 400 * 401 // 2))
        desk.boot()
        self.assertEqual((books(desk).debit_count, books(desk).debit_sum), (400, 400 * 401 // 2))

    def test_remembered_approval_not_given_after_reversal(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        desk.host(answer_to(sale(1)))
        desk.ask(reversal(1))
        desk.down()
        desk.replies()
        desk.ask(sale(1))
        self.assertEqual(desk.replies(), [])

    def test_old_batch_reversal_leaves_the_new_batch(self):
        desk = Desk()
        for b in (1, 2, 3):
            f = sale(b, 1000, b)
            desk.ask(f)
            desk.up()
            desk.host(answer_to(f))
        desk.ask(reversal(1, 1000, 1))
        desk.up()
        self.assertEqual(counts(books(desk)), (3, 1, 1000))

    def test_housekeeping_inside_an_append_leaves_what_is_appended(self):
        desk = Desk()
        desk.ask(sale(1))
        make_room = desk.journal._make_room
        desk.journal.checkpoint = desk.engine.checkpoint
        wrote = []

        def room(size):
            if not wrote:
                wrote.append(size)
                tend.write_set(desk.journal)
            make_room(size)

        desk.journal._make_room = room
        desk.up()
        live = desk.engine.ledger.lanes[0].live
        self.assertEqual((live.stan, live.amount, live.state), (1, 1000, states.SENT))

    def test_hold_of_a_sale_is_not_closed_by_a_void(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.down()
        v = sale(2, **{"3": "200000", "60": "23000001", "61": "000001000009"})
        desk.ask(v)
        desk.up()
        desk.host(answer_to(v))
        self.assertEqual(len(desk.holds()), 1)

    def test_a_host_answer_without_F39_is_no_decline(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        a = answer_to(sale(1))
        del a["39"]
        del a["64"]
        desk.host(a)
        self.assertEqual(desk.engine.ledger.lanes[0].live.state, states.SENT)

    def test_zero_amount_answer_of_approval(self):
        desk = Desk()
        a = sale(1)
        desk.ask(a)
        desk.up()
        x = answer_to(a)
        del x["4"]
        desk.host(x)
        self.assertEqual(counts(books(desk)), (1, 1, 1000))

    def test_mac_refused_sale_approved_A0_reversal_books(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        desk.host(answer_to(sale(1)))
        desk.ask(reversal(1, **{"39": "A0"}))
        desk.down()
        desk.boot()
        desk.up()
        desk.host(answer_to(reversal(1)))
        self.assertEqual(counts(books(desk)), (1, 0, 0))

    def test_void_reversal(self):
        desk = Desk()
        v = sale(2, **{"3": "200000", "60": "23000001", "61": "000001000009"})
        desk.ask(v)
        desk.up()
        desk.host(answer_to(v))
        r = dict(reversal(2), **{"3": "200000", "60": "23000001", "61": "000001000009"})
        desk.ask(r)
        desk.up()
        desk.host(answer_to(r))
        self.assertEqual(books(desk).credit_count, 0)

    def test_25_told_to_person_when_batch_turned(self):
        desk = Desk()
        for s in (1, 2):
            desk.ask(sale(s))
            desk.up()
            desk.host(answer_to(sale(s)))
        desk.ask(sign_in())
        desk.up()
        desk.host(signed_in(batch=2))
        desk.wait(100)
        desk.ask(reversal(1))
        desk.up()
        self.assertEqual(desk.written()[-1][1], "0400")
        desk.host(answer_to(reversal(1), "25"))
        self.assertEqual(desk.open(), (1, 0))


if __name__ == "__main__":
    unittest.main()
