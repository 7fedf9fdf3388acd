"""Faults of the engine that the simulated world has found, each as its shortest story."""

import unittest

from desk import Desk
from test_engine_barriers import settle, settled, upload
from test_engine_live import answer_to, reversal, sale
from test_engine_stored import advice
from tidegate.core import events

_OTHER = {"41": "ANOTHER1"}


def refund(stan=1, amount=1000):
    return sale(stan, amount, **{"0": "0220", "3": "200000", "60": "25000001"})


class Gone(Exception):
    pass


def nothing_after_store(journal):
    # The power goes as soon as the next storable message is durable.
    real = journal.store

    def store(*values):
        real(*values)
        raise Gone

    journal.store = store


class FoundTest(unittest.TestCase):
    def test_a_repeat_that_crossed_its_decline_is_declined_again(self):
        desk = Desk()
        desk.ask(sale())
        desk.down()
        desk.ask(sale())  # sent by the link before the terminal had read the answer
        self.assertEqual([r[2] for r in desk.replies()], ["91", "91"])
        self.assertEqual((desk.sent, len(desk.connects)), ([], 1))
        desk.wait(121)
        desk.ask(sale())  # somebody has had the time to try again
        desk.up()
        self.assertEqual(len(desk.sent), 1)

    def test_94_after_an_attempt_before_a_power_cut_is_a_repeat(self):
        desk = Desk()
        desk.ask(advice())
        desk.up()
        desk.boot()
        desk.up()
        desk.host(answer_to(advice(), "94"))
        self.assertEqual((desk.attention(), desk.open()), ([], (0, 0)))

    def test_the_terminals_own_copy_never_goes_to_a_host_that_books_repeats(self):
        desk = Desk(link_dialect={"advice_idempotent": False})
        desk.ask(advice())
        desk.down()
        desk.wait(80)
        desk.up()
        desk.host(answer_to(advice()))
        desk.replies()
        desk.ask(advice())  # shadow: it was told 96 and kept its copy
        self.assertEqual(desk.replies(), [(1, "0230", "96", "000001")])
        self.assertEqual((len(desk.sent), desk.open()), (1, (0, 0)))

    def test_a_third_form_of_what_a_person_has_is_not_sent_either(self):
        desk = Desk(link_dialect={"advice_idempotent": False})
        desk.ask(advice(1, 500))
        desk.up()
        desk.wait(18)
        for amount in (600, 700):
            desk.ask(advice(1, amount))
            desk.up()
        self.assertEqual(desk.attention(), [("differs", 1)] * 3)
        self.assertEqual((len(desk.sent), desk.open()), (1, (0, 0)))

    def test_another_form_waits_for_a_person_even_if_the_power_goes_before_that_is_said(self):
        desk = Desk(link_dialect={"advice_idempotent": False})
        desk.ask(advice(1, 500))
        desk.up()
        desk.wait(18)  # written, not answered: a person decides
        nothing_after_store(desk.journal)
        with self.assertRaises(Gone):
            desk.ask(advice(1, 600))
        desk.boot()
        desk.up()
        self.assertEqual((desk.sent, desk.open()), ([], (0, 0)))
        self.assertEqual(desk.attention(), [("differs", 1), ("not-repeatable", 1)])

    def test_an_approved_refund_that_nobody_heard_is_a_persons_at_once(self):
        refund = sale(1, **{"0": "0220", "3": "200000", "60": "25000001"})
        for leaves in (1, 2):
            desk = Desk()
            if leaves == 2:
                desk.engine.delivered = lambda conn: []
            desk.ask(refund)
            desk.up()
            if leaves == 1:
                desk.perform(desk.engine.terminal_closed(1))
            desk.host(answer_to(refund))
            desk.perform(desk.engine.terminal_closed(1))
            self.assertEqual(desk.attention(), [("unproven", 1)])
        desk = Desk()
        desk.ask(refund)
        desk.up()
        desk.host(answer_to(refund))
        desk.perform(desk.engine.terminal_closed(1))
        self.assertEqual(desk.attention(), [])

    def test_an_upload_does_not_end_what_may_still_arrive_at_a_host_that_books_it_again(self):
        for answer, left in (("", [("not-repeatable", 1)]), ("96", []), ("14", [])):
            desk = Desk(link_dialect={"advice_idempotent": False})
            desk.ask(advice())
            desk.up()
            if answer:
                desk.host(answer_to(advice(), answer))
            else:
                desk.wait(18)
            desk.engine.lanes[0].refusals = 2
            desk.ask(settle())
            desk.up()
            desk.host(settled(flag="2"))
            desk.ask(upload(stans=(1,)))
            desk.up()
            desk.host(answer_to(upload(stans=(1,))))
            self.assertEqual(desk.attention(), left)

    def test_an_upload_counts_two_forms_of_one_advice_once(self):
        desk = Desk()
        desk.ask(advice(1, 500))
        desk.up()
        desk.wait(18)
        desk.ask(advice(1, 500, **{"64": "5142434445464748"}))  # new keys, a new seal
        self.assertEqual(desk.attention(), [("differs", 1), ("differs", 1)])
        desk.ask(settle())
        desk.up()
        desk.host(settled(flag="2"))
        desk.ask(upload(stans=(1,)))
        desk.up()
        desk.host(answer_to(upload()))
        books = desk.engine.ledger.lanes[0].books
        self.assertEqual((desk.attention(), books.debit_count, books.debit_sum), ([], 1, 500))

    def test_a_host_that_does_not_know_is_no_decline(self):
        for code in ("68", "98"):
            desk = Desk()
            desk.ask(sale(1))
            desk.up()
            desk.host(answer_to(sale(1), code))
            self.assertEqual(desk.replies(), [(1, "0210", code, "000001")])
            desk.ask(sale(2))  # no reversal came before it
            desk.up()
            self.assertEqual(desk.attention(), [("unknown", 1)])

    def test_a_host_that_does_not_know_and_a_reversal_leave_nothing(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        desk.host(answer_to(sale(1), "98"))
        desk.ask(reversal(1))
        desk.up()
        desk.host(answer_to(reversal(1)))
        desk.ask(sale(2))
        desk.up()
        self.assertEqual((desk.attention(), desk.open()), ([], (0, 0)))

    def test_two_forms_of_an_advice_are_both_told_as_stored(self):
        # World 315: the power went after the first was durable and before that was told.
        desk = Desk()
        desk.ask(advice(1))
        desk.up()
        desk.boot()
        desk.ask(advice(1, **{"4": "000000000501"}))
        self.assertEqual(desk.attention(), [("differs", 1), ("differs", 1)])
        self.assertTrue(desk.saw(events.STORED))

    def test_an_unanswered_refund_is_a_persons_at_once(self):
        desk = Desk()
        desk.ask(refund())
        desk.up()
        desk.wait(18)
        self.assertEqual(desk.attention(), [("unknown", 1)])

    def test_a_person_is_told_although_another_terminal_has_filled_the_ring(self):
        # World 983: nothing named a refund that was out while the last room went.
        desk = Desk()
        desk.ask(refund())
        desk.up()
        stan = 100
        while not desk.saw(events.STORE_REFUSED):
            desk.ask(reversal(stan, **_OTHER), conn=2)
            desk.down(1)
            stan += 1
        self.assertGreater(stan, 120)
        desk.wait(18)
        self.assertIn(("unknown", 1), desk.attention())


if __name__ == "__main__":
    unittest.main()
