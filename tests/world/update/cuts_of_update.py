"""A version is staged, tried, trusted on a real LittleFS, and the power goes at each operation.

    micropython cuts_of_update.py SEED FIRST STEP     cut at FIRST, FIRST + STEP, ... of them all

Six seeds in a row cut each operation in each mode. It runs under MicroPython: its VfsLfs2 over the
emulated NOR flash, `app/slots` and `main.py` as a board has them. Only the console and the bridge
are played. After each cut the board starts as it does in a shop. What it picks has to be whole by
its own manifest, and it is the old version until the new one was activated; then everything is
done once more and works.

One mode of the emulated flash is left out: bits that read now so, now so. LittleFS believes a
commit that it has read well once, so it is not made for them; the journal is (J2).
"""

import os
import sys

HERE = __file__.rpartition("/")[0] or "."
ROOT = HERE + "/../../.."
for folder in ("/host/src", "/firmware"):
    sys.path.insert(0, ROOT + folder)

from binascii import b2a_base64  # noqa: E402
from hashlib import sha256  # noqa: E402

import vfs  # noqa: E402

from tidegate.app import slots  # noqa: E402
from tidegate.app.service import file_hash  # noqa: E402
from tidegate_host.world.flash import MARGINAL, MODES, Flash, PowerCut  # noqa: E402
from tidegate_host.world.prng import Prng  # noqa: E402

SECTORS = 96
CUTS = [mode for mode in MODES if mode != MARGINAL]
BOARD = "/board"
PIECE = 512


class Port:
    root = BOARD + "/"


class Service:
    """What slots needs of a running bridge."""

    engine = None
    locked = None
    port = Port

    def waiting(self):
        return 0

    def reset(self):
        return True


def digest(data):
    return sha256(data).digest().hex()


def version_of_main():
    # main.py starts the firmware when it is imported, so its first half is taken as text.
    with open(ROOT + "/firmware/main.py") as file:
        text = file.read()
    names = {}
    exec(text[: text.index("\ntry:")], names)
    return lambda: names["version"](False)


choose = version_of_main()


def contents(seed, number):
    """The files of version `number`; some are the same in all of them."""
    random = Prng(seed, "version")
    files = {}
    for n in range(5):
        size = 40 + random.below(1900)
        letter = 65 + n if n % 2 else 97 + n + number
        files["tidegate/part%d/m.mpy" % n if n < 4 else "bridge.json"] = bytes([letter]) * size
    return files


def manifest(files):
    lines = ["# name test"] + [digest(files[name]) + " " + name for name in sorted(files)]
    return ("\n".join(lines) + "\n").encode()


def write(path, data):
    slots._make_room(path)
    with open(path, "wb") as file:
        file.write(data)


def flashed(seed):
    """An image with version 0 as an image build leaves it, its manifest and wiring beside it."""
    flash = Flash(SECTORS)
    vfs.VfsLfs2.mkfs(flash)
    vfs.mount(vfs.VfsLfs2(flash), BOARD)
    files = contents(seed, 0)
    for name in sorted(files):
        write(BOARD + "/" + name, files[name])
    write(BOARD + "/manifest", manifest(files))
    write(BOARD + "/board.json", b"{}")
    vfs.umount(BOARD)
    return bytes(flash.data)


def update(seed, number):
    """As `tidegate provision` does it. -> the slot."""
    words = slots.Slots(Service()).words()
    files = contents(seed, number)
    slot = words["stage"]()
    for name in sorted(files):
        if words["same"](name, digest(files[name])):
            assert words["keep"](name, digest(files[name]))
        else:
            put(words, name, files[name])
    told = manifest(files)
    put(words, "manifest", told)
    words["activate"](digest(told), "", False)
    return slot


def put(words, name, data):
    for at in range(0, len(data), PIECE):
        words["put"](name, at, b2a_base64(data[at : at + PIECE]))
    assert words["check"](name) == digest(data)


def start():
    """A start of the board. -> (folder, on trial)."""
    os.chdir(BOARD)
    try:
        return choose()
    finally:
        os.chdir("/")


def trust():
    now, back, _ = slots.state(Port)
    slots.write_state(Port, now, back, slots.TRUSTED)


def life(seed, told):
    """Two updates: the first passes its trial, the second uses up its tries. `told` marks."""
    update(seed, 1)
    told.append("activated 1")
    assert start() == ("a", True)
    trust()
    told.append("trusted 1")
    assert start() == ("a", False)
    update(seed, 2)
    told.append("activated 2")
    for _ in range(3):
        assert start() == ("b", True)
    assert start() == ("a", False)
    told.append("rolled back")


def check(seed, told, where):
    """The board starts again after a cut; what it runs is whole and the right one."""
    folder, _ = start()
    root = BOARD + ("/" if folder == "." else "/" + folder + "/")
    with open(root + "manifest") as file:
        lines = [line.strip() for line in file if line[0] != "#"]
    for line in lines:
        expected, name = line.split(" ", 1)
        assert file_hash(root + name) == expected, (where, folder, name)
    running = [n for n in range(3) if file_hash(root + "bridge.json") == digest(
        contents(seed, n)["bridge.json"])]  # fmt: skip
    allowed = {
        0: (0, 1), 1: (0, 1), 2: (1, 2), 3: (1, 2), 4: (1,),
    }[len(told)]  # fmt: skip
    assert running[0] in allowed, (where, told, running)
    assert file_hash(root + "board.json"), where


def again(seed, where):
    """And it can be provisioned after that."""
    now, back, left = slots.state(Port)
    if left not in (slots.TRUSTED, slots.FAILED):
        trust()
    slot = update(seed, 3)
    assert start() == (slot, True), where
    trust()
    assert start() == (slot, False), where


def run(seed, image, operation, mode):
    """One life with a cut; -> how many operations it has without one (operation -1)."""
    flash = Flash(SECTORS, image)
    told = []
    vfs.mount(vfs.VfsLfs2(flash), BOARD)
    flash.operations = 0
    if operation < 0:
        life(seed, told)
        count = flash.operations
        vfs.umount(BOARD)
        return count
    flash.cut(operation, mode, seed + operation)
    try:
        life(seed, told)
        raise AssertionError("the power did not go")
    except PowerCut:
        pass
    # What the power left is another chip's contents: files that were open die with the old one.
    vfs.umount(BOARD)
    left = Flash(SECTORS, flash.data)
    vfs.mount(vfs.VfsLfs2(left), BOARD)
    check(seed, told, (operation, mode))
    again(seed, (operation, mode))
    vfs.umount(BOARD)
    return 0


def main(seed, first, step):
    image = flashed(seed)
    count = run(seed, image, -1, "")
    runs = failures = 0
    for operation in range(first, count, step):
        mode = CUTS[(operation + seed) % len(CUTS)]
        runs += 1
        try:
            run(seed, image, operation, mode)
        except Exception as error:
            failures += 1
            print("seed %d, cut at %d of %d (%s):" % (seed, operation, count, mode))
            sys.print_exception(error)
            try:
                vfs.umount(BOARD)
            except OSError:
                pass
    print("cut runs %d of %d operations, failures %d" % (runs, count, failures))
    return 1 if failures else 0


sys.exit(main(*[int(word) for word in sys.argv[1:]]))
