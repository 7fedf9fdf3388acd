"""How long the bridge waits before it dials again: longer each time, but not for being busy."""

import unittest

from desk import Desk
from test_engine_live import reversal, sale
from test_engine_stored import advice


def pause_s(desk):
    # Whole seconds until the bridge dials again by itself, with up to a quarter of jitter.
    dialled = len(desk.connects)
    for second in range(1, 200):
        desk.wait(1)
        if len(desk.connects) > dialled:
            return second
    return -1


class BackoffTest(unittest.TestCase):
    def test_it_doubles_while_nobody_waits(self):
        desk = Desk()
        desk.ask(advice(1))
        desk.down()
        pauses = []
        for _ in range(8):
            pauses.append(pause_s(desk))
            desk.down()
        for pause, least in zip(pauses, (1, 1, 2, 4, 8, 16, 32, 60)):
            self.assertTrue(least <= pause <= least + least // 4 + 1, pauses)

    def test_a_busy_hour_does_not_make_the_pause_longer(self):
        desk = Desk()
        for stan in range(1, 21):
            desk.ask(advice(stan))
            desk.down()
        self.assertTrue(1 <= pause_s(desk) <= 2)

    def test_nor_does_a_customer_who_waits_behind_a_reversal(self):
        desk = Desk()
        desk.ask(reversal(1))
        desk.down()
        for stan in range(2, 12):
            desk.ask(sale(stan))
            desk.down()
        self.assertTrue(1 <= pause_s(desk) <= 2)
