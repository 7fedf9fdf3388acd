"""A live request: written once or declined, in the order that money needs."""

import unittest

from desk import CARD, MERCHANT, TERMINAL, Desk
from tidegate.core import events


def sale(stan=1, amount=1000, batch=1, **more):
    fields = {
        "0": "0200", "2": CARD, "3": "000000", "4": "%012d" % amount, "11": "%06d" % stan,
        "22": "051", "25": "00", "41": TERMINAL, "42": MERCHANT, "49": "156",
        "60": "22%06d" % batch, "64": "3132333435363738",
    }  # fmt: skip
    fields.update(more)
    return fields


def reversal(stan=1, amount=1000, batch=1, mac="3837363534333231", **more):
    fields = sale(stan, amount, batch)
    fields.update({"0": "0400", "39": "98", "64": mac})
    fields.update(more)
    return fields


def answer_to(fields, code="00", **more):
    made = {k: fields[k] for k in ("3", "4", "11", "25", "41", "42", "49", "60") if k in fields}
    made["0"] = "0%d" % (int(fields["0"]) + 10)
    made.update({"12": "120000", "13": "1123", "39": code, "64": "3131313131313131"})
    made.update(more)
    return made


def through(desk, fields, code="00"):
    # To the host and back, on lane 0.
    desk.ask(fields)
    desk.up()
    desk.host(answer_to(fields, code))


