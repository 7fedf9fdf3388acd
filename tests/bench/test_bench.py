"""What the bridge costs, as far as it repeats exactly, stays within 5 % of what was recorded.

A figure that became better is recorded anew as well: .venv/bin/python tests/bench/exact.py
"""

import json
import subprocess
import sys

import cortex_m3
import exact
import goals
import places
import pytest

from interpreters import interpreter

RECORDED = json.loads(exact.RECORDED.read_text("utf-8"))
_SHARE = 0.05
_NEAR = 64  # bytes of heap: a few objects more or less are no finding


def moved(found, recorded, near=0.0):
    """The names of figures that are further from what was recorded than allowed."""
    assert sorted(found) == sorted(recorded)
    return [
        f"{name}: {found[name]}, recorded {recorded[name]}"
        for name in sorted(found)
        if abs(found[name] - recorded[name]) > max(_SHARE * abs(recorded[name]), near)
    ]


@pytest.fixture(scope="module")
def flash():
    return exact.flash()


@pytest.mark.parametrize("name", sorted(RECORDED["flash"]))
def test_bytes_and_erases(flash, name):
    assert not moved(flash[name], RECORDED["flash"][name])


def test_nothing_is_erased_between_receiving_an_advice_and_its_answer(flash):
    worst = {n: row["erases_before_answer"] for n, row in flash.items() if n != "live sale"}
    assert len(worst) == 3 and not any(worst.values()), worst


def test_a_live_sale_stays_below_its_goal(flash):
    assert flash["live sale"]["bytes"] <= 200


def test_the_heap_of_the_pure_layers():
    found = exact.heap(interpreter("i386"))
    assert not moved(found, RECORDED["heap"], _NEAR)


def test_the_heap_of_the_firmware_frozen_into_an_image(monkeypatch, tmp_path):
    monkeypatch.setenv("TIDEGATE_HOME", str(tmp_path))
    (tmp_path / "firmware").mkdir()
    if places.not_frozen():
        pytest.skip(places.not_frozen())
    found = exact.frozen(tmp_path)
    assert not moved(found, RECORDED["frozen"], _NEAR)
    assert found["1000 sales"] - found["500 sales"] <= _NEAR


def test_instructions_on_a_cortex_m3():
    if cortex_m3.missing():
        pytest.skip(cortex_m3.missing())
    found = exact.instructions()
    assert sorted(found) == sorted(RECORDED["instructions"])
    for part, figures in found.items():
        assert not moved(figures, RECORDED["instructions"][part], _NEAR)


def test_a_goal_that_is_missed_is_said_to_be_missed():
    peers = {"bare relay": {"p50_ms": 1, "p99_ms": 1}, "bridge": {"p50_ms": 2.5, "p99_ms": 2.5}}
    told = {what: holds for what, _, _, _, holds in goals.judged({"latency": {"TCP": peers}})}
    assert told["p50 of a sale beside a bare relay; TCP"] is False
    assert told["p99 of a sale beside a bare relay; TCP"] is True


def test_an_unknown_row_is_told_with_those_there_are():
    command = [sys.executable, str(exact.HERE / "run.py"), "speed"]
    done = subprocess.run(command, text=True, capture_output=True)
    assert done.returncode == 1
    assert "no row speed. Next: one of latency, journal" in done.stderr
