"""Seals and keys against known answers from outside."""

import json
from pathlib import Path

import pytest

from tidegate_host.standins import mac
from tidegate_host.standins.keys import MASTER_KEY, KeyCheckError, Vault

VECTORS = Path(__file__).parents[1] / "vectors"
# FIPS 113 and the examples of ISO 9797-1.
K1 = bytes.fromhex("0123456789ABCDEF")
K2 = bytes.fromhex("FEDCBA9876543210")


def _sample(name):
    rows = map(json.loads, (VECTORS / "cup.jsonl").read_text().splitlines())
    return bytes.fromhex(next(row["hex"] for row in rows if row["id"] == name))


def test_the_seal_of_a_real_message():
    message = _sample("z057")
    key = mac.decrypt(MASTER_KEY, bytes.fromhex("C9E3E3B489B520FE"))
    assert key.hex().upper() == "7F52E3201FDF045E"
    assert mac.cup_ecb(key, message[:-8]).hex().upper() == "28C7AFB533AEE74D"
    assert mac.seal("cup-ecb", key, message[:-8]) == b"28C7AFB5" == message[-8:]


@pytest.mark.parametrize(
    ("kind", "key", "data", "expected"),
    [
        ("x9.9", K1, b"7654321 Now is the time for ", "F1D30F68"),
        ("x9.9", K1, b"Now is the time for all ", "70A30640"),
        ("x9.19", K1 + K2, b"Now is the time for all ", "A1C72E74"),
    ],
)
def test_the_published_examples(kind, key, data, expected):
    assert mac.seal(kind, key, data) == expected.encode()


def test_every_byte_counts():
    message = _sample("z057")[:-8]
    good = mac.cup_ecb(K1, message)
    for at in range(len(message)):
        changed = bytearray(message)
        changed[at] ^= 1
        assert mac.cup_ecb(K1, bytes(changed)) != good, at


@pytest.mark.parametrize(("code", "size"), [(1, 24), (3, 40), (4, 60)])
def test_keys_of_a_sign_in(code, size):
    keys, data = Vault().make(code)
    assert len(data) == size
    assert Vault(seed=2).open(data, code) == keys
    assert len(keys.mac) == 8
    assert len(keys.pin) == (8 if code == 1 else 16)
    assert bool(keys.track) == (code == 4)


def test_keys_are_new_every_time():
    vault = Vault()
    assert len({vault.make(3)[0].mac for _ in range(50)}) == 50


def test_the_keys_that_a_seed_makes_repeat():
    assert Vault(seed=9).make(4) == Vault(seed=9).make(4)


@pytest.mark.parametrize("at", [0, 19, 20, 36, 39])
def test_a_damaged_key_is_found(at):
    _, data = Vault().make(3)
    damaged = bytearray(data)
    damaged[at] ^= 0x10
    with pytest.raises(KeyCheckError):
        Vault().open(bytes(damaged), 3)


def test_keys_of_another_kind_of_sign_in_are_refused():
    _, data = Vault().make(1)
    with pytest.raises(KeyCheckError, match="24 bytes, 40"):
        Vault().open(data, 3)


def test_a_full_mac_key_is_taken():
    full = bytes.fromhex("1122334455667788AABBCCDDEEFF0011")
    pin, _ = Vault().make(3)
    data = b"".join(
        part
        for key in (pin.pin, full)
        for part in (mac.encrypt(MASTER_KEY, key), mac.check_value(key))
    )
    assert Vault().open(data, 3).mac == full


def test_a_pin_block_opens_to_the_pin():
    clear = mac.decrypt(K1 + K2, mac.pin_block(K1 + K2, "6299990000001239", "123456"))
    account = bytes.fromhex("0000" + "999000000123")
    assert bytes(a ^ b for a, b in zip(clear, account, strict=True)).hex().upper() == (
        "06123456FFFFFFFF"
    )
