"""`tidegate why`, on journals that the real engine wrote: cause, evidence, next step."""

import json

import pytest
from click.testing import CliRunner

from desk import CARD, Desk
from test_engine_barriers import night, settle, settled
from test_engine_live import answer_to, reversal, sale, through
from test_engine_stored import advice
from tidegate.core import persons
from tidegate.core.schedule import REASON_NAMES
from tidegate_host.cli.main import group
from tidegate_host.ledger import story
from tidegate_host.report.codes import RESPONSES
from tidegate_host.why import arrival, settlement, transaction
from tidegate_host.why.causes import CAUSES

HOUR_S = 3600


def ask(desk, tmp_path, what, *more):
    path = tmp_path / "flash.bin"
    path.write_bytes(desk.flash.data)
    words = ["why", what, "--journal", str(path), "--json", *more]
    result = CliRunner().invoke(group, words)
    assert result.exit_code in (0, 1), result.output
    text = CliRunner().invoke(group, [word for word in words if word != "--json"]).output
    assert CARD not in result.output + text and "→" in text or not result.exit_code
    return json.loads(result.stdout), result.exit_code


def causes(told):
    return [cause["cause"] for cause in told["causes"]]


@pytest.mark.parametrize(
    ("code", "cause"),
    [("51", "account"), ("91", "host-line"), ("90", "maintenance"), ("A0", "keys"),
     ("12", "operator"), ("03", "merchant"), ("Z9", "host-code")],
)  # fmt: skip
def test_the_hosts_code_says_whose_matter_it_is(tmp_path, code, cause):
    desk = Desk()
    through(desk, sale(1), code)
    told, exit_code = ask(desk, tmp_path, "1")
    assert (causes(told), exit_code) == ([cause], 1)
    assert code in told["causes"][0]["evidence"][0]["zh"]


def test_a_refusal_of_the_bridge_is_told_as_its_own(tmp_path):
    desk = Desk()
    desk.ask(sale(1))
    desk.down()
    assert causes(ask(desk, tmp_path, "1")[0]) == ["line"]
    for action, code, cause in ((2, "58", "window"), (3, "90", "maintenance")):
        desk = Desk(windows=night(action, code=code))
        desk.wait(11.5 * HOUR_S)
        desk.ask(sale(2))
        told, _ = ask(desk, tmp_path, "2")
        assert causes(told) == [cause]
        assert told["causes"][0]["evidence"]


def test_silence_reversal_and_store(tmp_path):
    desk = Desk()
    desk.ask(sale(1))
    desk.up()
    desk.wait(18)
    # Named at once, long before it is in attention.
    assert causes(ask(desk, tmp_path, "1")[0]) == ["no-answer"]
    through(desk, reversal(1))
    assert causes(ask(desk, tmp_path, "1")[0]) == ["reversed"]
    desk.ask(advice(4, 700))
    desk.down()
    assert causes(ask(desk, tmp_path, "4")[0]) == ["waiting"]


def test_a_reversal_that_was_built_anew_is_one_reversal(tmp_path):
    desk = Desk()
    desk.ask(sale(1))
    desk.up()
    desk.wait(18)
    for mac in ("3837363534333231", "3837363534333232"):
        desk.ask(reversal(1, mac=mac))
        desk.down()
        desk.wait(5)
    desk.up()
    desk.host(answer_to(reversal(1)))
    path = tmp_path / "flash.bin"
    path.write_bytes(desk.flash.data)
    assert [t.state for t in story.read(desk.flash.data).transactions] == [
        "reversed", "closed", "confirmed",
    ]  # fmt: skip
    told, _ = ask(desk, tmp_path, "settlement")
    assert "waiting" not in [cause for batch in told["batches"] for cause in causes(batch)]


def test_what_a_person_settled_is_no_longer_open(tmp_path):
    desk = Desk()
    desk.ask(sale(1))
    desk.up()
    desk.wait(18)
    desk.wait(582)
    item = ask(desk, tmp_path, "1")[0]["item"]
    desk.perform(persons.settle(desk.engine, item, False, "li", "cash"))
    assert ask(desk, tmp_path, "1")[1] == 0


def test_a_refusal_that_was_made_good_needs_nobody(tmp_path):
    desk = Desk()
    desk.ask(sale(1))
    desk.down()
    assert ask(desk, tmp_path, "1")[1] == 1
    through(desk, sale(2))
    told, exit_code = ask(desk, tmp_path, "1")
    assert (told["state"], causes(told), exit_code) == ("served-later", ["line"], 0)


def test_settlement_out_of_balance_and_not_settled(tmp_path):
    desk = Desk()
    through(desk, sale(1))
    must, _ = ask(desk, tmp_path, "settlement", "--at", "2026-05-03T13:00")
    assert [causes(batch) for batch in must["batches"]] == [["not-settled"]]
    late, _ = ask(desk, tmp_path, "settlement", "--at", "2026-05-05T13:00")
    assert causes(late["batches"][0]) == ["overdue", "not-settled"]
    desk.ask(settle(95, 1, 1, 1000))
    desk.up()
    asked, _ = ask(desk, tmp_path, "settlement", "--at", "2026-05-03T13:00")
    assert causes(asked["batches"][0]) == ["no-settlement-answer"]
    desk.host(settled(95, 1, "2"))
    told, _ = ask(desk, tmp_path, "settlement", "--at", "2026-05-03T13:00")
    assert causes(told["batches"][0]) == ["unbalanced"]
    assert causes(ask(desk, tmp_path, "1")[0]) == ["unbalanced"]


def test_arrival_knows_the_cut_over_the_weekend_and_the_date(tmp_path):
    desk = Desk()  # a Sunday
    desk.wait(11.5 * HOUR_S)
    through(desk, sale(1))
    desk.ask(settle(95, 1, 1, 1000))
    desk.up()
    desk.host(settled(95, 1, "1"))
    told, exit_code = ask(desk, tmp_path, "arrival", "--at", "2026-05-04T09:00")
    day = told["days"][0]
    assert (day["business_day"], day["expected"], day["total"]) == (
        "2026-05-04",
        "2026-05-05",
        1000,
    )
    assert (causes(day), exit_code) == (["cut-over", "not-due"], 0)
    told, exit_code = ask(desk, tmp_path, "arrival", "--at", "2026-05-06T09:00")
    assert (causes(told["days"][0]), exit_code) == (["cut-over", "past-due"], 1)


def test_a_weekend_does_not_count(tmp_path):
    desk = Desk()
    desk.wait(5 * 86400)  # a Friday
    through(desk, sale(1))
    told, _ = ask(desk, tmp_path, "arrival", "--at", "2026-05-09T09:00")
    day = told["days"][0]
    assert day["expected"] == "2026-05-11" and causes(day)[0] == "holiday"


def test_every_reason_and_code_leads_to_a_cause_with_words():
    named = [reason for _, reasons in transaction.REASON_CAUSES for reason in reasons]
    assert sorted(named) == sorted(set(REASON_NAMES) - {"free"})
    grouped = [code for _, of_it in transaction.CODE_CAUSES for code in of_it]
    assert len(grouped) == len(set(grouped)) and set(grouped) <= set(RESPONSES)
    used = {name for part in (transaction, settlement, arrival) for name, _ in part.TABLE}
    assert used == set(CAUSES)
