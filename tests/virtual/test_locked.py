"""A locked console: what it gives to who has the key, and what everybody else gets."""

import re

import pytest
from device import Tool
from shop import ROWS, card, plain, running, settings, terminal

from tidegate_host.standins.acquirer import Acquirer

pytestmark = pytest.mark.usefixtures("room_for_a_doctor")


@pytest.fixture
def locked(own_home, tmp_path):
    """A locked bridge; gives (acquirer, bridge, tool that has the key)."""
    with Acquirer() as acquirer:
        config = settings(plain(acquirer), console="locked")
        with running(own_home, config, TIDEGATE_TIME_SCALE="10") as bridge:
            key = tmp_path / "shop.key"
            key.write_text(bridge.keys_path.read_bytes()[44:76].hex())
            yield acquirer, bridge, key


def test_stock_tools_get_no_prompt(locked):
    acquirer, bridge, _ = locked
    with open(bridge.console_path, "r+b", buffering=0) as line:
        # What mpremote begins with, a command for the raw prompt, and one for the friendly one.
        line.write(b"\r\x03\r\x01print(6*7)\x04\x02\r\nprint(6*7)\r\n\x04")
        seen = b""
        while seen.count(b"\n") < 4:
            seen += line.read(100)
    # It was switched on a moment ago.
    assert re.fullmatch(rb"\r\nTidegate, locked\r\n((no|wait \d)\n){2}", seen)
    assert bridge.state()["starts"] == 1
    pos = terminal(bridge)
    pos.sign_in()
    assert pos.sale(100, card(1)).approved


def test_with_the_key_everything_works(locked, tmp_path):
    acquirer, bridge, key = locked
    pos = terminal(bridge)
    pos.sign_in()
    assert pos.sale(100, card(1)).approved
    tool = Tool()
    assert "locked" in tool("status", "--key", key)
    assert "amount 100" in tool("logs", "--key", key)
    tool("journal", "pull", tmp_path / "j.bin", "--key", key)
    assert "sound" in tool("journal", "verify", tmp_path / "j.bin", device=False)
    assert "echo" in tool("doctor", "--key", key)
    told = tool("logs", "--key", key)
    assert "what let-in" in told and "what used  detail stat" in told
    assert key.read_text() not in told


def test_a_wrong_key_is_told_slowed_down_and_journaled(locked, tmp_path):
    acquirer, bridge, key = locked
    tool = Tool()
    wrong = tmp_path / "wrong.key"
    wrong.write_text("00" * 32)
    assert "does not accept this key" in tool("status", "--key", wrong, code=2)
    # The board's time runs ten times as fast, so a few failures are needed for a pause to be seen.
    for _ in range(6):
        told = tool("status", "--key", wrong, code=2)
        if "listens again in" in told:
            break
    else:
        pytest.fail("nobody was slowed down")
    assert "no key was given" in tool("status", code=2)
    wrong.write_text("word")
    assert "64 hex digits" in tool("status", "--key", wrong, code=2)
    while "listens again" in (told := try_status(tool, key)):
        pass
    assert "locked" in told
    assert "what turned-away  detail 1" in tool("logs", "--key", key)


def test_off_and_on_does_not_shorten_the_pause(locked):
    _, bridge, key = locked
    tool = Tool()
    for _ in range(2):
        bridge.power_cut(TIDEGATE_TIME_SCALE="1")
        with open(bridge.console_path, "r+b", buffering=0) as line:
            line.write(b"\x01hello " + b"0" * 32 + b"\n")
            seen = b""
            while not seen.endswith((b"wait 4\n", b"wait 5\n", b"nonce")):
                seen += line.read(1)
        assert b"nonce" not in seen
    # Who has the key waits, and is let in.
    assert "locked" in tool("status", "--key", key)
    told = tool("status", "--key", key)
    assert "locked" in told


def try_status(tool, key):
    from click.testing import CliRunner

    from tidegate_host.cli.main import group

    return CliRunner().invoke(group, ["status", "-d", tool.device, "--key", str(key)]).output


def test_a_word_said_again_or_changed_ends_the_session(locked):
    from tidegate_host.device.board import Board, read_key
    from tidegate_host.device.errors import NoAnswer

    _, bridge, key = locked
    tool = Tool()
    with Board(tool.device, read_key(key)) as board:
        assert board.call("hello")["locked"]
        way = board._way
        line = b'["hello"]'
        way._number += 1
        said = way._mac(b"host", line) + b" " + line
        mac, _, answer = way._exchange(said).partition(b" ")
        assert mac == way._mac(b"board", answer)
        assert way._exchange(said) == b"no"
        with pytest.raises(NoAnswer):
            board.call("hello")


def test_without_its_configuration_or_its_keys_it_stays_locked(locked):
    _, bridge, key = locked
    tool = Tool()
    bridge.kill()
    (bridge.folder / "board" / "bridge.json").write_text('{"name":')
    bridge.power_on()
    assert bridge.problem.startswith("config-bad")
    assert "no key was given" in tool("status", code=2)
    assert "nothing is passed" in tool("status", "--key", key, code=1)
    bridge.kill()
    bridge.keys_path.write_bytes(b"\0" * bridge.keys_path.stat().st_size)
    bridge.power_on()
    assert "no key was given" in tool("status", code=2)
    assert "does not accept this key" in tool("status", "--key", key, code=2)


def test_a_console_is_locked_by_provisioning_once_somebody_has_the_key(
    code_in_heap, own_home, tmp_path
):
    with Acquirer() as acquirer:
        config = settings(plain(acquirer))
        with running(own_home, config, TIDEGATE_TIME_SCALE="10") as bridge:
            text = ROWS.read_text().replace("port = 7000", f"port = {acquirer.port}")
            for link, old in (("t1", 9001), ("t2", 9002)):
                text = text.replace(f"port = {old}", f"port = {bridge.ports[link]}")
            toml = tmp_path / "bridge.toml"
            toml.write_text('console = "locked"\n' + text)
            tool, key = Tool(), tmp_path / "new.key"
            assert "nobody would have its key" in tool("provision", "-c", toml, code=2)
            tool("provision", "-c", toml, "--key", key)
            assert key.stat().st_mode & 0o77 == 0
            assert "no key was given" in tool("status", code=2)
            assert "locked" in tool("status", "--key", key)
            # And it is opened again by who has the key.
            toml.write_text(text)
            tool("provision", "-c", toml, "--key", key)
            assert "open console" in tool("status")
            pos = terminal(bridge)
            pos.sign_in()
            assert pos.sale(100, card(1)).approved
