"""Seals and key check values of card terminals: DES and triple DES, as the field uses them.

Keys are 8 bytes (DES) or 16 bytes (triple DES with two keys). Data is padded with zero bytes to
full blocks of 8. These algorithms are old; here they only speak to what speaks them.
"""

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

_BLOCK_BYTES = 8


def _cipher(key: bytes, mode: modes.Mode) -> Cipher:
    # One key three times is plain DES.
    whole = {8: key * 3, 16: key + key[:8]}.get(len(key))
    if whole is None:
        raise ValueError(f"a key has 8 or 16 bytes, not {len(key)}")
    return Cipher(TripleDES(whole), mode)


def encrypt(key: bytes, data: bytes) -> bytes:
    """Encrypt whole blocks, each for itself (ECB)."""
    worker = _cipher(key, modes.ECB()).encryptor()  # noqa: S305  (what terminals do)
    return worker.update(data) + worker.finalize()


def decrypt(key: bytes, data: bytes) -> bytes:
    """Undo `encrypt`."""
    worker = _cipher(key, modes.ECB()).decryptor()  # noqa: S305
    return worker.update(data) + worker.finalize()


def check_value(key: bytes) -> bytes:
    """The first four bytes of a block of zeros under the key: proves a key without showing it."""
    return encrypt(key, bytes(_BLOCK_BYTES))[:4]


def cup_ecb(key: bytes, data: bytes) -> bytes:
    """The MAC of UnionPay terminals, 8 bytes; F64 holds the first half of it as hex digits.

    All blocks are added modulo two; the sum is written as 16 hex digits; the first eight of them
    are encrypted, the last eight added, and that is encrypted again.

        >>> cup_ecb(bytes.fromhex("7F52E3201FDF045E"), b"").hex()
        '8a69c16c308fa883'
    """
    digits = _sum(data).hex().upper().encode()
    first = encrypt(key, digits[:8])
    return encrypt(key, bytes(a ^ b for a, b in zip(first, digits[8:], strict=True)))


def x99(key: bytes, data: bytes) -> bytes:
    """ANSI X9.9 (ISO 9797-1 algorithm 1, padding 1): the last block of CBC, 8 bytes."""
    worker = _cipher(key, modes.CBC(bytes(_BLOCK_BYTES))).encryptor()
    padded = _padded(data)
    return (worker.update(padded) + worker.finalize())[-_BLOCK_BYTES:]


def x919(key: bytes, data: bytes) -> bytes:
    """ANSI X9.19 (ISO 9797-1 algorithm 3, padding 1): X9.9 under the first half of a 16-byte key,
    then decrypted with the second half and encrypted with the first."""
    if len(key) != 16:
        raise ValueError(f"this MAC needs a key of 16 bytes, not {len(key)}")
    return encrypt(key[:8], decrypt(key[8:], x99(key[:8], data)))


KINDS = {"cup-ecb": cup_ecb, "x9.9": x99, "x9.19": x919}


def seal(kind: str, key: bytes, data: bytes) -> bytes:
    """What stands in F64: the first four bytes of the MAC as eight hex digits in ASCII.

    `data` is the message from its type to the last byte before F64. Raises KeyError for a kind
    that is not in KINDS.
    """
    return KINDS[kind](key, data)[:4].hex().upper().encode()


def pin_block(key: bytes, pan: str, pin: str) -> bytes:
    """An encrypted PIN block (ISO 9564 format 0), 8 bytes."""
    clear = bytes.fromhex(f"0{len(pin)}{pin}".ljust(16, "F"))
    account = bytes.fromhex(pan[-13:-1].rjust(16, "0"))
    return encrypt(key, bytes(a ^ b for a, b in zip(clear, account, strict=True)))


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % _BLOCK_BYTES) if data else bytes(_BLOCK_BYTES)


def _sum(data: bytes) -> bytes:
    total = bytearray(_BLOCK_BYTES)
    for at, byte in enumerate(data):
        total[at % _BLOCK_BYTES] ^= byte
    return bytes(total)
