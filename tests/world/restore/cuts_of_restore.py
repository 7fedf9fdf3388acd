"""A journal from a backup is brought to a board, and the power goes at each flash operation.

    micropython cuts_of_restore.py SEED FIRST STEP     cut at FIRST, FIRST + STEP, ... of them all

It runs under MicroPython: its VfsLfs2 and the journal's partition on one emulated NOR flash, with
`app/restoring` and `app/restored` as a board has them. After each cut the board starts without
anybody there. Its journal is then the old one or the new one, to the byte, and the new one if the
tool was told so; a journal from a backup is known as such until its start has come to the end.
Then the whole restore is done once more and works.

One mode of the emulated flash is left out, as for an update: LittleFS is not made for it.
"""

import asyncio
import os
import sys

HERE = __file__.rpartition("/")[0] or "."
ROOT = HERE + "/../../.."
for folder in ("/host/src", "/firmware"):
    sys.path.insert(0, ROOT + folder)

from binascii import b2a_base64  # noqa: E402
from hashlib import sha256  # noqa: E402

import vfs  # noqa: E402

from tidegate.app import events, restored, restoring  # noqa: E402
from tidegate_host.world.flash import MARGINAL, MODES, SECTOR_BYTES, Flash, PowerCut  # noqa: E402
from tidegate_host.world.prng import Prng  # noqa: E402

FILES = 40  # sectors of the file system; the journal's come after them
SECTORS = 6
CUTS = [mode for mode in MODES if mode != MARGINAL]
BOARD = "/board"
PIECE = 512


class Part:
    """Some sectors of a chip, as a partition."""

    def __init__(self, flash, first, count):
        self.flash, self.first, self.count = flash, first, count

    def readblocks(self, block, buf, off=0):
        self.flash.readblocks(self.first + block, buf, off)

    def writeblocks(self, block, buf, off=None):
        self.flash.writeblocks(self.first + block, buf, off)

    def ioctl(self, op, arg):
        if op == 4:
            return self.count
        return self.flash.ioctl(op, self.first + arg)


class Board:
    """The port and what the words need of the console, in one."""

    root = BOARD + "/"
    engine = None

    def __init__(self, flash):
        self.port = self
        self.flash = flash
        vfs.mount(vfs.VfsLfs2(Part(flash, 0, FILES)), BOARD)

    def journal_device(self):
        return Part(self.flash, FILES, SECTORS)

    def journal(self):
        return bytes(self.flash.data[FILES * SECTOR_BYTES :])

    def at_rest(self):
        return True

    def reset(self):
        return True

    def start(self, cause):
        """A start, as far as `app/starting` asks `restored`."""
        self.cause = cause
        return restored.begin(self) if restoring.marker(self) else (False, None)


def contents(seed, number):
    """A journal: some sectors are full, some half, some blank."""
    random = Prng(seed, "journal")
    journal = b""
    for n in range(SECTORS):
        size = (SECTOR_BYTES, SECTOR_BYTES // 2, 0)[(n + number) % 3]
        letters = bytes([random.below(255) for _ in range(64)])
        journal += letters * (size // 64) + b"\xff" * (SECTOR_BYTES - size)
    return journal


def restore(board, journal, told):
    """As `tidegate restore` does it."""
    words = restoring.Restoring(board).words()
    words["replace"]()
    assert board.start(events.CAUSE_RESET) == (True, None)
    data = b""
    for n in range(SECTORS):
        sector = journal[n * SECTOR_BYTES : (n + 1) * SECTOR_BYTES]
        if sector != b"\xff" * SECTOR_BYTES:
            data += n.to_bytes(4, "little") + sector
    for at in range(0, len(data), PIECE):
        words["bring"](at, b2a_base64(data[at : at + PIECE]))
    words["replaced"](sha256(data).digest().hex())
    told.append("staged")
    assert board.start(events.CAUSE_RESET) == (False, restored.hold)
    restoring.clear(board)  # as `hold` does at its end
    told.append("held")


def check(board, seed, told, where):
    """What the power left, once the board has started with nobody there."""
    before, mark = board.journal(), restoring.marker(board)
    halted, state = board.start(events.CAUSE_POWER)
    assert not halted, where
    if state or "held" in told:
        assert board.journal() == contents(seed, 1), where
        assert state or not mark, where
    elif mark or "staged" not in told:
        assert not told and not state and restoring.marker(board) == "", (where, told, state)
        assert before == board.journal() == contents(seed, 0), where
    else:
        assert before == contents(seed, 1), where  # hold had come to its end
    assert restoring.STAGING not in os.listdir(BOARD), where
    if state:
        restoring.clear(board)


def run(seed, image, operation, mode):
    """One restore with a cut; -> how many operations it has without one (operation -1)."""
    flash = Flash(FILES + SECTORS, image)
    board, told = Board(flash), []
    flash.operations = 0
    if operation < 0:
        restore(board, contents(seed, 1), told)
        assert board.journal() == contents(seed, 1)
        vfs.umount(BOARD)
        return flash.operations
    flash.cut(operation, mode, seed + operation)
    try:
        restore(board, contents(seed, 1), told)
        raise AssertionError("the power did not go")
    except PowerCut:
        pass
    vfs.umount(BOARD)
    board = Board(Flash(FILES + SECTORS, flash.data))
    check(board, seed, told, (operation, mode))
    restore(board, contents(seed, 2), [])
    assert board.journal() == contents(seed, 2), (operation, mode)
    vfs.umount(BOARD)
    return 0


def main(seed, first, step):
    flash = Flash(FILES + SECTORS)
    vfs.VfsLfs2.mkfs(Part(flash, 0, FILES))
    flash.data[FILES * SECTOR_BYTES :] = contents(seed, 0)
    image = bytes(flash.data)
    count = run(seed, image, -1, "")
    runs = failures = 0
    for operation in range(first, count, step):
        mode = CUTS[(operation + seed) % len(CUTS)]
        runs += 1
        asyncio.new_event_loop()  # no task of the life before is kept
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
