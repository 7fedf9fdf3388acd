"""An acquirer and terminals on real links, closed after each test."""

from contextlib import ExitStack

import pytest
from standin_world import World


@pytest.fixture
def world():
    with ExitStack() as stack:
        yield World(stack)
