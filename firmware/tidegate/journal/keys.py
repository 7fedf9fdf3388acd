"""The keys partition: two sectors that say the same, so that a power cut always leaves one.

    magic 4 | generation 4 | current key id 1 | count 1 | locked 2 | card key 32 | console key 32
    | count times: key id 1, key 32 | CRC32 of all before 4

A key is destroyed by writing what remains to one sector and then erasing and writing the other: it
is gone from the flash, not only from the list. A start that finds the sectors different, because
the power went in between, brings the older one up to date, which also ends a destruction. Damaged
keys are never replaced by new ones by themselves: what they sealed would be lost.
"""

from binascii import crc32
from struct import pack_into, unpack_from

from tidegate.compat import const
from tidegate.journal.entry import mend_crc
from tidegate.journal.ring import JournalError
from tidegate.journal.seal import Hmac, Sealers
from tidegate.journal.sector import BLANK

_MAGIC = const(0x314B4754)
_HEAD = "<IIBBH32s32s"
_HEAD_BYTES = const(76)
_KEY_BYTES = const(32)
_KEYS_MAX = const(8)
_SECTOR_BYTES = const(4096)
_IDS = const(254)  # 1..254 in turn


class KeyStore:
    def __init__(self, dev):
        self._dev = dev
        self._view = memoryview(bytearray(_HEAD_BYTES + _KEYS_MAX * (_KEY_BYTES + 1) + 4))
        self._other = memoryview(bytearray(len(self._view)))
        self.generation = 0
        self.current = 0
        self.card_key = self.console_key = b""
        self._cards = Hmac(b"")
        self.locked = False
        self._keys = []  # (id, key), oldest first

    def load(self):
        # Raises JournalError: "blank" when there never were keys, "keys" when they are damaged.
        first, second = self._read(0, self._view), self._read(1, self._other)
        if not first and not second:
            raise JournalError("blank" if self._is_blank() else "keys")
        newest = 0 if first >= second else 1
        self._take(self._view if newest == 0 else self._other)
        if first != second:
            self._put(1 - newest)
        self._firm(newest)

    def create(self, entropy):
        # For a blank partition.
        self.card_key = entropy(_KEY_BYTES)
        self._cards = Hmac(self.card_key)
        self.console_key = entropy(_KEY_BYTES)
        self._keys = [(1, entropy(_KEY_BYTES))]
        self.current = 1
        self._save(0)

    def rotate(self, entropy):
        # A new batch key; what was sealed keeps its own. -> its id.
        if len(self._keys) >= _KEYS_MAX:
            raise JournalError("keys")
        key_id = self.current % _IDS + 1
        while self.batch_key(key_id) is not None:
            key_id = key_id % _IDS + 1
        self._keys.append((key_id, entropy(_KEY_BYTES)))
        self.current = key_id
        self._save(self._older())
        return key_id

    def remember_lock(self, locked):
        # Whether the console is: of the last configuration that could be read, for a start that
        # has none.
        if locked != self.locked:
            self.locked = locked
            self._save(self._older())

    def has_room(self):
        return len(self._keys) < _KEYS_MAX

    def drop(self, key_id):
        # Destroys a key that seals nothing any more.
        if key_id == self.current:
            raise JournalError("key in use")
        self._keys = [pair for pair in self._keys if pair[0] != key_id]
        self._save(self._older())

    def ids(self):
        return [pair[0] for pair in self._keys]

    def batch_key(self, key_id):
        for pair in self._keys:
            if pair[0] == key_id:
                return pair[1]
        return None

    def card_hash(self, pan):
        return self._cards.over(pan)[:8]

    def sealers(self, cipher):
        return Sealers(cipher, self)

    def _older(self):
        # Which sector to write first, when both are good.
        return self.generation & 1

    def _save(self, first):
        self.generation += 1
        self._put(first)
        self._put(1 - first)

    def _put(self, index):
        view = self._image()
        self._dev.ioctl(6, index)
        self._dev.writeblocks(index, view, 0)
        check = self._other[: len(view)]
        self._dev.readblocks(index, check, 0)
        if check != view:
            raise JournalError("keys")

    def _image(self):
        view = self._view
        pack_into(
            _HEAD, view, 0, _MAGIC, self.generation, self.current, len(self._keys), self.locked,
            self.card_key, self.console_key,
        )  # fmt: skip
        at = _HEAD_BYTES
        for key_id, key in self._keys:
            view[at] = key_id
            view[at + 1 : at + 1 + _KEY_BYTES] = key
            at += 1 + _KEY_BYTES
        pack_into("<I", view, at, crc32(view[:at]))
        return view[: at + 4]

    def _read(self, index, view):
        # -> its generation, 0 when it holds no keys.
        self._dev.readblocks(index, view, 0)
        magic, generation, _, count = unpack_from("<IIBB", view, 0)
        end = _HEAD_BYTES + count * (_KEY_BYTES + 1)
        if magic != _MAGIC or not 0 < count <= _KEYS_MAX:
            return 0
        if crc32(view[:end]) != unpack_from("<I", view, end)[0] and not mend_crc(
            view[: end + 4], end
        ):
            return 0
        return generation

    def _take(self, view):
        _, self.generation, self.current, count, lock, card, console = unpack_from(_HEAD, view, 0)
        self.locked = bool(lock)
        self.card_key, self.console_key = bytes(card), bytes(console)
        self._cards = Hmac(self.card_key)
        self._keys = []
        for i in range(count):
            at = _HEAD_BYTES + i * (_KEY_BYTES + 1)
            self._keys.append((view[at], bytes(view[at + 1 : at + 1 + _KEY_BYTES])))

    def _firm(self, index):
        # A bit that the power cut left weak becomes firm: the same bits again.
        self._dev.writeblocks(index, self._image(), 0)

    def _is_blank(self):
        piece = memoryview(bytearray(len(BLANK)))
        for index in range(2):
            for at in range(0, _SECTOR_BYTES, len(BLANK)):
                self._dev.readblocks(index, piece, at)
                if piece != BLANK:
                    return False
        return True
