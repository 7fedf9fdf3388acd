"""Stand-in and settlement by the bridge on the real firmware, for a host that seals nothing."""

import json
import time

import pytest
from device import Tool
from shop import card, console, leaks, plain, running, settings
from shop import terminal as cup_terminal

from tidegate_host import dialects
from tidegate_host.standins.acquirer import Acquirer
from tidegate_host.standins.cards import TYPED, Card
from tidegate_host.standins.links import TcpLink
from tidegate_host.standins.terminal import Terminal

STAND_IN = {
    "max_amount": 5000, "max_count": 3, "max_sum": 12000, "max_age_h": 24, "reversals": True,
}  # fmt: skip


@pytest.fixture
def shop(own_home):
    """An acquirer of plain ISO 8583 and a bridge that may stand in for it."""
    compiled = dict(settings(), stand_in=STAND_IN)
    iso = dict(compiled["terminals"][0], dialect="iso87")
    compiled["terminals"] = [iso]
    compiled["dialects"] = {"iso87": dialects.load("iso87")}
    compiled["limits"]["answer_deadline_s"] = 5
    with Acquirer(dialect="iso87") as acquirer:
        compiled["routes"][0]["hosts"] = [plain(acquirer)]
        with running(own_home, compiled) as bridge:
            yield acquirer, bridge


def terminal(bridge):
    return Terminal(TcpLink("127.0.0.1", bridge.ports["t1"], keep_open=True), dialect="iso87")


def typed(number):
    return Card(card(number).pan, TYPED)


def test_small_sales_go_on_while_the_line_is_down_and_arrive_once(shop):
    acquirer, bridge = shop
    pos = terminal(bridge)
    assert pos.sale(1000, typed(1)).approved
    acquirer.line(down=True)
    stood_in = pos.sale(2000, typed(2))
    assert stood_in.approved and bridge.wait_for("stood-in")
    assert pos.sale(5001, typed(3)).code == "91"  # beyond one sale
    assert pos.sale(2000, card(4)).code == "91"  # it came with its track
    assert pos.sale(3000, typed(5)).approved
    assert "2 of 3 sales 笔, 50.00 of 120.00" in Tool()("status")
    bridge.power_cut()
    assert acquirer.entries("TEST0001")[-1].amount == 1000
    acquirer.line(down=False)
    for _ in range(2):
        bridge.wait_for("item-done", b=0)
    booked = [entry.amount for entry in acquirer.entries("TEST0001")]
    assert booked == [1000, 2000, 3000]
    assert pos.totals().debit_sum == 6000
    story = [json.loads(line) for line in Tool()(
        "journal", "show", bridge.flash_path, "--json", device=False).splitlines()]  # fmt: skip
    promised = [e for e in story if e["type"] == "STORE"]
    assert [e["stand_in"] for e in promised] == [True, True]
    noted = [e for e in story if e["type"] == "NOTE" and e["what"] == "stood-in"]
    assert [(e["amount"], e["auth"][0]) for e in noted] == [(2000, "S"), (3000, "S")]
    voucher = Tool()("voucher", "show", f"{stood_in.stan:06d}", "--journal", bridge.flash_path,
                     device=False)  # fmt: skip
    assert "approved by the bridge" in voucher and "20.00" in voucher, voucher
    assert not leaks([bridge.flash_path, bridge.log_path], [typed(n).pan for n in (2, 3, 4, 5)])


def test_switched_off_it_keeps_what_it_promised(shop):
    acquirer, bridge = shop
    pos = terminal(bridge)
    acquirer.line(down=True)
    assert pos.sale(2000, typed(1)).approved
    bridge.kill()
    path = bridge.flash_path.with_name("bridge.json")
    path.write_text(json.dumps(dict(json.loads(path.read_text()), stand_in=None)))
    bridge.power_on()
    assert "1 sales 笔, 20.00; switched off since 已停用" in Tool()("status")
    assert pos.sale(1000, typed(2)).code == "91"
    acquirer.line(down=False)
    bridge.wait_for("item-done", b=0, timeout_s=30)
    assert [entry.amount for entry in acquirer.entries("TEST0001")] == [2000]
    assert pos.totals().debit_sum == 2000


def test_what_the_host_never_answered_is_reversed_and_told(shop):
    acquirer, bridge = shop
    pos = terminal(bridge)
    acquirer.fault("drop", kind=["sale"], times=1)
    told = pos.sale(1000, card(1))
    assert told.code == "91"
    assert bridge.wait_for("item-done", b=0)
    (entry,) = acquirer.entries("TEST0001")
    assert (entry.amount, entry.state) == (1000, "reversed")
    assert pos.totals().debit_count == 0


def test_the_bridge_settles_for_a_terminal_without_batches(own_home):
    compiled = settings()
    compiled["terminals"] = [dict(compiled["terminals"][0], dialect="iso87")]
    compiled["dialects"] = {"iso87": dialects.load("iso87")}
    now = time.localtime(time.time() + 8 * 3600 - time.localtime().tm_gmtoff)
    minute = (now.tm_hour * 60 + now.tm_min + 30) % 1440
    compiled["settle_by_bridge"] = {"at_min": minute, "terminals": ["TEST0001"]}
    with Acquirer(dialect="iso87") as acquirer:
        compiled["routes"][0]["hosts"] = [plain(acquirer)]
        with running(own_home, compiled) as bridge:
            pos = terminal(bridge)
            for number in (1, 2):
                assert pos.sale(700 * number, typed(number)).approved
            console(bridge, "resume", "exec", "port.clock.shift(1860)")
            assert bridge.wait_for("batch", b=2, timeout_s=90)
            (settled,) = acquirer.books()["settlements"]
            assert settled["balanced"], settled


def test_a_cup_terminal_is_never_approved(own_home):
    compiled = dict(settings(), stand_in=STAND_IN)
    with Acquirer() as acquirer:
        compiled["routes"][0]["hosts"] = [plain(acquirer)]
        with running(own_home, compiled) as bridge:
            pos = cup_terminal(bridge)
            pos.sign_in()
            acquirer.line(down=True)
            assert pos.sale(500, typed(1)).code == "91"
