"""The whole evening, played once on the real parts; then it is shown that each check can fail."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from tidegate_host.demo import books, checks, evidence, leaks, run, scenario
from tidegate_host.demo.stage import Stage
from tidegate_host.demo.tell import Teller
from tidegate_host.report import data
from tidegate_host.report.page import render


class Evening:
    """What is left when the curtain has fallen."""

    def __init__(self, folder):
        self.stage = Stage(folder)
        self.tell = Teller(self.stage.clock, quiet=True)
        self.problem = run.perform(self.stage, self.tell)
        self.report = run.judge(self.stage, self.tell, self.problem)
        self.bridge = evidence.read(self.stage.bridge.flash_path)

    def checks(self, bridge=None, shown=None):
        made = checks.all_of(
            self.stage, bridge or self.bridge, shown or self.report.books, scenario.ADVICES
        )
        return {check.name: check for check in made}


@pytest.fixture(scope="module")
def evening(tmp_path_factory):
    return Evening(tmp_path_factory.mktemp("demo"))


def failed(found):
    return [name for name, check in found.items() if not check.passed]


def test_the_story_goes_as_planned_and_the_three_books_agree(evening):
    assert evening.problem == ""
    assert [check.found for check in evening.report.checks if not check.passed] == []
    assert evening.report.good
    assert [(b.terminal, b.batch) for b in evening.report.books] == [("t1", 1), ("t2", 1)]
    t1, t2 = evening.report.books
    assert t1.at_bridge == data.Totals(3, 12800 + 990 + 6600)
    advices = sum(1000 + 137 * number for number in range(1, scenario.ADVICES + 1))
    sales = 4550 + 260000 + 3000 + 31900 + 3500
    assert t2.at_bridge == data.Totals(5 + scenario.ADVICES, sales + advices, 1, 3000)


def test_every_message_that_the_acquirer_heard_is_in_the_picture(evening):
    heard = [e for e in evening.stage.acquirer.log.entries() if e.direction == "in"]
    shown = [m for m in evening.report.messages if m.end == data.ACQUIRER]
    names = {"TEST0001": "t1", "TEST0002": "t2"}
    assert sorted((names[e.terminal], e.kind, e.stan) for e in heard) == sorted(
        (m.terminal, m.kind, m.stan) for m in shown
    )
    for message in evening.report.messages:
        assert message.amount >= 0 or message.kind in (
            "sign-in", "settlement", "batch-upload", "batch-end",
        )  # fmt: skip


def test_the_picture_tells_of_outage_power_cut_and_night(evening):
    report = evening.report
    assert [span.state for span in report.line] == ["up", "down", "up"]
    assert [span.state for span in report.power] == ["on", "off", "on"]
    assert [span.state for span in report.windows] == ["open", "closed", "night"]
    assert max(point.count for point in report.depth) == scenario.ADVICES + 2
    assert report.depth[-1].count == 0
    outcomes = [message.outcome for message in report.messages]
    assert outcomes.count(data.UNKNOWN) == 2
    assert outcomes.count(data.REPLAYED) == scenario.ADVICES
    assert outcomes.count(data.REVERSED) == 2


def test_the_holds_are_told_with_masked_cards(evening):
    holds = [(h.terminal, h.amount, h.code[:2], h.state.split()[0]) for h in evening.report.holds]
    assert holds == [
        ("t2", 31900, "91", "paid"),
        ("t1", 6600, "91", "paid"),
        ("t2", 45000, "58", "may"),
    ]
    assert all(re.fullmatch(r"629999\*{6}\d{4}", h.card) for h in evening.report.holds)


def test_page_transcript_and_data_are_whole_and_carry_no_card(evening):
    run.write(evening.stage.folder, evening.report)
    page = (evening.stage.folder / run.PAGE).read_text("utf-8")
    assert ET.fromstring(page) is not None
    words = (evening.stage.folder / run.TRANSCRIPT).read_text("utf-8")
    for step in evening.report.steps:
        assert step.title in words and step.title_zh in words
    told = json.dumps(evening.report.as_dict())
    for text in (page, words, told):
        assert not [card for card in scenario.CARDS if card.pan in text]


def test_a_missing_booking_at_the_acquirer_is_found(evening):
    entry = evening.stage.acquirer.entries("TEST0002")[0]
    entry.state = "declined"
    try:
        shown = books.compare(
            {"t1": evening.stage.t1, "t2": evening.stage.t2},
            evening.stage.acquirer,
            evening.bridge,
        )
        assert "The three books agree" in failed(evening.checks(shown=shown))
        report = replace(evening.report, books=shown)
        assert not report.good
        assert "differ 不一致" in render(report)
    finally:
        entry.state = "approved"


def test_a_lost_advice_and_a_double_booking_are_found(evening):
    advices = [e for e in evening.stage.acquirer.entries("TEST0002") if e.kind == 13]
    stan, advices[3].stan = advices[3].stan, advices[4].stan
    try:
        found = failed(evening.checks())
        assert "Every advice arrived, in order" in found
        assert "Nothing was booked twice" in found
    finally:
        advices[3].stan = stan


def test_what_is_left_on_the_bridge_is_found(evening):
    name = "Nothing is left in the queue or for a person"
    assert name in failed(evening.checks(replace(evening.bridge, waiting=1)))
    item = data.Attention("TEST0001", "sale", 4, 6600, "unknown")
    assert name in failed(evening.checks(replace(evening.bridge, attention=[item])))
    assert name not in failed(evening.checks())


def test_something_before_a_reversal_and_a_slow_refusal_are_found(evening):
    stage = evening.stage
    before, stage.heard_when_back = stage.heard_when_back, 0
    try:
        assert "Reversals arrived before anything else" in failed(evening.checks())
    finally:
        stage.heard_when_back = before
    at = next(i for i, s in enumerate(stage.watch.seen) if s.event.name == "live-declined")
    seen = stage.watch.seen[at]
    stage.watch.seen[at] = replace(seen, at_ms=seen.at_ms + 5000)
    try:
        assert "Without a line a sale was declined at once" in failed(evening.checks())
    finally:
        stage.watch.seen[at] = seen


def test_card_numbers_are_found_however_they_are_written(tmp_path):
    pan = scenario.CARDS[0].pan
    forms = (pan.encode(), bytes.fromhex(pan), bytes.fromhex(f"0{pan}d"), f"x{pan}x".encode())
    for form in forms:
        place = tmp_path / "image"
        place.write_bytes(b"\xff" * 100 + form + b"\x00" * 100)
        assert leaks.find([place], [pan]) == ["image contains 1 of 1 secrets"]
        assert leaks.find([place], [scenario.CARDS[1].pan]) == []


def test_no_process_is_left_behind(evening):
    assert not evening.stage.bridge.running
