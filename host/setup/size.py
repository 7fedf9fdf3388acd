"""`make size`: what the firmware weighs on a board, held against its budget.

Not the size of a file counts but the heap that is gone once its code is loaded, so it is measured,
under MicroPython with the objects of a 32-bit board: with the code in flash and run in place (the
firmware frozen into the image, or in a ROMFS), and with the code loaded into the heap, as a stock
image does it.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from tidegate_host import paths
from tidegate_host.device import firmware
from tidegate_host.image import compiling
from tidegate_host.image.linking.program import APART, PACKAGE

BUILD = Path(__file__).resolve().parents[2] / "build"

# An ESP32 without PSRAM leaves 112 KB of heap beside Wi-Fi and one TLS connection. With the code
# in flash a third of that is the code's.
FLASH_BUDGET_BYTES = 40 * 1024
# With the code in the heap, as a stock image has it, the firmware needs more than such a board
# has. That is for boards with PSRAM, which have megabytes: this only keeps the code from growing.
HEAP_BUDGET_BYTES = 94_000

_MEASURE = """
import gc
gc.collect()
before = gc.mem_alloc()
import tidegate
gc.collect()
print(gc.mem_alloc() - before)
"""


def main():
    print("size: the .mpy files as a board loads them")
    try:
        made = compiling.build(BUILD)
    except compiling.CompileError as problem:
        sys.exit(f"size: {problem}")
    for path in sorted(made.rglob("*.mpy")):
        name = ".".join(path.relative_to(made).with_suffix("").parts).removesuffix(".__init__")
        note = APART.get(name.removeprefix(f"{PACKAGE}."), "always there")
        print(f"{path.stat().st_size:8d}  {name}  ({note})")
    in_flash, in_heap = _heap("flash"), _heap("heap")
    print(f"{in_flash:8d}  bytes of heap, code in flash; budget {FLASH_BUDGET_BYTES}")
    print(f"{in_heap:8d}  bytes of heap, code in the heap (PSRAM); budget {HEAP_BUDGET_BYTES}")
    for taken, most in ((in_flash, FLASH_BUDGET_BYTES), (in_heap, HEAP_BUDGET_BYTES)):
        if taken > most:
            sys.exit(f"size: {taken - most} bytes heavier than allowed")


def _heap(code):
    # What the resident part takes, under the interpreter with a board's object sizes.
    with tempfile.TemporaryDirectory() as folder:
        board = Path(folder)
        firmware.install(board, BUILD, code)
        (board / "measure.py").write_text(_MEASURE, "utf-8")
        start = ["chip.py", "measure"] if code == "flash" else ["measure.py"]
        command = [*paths.micropython("i386"), *start]
        done = subprocess.run(command, cwd=board, text=True, capture_output=True, check=True)
        return int(done.stdout)


main()
