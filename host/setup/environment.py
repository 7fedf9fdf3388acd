"""The virtual environment of the host tool, and the type stubs of the boards beside it."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

OLDEST_PYTHON = (3, 11)


class SetupError(Exception):
    """Says what is missing and the command that mends it."""


def ensure_venv(venv, say):
    """Return the venv's python, making the venv when it is not there or does not start."""
    if sys.version_info < OLDEST_PYTHON:
        wanted = ".".join(str(part) for part in OLDEST_PYTHON)
        raise SetupError(f"Python {wanted} or newer is needed.\n  Next: make setup PYTHON=...")
    python = venv / "bin" / "python"
    probe = [str(python), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    if python.exists() and subprocess.run(probe, capture_output=True).returncode == 0:
        return python
    say(f"making .venv with Python {sys.version.split()[0]}")
    if venv.exists():
        shutil.rmtree(venv)
    done = subprocess.run(
        [sys.executable, "-m", "venv", str(venv)], text=True, capture_output=True
    )
    if done.returncode:
        shutil.rmtree(venv, ignore_errors=True)
        raise SetupError(
            "Python has no venv module here.\n"
            "  Next: sudo apt-get install python3-venv (or your system's equivalent)"
        )
    return python


def _pip(python, *arguments):
    command = [str(python), "-m", "pip", "install", "--quiet", "--no-input"]
    command += ["--disable-pip-version-check", "--no-build-isolation", *arguments]
    done = subprocess.run(command, text=True, capture_output=True)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if "WARNING" not in line]
        raise SetupError("pip failed:\n" + "\n".join(errors[-12:]))


def _excerpt(lock, name):
    """Return the part of a lock file about one package."""
    found = re.search(rf"^{re.escape(name)}==.*(?:\n    .*)*", lock.read_text("utf-8"), re.M)
    if found is None:
        raise SetupError(f"{lock.name} does not name {name}.\n  Next: host/setup/relock.sh")
    return found.group(0) + "\n"


def install_locked(python, lock, say):
    """Install every package of the lock, each checked against its hash."""
    count = len(re.findall(r"^\S+==", lock.read_text("utf-8"), re.M))
    say(f"installing {count} locked packages (half a minute or so)")
    with tempfile.TemporaryDirectory() as folder:
        # esptool comes as source only, so its build tool has to be there before it.
        backend = Path(folder) / "backend.lock"
        backend.write_text(_excerpt(lock, "setuptools"), encoding="utf-8")
        _pip(python, "--require-hashes", "--requirement", str(backend))
    _pip(python, "--require-hashes", "--requirement", str(lock))


def install_ourselves(python, host, say):
    """Install the host package editable, which leaves `.venv/bin/tidegate`."""
    say("installing the host tool, editable")
    _pip(python, "--no-deps", "--editable", str(host))


def install_stubs(python, lock, target, say):
    """Install stubs into a folder of their own: in the venv they would hide the real library."""
    say(f"installing the MicroPython stubs for {target.name}")
    install_apart(python, lock, target)


def install_apart(python, lock, target):
    """Install the packages of a lock into a folder, which is emptied first."""
    if target.exists():
        shutil.rmtree(target)
    _pip(python, "--require-hashes", "--no-deps", "--target", str(target), "-r", str(lock))
