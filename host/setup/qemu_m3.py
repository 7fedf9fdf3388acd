"""`make qemu-m3`: MicroPython's own qemu port on a Cortex-M3, in `.tools/qemu-m3`.

`make bench` and the tests count instructions there, and skip that with a word where this was not
run.
"""

import shutil
import sys
import time
from pathlib import Path

from stamps import Stamp
from toolchain import TOOLS, NotHere, Toolchain

HERE = Path(__file__).resolve().parent
HEAP_BYTES = 163_840  # of boards/qemu-m3/board.toml
PROGRAMS = ("arm-none-eabi-gcc", "qemu-system-arm", "socat")
PACKAGES = ("gcc-arm-none-eabi", "libnewlib-arm-none-eabi", "qemu-system-arm", "socat")
SCRIPTS = ("qemu_m3.py", "toolchain.py", "private_apt.py", "mirrors.py")


def build(chain, source):
    chain.say("building, half a minute or so")
    newlib = chain.root / "usr" / "include" / "newlib"
    port = source / "ports" / "qemu"
    chain.make(
        "-C", port, "BOARD=MPS2_AN385", f"MICROPY_HEAP_SIZE={HEAP_BYTES}", "FROZEN_MANIFEST=",
        f"CFLAGS_EXTRA=-isystem {newlib}" if newlib.exists() else "CFLAGS_EXTRA=",
    )  # fmt: skip
    shutil.copy(port / "build-MPS2_AN385" / "firmware.elf", chain.home / "firmware.elf")


def main():
    began = time.monotonic()
    chain = Toolchain("qemu-m3")
    try:
        with Stamp(TOOLS / ".stamp-qemu-m3", *(HERE / name for name in SCRIPTS)) as stamp:
            if not stamp.stale and (chain.home / "firmware.elf").exists():
                chain.say("nothing has changed")
                return
            chain.launch(chain.get_programs(PROGRAMS, PACKAGES))
            build(chain, chain.get_source("micropython"))
    except NotHere as problem:
        sys.exit(f"qemu-m3: {problem}")
    chain.say(f"ready in {time.monotonic() - began:.0f} s: instructions can be counted")


main()
