"""The board suite: the same tests on a virtual board and on a real one.

    make board PORT=/dev/ttyUSB0
    make board PORT=/dev/ttyUSB0 BOARD=esp32-c3 SSID=bench PASS=... POWER_CMD='uhubctl -a {} -p 2'

The board has to run Tidegate (`tidegate flash`). Its console may be locked (KEY=FILE); what needs
Python on the board is skipped then. Wiring for the terminal's line: a jumper from TX to RX of the
board's UART (boards/NAME/README.md), or, to have the MAX3232 in it, from T1OUT to R1IN.
"""

import json
import time

import pytest
from loop import Loop

from tidegate.proto import codec
from tidegate.proto.dialect import Dialect
from tidegate_host import dialects
from tidegate_host.standins.acquirer import Acquirer
from tidegate_host.standins.cards import make_card
from tidegate_host.standins.links import TcpLink
from tidegate_host.standins.terminal import Terminal

TPDU, HEADER = b"\x60\x00\x03\x12\x34", b"\x60\x31\x00\x31\x11\x0e"
ROUNDS = 8  # of every byte there is: more than the hardware's buffers hold
_WAIT_S = 15.0


def until(look, what):
    end = time.monotonic() + _WAIT_S
    while not (found := look()):
        assert time.monotonic() < end, f"no {what}"
        time.sleep(0.2)
    return found


def entries(bench, kind):
    """The journal as it is pulled from the board, found sound; its entries of one type."""
    path = bench.folder / "journal.bin"
    bench.tool("journal", "pull", path, "--force")
    bench.tool("journal", "verify", path, device=False)
    told = bench.tool("journal", "show", path, "--type", kind, "--json", device=False)
    return [json.loads(line) for line in told.splitlines()]


def refused_sale(bench, stan):
    """A terminal's sale, put in by hand while there is no line: declined, and held.

    A hold is a record and never a charge, so nothing can come of it on a board that trades later.
    """
    fields = {
        0: "0200", 2: make_card(stan).pan, 3: "000000", 4: "000000012300", 11: f"{stan:06d}",
        22: "051", 25: "00", 41: "BENCH001", 42: "TESTMERCHANT001", 49: "156",
        60: "22000001000600", 64: "3842333537373041",
    }  # fmt: skip
    frame = codec.encode(Dialect(dialects.load("cup")), fields, TPDU, HEADER)
    bench.run(
        "from binascii import unhexlify\n"
        f"bridge.terminal_frame(9999, 0, memoryview(unhexlify('{frame.hex()}')))"
    )


def holds(bench, count):
    def look():
        found = bench.json("holds", "list")["holds"]
        return found if len(found) == count else None

    return until(look, f"{count} holds")


def test_it_answers_and_runs_what_it_was_given(bench):
    with bench.board() as board:
        hello = board.call("hello")
        facts = board.call("facts")
    assert (hello["schema"], hello["problem"]) == (1, "")
    assert tuple(map(int, hello["micropython"].split("."))) >= (1, 24)
    assert (hello["name"], hello["config"]) == ("on-the-bench", bench.plan["config"])
    if hello["code"] == "files":
        assert hello["firmware"] == bench.plan["firmware"]
    sizes = {label: size for label, _, size in facts["partitions"]}
    assert sum(sizes.get(name, 0) for name in ("journal", "flash.bin")) >= 512 * 1024
    assert facts["largest_block_bytes"] > 2048  # a long frame


def test_a_task_that_dies_is_started_again(bench):
    def deaths():
        return dict(bench.json("status")["tasks"])["timer"]

    before = deaths()
    with bench.board() as board:
        board.call("kill", "timer")
    until(lambda: deaths() == before + 1, "task that died")


@pytest.fixture
def before(bench, open_console):
    """How many holds there are; those that a test adds are cancelled at its end."""
    there = {hold["item"] for hold in bench.json("holds", "list")["holds"]}
    yield len(there)
    for hold in bench.json("holds", "list")["holds"]:
        if hold["item"] not in there:
            bench.tool("holds", "cancel", hold["item"], "--by", "bench", "--reason", "a test")


def test_what_is_written_is_there_after_a_reset(bench, before):
    refused_sale(bench, 1)
    held = holds(bench, before + 1)
    starts = len(entries(bench, "BOOT"))
    bench.reset()
    assert holds(bench, before + 1) == held
    boots = entries(bench, "BOOT")
    assert len(boots) == starts + 1
    assert boots[-1]["cause"] == "reset"


def test_what_is_written_is_there_after_a_power_cut(bench, before):
    if not bench.power_cmd:
        pytest.skip("nobody can cut its power\n  Next: make board ... POWER_CMD='COMMAND {}'")
    for stan in (1, 2, 3):
        refused_sale(bench, stan)
        held = holds(bench, before + stan)
    bench.power_cut()
    assert holds(bench, before + 3) == held
    assert entries(bench, "BOOT")[-1]["cause"] == "power"


@pytest.mark.usefixtures("open_console")
def test_the_terminals_line_brings_back_what_is_sent(bench):
    path = bench.uart or Loop().path
    told = bench.run(
        "import time\n"
        f"line = port.serial({path!r}, 115200)\n"
        "line.read(4096)\n"
        f"sent, back = bytes(range(256)) * {ROUNDS}, b''\n"
        "for at in range(0, len(sent), 256):\n"
        "    line.write(sent[at:at + 256])\n"
        "    for _ in range(200):\n"
        "        back += line.read(4096) or b''\n"
        "        if len(back) >= at + 256: break\n"
        "        time.sleep_ms(5)\n"
        "print(len(back), back == sent)"
    ).split()
    if bench.uart and told == ["0", "False"]:
        pytest.skip("nothing comes back\n  Next: a jumper from TX to RX of the UART, or a plug")
    assert told == [str(256 * ROUNDS), "True"]


def test_a_sale_gets_to_the_acquirer_and_back(bench):
    if not bench.address:
        pytest.skip("the board has no network\n  Next: make board PORT=... SSID=... PASS=...")
    here = "127.0.0.1" if bench.here == "127.0.0.1" else "0.0.0.0"
    with Acquirer(here, bench.port) as acquirer:
        pos = Terminal(TcpLink(bench.address, bench.at), "BENCH001")
        assert pos.sign_in().state == "done"
        assert pos.sale(12300, make_card(2)).approved
        assert pos.sale(45600, make_card(3)).approved
        assert acquirer.totals("BENCH001", 1) == pos.totals()
        assert pos.settle().state == "done"
