"""The host's side of a locked console; `firmware/tidegate/app/locked.py` has the lines."""

import hmac
import secrets
import time

from tidegate_host.device.errors import NoAnswer, WrongKey
from tidegate_host.device.line import Line

_ANSWER_S = 20.0
_PATIENCE_S = 5  # a board that was just switched on listens after that
_MAC_DIGITS = 32


class LockedWay:
    """A session with a locked console, opened at once. Raises WrongKey."""

    def __init__(self, line: Line, key: bytes) -> None:
        self.line = line
        self._number = 0
        mine = secrets.token_hex(16).encode()
        nonces = mine + self._said("nonce", b"hello " + mine)
        proof = self._said("open", b"open " + _proof(key, b"host", nonces))
        if not hmac.compare_digest(proof, _proof(key, b"board", nonces)):
            raise WrongKey(
                "whatever answers does not have the key itself: it is not this board",
                "check the port and the key file",
            )
        self._session = hmac.digest(key, b"session" + nonces, "sha256")

    def _said(self, expected: str, line: bytes) -> bytes:
        word, _, rest = self._exchange(line).partition(b" ")
        if word == b"wait" and int(rest) <= _PATIENCE_S:
            time.sleep(int(rest))
            word, _, rest = self._exchange(line).partition(b" ")
        if word == b"wait":
            raise WrongKey(
                f"the console was given a wrong key and listens again in {rest.decode()} s",
                "wait so long; then with the right --key FILE",
            )
        if word.decode("ascii", "replace") != expected:
            raise WrongKey(
                "the board does not accept this key", "the key file of this board: --key FILE"
            )
        return rest

    def _exchange(self, line: bytes) -> bytes:
        self.line.write(line + b"\n")
        until = time.monotonic() + _ANSWER_S
        while time.monotonic() < until:
            answer = self.line.read_until(1, b"\n", 2, timeout_overall=_ANSWER_S).strip()
            if answer:
                return answer
        raise NoAnswer("the locked console stopped answering", "try again; unplug the board")

    def _mac(self, direction: bytes, text: bytes) -> bytes:
        data = direction + self._number.to_bytes(4, "big") + text
        return hmac.digest(self._session, data, "sha256").hex()[:_MAC_DIGITS].encode()

    def ask(self, text: str) -> str:
        """One word and its answer. Raises NoAnswer when the session has ended."""
        self._number += 1
        line = text.encode()
        answer = self._exchange(self._mac(b"host", line) + b" " + line)
        mac, _, told = answer.partition(b" ")
        if not hmac.compare_digest(mac, self._mac(b"board", told)):
            raise NoAnswer("the session with the locked console has ended", "try again")
        return told.decode()


def _proof(key: bytes, who: bytes, nonces: bytes) -> bytes:
    return hmac.digest(key, who + nonces, "sha256").hex().encode()
