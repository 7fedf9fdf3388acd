"""The table of complaints in the README of the tests names tests and hours that are there."""

import re

from sources import ROOT

_ROW = re.compile(r"\| ([a-zI0-9: ]+) \| .* \| `([\w/]+\.py)::(test_\w+)` \| ([\d:]*) ?\|")
_COMPLAINTS = {"past 23:00", "not arrived", "arrival delayed", "cannot settle", "must I settle"}


def _rows():
    text = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
    return [match.groups() for match in map(_ROW.fullmatch, text.splitlines()) if match]


def test_each_complaint_has_its_test():
    rows = _rows()
    assert {row[0] for row in rows} == _COMPLAINTS and len(rows) > 25
    for _, path, name, _ in rows:
        source = (ROOT / "tests" / path).read_text(encoding="utf-8")
        assert f"def {name}(" in source, f"{path} has no {name}"


def test_each_complaint_comes_up_in_the_day():
    told = (ROOT / "tests/virtual/day/transcript.txt").read_text(encoding="utf-8")
    hours = {line[7:12] for line in told.splitlines() if line.startswith("== ")}
    assert {row[0] for row in _rows() if row[3]} == _COMPLAINTS
    assert {row[3] for row in _rows()} - {""} <= hours
