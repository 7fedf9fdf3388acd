"""The power goes at every flash operation of an update; `make soak` does it in every mode."""

import os

import pytest
from update_cuts import run

from tidegate_host import paths


def test_every_operation_of_an_update_is_cut():
    try:
        runs, failures, told = run(int(os.environ["TIDEGATE_SEED"]))
    except paths.MissingTool as problem:
        pytest.skip(str(problem))
    print(told)
    assert runs > 150 and not failures, told
