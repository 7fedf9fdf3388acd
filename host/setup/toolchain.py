"""A compiler and sources for a build of MicroPython, each build in a folder of its own.

What the system has is used; otherwise the packages of the machine's own release are unpacked
there. The sources are Debian's source packages. Nothing needs root.
"""

import os
import shlex
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from interpreters import SUITES
from mirrors import os_release, own_mirrors
from private_apt import AptError, PrivateApt

TOOLS = Path(__file__).resolve().parents[2] / ".tools"
SYSTEM_STATUS = Path("/var/lib/dpkg/status")


class NotHere(Exception):
    """Why it cannot be built on this machine, with what would mend it."""


class Toolchain:
    """What `name` is built with, in `.tools/NAME`: packages unpacked in `root`, the sources."""

    def __init__(self, name):
        self.name = name
        self.home = TOOLS / name
        self.root = self.home / "root"
        self.home.mkdir(parents=True, exist_ok=True)

    def say(self, message):
        print(f"{self.name}: {message}", flush=True)

    def get_programs(self, programs, packages):
        """Unpack `packages` if the system lacks one of `programs`; return those it lacks."""
        lacking = [name for name in programs if not shutil.which(name)]
        if not lacking:
            return []
        _, codename, mirrors = _mirrors(programs)
        architecture = subprocess.run(
            ["dpkg", "--print-architecture"], text=True, capture_output=True, check=True
        ).stdout.strip()

        def fetch(mirror, folder):
            apt = PrivateApt(folder, mirror, codename, architecture, status=SYSTEM_STATUS)
            self.say(f"reading the index of {codename}")
            apt.update()
            self.say(f"downloading {', '.join(packages)}")
            for deb in apt.download_missing(packages):
                subprocess.run(["dpkg", "-x", str(deb), str(self.root)], check=True)

        _attempts(fetch, mirrors, "the packages cannot be had")
        return lacking

    def launch(self, names):
        """Make launchers in .tools/bin, with the libraries that the system lacks."""
        libraries = sorted({p.parent for p in self.root.glob("**/lib/*-linux-gnu/*.so*")})
        for name in names:
            path = TOOLS / "bin" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            found = shlex.quote(":".join(map(str, libraries)))
            program = shlex.quote(str(self.root / "usr" / "bin" / name))
            lines = ["#!/bin/sh", f"export LD_LIBRARY_PATH={found}", f'exec {program} "$@"', ""]
            path.write_text("\n".join(lines), "utf-8")
            path.chmod(0o755)

    def get_source(self, package):
        """Unpack the sources of a Debian package and return their folder."""
        distribution, _, mirrors = _mirrors([f"the sources of {package}"])
        suite = SUITES[distribution][0]
        target = self.home / "source" / package

        def fetch(mirror, folder):
            apt = PrivateApt(folder, mirror, suite, "any", kind="deb-src")
            self.say(f"downloading the sources of {package} of {suite}")
            apt.update()
            with tarfile.open(apt.download_source(package)) as archive:
                archive.extractall(target, filter="data")

        shutil.rmtree(target, ignore_errors=True)
        _attempts(fetch, mirrors, f"the sources of {package} cannot be had")
        return self.source(package)

    def source(self, package):
        """The folder of sources that were unpacked before."""
        return next((self.home / "source" / package).iterdir())

    def make(self, *words):
        """Run make with these words; what it says is in build.txt."""
        libraries = (self.root / "usr" / "lib").glob("*-linux-gnu")
        environment = {**os.environ, "PATH": f"{self.root}/usr/bin:{os.environ['PATH']}"}
        environment["LD_LIBRARY_PATH"] = ":".join(
            [*map(str, libraries), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
        )
        command = ["make", "-j", str(os.cpu_count() or 1), *map(str, words)]
        told = self.home / "build.txt"
        with open(told, "wb") as file:
            done = subprocess.run(command, env=environment, stdout=file, stderr=subprocess.STDOUT)
        if done.returncode:
            where = told.relative_to(TOOLS.parent)
            raise NotHere(f"it does not build. Next: look into {where}")


def _mirrors(wanted):
    release = os_release()
    distribution, codename = release.get("ID", ""), release.get("VERSION_CODENAME", "")
    if distribution not in SUITES or not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise NotHere(f"no Debian packages here. Next: install {', '.join(wanted)}")
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
