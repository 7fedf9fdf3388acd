"""A right bridge.toml: what the board gets, and where the scanner of the source finds things."""

import datetime
import json
import random
import tomllib
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.core.limits import RULES
from tidegate.core.schedule import ACTIONS, Schedule
from tidegate.proto.dialect import Dialect
from tidegate.proto.kinds import KIND_PREAUTH, KIND_PREAUTH_ADD, KIND_SALE
from tidegate_host import config, dialects, paths
from tidegate_host.config import clock
from tidegate_host.config.places import Places

EXAMPLE = paths.boards_root() / "virtual" / "bridge.toml"
TODAY = datetime.date(2027, 1, 1)
SEED = 20270101

SMALL = """
name = "s"
{top}
[[terminal]]
name = "t1"
type = "tcp"
port = 9001
dialect = "{dialect}"
[[route]]
name = "primary"
[[route.host]]
host = "h"
port = 1
tls = false
[clock]
timezone = "{zone}"
cutover = "23:00"
{rest}
"""


def compile_small(folder, top="", rest="", dialect="cup", zone="Asia/Shanghai"):
    path = folder / "bridge.toml"
    path.write_text(SMALL.format(top=top, rest=rest, dialect=dialect, zone=zone), "utf-8")
    return config.load(path, TODAY)


def test_the_example_is_right_and_complete():
    compiled, notes = config.load_with_notes(EXAMPLE, TODAY)
    assert [message for _, message in notes if "not there yet" not in message] == []
    assert sorted(compiled) == [
        "announce_before_min", "arrival", "clock", "console", "decline", "dialects",
        "drain_before_cutover_min", "lanes", "lanes_max", "limits", "live_limits", "name",
        "routes", "schema", "settle_by_bridge", "settlement", "stand_in", "terminals", "windows",
    ]  # fmt: skip
    assert sorted(compiled["dialects"]) == ["cup", "cup-accept"]
    assert [link["framing"] for link in compiled["terminals"]] == ["len2", "stx"]
    assert [len(route["hosts"]) for route in compiled["routes"]] == [2, 1]
    assert compiled["lanes"] == [
        [["TEST0001", "TESTMERCHANT001"]],
        [["TEST0002", "TESTMERCHANT001"]],
    ]
    assert [ACTIONS[one["action"]] for one in compiled["windows"]] == [
        "maintenance", "next-day", "night-channel", "decline",
    ]  # fmt: skip
    assert [RULES[one["rule"]] for one in compiled["live_limits"]] == [
        "amount", "sum", "card", "luhn", "repeat",
    ]  # fmt: skip


def test_the_example_shows_the_defaults(tmp_path):
    compiled = config.load(EXAMPLE, TODAY)
    small = compile_small(tmp_path)
    for part in ("limits", "decline", "lanes_max", "drain_before_cutover_min", "console"):
        assert compiled[part] == small[part]


def test_the_board_file_is_compact_stable_and_the_same_object():
    compiled = config.load(EXAMPLE, TODAY)
    board_file = config.compile_bytes(compiled)
    assert json.loads(board_file) == compiled
    assert board_file.isascii()
    assert b" " not in board_file
    shuffled = dict(reversed(compiled.items()))
    assert config.compile_bytes(shuffled) == board_file
    assert config.digest(board_file) == config.digest(bytes(board_file))
    assert len(config.digest(board_file)) == 64


def test_line_ends_of_windows_change_nothing(tmp_path):
    path = tmp_path / "bridge.toml"
    path.write_bytes(EXAMPLE.read_bytes().replace(b"\n", b"\r\n"))
    assert config.load(path, TODAY) == config.load(EXAMPLE, TODAY)


def test_a_dialect_of_ones_own(tmp_path):
    rest = '[dialect.mine]\nextends = "cup"\nheader_bytes = 0\nfields = { 40 = "LLLVAR ans 999" }'
    compiled = compile_small(tmp_path, rest=rest, dialect="mine")
    expected = dialects.load("cup", {"header_bytes": 0, "fields": {"40": "LLLVAR ans 999"}})
    assert compiled["dialects"] == {"mine": {**expected, "name": "mine"}}
    assert Dialect(compiled["dialects"]["mine"]).header_bytes == 0


def test_windows_defaults_and_days(tmp_path):
    rest = """
[[window]]
name = "a"
days = "fri-mon,wed"
from = "08:00"
to = "09:00"
action = "decline"
[[window]]
name = "b"
days = "sun"
from = "10:00"
to = "11:00"
action = "maintenance"
"""
    first, second = compile_small(tmp_path, rest=rest)["windows"]
    assert first["days"] == 0b1110101
    assert first["kinds"] == [KIND_SALE, KIND_PREAUTH, KIND_PREAUTH_ADD]
    assert (first["code"], second["code"]) == ("58", "90")
    assert second["kinds"] == list(range(1, 12))


