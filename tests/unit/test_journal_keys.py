"""The keys partition: two sectors, a cut at any operation, and keys that are really destroyed."""

import unittest

from tidegate.journal.keys import KeyStore
from tidegate.journal.ring import JournalError
from tidegate.journal.seal import Sealer, hmac_sha256
from tidegate_host.world.cipher import Cipher
from tidegate_host.world.flash import MODES, Flash, PowerCut
from tidegate_host.world.prng import Prng


class Entropy:
    def __init__(self, seed):
        self.random = Prng(seed, "entropy")
        self.drawn = []

    def __call__(self, count):
        self.drawn.append(self.random.data(count))
        return self.drawn[-1]


def loaded(flash):
    keys = KeyStore(flash)
    keys.load()
    return keys


class KeyTest(unittest.TestCase):
    def test_keys_come_back_as_they_were_made(self):
        flash = Flash(2)
        keys = KeyStore(flash)
        keys.create(Entropy(1))
        second = keys.rotate(Entropy(2))
        again = loaded(flash)
        self.assertEqual(again.ids(), [1, second])
        self.assertEqual(again.current, second)
        for key_id in (1, second):
            self.assertEqual(again.batch_key(key_id), keys.batch_key(key_id))
        self.assertEqual(again.card_hash(b"6299990000001239"), keys.card_hash(b"6299990000001239"))
        self.assertEqual(again.console_key, keys.console_key)

    def test_a_dropped_key_is_nowhere_in_the_flash(self):
        flash = Flash(2)
        keys = KeyStore(flash)
        entropy = Entropy(1)
        keys.create(entropy)
        first = keys.batch_key(1)
        keys.rotate(entropy)
        self.assertIn(first, bytes(flash.data))
        keys.drop(1)
        self.assertNotIn(first, bytes(flash.data))
        with self.assertRaises(JournalError):
            keys.drop(keys.current)

    def test_the_lock_is_remembered(self):
        flash = Flash(2)
        keys = KeyStore(flash)
        keys.create(Entropy(1))
        self.assertFalse(loaded(flash).locked)
        for locked in (True, False, True):
            keys = loaded(flash)
            keys.remember_lock(locked)
            self.assertEqual(loaded(flash).locked, locked)
            before = bytes(flash.data)
            keys.remember_lock(locked)
            self.assertEqual(bytes(flash.data), before)
        keys.rotate(Entropy(2))
        self.assertTrue(loaded(flash).locked)

    def test_more_keys_than_there_is_room_for_are_refused(self):
        keys = KeyStore(Flash(2))
        keys.create(Entropy(1))
        for seed in range(7):
            keys.rotate(Entropy(seed))
        with self.assertRaises(JournalError):
            keys.rotate(Entropy(9))
        for _ in range(300):
            keys.drop(keys.ids()[0])
            keys.rotate(Entropy(9))
        self.assertEqual(len(set(keys.ids())), 8)

    def test_damage_in_one_sector_is_repaired_and_in_both_it_is_told(self):
        flash = Flash(2)
        KeyStore(flash).create(Entropy(1))
        card = loaded(flash).card_key
        for sector in (0, 1):
            for at in range(sector * 4096, sector * 4096 + 90):
                flash.data[at] ^= 0x33
            self.assertEqual(loaded(flash).card_key, card)
        for at in (10, 4100):
            flash.data[at] ^= 0x33
            flash.data[at + 30] ^= 0x33
        with self.assertRaises(JournalError) as raised:
            loaded(flash)
        self.assertEqual(str(raised.exception), "keys")
        with self.assertRaises(JournalError) as raised:
            loaded(Flash(2))
        self.assertEqual(str(raised.exception), "blank")

    def test_a_cut_at_any_operation_leaves_the_keys_before_or_after(self):
        flash = Flash(2)
        keys = KeyStore(flash)
        keys.create(Entropy(1))
        keys.rotate(Entropy(2))
        image = bytes(flash.data)
        runs = 0
        for change in (
            lambda k: k.rotate(Entropy(3)),
            lambda k: k.drop(1),
            lambda k: k.remember_lock(True),
        ):
            before = loaded(Flash(2, image))
            after = loaded(Flash(2, image))
            change(after)
            allowed = (before.ids(), after.ids())
            for operation in range(6):
                for mode in MODES:
                    for second in range(4):
                        flash = Flash(2, image)
                        keys = loaded(flash)
                        flash.cut(operation, mode, operation + 1)
                        self.cut_short(change, keys)
                        flash.power_on()
                        flash.cut(second, mode, second + 1)
                        self.cut_short(lambda _, f=flash: loaded(f), keys)
                        flash.power_on()
                        found = loaded(flash)
                        self.assertIn(found.ids(), allowed)
                        self.assertEqual(found.card_key, before.card_key)
                        self.assertEqual(loaded(flash).ids(), found.ids())
                        if 1 not in found.ids():
                            self.assertNotIn(before.batch_key(1), bytes(flash.data))
                        runs += 1
        self.assertEqual(runs, 3 * 6 * 7 * 4)

    def cut_short(self, call, keys):
        try:
            call(keys)
        except PowerCut:
            pass


class HmacTest(unittest.TestCase):
    def test_known_answers(self):
        # RFC 4231, cases 1 and 2.
        made = hmac_sha256(bytes([0x0B]) * 20, b"Hi There")
        self.assertEqual(made[:8], bytes.fromhex("b0344c61d8db3853"))
        made = hmac_sha256(b"Jefe", b"what do ya want ", b"for nothing?")
        self.assertEqual(made[:8], bytes.fromhex("5bdcc146bf60754e"))

    def test_two_items_with_the_same_frame_look_different(self):
        sealer = Sealer(Cipher(), bytes(32))
        one, two = memoryview(bytearray(64)), memoryview(bytearray(64))
        two[0] = 1
        sealer.seal(one, 0)
        sealer.seal(two, 0)
        self.assertNotEqual(bytes(one[16:32]), bytes(two[16:32]))


if __name__ == "__main__":
    unittest.main()
