"""Where the shared files are, in a checkout as in an installed wheel."""

import os
import shutil
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_DATA = _HERE / "_data"  # made by hatch_build.py; not there in a checkout
_CHECKOUT = _HERE.parents[2]

_LAUNCHERS = {"amd64": "micropython", "i386": "micropython-i386"}


class MissingTool(LookupError):
    """A program is not here; the text names it and the one command that gets it."""


def _shared(name):
    return _DATA / name if _DATA.is_dir() else _CHECKOUT / name


def firmware_root():
    """Return the folder that goes to a board: `main.py`, `tidegate/`, `dialects/`."""
    return _shared("firmware")


def dialects_root():
    """Return the folder of the dialect files, `NAME.toml`."""
    return firmware_root() / "dialects"


def boards_root():
    """Return the folder that holds one folder for each kind of board."""
    return _shared("boards")


def micropython(arch="i386"):
    """Return the first words of a command that starts MicroPython, as a list.

    arch: "amd64" means this machine's own word size, "i386" the build with the object sizes of a
    32-bit board. An interpreter that `make setup` unpacked comes first, then the one on the PATH;
    the environment variable TIDEGATE_MICROPYTHON goes before both (for "amd64" only).

    Raises MissingTool with the next step, ValueError for another arch.
    """
    if arch not in _LAUNCHERS:
        raise ValueError(f"arch is {arch!r}; allowed: {', '.join(_LAUNCHERS)}")
    name = _LAUNCHERS[arch]
    tools = _CHECKOUT / ".tools"
    chosen = os.environ.get("TIDEGATE_MICROPYTHON") if arch == "amd64" else None
    unpacked = tools / "bin" / name
    found = chosen or (str(unpacked) if unpacked.exists() else shutil.which(name))
    if found:
        return [found]
    reason = tools / f"{name}.missing"
    why = reason.read_text(encoding="utf-8").strip() if reason.exists() else "not installed"
    step = "install micropython 1.24 or newer" if _DATA.is_dir() else "make clean-tools setup"
    raise MissingTool(f"{name}: {why}\n  Next: {step}")


def frozen(firmware):
    """Return a command as `micropython("i386")` does, with a compiled firmware frozen in.

    firmware: "firmware-BUILD", the name of the folder that `image.compiling.build` made. Only a
    checkout has it. Raises MissingTool with the next step.
    """
    found = _CHECKOUT / ".tools" / "frozen" / firmware
    if found.exists():
        return [str(found)]
    raise MissingTool("there is no MicroPython with this firmware frozen in. Next: make frozen")
