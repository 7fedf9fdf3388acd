"""Stand-in: what the bridge approves itself while the line is down, and how it takes that back."""

import unittest

from desk import CARD, MERCHANT, NOON, TERMINAL, Desk, fail_at
from test_engine_barriers import night
from tidegate.core import events, persons
from tidegate.journal import records
from tidegate.proto import codec, message
from tidegate.proto.approval import build_approval

ISO = 2
ALLOWED = {"max_amount": 5000, "max_count": 3, "max_sum": 10000, "max_age_h": 2, "reversals": True}


def sale(stan=1, amount=500, **more):
    made = {"0": "0200", "2": CARD, "3": "000000", "4": "%012d" % amount, "7": "0827203217",
            "11": "%06d" % stan, "14": "3012", "22": "012", "25": "00", "41": TERMINAL,
            "42": MERCHANT, "49": "156"}  # fmt: skip
    made.update(more)
    return made


def reversal(stan=1, amount=500):
    made = sale(stan, amount, **{"39": "17", "90": "0200%06d" % stan + "0" * 32})
    made["0"] = "0400"
    return made


def answer(fields, code="00"):
    made = {k: v for k, v in fields.items() if k in ("3", "4", "11", "41", "42")}
    made.update({"0": "%04d" % (int(fields["0"]) + 10), "39": code})
    if code == "00" and fields["0"] == "0200":
        made["38"] = "123456"
    return made


def advice(stan=1, amount=500):
    made = sale(stan, amount)
    made["0"] = "0220"
    return made


class Standing(unittest.TestCase):
    def desk(self, **changes):
        self.made = Desk(stand_in=dict(ALLOWED, **changes))
        return self.made

    def ask(self, fields, conn=1):
        self.made.ask(fields, conn, ISO)

    def host(self, fields):
        self.made.host(fields, 0, ISO)

    def approved(self, stan=1, amount=500, conn=1):
        # Asked while the line is down, and told to go on.
        desk = self.made
        self.ask(sale(stan, amount), conn)
        while not desk.told:
            desk.down()  # what was stored before it may be tried first
        return desk.replies() == [(conn, "0210", "00", "%06d" % stan)]

    def bring(self, wait_s=80):
        desk = self.made
        desk.wait(wait_s)
        desk.up()
        return [w[1:] for w in desk.written()]

    def sums(self):
        kept = self.made.engine.ledger.lanes[0].books
        return kept.debit_count, kept.debit_sum


