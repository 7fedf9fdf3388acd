"""Images are complete, reproducible, readable for others' tools, and refuse what does not fit."""

import json
import shutil
import subprocess
import sys

import pytest
from stock_image import app, stock

from tidegate.journal.log import Journal
from tidegate.journal.seal import NullSealer
from tidegate_host import paths
from tidegate_host.image import boards, filesystem, inspecting, partitions
from tidegate_host.world.flash import Flash

SECRET = "pass-word-of-the-shop"


@pytest.mark.parametrize("chip", boards.CHIPS)
def test_esptool_accepts_the_small_stock_image(chip, tmp_path):
    path = tmp_path / "app.bin"
    path.write_bytes(app(chip))
    words = [sys.executable, "-m", "esptool", "--chip", chip, "image-info", str(path)]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert "micropython" in told and "v1.25.0" in told and told.count("(valid)") == 2


def test_an_image_holds_all_that_a_board_needs(built):
    found = inspecting.inspect(built.image.read_bytes())
    assert not found.wrong
    assert (found.chip, found.board, found.micropython) == ("esp32", "esp32-generic", "v1.25.0")
    assert [p.label for p in found.partitions] == list(partitions.NEEDED)
    assert found.bytes_of("factory").startswith(app())
    for name in ("main.py", "bridge.json", "ca.der", "tidegate/port/esp32.mpy"):
        assert name in found.files
    assert not {"tidegate/port/unix.mpy", "boot.py", "locked"} & set(found.files)
    terminals = json.loads(found.files["bridge.json"])["terminals"]
    assert [t["path"] for t in terminals if t["type"] == "serial"] == ["2:17:16"]
    assert found.holds["journal"] == found.holds["keys"] == found.holds["nvs"] == "blank"
    assert partitions.find(found.partitions, "journal").size >= 512 * 1024


def test_the_same_inputs_give_the_same_bytes(built, tmp_path):
    password = tmp_path / "wifi.txt"
    password.write_text(SECRET + "\n")
    more = ("--wifi-ssid", "shop", "--wifi-password-file", password, "--keys", tmp_path / "keys")
    other = tmp_path / "other.bin"
    told = built.build(*more) + built.build(*more, out=other)
    assert built.image.read_bytes() == other.read_bytes()
    assert SECRET not in told and SECRET.encode() in other.read_bytes()
    assert other.stat().st_mode & 0o77 == 0
    found = json.loads(built.run("image", "inspect", other, "--json"))
    assert SECRET not in json.dumps(found)


