"""An installed wheel works without the checkout: the tool, the firmware package and its data."""

import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from sources import ROOT, firmware

CHECK = """
import pathlib, tidegate.proto.iso8583, tidegate_host.paths as paths
import tidegate_host.dialects as dialects
home = pathlib.Path(paths.__file__).parents[1]
assert pathlib.Path(tidegate.__file__).is_relative_to(home), tidegate.__file__
for folder in (paths.firmware_root(), paths.dialects_root(), paths.boards_root()):
    assert folder.is_dir() and folder.is_relative_to(home), folder
assert (paths.firmware_root() / "main.py").is_file()
assert (paths.firmware_root() / "tidegate/core/engine.py").is_file()
assert "cup" in dialects.names(), dialects.names()
print("all there")
"""


def run(*command, cwd):
    done = subprocess.run([*map(str, command)], cwd=cwd, text=True, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(target, source, out):
    """Build an sdist or a wheel, without isolation and so without a network."""
    run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", out, cwd=source)
    return next(out.iterdir())


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """Return the wheel made from the checkout and the one made from the sdist."""
    folder = tmp_path_factory.mktemp("wheels")
    direct = build("wheel", ROOT / "host", folder / "direct")
    sdist = build("sdist", ROOT / "host", folder / "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    unpacked = folder / sdist.name.removesuffix(".tar.gz")
    return direct, build("wheel", unpacked, folder / "indirect")


def contents(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {i.filename: i.CRC for i in archive.infolist() if "dist-info/" not in i.filename}


def test_the_wheel_holds_the_firmware_and_nothing_made(wheels):
    found = contents(wheels[0])
    wanted = {str(path.relative_to("firmware")) for path in firmware()}
    assert wanted <= set(found)
    assert "tidegate_host/_data/LICENSE" in found
    assert not [name for name in found if "__pycache__" in name or name.endswith(".pyc")]


def test_the_sdist_makes_the_same_wheel(wheels):
    direct, indirect = wheels
    assert contents(direct) == contents(indirect)


def test_the_wheel_works_in_a_clean_venv(wheels, tmp_path):
    home = tmp_path / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", home, cwd=tmp_path)
    python = home / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet")
    run(*pip, "--no-deps", "--no-index", wheels[1], cwd=tmp_path)
    # The dependencies come from this venv by path; a .pth in there, as of our own editable
    # install, is not followed.
    site = next(Path(home).glob("lib/python*/site-packages"))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    assert run(home / "bin" / "tidegate", "--version", cwd=tmp_path).startswith("tidegate 0.")
    assert "Usage" in run(home / "bin" / "tidegate", "--help", cwd=tmp_path)
    assert run(python, "-c", CHECK, cwd=tmp_path) == "all there\n"
