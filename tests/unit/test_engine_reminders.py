"""What people are told before it is too late, each once, and after a power cut as well."""

import unittest

from desk import NOON, Desk
from test_engine_barriers import night, settle, settled
from test_engine_live import answer_to, sale
from tidegate.core import events
from tidegate.journal import tend

SETTLEMENT = {"remind_min": 13 * 60, "max_age_h": 24, "max_count": 2, "refuse": False,
              "code": "95"}  # fmt: skip
_DECLINE = 2


def approve(desk, stan, batch=1):
    asked = sale(stan, **{"60": "22%06d000600" % batch})
    desk.ask(asked)
    desk.up()
    desk.host(answer_to(asked))


def settlement(**more):
    made = dict(SETTLEMENT)
    made.update(more)
    return {"settlement": made}


def said(desk, event):
    return [told[1:] for told in desk.events if told[0] == event]


class ReminderTest(unittest.TestCase):
    def test_the_shop_closes_soon(self):
        desk = Desk(windows=night(_DECLINE), announce_before_min=15)
        desk.wait(11 * 3600 - 901)
        self.assertEqual(said(desk, events.CHANGE_DUE), [])
        desk.wait(1)
        desk.wait(60)
        self.assertEqual(said(desk, events.CHANGE_DUE), [(15, 0x3538, 0)])
        desk.wait(7 * 3600 - 60)
        self.assertEqual(said(desk, events.CHANGE_DUE)[1:], [(15, 0, 0)])  # it opens again

    def test_it_looks_when_it_asked_to(self):
        desk = Desk(windows=night(_DECLINE), announce_before_min=15)
        due = desk.engine.reminders.due_ms
        self.assertEqual(due - desk.time.ms, (11 * 3600 - 900) * 1000)
        self.assertTrue(desk.engine.next_ms() <= due)

    def test_the_hour_at_which_the_shop_settles(self):
        desk = Desk(**settlement(max_count=0))
        approve(desk, 1)
        desk.wait(3599)
        self.assertEqual(said(desk, events.SETTLE_DUE), [])
        desk.wait(1)
        self.assertEqual(said(desk, events.SETTLE_DUE), [(0, 1, 1)])
        desk.ask(settle())
        desk.up()
        desk.host(settled())
        desk.wait(86400)
        self.assertEqual(len(said(desk, events.SETTLE_DUE)), 1)

    def test_a_batch_that_is_too_old(self):
        desk = Desk(**settlement(remind_min=-1, max_count=0))
        approve(desk, 1)
        desk.wait(86399)
        desk.boot()
        self.assertEqual(said(desk, events.BATCH_OLD), [])
        desk.wait(1)
        self.assertEqual(said(desk, events.BATCH_OLD), [(0, 1, 1)])
        desk.boot()
        self.assertEqual(said(desk, events.BATCH_OLD), [(0, 1, 1)])

    def test_its_age_is_in_the_checkpoint(self):
        desk = Desk(**settlement(remind_min=-1, max_count=0))
        approve(desk, 1)
        for _ in range(3):
            desk.wait(20000)
            tend.write_set(desk.journal)
            desk.boot()
        desk.wait(86400 - 60000)
        self.assertEqual(said(desk, events.BATCH_OLD), [(0, 1, 1)])

    def test_a_batch_that_is_full(self):
        desk = Desk(**settlement())
        approve(desk, 1)
        self.assertEqual(said(desk, events.BATCH_FULL), [])
        approve(desk, 2)
        approve(desk, 3)
        self.assertEqual(said(desk, events.BATCH_FULL), [(0, 2, 1)])

    def test_totals_that_soon_do_not_fit_into_a_settlement(self):
        desk = Desk(**settlement(max_count=0))  # the shop wants no limit
        desk.engine.ledger.lanes[0].books.debit_count = 948
        approve(desk, 1)
        self.assertEqual(said(desk, events.BATCH_FULL), [])
        approve(desk, 2)
        self.assertEqual(said(desk, events.BATCH_FULL), [(0, 950, 1)])
        desk = Desk()
        asked = sale(1, 900000000000)
        desk.ask(asked)
        desk.up()
        desk.host(answer_to(asked))
        self.assertEqual(said(desk, events.BATCH_FULL), [(0, 1, 1)])

    def test_no_sale_before_it_is_settled_where_the_shop_wants_that(self):
        desk = Desk(**settlement(refuse=True))
        approve(desk, 1)
        approve(desk, 2)
        desk.ask(sale(3))
        self.assertEqual(desk.replies()[-1], (1, "0210", "95", "000003"))
        desk.ask(sale(4, **{"3": "200000", "60": "23000001", "61": "000001000001"}))
        desk.up()
        self.assertEqual(len(desk.sent), 3)  # a void is never stopped by that
        desk.host(answer_to(sale(4, **{"3": "200000", "60": "23000001", "61": "000001000001"})))
        desk.ask(settle())
        desk.up()
        desk.host(settled())
        approve(desk, 5, 2)
        self.assertEqual(desk.replies()[-1][2], "00")

    def test_a_clock_that_is_put_right(self):
        desk = Desk(windows=night(_DECLINE), announce_before_min=15)
        desk.time.wall = NOON + 11 * 3600 - 600
        desk.wait(0)
        self.assertEqual(said(desk, events.CHANGE_DUE), [(10, 0x3538, 0)])

    def test_without_a_clock_nothing_is_told(self):
        desk = Desk(windows=night(_DECLINE), announce_before_min=15, **settlement())
        desk.time.trust = 0
        desk.boot()
        desk.wait(12 * 3600)
        self.assertEqual(said(desk, events.CHANGE_DUE) + said(desk, events.SETTLE_DUE), [])


if __name__ == "__main__":
    unittest.main()