def test_micropython_mounts_the_file_system(built, tmp_path, micropython_amd64):
    data = inspecting.inspect(built.image.read_bytes()).bytes_of("vfs")
    path = tmp_path / "vfs.bin"
    path.write_bytes(data)
    code = (
        "import vfs\n"
        "class Dev:\n"
        f" d=bytearray(open({str(path)!r},'rb').read())\n"
        " def readblocks(s,n,b,o=0):\n  a=n*4096+o; b[:]=s.d[a:a+len(b)]\n"
        " def writeblocks(s,n,b,o=0):\n  a=n*4096+o; s.d[a:a+len(b)]=b\n"
        " def ioctl(s,o,a):\n  return {4:len(s.d)//4096,5:4096}.get(o,0)\n"
        "vfs.mount(vfs.VfsLfs2(Dev()),'/x')\n"
        "print(len(open('/x/main.py').read()))\n"
    )
    done = subprocess.run(
        [*micropython_amd64, "-X", "heapsize=8m", "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    files = filesystem.unpack(data)
    assert int(done.stdout) == len(files["main.py"])


def test_a_locked_console_leaves_somebody_with_the_key(bench, tmp_path):
    text = bench.config.read_text("utf-8")
    bench.config.write_text(text.replace('console = "open"', 'console = "locked"'), "utf-8")
    assert "nobody would have its key" in bench.build(code=2)
    bench.build("--keys", tmp_path / "keys", "--key", tmp_path / "key")
    key = bytes.fromhex((tmp_path / "key").read_text())
    found = inspecting.inspect(bench.image.read_bytes())
    assert key in found.bytes_of("keys")
    assert found.files["locked"] == b""  # for a first start that fails


def test_the_journal_is_taken_out_of_an_image(built, tmp_path):
    flash = Flash(128)
    Journal(flash, NullSealer()).format()
    image = bytearray(built.image.read_bytes())
    at = partitions.find(partitions.unpack(image[0x8000:0x9000]), "journal").start
    image[at : at + len(flash.data)] = flash.data
    built.image.write_bytes(image)
    built.run("image", "inspect", built.image, "--journal", tmp_path / "j.bin")
    assert (tmp_path / "j.bin").read_bytes() == flash.data
    built.run("journal", "verify", tmp_path / "j.bin")
    built.run("journal", "verify", built.image)


WRONG = {
    "another-chip": (lambda: stock("esp32c3"), "is for esp32c3, and esp32-generic has an esp32"),
    "app-only": (app, "is not a whole image"),
    "not-an-image": (lambda: b"<html>", "is not an ESP32 image"),
    "too-old": (lambda: stock(version="v1.23.0"), "1.24 or newer is wanted"),
    "another-program": (lambda: stock(project="blink"), "is not MicroPython"),
    "too-large": (lambda: stock(code_bytes=0x210000), "the app partition 2162688"),
    "cut-off": (lambda: stock()[:-100], "is damaged or incomplete"),
    "one-bit": (lambda: stock()[:-5000] + bytes(1) + stock()[-4999:], "damaged or incomplete"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_stock_image_that_is_wrong_is_refused(bench, name):
    make, words = WRONG[name]
    bench.stock.write_bytes(make())
    told = bench.build(code=2)
    assert words in told and "\nnext: " in told
    assert not bench.image.exists()


def test_a_configuration_for_another_board_is_refused(bench):
    bench.stock.write_bytes(stock("esp32c3"))
    assert "terminal mobile is on 2, and esp32-c3 has UART 1" in bench.build(
        board="esp32-c3", code=2
    )
    assert "no flash to make an image for" in bench.build(board="virtual", code=2)
    assert "there is no board toaster" in bench.build(board="toaster", code=2)
    bench.stock.write_bytes(stock())
    assert "has the SHA-256" in bench.build("--sha256", "00", code=2)


def test_the_size_of_the_flash_is_in_the_boot_loader(bench):
    bench.stock.write_bytes(stock("esp32s3"))
    text = bench.config.read_text("utf-8")
    bench.config.write_text(text.replace('path = "2"', 'path = "1"'), "utf-8")
    bench.build(board="esp32-s3")
    image = bench.image.read_bytes()
    assert image[3] >> 4 == 3 and len(image) == 8 << 20
    assert not inspecting.inspect(image).wrong


@pytest.mark.parametrize(
    ("label", "words"), [("factory", "the app is damaged"), ("vfs", "vfs: "), ("table", "")]
)
def test_damage_is_a_finding(built, label, words):
    image = bytearray(built.image.read_bytes())
    rows = partitions.unpack(image[0x8000:0x9000])
    part = partitions.find(rows, label)
    at, code = (part.start, 1) if part else (0x8000, 2)
    image[at + 200 if label == "factory" else at : at + 8192] = bytes(
        8192 - (200 if label == "factory" else 0)
    )
    built.image.write_bytes(image)
    told = built.run("image", "inspect", built.image, code=code)
    assert words in told if part else "not an image of a whole flash" in told


def test_code_that_is_frozen_in_does_not_come_again(bench):
    bench.stock.write_bytes(stock(frozen=b"tidegate/__init__.py\0"))
    bench.build()
    found = inspecting.inspect(bench.image.read_bytes())
    assert not [name for name in found.files if name.endswith(".mpy")]
    assert {"main.py", "bridge.json", "ca.der", "board.json"} <= set(found.files)


def test_a_picture_with_other_pins_is_a_finding(bench, monkeypatch, tmp_path):
    folder = tmp_path / "boards"
    shutil.copytree(paths.boards_root() / "esp32-c3", folder / "esp32-c3")
    monkeypatch.setattr(paths, "boards_root", lambda: folder)
    toml = folder / "esp32-c3" / "board.toml"
    text = toml.read_text("utf-8")
    for old, new, words in (
        ("tx = 4", "tx = 3", "wiring.svg does not show GPIO 3 (TX)"),
        ("led = 10", "led = 2", "wiring.svg shows GPIO 10"),
        ("rtc_scl = 7", "rtc_scl = 1", "wiring.svg does not show GPIO 6, 1"),
    ):
        assert old in text
        toml.write_text(text.replace(old, new), "utf-8")
        assert words in bench.run("boards", "--json", code=1)
    toml.write_text(text, "utf-8")
    (folder / "esp32-c3" / "wiring.svg").unlink()
    assert "there is no wiring.svg" in bench.run("boards", "--json", code=1)


def test_boards_are_sound(bench):
    found = json.loads(bench.run("boards", "--json"))["boards"]
    assert [row["name"] for row in found if row["wrong"]] == []
    assert {row["name"] for row in found} == {
        "esp32-generic", "esp32-eth", "esp32-s3", "esp32-c3", "virtual", "qemu-m3",
    }  # fmt: skip
