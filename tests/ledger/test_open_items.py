"""`tidegate queue list` and `holds list`, on journals that the real engine wrote."""

import json

import pytest
from click.testing import CliRunner

from desk import CARD, Desk
from test_engine_live import answer_to, sale
from test_engine_stored import advice, reversal
from tidegate.journal import records
from tidegate_host.cli.main import group
from tidegate_host.ledger import reading
from tidegate_host.report.attention import ADVICE


def tidegate(*words):
    return CliRunner().invoke(group, [str(w) for w in words])


@pytest.fixture
def evening(tmp_path):
    """An unknown sale, a refused advice, a sale held for lack of a line, and an advice waiting."""
    desk = Desk()
    desk.ask(advice(1, 500))
    desk.up()
    desk.host(answer_to(advice(1, 500), "05"))
    desk.ask(sale(2))
    desk.up()
    desk.wait(18)
    desk.wait(582)
    desk.ask(sale(3))
    desk.down()
    desk.ask(advice(4, 700))
    desk.down()
    path = tmp_path / "flash.bin"
    path.write_bytes(desk.flash.data)
    return desk, path


def test_the_queue_says_what_the_engine_has_open(evening):
    desk, path = evening
    result = tidegate("queue", "list", path, "--json")
    assert result.exit_code == 1, result.output
    found = json.loads(result.output)
    assert found["schema"] == 1
    assert [(i["why"], int(i["stan"])) for i in found["attention"]] == desk.attention()
    assert [(i["kind"], i["stan"]) for i in found["waiting"]] == [("offline-sale", "000004")]
    refused = next(i for i in found["attention"] if i["why"] == "refused")
    assert (refused["code"], refused["amount"], refused["terminal"]) == ("05", 500, "TEST0001")
    assert refused["to_do"]["zh"] and refused["code_text"]["zh"] == "持卡人认证失败"


def test_the_queue_reads_as_it_should(evening):
    _, path = evening
    text = tidegate("queue", "list", path).output
    assert "待上送: 1" in text and "待人工处理: 2" in text
    assert "trace 000002  10.00  629999******1239" in text
    assert "code  05 not authenticated" in text
    assert CARD not in text


def test_holds_are_the_engines(evening):
    desk, path = evening
    result = tidegate("holds", "list", path, "--json")
    assert result.exit_code == 0, result.output
    holds = json.loads(result.output)["holds"]
    assert [(h["kind"], h["amount"], h["code"]) for h in holds] == desk.holds() != []
    text = tidegate("holds", "list", path).output
    assert "told   91" in text and CARD not in text


def test_what_is_resolved_is_gone(tmp_path):
    desk = Desk()
    desk.ask(sale(1))
    desk.up()
    desk.wait(18)
    desk.wait(582)
    path = tmp_path / "flash.bin"
    path.write_bytes(desk.flash.data)
    assert tidegate("queue", "list", path).exit_code == 1
    desk.ask(reversal(1))
    desk.up()
    desk.host(answer_to(reversal(1)))
    path.write_bytes(desk.flash.data)
    assert desk.attention() == []
    assert tidegate("queue", "list", path).exit_code == 0


def test_what_is_not_answered_is_listed_before_a_person_has_it(tmp_path):
    desk = Desk()
    desk.ask(sale(1))
    desk.up()
    desk.wait(18)
    path = tmp_path / "flash.bin"
    path.write_bytes(desk.flash.data)
    result = tidegate("queue", "list", path, "--json")
    told = json.loads(result.output)
    assert [i["stan"] for i in told["unanswered"]] == ["000001"]
    assert (result.exit_code, told["attention"]) == (0, [])
    assert "尚未应答: 1" in tidegate("queue", "list", path).output
    desk.wait(582)
    path.write_bytes(desk.flash.data)
    told = json.loads(tidegate("queue", "list", path, "--json").output)
    assert (told["unanswered"], len(told["attention"])) == ([], 1)


def test_every_reason_is_explained_in_both_languages():
    assert set(ADVICE) == set(records.WHY_NAMES[1:])
    for said in ADVICE.values():
        assert all(text for pair in said for text in pair)


@pytest.mark.parametrize("words", [("queue", "list"), ("holds", "list")])
def test_bad_input_is_told_without_a_traceback(words, tmp_path):
    blank = tmp_path / "blank.bin"
    blank.write_bytes(b"\xff" * 65536)
    cases = [(), (blank,), (tmp_path / "missing.bin",), (blank, "--device", "virtual:x")]
    for more in cases:
        result = tidegate(*words, *more)
        assert result.exit_code == 2, result.output
        assert "Traceback" not in result.output
    assert tidegate(*words, "--device", "/dev/not-there").exit_code == 3


def test_an_item_whose_reason_cannot_be_read_is_listed_all_the_same(evening):
    desk, path = evening
    entry = next(e for e in reading.entries(desk.flash.data) if e.type == "ATTENTION")
    body = entry.sector * 4096 + entry.slot * 32 + 16
    broken = bytearray(desk.flash.data)
    broken[body + 20 : body + 28] = bytes(8)
    path.write_bytes(broken)
    result = tidegate("queue", "list", path, "--json")
    assert result.exit_code == 1, result.output
    listed = json.loads(result.output)["attention"]
    assert len(listed) == 2
    assert [i["item"] for i in listed if i["damaged"]] == [entry.item]
    assert "damaged" in tidegate("queue", "list", path).output