class ApprovalTest(Standing):
    def test_it_is_off_unless_switched_on(self):
        self.made = Desk()
        self.ask(sale())
        self.made.down()
        self.assertEqual(self.made.replies(), [(1, "0210", "91", "000001")])

    def test_a_sale_is_approved_and_brought_to_the_host_as_an_advice(self):
        desk = self.desk()
        self.assertTrue(self.approved())
        self.assertTrue(desk.saw(events.STOOD_IN))
        self.assertEqual(desk.sent, [])
        desk.wait(80)
        desk.up()
        ((_, frame),) = desk.sent
        told = codec.decode(desk.dialects[ISO], frame)
        expected = {int(n): text for n, text in advice().items()}
        expected.update({38: told[38], 39: "00"})
        self.assertEqual(told, expected)
        self.host(answer(advice()))
        self.assertEqual((desk.open(), desk.attention()), ((0, 0), []))
        self.assertEqual(self.sums(), (1, 500))

    def test_the_answer_carries_the_authorization_code_of_the_advice(self):
        desk = self.desk()
        self.ask(sale())
        desk.down()
        told = codec.decode(desk.dialects[ISO], desk.told[0][1])
        self.assertEqual((told[0], told[39], told[38][0]), ("0210", "00", "S"))
        self.assertNotIn(2, told)
        desk.wait(80)
        desk.up()
        self.assertEqual(codec.decode(desk.dialects[ISO], desk.sent[0][1])[38], told[38])

    def test_what_holds_a_pin_or_a_track_or_is_no_sale_is_declined(self):
        track = CARD + "=30121010000012300000"
        for fields in (
            sale(**{"52": "1122334455667788"}), sale(**{"35": track}), sale(**{"45": "B" + track}),
            sale(**{"3": "020000"}), sale(**{"3": "200000"}), sale(**{"4": "0" * 12}),
        ):  # fmt: skip
            desk = self.desk()
            self.ask(fields)
            desk.down()
            self.assertEqual([r[2] for r in desk.replies()], ["91"], fields)
            self.assertEqual(desk.open(), (0, 0))

    def test_a_dialect_with_seals_is_never_stood_in_for(self):
        from test_engine_live import sale as sealed_sale

        desk = self.desk()
        desk.ask(sealed_sale())
        desk.down()
        self.assertEqual([r[2] for r in desk.replies()], ["91"])
        m = message.Message().read(desk.dialects[0], memoryview(desk.frame(sealed_sale())))
        with self.assertRaises(ValueError):
            build_approval(m, b"S00001", 827, 203217, bytearray(256))

    def test_amount_count_sum_and_age_each_have_their_end(self):
        self.desk()
        self.assertFalse(self.approved(1, 5001))
        self.assertTrue(self.approved(2, 5000))
        self.assertFalse(self.approved(3, 5000 + 1))
        self.assertTrue(self.approved(4, 4999))
        self.assertFalse(self.approved(5, 2))  # the sum
        self.assertTrue(self.approved(6, 1))
        self.assertFalse(self.approved(7, 1))  # the count
        self.desk()
        self.assertTrue(self.approved(1))
        self.made.wait(2 * 3600 + 1)
        self.assertFalse(self.approved(2))  # the age of what waits

    def test_the_limits_count_what_a_person_has_and_hold_after_a_power_cut(self):
        desk = self.desk(max_count=1)
        self.assertTrue(self.approved())
        self.bring()
        self.host(answer(advice(), "14"))  # refused for good
        self.assertEqual(desk.attention(), [("refused", 1)])
        desk.boot()
        self.assertFalse(self.approved(2))

    def test_it_keeps_the_shops_hours_and_serves_what_was_refused_before(self):
        desk = self.desk()
        self.assertFalse(self.approved(1, 5000, 1) and self.approved(2, 5001))
        self.assertEqual([h[1] for h in desk.holds()], [5001])
        self.assertTrue(self.approved(3, 4000))
        self.ask(sale(4, 5001))
        desk.up()
        self.host(answer(sale(4, 5001)))
        self.assertEqual(desk.holds(), [])
        self.made = Desk(stand_in=ALLOWED, windows=night(2))
        self.ask(sale(5))
        self.made.time.wall = NOON + 11 * 3600  # it closes while the line is tried
        self.made.down()
        self.assertEqual([r[2] for r in self.made.replies()], ["91"])

    def test_a_host_that_only_listens_is_stood_in_for(self):
        desk = self.desk(reversals=False)
        self.ask(advice(9))
        desk.up()  # written, and nothing comes back
        desk.wait(10)
        self.ask(sale(2))
        desk.wait(8)
        desk.wait(10)
        self.assertIn((1, "0210", "00", "000002"), desk.replies())
        self.assertEqual([w[1] for w in desk.written()], ["0220"])

    def test_what_cannot_be_made_durable_is_declined(self):
        desk = self.desk()

        def fails(*_):
            raise OSError(5)

        desk.journal.store = fails
        self.assertFalse(self.approved())
        self.assertFalse(desk.saw(events.STOOD_IN))

    def test_a_repeat_hears_the_same_and_is_never_written(self):
        desk = self.desk()
        self.assertTrue(self.approved())
        self.assertEqual(self.bring(), [("0220", "00", "000001")])
        self.ask(sale())
        self.assertEqual(desk.replies(), [(1, "0210", "00", "000001")])
        desk.boot()
        self.ask(sale(), 7)
        self.assertEqual(desk.replies(), [(7, "0210", "00", "000001")])
        desk.up()
        self.host(answer(advice(), "94"))
        desk.written()
        desk.wait(121)
        self.ask(sale())  # it is booked; silence lets the terminal reverse it
        self.assertEqual((desk.replies(), desk.open()), ([], (0, 0)))
        self.assertEqual([w[1] for w in desk.written()], [])
        self.assertEqual(self.sums(), (1, 500))

    def test_a_void_waits_until_the_advice_is_there(self):
        desk = self.desk()
        self.assertTrue(self.approved())
        desk.wait(80)
        self.ask(sale(2, **{"3": "020000", "90": "0200000001" + "0" * 32}))
        desk.up()
        self.assertEqual([w[1] for w in desk.written()], ["0220"])
        self.host(answer(advice()))
        desk.up()
        self.assertEqual([w[1] for w in desk.written()], ["0200"])


