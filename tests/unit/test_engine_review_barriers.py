"""Found by asking of every rule which input breaks it: sign-in, settlement and upload."""

import unittest

from desk import MERCHANT, TERMINAL, Desk, fail_at
from review_for_tests import PAIR, B, books, counts, plain, plain_answer
from test_engine_barriers import (
    settle,
    settled,
    sign_in,
    signed_in,
    upload,
)
from test_engine_live import answer_to, reversal, sale
from test_engine_stored import advice, plain_advice


class ReviewBarriersTest(unittest.TestCase):
    def test_iso87_after_first_settlement_items_are_still_replayed(self):
        desk = Desk()
        f = {"0": "0500", "11": "000009", "41": TERMINAL, "42": MERCHANT}
        desk.ask(f, link=2)
        desk.up()
        desk.host(dict(f, **{"0": "0510", "39": "00"}), link=2)
        desk.ask(plain_advice(1), link=2)
        desk.down()
        desk.boot()
        desk.up()
        self.assertEqual(desk.attention(), [])
        self.assertEqual([w[1] for w in desk.written()], ["0220"])

    def test_iso87_books_start_anew_after_settlement(self):
        desk = Desk()
        a = plain("0200", 1)
        desk.ask(a, link=2)
        desk.up()
        desk.host(plain_answer(a), link=2)
        f = {"0": "0500", "11": "000009", "41": TERMINAL, "42": MERCHANT}
        desk.ask(f, link=2)
        desk.up()
        desk.host(dict(f, **{"0": "0510", "39": "00"}), link=2)
        a = plain("0200", 2, 500)
        desk.ask(a, link=2)
        desk.up()
        desk.host(plain_answer(a), link=2)
        self.assertEqual(counts(books(desk)), (0, 1, 500))

    def test_reversal_that_comes_while_sign_in_opens_goes_first(self):
        desk = Desk()
        desk.ask(sign_in())
        desk.ask(reversal(1))
        desk.up()
        self.assertNotIn("0800", [w[1] for w in desk.written()])

    def test_item_that_comes_while_settlement_opens(self):
        desk = Desk()
        desk.ask(settle())
        desk.ask(reversal(1))
        desk.up()
        self.assertEqual(desk.attention(), [])

    def test_refusals_forgotten_when_the_drain_moves(self):
        desk = Desk()
        for s in (1, 2):
            desk.ask(advice(s))
            desk.down()
        desk.engine.lanes[0].refusals = 2
        desk.wait(80)
        desk.up()
        desk.host(answer_to(advice(1)))
        desk.ask(sign_in())
        desk.written()
        desk.up()
        self.assertEqual([w[1] for w in desk.written()], ["0220"])

    def test_after_0500_no_replay_when_terminal_no_longer_waits(self):
        desk = Desk()
        desk.ask(settle())
        desk.up()
        desk.host(settled())
        desk.ask(advice(5))
        desk.up()
        desk.wait(18)
        desk.wait(80)
        desk.up()
        desk.wait(18)
        desk.wait(80)
        desk.up()
        self.assertEqual(len([w for w in desk.written() if w[1] == "0220"]), 1)

    def test_a_repeated_sign_in_in_flight_is_one_sign_in(self):
        desk = Desk()
        desk.ask(sign_in())
        desk.up()
        desk.ask(sign_in())
        desk.host(signed_in())
        desk.up()
        self.assertEqual([w[1] for w in desk.written()], ["0800"])

    def test_a_repeated_settlement_in_flight_is_one(self):
        desk = Desk()
        desk.ask(settle())
        desk.up()
        desk.ask(settle())
        desk.host(settled())
        desk.up()
        self.assertEqual([w[1] for w in desk.written()], ["0500"])

    def test_upload_of_two_stored_items_closes_both(self):
        desk = Desk()
        for s in (1, 2):
            desk.ask(advice(s))
            desk.down()
        desk.engine.lanes[0].refusals = 2
        desk.ask(settle())
        desk.up()
        desk.host(settled())
        desk.ask(upload(stans=(1, 2)))
        desk.up()
        desk.host(answer_to(upload(stans=(1, 2))))
        self.assertEqual(desk.attention(), [])
        self.assertEqual(books(desk).debit_sum, 1000)

    def test_upload_of_terminal_b_leaves_items_of_a(self):
        desk = Desk(lanes=PAIR)
        desk.ask(advice(1))
        desk.up()
        desk.host(answer_to(advice(1), "13"))
        self.assertEqual(desk.attention(), [("refused", 1)])
        f = dict(upload(), **B)
        desk.ask(f)
        desk.up()
        desk.host(answer_to(f))
        self.assertEqual(desk.attention(), [("refused", 1)])

    def test_sign_off_let_through_forgets_the_refusals(self):
        desk = Desk()
        desk.ask(advice())
        desk.down()
        desk.engine.lanes[0].refusals = 2
        off = {"0": "0820", "11": "000090", "41": TERMINAL, "42": MERCHANT, "60": "00000001002"}
        desk.ask(off)
        desk.up()
        desk.host(answer_to(off))
        self.assertEqual(desk.engine.lanes[0].refusals, 0)

    def test_fault_at_each_append_of_store_settle_upload(self):
        for k in range(1, 30):
            desk = Desk()
            counter = fail_at(desk.journal, k)
            desk.ask(advice(1))
            desk.down()
            desk.engine.lanes[0].refusals = 2
            desk.ask(settle())
            desk.up()
            desk.host(settled())
            desk.ask(upload())
            desk.up()
            desk.host(answer_to(upload()))
            if counter.calls < k:
                break
        self.assertTrue(5 < k < 29)

    def test_sign_in_answered_with_other_batch_while_approval_is_older(self):
        desk = Desk()
        for s in (1, 2):
            desk.ask(sale(s))
            desk.up()
            desk.host(answer_to(sale(s)))
        desk.ask(sign_in())
        desk.up()
        desk.host(signed_in(batch=2))
        desk.ask(reversal(1))
        desk.up()
        desk.wait(61)
        desk.wait(18)
        desk.wait(80)
        desk.up()
        desk.host(answer_to(reversal(1), "25"))
        self.assertEqual(desk.open(), (1, 0))

    def test_in_the_new_batch_an_upload_of_the_old(self):
        desk = Desk()
        desk.ask(advice(1))
        desk.down()
        desk.engine.lanes[0].refusals = 2
        desk.ask(settle())
        desk.up()
        desk.host(settled())
        desk.boot()
        desk.ask(upload())
        desk.up()
        desk.host(answer_to(upload()))
        self.assertEqual((desk.attention(), books(desk).debit_sum), ([], 500))

    def test_replayed_advice_after_0500_then_uploaded_is_booked_twice_at_such_a_host(self):
        desk = Desk(link_dialect={"advice_idempotent": False})
        desk.ask(settle())
        desk.up()
        desk.host(settled())
        desk.ask(advice(5))
        desk.down()
        desk.ask(settle(97))
        desk.down()
        desk.wait(80)
        desk.up()
        self.assertNotIn("0220", [w[1] for w in desk.written()])

    def test_uploaded_with_done_failing_once(self):
        desk = Desk()
        desk.ask(advice(1))
        desk.down()
        desk.engine.lanes[0].refusals = 2
        desk.ask(settle())
        desk.up()
        desk.host(settled())
        real = desk.journal.done
        n = []

        def bad(*a):
            n.append(1)
            if len(n) == 1:
                raise OSError(5)
            return real(*a)

        desk.journal.done = bad
        desk.ask(upload())
        desk.up()
        desk.host(answer_to(upload()))
        self.assertTrue(desk.attention() or books(desk).debit_sum == 500)

    def test_settlement_with_an_attention_that_cannot_be_written(self):
        desk = Desk()
        desk.ask(advice(1))
        desk.down()
        desk.engine.lanes[0].refusals = 2

        def bad(*a):
            raise OSError(5)

        desk.journal.attend = bad
        desk.ask(settle())
        desk.up()
        self.assertNotIn("0500", [w[1] for w in desk.written()])


if __name__ == "__main__":
    unittest.main()
