"""A small stock MicroPython image: no code worth running, but whole in every other way."""

import hashlib
import random
import struct

from tidegate_host.image import partitions
from tidegate_host.image.boards import CHIPS
from tidegate_host.image.partitions import Partition

_ROM = {"esp32": (0x3F400020, 0x40080000), "esp32s3": (0x3C000020, 0x40374000),
        "esp32c3": (0x3C000020, 0x40380000)}  # fmt: skip


def _image(chip, segments):
    head = struct.pack("<BBBBI", 0xE9, len(segments), 2, 0x20, segments[-1][0])
    head += struct.pack("<B3sHBHH4sB", 0xEE, b"\0" * 3, CHIPS[chip][0], 0, 0, 399, b"\0" * 4, 1)
    body = b""
    checksum = 0xEF
    for at, data in segments:
        body += struct.pack("<II", at, len(data)) + data
        for byte in data:
            checksum ^= byte
    image = head + body
    image += b"\0" * (15 - len(image) % 16) + bytes([checksum])
    return image + hashlib.sha256(image).digest()


def app(chip="esp32", version="v1.25.0", code_bytes=20000, project="micropython", frozen=b""):
    """An app with its description, as ESP-IDF writes it."""
    description = struct.pack(
        "<IIII32s32s16s16s32s32s80s", 0xABCD5432, 0, 0, 0, version.encode(), project.encode(),
        b"12:00:00", b"Apr 15 2025", b"v5.4.1", b"\0" * 32, b"\0" * 80,
    )  # fmt: skip
    code = random.Random(1).randbytes(code_bytes) + frozen.ljust(-len(frozen) % 4 + len(frozen))
    data, run = _ROM[chip]
    return _image(chip, [(data, description), (run, code)])


def stock(chip="esp32", version="v1.25.0", code_bytes=20000, project="micropython", frozen=b""):
    """Boot loader, table and app, from the boot loader's place in flash on."""
    base = CHIPS[chip][1]
    table = partitions.pack([
        Partition("nvs", 1, 2, 0x9000, 0x6000),
        Partition("phy_init", 1, 1, 0xF000, 0x1000),
        Partition("factory", 0, 0, 0x10000, 0x1F0000),
        Partition("vfs", 1, 0x81, 0x200000, 0x200000),
    ])  # fmt: skip
    loader = _image(chip, [(_ROM[chip][1], random.Random(2).randbytes(4000))])
    image = loader.ljust(partitions.TABLE_AT - base, b"\xff") + table
    return image.ljust(0x10000 - base, b"\xff") + app(chip, version, code_bytes, project, frozen)
