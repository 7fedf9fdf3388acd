"""Limits that make no sense: the line, and what is said about it."""

import pytest
from broken_files import check, window


def limit(text, name="l"):
    return f'[[limit]]\nname = "{name}"\n{text}\n'


ROWS = [
    ("no such rule", {"rest": limit('rule = "amout"  # <-')}, 'did you mean "amount"'),
    ("no rule", {"rest": limit("").replace("]]", "]]  # <-")}, "rule is missing"),
    (
        "money with a point",
        {"rest": limit('rule = "amount"\nmax_amount = 50.00  # <-')},
        "minor units",
    ),
    (
        "nothing left",
        {"rest": limit('rule = "amount"\nmin_amount = 200\nmax_amount = 100  # <-')},
        "nothing would be allowed",
    ),
    (
        "an approval",
        {"rest": limit('rule = "luhn"\ncode = "00"  # <-')},
        "could take for an approval",
    ),
    (
        "a measure of another rule",
        {"rest": limit('rule = "count"\nmax_count = 5\nwithin_s = 60  # <-')},
        'it belongs to the rule "repeat"',
    ),
    ("no such window", {"rest": limit('rule = "luhn"\nwindow = "night"  # <-')}, "there is none"),
    (
        "a window by another name",
        {"rest": window('action = "allow"') + limit('rule = "luhn"\nwindow = "x"  # <-')},
        'window is "x"; allowed is w',
    ),
    (
        "a turn of no window",
        {"rest": limit('rule = "count"\nmax_count = 5\nper = "window"  # <-')},
        "no window is named",
    ),
    (
        "a code for a mark",
        {"rest": limit('rule = "luhn"\naction = "flag"\ncode = "14"  # <-')},
        "code has no meaning here",
    ),
    (
        "a terminal by its merchant",
        {"rest": limit('rule = "luhn"\nterminals = [\n"TESTMERCHANT001",  # <-\n]')},
        "list of terminal numbers",
    ),
    (
        "too many that count",
        {
            "rest": "".join(limit('rule = "count"\nmax_count = 1', f"l{i}") for i in range(4))
            + limit('rule = "sum"\nmax_amount = 1', "l4").replace("]]", "]]  # <-")
        },
        "there are 5 limits that count or add up; 4 fit",
    ),
]


@pytest.mark.parametrize(("parts", "message"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_it_is_told_once_with_its_line(tmp_path, parts, message):
    check(tmp_path, parts, message)
