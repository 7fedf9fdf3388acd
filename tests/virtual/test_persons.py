"""queue and holds: what a person decides, on a running bridge, seen in its journal afterwards."""

import json

import pytest
from device import Tool
from shop import card, plain, running, settings, terminal

from tidegate_host.standins.acquirer import Acquirer


@pytest.fixture
def in_trouble(own_home):
    """A bridge with two refused advices in attention, and two holds."""
    with Acquirer() as acquirer, running(own_home, settings(plain(acquirer))) as bridge:
        pos = terminal(bridge)
        pos.sign_in()
        acquirer.fault("refuse", kind=["offline-sale"], code="30", times=2)
        for number in (1, 2):
            pos.offline_sale(500 * number, card(number))
            pos.upload_advices()
            bridge.wait_for("attention")
        acquirer.line(down=True)
        for number in (3, 4):
            assert not pos.sale(777, card(number)).approved
            bridge.wait_for("live-declined")
        acquirer.line(down=False)
        yield acquirer, bridge, pos


def numbers(rows):
    return [row["item"] for row in rows]


def test_each_ends_by_a_decision_that_stays_in_the_journal(in_trouble):
    acquirer, bridge, pos = in_trouble
    tool = Tool()
    first, second = numbers(tool.json("queue", "list", code=1)["attention"])
    held = numbers(tool.json("holds", "list")["holds"])
    why = ("--by", "Li", "--reason", "现金退款")
    told = tool("queue", "settle", first, "--not-booked", *why)
    assert told == f"item {first} is settled: not booked\n"
    tool("queue", "retry", second, *why)
    bridge.wait_for("item-done", b=0)  # confirmed by the host
    assert [entry.amount for entry in acquirer.entries("TEST0001")] == [1000]
    tool("holds", "defer", held[0], "--until", "2h", *why)
    tool("holds", "cancel", held[1], *why)
    left = tool.json("holds", "list")["holds"]
    assert [row["deferred"] for row in left] == [True]
    tool("holds", "release", left[0]["item"], *why)
    assert tool.json("holds", "list")["holds"] == []
    assert tool.json("queue", "list")["attention"] == []
    shown = tool("journal", "show", bridge.flash_path, "--type", "NOTE", "--json", device=False)
    notes = [json.loads(line) for line in shown.splitlines()]
    decided = [(note["what"], note["by"]) for note in notes if "by" in note]
    names = ("settled-not-booked", "retried", "deferred", "cancelled", "released")
    assert decided == [(name, "Li") for name in names]


def test_what_cannot_be_decided_is_told_and_changes_nothing(in_trouble):
    acquirer, bridge, pos = in_trouble
    tool = Tool()
    first, _ = numbers(tool.json("queue", "list", code=1)["attention"])
    why = ("--reason", "no")
    assert "no hold has that number" in tool("holds", "cancel", first, *why, code=2)
    assert "nothing in attention" in tool("queue", "settle", 999999, "--booked", *why, code=2)
    card_number = card(1).pan
    told = tool("queue", "settle", first, "--booked", "--reason", card_number, code=2)
    assert "card numbers never go" in told and card_number not in told
    assert len(tool.json("queue", "list", code=1)["attention"]) == 2
