"""`tidegate ledger` and the difference list, on journals that the real engine wrote."""

import json

from click.testing import CliRunner

from desk import CARD, Desk
from test_engine_barriers import settle, settled, upload
from test_engine_live import reversal, sale, through
from test_engine_stored import advice
from tidegate.core import persons
from tidegate.journal import records
from tidegate_host.cli.main import group


def run(desk, tmp_path, *words):
    path = tmp_path / "flash.bin"
    path.write_bytes(desk.flash.data)
    result = CliRunner().invoke(group, [*words, "--journal", str(path)])
    assert CARD not in result.output
    return result


def batches(desk, tmp_path, code):
    result = run(desk, tmp_path, "ledger", "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)["batches"]


def end_of_upload(stan=97):
    return dict(upload(stan), **{"48": "0002", "60": "00000001202"})


def out_of_balance():
    """Sales 1 and 2 and an advice of 500; the terminal's upload names 1, the advice, and a 7."""
    desk = Desk()
    through(desk, sale(1, 500))
    through(desk, sale(2, 1000))
    through(desk, advice(3))
    desk.ask(settle(95, 1, 2, 1200))
    desk.up()
    desk.host(settled(95, 1, "2"))
    for fields in (upload(96, 1, (1, 3, 7)), end_of_upload()):
        through(desk, fields)
    return desk


def test_it_counts_as_the_terminal_does_and_as_the_engine_did(tmp_path):
    desk = Desk()
    through(desk, sale(1, 500))
    through(desk, sale(2, 700), "51")
    through(desk, sale(3, 900))
    through(desk, reversal(3))
    through(desk, advice(4))
    (found,) = batches(desk, tmp_path, 0)
    books = desk.engine.ledger.lanes[0].books
    counted = (found["debits"], found["debit_sum"], found["credits"], found["credit_sum"])
    assert counted == (2, 1000, 0, 0)
    assert counted == (books.debit_count, books.debit_sum, books.credit_count, books.credit_sum)
    assert (found["state"], found["differences"]) == ("open", [])
    assert found["states"] == {"approved": 1, "declined": 1, "reversed": 1, "confirmed": 2}


def test_what_a_person_knows_to_be_booked_counts_and_a_copy_does_not(tmp_path):
    desk = Desk()
    through(desk, advice(1))
    through(desk, advice(1))  # the terminal's own copy, of what the host has
    for stan in (2, 3):
        through(desk, advice(stan, 700), "30")
        (item,) = [i.id for i in desk.journal.items(-1, 1 << records.STORE, True)]
        desk.perform(persons.settle(desk.engine, item, stan == 2, "Li", "on the statement"))
    (found,) = batches(desk, tmp_path, 0)
    books = desk.engine.ledger.lanes[0].books
    assert (found["debits"], found["debit_sum"]) == (2, 500 + 700)
    assert (found["debits"], found["debit_sum"]) == (books.debit_count, books.debit_sum)


def test_foreign_cards_are_told_apart_as_far_as_the_journal_has_cards(tmp_path):
    desk = Desk()
    through(desk, sale(1, 500))
    through(desk, dict(sale(2, 700), **{"2": "4222220000000006"}))
    through(desk, advice(3, 900))
    (found,) = batches(desk, tmp_path, 0)
    assert (found["debits"], found["debit_sum"], found["no_card"]) == (3, 2100, 1)
    assert (found["foreign"]["debits"], found["foreign"]["debit_sum"]) == (1, 700)
    shown = run(desk, tmp_path, "ledger").output
    assert "of these foreign 外卡 1 debits 借记 7.00" in shown and "1 without a card" in shown


def test_what_the_upload_brings_counts_in_its_batch(tmp_path):
    desk = Desk()
    through(desk, sale(1, 500))
    through(desk, advice(2, 700), "30")
    desk.ask(settle(95, 1, 2, 1200))
    desk.up()
    desk.host(settled(95, 1, "2"))
    for fields in (upload(96, 1, (1, 2)), end_of_upload()):
        through(desk, fields)
    (found,) = batches(desk, tmp_path, 1)
    assert (found["debits"], found["debit_sum"]) == (2, 1200)
    assert [one["what"] for one in found["differences"]] == ["another-amount"]  # 5.00 of 7.00


def test_each_difference_between_the_books_is_named(tmp_path):
    desk = out_of_balance()
    (found,) = batches(desk, tmp_path, 1)
    assert found["state"] == "uploaded"
    assert found["at_terminal"]["domestic"]["debit_sum"] == 1200
    named = [(one["what"], one["stan"]) for one in found["differences"]]
    assert named == [("not-in-the-upload", "000002"), ("only-in-the-upload", "000007")]
    text = run(desk, tmp_path, "ledger").output
    assert "not named by the terminal's upload" in text and "网关未记账" in text


def test_a_batch_that_balances_is_not_searched(tmp_path):
    # Its terminal uploads chip transactions and the end all the same.
    desk = Desk()
    through(desk, sale(1, 500))
    desk.ask(settle(95, 1, 1, 500))
    desk.up()
    desk.host(settled(95, 1, "1"))
    through(desk, end_of_upload(96))
    (found,) = batches(desk, tmp_path, 0)
    assert (found["state"], found["differences"]) == ("balanced", [])


def test_an_upload_that_was_broken_off_is_no_proof(tmp_path):
    desk = Desk()
    through(desk, sale(1, 500))
    desk.ask(settle(95, 1, 0, 0))
    desk.up()
    desk.host(settled(95, 1, "2"))
    through(desk, upload(96, 1, (7,)))
    desk.boot()
    (found,) = batches(desk, tmp_path, 1)
    assert found["state"] == "uploading"
    assert [one["what"] for one in found["differences"]] == ["only-in-the-upload"]
    through(desk, upload(98, 1, (1,)))
    through(desk, end_of_upload(99))
    (found,) = batches(desk, tmp_path, 1)
    assert found["state"] == "uploaded"
    assert [one["stan"] for one in found["differences"]] == ["000007"]


def test_the_acquirers_list_and_the_diagnosis_name_them_too(tmp_path):
    desk = out_of_balance()
    rows = json.loads(run(desk, tmp_path, "exceptions", "--day", "2026-05-03", "--json").stdout)
    what = [(row["what"], row["stan"]) for row in rows["exceptions"]]
    assert ("not-in-the-upload", "000002") in what and ("only-in-the-upload", "000007") in what
    told = run(desk, tmp_path, "why", "settlement").output
    assert "000007" in told and "批上送" in told
