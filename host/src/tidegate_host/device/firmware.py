"""The firmware on a virtual board: compiled once, copied when it has changed."""

import shutil
from pathlib import Path

from tidegate_host import paths
from tidegate_host.image import compiling, romfs

_ROM = "romfs.bin"
_STAMP = ".firmware"


def install(board: Path, cache: Path, in_flash: bool) -> None:
    """Bring the compiled firmware into the folder of a virtual board; nothing else is touched.

    ``in_flash`` puts it into an image that the board maps and runs in place (its start is then
    ``chip.py``), else it lies in the file system and is loaded into the heap. Raises
    compiling.CompileError.
    """
    made = compiling.build(cache)
    stamp = board / _STAMP
    wanted = f"{made.name} {'flash' if in_flash else 'heap'}"
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return
    shutil.rmtree(board / "tidegate", ignore_errors=True)
    (board / _ROM).unlink(missing_ok=True)
    if in_flash:
        for path in made.glob("*.py"):
            shutil.copy(path, board)
        shutil.copy(paths.boards_root() / "virtual" / "chip.py", board)
        (board / _ROM).write_bytes(romfs.pack(made))
    else:
        shutil.copytree(made, board, dirs_exist_ok=True)
    stamp.write_text(wanted, "utf-8")


def names(board: Path, cache: Path) -> dict[str, str]:
    """What the short names in a traceback of that board stand for."""
    try:
        return compiling.names(cache / (board / _STAMP).read_text("utf-8").split()[0])
    except FileNotFoundError:
        return {}
