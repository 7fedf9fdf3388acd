"""Working keys: made by the host at every sign-in, sent in F62 under the terminal's master key.

F62 by the network code of the sign-in (F60.3); each key is followed by four bytes of check value:
  001   24 bytes: PIN key 8, MAC key 8
  003   40 bytes: PIN key 16, MAC key 8 and eight zeros
  004   60 bytes: as 003, then track key 16
Some hosts send a full MAC key of 16 bytes in the place of the zeros; it is taken as such.
"""

from dataclasses import dataclass
from random import Random

from tidegate_host.standins import mac

MASTER_KEY = bytes.fromhex("44" * 16)  # of the stand-ins; a published test key
_CHECK_BYTES = 4


class KeyCheckError(ValueError):
    """F62 is not what the sign-in asked for, or a check value does not match."""


@dataclass(frozen=True)
class WorkingKeys:
    """PIN key, MAC key and track key (empty when there is none), in clear."""

    pin: bytes
    mac: bytes
    track: bytes = b""


class Vault:
    """The key work of one side: makes and opens F62, seals messages, encrypts PIN blocks.

    `kind` is one of `mac.KINDS`; `seed` makes the keys of a run repeat.
    """

    def __init__(self, kind: str = "cup-ecb", master: bytes = MASTER_KEY, seed: int = 1) -> None:
        self.kind = kind
        self.master = master
        self._random = Random(seed)

    def make(self, net_mgmt: int) -> tuple[WorkingKeys, bytes]:
        """New keys, and F62 for them."""
        size = 8 if net_mgmt == 1 else 16
        pin = self._key(size)
        sealing = self._key(8)
        track = self._key(16) if net_mgmt == 4 else b""
        filler = b"" if net_mgmt == 1 else bytes(8)
        parts = [mac.encrypt(self.master, pin), mac.check_value(pin)]
        parts += [mac.encrypt(self.master, sealing), filler, mac.check_value(sealing)]
        if track:
            parts += [mac.encrypt(self.master, track), mac.check_value(track)]
        return WorkingKeys(pin, sealing, track), b"".join(parts)

    def open(self, data: bytes, net_mgmt: int) -> WorkingKeys:
        """The keys of an F62. Raises KeyCheckError."""
        size = 8 if net_mgmt == 1 else 16
        count = 3 if net_mgmt == 4 else 2
        step = size + _CHECK_BYTES
        if len(data) != count * step:
            raise KeyCheckError(f"field 62 has {len(data)} bytes, {count * step} are expected")
        keys = [self._open(data[at : at + step]) for at in range(0, len(data), step)]
        return WorkingKeys(*keys)

    def seal(self, key: bytes, data: bytes) -> bytes:
        """F64 over `data`, 8 bytes."""
        return mac.seal(self.kind, key, data)

    def pin_block(self, key: bytes, pan: str, pin: str) -> bytes:
        """F52, 8 bytes."""
        return mac.pin_block(key, pan, pin)

    def _key(self, size: int) -> bytes:
        raw = self._random.randbytes(size)
        return bytes(byte & 0xFE | 1 ^ (byte & 0xFE).bit_count() & 1 for byte in raw)

    def _open(self, part: bytes) -> bytes:
        sealed, check = part[:-_CHECK_BYTES], part[-_CHECK_BYTES:]
        if len(sealed) == 16 and not any(sealed[8:]):
            sealed = sealed[:8]
        key = mac.decrypt(self.master, sealed)
        if mac.check_value(key) != check:
            raise KeyCheckError("the check value of a working key does not match")
        return key
