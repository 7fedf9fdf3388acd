"""What goes when, and on which line: originals before what names them, seals before new keys."""

import unittest

from desk import MERCHANT, NOON, TERMINAL, Desk
from test_engine_barriers import night, settle, settled, sign_in, signed_in
from test_engine_live import answer_to, reversal, sale
from test_engine_stored import advice
from tidegate.core import services

_CHANNEL = 4
_ELEVEN_AT_NIGHT = NOON + 11 * 3600


class OriginalTest(unittest.TestCase):
    def test_a_void_waits_for_the_stored_item_that_it_names(self):
        desk = Desk()
        desk.ask(advice(1))
        desk.down()
        void = sale(2, 500, **{"3": "200000", "60": "23000001", "61": "000001000001"})
        desk.ask(void)
        desk.up()
        self.assertEqual([w[1] for w in desk.written()], ["0220"])
        desk.host(answer_to(advice(1)))
        desk.up()
        self.assertEqual([w[3] for w in desk.written()], ["000002"])

    def test_a_reversal_that_waits_for_its_next_try_goes_first_all_the_same(self):
        desk = Desk()
        desk.ask(reversal(1))
        desk.down()
        desk.ask(sale(2))
        desk.up()
        self.assertEqual([w[1] for w in desk.written()], ["0400"])
        desk.host(answer_to(reversal(1)))
        desk.up()
        self.assertEqual([w[1] for w in desk.written()], ["0200"])

    def test_a_reversal_of_another_terminal_of_the_device_goes_first_too(self):
        desk = Desk(lanes=[[[TERMINAL, MERCHANT], ["TEST0002", MERCHANT]]])
        desk.ask(reversal(1))
        desk.down()
        desk.ask(sale(2, **{"41": "TEST0002"}), conn=2)  # it is tried at once, not after its pause
        desk.up(desk.connects[-1][0])
        self.assertEqual([w[1] for w in desk.written()], ["0400"])
        desk.host(answer_to(reversal(1)))
        desk.up(desk.connects[-1][0])
        self.assertEqual([w[1] for w in desk.written()], ["0200"])

    def test_a_reversal_takes_the_route_of_its_original(self):
        desk = Desk(windows=night(_CHANNEL))
        desk.time.wall = _ELEVEN_AT_NIGHT
        desk.ask(sale(1))
        desk.up()
        desk.time.wall += 8 * 3600  # the window is over when the terminal gives up
        desk.ask(reversal(1))
        self.assertEqual(desk.connects, [(0, 1), (0, 1)])


class LineTest(unittest.TestCase):
    def test_a_line_on_which_an_answer_may_come_is_not_used_for_the_next_request(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        desk.wait(18)
        frame = memoryview(desk.frame(sale(2)))
        done = [action[0] for action in desk.engine.terminal_frame(1, 0, frame)]
        done = [what for what in done if what in (services.HANG_UP, services.CONNECT)]
        self.assertEqual(done, [services.HANG_UP, services.CONNECT])

    def test_a_second_copy_of_try_again_is_not_the_answer_to_the_next_attempt(self):
        # World 220: on a line that stayed open it was, and the advice was booked twice.
        desk = Desk(link_dialect={"advice_idempotent": False})
        for route in desk.engine.routes:
            route["keep_open"] = True
        desk.ask(advice())
        desk.up()
        again = memoryview(desk.frame(answer_to(advice(), "92")))
        done = [action[0] for action in desk.engine.host_frame(0, again)]
        self.assertIn(services.HANG_UP, done)
        self.assertEqual(desk.open(), (0, 1))

    def test_a_host_that_is_away_is_not_knocked_at_without_a_pause(self):
        desk = Desk()
        desk.ask(advice(1))
        for _ in range(600):
            if desk.engine.lanes[0].phase:
                desk.down()
            desk.wait(1)
        self.assertTrue(10 <= len(desk.connects) <= 25, len(desk.connects))


class KeyTest(unittest.TestCase):
    def test_an_answer_of_earlier_keys_is_not_given_again(self):
        desk = Desk()
        desk.ask(sale(1))
        desk.up()
        desk.host(answer_to(sale(1)))
        desk.ask(sign_in())
        desk.up()
        desk.host(signed_in())
        desk.replies()
        desk.ask(sale(1))
        self.assertEqual(desk.replies(), [])


class SettledTest(unittest.TestCase):
    def test_what_comes_after_the_0500_is_sent_only_while_its_terminal_waits(self):
        desk = Desk()
        desk.ask(settle())
        desk.up()
        desk.host(settled())
        desk.ask(advice(1))
        desk.down()  # stored, and told so: nobody waits for it any more
        desk.ask(advice(2))
        desk.boot()
        desk.up()
        desk.up()
        self.assertEqual(desk.written(), [])
        self.assertEqual(desk.attention(), [("settled-before", 1), ("settled-before", 2)])


if __name__ == "__main__":
    unittest.main()
