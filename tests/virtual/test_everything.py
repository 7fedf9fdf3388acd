"""What README.md says of memory: everything switched on, the doctor beside it, in 112 KB."""

import pytest
from device import Tool
from shop import plain, running, settings
from test_stand_in import STAND_IN, terminal, typed

from tidegate_host import config, dialects, paths
from tidegate_host.device import virtual
from tidegate_host.standins.acquirer import Acquirer

DAY = paths.boards_root().parent / "tests" / "virtual" / "day" / "bridge.toml"


def switched_on():
    """Four lanes, limits, stand-in and settlement by the bridge, for plain ISO 8583."""
    compiled = settings(lanes_max=4, live_limits=config.load(DAY)["live_limits"])
    compiled["stand_in"] = STAND_IN
    compiled["settle_by_bridge"] = {"at_min": 0, "terminals": ["TEST0001"]}
    compiled["terminals"] = [dict(compiled["terminals"][0], dialect="iso87")]
    compiled["dialects"] = {"iso87": dialects.load("iso87")}
    return compiled


def test_with_its_code_frozen_in_everything_has_room(own_home, tmp_path, monkeypatch):
    monkeypatch.setattr(virtual, "CODE", "frozen")
    monkeypatch.setattr(virtual, "HEAP_KB", 112)
    try:
        virtual.interpreter()
    except paths.MissingTool as problem:
        pytest.skip(str(problem))
    compiled, tool = switched_on(), Tool()
    with Acquirer(dialect="iso87") as acquirer:
        compiled["routes"][0]["hosts"] = [plain(acquirer)]
        with running(own_home, compiled) as bridge:
            pos = terminal(bridge)
            acquirer.line(down=True)
            assert pos.sale(2000, typed(2)).approved
            acquirer.line(down=False)
            bridge.wait_for("item-done", b=0)
            backup = ("backup", tmp_path / "b.zip")
            for words in (("status",), ("doctor",), ("queue", "list"), backup, ("doctor",)):
                tool(*words)
                assert pos.sale(100, typed(5)).approved
            assert tool.json("status")["heap_free_bytes"] > 8192
            assert bridge.state()["starts"] == 1
            assert acquirer.totals("TEST0001", 0) == pos.totals()
