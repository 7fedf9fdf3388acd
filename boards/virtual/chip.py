# What a board's chip does before Python starts: the code partition is mapped into the address
# space, and MicroPython runs its bytecode in place, that of main.py too, as if all of it were
# frozen in. The runner of a virtual board starts this file instead of main.py when the board's
# code is to be in flash; a name on the command line stands for main.
import sys

import ffi
import uctypes
import vfs

import micropython

micropython.kbd_intr(-1)

_PROT_READ = 1
_MAP_PRIVATE = 2

_libc = ffi.open("libc.so.6")
_mmap = _libc.func("p", "mmap", "piiiii")
with open("romfs.bin", "rb") as _file:
    _bytes = _file.seek(0, 2)
    _address = _mmap(0, _bytes, _PROT_READ, _MAP_PRIVATE, _file.fileno(), 0)  # type: ignore
vfs.mount(vfs.VfsRom(memoryview(uctypes.bytearray_at(_address, _bytes))), "/rom")
sys.path.insert(0, "/rom")
micropython.kbd_intr(3)
__import__(sys.argv[1] if sys.argv[1:] else "main")
