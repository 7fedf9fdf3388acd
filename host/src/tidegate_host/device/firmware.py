"""Bringing the compiled firmware into the folder of a virtual board."""

import fcntl
import shutil
from pathlib import Path

from tidegate_host.image import compiling

_STAMP = ".sources"


def install(board: Path, cache: Path) -> None:
    """Compile the firmware into `cache` unless it is there already, and copy it to `board`.

    Other files of the board are left alone. Raises tidegate_host.image.compiling.CompileError.
    """
    cache.mkdir(parents=True, exist_ok=True)
    compiled = cache / "compiled"
    with open(cache / "lock", "wb") as lock:
        # Several boards may start at once; one compiles, the others wait for the result.
        fcntl.flock(lock, fcntl.LOCK_EX)
        compiling.compile_firmware(compiled)
        stamp = board / _STAMP
        if stamp.exists() and stamp.read_text() == (compiled / _STAMP).read_text():
            return
        shutil.rmtree(board / "tidegate", ignore_errors=True)
        shutil.copytree(compiled, board, dirs_exist_ok=True)
