"""The firmware on a virtual board: compiled once, copied when it has changed."""

import shutil
from pathlib import Path

from tidegate_host.image import compiling


def install(board: Path, cache: Path) -> None:
    """Bring the compiled firmware into the folder of a virtual board; nothing else is touched.

    Raises compiling.CompileError.
    """
    made = compiling.build(cache)
    stamp = board / ".firmware"
    if stamp.exists() and stamp.read_text() == made.name:
        return
    shutil.rmtree(board / "tidegate", ignore_errors=True)
    shutil.copytree(made, board, dirs_exist_ok=True)
    stamp.write_text(made.name)
