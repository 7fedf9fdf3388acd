"""`tidegate voucher`, on a journal that the real engine wrote."""

import json
from unicodedata import east_asian_width

import pytest
from click.testing import CliRunner

from desk import CARD, Desk
from test_engine_barriers import settle, settled
from test_engine_live import answer_to, reversal, sale
from test_engine_stored import advice
from tidegate.journal import records
from tidegate_host.cli.main import group
from tidegate_host.ledger import story
from tidegate_host.voucher import paper
from tidegate_host.voucher.slip import STATES, STEPS, WHYS

ANSWERED = {"37": "123456789012", "38": "012345", "15": "0504"}


def tidegate(*words):
    return CliRunner().invoke(group, [str(w) for w in words])


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """Approved; no line; a stored advice; reversed; unknown; then settled, not balanced."""
    desk = Desk()

    def through(fields, **more):
        desk.ask(fields)
        desk.up()
        desk.host(answer_to(fields, **more))
        desk.wait(60)

    through(sale(1), **ANSWERED)
    desk.ask(sale(3, 45000))
    desk.down()
    desk.ask(advice(4, 700))
    desk.down()
    desk.wait(300)
    desk.up()
    desk.host(answer_to(advice(4, 700)))
    desk.ask(sale(5, 1234))
    desk.up()
    desk.wait(58)
    through(reversal(5, 1234))
    desk.ask(sale(6, 9900))
    desk.up()
    desk.wait(600)
    desk.ask(settle(95, 1, 2, 1700))
    desk.up()
    desk.host(settled(95, 1, "2"))
    path = tmp_path_factory.mktemp("day") / "flash.bin"
    path.write_bytes(desk.flash.data)
    return path


def shown(day, key, *more):
    result = tidegate("voucher", "show", key, "--journal", day, "--json", *more)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def steps(told):
    return [moment["what"] for moment in told["moments"]]


def test_each_transaction_tells_how_it_stands_and_what_happened(day):
    approved = shown(day, "1")
    assert (approved["state"], approved["rrn"]) == ("approved", "123456789012")
    assert steps(approved) == ["received", "decided", "sent", "answered", "delivered", "settled"]
    assert (shown(day, "3")["state"], shown(day, "3")["reason"]) == ("refused-here", "line")
    stored = shown(day, "4")
    assert (stored["state"], stored["amount"]) == ("confirmed", 700)
    assert steps(stored) == ["received", "sent", "done", "settled"]
    assert (shown(day, "5")["state"], steps(shown(day, "5"))[-1]) == ("reversed", "reversal")
    assert (shown(day, "6")["state"], shown(day, "6")["why"]) == ("unknown", "unknown")


def test_keys_name_one_transaction(day):
    item = shown(day, "000001")["item"]
    # The shop's noon; F15 says that it counts for the day after, a Monday: money on Tuesday.
    for key in ("1", "123456789012", f"#{item}", "10.00@12:00", "10.00@2026-05-03T12:04"):
        assert shown(day, key)["item"] == item
    for key in ("77", "10.00@13:00", "10.00@25:00", CARD, "x"):
        result = tidegate("voucher", "show", key, "--journal", day)
        assert result.exit_code == 2 and CARD not in result.output, result.output


@pytest.mark.parametrize("columns", paper.COLUMNS)
@pytest.mark.parametrize("language", paper.LANGUAGES)
def test_a_slip_fits_its_paper(day, columns, language):
    for stan in ("1", "3", "4", "5", "6"):
        text = tidegate("voucher", "show", stan, "--journal", day,
                        "--columns", columns, "--language", language).output  # fmt: skip
        for row in text.splitlines():
            assert sum(2 if east_asian_width(c) in "WF" else 1 for c in row) <= columns, row
        assert "629999******1239" in text or stan == "4"
        chinese = any(east_asian_width(c) == "W" for c in text)
        assert chinese == (language != "en")


def test_the_expected_arrival_follows_the_hosts_date(day):
    text = tidegate("voucher", "show", "1", "--journal", day, "--language", "en").output
    assert "2026-05-04 (F15)" in text and "2026-05-05" in text


def test_a_day_is_exported_masked(day, tmp_path):
    page, document, plain = (tmp_path / name for name in ("a.html", "a.pdf", "a.txt"))
    words = ("voucher", "export", "--day", "2026-05-03", "--journal", day)
    result = tidegate(*words, "--html", page, "--pdf", document, "--text", plain, "--json")
    assert json.loads(result.stdout)["slips"] == 6  # the reversal has one of its own
    html = page.read_text("utf-8")
    assert html.count("<article>") == 6 and "629999******1239" in html
    assert "http" not in html and "src=" not in html
    assert document.read_bytes().startswith(b"%PDF") and b"STSong-Light" in document.read_bytes()
    for file in (page, document, plain):
        assert CARD.encode() not in file.read_bytes()
    empty = tidegate("voucher", "export", "--day", "2026-05-09", "--journal", day, "--text", plain)
    assert empty.output.startswith("0 slips")


def test_every_state_and_reason_has_its_words():
    names = [value for name, value in vars(story).items()
             if name.isupper() and isinstance(value, str)]  # fmt: skip
    assert set(names) == set(STATES)
    assert set(WHYS) == set(records.WHY_NAMES[1:])
    assert all(pair[0] and pair[1] for pair in (*STATES.values(), *STEPS.values()))


def test_what_cannot_be_read_is_told(tmp_path):
    blank = tmp_path / "blank.bin"
    blank.write_bytes(b"\xff" * 65536)
    result = tidegate("voucher", "show", "1", "--journal", blank)
    assert result.exit_code == 2 and "Traceback" not in result.output
    assert tidegate("voucher", "show", "1").exit_code == 2
