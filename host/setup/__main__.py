"""`make setup`: everything the host tool and the tests need, in `.venv` and `.tools`.

Standard library only. Each step is skipped when the files it depends on have not changed.
"""

import fcntl
import sys
import time
from pathlib import Path

import environment
import interpreters
from interpreters import NoMicroPython
from stamps import Stamp

HERE = Path(__file__).resolve().parent
HOST = HERE.parent
REPOSITORY = HOST.parent
VENV = REPOSITORY / ".venv"
TOOLS = REPOSITORY / ".tools"


def say(message):
    print(f"setup: {message}", flush=True)


def python_steps():
    """Make the venv, install the locked packages, our own package and the stubs."""
    python = environment.ensure_venv(VENV, say)
    lock = HOST / "requirements.lock"
    with Stamp(VENV / ".stamp-packages", lock) as stamp:
        if stamp.stale:
            environment.install_locked(python, lock, say)
    with Stamp(
        VENV / ".stamp-tidegate", HOST / "pyproject.toml", HOST / "hatch_build.py"
    ) as stamp:
        if stamp.stale or not (VENV / "bin" / "tidegate").exists():
            environment.install_ourselves(python, HOST, say)
    for board in ("esp32", "unix"):
        lock = HERE / f"stubs-{board}.lock"
        with Stamp(TOOLS / f".stamp-stubs-{board}", lock) as stamp:
            if stamp.stale:
                environment.install_stubs(python, lock, TOOLS / "stubs" / board, say)


def interpreter_steps():
    """Get the native and the 32-bit MicroPython."""
    scripts = [HERE / name for name in ("interpreters.py", "private_apt.py", "mirrors.py")]
    with Stamp(TOOLS / ".stamp-micropython", *scripts) as stamp:
        if stamp.stale or not (TOOLS / "bin" / "micropython").exists():
            interpreters.get_native(TOOLS, say)
    with Stamp(TOOLS / ".stamp-micropython-i386", *scripts) as stamp:
        reason = interpreters.missing_i386(TOOLS)
        if stamp.stale:
            interpreters.get_i386(TOOLS, say)
        elif reason.exists():
            say(f"no micropython-i386: {reason.read_text(encoding='utf-8').strip()}")


def main():
    began = time.monotonic()
    TOOLS.mkdir(exist_ok=True)
    with open(TOOLS / ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two at once would unpack over each other
        try:
            python_steps()
            interpreter_steps()
        except (NoMicroPython, environment.SetupError) as problem:
            sys.exit(f"setup: {problem}")
    say(f"ready in {time.monotonic() - began:.1f} s: .venv/bin/tidegate")


main()
