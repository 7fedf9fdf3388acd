"""Sealing what is stored: AES-CBC, then HMAC-SHA256 over the envelope and the ciphertext.

The three keys come from one batch key. The IV is the item id, encrypted under a key of its own:
an id is never used twice, and it stays with the item, so that a copy needs neither key nor new
seal. The flags that a copy changes are left out of the MAC. Ciphers are handed in: stock
firmware and the unix port have ECB and CBC, and no `hmac` module.
"""

from hashlib import sha256

from tidegate.compat import const
from tidegate.journal.records import FLAGS_SEALED

_BLOCK_BYTES = const(64)
_TAG_BYTES = const(16)
_ENVELOPE_BYTES = const(16)
_FLAGS_AT = const(7)


class Hmac:
    # HMAC-SHA256 under a key that is used often: it is padded once.
    def __init__(self, key):
        key = key + bytes(_BLOCK_BYTES - len(key))
        self._inner = bytes([b ^ 0x36 for b in key])
        self._outer = bytes([b ^ 0x5C for b in key])

    def over(self, *parts):
        inner = sha256(self._inner)
        for part in parts:
            inner.update(part)
        outer = sha256(self._outer)
        outer.update(inner.digest())
        return outer.digest()


def hmac_sha256(key, *parts):
    return Hmac(key).over(*parts)


class Sealer:
    # What it seals is an entry's body: envelope, sealed part, room for the tag.
    tag_bytes = _TAG_BYTES

    def __init__(self, cipher, batch_key):
        self._cipher = cipher
        self._seal_key = hmac_sha256(batch_key, b"seal")
        self._iv_key = hmac_sha256(batch_key, b"iv")
        self._mac = Hmac(hmac_sha256(batch_key, b"mac"))

    def seal(self, body, padding):
        end = len(body) - _TAG_BYTES
        body[end - padding : end] = bytes(padding)
        self._cipher.cbc(self._seal_key, self._iv(body), body[_ENVELOPE_BYTES:end], True)
        body[end:] = self._tag(body, padding)

    def open(self, body, padding):
        # In place. -> is the seal right?
        end = len(body) - _TAG_BYTES
        expected = self._tag(body, padding)
        wrong = 0
        for i in range(_TAG_BYTES):
            wrong |= expected[i] ^ body[end + i]
        if wrong:
            return False
        self._cipher.cbc(self._seal_key, self._iv(body), body[_ENVELOPE_BYTES:end], False)
        return True

    def open_first(self, body):
        # The first 16 sealed bytes only, without a proof.
        self._cipher.cbc(self._seal_key, self._iv(body), body[_ENVELOPE_BYTES:32], False)

    def _iv(self, body):
        return self._cipher.ecb(self._iv_key, bytes(body[:4]) + bytes(12))

    def _tag(self, body, padding):
        envelope = bytearray(body[:_ENVELOPE_BYTES])
        envelope[_FLAGS_AT] &= FLAGS_SEALED
        sealed = body[_ENVELOPE_BYTES : len(body) - _TAG_BYTES]
        return self._mac.over(envelope, bytes([padding]), sealed)[:_TAG_BYTES]


class NullSealer:
    # For machines without a cipher (bare emulators). It keeps the sizes, and hides nothing.
    tag_bytes = _TAG_BYTES
    current = 0

    def sealer(self, _key_id):
        return self

    def seal(self, body, padding):
        end = len(body) - _TAG_BYTES
        body[end - padding :] = bytes(padding + _TAG_BYTES)

    def open(self, _body, _padding):
        return True

    def open_first(self, body):
        pass


class Sealers:
    # Sealers by key id. The last one is kept: making one takes three HMACs.
    def __init__(self, cipher, store):
        self._cipher = cipher
        self._store = store
        self._id = -1
        self._sealer = None

    @property
    def current(self):
        return self._store.current

    def sealer(self, key_id):
        # -> None when that key was destroyed.
        key = self._store.batch_key(key_id)
        if key is None:
            self._id = -1
            self._sealer = None
        elif key_id != self._id:
            self._id = key_id
            self._sealer = Sealer(self._cipher, key)
        return self._sealer
