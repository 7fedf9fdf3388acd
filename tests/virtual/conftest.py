"""Every test of this folder needs an interpreter; the compiled firmware is shared by all."""

from pathlib import Path

import pytest

from tidegate_host import paths
from tidegate_host.device import virtual

BUILD = Path(__file__).parents[2] / "build"


@pytest.fixture(autouse=True)
def home(monkeypatch):
    try:
        virtual.interpreter()
    except paths.MissingTool as problem:
        pytest.skip(str(problem))
    (BUILD / "tidegate-home" / "firmware").mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("TIDEGATE_HOME", str(BUILD / "tidegate-home"))


@pytest.fixture
def room_for_a_doctor(monkeypatch):
    """What the doctor, a locked console, a backup and a new configuration load beside a bridge at
    work is more than 112 KB leave for sure with the code in a ROMFS: on such a board they may have
    to be asked again, or after a reset. With the code frozen in they fit."""
    if virtual.CODE != "frozen":
        monkeypatch.setattr(virtual, "HEAP_KB", 128)


@pytest.fixture
def code_in_heap(monkeypatch):
    """Code from the file system, as on a stock image, where versions can take turns."""
    monkeypatch.setattr(virtual, "CODE", "heap")
    monkeypatch.setattr(virtual, "HEAP_KB", 192)


@pytest.fixture
def own_home(home, monkeypatch, tmp_path):
    """A home of this test alone, with the compiled firmware of all; gives shop's folder."""
    (tmp_path / "firmware").symlink_to(virtual.home() / "firmware")
    monkeypatch.setenv("TIDEGATE_HOME", str(tmp_path))
    folder = virtual.folder_of("shop")
    folder.parent.mkdir()
    return folder


@pytest.fixture(params=["flash", "frozen"])
def code_in_image(request, monkeypatch, home):
    """Code that came with the flashed image: a ROMFS, or frozen into MicroPython."""
    monkeypatch.setattr(virtual, "CODE", request.param)
    try:
        virtual.interpreter()
    except paths.MissingTool as problem:
        pytest.skip(str(problem))
