"""`tidegate virtual` as it is typed, and flash that goes bad."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from shop import card, free_port, plain, running, settings, terminal

from tidegate_host.cli.main import group
from tidegate_host.device import virtual
from tidegate_host.standins.acquirer import Acquirer


@pytest.fixture
def tidegate(home, monkeypatch, tmp_path):
    (tmp_path / "firmware").symlink_to(virtual.home() / "firmware")  # compiled once for all
    monkeypatch.setenv("TIDEGATE_HOME", str(tmp_path))

    def run(*words, code=0):
        result = CliRunner().invoke(group, ["virtual", *words])
        assert result.exit_code == code, result.output
        return result.output

    yield run
    if (tmp_path / "virtual" / "shop").is_dir():
        run("stop", "shop")


def bridge_toml(tmp_path):
    text = Path(__file__).with_name("bridge.toml").read_text()
    for port in ("9001", "9002"):
        text = text.replace(f"port = {port}", f"port = {free_port()}")
    path = tmp_path / "bridge.toml"
    path.write_text(text)
    return path


def test_a_bridge_lives_through_its_commands(tidegate, tmp_path):
    started = json.loads(tidegate("start", "shop", "-c", str(bridge_toml(tmp_path)), "--json"))
    assert started["ready"] and set(started["ports"]) == {"t1", "t2"}
    assert "ready" in tidegate("list")
    assert tidegate("console", "shop").strip() == started["console"]
    assert json.loads(tidegate("power-cut", "shop", "--json"))["starts"] == 2
    assert "without power" in tidegate("power-cut", "shop", "--no-restart")
    assert "ready" in tidegate("power-on", "shop")
    assert "journal-mounted" in tidegate("log", "shop")
    tidegate("start", "shop", code=2)
    tidegate("stop", "shop")
    assert "shop: off" in tidegate("list")
    tidegate("start", "shop")


def test_what_is_wrong_is_told_without_a_traceback(tidegate, tmp_path):
    broken = tmp_path / "broken.toml"
    broken.write_text('name = "x"\n')
    assert "mistakes" in tidegate("start", "shop", "-c", str(broken), code=2)
    tidegate("power-cut", "nobody", code=3)
    assert "no virtual bridges" in tidegate("list")
    tidegate("start", "shop", "-c", str(bridge_toml(tmp_path)))
    assert "beyond" in tidegate("flash-fault", "shop", "--bad", "256", code=2)


def test_bad_sectors_and_lost_bits_cost_nothing_that_was_acknowledged(tmp_path, seed):
    from random import Random

    with Acquirer() as acquirer, running(tmp_path, settings(plain(acquirer))) as bridge:
        pos = terminal(bridge, wait_s=5)
        pos.sign_in()
        for round_ in range(4):
            assert pos.sale(100 + round_, card(round_)).approved
            bridge.kill()
            worn = Random(seed).sample(range(256), 60)
            bridge.flash_path.with_name("flash.bin.bad").write_text(" ".join(map(str, worn)))
            bridge.power_on()
            assert not bridge.problem
        assert acquirer.totals("TEST0001", 1) == pos.totals()
