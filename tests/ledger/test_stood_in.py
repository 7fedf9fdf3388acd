"""What the ledger makes of sales that the bridge approved, and of its own settlements."""

from test_ledger import batches

from desk import Desk
from test_engine_stand_in import ALLOWED, ISO, advice, answer, reversal, sale
from tidegate_host.ledger import story
from tidegate_host.ledger.story import CLOSED, CONFIRMED, REVERSED, WAITING


def stood_in(stan, amount=500):
    """A desk on which the sale was approved by the bridge."""
    desk = Desk(stand_in=ALLOWED, settle_by_bridge={"at_min": 750, "terminals": ["TEST0001"]})
    desk.ask(sale(stan, amount), 1, ISO)
    desk.down()
    assert desk.replies() == [(1, "0210", "00", f"{stan:06d}")]
    return desk


def booked(desk, stan):
    desk.wait(80)
    desk.up()
    desk.host(answer(advice(stan)), 0, ISO)


def told(desk):
    return story.read(bytes(desk.flash.data)).transactions


def agrees(desk, tmp_path):
    (found,) = batches(desk, tmp_path, 0)
    books = desk.engine.ledger.lanes[0].books
    counted = (found["debits"], found["debit_sum"])
    assert counted == (books.debit_count, books.debit_sum)
    return counted


def test_while_it_waits_its_amount_and_code_are_told_without_a_key():
    desk = stood_in(1)
    (t,) = told(desk)
    assert (t.stood_in, t.state, t.amount, t.auth[0]) == (True, WAITING, 500, "S")
    assert t.card.startswith("629999") and "*" in t.card
    assert [m.what for m in t.moments] == ["received", "decided", "delivered"]


def test_it_counts_once_the_host_has_it_and_no_more_when_it_is_reversed(tmp_path):
    desk = stood_in(1)
    booked(desk, 1)
    assert told(desk)[0].state == CONFIRMED
    assert agrees(desk, tmp_path) == (1, 500)
    desk.ask(reversal(1), 1, ISO)
    desk.up()
    desk.host(answer(reversal(1)), 0, ISO)
    assert [t.state for t in told(desk)] == [REVERSED, CONFIRMED]
    assert agrees(desk, tmp_path) == (0, 0)


def test_what_was_taken_back_at_once_is_closed_and_says_so(tmp_path):
    desk = stood_in(1)
    desk.ask(reversal(1), 1, ISO)
    (t,) = told(desk)
    assert (t.state, t.how, t.moments[-1].detail) == (CLOSED, "taken back", "taken back")


def test_a_settlement_by_the_bridge_closes_the_batch(tmp_path):
    desk = stood_in(1)
    booked(desk, 1)
    desk.wait(1800)
    desk.up()
    desk.host({"0": "0510", "41": "TEST0001", "42": "TESTMERCHANT001", "66": "1", "39": "00"},
              0, ISO)  # fmt: skip
    (found,) = batches(desk, tmp_path, 0)
    assert (found["state"], found["debit_sum"]) == ("balanced", 500)


def test_where_batches_have_no_number_each_settlement_begins_a_new_one(tmp_path):
    desk = stood_in(1)
    booked(desk, 1)
    desk.wait(1800)
    for _ in range(2):
        desk.up()
        desk.host({"0": "0510", "41": "TEST0001", "42": "TESTMERCHANT001", "66": "1"}, 0, ISO)
        desk.ask(sale(2, 900), 1, ISO)
        desk.up()
        desk.host(answer(sale(2, 900)), 0, ISO)
    first, second = batches(desk, tmp_path, 0)
    assert [(b["state"], b["debit_sum"]) for b in (first, second)] == [
        ("balanced", 500), ("open", 900),
    ]  # fmt: skip
