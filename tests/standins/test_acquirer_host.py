"""The acquirer: its books, its rules, and every fault of the plan."""

import json
import socket
from datetime import datetime

import pytest
from standin_world import WAIT_S, open_world

from tidegate_host.standins import faults
from tidegate_host.standins.acquirer import Acquirer
from tidegate_host.standins.cards import make_card
from tidegate_host.standins.clock import Clock
from tidegate_host.standins.links import tcp
from tidegate_host.standins.messages import IN, OUT
from tidegate_host.standins.ruling import Limits


@pytest.fixture
def world():
    with open_world() as made:
        yield made


def _codes(acquirer, kind):
    return [e.code for e in acquirer.log.select(kind=kind, direction=OUT)]


def test_a_live_request_that_comes_twice_is_booked_twice(world):
    terminal = world.terminal()
    terminal.extra_copies = 1
    assert terminal.sale(5000).approved
    assert world.acquirer.log.wait_count(2, kind="sale", direction=OUT)
    assert world.acquirer.totals("TEST0001", 1).debit_count == 2
    assert not world.agree(terminal)
    findings = world.acquirer.books()["findings"]
    assert "TEST0001 batch 1: sale 000002 came 2 times" in findings


@pytest.mark.parametrize(
    ("kind", "code", "count"), [("idempotent", "94", 1), ("books-repeats", "00", 2)]
)
def test_an_advice_that_comes_again(world, kind, code, count):
    world.open(kind=kind)
    terminal = world.terminal(wait_s=WAIT_S)
    world.acquirer.fault("drop", kind="offline-sale")
    terminal.offline_sale(300)
    terminal.upload_advices()
    terminal.upload_advices()
    assert _codes(world.acquirer, "offline-sale") == [code]
    assert world.acquirer.totals("TEST0001", 1).debit_count == count
    assert bool(world.acquirer.books()["findings"]) == (count == 2)


def test_repeated_reversals_undo_once(world):
    terminal = world.terminal(wait_s=WAIT_S)
    first = terminal.sale(5000)
    assert first.approved
    world.acquirer.fault("drop", kind="sale")
    terminal.sale(700)
    terminal.extra_copies = 2
    assert terminal.reverse().approved
    assert world.acquirer.log.wait_count(3, kind="reversal", direction=OUT)
    assert _codes(world.acquirer, "reversal") == ["00"] * 3
    assert world.acquirer.totals("TEST0001", 1).debit_sum == 5000


def test_a_reversal_of_a_void_brings_the_sale_back(world):
    terminal = world.terminal(wait_s=WAIT_S)
    sold = terminal.sale(5000)
    world.acquirer.fault("drop", kind="void")
    assert terminal.void(sold.stan).state == "unknown"
    assert terminal.reverse().approved
    assert world.agree(terminal)
    assert terminal.void(sold.stan).approved
    assert world.agree(terminal)


def test_an_original_that_comes_after_its_reversal_is_found_out(world):
    terminal = world.terminal(wait_s=WAIT_S)
    world.acquirer.fault("drop", kind="sale", book=False)
    lost = terminal.sale(5000)
    fields = terminal.tape.slot["fields"]
    assert terminal.reverse().approved
    assert _codes(world.acquirer, "reversal") == ["25"]
    assert terminal.send(fields).code == "00"
    findings = world.acquirer.books()["findings"]
    assert any("after its own reversal" in row and f"{lost.stan:06d}" in row for row in findings)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda record: setattr(record, "stan", 999), "25"),
        (lambda record: setattr(record, "amount", 1), "64"),
        (lambda record: setattr(record, "batch", 9), "25"),
        (lambda record: record.card.update(pan=make_card(9).pan), "14"),
    ],
)
def test_a_void_that_does_not_fit_its_original(world, change, code):
    terminal = world.terminal()
    sold = terminal.sale(5000, make_card(1))
    record = terminal.records()[0]
    change(record)
    outcome = terminal.void(record.stan)
    assert (outcome.state, outcome.code) == ("declined", code)
    assert world.acquirer.entries("TEST0001")[0].stan == sold.stan
    assert world.acquirer.totals("TEST0001", 1).credit_count == 0


def test_a_sale_is_voided_once_and_refunded_to_its_amount(world):
    terminal = world.terminal()
    sold = terminal.sale(5000)
    assert terminal.refund(sold.stan, 3000).approved
    assert terminal.refund(sold.stan, 2001).code == "61"
    assert terminal.refund(sold.stan, 2000).approved
    other = terminal.sale(100)
    assert terminal.void(other.stan).approved
    assert terminal.void(other.stan).code == "12"
    assert terminal.refund(other.stan).code == "12"


def test_a_completion_stays_within_its_preauthorization(world):
    terminal = world.terminal()
    kept = terminal.preauth(10_000)
    assert terminal.complete(kept.stan, 11_501).code == "61"
    assert terminal.preauth_add(kept.stan, 1_000).approved
    assert terminal.complete(kept.stan, 12_650).approved
    assert terminal.complete(kept.stan, 100).code == "12"


