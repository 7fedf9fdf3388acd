"""tidegate provision on a running bridge: a new version, back again, and everything in between."""

import re
import shutil

import pytest
from device import Tool, steady
from shop import ROWS, card, free_port, plain, running, settings, terminal, until

from tidegate_host.device import board as boards
from tidegate_host.device.errors import DeviceError
from tidegate_host.standins.acquirer import Acquirer

pytestmark = pytest.mark.usefixtures("code_in_heap")

WINDOW = """
[[window]]
name = "night"
from = "00:00"
to = "24:00"
action = "allow"
max_amount = 1
"""


@pytest.fixture
def shop_toml(tmp_path):
    """Write a bridge.toml for the running bridge: its ports, an acquirer, and more."""

    def write(bridge, acquirer, more="", name="test", **replaced):
        text = ROWS.read_text().replace("port = 7000", f"port = {acquirer.port}")
        text = text.replace('name = "test"', f'name = "{name}"')
        for link, port in bridge.ports.items():
            old = {"t1": 9001, "t2": 9002}[link]
            text = text.replace(f"port = {old}", f"port = {replaced.get(link, port)}")
        path = tmp_path / "bridge.toml"
        path.write_text(text + more)
        return path

    return write


@pytest.fixture
def trading(own_home):
    """A bridge whose trial takes a moment only, with a terminal that is signed in."""
    with Acquirer() as acquirer:
        config = settings(plain(acquirer))
        with running(own_home, config, TIDEGATE_TIME_SCALE="10") as bridge:
            pos = terminal(bridge, wait_s=5)
            pos.sign_in()
            yield acquirer, bridge, pos


def sells(acquirer, pos, amount):
    assert pos.sale(amount, card(amount)).approved
    assert acquirer.totals("TEST0001", 1) == pos.totals()
    return True


def slots(bridge):
    path = bridge.folder / "board" / "slot"
    return path.read_text().split() if path.exists() else [".", ".", "-"]


DONE = """\
written  1 files; N were there already
checked  by hash on the board; the self-test is passed
running  test, configuration HASH, firmware FINGERPRINT
windows  night (read back)
back     tidegate provision --rollback
"""


def test_a_version_is_tried_used_and_taken_back(trading, shop_toml):
    acquirer, bridge, pos = trading
    tool = Tool()
    before = tool.json("status")["config"]
    closed = shop_toml(bridge, acquirer, WINDOW)
    plan = tool("provision", "-c", closed, "--dry-run")
    assert "bridge.json" in plan and slots(bridge) == [".", ".", "-"]
    written = steady(tool("provision", "-c", closed))
    written = re.sub(r"\d+ were", "N were", re.sub("[0-9a-f]{16}", "FINGERPRINT", written))
    assert written == DONE
    assert slots(bridge) == ["a", ".", "-"]
    assert not pos.sale(100, card(1)).approved
    assert "up to date" in tool("provision", "-c", closed)
    assert "version-trusted" in tool("logs")
    # Only what changed: the firmware is there already, the window goes.
    changed = tool.json("provision", "-c", shop_toml(bridge, acquirer))
    assert changed["changed"] == ["bridge.json"] and slots(bridge) == ["b", "a", "-"]
    assert sells(acquirer, pos, 200)
    tool("provision", "--rollback")
    assert slots(bridge) == ["a", "b", "-"]
    assert not pos.sale(300, card(3)).approved
    assert tool.json("status")["config"] != before
    # What was provisioned is there after a power cut, too.
    bridge.power_cut()
    assert not pos.sale(400, card(4)).approved


def test_what_fails_its_self_test_goes_by_itself(trading, shop_toml):
    acquirer, bridge, pos = trading
    tool = Tool()
    before = tool.json("status")["config"]
    # A port that somebody else has: the link never listens.
    wrong = shop_toml(bridge, acquirer, t1=acquirer.port)
    assert "did not pass its self-test" in tool("provision", "-c", wrong, code=1)
    assert slots(bridge) == [".", "a", "x"]
    assert tool.json("status")["config"] == before
    assert "version-failed" in tool("logs")
    assert sells(acquirer, pos, 100)
    assert "failed its self-test" in tool("provision", "--rollback", code=2)


def test_firmware_that_dies_at_its_start_uses_up_its_tries(trading, shop_toml):
    acquirer, bridge, pos = trading
    tool = Tool()
    closed = shop_toml(bridge, acquirer, WINDOW)
    tool("provision", "-c", closed)
    bridge.kill()
    board = bridge.folder / "board"
    # As a power cut in the middle of a trial would leave it, with firmware that cannot start.
    shutil.rmtree(board / "a" / "tidegate" / "core")
    (board / "slot").write_text("a . 3")
    (board / "a" / "tidegate" / "core.py").write_text("raise SystemExit")
    for _ in range(4):
        bridge.power_on()
        bridge.kill()
        if slots(bridge)[0] == ".":
            break
    bridge.power_on()
    assert slots(bridge) == [".", "a", "x"]
    assert sells(acquirer, pos, 100)


