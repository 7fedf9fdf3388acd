"""What a person decides: each decision ends one thing, once, and says who and why."""

import unittest
from struct import unpack_from

from desk import NOON, Desk
from test_engine_barriers import settle as ask_settle
from test_engine_barriers import settled
from test_engine_live import answer_to, reversal, sale
from test_engine_stored import advice
from tidegate.core import events, persons
from tidegate.journal import records


def only(desk, entry_type, attention=None):
    found = [i.id for i in desk.journal.items(-1, 1 << entry_type, attention)]
    assert len(found) == 1, found
    return found[0]


def notes(desk):
    # (what, item, text) of the notes since the start, as a mount would show them.
    found = []

    def visit(kind, _seq, body):
        if kind == records.NOTE:
            item, _, what = unpack_from("<IBB", body, 0)
            found.append((records.NOTE_NAMES[what], item, bytes(body[16:]).decode()))

    desk.journal.visit = visit
    return found


def refused_advice(stan=1):
    desk = Desk()
    desk.ask(advice(stan))
    desk.up()
    desk.host(answer_to(advice(stan), "30"))
    desk.sent.clear()
    return desk


class SettleTest(unittest.TestCase):
    def test_a_person_ends_it_and_it_stays_ended(self):
        desk = refused_advice()
        told = notes(desk)
        item = only(desk, records.STORE, True)
        desk.perform(persons.settle(desk.engine, item, False, "Li", "已退款"))
        self.assertEqual(told, [("settled-not-booked", item, "Li\n已退款")])
        for _ in range(2):
            self.assertEqual((desk.attention(), desk.open()), ([], (0, 0)))
            self.assertEqual(desk.engine.ledger.lanes[0].books.debit_sum, 0)
            desk.boot()

    def test_what_the_acquirer_has_counts_in_the_totals(self):
        desk = refused_advice()
        item = only(desk, records.STORE, True)
        desk.perform(persons.settle(desk.engine, item, True, "Li", "on the statement"))
        for _ in range(2):
            books = desk.engine.ledger.lanes[0].books
            self.assertEqual((books.debit_count, books.debit_sum), (1, 500))
            desk.boot()

    def test_an_unknown_sale(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        desk.wait(18)
        desk.wait(600)
        item = only(desk, records.ATTENTION)
        desk.perform(persons.settle(desk.engine, item, True, "Li", "seen in the books"))
        desk.boot()
        self.assertEqual(desk.attention(), [])

    def test_what_waits_for_the_host_is_nobodys_to_end(self):
        desk = Desk()
        desk.ask(advice())
        item = only(desk, records.STORE)
        with self.assertRaises(persons.Refused):
            persons.settle(desk.engine, item, True, "Li", "")
        self.assertEqual(desk.open(), (0, 1))

    def test_nothing_ends_without_its_note(self):
        desk = refused_advice()
        item = only(desk, records.STORE, True)
        desk.journal.append = _full
        with self.assertRaises(persons.Refused):
            persons.settle(desk.engine, item, True, "Li", "")
        self.assertEqual(desk.attention(), [("refused", 1)])


class RetryTest(unittest.TestCase):
    def test_a_refused_one_goes_out_again(self):
        desk = refused_advice()
        desk.perform(persons.retry(desk.engine, only(desk, records.STORE, True), False, "Li", ""))
        self.assertEqual((desk.attention(), desk.open()), ([], (0, 1)))
        desk.up()
        self.assertEqual([w[1] for w in desk.written()], ["0220"])
        desk.host(answer_to(advice()))
        self.assertEqual((desk.attention(), desk.open()), ([], (0, 0)))
        self.assertEqual(desk.engine.ledger.lanes[0].books.debit_sum, 500)

    def test_a_live_request_never(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        desk.wait(18)
        desk.wait(600)
        with self.assertRaises(persons.Refused):
            persons.retry(desk.engine, only(desk, records.ATTENTION), True, "Li", "")
        self.assertEqual(len(desk.sent), 1)

    def test_after_its_settlement_only_when_it_is_meant(self):
        desk = Desk()
        desk.ask(advice())
        desk.down()
        desk.engine.lanes[0].refusals = 2
        desk.ask(ask_settle())
        desk.up()
        desk.host(settled())
        desk.written()
        item = only(desk, records.STORE, True)
        with self.assertRaises(persons.Refused):
            persons.retry(desk.engine, item, False, "Li", "")
        desk.perform(persons.retry(desk.engine, item, True, "Li", "the acquirer asked for it"))
        desk.boot()
        self.assertEqual((desk.attention(), desk.open()), ([], (0, 1)))
        desk.up()
        self.assertEqual([w[1] for w in desk.written()], ["0220"])
        desk.host(answer_to(advice()))
        self.assertEqual((desk.attention(), desk.open()), ([], (0, 0)))

    def test_one_of_two_that_differ(self):
        desk = Desk()
        desk.ask(advice(1))
        desk.up()
        desk.ask(advice(1, 700))
        desk.wait(18)
        desk.written()
        items = [i.id for i in desk.journal.items(0, 1 << records.STORE, True)]
        desk.perform(persons.retry(desk.engine, items[1], True, "Li", "700 is on the slip"))
        desk.up()
        desk.host(answer_to(advice(1, 700)))
        self.assertEqual(desk.attention(), [("differs", 1)])
        desk.perform(persons.settle(desk.engine, items[0], False, "Li", "a wrong draft"))
        self.assertEqual((desk.attention(), desk.open()), ([], (0, 0)))

    def test_a_reversal_goes_before_the_next_sale(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        desk.wait(18)
        desk.ask(reversal(1))
        desk.up()
        desk.host(answer_to(reversal(1), "30"))
        desk.written()
        desk.perform(persons.retry(desk.engine, only(desk, records.STORE, True), False, "L", ""))
        desk.ask(sale(2))
        desk.up()
        self.assertEqual([w[1] for w in desk.written()], ["0400"])


class HoldTest(unittest.TestCase):
    def held(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.down()
        return desk

    def test_it_is_remembered_at_its_time_and_after_a_power_cut(self):
        desk = self.held()
        first = only(desk, records.HOLD)
        desk.perform(persons.defer(desk.engine, first, NOON + 3600, "Li", "comes back"))
        self.assertEqual(desk.holds(), [("sale", 1000, "91")])
        self.assertNotEqual(only(desk, records.HOLD), first)
        desk.wait(3599)
        self.assertFalse(desk.saw(events.HOLD_DUE))
        desk.wait(1)
        self.assertTrue(desk.saw(events.HOLD_DUE))
        desk.boot()
        self.assertTrue(desk.saw(events.HOLD_DUE))

    def test_a_deferred_one_still_closes_by_success(self):
        desk = self.held()
        item = only(desk, records.HOLD)
        desk.perform(persons.defer(desk.engine, item, NOON + 3600, "Li", ""))
        desk.ask(sale(2))
        desk.up()
        desk.host(answer_to(sale(2)))
        self.assertEqual(desk.holds(), [])

    def test_released_and_cancelled_each_with_its_note(self):
        for decide, name in ((persons.release, "released"), (persons.cancel, "cancelled")):
            desk = self.held()
            told = notes(desk)
            item = only(desk, records.HOLD)
            desk.perform(decide(desk.engine, item, "Li", "cash"))
            self.assertEqual(told, [(name, item, "Li\ncash")])
            desk.boot()
            self.assertEqual(desk.holds(), [])

    def test_what_is_no_hold(self):
        desk = refused_advice()
        item = only(desk, records.STORE, True)
        for call in (
            lambda: persons.cancel(desk.engine, item, "Li", ""),
            lambda: persons.release(desk.engine, 999999, "Li", ""),
            lambda: persons.defer(self.held().engine, item, NOON - 1, "Li", ""),
        ):
            with self.assertRaises(persons.Refused):
                call()
        self.assertEqual(desk.attention(), [("refused", 1)])


def _full(*_):
    raise OSError(28)


if __name__ == "__main__":
    unittest.main()