def test_a_tip_changes_the_amount_on_both_sides(world):
    terminal = world.terminal()
    sold = terminal.sale(5000)
    terminal.adjust(sold.stan, 5600)
    assert terminal.upload_advices().approved
    assert terminal.totals().debit_sum == 5600
    assert world.agree(terminal)


def test_limits(world):
    world.open(limits=Limits(amount_max=10_000, card_day_max=12_000))
    terminal = world.terminal()
    assert terminal.sale(10_001).code == "61"
    assert terminal.sale(10_000, make_card(1)).approved
    assert terminal.sale(2_001, make_card(1)).code == "61"
    assert terminal.sale(2_001, make_card(2)).approved


def test_only_registered_terminals(world):
    world.open(terminals=["TEST0001"])
    assert world.terminal("TEST0001").sale(100).approved
    assert world.terminal("TEST0009", signed_in=False).sign_in().code == "97"


def test_no_session_no_trade(world):
    terminal = world.terminal()
    stranger = world.terminal("TEST0002", signed_in=False)
    stranger.tape.keys, stranger.tape.signed_in = terminal.tape.keys, True
    assert stranger.sale(100).code == "77"
    assert terminal.sign_off().approved
    terminal.tape.signed_in = True
    assert terminal.sale(100).code == "77"


def test_a_missing_seal_is_a_wrong_seal(world):
    terminal = world.terminal()
    fields = terminal.pos.forms.trade(1, make_card(1), 100, 50, 1)
    assert terminal.send(fields, seal=False).code == "A0"
    assert terminal.send({**fields, 64: "00" * 8}, seal=False).code == "A0"
    assert world.acquirer.totals("TEST0001", 1).debit_count == 0


def test_the_settlement_date_turns_at_the_cutover(world):
    clock = Clock(now=None)
    clock.set(datetime(2026, 12, 31, 22, 59, 30))
    world.open(clock=clock, cutover_min=23 * 60)
    terminal = world.terminal(clock=clock)
    assert terminal.sale(100).fields[15] == "1231"
    clock.shift(60)
    outcome = terminal.sale(100)
    assert (outcome.fields[15], outcome.fields[13]) == ("0101", "1231")


def test_the_answer_of_a_terminal_that_looks_closely(world):
    terminal = world.terminal()
    answer = terminal.sale(1250, make_card(1)).fields
    assert len(answer[37]) == 12
    assert len(answer[38]) == 6
    assert answer[0] == "0210"
    assert answer[60][2:8] == "000001"


def test_money_after_the_settlement_is_found_out(world):
    terminal = world.terminal()
    terminal.sale(100)
    assert terminal.settle().approved
    terminal.tape.batch = 1
    assert terminal.sale(700).approved
    assert "after settlement" in world.acquirer.books()["findings"][0]


def test_the_host_tells_the_next_batch(world, tmp_path):
    terminal = world.terminal()
    terminal.sale(100)
    assert terminal.settle().approved
    fresh = world.terminal(signed_in=False, state=tmp_path / "fresh.json")
    assert fresh.tape.batch == 1
    assert fresh.sign_in().approved
    assert fresh.tape.batch == 2


@pytest.mark.parametrize("way", ["handed over", "a file"])
def test_the_books_survive_a_restart(world, tmp_path, way):
    first = world.open(books=tmp_path / "books.json" if way == "a file" else None)
    terminal = world.terminal()
    sold = terminal.sale(5000)
    terminal.offline_sale(70)
    terminal.upload_advices()
    before = first.books()
    port = first.port
    first.stop()
    books = tmp_path / "books.json" if way == "a file" else first.hand_over()
    second = world.open(port=port, books=books)
    assert second.books() == before
    assert terminal.void(sold.stan).approved  # the session's keys are known too
    assert world.agree(terminal)
    assert terminal.settle().reason == "balanced"


def test_garbage_is_counted_and_does_no_harm(world):
    acquirer = world.open()
    with socket.create_connection(("127.0.0.1", acquirer.port)) as link:
        link.sendall(b"\x00" * 50 + bytes(range(256)))
        link.sendall(b"\x00\x16" + b"\x60\x00\x00\x00\x00" + b"\x60" * 6 + b"\x99" * 11)
        assert acquirer.wait_for(lambda rows: any("unreadable" in e.note for e in rows))
    assert world.terminal().sale(100).approved


# Faults.


def _one(world, do, **settings):
    terminal = world.terminal(wait_s=1)
    rule = world.acquirer.fault(do, kind="sale", **settings)
    outcome = terminal.sale(5000)
    assert rule.fired == 1
    return terminal, outcome


def test_delay(world):
    _, outcome = _one(world, "delay", delay_ms=200)
    assert outcome.approved
    asked, told = world.acquirer.log.select(kind="sale")
    assert 200 <= told.ms - asked.ms < 1000


