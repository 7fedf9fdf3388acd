"""The firmware as a read-only file system that MicroPython runs in place (ROMFS).

Code in flash that the chip maps into its address space costs no heap for its bytecode. MicroPython
has that since 1.25 where it was built with it; stock images for the ESP32 are not.
"""

from pathlib import Path

from mpremote import romfs

MOUNT = "/rom"


def pack(folder: Path) -> bytes:
    """All .mpy files below ``folder`` as a ROMFS image; the same files give the same bytes."""
    writer = romfs.VfsRomWriter()
    _add(writer, folder)
    return bytes(writer.finalise())


def _add(writer: romfs.VfsRomWriter, folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            writer.opendir(path.name)
            _add(writer, path)
            writer.closedir()
        elif path.suffix == ".mpy":
            writer.mkfile(path.name, path.read_bytes())