class LiveTest(unittest.TestCase):
    def test_a_sale_is_written_once_and_its_answer_delivered(self):
        desk = Desk()
        asked = desk.ask(sale())
        self.assertEqual(desk.connects, [(0, 0)])
        self.assertEqual(desk.sent, [])
        desk.up()
        self.assertEqual(desk.sent, [(0, asked)])
        told = desk.host(answer_to(sale(), **{"38": "012345"}))
        self.assertEqual(desk.told, [(1, told)])
        books = desk.engine.ledger.lanes[0].books
        self.assertEqual((books.batch, books.debit_count, books.debit_sum), (1, 1, 1000))

    def test_no_line_is_a_decline_at_once_and_a_hold(self):
        desk = Desk()
        desk.ask(sale())
        desk.down()
        self.assertEqual(desk.replies(), [(1, "0210", "91", "000001")])
        self.assertEqual(desk.holds(), [("sale", 1000, "91")])
        # The same customer succeeds later on the same terminal: the hold closes by itself.
        desk.ask(sale(2))
        desk.up()
        desk.host(answer_to(sale(2)))
        self.assertEqual(desk.holds(), [])

    def test_silence_after_the_write(self):
        desk = Desk()
        desk.ask(sale())
        desk.up()
        desk.wait(18)
        self.assertEqual(desk.replies(), [])
        desk.wait(582)
        self.assertEqual(desk.attention(), [("unknown", 1)])

    def test_a_lost_line_after_the_write_is_never_repeated(self):
        desk = Desk()
        desk.ask(sale())
        desk.up()
        desk.down()
        self.assertEqual(desk.replies(), [])
        desk.ask(sale(), conn=2)  # the link level repeats it, on a new connection
        for _ in range(30):
            desk.wait(30)
        self.assertEqual(len(desk.sent), 1)

    def test_a_repeat_in_flight_joins_and_later_gets_the_remembered_answer(self):
        desk = Desk()
        desk.ask(sale())
        desk.up()
        desk.ask(sale())
        desk.host(answer_to(sale()))
        self.assertEqual(desk.replies(), [(1, "0210", "00", "000001")])
        desk.ask(sale())
        self.assertEqual(desk.replies(), [(1, "0210", "00", "000001")])
        desk.wait(121)
        desk.ask(sale())
        self.assertEqual(desk.replies(), [])
        self.assertEqual(len(desk.sent), 1)

    def test_a_repeat_after_a_reboot_is_not_written_again(self):
        desk = Desk()
        desk.ask(sale())
        desk.up()
        sent = len(desk.sent)
        desk.boot()
        desk.ask(sale())
        desk.up()
        self.assertEqual((sent, len(desk.sent)), (1, 0))

    def test_the_answer_goes_only_to_the_connection_that_asked(self):
        desk = Desk()
        desk.ask(sale(), conn=7)
        desk.up()
        desk.perform(desk.engine.terminal_closed(7))
        desk.host(answer_to(sale()))
        self.assertEqual(desk.told, [])
        desk.ask(sale(2), conn=8)  # no reversal came before it
        desk.up()
        self.assertEqual(desk.attention(), [("unproven", 1)])

    def test_a_terminal_that_hangs_up_before_the_write_leaves_nothing(self):
        desk = Desk()
        desk.ask(sale(), conn=7)
        desk.perform(desk.engine.terminal_closed(7))
        desk.up()
        self.assertEqual((desk.sent, desk.told, desk.attention()), ([], [], []))

    def test_a_late_answer_is_recorded_and_not_delivered(self):
        desk = Desk()
        desk.ask(sale())
        desk.up()
        desk.wait(18)
        desk.host(answer_to(sale()))
        self.assertEqual(desk.told, [])
        self.assertTrue(desk.saw(events.LIVE_LATE))
        self.assertEqual(desk.engine.ledger.lanes[0].books.debit_count, 0)

    def test_an_answer_to_something_else_is_stray(self):
        desk = Desk()
        desk.ask(sale(2))
        desk.up()
        desk.host(answer_to(sale(1)))
        desk.host(answer_to(sale(2), **{"41": "TEST0009"}))
        self.assertEqual(desk.told, [])
        self.assertTrue(desk.saw(events.STRAY))
        desk.host(answer_to(sale(2)))
        self.assertEqual(desk.replies(), [(1, "0210", "00", "000002")])

    def test_reversal_first(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        desk.wait(18)
        desk.ask(reversal(1))
        desk.up()
        desk.wait(1)
        desk.ask(sale(2))
        self.assertEqual(desk.written(), [(0, "0200", "", "000001"), (0, "0400", "98", "000001")])
        desk.host(answer_to(reversal(1)))
        desk.up()
        self.assertEqual(desk.written(), [(0, "0200", "", "000002")])

    def test_a_live_request_waits_for_the_reversal_only_so_long(self):
        desk = Desk()
        desk.ask(reversal(1))
        desk.up()
        desk.ask(sale(2))
        desk.wait(18)
        self.assertIn((1, "0210", "96", "000002"), desk.replies())
        self.assertEqual([w[1] for w in desk.written()], ["0400"])

    def test_without_a_line_a_live_request_behind_a_reversal_is_declined_at_once(self):
        desk = Desk()
        desk.ask(reversal(1))
        desk.down()
        desk.ask(sale(2))
        desk.down()
        self.assertEqual(
            desk.replies(), [(1, "0410", "96", "000001"), (1, "0210", "91", "000002")]
        )
        self.assertEqual(desk.holds(), [("sale", 1000, "91")])
        self.assertEqual(desk.sent, [])

    def test_a_reversal_wins_even_after_delivery(self):
        desk = Desk()
        desk.ask(sale())
        desk.up()
        desk.host(answer_to(sale()))
        desk.ask(reversal(1, **{"39": "06"}))
        self.assertEqual(desk.engine.ledger.lanes[0].books.debit_count, 0)
        desk.up()
        desk.host(answer_to(reversal(1)))
        self.assertEqual(desk.attention(), [])

    def test_a_reversal_ends_the_wait_for_its_original(self):
        desk = Desk()
        desk.ask(sale())
        desk.up()
        desk.ask(reversal(1))
        desk.up()
        self.assertEqual([w[1] for w in desk.written()], ["0200", "0400"])
        desk.host(answer_to(sale()))  # overtaken: recorded only
        self.assertEqual(desk.told, [])
        desk.host(answer_to(reversal(1)))
        self.assertEqual(desk.replies(), [(1, "0410", "00", "000001")])
        self.assertEqual(desk.engine.ledger.lanes[0].books.debit_count, 0)

    def test_a_second_sale_waits_for_the_first(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        desk.ask(sale(2), conn=2)
        self.assertEqual(len(desk.sent), 1)
        desk.host(answer_to(sale(1)))
        desk.up()
        desk.host(answer_to(sale(2)))
        self.assertEqual([r[0] for r in desk.replies()], [1, 2])

    def test_lanes_do_not_wait_for_each_other(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.ask(sale(1, **{"41": "TEST0002"}), conn=2)
        desk.up(0)
        desk.up(1)
        self.assertEqual([lane for lane, _ in desk.sent], [0, 1])

    def test_terminals_of_one_device_share_a_lane(self):
        desk = Desk(lanes=[[[TERMINAL, MERCHANT], ["TEST0002", MERCHANT]]])
        desk.ask(sale(1))
        desk.up()
        desk.ask(sale(1, **{"41": "TEST0002"}), conn=2)
        self.assertEqual(desk.connects, [(0, 0)])

    def test_one_terminal_too_many_is_told_so(self):
        desk = Desk(lanes_max=1)
        desk.ask(sale(1))
        desk.ask(sale(1, **{"41": "TEST0002"}), conn=2)
        self.assertEqual(desk.replies(), [(2, "0210", "96", "000001")])

    def test_a_power_cut_between_sent_and_answer_is_unknown(self):
        desk = Desk()
        desk.ask(sale())
        desk.up()
        desk.boot()
        desk.ask(sale(2))
        desk.up()
        self.assertEqual(desk.attention(), [("unknown", 1)])

    def test_what_is_not_a_message_is_told_to_the_log_only(self):
        desk = Desk()
        desk.perform(desk.engine.terminal_frame(1, 0, memoryview(b"\x60\x00\x03garbage")))
        desk.perform(desk.engine.host_frame(0, memoryview(b"\x60\x00\x03garbage")))
        self.assertTrue(desk.saw(events.BAD_FRAME) and desk.saw(events.BAD_HOST_FRAME))
        self.assertEqual((desk.told, desk.sent), ([], []))


if __name__ == "__main__":
    unittest.main()