class TakenBackTest(Standing):
    def test_before_the_advice_was_written_nothing_reaches_the_host(self):
        desk = self.desk()
        self.assertTrue(self.approved())
        self.ask(reversal())
        self.assertEqual(desk.replies(), [(1, "0410", "00", "000001")])
        self.assertEqual((desk.open(), desk.attention()), ((0, 0), []))
        self.assertEqual(self.bring(), [])
        self.assertEqual(self.sums(), (0, 0))

    def test_once_it_was_written_the_reversal_goes_and_the_advice_never_again(self):
        desk = self.desk()
        self.assertTrue(self.approved())
        self.assertEqual(self.bring(), [("0220", "00", "000001")])
        desk.wait(18)  # nothing comes back
        self.ask(reversal())
        self.assertEqual(desk.attention(), [("taken-back", 1)])
        desk.up()
        self.assertEqual([w[1] for w in desk.written()], ["0400"])
        self.host(answer(reversal(), "25"))
        self.assertEqual(desk.open()[0], 1)  # the advice may still be on its way: not the end
        self.assertEqual(self.bring(), [("0400", "17", "000001")])
        self.host(answer(reversal(), "25"))
        self.assertEqual((desk.open(), desk.attention()), ((0, 0), []))
        self.assertEqual(self.sums(), (0, 0))

    def test_what_the_journal_does_not_take_the_terminal_brings_again(self):
        for attempted in (False, True):
            for nth in (1, 2):
                desk = self.desk()
                self.assertTrue(self.approved())
                if attempted:
                    self.bring()
                    desk.wait(18)
                desk.sent.clear()
                fail_at(desk.journal, nth)
                self.ask(reversal())
                if desk.replies() == [(1, "0410", "96", "000001")]:
                    self.ask(reversal())  # only then does a terminal bring it again
                for _ in range(4):
                    desk.up()
                    self.host(answer(reversal()))
                    desk.wait(80)
                # Never an advice behind the reversal that took it back.
                self.assertNotIn("0220", [w[1] for w in desk.written()], (attempted, nth))
                self.assertEqual((desk.open(), desk.attention()), ((0, 0), []), (attempted, nth))
                self.assertEqual(self.sums(), (0, 0))

    def test_a_person_has_to_mean_it_to_send_what_was_taken_back(self):
        desk = self.desk()
        self.assertTrue(self.approved())
        self.bring()
        desk.wait(18)
        self.ask(reversal())
        (item,) = [i.id for i in desk.journal.items(-1, 1 << records.STORE, True)]
        with self.assertRaises(persons.Refused):
            persons.retry(desk.engine, item, False, "Li", "again")

    def test_an_answer_to_it_that_comes_late_counts_nothing(self):
        desk = self.desk()
        self.assertTrue(self.approved())
        self.bring()
        self.ask(reversal())  # while its answer is out
        self.host(answer(advice()))
        desk.up()
        self.assertEqual([w[1] for w in desk.written()], ["0400"])
        self.host(answer(reversal()))
        self.assertEqual((desk.open(), desk.attention()), ((0, 0), []))
        self.assertEqual(self.sums(), (0, 0))

    def test_a_booked_one_is_taken_from_the_books_again(self):
        desk = self.desk()
        self.assertTrue(self.approved())
        self.bring()
        self.host(answer(advice()))
        self.assertEqual(self.sums(), (1, 500))
        self.ask(reversal())
        desk.up()
        self.host(answer(reversal()))
        self.assertEqual((self.sums(), desk.attention()), ((0, 0), []))
        desk.boot()
        self.assertEqual(self.sums(), (0, 0))

    def test_an_approval_that_the_wire_never_took_is_taken_back(self):
        desk = self.desk()
        told = []
        desk.engine.delivered = lambda conn: told.append(conn) or []
        self.ask(sale())
        desk.down()
        self.assertEqual(told, [1])
        desk.perform(desk.engine.terminal_closed(1))
        self.assertEqual(desk.open(), (0, 0))
        self.assertTrue(desk.saw(events.TAKEN_BACK))

    def test_a_delivered_one_stays_when_the_terminal_hangs_up(self):
        desk = self.desk()
        self.assertTrue(self.approved())
        desk.perform(desk.engine.terminal_closed(1))
        self.assertEqual(desk.open(), (0, 1))


