"""The page is read as a reader would find it: every message, every number, and no card."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
import sample

from tidegate_host.report import data, wording
from tidegate_host.report.geometry import arrange
from tidegate_host.report.markup import el
from tidegate_host.report.page import render

SVG = "{http://www.w3.org/2000/svg}"
HTML = "{http://www.w3.org/1999/xhtml}"


def texts(element):
    return " ".join("".join(element.itertext()).split())


def messages_of(page):
    return [
        group
        for group in ET.fromstring(page).iter(f"{SVG}g")
        if (group.get("class") or "").startswith("message ")
    ]


def test_every_message_is_drawn_with_its_outcome_label_and_hover_text():
    report = sample.report()
    drawn = messages_of(render(report))
    assert len(drawn) == len(report.messages)
    for message, group in zip(report.messages, drawn, strict=True):
        assert group.get("class") == f"message {message.outcome}"
        assert group.get("data-stan") == wording.trace(message.stan)
        hover = group.find(f"{SVG}title").text
        assert message.terminal in hover and wording.trace(message.stan) in hover
        label = [t.text for t in group.iter(f"{SVG}text") if t.get("class") == "label"]
        assert len(label) == 1 and label[0].endswith(wording.label(message))
        if message.amount >= 0:
            assert wording.amount(message.amount) in label[0]


def test_nothing_on_the_page_looks_like_a_card_number():
    page = re.sub(r"<style>.*?</style>", "", render(sample.report()), flags=re.S)
    assert not re.search(r"\d{12,}", page)


def test_the_page_needs_nothing_from_elsewhere():
    page = render(sample.report())
    addresses = set(re.findall(r"https?://[^\"' )]+", page))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"}
    assert not re.search(r"<(script|link|img|iframe)|@import|src=", page)


def test_the_columns_of_the_picture_never_overlap():
    layout = arrange(sample.report())
    xs = [x for _, x in layout.places]
    assert all(b - a >= 11 for a, b in zip(xs, xs[1:], strict=False))
    for before, after in zip(layout.columns, layout.columns[1:], strict=False):
        assert before.right == after.left
    assert all(0 < x < layout.width for x in xs)


def test_the_axis_only_goes_forward():
    report = sample.report()
    layout = arrange(report)
    moments = range(0, report.duration_ms + 500, 37)
    for place in (layout.x, layout.between):
        xs = [place(at_ms) for at_ms in moments]
        assert xs == sorted(xs)


def test_messages_in_the_same_millisecond_still_stand_apart():
    report = sample.report()
    report.messages = [replace(message, at_ms=5000) for message in report.messages]
    xs = [x for _, x in arrange(report).places]
    assert len(set(xs)) == len(xs)
    assert len(messages_of(render(report))) == len(xs)


def test_a_day_that_agrees_says_so():
    report = sample.report()
    page = ET.fromstring(render(report))
    assert report.good
    assert "All three books agree" in texts(page)
    assert not [td for td in page.iter(f"{HTML}td") if td.get("class") == "differs"]


def test_a_difference_is_marked_where_it_is():
    report = sample.report(good=False)
    page = ET.fromstring(render(report))
    assert not report.good
    assert "Not everything agrees" in texts(page)
    differs = [td.text for td in page.iter(f"{HTML}td") if td.get("class") == "differs"]
    assert differs == ["22", "3,127.10"]
    assert "t2 differs" in texts(page)


def test_a_book_that_one_party_does_not_have_is_shown_and_does_not_agree():
    report = sample.report()
    report.books[0] = replace(report.books[0], at_acquirer=None)
    assert not report.good
    cells = [td.text for td in ET.fromstring(render(report)).iter(f"{HTML}td")]
    assert cells.count("none") == 4


def test_a_report_without_messages_or_outage_can_still_be_drawn():
    report = data.Report("Empty", "空", ["t1"], [data.Step(1, 0, "Begin", "开始", "09:00")])
    assert ET.fromstring(render(report)) is not None


def test_a_report_without_a_step_is_refused():
    with pytest.raises(ValueError, match="at least one step"):
        arrange(data.Report("Empty", "空", ["t1"]))


def test_markup_escapes_text_and_attributes():
    assert el("b", "<&>", title='"a" < b') == "<b title='\"a\" &lt; b'>&lt;&amp;&gt;</b>"


@pytest.mark.parametrize(
    ("minor", "shown"), [(0, "0.00"), (5, "0.05"), (123456789, "1,234,567.89"), (-1, "")]
)
def test_amounts_have_two_decimals(minor, shown):
    assert wording.amount(minor) == shown


def test_the_report_as_data_tells_whether_it_is_good():
    shown = sample.report(good=False).as_dict()
    assert shown["schema"] == 1 and shown["good"] is False
    assert [book["agrees"] for book in shown["books"]] == [True, False]
    assert shown["messages"][0]["kind"] == "sign-in"
