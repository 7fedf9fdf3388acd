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