def test_codes_of_windows_follow_decline(tmp_path):
    rest = """
[decline]
window = "57"
[[window]]
name = "a"
from = "23:00"
to = "06:00"
action = "decline"
"""
    assert compile_small(tmp_path, rest=rest)["windows"][0]["code"] == "57"


NIGHT = """
[night_channel]
enabled = {enabled}
[[window]]
name = "night"
from = "23:00"
to = "06:00"
action = "night-channel"
max_amount = 50000
code = "57"
[[route]]
name = "night"
[[route.host]]
host = "n"
port = 2
tls = false
"""


@pytest.mark.parametrize(
    ("enabled", "small", "large"), [("true", ("", 1), ("61", 0)), ("false", ("57", 0), ("57", 0))]
)
def test_the_night_channel_is_the_merchants_choice(tmp_path, enabled, small, large):
    held = Schedule(compile_small(tmp_path, rest=NIGHT.format(enabled=enabled)))
    midnight = 16 * 3600  # in Shanghai
    for amount, expected in ((50000, small), (50001, large)):
        got = held.decide(KIND_SALE, amount, midnight, 3)
        assert (got.code.decode(), got.route) == expected


def test_holidays_from_their_file(tmp_path):
    (tmp_path / "h.txt").write_text("2027-02-17 second day\n2027-02-16  # first\n", "utf-8")
    rest = """holidays = "h.txt"
[[window]]
name = "closed"
days = "holidays"
from = "00:00"
to = "24:00"
action = "decline"
"""
    compiled = compile_small(tmp_path, rest=rest)
    assert compiled["clock"]["holidays"] == [20270216, 20270217]
    assert compiled["windows"][0]["dates"] == [20270216, 20270217]
    assert "days" not in compiled["windows"][0]


@pytest.mark.parametrize(("text", "offset"), [("+08:00", 28800), ("-03:30", -12600)])
def test_a_fixed_offset(tmp_path, text, offset):
    assert compile_small(tmp_path, zone=text)["clock"]["offsets"] == [[0, offset]]


ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "UTC")


@pytest.mark.parametrize("name", ZONES)
def test_the_board_shows_the_same_time_as_the_zone(tmp_path, name):
    zone = zoneinfo.ZoneInfo(name)
    held = Schedule(compile_small(tmp_path, zone=name))
    rng = random.Random(SEED)
    for _ in range(2000):
        moment = datetime.datetime(2027, 1, 2, tzinfo=datetime.UTC) + datetime.timedelta(
            seconds=rng.randrange(8 * 365 * 86400)
        )
        local = moment.astimezone(zone)
        assert held.local(clock.since_2020(moment)) == (*local.timetuple()[:6], local.weekday())


def test_turns_of_the_clock_are_exact():
    turns = clock.transitions(zoneinfo.ZoneInfo("Europe/Berlin"), 2027, 2027)
    expected = [datetime.datetime(2027, 3, 28, 1), datetime.datetime(2027, 10, 31, 1)]
    assert turns[0] == [0, 3600]
    assert turns[1:] == [
        [clock.since_2020(moment.replace(tzinfo=datetime.UTC)), offset]
        for moment, offset in zip(expected, (7200, 3600), strict=True)
    ]


TRICKY = '''# [a]
"quoted.key" = """
[not a table] = 1
\\""" """  # line 2
[[a.b]]
x = [ # ]
  "]", ']',  # 7
  { y = 1, z = { w = 2 } },
]
[[a.b]]
u.v = 1
"e" = 'C:\\'
t = 2027-02-16 10:00:00
[a.b.c]
d = 1
[last] # at the end'''


def test_places_in_a_tricky_file():
    tomllib.loads(TRICKY)
    places = Places(TRICKY)
    rows = [
        (("quoted.key",), 2),
        (("a", "b", 0), 5),
        (("a", "b", 0, "x", 1), 7),
        (("a", "b", 0, "x", 2, "z", "w"), 8),
        (("a", "b", 1), 10),
        (("a", "b", 1, "u", "v"), 11),
        (("a", "b", 1, "e"), 12),
        (("a", "b", 1, "t"), 13),
        (("a", "b", 1, "c", "d"), 15),
        (("a", "b", 1, "not", "there"), 10),
        (("last",), 16),
        (("nowhere",), 1),
    ]
    assert [(path, places.line(path)) for path, _ in rows] == rows


@given(st.dictionaries(st.sampled_from("abcdef"), st.text(max_size=12), min_size=1))
def test_no_string_misleads_the_scanner(values):
    lines = []
    for key, value in values.items():
        lines.append(f"{key} = {json.dumps(value).replace(chr(127), 'x')}")
    places = Places("\n".join(lines))
    assert [places.line((key,)) for key in values] == list(range(1, len(values) + 1))
