"""A board whose firmware cannot even be loaded: what stands on its console then."""

import os
import select
import signal
from contextlib import contextmanager, suppress
from threading import Thread

import pytest
from shop import card, plain, running, settings, terminal, until

from tidegate_host.device.virtual import VirtualError
from tidegate_host.standins.acquirer import Acquirer

pytestmark = pytest.mark.usefixtures("code_in_heap")

PACKAGE = "tidegate/__init__"
# What a person tries at a console: lines, Ctrl-C, and a command for the raw prompt.
TYPED = b"\r\x03\x03\r\nprint(6*7)\r\n\x01print(6*7)\x04\x02"
WAITS = "open('here', 'w').close()\nimport time\ntime.sleep(60)\n"


def damage(bridge, how):
    """Make the firmware in the board's files unloadable; -> how it is mended again."""
    board = bridge.folder / "board"
    code, slot, script = board / f"{PACKAGE}.mpy", board / "slot", board / f"{PACKAGE}.py"
    whole = code.read_bytes()
    if how == "missing":
        code.unlink()
    elif how == "broken":
        code.write_bytes(b"\0" * len(whole))
    elif how == "bad slot":
        slot.write_text("a b")
    elif how == "no such slot":
        slot.write_text("b . -")
    else:
        script.write_text(how)

    def mend():
        slot.unlink(missing_ok=True)
        script.unlink(missing_ok=True)
        code.write_bytes(whole)

    return mend


def seen(line, enough, timeout_s=20):
    """What comes on the console until `enough` is in it."""
    data = b""
    while enough not in data and select.select([line], [], [], timeout_s)[0]:
        with suppress(BlockingIOError):  # a prompt throws away what came before it
            data += os.read(line, 1000)
    return data


@contextmanager
def starting(bridge):
    """With the power on, and not waiting for the end of the start."""

    def on():
        with suppress(VirtualError):
            bridge.power_on()

    waiting = Thread(target=on)
    waiting.start()
    yield
    waiting.join()


@pytest.fixture(params=["locked", "open"])
def board(request, tmp_path):
    """A bridge that worked and has no power now; gives (console setting, bridge, console)."""
    with Acquirer() as acquirer:
        config = settings(plain(acquirer), console=request.param)
        with running(tmp_path / "bridge", config) as bridge:
            bridge.wait_for("ready")
            assert terminal(bridge).sign_in().state == "done"
            line = os.open(bridge.console_path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            bridge.kill()
            yield request.param, bridge, line
            os.close(line)


@pytest.mark.parametrize(
    "how",
    [
        "missing", "broken", "bad slot", "no such slot",
        "raise MemoryError", "raise KeyboardInterrupt",
    ],
)  # fmt: skip
def test_a_locked_board_gives_no_prompt_and_an_open_one_does(board, how):
    console, bridge, line = board
    mend = damage(bridge, how)
    if how == "bad slot" and console == "open":
        bridge.power_on()  # what was flashed runs
        assert not bridge.problem
        return
    if console == "open":
        bridge.power_on()
        assert "prompt" in bridge.problem
        assert b">>> " in seen(line, b">>> ")
        mend()
        os.write(line, b"\x04")
        bridge.wait_for("ready")
        return
    before = bridge.flash_path.read_bytes(), bridge.keys_path.read_bytes()
    with starting(bridge):
        os.write(line, TYPED)
        shown = seen(line, b"\n")
        bridge.kill()
    assert shown.startswith(b"Tidegate does not start: ")
    assert b">" not in shown and b"42" not in shown and b"raw" not in shown
    assert (bridge.flash_path.read_bytes(), bridge.keys_path.read_bytes()) == before


@pytest.mark.parametrize("board", ["locked"], indirect=True)
def test_a_locked_board_goes_on_trying_until_it_can_start(board):
    console, bridge, line = board
    mend = damage(bridge, "missing")
    bridge.power_on()
    assert "tries again" in bridge.problem
    assert b"Tidegate does not start: " in seen(line, b"Error")
    mend()
    assert bridge.wait_for("boot").a == 2  # counted as a crash
    bridge.wait_for("ready")
    assert not bridge.problem
    os.write(line, b"\x03\x01")
    assert b"Tidegate, locked" in seen(line, b"locked\r\n")
    pos = terminal(bridge)
    pos.sign_in()
    assert pos.sale(100, card(1)).approved


def test_ctrl_c_while_it_starts(board):
    console, bridge, line = board
    here = bridge.folder / "board" / "here"
    mend = damage(bridge, WAITS)
    with starting(bridge):
        assert until(here.exists)
        os.kill(bridge.pid, signal.SIGINT)  # what a Ctrl-C is on this port
        if console == "locked":
            here.unlink()
            assert until(here.exists)  # it starts again
            mend()
            os.kill(bridge.pid, signal.SIGINT)
    if console == "open":
        assert b">>> " in seen(line, b">>> ")
    else:
        os.write(line, b"\x01")
        assert b">" not in seen(line, b"locked\r\n")


def test_a_version_on_trial_that_cannot_be_loaded_makes_room_for_the_one_before(board):
    console, bridge, line = board
    files = bridge.folder / "board"
    (files / "a" / "tidegate").mkdir(parents=True)
    (files / "a" / f"{PACKAGE}.py").write_text("raise MemoryError")
    (files / "slot").write_text("a . 3")
    bridge.power_on()
    bridge.wait_for("ready")
    assert (files / "slot").read_text() == ". a x"
    assert not bridge.problem
    assert seen(line, b"Error").count(b">") == 0


def test_the_mark_follows_the_configuration(tmp_path):
    config = {"host": "127.0.0.1", "port": 1, "tls": False}
    with running(tmp_path / "bridge", settings(config, console="locked")) as bridge:
        board = bridge.folder / "board"
        mark, path = board / "locked", board / "bridge.json"
        locked = path.read_text()
        for text, marked in (
            (locked.replace('"console":"locked"', '"console":"open"'), False),
            (locked, True),
            ("damaged", True),
        ):
            bridge.kill()
            path.write_text(text)
            bridge.power_on()
            assert mark.exists() == marked
        # Just flashed, with a configuration that cannot be read, it has no keys to tell it either.
        bridge.kill()
        bridge.keys_path.write_bytes(b"\xff" * bridge.keys_path.stat().st_size)
        bridge.power_on()
        with open(bridge.console_path, "r+b", buffering=0) as line:
            line.write(b"\x01")
            assert b"Tidegate, locked" in line.read(100)
