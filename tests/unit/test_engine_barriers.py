"""Sign-in, settlement and windows: what has to wait for the store, and what the clock refuses."""

import unittest

from desk import MERCHANT, NOON, TERMINAL, Desk
from test_engine_live import answer_to, reversal, sale
from test_engine_stored import advice
from tidegate.core import events
from tidegate.journal import bodies, records


def sign_in(stan=90, batch=1):
    return {"0": "0800", "11": "%06d" % stan, "41": TERMINAL, "42": MERCHANT,
            "60": "00%06d003" % batch, "63": "01 "}  # fmt: skip


def signed_in(stan=90, batch=1, code="00"):
    made = answer_to(sign_in(stan, batch), code, **{"60": "00%06d003" % batch})
    del made["64"]
    if code == "00":
        made["62"] = "00" * 40
    return made


def settle(stan=95, batch=1, count=0, amount=0):
    totals = "%012d%03d%012d%03d0" % (amount, count, 0, 0) + "0" * 31
    return {"0": "0500", "11": "%06d" % stan, "41": TERMINAL, "42": MERCHANT, "48": totals,
            "49": "156", "60": "00%06d201" % batch, "63": "01 "}  # fmt: skip


def settled(stan=95, batch=1, flag="1"):
    totals = settle(stan, batch)["48"]
    made = answer_to(settle(stan, batch))
    del made["39"], made["64"]
    made["48"] = totals[:30] + flag + totals[31:61] + flag
    return made


def upload(stan=96, batch=1, stans=(1,)):
    details = "%02d" % len(stans)
    for one in stans:
        details += "00%06d%020d%012d" % (one, 0, 500)
    return {"0": "0320", "11": "%06d" % stan, "41": TERMINAL, "42": MERCHANT, "48": details,
            "60": "00%06d201" % batch}  # fmt: skip


def night(action, **more):
    window = {"name": "night", "days": 127, "from_min": 1380, "to_min": 360, "action": action,
              "code": "58", "kinds": [1, 4], "max_amount": 0, "route": 1}  # fmt: skip
    window.update(more)
    return [window]


_DECLINE, _MAINTENANCE, _CHANNEL = 2, 3, 4
_ELEVEN_AT_NIGHT = NOON + 11 * 3600


class SignInTest(unittest.TestCase):
    def test_it_waits_until_the_store_is_empty(self):
        desk = Desk()
        desk.ask(advice())
        desk.up()
        desk.ask(sign_in())
        self.assertEqual([w[1] for w in desk.written()], ["0220"])
        desk.host(answer_to(advice()))
        desk.up()
        self.assertEqual([w[1] for w in desk.written()], ["0800"])
        told = desk.host(signed_in())
        self.assertEqual(desk.told[-1], (1, told))

    def test_with_the_line_down_it_hears_96_and_nothing_is_made_up(self):
        desk = Desk()
        desk.ask(sign_in())
        desk.down()
        self.assertEqual(desk.replies(), [(1, "0810", "96", "000090")])

    def test_the_third_one_passes_a_store_that_does_not_move(self):
        desk = Desk()
        desk.ask(advice())
        desk.up()
        desk.wait(18)
        for stan in (90, 91):
            desk.wait(60)
            desk.ask(sign_in(stan))
            desk.up()
            desk.wait(18)
        desk.written()
        desk.wait(60)
        desk.ask(sign_in(92))
        for _ in range(3):
            desk.up()
            desk.wait(18)
        self.assertIn("0800", [w[1] for w in desk.written()])

    def test_a_dead_seal_goes_to_a_person_with_that_reason(self):
        desk = Desk()
        desk.ask(advice())
        desk.down()
        desk.engine.lanes[0].refusals = 2  # it has waited in vain twice
        desk.ask(sign_in())
        desk.up()
        self.assertEqual([w[1] for w in desk.written()], ["0800"])
        desk.host(signed_in())
        desk.up()
        desk.host(answer_to(advice(), "A0"))
        self.assertEqual(desk.attention(), [("stale-key", 1)])


