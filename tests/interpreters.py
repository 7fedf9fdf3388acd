"""The MicroPythons that a test may start."""

from pathlib import Path

import pytest

from tidegate_host import paths

TESTS = Path(__file__).parent


def interpreter(arch):
    """Return the command of an interpreter, or skip with the reason and what mends it."""
    try:
        return paths.micropython(arch)
    except paths.MissingTool as problem:
        return pytest.skip(str(problem))
