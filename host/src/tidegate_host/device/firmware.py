"""The firmware on a virtual board: compiled once, copied when it has changed.

Where its code is: "flash" has it in an image that the board maps and runs in place, "frozen" in
the interpreter, "heap" in the file system, from which it is loaded, as a stock image does.
"""

import shutil
from pathlib import Path

from tidegate_host import paths
from tidegate_host.image import compiling, romfs

_ROM, _MAIN, _CHIP = "romfs.bin", "main.py", "chip.py"
_STAMP = ".firmware"
# What the interpreter is started with. A chip maps the image before Python runs.
STARTS = {"flash": [_CHIP], "frozen": ["-m", "main"], "heap": [_MAIN]}


def install(board: Path, cache: Path, code: str) -> None:
    """Bring the compiled firmware into the folder of a virtual board; nothing else is touched.

    ``code`` is one of STARTS. Raises compiling.CompileError.
    """
    made = compiling.build(cache)
    stamp = board / _STAMP
    wanted = f"{made.name} {code}"
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return
    shutil.rmtree(board / "tidegate", ignore_errors=True)
    for name in (_ROM, _MAIN, _CHIP):
        (board / name).unlink(missing_ok=True)
    if code == "flash":
        shutil.copy(made / _MAIN, board)
        shutil.copy(paths.boards_root() / "virtual" / _CHIP, board)
        (board / _ROM).write_bytes(romfs.pack(made))
    elif code == "heap":
        shutil.copytree(made, board, dirs_exist_ok=True)
    stamp.write_text(wanted, "utf-8")


def interpreter(arch: str, code: str, cache: Path) -> list[str]:
    """The command that starts MicroPython for firmware whose code is there.

    Raises paths.MissingTool with the next step, compiling.CompileError.
    """
    if code == "frozen":
        return paths.frozen(compiling.build(cache).name)
    return paths.micropython(arch)


def names(board: Path, cache: Path) -> dict[str, str]:
    """What the short names in a traceback of that board stand for."""
    try:
        return compiling.names(cache / (board / _STAMP).read_text("utf-8").split()[0])
    except FileNotFoundError:
        return {}