class SettlementTest(unittest.TestCase):
    def test_it_drains_first_and_is_never_answered_by_the_bridge(self):
        desk = Desk()
        desk.ask(advice())
        desk.down()
        desk.told.clear()
        desk.ask(settle())
        desk.down()
        desk.wait(18)
        self.assertEqual(desk.told, [])
        desk.ask(settle())
        desk.up()
        desk.host(answer_to(advice()))
        desk.up()
        told = desk.host(settled())
        self.assertEqual(desk.told[-1], (1, told))
        lane = desk.engine.ledger.lanes[0]
        self.assertEqual((lane.settled.debit_sum, lane.settle_flags), (500, 0x0101))

    def test_what_cannot_drain_goes_to_a_person_and_is_never_replayed(self):
        desk = Desk()
        desk.ask(advice())
        desk.down()
        desk.engine.lanes[0].refusals = 2
        desk.ask(settle())
        desk.up()
        self.assertEqual([w[1] for w in desk.written()], ["0500"])
        self.assertEqual(desk.attention(), [("settled-before", 1)])
        self.assertEqual(desk.open(), (0, 0))

    def test_an_upload_that_names_it_closes_the_item(self):
        desk = Desk()
        desk.ask(advice())
        desk.down()
        desk.engine.lanes[0].refusals = 2
        desk.ask(settle())
        desk.up()
        self.assertEqual([w[1] for w in desk.written()], ["0500"])
        desk.host(settled())
        desk.ask(upload())
        desk.up()
        desk.host(answer_to(upload()))
        self.assertEqual(desk.attention(), [])

    def test_totals_that_cannot_be_read_are_passed_on_and_stop_nothing(self):
        for told in ("000000000700D0", "00000000070000A" + "0" * 47, "", "9" * 10):
            desk = Desk()
            asked = dict(settle(), **{"48": told})
            if not told:
                del asked["48"]
            desk.ask(asked)
            desk.up()
            self.assertEqual([w[1] for w in desk.written()], ["0500"])
            desk.host(settled(flag="2"))
            self.assertEqual([r[1] for r in desk.replies()], ["0510"])

    def test_an_unbalanced_one_is_followed_to_its_end(self):
        desk = Desk()
        told = []
        desk.ask(settle(count=1, amount=700))

        def visit(kind, seq, body):
            told.append((kind, bytes(body)))
            desk.engine.ledger.apply(kind, seq, body)

        desk.journal.visit = visit
        desk.up()
        desk.host(settled(flag="2"))
        desk.ask(upload(stans=(1, 2)))
        desk.up()
        desk.host(answer_to(upload(stans=(1, 2))))
        end = dict(upload(97), **{"48": "0002", "60": "00000001202"})
        desk.ask(end)
        desk.up()
        desk.host(answer_to(end))
        rows = [bodies.get(kind, body) for kind, body in told if kind == records.BATCH]
        steps = (records.BATCH_TERMINAL, records.BATCH_HOST)
        totals = [(row[2], row[4], row[8], row[6]) for row in rows if row[2] in steps]
        # the host of this test answers with no totals of its own
        self.assertEqual(totals, [(7, 1, 700, 1), (8, 0, 0, 1)])
        named = [(row[12], row[8]) for row in rows if row[2] == records.BATCH_NAMED]
        self.assertEqual(named, [(1, 500), (2, 500)])
        self.assertEqual(rows[-1][2], records.BATCH_UPLOADED)

    def test_settlement_proves_delivery_and_names_the_unknown(self):
        desk = Desk()
        desk.ask(sale())
        desk.up()
        desk.wait(18)
        desk.ask(settle())
        desk.up()
        self.assertEqual(desk.attention(), [("unknown", 1)])


class WindowTest(unittest.TestCase):
    def test_closed_at_23(self):
        desk = Desk(windows=night(_DECLINE))
        desk.time.wall = _ELEVEN_AT_NIGHT - 1
        desk.ask(sale(1))
        desk.up()
        self.assertEqual(len(desk.sent), 1)
        desk.host(answer_to(sale(1)))
        desk.time.wall = _ELEVEN_AT_NIGHT
        desk.ask(sale(2))
        self.assertEqual(desk.replies()[-1], (1, "0210", "58", "000002"))
        self.assertEqual(desk.holds(), [("sale", 1000, "58")])

    def test_a_clock_that_is_put_back_opens_nothing_that_has_closed(self):
        desk = Desk(windows=night(_DECLINE))
        desk.time.wall = _ELEVEN_AT_NIGHT + 60
        desk.time.trust = 2
        desk.ask(sale(1))
        rows = ((600, 2, "58"), (660, 1, "58"), (600, 3, None), (7200, 2, None))
        for back_s, trust, code in rows:
            desk.time.wall = _ELEVEN_AT_NIGHT + 60 - back_s
            desk.time.trust = trust
            desk.replies()
            desk.ask(sale(2 + back_s + trust))
            told = [r[2] for r in desk.replies()]
            self.assertEqual(told, [code] if code else [])
            desk.down()  # a better source, or a clock that was quite wrong, is believed

    def test_the_clock_is_read_again_at_the_moment_of_the_write(self):
        desk = Desk(windows=night(_DECLINE))
        desk.time.wall = _ELEVEN_AT_NIGHT - 1
        desk.ask(sale(1))
        desk.time.wall += 1
        desk.up()
        self.assertEqual(desk.sent, [])
        self.assertEqual(desk.replies(), [(1, "0210", "58", "000001")])

    def test_a_void_is_never_stopped_by_a_window(self):
        desk = Desk(windows=night(_DECLINE))
        desk.time.wall = _ELEVEN_AT_NIGHT
        void = sale(2, **{"3": "200000", "60": "23000001", "61": "000001000009"})
        desk.ask(void)
        desk.up()
        self.assertEqual(len(desk.sent), 1)

    def test_the_night_channel_has_its_own_route_and_cap(self):
        desk = Desk(windows=night(_CHANNEL, max_amount=2000))
        desk.time.wall = _ELEVEN_AT_NIGHT
        desk.ask(sale(1, 2001))
        self.assertEqual(desk.replies(), [(1, "0210", "61", "000001")])
        desk.ask(sale(2, 2000))
        self.assertEqual(desk.connects, [(0, 1)])

    def test_maintenance_declines_with_90_stores_and_pauses_replay(self):
        desk = Desk(windows=night(_MAINTENANCE, code="90", kinds=list(range(1, 12))))
        desk.time.wall = _ELEVEN_AT_NIGHT
        desk.ask(sale(1))
        desk.ask(advice(2))
        desk.ask(reversal(3))
        self.assertEqual([r[2] for r in desk.replies()], ["90", "96", "96"])
        self.assertEqual((desk.connects, desk.open()), ([], (1, 1)))
        desk.wait(7 * 3600)
        self.assertEqual(desk.connects, [(0, 0)])

    def test_what_waits_at_the_cut_over_is_told(self):
        desk = Desk()
        desk.ask(advice())
        desk.down()
        desk.time.wall = _ELEVEN_AT_NIGHT - 19 * 60
        desk.wait(1)
        self.assertTrue(desk.saw(events.DRAIN_DUE))


if __name__ == "__main__":
    unittest.main()
