"""`tidegate journal verify|show`: what a person is told about an image, and what not."""

import json
import struct

import pytest
from click.testing import CliRunner

from tidegate.journal import bodies, records
from tidegate.journal.keys import KeyStore
from tidegate.journal.log import Journal
from tidegate_host.cli.main import group
from tidegate_host.world.cipher import Cipher
from tidegate_host.world.flash import Flash

PAN = "6299990000001239"
MASKED = bytes.fromhex("6299991239") + bytes([16])
WALL = 200_000_000


def tidegate(*words):
    return CliRunner().invoke(group, ["journal", *[str(w) for w in words]])


@pytest.fixture
def image():
    """A journal with a live sale, two stored advices of which one is in attention, and a hold."""
    keys = KeyStore(Flash(2))
    keys.create(lambda n: bytes(range(n)))
    flash = Flash(16)
    journal = Journal(flash, keys.sealers(Cipher()))
    journal.format()
    journal.mount(lambda *_: None)
    body = memoryview(bytearray(64))
    bodies.put(
        records.SENT, body, journal.new_id(), 0, 1, 0, 3, 0, 0, 0, 41, 1, 0, WALL, 1990, 0,
        MASKED, bytes(8), bytes(8), bytes(8),
    )  # fmt: skip
    journal.append(records.SENT, body)
    for stan in (42, 43):
        journal.store(1, 13, stan, stan, WALL, memoryview(PAN.encode() * 12))
    item = journal.head(1, records.GROUP_ADVICE)
    about = memoryview(bytearray(records.ATTENTION_BYTES))
    bodies.put(
        records.ATTENTION, about, item.id, 1, 13, 0, 0, 0, 42, records.WHY_REFUSED, 0x3035, WALL,
        500, 0, MASKED, 1, bytes(8),
    )  # fmt: skip
    journal.attend(item, about)
    return flash


def test_a_sound_journal_is_counted(image, tmp_path):
    path = tmp_path / "flash.bin"
    path.write_bytes(image.data)
    result = tidegate("verify", path, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
    assert found["schema"] == 1
    assert found["types"] == {"SENT": 1, "STORE": 2, "ATTENTION": 1}
    assert found["findings"] == []
    lane = {"lane": 1, "reversals": 0, "advices": 1, "attention": 1, "holds": 0}
    assert found["lanes"] == [lane]
    assert "sound" in tidegate("verify", path).output
    assert path.read_bytes() == bytes(image.data)


def test_a_wrong_bit_is_a_finding(image, tmp_path):
    image.flip(300, 4)
    path = tmp_path / "flash.bin"
    path.write_bytes(image.data)
    result = tidegate("verify", path)
    assert result.exit_code == 1
    assert "mended" in result.output


def test_entries_are_told_masked_and_frames_are_not(image, tmp_path):
    path = tmp_path / "flash.bin"
    path.write_bytes(image.data)
    lines = tidegate("show", path).output.splitlines()
    assert [line.split()[1] for line in lines] == ["SENT", "STORE", "STORE", "ATTENTION"]
    assert "629999******1239" in lines[0] and "stan 000041" in lines[0]
    assert "amount 1990" in lines[0] and "2026-05-03T19:33:20Z" in lines[0]
    assert "sealed 224 bytes" in lines[1]
    assert "why refused" in lines[3] and "code 05" in lines[3]
    assert PAN not in "".join(lines)


def test_lane_type_and_item_choose(image, tmp_path):
    path = tmp_path / "flash.bin"
    path.write_bytes(image.data)
    rows = [json.loads(r) for r in tidegate("show", path, "--json").output.splitlines()]
    assert {r["schema"] for r in rows} == {1}
    assert len(tidegate("show", path, "--lane", "0").output.splitlines()) == 1
    assert len(tidegate("show", path, "--type", "store").output.splitlines()) == 2
    item = rows[1]["item"]
    assert [r["type"] for r in rows if r["item"] == item] == ["STORE", "ATTENTION"]
    assert len(tidegate("show", path, "--item", str(item)).output.splitlines()) == 2


def test_the_journal_is_found_in_a_whole_image_or_by_its_place(image, tmp_path):
    whole = bytearray(b"\xff" * 0x60000)
    row = struct.pack("<HBBII16sI", 0x50AA, 0x40, 0, 0x40000, 0x10000, b"journal", 0)
    whole[0x8000 : 0x8000 + 32] = row
    whole[0x40000:0x50000] = image.data
    path = tmp_path / "image.bin"
    path.write_bytes(whole)
    assert tidegate("verify", path).exit_code == 0
    whole[0x8000:0x8020] = b"\xff" * 32
    path.write_bytes(whole)
    assert tidegate("verify", path, "--offset", "0x40000", "--size", 0x10000).exit_code == 0
    for wrong in (("--offset", 5), ("--offset", "0x60000"), ("--size", "0x70000")):
        assert tidegate("verify", path, *wrong).exit_code == 2


@pytest.mark.parametrize("content", [b"", b"\xff" * 65536, b"ELF" + bytes(70000), bytes(4096)])
def test_what_is_no_journal_is_said_so(content, tmp_path):
    path = tmp_path / "other.bin"
    path.write_bytes(content)
    for verb in ("verify", "show"):
        result = tidegate(verb, path)
        assert result.exit_code == 2
        assert "Traceback" not in result.output
    assert tidegate("verify", tmp_path / "missing.bin").exit_code == 2
