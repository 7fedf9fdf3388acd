"""Settlement by the bridge, at its hour, for terminals of plain hosts that keep no batch."""

import unittest

from desk import MERCHANT, TERMINAL, Desk
from test_engine_stand_in import ISO, Standing, advice, answer, sale
from tidegate.core import events
from tidegate.proto import codec


class SettlingTest(Standing):
    # At 12:30 the bridge settles for terminals that keep no batch.

    def desk(self, **changes):
        rule = dict({"at_min": 750, "terminals": [TERMINAL]}, **changes)
        self.made = Desk(settle_by_bridge=rule)
        return self.made

    def sold(self, stan=1, amount=500):
        desk = self.made
        self.ask(sale(stan, amount))
        desk.up()
        self.host(answer(sale(stan, amount)))
        desk.replies()
        desk.written()

    def asked(self):
        desk = self.made
        desk.up()
        return [codec.decode(desk.dialects[ISO], frame) for _, frame in desk.sent]

    def settled(self, flag="1"):
        told = codec.decode(self.made.dialects[ISO], self.made.sent[-1][1])
        self.host({"0": "0510", "11": told[11], "41": TERMINAL, "42": MERCHANT, "66": flag,
                   "39": "00" if flag == "1" else "95"})  # fmt: skip

    def test_it_settles_what_was_counted_at_that_hour(self):
        desk = self.desk()
        self.sold(1, 500)
        self.sold(2, 700)
        desk.wait(1790)
        self.assertEqual(desk.sent, [])
        desk.wait(70)
        (told,) = self.asked()
        expected = {0: "0500", 41: TERMINAL, 42: MERCHANT, 74: "0" * 10, 76: "0000000002",
                    86: "0" * 16, 88: "0000000000001200"}  # fmt: skip
        self.assertEqual({n: text for n, text in told.items() if n not in (7, 11)}, expected)
        self.settled()
        self.assertEqual((self.sums(), desk.replies()), ((0, 0), []))
        kept = desk.engine.ledger.lanes[0]
        self.assertEqual((kept.settled.debit_sum, kept.settle_flags), (1200, 1))
        desk.wait(86400)
        self.assertEqual([w[1] for w in desk.written()], ["0500"])  # nothing new was counted

    def test_what_the_power_or_the_line_prevented_is_made_up_for(self):
        desk = self.desk()
        self.sold()
        desk.time.wall += 3600
        desk.boot()
        desk.wait(1)
        desk.down()
        desk.wait(300)
        self.assertEqual(len(desk.connects), 1)
        desk.wait(301)
        self.assertEqual(len(self.asked()), 1)
        self.settled("2")
        self.assertEqual(desk.engine.ledger.lanes[0].settle_flags, 2)
        desk.wait(3600)
        self.assertEqual(len(desk.sent), 1)

    def test_stored_messages_go_first(self):
        desk = self.desk()
        self.sold(1)
        self.ask(advice(2, 300))
        desk.down()
        desk.wait(1860)
        desk.up()
        self.assertEqual([w[1] for w in desk.written()], ["0220"])
        self.host(answer(advice(2, 300)))
        desk.wait(60)
        desk.up()
        self.assertEqual(codec.decode(desk.dialects[ISO], desk.sent[-1][1])[76], "0000000002")

    def test_a_terminal_that_settles_or_is_not_named_is_left_alone(self):
        desk = self.desk(terminals=["OTHER001"])
        self.sold()
        desk.wait(3600)
        self.assertEqual(desk.sent, [])
        desk = self.desk()
        self.sold()
        self.ask({"0": "0500", "11": "000009", "41": TERMINAL, "42": MERCHANT, "76": "0" * 10})
        desk.down()
        desk.wait(3600)
        self.assertEqual([e for e in desk.events if e[0] == events.SETTLES], [])

    def test_without_a_clock_there_is_no_such_hour(self):
        desk = self.desk()
        self.sold()
        desk.time.trust = 0
        desk.wait(3600)
        self.assertEqual(desk.sent, [])


if __name__ == "__main__":
    unittest.main()