def test_another_boards_configuration_is_refused(trading, shop_toml):
    acquirer, bridge, _ = trading
    tool = Tool()
    other = shop_toml(bridge, acquirer, name="shop-2")
    told = tool("provision", "-c", other, code=2)
    assert "this board is test, and the configuration is for shop-2" in told
    assert slots(bridge) == [".", ".", "-"]
    tool("provision", "-c", other, "--rename")
    assert tool.json("status")["board"]["name"] == "shop-2"


def test_stored_messages_hold_up_new_firmware_but_not_a_configuration(trading, shop_toml):
    acquirer, bridge, pos = trading
    tool = Tool()
    acquirer.line(down=True)
    pos.offline_sale(500, card(2))
    pos.upload_advices()
    bridge.wait_for("stored")
    closed = shop_toml(bridge, acquirer, WINDOW)
    # The firmware of the board is another one than the tool's: as after an older release.
    (bridge.folder / "board" / "tidegate" / "core" / "holds.mpy").touch()
    old = bridge.folder / "board" / "tidegate" / "core" / "status.mpy"
    old.write_bytes(old.read_bytes() + b"\0")
    assert "1 stored messages wait" in tool("provision", "-c", closed, code=2)
    assert slots(bridge)[0] == "."
    tool("provision", "-c", closed, "--force")
    acquirer.line(down=False)
    bridge.wait_for("item-done", 30)
    assert acquirer.totals("TEST0001", 1).values[1] == 1
    acquirer.line(down=True)
    pos.offline_sale(600, card(3))
    pos.upload_advices()
    tool("provision", "-c", shop_toml(bridge, acquirer))
    assert slots(bridge)[0] == "b"


@pytest.mark.parametrize("after", [1, 5, 9, 14, -2, -1])
def test_broken_off_at_any_moment_the_old_version_runs(trading, shop_toml, monkeypatch, after):
    """The power goes before the nth word that writes; negative ones count from the last."""
    acquirer, bridge, pos = trading
    tool = Tool()
    before = tool.json("status")["config"]
    closed = shop_toml(bridge, acquirer, WINDOW)
    real = boards.Board.call
    count = [0]
    writes = ("stage", "keep", "put", "check", "activate")

    def call(self, word, *arguments):
        if word in writes:
            count[0] += 1
            last = {-2: word == "check" and arguments[0] == "manifest", -1: word == "activate"}
            if count[0] == after or last.get(after):
                bridge.kill()
                raise DeviceError("the power went")
        return real(self, word, *arguments)

    monkeypatch.setattr(boards.Board, "call", call)
    assert "the power went" in tool("provision", "-c", closed, code=2)
    monkeypatch.setattr(boards.Board, "call", real)
    bridge.power_on()
    assert slots(bridge) == [".", ".", "-"]
    assert tool.json("status")["config"] == before
    assert sells(acquirer, pos, 100)
    # And it works the second time.
    tool("provision", "-c", closed)
    assert not pos.sale(300, card(3)).approved


def test_a_power_cut_during_the_trial_is_one_try_only(trading, shop_toml, monkeypatch):
    acquirer, bridge, pos = trading
    tool = Tool()
    real = boards.Board.call

    def call(self, word, *arguments):
        answer = real(self, word, *arguments)
        if word == "activate":
            bridge.wait_for("reset")
            bridge.wait_for("ready")
            bridge.kill()
            raise DeviceError("the power went")
        return answer

    monkeypatch.setattr(boards.Board, "call", call)
    tool("provision", "-c", shop_toml(bridge, acquirer, WINDOW), code=2)
    monkeypatch.setattr(boards.Board, "call", real)
    assert slots(bridge) == ["a", ".", "2"]
    bridge.power_on()
    assert until(lambda: slots(bridge) == ["a", ".", "-"], 30)
    assert not pos.sale(100, card(1)).approved


def test_a_board_without_a_configuration_gets_its_first(own_home, shop_toml, tmp_path):
    with Acquirer() as acquirer, running(own_home, "") as bridge:
        bridge.ports.update(t1=free_port(), t2=free_port())
        path = shop_toml(bridge, acquirer)
        text = path.read_text()
        start, end = text.index('[[terminal]]\nname = "s1"'), text.index("[[route]]")
        path.write_text(text[:start] + text[end:])
        tool = Tool()
        assert "not JSON" in tool("status", code=1)
        assert "running  test" in tool("provision", "-c", path)
        pos = terminal(bridge)
        pos.sign_in()
        assert sells(acquirer, pos, 100)
