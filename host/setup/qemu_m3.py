"""`make qemu-m3`: MicroPython's own qemu port on a Cortex-M3, in `.tools/qemu-m3`.

Cross compiler, qemu and socat are the system's where it has them; otherwise the packages of the
machine's own release are unpacked beside the sources. MicroPython comes from Debian's source
package. Nothing needs root. `make bench` and the tests count instructions there, and skip that
with a word where this was not run.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

from interpreters import SUITES
from mirrors import Mirror, os_release, own_mirrors
from private_apt import AptError, PrivateApt
from stamps import Stamp

HERE = Path(__file__).resolve().parent
TOOLS = HERE.parents[1] / ".tools"
HOME = TOOLS / "qemu-m3"
HEAP_BYTES = 163_840  # of boards/qemu-m3/board.toml
PROGRAMS = ("arm-none-eabi-gcc", "qemu-system-arm", "socat")
PACKAGES = ("gcc-arm-none-eabi", "libnewlib-arm-none-eabi", "qemu-system-arm", "socat")
SOURCE_DISTRIBUTION = "debian"
SYSTEM_STATUS = Path("/var/lib/dpkg/status")


class NotHere(Exception):
    """Why it cannot be built on this machine, with what would mend it."""


def say(message):
    print(f"qemu-m3: {message}", flush=True)


def _mirrors():
    release = os_release()
    distribution, codename = release.get("ID", ""), release.get("VERSION_CODENAME", "")
    if distribution not in SUITES or not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise NotHere(f"no Debian packages here. Next: install {', '.join(PROGRAMS)}")
    return distribution, codename, own_mirrors(distribution, codename)


def _attempts(work, mirrors, what):
    """Call `work(mirror, folder)` with one mirror after the other until it works."""
    problems = []
    for mirror in mirrors:
        with tempfile.TemporaryDirectory(dir=TOOLS) as folder:
            try:
                return work(mirror, Path(folder))
            except AptError as problem:
                problems.append(str(problem))
    raise NotHere(f"{what}: {'; '.join(problems) or 'no mirror in the apt configuration'}")


def get_programs():
    """Make launchers in .tools/bin for the programs that the system does not have."""
    lacking = [name for name in PROGRAMS if not shutil.which(name)]
    if not lacking:
        return
    _, codename, mirrors = _mirrors()
    root = HOME / "root"
    architecture = subprocess.run(
        ["dpkg", "--print-architecture"], text=True, capture_output=True, check=True
    ).stdout.strip()

    def fetch(mirror, folder):
        apt = PrivateApt(folder, mirror, codename, architecture, status=SYSTEM_STATUS)
        say(f"reading the index of {codename}")
        apt.update()
        say(f"downloading {', '.join(PACKAGES)}")
        for deb in apt.download_missing(PACKAGES):
            subprocess.run(["dpkg", "-x", str(deb), str(root)], check=True)

    _attempts(fetch, mirrors, "the packages cannot be had")
    libraries = sorted({p.parent for p in root.glob("**/lib/*-linux-gnu/*.so*")})
    for name in lacking:
        _launcher(name, root / "usr" / "bin" / name, libraries)


def _launcher(name, program, libraries):
    # With the libraries that the system lacks.
    path = TOOLS / "bin" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    found = ":".join(map(str, libraries))
    lines = ["#!/bin/sh", f"export LD_LIBRARY_PATH={shlex.quote(found)}",
             f'exec {shlex.quote(str(program))} "$@"', ""]  # fmt: skip
    path.write_text("\n".join(lines), "utf-8")
    path.chmod(0o755)


def get_source():
    """Unpack MicroPython's sources and return their folder."""
    distribution, _, mirrors = _mirrors()
    suite = SUITES[distribution][0]

    def fetch(mirror: Mirror, folder):
        apt = PrivateApt(folder, mirror, suite, "any", kind="deb-src")
        say(f"downloading the sources of MicroPython of {suite}")
        apt.update()
        with tarfile.open(apt.download_source("micropython")) as archive:
            archive.extractall(HOME / "source", filter="data")

    shutil.rmtree(HOME / "source", ignore_errors=True)
    _attempts(fetch, mirrors, "the sources cannot be had")
    return next((HOME / "source").iterdir())


def build(source):
    """Build the firmware; the compiler's words are in build.txt."""
    say("building, half a minute or so")
    newlib = HOME / "root" / "usr" / "include" / "newlib"
    extra = f"-isystem {newlib}" if newlib.exists() else ""
    root = HOME / "root" / "usr" / "bin"
    libraries = HOME / "root" / "usr" / "lib"
    places = ":".join(str(p) for p in libraries.glob("*-linux-gnu"))
    command = [
        "make", "-C", str(source / "ports" / "qemu"), "-j", str(os.cpu_count() or 1),
        "BOARD=MPS2_AN385", f"MICROPY_HEAP_SIZE={HEAP_BYTES}", "FROZEN_MANIFEST=",
        f"CFLAGS_EXTRA={extra}",
    ]  # fmt: skip
    environment = {**os.environ, "PATH": f"{root}:{os.environ['PATH']}"}
    if places:
        environment["LD_LIBRARY_PATH"] = places
    with open(HOME / "build.txt", "wb") as words:
        done = subprocess.run(command, env=environment, stdout=words, stderr=subprocess.STDOUT)
    if done.returncode:
        raise NotHere("it does not build. Next: look into .tools/qemu-m3/build.txt")
    made = source / "ports" / "qemu" / "build-MPS2_AN385" / "firmware.elf"
    shutil.copy(made, HOME / "firmware.elf")


def main():
    began = time.monotonic()
    HOME.mkdir(parents=True, exist_ok=True)
    scripts = [HERE / name for name in ("qemu_m3.py", "private_apt.py", "mirrors.py")]
    try:
        with Stamp(TOOLS / ".stamp-qemu-m3", *scripts) as stamp:
            if not stamp.stale and (HOME / "firmware.elf").exists():
                say("nothing has changed")
                return
            get_programs()
            build(get_source())
    except NotHere as problem:
        sys.exit(f"qemu-m3: {problem}")
    say(f"ready in {time.monotonic() - began:.0f} s: instructions can be counted")


main()
