"""Found by asking of every rule which input breaks it: live requests, routes, windows."""

import unittest

from desk import Desk
from review_for_tests import B, plain
from test_engine_barriers import (
    _CHANNEL,
    _ELEVEN_AT_NIGHT,
    night,
)
from test_engine_live import answer_to, reversal, sale
from tidegate.core import books as states
from tidegate.journal import records


class ReviewLiveTest(unittest.TestCase):
    def test_0201_is_not_a_second_write(self):
        desk = Desk()
        desk.ask(plain("0200", 1), link=2)
        desk.up()
        desk.ask(plain("0201", 1), link=2)
        desk.wait(18)
        desk.up()
        self.assertEqual(len(desk.sent), 1)

    def test_night_begins_between_connect_and_write(self):
        desk = Desk(windows=night(_CHANNEL))
        desk.time.wall = _ELEVEN_AT_NIGHT - 1
        desk.ask(sale(1))
        desk.time.wall += 1
        desk.up()
        self.assertEqual((desk.sent, desk.connects[-1]), ([], (0, 1)))

    def test_attention_that_cannot_be_written_stops_the_next_sale(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        desk.wait(18)
        real = desk.journal.append

        def bad(t, b):
            if t == records.ATTENTION:
                raise OSError(5)
            return real(t, b)

        desk.journal.append = bad
        desk.ask(sale(2))
        desk.up()
        self.assertTrue(desk.attention() or len(desk.sent) == 1)

    def test_remembered_answer_delivers(self):
        desk = Desk()
        desk.ask(sale(1), conn=7)
        desk.up()
        desk.perform(desk.engine.terminal_closed(7))
        desk.host(answer_to(sale(1)))
        desk.ask(sale(1), conn=8)
        self.assertEqual(desk.replies(), [(8, "0210", "00", "000001")])
        desk.ask(sale(2), conn=8)
        desk.up()
        self.assertEqual(desk.attention(), [])

    def test_answer_not_taken_by_the_wire_is_not_delivered(self):
        desk = Desk()
        e = desk.engine
        desk.ask(sale(1))
        desk.up()
        f = desk.frame(answer_to(sale(1)))
        e.host_frame(0, memoryview(f))
        desk.ask(sale(2))
        desk.down()
        self.assertEqual(e.ledger.lanes[0].live.state, states.APPROVED)

    def test_0201_after_a_lost_0200_is_not_written(self):
        desk = Desk()
        desk.ask(plain("0200", 1), link=2)
        desk.up()
        desk.down()
        desk.ask(plain("0201", 1), link=2)
        desk.up()
        self.assertEqual(len(desk.sent), 1)

    def test_same_key_other_mac_after_a_lost_sale_is_not_written(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        desk.down()
        desk.ask(sale(1, **{"64": "3939393939393939"}), conn=2)
        desk.up()
        self.assertEqual(len(desk.sent), 1)

    def test_answers_of_unknown_terminals_take_no_lanes(self):
        desk = Desk()
        for i in range(4):
            desk.ask(dict(answer_to(sale(1)), **{"41": "NOISE%03d" % i}))
        desk.replies()
        desk.boot()
        desk.ask(sale(1))
        self.assertEqual(desk.replies(), [])

    def test_night_to_day(self):
        desk = Desk(windows=night(_CHANNEL))
        desk.time.wall = _ELEVEN_AT_NIGHT + 7 * 3600 - 1
        desk.ask(sale(1))
        desk.time.wall += 1
        desk.up()
        self.assertEqual(desk.sent, [])

    def test_two_messages_of_a_serial_conn_with_two_lanes(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.ask(sale(1, **B))
        desk.up(0)
        desk.up(1)
        desk.host(answer_to(sale(1, **B)), lane=1)
        desk.host(answer_to(sale(1)), lane=0)
        self.assertEqual(len(desk.told), 2)
        self.assertEqual(
            [desk.engine.ledger.lanes[i].live.state for i in (0, 1)], [states.DELIVERED] * 2
        )

    def test_joined_while_in_flight_gets_it_on_the_new_connection_only(self):
        desk = Desk()
        desk.ask(sale(1), conn=1)
        desk.up()
        desk.ask(sale(1), conn=2)
        desk.perform(desk.engine.terminal_closed(1))
        desk.host(answer_to(sale(1)))
        self.assertEqual([r[0] for r in desk.replies()], [2])

    def test_route_that_is_gone_from_the_configuration(self):
        desk = Desk(windows=night(_CHANNEL))
        desk.time.wall = _ELEVEN_AT_NIGHT
        desk.ask(sale(1))
        desk.up()
        desk.config["routes"] = desk.config["routes"][:1]
        desk.config["windows"] = []
        desk.boot()
        desk.ask(reversal(1))
        desk.up()
        desk.host(answer_to(reversal(1)))

    def test_more_answers_with_other_terminal_reset_nothing(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        desk.host(answer_to(sale(1), "68"))
        desk.wait(600)
        self.assertEqual(desk.attention(), [("unknown", 1)])

    def test_link_repeat_of_sale_while_ask_is_replaced(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.ask(sale(1), conn=2)
        desk.up()
        desk.host(answer_to(sale(1)))
        self.assertEqual([r[0] for r in desk.replies()], [2])

    def test_cut_between_attention_and_sent(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        desk.wait(18)
        real = desk.journal.append

        def bad(t, b):
            if t == records.SENT:
                raise OSError(5)
            return real(t, b)

        desk.journal.append = bad
        desk.ask(sale(2))
        desk.up()
        self.assertEqual(
            ([r[2] for r in desk.replies()], desk.attention()), (["96"], [("unknown", 1)])
        )


if __name__ == "__main__":
    unittest.main()
