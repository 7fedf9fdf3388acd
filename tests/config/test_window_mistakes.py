"""Windows that make no sense, by themselves or together: the line, and what is said about it."""

import pytest
from broken_files import NIGHT_ROUTE, check, window

ROWS = [
    # Windows, each by itself.
    ("action", {"rest": window('action = "declin"  # <-')}, 'did you mean "decline"'),
    (
        "no action",
        {"rest": window("").replace("[[window]]", "[[window]]  # <-")},
        "action is missing",
    ),
    (
        "time",
        {"rest": window('action = "decline"').replace('"23:00"', '"11pm"  # <-')},
        r'\[\[window\]\] "w": from is "11pm"; allowed is "HH:MM"',
    ),
    (
        "no time at all",
        {
            "rest": window('action = "decline"', end="23:00").replace(
                'to = "23:00"', 'to = "23:00"  # <-'
            )
        },
        'from and to are the same; a whole day is from "00:00" to "24:00"',
    ),
    ("days", {"rest": window('action = "decline"\ndays = "mon-fry"  # <-')}, 'days is "mon-fry"'),
    (
        "days and dates",
        {"rest": window('action = "decline"\ndays = "mon"\ndates = ["2027-02-16"]  # <-')},
        "days and dates are both given",
    ),
    (
        "no such date",
        {"rest": window('action = "decline"\ndates = [\n"2027-02-28",\n"2027-02-29",  # <-\n]')},
        '"2027-02-29" is no date',
    ),
    (
        "date twice",
        {"rest": window('action = "decline"\ndates = [2027-02-16, "2027-02-16"]  # <-')},
        "2027-02-16 is there twice",
    ),
    ("no dates", {"rest": window('action = "decline"\ndates = []  # <-')}, "dates is a list such"),
    (
        "holidays without any",
        {"rest": window('action = "decline"\ndays = "holidays"  # <-')},
        "has no holidays with dates",
    ),
    (
        "kind",
        {"rest": window('action = "decline"\nkinds = ["sales"]  # <-')},
        '"sales" is no kind',
    ),
    (
        "kind that is never stopped",
        {"rest": window('action = "decline"\nkinds = ["reversal"]  # <-')},
        '"reversal" passes in every window',
    ),
    (
        "cap where all is refused",
        {"rest": window('action = "decline"\nmax_amount = 1  # <-')},
        "max_amount has no meaning here",
    ),
    (
        "cap as a fraction",
        {"rest": window('action = "allow"\nmax_amount = 50.0  # <-')},
        "max_amount is 50.0; .*money is in minor units: 50.00 is 5000",
    ),
    (
        "code where all is allowed",
        {"rest": window('action = "allow"\ncode = "58"  # <-')},
        "code has no",
    ),
    (
        "night channel without a word of the merchant",
        {"rest": NIGHT_ROUTE + window('action = "night-channel"  # <-')},
        "the merchant decides on the night channel",
    ),
    (
        "night channel without a route",
        {
            "rest": "[night_channel]\nenabled = true\n"
            + window('action = "night-channel"').replace("[[window]]", "[[window]]  # <-")
        },
        r'needs a \[\[route\]\] "night"',
    ),
    (
        "night channel on the ordinary route",
        {
            "rest": "[night_channel]\nenabled = true\n"
            + window('action = "night-channel"\nroute = "primary"  # <-')
        },
        'route "primary" is the ordinary one',
    ),
    # Windows together.
    (
        "window twice",
        {
            "rest": window('action = "allow"', start="08:00", end="09:00")
            + window('action = "decline"').replace('"w"', '"w"  # <-')
        },
        'name "w" is taken by the window of line 17',
    ),
    (
        "hidden by the one before",
        {
            "rest": window('action = "decline"', "night")
            + window('action = "allow"', "small", "23:30", "05:00").replace("]]", "]]  # <-")
        },
        r'"small": it can never apply: "night" \(line 16\) stands before it.*contradict',
    ),
    (
        "hidden by two together",
        {
            "rest": window('action = "decline"', "a", "22:00", "00:00")
            + window('action = "maintenance"\nkinds = "all"', "b", "00:00", "02:00")
            + window('action = "allow"', "c", "23:00", "01:00").replace("]]", "]]  # <-")
        },
        '"c": it can never apply: "a" and "b"',
    ),
    (
        "the same again",
        {
            "rest": window('action = "decline"', "a", "22:00", "06:00")
            + window('action = "decline"\ndays = "sun"', "b").replace("]]", "]]  # <-")
        },
        '"b": it can never apply: .*repeats',
    ),
    (
        "a date that is hidden",
        {
            "rest": window('action = "allow"\ndays = "mon-sun"', "a", "00:00", "24:00")
            + window('action = "decline"\ndates = ["2027-02-16"]', "b").replace("]]", "]]  # <-")
        },
        '"b": it can never apply',
    ),
    (
        "never open",
        {
            "rest": window('action = "decline"', "a", "06:00", "20:00").replace("]]", "]]  # <-")
            + window('action = "decline"', "b", "20:00", "06:00")
        },
        "the shop is never open: a sale is declined at every hour",
    ),
    (
        "away for ever",
        {
            "rest": window('action = "maintenance"', "a", "00:00", "24:00").replace(
                "]]", "]]  # <-"
            )
        },
        "maintenance never ends",
    ),
]


@pytest.mark.parametrize(("parts", "message"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_it_is_told_once_with_its_line(tmp_path, parts, message):
    check(tmp_path, parts, message)
