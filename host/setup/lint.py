"""`make lint`: ruff on everything, pyright on the firmware with stubs and on the host without.

Never one mixed environment: the stubs of MicroPython would hide the standard library. Pyright
takes its time, so it is skipped while nothing that it reads has changed.
"""

import subprocess
import sys
import time
from pathlib import Path

from stamps import Stamp

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
PROJECTS = (
    ("firmware, ESP32 stubs", "firmware/pyrightconfig.json"),
    ("unix port, unix stubs", "firmware/pyrightconfig-unix.json"),
    ("world, unix stubs", "firmware/pyrightconfig-world.json"),
    ("host, typeshed", "host/pyrightconfig.json"),
)


def sources():
    """Return every file that pyright's verdict depends on."""
    files = [ROOT / "host/requirements.lock", *ROOT.glob("host/setup/*.lock")]
    files += [ROOT / config for _, config in PROJECTS]
    files += ROOT.glob("firmware/**/*.py*")
    files += ROOT.glob("host/**/*.py*")
    return sorted(file for file in set(files) if file.suffix != ".pyc")


def ruff():
    """Check rules and layout; return True when both are clean."""
    print("lint: ruff", flush=True)
    clean = True
    for words in (["check", "--output-format", "concise"], ["format", "--check"]):
        done = subprocess.run(
            [str(BIN / "ruff"), *words, "."], cwd=ROOT, text=True, capture_output=True
        )
        if done.returncode:
            clean = False
            print(done.stdout + done.stderr, end="")
    if not clean:
        print("  Next: .venv/bin/ruff check --fix . ; .venv/bin/ruff format .")
    return clean


def pyright():
    """Run the three checks at the same time; return True when all are clean."""
    running = []
    for name, config in PROJECTS:
        command = [str(BIN / "basedpyright"), "--project", config]
        running.append(
            (name, subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE))
        )
    clean = True
    for name, process in running:
        output = process.communicate()[0]
        print(f"lint: pyright on {name}: {output.strip().splitlines()[-1]}", flush=True)
        if process.returncode:
            clean = False
            print(output, end="")
    return clean


def main():
    began = time.monotonic()
    clean = ruff()
    with Stamp(ROOT / ".tools" / ".stamp-pyright", *sources()) as stamp:
        if not stamp.stale:
            print("lint: pyright: nothing has changed since it was clean")
        elif not pyright():
            sys.exit("lint: findings above")  # leaves no stamp
    if not clean:
        sys.exit("lint: findings above")
    print(f"lint: clean, {time.monotonic() - began:.1f} s")


main()
