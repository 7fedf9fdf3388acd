"""The table of complaints in the README of the tests names tests that are there."""

import re

from sources import ROOT

_NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


def test_each_complaint_has_its_test():
    text = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
    named = _NAMED.findall(text)
    assert len(named) >= 10
    for path, name in named:
        source = (ROOT / "tests" / path).read_text(encoding="utf-8")
        assert f"def {name}(" in source, f"{path} has no {name}"
