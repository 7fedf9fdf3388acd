"""The console of a board in a shop: no prompt, only the words of `service` for who has the key.

    host   Ctrl-A                         board  Tidegate, locked
    host   hello NONCE                    board  nonce NONCE, or: wait SECONDS
    host   open PROOF                     board  open PROOF, or: no
    host   MAC ["word", argument ...]     board  MAC {"ok": value}, or: no

Lines of text; nonces and MACs are hexadecimal. Both sides prove the console key (keys partition)
by HMAC-SHA256 over both nonces; a session key comes from the same, and every line after that has
its number and direction under its MAC: nothing can be read back into another session, repeated or
turned around. A wrong proof costs a pause that doubles, and a reset does not shorten it. Without
power the count is lost, so a board that was switched on behaves as if there had been a few: it
listens after some seconds, and the next pause is twice that. Who was let in, who was turned away
and what was used is in the journal. Loaded when somebody speaks.
"""

import asyncio

from tidegate.app import events, notes
from tidegate.app.waits import readable
from tidegate.compat import const
from tidegate.journal import records
from tidegate.journal.seal import hmac_sha256

_LINE_BYTES_MAX = const(2048)
_READ_BYTES = const(256)
_NONCE_BYTES = const(16)
_MAC_DIGITS = const(32)
_PAUSE_MS = const(1000)
_DOUBLINGS_MAX = const(6)
_COLD_FAILURES = const(3)  # 4 s from the start of the board, then 8
_IDLE_MS = const(120000)  # a session that says nothing for so long is over

_GREETING = b"\r\nTidegate, locked\r\n"


class Locked:
    def __init__(self, port, service, key):
        self._port = port
        self._service = service
        self._key = key
        self._view = memoryview(bytearray(_READ_BYTES))
        self._line = bytearray()
        self._failures = sum(port.kept(events.KEPT_FAILURES))
        kept = port.cause == events.CAUSE_RESET or port.cause in events.CRASHES
        self._cold = 0 if kept else _COLD_FAILURES
        self._until_ms = 0  # nobody is heard before
        if self._failures or self._cold:
            self._pause(port.clock.ms() if kept else 0)
        self._used_ms = 0
        self._end()

    def _end(self):
        self._nonces = b""
        self._session = b""
        self._number = 0
        self._words = []

    async def run(self):
        while True:
            await readable(self._port.console)
            count = self._port.console_read(self._view)
            for byte in self._view[: count or 0]:
                self._byte(byte)
            await asyncio.sleep_ms(0 if count else 50)  # type: ignore

    def _byte(self, byte):
        if byte == 1:
            self._end()
            self._line = bytearray()
            self._port.console_write(_GREETING)
        elif byte in (10, 13):
            line, self._line = bytes(self._line), bytearray()
            if line:
                self._port.console_write(self._answer(line) + b"\n")
        elif byte >= 32 and len(self._line) < _LINE_BYTES_MAX:
            self._line.append(byte)

    def _answer(self, line):
        now = self._port.clock.ms()
        if self._session and now - self._used_ms > _IDLE_MS:
            self._end()
        self._used_ms = now
        word, _, rest = line.partition(b" ")
        if self._session:
            return self._ask(word, rest)
        if now < self._until_ms:
            return b"wait %d" % ((self._until_ms - now) // 1000 + 1)
        if word == b"hello" and len(rest) == 2 * _NONCE_BYTES:
            nonce = self._port.entropy(_NONCE_BYTES).hex().encode()
            self._nonces = rest + nonce
            return b"nonce " + nonce
        if word == b"open" and self._nonces:
            return self._open(rest, now)
        return b"no"

    def _proof(self, what):
        return hmac_sha256(self._key, what, self._nonces).hex().encode()

    def _open(self, proof, now):
        # A challenge is used once.
        expected, answer = self._proof(b"host"), self._proof(b"board")
        session = hmac_sha256(self._key, b"session", self._nonces)
        self._nonces = b""
        if not same(proof, expected):
            self._turn_away(now)
            return b"no"
        self._cold = 0
        self._count(0)
        self._session = session
        notes.note(self._service.engine, records.NOTE_LET_IN)
        return b"open " + answer

    def _turn_away(self, now):
        self._count(self._failures + 1)
        self._pause(now)
        notes.note(self._service.engine, records.NOTE_TURNED_AWAY, self._failures)

    def _count(self, failures):
        if failures != self._failures:
            self._failures = failures
            self._port.keep(events.KEPT_FAILURES, bytes((min(failures, 255),)))

    def _pause(self, now):
        self._until_ms = now + (_PAUSE_MS << min(self._failures + self._cold - 1, _DOUBLINGS_MAX))

    def _mac(self, direction, text):
        number = self._number.to_bytes(4, "big")
        return hmac_sha256(self._session, direction, number, text).hex()[:_MAC_DIGITS].encode()

    def _ask(self, mac, text):
        self._number += 1
        if not same(mac, self._mac(b"host", text)):
            self._end()
            return b"no"
        word = text[2:].split(b'"', 1)[0]
        if word not in self._words:
            self._words.append(word)
            notes.note(self._service.engine, records.NOTE_USED, fingerprint(word))
        answer = self._service.ask(text).encode()
        return self._mac(b"board", answer) + b" " + answer


def same(one, other):
    # In a time that does not tell where they differ.
    if len(one) != len(other):
        return False
    wrong = 0
    for i in range(len(one)):
        wrong |= one[i] ^ other[i]
    return not wrong


def fingerprint(word):
    # The first four letters: enough to tell the words apart.
    return int.from_bytes((word + b"   ")[:4], "big")