class OwnReversalTest(Standing):
    def test_what_was_written_and_not_answered_is_reversed_and_then_declined(self):
        desk = self.desk()
        track = CARD + "=30121010000012300000"
        self.ask(sale(**{"35": track, "52": "1122334455667788"}))
        desk.up()
        desk.wait(18)
        self.assertEqual(desk.replies(), [(1, "0210", "91", "000001")])
        desk.sent.clear()
        desk.wait(2)
        desk.up()
        ((_, frame),) = desk.sent
        told = codec.decode(desk.dialects[ISO], frame)
        expected = dict(sale(), **{"0": "0400", "39": "68"})
        expected["90"] = "0200" + "000001" + "0827203217" + "0" * 22
        self.assertEqual(told, {int(n): text for n, text in expected.items()})
        self.host(answer(reversal()))
        self.assertEqual((desk.open(), desk.attention(), self.sums()), ((0, 0), [], (0, 0)))

    def test_an_approval_that_comes_after_it_counts_nothing(self):
        desk = self.desk()
        self.ask(sale())
        desk.up()
        desk.wait(18)
        self.host(answer(sale()))
        self.assertEqual([r[2] for r in desk.replies()], ["91"])
        self.assertEqual(self.sums(), (0, 0))
        self.assertEqual(desk.open(), (1, 0))

    def test_the_next_sale_waits_for_it(self):
        desk = self.desk()
        self.ask(sale())
        desk.up()
        desk.down()
        desk.written()
        self.ask(sale(2))
        desk.up()
        self.assertEqual([w[1] for w in desk.written()], ["0400"])
        self.host(answer(reversal()))
        desk.up()
        self.assertEqual([w[1] for w in desk.written()], ["0200"])

    def test_the_terminals_own_reversal_is_the_same_one(self):
        desk = self.desk()
        self.ask(sale())
        desk.up()
        desk.wait(18)
        self.ask(reversal())
        self.assertEqual(desk.open(), (1, 0))
        desk = self.desk()
        self.ask(sale())
        desk.up()
        self.ask(reversal())  # it did not wait
        desk.replies()
        desk.wait(18)
        self.assertEqual(desk.open(), (1, 0))

    def test_it_can_be_left_to_the_terminal(self):
        desk = self.desk(reversals=False)
        self.ask(sale())
        desk.up()
        desk.wait(18)
        self.assertEqual((desk.replies(), desk.open()), ([], (0, 0)))

    def test_a_frame_that_is_gone_leaves_it_to_a_person(self):
        desk = self.desk()
        self.ask(sale())
        desk.up()
        desk.boot()
        desk.wait(600)
        self.assertEqual(desk.attention(), [("unknown", 1)])


if __name__ == "__main__":
    unittest.main()
