"""What a record costs the flash when a file system keeps it. Runs under MicroPython.

    micropython filesystems.py KIND RECORDS BYTES

KIND: lfs-append (append and flush), lfs-rename (a file a record, written beside and renamed over),
fat (append and flush). Prints one JSON object; 1 MB of flash, everything counted as it comes.
"""

import json
import os
import sys

import vfs

SECTOR_BYTES = 4096
SECTORS = 256


class Counting:
    """A block device that counts programs and erases; FAT knows no erase, so a block written is a
    sector erased."""

    def __init__(self, erasing):
        self.data = bytearray(b"\xff" * (SECTORS * SECTOR_BYTES))
        self.erasing = erasing
        self.clear()

    def clear(self):
        self.erases = 0
        self.bytes = 0
        self.programs = []

    def readblocks(self, block, buf, off=0):
        at = block * SECTOR_BYTES + off
        buf[:] = self.data[at : at + len(buf)]

    def writeblocks(self, block, buf, off=None):
        if off is None:
            self.erases += max(len(buf) // SECTOR_BYTES, 1)
            off = 0
        self.programs.append(len(buf))
        self.bytes += len(buf)
        at = block * SECTOR_BYTES + off
        self.data[at : at + len(buf)] = buf

    def ioctl(self, op, arg):
        if op == 4:
            return SECTORS
        if op == 5:
            return SECTOR_BYTES
        if op == 6 and self.erasing:
            self.erases += 1
        return 0


def run(kind, records, size):
    device = Counting(kind != "fat")
    maker = vfs.VfsFat if kind == "fat" else vfs.VfsLfs2
    maker.mkfs(device)
    vfs.mount(maker(device), "/flash")
    record = bytes(range(size))
    device.clear()
    if kind == "lfs-rename":
        for i in range(records):
            with open("/flash/new", "wb") as file:
                file.write(record)
            os.rename("/flash/new", "/flash/record%d" % (i % 100))
    else:
        with open("/flash/log", "ab") as file:
            for _ in range(records):
                file.write(record)
                file.flush()
    return device


def main(kind, records, size):
    records = int(records)
    device = run(kind, records, int(size))
    print(
        json.dumps({"bytes": device.bytes, "erases": device.erases, "programs": device.programs})
    )


main(*sys.argv[1:])
