"""`tidegate flash` with the real esptool on the ROM of a chip that is not there."""

import json

import pytest
from rom import Rom
from serial import Serial
from stock_image import stock

from tidegate.journal import bodies, records
from tidegate.journal.log import Journal
from tidegate.journal.seal import NullSealer
from tidegate_host import config
from tidegate_host.device import virtual
from tidegate_host.device.board import Board
from tidegate_host.device.esptool import Esptool
from tidegate_host.image import inspecting, partitions
from tidegate_host.world.flash import Flash


@pytest.fixture
def chips():
    made = []

    def chip(**facts):
        made.append(Rom(**facts))
        return made[-1]

    yield chip
    for each in made:
        each.close()


@pytest.fixture
def boots(monkeypatch, tmp_path):
    """A pseudo-terminal has no reset line, so EN is pressed here when esptool would pull it.

    What starts then is a virtual board with the configuration that lies in the chip's flash.
    """
    started = []
    real = Esptool.reset

    def make(rom):
        def reset(tool):
            real(tool)
            found = inspecting.inspect(bytes(rom.flash))
            compiled = config.read_board_file(found.files["bridge.json"])
            for terminal in compiled["terminals"]:
                if terminal["type"] == "tcp":
                    terminal["port"] = 0  # a free one: other tests run beside this
            ca = tmp_path / "found.der"
            ca.write_bytes(found.files["ca.der"])
            board = virtual.VirtualBridge(tmp_path / "board", compiled, {"ca.der": ca})
            started.append(board)
            board.start()
            rom.hand_over(board.console_path)

        monkeypatch.setattr(Esptool, "reset", reset)
        return started

    yield make
    for board in started:
        board.stop()


def flash(bench, rom, *more, code=0):
    words = ("flash", bench.image, "--device", rom.port, "--no-stub", "--wait", "30")
    return bench.run(*words, *more, code=code)


def put(rom, image, journal=None):
    """The flash as it was before, with that journal in it."""
    rom.flash[:] = image
    if journal:
        at = partitions.find(partitions.unpack(image[0x8000:0x9000]), "journal").start
        rom.flash[at : at + len(journal)] = journal


def test_an_empty_board_runs_the_bridge_after_it(built, chips, boots):
    rom = chips()
    boots(rom)
    told = json.loads(flash(built, rom, "--json"))
    assert (told["console"], told["verified"], told["name"]) == ("open", True, "shop-1")
    rom.check()
    assert rom.flash == built.image.read_bytes()
    assert rom.told.count("md5") == 8
    with Board(rom.port) as board:
        assert board.call("hello")["name"] == "shop-1"


def journal_with(*, advice):
    """A journal with a stored advice, or with a live request that was sent and never answered."""
    flash = Flash(128)
    journal = Journal(flash, NullSealer())
    journal.format()
    journal.mount(lambda *_: None)
    if advice:
        journal.store(1, 13, 42, 42, 200_000_000, memoryview(b"a frame, sealed in real life" * 4))
    else:
        body = memoryview(bytearray(64))
        bodies.put(
            records.SENT, body, journal.new_id(), 0, 1, 0, 3, 0, 0, 0, 41, 1, 0, 200_000_000, 1990,
            0, bytes(6), bytes(8), bytes(8), bytes(8),
        )  # fmt: skip
        journal.append(records.SENT, body)
    return bytes(flash.data)


@pytest.mark.parametrize("advice", [True, False])
def test_unsettled_entries_are_not_erased_without_asking(built, chips, advice):
    rom = chips()
    before = journal_with(advice=advice)
    put(rom, built.image.read_bytes(), before)
    told = flash(built, rom, code=2)
    assert "holds 1 unsettled entries; nothing was written" in told and "--pull FILE" in told
    assert "begin" not in rom.told
    assert before in rom.flash


def test_a_damaged_journal_is_not_erased_without_asking(built, chips, boots, tmp_path):
    rom = chips()
    boots(rom)
    before = b"\0" * 4096 + b"not a journal at all" * 200
    put(rom, built.image.read_bytes(), before)
    told = flash(built, rom, code=2)
    assert "holds a damaged journal; nothing was written" in told and "--pull FILE" in told
    assert "begin" not in rom.told
    flash(built, rom, "--pull", tmp_path / "kept.bin")
    assert (tmp_path / "kept.bin").read_bytes().startswith(before)
    assert (tmp_path / "kept.bin").stat().st_mode & 0o77 == 0
    assert rom.flash == built.image.read_bytes()
    rom.check()


REFUSED = {
    "encrypted": ({"encrypted": True}, "is encrypted", 2),
    "signed": ({"signed": True}, "starts signed code only", 2),
    "another-size": ({"flash_bytes": 2 << 20}, "has 2 MB, the image 4 MB", 2),
    "silent": ({"mute": True}, "no ESP32 answers", 4),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_chip_that_does_not_fit_is_left_alone(built, chips, name):
    facts, words, code = REFUSED[name]
    rom = chips(**facts)
    told = flash(built, rom, code=code)
    assert words in told and "\nnext: " in told
    assert "begin" not in rom.told and "deflate_begin" not in rom.told


def test_an_image_for_another_chip_is_refused(bench, chips):
    rom = chips()
    bench.stock.write_bytes(stock("esp32c3"))
    text = bench.config.read_text("utf-8")
    bench.config.write_text(text.replace('path = "2"', 'path = "1"'), "utf-8")
    bench.build(board="esp32-c3")
    told = flash(bench, rom, code=2)
    assert "is an esp32, the image is for an esp32c3" in told
    assert "begin" not in rom.told


# Blocks of 1 KB until then: soon after the blank sector, in the file system, in the journal.
@pytest.mark.parametrize("blocks", [5, 700, 1700])
def test_a_cable_that_is_pulled_leaves_nothing_that_starts(built, chips, boots, blocks):
    rom = chips()
    put(rom, built.image.read_bytes())
    rom.unplug_after = blocks
    told = flash(built, rom, code=3)
    assert "went away in the middle" in told and "\nnext: " in told
    kept = rom.flash
    assert kept[0x1000] == 0xFF
    again = chips()
    again.flash[:] = kept
    boots(again)
    flash(built, again, "--yes")
    again.check()
    assert again.flash == built.image.read_bytes()


def test_a_port_that_is_busy_or_missing_is_told(built, chips):
    rom = chips()
    with Serial(rom.port, exclusive=True):
        assert "in use by another program" in flash(built, rom, code=3)
    words = ("flash", built.image, "--device", "/dev/ttyNOPE")
    assert "is not there" in built.run(*words, code=3)


def test_a_damaged_image_goes_nowhere(built, chips):
    rom = chips()
    image = bytearray(built.image.read_bytes())
    image[0x10100] ^= 1
    built.image.write_bytes(image)
    assert "the app is damaged" in flash(built, rom, code=1)
    assert not rom.told
