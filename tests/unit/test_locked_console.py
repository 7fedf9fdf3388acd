"""The locked console, byte by byte: who is let in, who waits, and what ends a session."""

import unittest
from binascii import hexlify

from tidegate.app import events
from tidegate.app.locked import Locked
from tidegate.journal.seal import hmac_sha256

KEY = b"k" * 32
MINE = b"0123456789abcdef0123456789abcdef"


class Clock:
    now_ms = 0

    def ms(self):
        return self.now_ms


class Port:
    cause = events.CAUSE_RESET

    def __init__(self):
        self.texts = {}
        self.clock = Clock()
        self.said = b""
        self.drawn = 0

    def console_write(self, data):
        self.said += data
        return True

    def kept(self, what):
        return self.texts.get(what, b"")

    def keep(self, what, text):
        self.texts[what] = text

    def entropy(self, count):
        self.drawn += 1
        return bytes([self.drawn]) * count


class Service:
    engine = None

    def __init__(self):
        self.asked = []

    def ask(self, text):
        self.asked.append(bytes(text))
        return '{"ok": 1}'


class Guest:
    # Whoever is at the other end of the line.
    def __init__(self, cause=events.CAUSE_RESET, now_ms=0):
        self.port = Port()
        self.port.cause = cause
        self.port.clock.now_ms = now_ms
        self.service = Service()
        self.console = Locked(self.port, self.service, KEY)
        self.number = 0

    def bytes(self, data):
        self.port.said = b""
        for byte in data:
            self.console._byte(byte)
        return self.port.said

    def line(self, text):
        return self.bytes(text + b"\n")

    def open(self, key=KEY):
        nonce = self.line(b"hello " + MINE)[len(b"nonce ") : -1]
        self.nonces = MINE + nonce
        self.session = hmac_sha256(key, b"session", self.nonces)
        self.number = 0
        return self.line(b"open " + hexlify(hmac_sha256(key, b"host", self.nonces)))

    def mac(self, who, text):
        number = self.number.to_bytes(4, "big")
        return hexlify(hmac_sha256(self.session, who, number, text))[:32]

    def ask(self, text):
        self.number += 1
        return self.line(self.mac(b"host", text) + b" " + text)


class TestLetIn(unittest.TestCase):
    def test_both_sides_prove_the_key(self):
        guest = Guest()
        proof = hexlify(hmac_sha256(KEY, b"board", MINE + b"01" * 16))
        self.assertEqual(guest.open(), b"open " + proof + b"\n")
        self.assertEqual(
            guest.ask(b'["hello"]'), guest.mac(b"board", b'{"ok": 1}') + b' {"ok": 1}\n'
        )
        self.assertEqual(guest.service.asked, [b'["hello"]'])

    def test_nothing_is_asked_without_a_session(self):
        guest = Guest()
        for line in (b'["hello"]', b"open " + b"0" * 64, b"hello", b"hello " + b"0" * 31, b" "):
            self.assertEqual(guest.line(line), b"no\n")
        self.assertEqual(guest.service.asked, [])

    def test_a_challenge_is_used_once(self):
        guest = Guest()
        guest.open(b"x" * 32)
        guest.port.clock.now_ms += 100000
        right = hexlify(hmac_sha256(KEY, b"host", guest.nonces))
        self.assertEqual(guest.line(b"open " + right), b"no\n")


class TestTurnedAway(unittest.TestCase):
    def test_the_pause_doubles_up_to_a_minute(self):
        guest = Guest()
        for pause_s in (1, 2, 4, 8, 16, 32, 64, 64):
            self.assertEqual(guest.open(b"x" * 32), b"no\n")
            guest.port.clock.now_ms += pause_s * 1000 - 1
            self.assertEqual(guest.line(b"hello " + MINE), b"wait 1\n")
            guest.port.clock.now_ms += 1
        self.assertTrue(guest.open().startswith(b"open "))
        guest.bytes(b"\x01")
        self.assertEqual(guest.open(b"x" * 32), b"no\n")
        self.assertEqual(guest.line(b"hello " + MINE), b"wait 2\n")

    def test_a_reset_does_not_shorten_the_pause(self):
        guest = Guest()
        for pause_s in (1, 2, 4):
            guest.open(b"x" * 32)
            guest.port.clock.now_ms += pause_s * 1000
        guest.console = Locked(guest.port, guest.service, KEY)
        self.assertEqual(guest.line(b"hello " + MINE), b"wait 5\n")
        guest.port.clock.now_ms += 4000
        self.assertTrue(guest.open().startswith(b"open "))
        guest.console = Locked(guest.port, guest.service, KEY)
        self.assertTrue(guest.open().startswith(b"open "))

    def test_off_and_on_does_not_shorten_it_either(self):
        for cause in (events.CAUSE_POWER, events.CAUSE_UNKNOWN):
            for _ in range(3):  # nothing is left of the round before
                guest = Guest(cause)
                self.assertEqual(guest.line(b"hello " + MINE), b"wait 5\n")
                guest.port.clock.now_ms = 4000
                self.assertEqual(guest.open(b"x" * 32), b"no\n")
                self.assertEqual(guest.line(b"hello " + MINE), b"wait 9\n")
            guest.port.clock.now_ms += 8000
            self.assertTrue(guest.open().startswith(b"open "))
            guest.bytes(b"\x01")
            self.assertEqual(guest.open(b"x" * 32), b"no\n")
            self.assertEqual(guest.line(b"hello " + MINE), b"wait 2\n")

    def test_a_board_that_has_run_for_a_while_listens_at_once(self):
        guest = Guest(events.CAUSE_POWER, 4000)
        self.assertTrue(guest.open().startswith(b"open "))


class TestSession(unittest.TestCase):
    def test_a_line_said_again_changed_or_turned_around_ends_it(self):
        for wrong in (0, 1, 2):
            guest = Guest()
            guest.open()
            guest.ask(b'["hello"]')
            said = guest.mac(b"host", b'["hello"]') + b' ["hello"]'
            if wrong == 1:
                guest.number += 1
                said = guest.mac(b"host", b'["hello"]') + b' ["reset"]'
            elif wrong == 2:
                guest.number += 1
                said = guest.mac(b"board", b'["hello"]') + b' ["hello"]'
            self.assertEqual(guest.line(said), b"no\n")
            self.assertEqual(guest.ask(b'["hello"]'), b"no\n")
            self.assertEqual(guest.service.asked, [b'["hello"]'])

    def test_silence_ends_it(self):
        guest = Guest()
        guest.open()
        guest.port.clock.now_ms += 120001
        self.assertEqual(guest.ask(b'["hello"]'), b"no\n")

    def test_a_greeting_ends_it(self):
        guest = Guest()
        guest.open()
        self.assertEqual(guest.bytes(b"\x01"), b"\r\nTidegate, locked\r\n")
        self.assertEqual(guest.ask(b'["hello"]'), b"no\n")

    def test_noise_and_endless_lines_do_no_harm(self):
        guest = Guest()
        guest.bytes(bytes(range(2, 10)) + bytes(range(11, 13)) + b"\xff" * 5000)
        self.assertEqual(guest.bytes(b"\n"), b"no\n")
        self.assertEqual(guest.bytes(b"\n\r\n"), b"")
        self.assertTrue(guest.open().startswith(b"open "))


if __name__ == "__main__":
    unittest.main()