def test_late(world):
    terminal, outcome = _one(world, "late", after_s=1.2)
    assert outcome.state == "unknown"
    assert world.acquirer.log.wait_count(kind="sale", direction=OUT)
    assert world.acquirer.totals("TEST0001", 1).debit_sum == 5000
    assert terminal.reverse().approved


@pytest.mark.parametrize("do", ["drop", "half", "reset"])
@pytest.mark.parametrize("book", [True, False])
def test_no_usable_answer(world, do, book):
    terminal, outcome = _one(world, do, book=book)
    assert outcome.state == "unknown"
    assert world.acquirer.totals("TEST0001", 1).debit_count == (1 if book else 0)
    assert terminal.reverse().approved
    assert _codes(world.acquirer, "reversal") == ["00" if book else "25"]
    assert world.acquirer.totals("TEST0001", 1).debit_count == 0


def test_half_a_frame_really_comes(world):
    acquirer = world.open()
    link = tcp("127.0.0.1", acquirer.port)
    terminal = world.terminal(link=link, wait_s=WAIT_S)
    acquirer.fault("half", kind="sale")
    link.keep_open = True
    terminal.sale(100)
    assert link._framer.partial > 20


def test_duplicate(world):
    terminal = world.terminal()
    terminal.link.keep_open = True
    world.acquirer.fault("duplicate", kind="sale")
    assert terminal.sale(5000).approved
    assert world.acquirer.log.wait_count(2, kind="sale", direction=OUT)
    assert terminal.sale(100).approved
    assert world.agree(terminal)


def test_refuse(world):
    _, outcome = _one(world, "refuse", code="51")
    assert (outcome.state, outcome.code) == ("declined", "51")
    assert world.acquirer.totals("TEST0001", 1).debit_count == 0


def test_close_for_a_while(world):
    terminal, outcome = _one(world, "close", for_s=0.3)
    assert outcome.state == "unknown"
    assert terminal.sale(100).reason == "reversal"
    listening = f"listening on 127.0.0.1:{world.acquirer.port}"
    assert world.acquirer.log.wait_count(2, note=listening)
    assert terminal.sale(100).approved
    assert world.agree(terminal)


def test_close_until_told(world):
    terminal, _ = _one(world, "close")
    assert world.acquirer.log.wait_count(note="line down")
    assert terminal.reverse().reason == "line"
    world.acquirer.line(down=False)
    assert terminal.reverse().approved


def test_the_line_resets_who_is_connected(world):
    acquirer = world.open()
    with socket.create_connection(("127.0.0.1", acquirer.port)) as link:
        assert acquirer.log.wait_count(note="connected")
        acquirer.line(down=True)
        link.settimeout(5)
        with pytest.raises(ConnectionResetError):
            link.recv(1)
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", acquirer.port), 1).close()


def test_a_plan_from_a_file(world, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text(
        '[[rule]]\nname = "second sale"\nkind = ["sale"]\nnth = 2\ndo = "refuse"\ncode = "91"\n'
        '[[rule]]\nmti = "0820"\ndo = "drop"\n'
        '[[rule]]\nterminal = "TEST0002"\nstan = [2, 3]\ntimes = 0\ndo = "refuse"\ncode = "05"\n'
    )
    world.open(faults=plan)
    one, two = world.terminal(wait_s=WAIT_S), world.terminal("TEST0002")
    assert [one.sale(100).code for _ in range(3)] == ["00", "91", "00"]
    assert one.echo().state == "no-answer"
    assert one.echo().approved
    assert [two.sale(100).code for _ in range(3)] == ["05", "05", "00"]
    assert world.acquirer.log.select(note="second sale")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[rule]]\ndo = "explode"', "rule 1: do is one of delay"),
        ('[[rule]]\ndo = "drop"\n[[rule]]\ndo = "drop"\nkinds = "sale"', "rule 2: kinds is not"),
        ('[[rule]]\ndo = "drop"\nkind = "sail"', "rule 1: kind is one of sale"),
        ('[[rule]]\ndo = "late"', "rule 1: late needs after_s"),
        ("[rules]", "rules is not part"),
        ("[[rule", "cannot read fault plan"),
    ],
)
def test_a_wrong_plan_is_told(tmp_path, text, says):
    path = tmp_path / "plan.toml"
    path.write_text(text)
    with pytest.raises(faults.FaultPlanError, match=says):
        faults.load(path)


def test_the_same_seed_gives_the_same_run(world):
    def run():
        with Acquirer(seed=5, clock=Clock(now=lambda: datetime.fromisoformat(
            "2026-11-24T10:00:00+08:00"
        ))) as acquirer:  # fmt: skip
            world.acquirer = acquirer
            terminal = world.terminal(clock=acquirer.clock, seed=3)
            terminal.sale(100)
            terminal.sale(6_000_000)
            return json.dumps([acquirer.books(), terminal.tape.as_dict()])

    assert run() == run()


def test_waiting_for_something_that_does_not_happen_ends(world):
    acquirer = world.open()
    assert not acquirer.wait_for(lambda rows: any(e.direction == IN for e in rows), 0.05)
