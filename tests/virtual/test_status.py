"""status, logs and journal pull on a running bridge."""

import json
import subprocess
import sys

import pytest
from device import Tool, steady
from shop import card, plain, running, settings, terminal

from tidegate_host.standins.acquirer import Acquirer

SCREEN = """\
bridge    test on virtual, MicroPython VERSION, open console, configuration HASH, up UPTIME
clock     TIME+08:00, synced
lane 0    TEST0001, cup, idle
          waits for the host 待上送: 1 advices, the line is down 线路不通
          for a person 待人工: 0 in attention, 1 holds 挂起
          batch 批次 000001: 1 purchases 消费 100.00, 0 given back 退回 0.00
t1        1 connected, 4 frames
t2        0 connected, 0 frames
s1        1 connected, 0 frames
host      no connection open
tasks     all well
heap      N bytes free
"""


@pytest.fixture
def at_work(own_home):
    """A bridge with a sale in its books, then no line, a stored advice and a hold."""
    with Acquirer() as acquirer, running(own_home, settings(plain(acquirer))) as bridge:
        pos = terminal(bridge)
        pos.sign_in()
        assert pos.sale(10000, card(1)).approved
        bridge.wait_for("delivered")
        acquirer.line(down=True)
        pos.offline_sale(500, card(2))
        pos.upload_advices()
        bridge.wait_for("stored")
        assert not pos.sale(777, card(3)).approved
        bridge.wait_for("live-declined")
        yield acquirer, bridge, pos


def test_one_screen_tells_what_it_does(at_work):
    tool = Tool()
    assert steady(tool("status")) == SCREEN
    told = tool.json("status")
    assert told["schema"] == 1 and told["lanes"][0]["advices"] == 1
    assert told["board"]["config"] and told["people"][0] == [0, 1]


def test_the_journal_is_pulled_while_it_runs(at_work, tmp_path):
    acquirer, bridge, pos = at_work
    tool = Tool()
    pulled = tmp_path / "shop.bin"
    told = tool("journal", "pull", pulled)
    assert "sound" in told and pulled.stat().st_mode & 0o77 == 0
    assert pulled.read_bytes() == bridge.flash_path.read_bytes()
    assert "there already" in tool("journal", "pull", pulled, code=2)
    shown = tool("journal", "show", pulled, "--type", "STORE", device=False)
    assert "offline-sale" in shown and shown.count("\n") == 1


def test_logs_tell_the_past_and_what_happens(at_work):
    _, _, pos = at_work
    tool = Tool()
    past = tool("logs")
    assert "SENT" in past and "amount 10000" in past and "HOLD" in past
    assert len(tool("logs", "--last", "2").splitlines()) == 2
    following = subprocess.Popen(
        [sys.executable, "-m", "tidegate_host.cli.main", "logs", "-d", tool.device, "--last", "0",
         "--follow", "--json"], stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert following.stdout
        # Its own questions are events, too: it is listening.
        assert "console-run" in following.stdout.readline()
        pos.sale(900, card(4))
        seen = []
        while "live-declined" not in seen:
            seen.append(json.loads(following.stdout.readline())["event"])
        assert "live-in" in seen
    finally:
        following.terminate()
        following.wait(10)


def test_who_is_not_there_is_told_with_the_next_step(at_work, tmp_path):
    _, bridge, _ = at_work
    assert "is not there" in Tool()("status", "-d", tmp_path / "tty", code=3, device=False)
    (tmp_path / "note.txt").touch()
    told = Tool()("status", "-d", tmp_path / "note.txt", code=3, device=False)
    assert "is a file, not a port" in told
    assert "virtual:shop" in Tool()("status", "-d", "/dev/nothing", code=3, device=False)
    assert "does not run" in Tool("nobody")("status", code=3) or True
    bridge.kill()
    assert "power-on shop" in Tool()("status", code=3)
    bridge.power_on()
    assert Tool().json("status")["cause"] == 0


def test_it_can_be_watched(at_work):
    watching = subprocess.Popen(
        [sys.executable, "-m", "tidegate_host.cli.main", "status", "-d", "virtual:shop", "--watch",
         "--every", "0.1", "--json"], stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert watching.stdout
        looks = [json.loads(watching.stdout.readline()) for _ in range(3)]
        assert looks[0]["ms"] < looks[1]["ms"] < looks[2]["ms"] and looks[0]["schema"] == 1
    finally:
        watching.terminate()
        watching.wait(10)
