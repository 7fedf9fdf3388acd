"""Storable messages: durable first, byte for byte, until the host or a person has them."""

import unittest

from desk import MERCHANT, TERMINAL, Desk
from test_engine_live import answer_to, reversal, sale


def advice(stan=1, amount=500, batch=1, **more):
    fields = {
        "0": "0220", "3": "000000", "4": "%012d" % amount, "11": "%06d" % stan, "22": "051",
        "25": "00", "41": TERMINAL, "42": MERCHANT, "49": "156", "60": "30%06d" % batch,
        "64": "4142434445464748",
    }  # fmt: skip
    fields.update(more)
    return fields


class StoredTest(unittest.TestCase):
    def test_with_the_line_up_the_hosts_own_answer_comes_back(self):
        desk = Desk()
        asked = desk.ask(advice())
        desk.up()
        self.assertEqual(desk.sent, [(0, asked)])
        told = desk.host(answer_to(advice()))
        self.assertEqual(desk.told, [(1, told)])
        self.assertEqual(desk.open(), (0, 0))
        self.assertEqual(desk.engine.ledger.lanes[0].books.debit_sum, 500)

    def test_shadow_says_96_and_accept_says_what_was_agreed(self):
        for link, codes in ((0, ("96", "96")), (1, ("25", "94")), (2, ("00", "00"))):
            desk = Desk()
            plain = link == 2
            back = reversal(1)
            done = advice(2)
            if plain:
                back, done = plain_reversal(1), plain_advice(2)
            desk.ask(back, link=link)
            desk.down()
            desk.ask(done, link=link)
            desk.down()
            self.assertEqual([r[2] for r in desk.replies()], list(codes))
            self.assertEqual(desk.open(), (1, 1))

    def test_the_outage_ends_reversal_first_then_advices_oldest_first(self):
        desk = Desk()
        for stan in (1, 2, 3):
            desk.ask(advice(stan))
            desk.down()
        desk.ask(reversal(9))
        desk.down()
        desk.boot()
        for _ in range(4):
            desk.up()
            stan = desk.written()[-1]
            desk.host(answer_to(reversal(9) if stan[1] == "0400" else advice(int(stan[3]))))
            desk.seen.append(stan[3])
        self.assertEqual(desk.seen, ["000009", "000001", "000002", "000003"])
        self.assertEqual(desk.open(), (0, 0))

    def test_the_same_bytes_are_stored_once(self):
        desk = Desk()
        desk.ask(advice())
        desk.down()
        desk.ask(advice())
        desk.down()
        self.assertEqual(desk.open(), (0, 1))

    def test_a_rebuilt_reversal_replaces_the_older_one(self):
        desk = Desk()
        desk.ask(reversal(1, mac="3131313131313131"))
        desk.up()
        desk.wait(18)
        newer = desk.ask(reversal(1, mac="3232323232323232"))
        desk.up()
        self.assertEqual(desk.open(), (1, 0))
        self.assertEqual(desk.sent[-1], (0, newer))

    def test_an_attempted_advice_that_differs_goes_to_a_person_with_both(self):
        desk = Desk()
        desk.ask(advice(1, 500))
        desk.up()
        desk.wait(18)
        desk.ask(advice(1, 600))
        self.assertEqual(desk.attention(), [("differs", 1), ("differs", 1)])
        self.assertEqual(desk.open(), (0, 0))

    def test_newer_bytes_replace_what_was_never_attempted(self):
        desk = Desk()
        desk.ask(advice(1, 500))
        desk.down()
        newer = desk.ask(advice(1, 600))
        desk.up()
        self.assertEqual(desk.sent, [(0, newer)])
        self.assertEqual(desk.open(), (0, 1))

    def test_tracks_and_pin_blocks_are_never_stored(self):
        desk = Desk()
        track = {"35": "6299990000001239=49120000000000000000"}
        pin = {"52": "A1B2C3D4E5F60718"}
        chip = {"55": "57136299990000001239D49120000000000000000F"}
        for more in (track, pin, chip):
            desk.ask(advice(1, **more))
            self.assertEqual(desk.replies(), [(1, "0230", "96", "000001")])
        self.assertEqual(desk.open(), (0, 0))
        self.assertEqual(desk.connects, [])

    def test_94_counts_only_after_an_attempt(self):
        desk = Desk()
        desk.ask(advice())
        desk.up()
        desk.host(answer_to(advice(), "94"))
        self.assertEqual(desk.attention(), [("refused", 1)])
        desk = Desk()
        desk.ask(advice())
        desk.up()
        desk.wait(18)
        desk.wait(5)
        desk.up()
        desk.host(answer_to(advice(), "94"))
        self.assertEqual((desk.attention(), desk.open()), ([], (0, 0)))

    def test_25_is_no_end_while_an_approval_stands_in_the_journal(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        desk.host(answer_to(sale(1)))
        desk.ask(reversal(1))
        desk.up()
        desk.wait(18)
        desk.wait(80)
        desk.up()
        self.assertEqual([w[1] for w in desk.written()], ["0200", "0400", "0400"])
        desk.host(answer_to(reversal(1), "25"))
        self.assertEqual(desk.open(), (1, 0))

    def test_25_is_no_end_while_the_original_may_overtake(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        desk.ask(reversal(1))
        desk.up()
        desk.host(answer_to(reversal(1), "25"))
        self.assertEqual(desk.open(), (1, 0))
        desk.wait(61)
        desk.up()
        desk.host(answer_to(reversal(1), "25"))
        self.assertEqual(desk.open(), (0, 0))

    def test_no_answer_is_not_a_refusal(self):
        desk = Desk()
        desk.ask(advice())
        for _ in range(40):
            desk.up()
            desk.wait(18)
            desk.wait(80)
        self.assertEqual((desk.attention(), desk.open()), ([], (0, 1)))
        self.assertEqual(len(desk.sent), 40)

    def test_put_off_gives_the_others_their_turn(self):
        desk = Desk()
        for stan in (1, 2):
            desk.ask(advice(stan))
            desk.down()
        desk.wait(80)
        desk.up()
        desk.host(answer_to(advice(1), "96"))
        desk.wait(80)
        desk.up()
        desk.host(answer_to(advice(2)))
        self.assertEqual([w[3] for w in desk.written()][:2], ["000001", "000002"])
        self.assertEqual(desk.open(), (0, 1))

    def test_a_final_refusal_goes_to_a_person_and_blocks_nobody(self):
        desk = Desk()
        desk.ask(reversal(1))
        desk.up()
        desk.host(answer_to(reversal(1), "13"))
        self.assertEqual(desk.attention(), [("refused", 1)])
        desk.ask(sale(2))
        desk.up()
        self.assertEqual(desk.written()[-1][1], "0200")

    def test_a_host_that_books_repeats_never_sees_an_advice_twice(self):
        desk = Desk(link_dialect={"advice_idempotent": False})
        desk.ask(advice())
        desk.up()
        desk.wait(18)
        desk.wait(80)
        desk.up()
        self.assertEqual(desk.attention(), [("not-repeatable", 1)])
        self.assertEqual(len(desk.sent), 1)

    def test_a_copy_of_what_was_confirmed_has_no_second_effect(self):
        desk = Desk()
        desk.ask(advice())
        desk.down()
        desk.wait(80)
        desk.up()
        desk.host(answer_to(advice()))
        desk.ask(advice())  # shadow: the terminal kept its own copy
        desk.up()
        desk.host(answer_to(advice(), "94"))
        books = desk.engine.ledger.lanes[0].books
        self.assertEqual((books.debit_count, desk.attention(), desk.open()), (1, [], (0, 0)))

    def test_everything_survives_a_power_cut(self):
        desk = Desk()
        for stan in range(1, 21):
            desk.ask(advice(stan))
            desk.down()
        before = desk.open()
        desk.boot()
        self.assertEqual((before, desk.open()), ((0, 20), (0, 20)))


def plain_reversal(stan):
    return {"0": "0400", "3": "000000", "4": "000000000100", "11": "%06d" % stan,
            "41": TERMINAL, "42": MERCHANT}  # fmt: skip


def plain_advice(stan):
    return {"0": "0220", "3": "000000", "4": "000000000100", "11": "%06d" % stan,
            "41": TERMINAL, "42": MERCHANT}  # fmt: skip


if __name__ == "__main__":
    unittest.main()
