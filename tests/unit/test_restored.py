"""The first start with a journal from a backup, its power cut at every flash operation."""

import unittest

from desk import Desk
from test_engine_live import reversal
from test_engine_stored import advice
from tidegate.app import restored
from tidegate.core.engine import Engine
from tidegate.journal.keys import KeyStore
from tidegate.journal.log import Journal
from tidegate_host.world.cipher import Cipher
from tidegate_host.world.flash import MODES, Flash, PowerCut

OPEN = 3


class Restoring:
    # What `restored` tells when it has come to its end.
    def __init__(self):
        self.cleared = False

    def clear(self, port):
        self.cleared = True


class Port:
    drawn = 0

    def entropy(self, count):
        Port.drawn += 1
        return bytes([(Port.drawn + i) & 255 for i in range(count)])


def backup():
    # Two advices and a reversal wait; the power goes.
    desk = Desk()
    for fields in (advice(1), advice(2), reversal(3)):
        desk.ask(fields)
        desk.down()
    assert desk.open() == (1, 2)
    return bytes(desk.flash.data), bytes(desk.key_flash.data)


class HoldTest(unittest.TestCase):
    def setUp(self):
        real, self.restoring = restored.restoring, Restoring()
        restored.restoring = self.restoring
        self.addCleanup(setattr, restored, "restoring", real)

    def start(self, desk):
        # As app/starting: nothing is handed to a line before `hold` has come to its end.
        keys = KeyStore(desk.key_flash)
        keys.load()
        journal = Journal(desk.flash, keys.sealers(Cipher()))
        engine = Engine(desk.config, journal, keys.card_hash, Port().entropy, desk.time)
        journal.mount(engine.ledger.apply, engine.checkpoint)
        restored.hold(engine, keys, Port())

    def life(self, desk, images, chip, operation, mode):
        # -> did the power go?
        desk.flash, desk.key_flash = Flash(16, images[0]), Flash(2, images[1])
        self.restoring.cleared = False
        (desk.flash, desk.key_flash)[chip].cut(operation, mode, 7 + operation)
        cut = False
        try:
            self.start(desk)
        except PowerCut:
            cut = True
            self.assertFalse(self.restoring.cleared)
        desk.flash.power_on()
        desk.key_flash.power_on()
        if cut:
            self.start(desk)
        return cut

    def test_whatever_is_cut_all_of_it_is_in_attention_and_nothing_goes_out(self):
        images = backup()
        desk = Desk()
        for chip, least in ((0, 5), (1, 3)):
            operation = 0
            while True:
                mode = MODES[operation % len(MODES)]
                cut = self.life(desk, images, chip, operation, mode)
                self.assertTrue(self.restoring.cleared)
                desk.boot()
                self.assertEqual(desk.open(), (0, 0))
                told = desk.attention()
                self.assertEqual([why for why, _ in told], ["restored"] * OPEN)
                desk.up()
                desk.wait(1)
                self.assertEqual(desk.written(), [])
                if not cut:
                    break
                operation += 1
            self.assertGreater(operation, least)

    def test_they_are_sealed_under_another_key_from_then_on(self):
        images = backup()
        desk = Desk()
        self.life(desk, images, 0, 1 << 20, MODES[0])
        keys = KeyStore(desk.key_flash)
        keys.load()
        before = KeyStore(Flash(2, images[1]))
        before.load()
        self.assertNotEqual(keys.batch_key(keys.current), before.batch_key(before.current))


class Sleep:
    # Stands for asyncio.sleep_ms; the task is stepped by hand.
    def __init__(self, ms):
        self.ms = ms

    def __iter__(self):
        yield self.ms

    __await__ = __iter__


class Asyncio:
    sleep_ms = Sleep


class Halted:
    # A board that waits for a journal: how much of it is there, round by round.
    root = "nowhere/"

    def __init__(self, sizes):
        self.clock = self
        self.sizes = sizes
        self.resets = 0

    def real_ms(self, ms):
        return ms

    def stat(self, path):
        size = self.sizes.pop(0)
        if not size:
            raise OSError(2)
        return (0,) * 6 + (size,)

    def reset(self, raw):
        self.resets += 1


class GiveUpTest(unittest.TestCase):
    def test_when_nothing_has_come_for_a_whole_round(self):
        for sizes, rounds in (([0, 0], 2), ([0, 512, 1024, 1024], 4), ([512, 512], 2)):
            board = Halted(sizes)
            for name, stand_in in (("asyncio", Asyncio), ("os", board)):
                self.addCleanup(setattr, restored, name, getattr(restored, name))
                setattr(restored, name, stand_in)
            task = restored.give_up(board)
            self.assertEqual(task.send(None), 600000)
            for left in range(rounds - 1, -1, -1):
                self.assertEqual(board.resets, 0)
                task.send(None)
                self.assertEqual(board.resets, not left)


if __name__ == "__main__":
    unittest.main()
