"""The real mpremote on a running bridge, with traffic going on."""

import threading

import pytest
from shop import ask, card, console, shop, terminal


@pytest.fixture
def selling(tmp_path):
    """A bridge with a terminal that sells all the time; gives (bridge, outcomes so far)."""
    with shop(tmp_path) as (acquirer, bridge):
        pos = terminal(bridge)
        pos.sign_in()
        outcomes = []
        over = threading.Event()

        def sell():
            while not over.is_set():
                outcomes.append(pos.sale(100, card(len(outcomes))))

        thread = threading.Thread(target=sell)
        thread.start()
        bridge.wait_for("delivered")
        yield bridge, outcomes
        over.set()
        thread.join(20)
        assert all(outcome.approved for outcome in outcomes), outcomes
        assert acquirer.totals("TEST0001", 1) == pos.totals()


def test_mpremote_runs_commands_while_money_moves(selling):
    bridge, outcomes = selling
    before = len(outcomes)
    assert console(bridge, "resume", "exec", "print(1)") == "1\n"
    listed = console(bridge, "resume", "fs", "ls")
    assert "keys.bin" in listed and "bridge.json" in listed
    assert ask(bridge, "board.status()['connections'][0][1]") in (0, 2)
    long = "for _ in range(40): print('x' * 500, end='')"
    assert console(bridge, "resume", "exec", long) == "x" * 20000
    assert len(outcomes) > before


def test_a_file_is_put_on_the_board_and_read_back(selling, tmp_path):
    bridge, _ = selling
    source = tmp_path / "note.txt"
    source.write_text("line\n" * 400)
    console(bridge, "resume", "fs", "cp", str(source), ":note.txt")
    assert console(bridge, "resume", "fs", "cat", ":note.txt") == source.read_text()


def test_no_command_ends_the_bridge(selling):
    bridge, _ = selling
    for command in ("1/0", "raise SystemExit", "raise KeyboardInterrupt", "import nothing", "("):
        with pytest.raises(AssertionError):
            console(bridge, "resume", "exec", command)
    with open(bridge.console_path, "r+b", buffering=0) as line:
        line.write(b"\x03\x03\x02\x03")
    assert console(bridge, "resume", "exec", "print(2)") == "2\n"
    assert bridge.state()["starts"] == 1


def test_a_soft_reset_drains_and_starts_again(tmp_path):
    with shop(tmp_path) as (acquirer, bridge):
        pos = terminal(bridge)
        pos.sign_in()
        late = acquirer.fault("delay", kind="sale", delay_ms=1000)
        outcomes = []
        sale = threading.Thread(target=lambda: outcomes.append(pos.sale(100, card(1))))
        sale.start()
        bridge.wait_for("live-sent")
        # Without `resume` mpremote asks for the reset and waits for the prompt of the new start.
        assert console(bridge, "exec", "print(bridge.time.ms)").strip().isdigit()
        sale.join(20)
        assert late.fired and outcomes[0].approved
        assert bridge.state()["starts"] == 2
        assert pos.sale(200, card(2)).approved
        assert acquirer.totals("TEST0001", 1) == pos.totals()


def test_the_friendly_prompt_works_for_a_person(tmp_path):
    with shop(tmp_path) as (_, bridge), open(bridge.console_path, "r+b", buffering=0) as line:
        line.write(b"\x02")
        seen = b""
        while not seen.endswith(b">>> "):
            seen += line.read(100)
        assert b"Tidegate on MicroPython" in seen
        line.write(b"1 + 2x\x7f\r")
        seen = b""
        while not seen.endswith(b">>> "):
            seen += line.read(100)
        assert b"\r\n3\r\n" in seen
