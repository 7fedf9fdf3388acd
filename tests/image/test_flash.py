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
from tidegate_host.cli import flash as commands
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
    "encrypted-c3": ({"chip": "esp32c3", "encrypted": True}, "is encrypted", 2),
    "signed-s3": ({"chip": "esp32s3", "signed": True}, "starts signed code only", 2),
    "secure-download": ({"chip": "esp32c3", "secure_download": True}, "secure download mode", 2),
    "another-chip": ({"chip": "esp32s3"}, "is an esp32s3, the image is for an esp32", 2),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_chip_that_does_not_fit_is_left_alone(built, chips, name):
    facts, words, code = REFUSED[name]
    rom = chips(**facts)
    told = flash(built, rom, code=code)
    assert words in told and "\nnext: " in told
    assert "begin" not in rom.told and "deflate_begin" not in rom.told


@pytest.mark.parametrize(("chip", "board"), [("esp32c3", "esp32-c3"), ("esp32s3", "esp32-s3")])
def test_the_later_chips_are_flashed_too(bench, chips, boots, chip, board):
    bench.stock.write_bytes(stock(chip))
    text = bench.config.read_text("utf-8")
    bench.config.write_text(text.replace('path = "2"', 'path = "1"'), "utf-8")
    bench.build(board=board)
    rom = chips(chip=chip, flash_bytes=bench.image.stat().st_size)
    boots(rom)
    told = json.loads(flash(bench, rom, "--json"))
    assert (told["chip"], told["board"], told["console"]) == (chip, board, "open")
    rom.check()
    assert rom.flash == bench.image.read_bytes()


# What a person answers, or says beforehand; and whether the board is written then.
ANSWERS = {
    "kept": ("y\n{}\n", (), 0),
    "erased": ("n\ny\n", (), 0),
    "thought-better": ("n\nn\n", (), 2),
    "yes": ("", ("--yes",), 0),
    "pulled": ("", ("--pull", "{}"), 0),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_person_is_asked_what_becomes_of_unsettled_entries(built, monkeypatch, tmp_path, name):
    # Only the question is real here; what esptool does about it is tested above.
    answers, more, code = ANSWERS[name]
    kept, before, written = tmp_path / "kept.bin", journal_with(advice=True), []
    monkeypatch.setattr(commands, "is_a_person_there", lambda: True)
    monkeypatch.setattr(commands, "_await_console", lambda *_: "open")
    monkeypatch.setattr(Esptool, "reset", lambda _: None)
    monkeypatch.setattr(commands.flashing, "check_chip", lambda *_: None)
    monkeypatch.setattr(commands.flashing, "old_journal", lambda *_: (before, b"keys"))
    monkeypatch.setattr(commands.flashing, "write", lambda *_: written.append(1) or 1)
    words = ("flash", built.image, "--device", "/dev/null", *more)
    told = built.run(
        *(str(word).replace("{}", str(kept)) for word in words),
        code=code,
        answers=answers.format(kept),
    )
    assert bool(written) == (code == 0)
    assert ("holds 1 unsettled entries" in told) == (not more)
    assert ("nothing was written" in told) == bool(code)
    assert kept.exists() == (name in ("kept", "pulled"))
    if kept.exists():
        assert kept.read_bytes() == before
        assert kept.with_name("kept.bin.keys").read_bytes() == b"keys"
        assert kept.stat().st_mode & 0o77 == 0


class Port:
    def __init__(self, device, vid):
        self.device, self.vid = device, vid


def test_a_port_is_found_when_there_is_one(built, chips, monkeypatch):
    rom = chips(mute=True)
    there = []
    monkeypatch.setattr(commands.list_ports, "comports", lambda: there)
    words = ("flash", built.image, "--no-stub")
    assert "no board is plugged in" in built.run(*words, code=3)
    there.append(Port("/dev/ttyS0", None))  # the computer's own
    assert "no board is plugged in" in built.run(*words, code=3)
    there.append(Port(rom.port, 0x10C4))
    assert f"no ESP32 answers on {rom.port}" in built.run(*words, code=4)
    there.append(Port("/dev/ttyUSB9", 0x1A86))
    told = built.run(*words, code=3)
    assert f"there are 2 boards: {rom.port}, /dev/ttyUSB9" in told
    assert "--device PORT" in told


# In the app, in the file system, in the journal.
@pytest.mark.parametrize("place", [0x12000, 0x230000, 0x380000])
def test_a_cable_that_is_pulled_leaves_nothing_that_starts(built, chips, boots, place):
    rom = chips()
    put(rom, built.image.read_bytes())
    rom.flash[0x8000:0x9000] = b"\xff" * 4096  # no journal to read first, which takes its time
    rom.unplug_at = place
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
