"""`tidegate schedule week`: the board's own decisions, hour by hour, as text and as a picture."""

import datetime
import json
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from tidegate.core.schedule import Schedule
from tidegate.proto.kinds import KIND_NAMES
from tidegate_host import config, paths
from tidegate_host.cli.main import group
from tidegate_host.config.clock import since_2020

EXAMPLE = str(paths.boards_root() / "virtual" / "bridge.toml")
MONDAY = "2027-02-15"
DAY = """\
2027-02-15  mon 周一
  00:00-01:00  night channel 夜间通道, up to 500.00 (night-small)
  01:00-06:00  closed 停业 with 58 (night)
  06:00-23:00  open 营业
  23:00-23:30  open, next business day 次日入账 (last-hour)
  23:00        cut-over, the business day ends 日切
  23:30-24:00  night channel 夜间通道, up to 500.00 (night-small)
"""


def week(*words):
    return CliRunner().invoke(group, ["schedule", "week", "-c", EXAMPLE, *map(str, words)])


def test_a_day_reads_as_it_should():
    result = week("--from", MONDAY)
    assert result.exit_code == 0, result.output
    assert result.output.startswith(DAY)
    assert len([row for row in result.output.splitlines() if row[0] != " "]) == 7


@pytest.mark.parametrize("kind", ["sale", "refund", "preauth"])
def test_every_minute_is_what_the_board_decides(kind):
    days = json.loads(week("--from", MONDAY, "--kind", kind, "--json").output)["days"]
    compiled = config.load(EXAMPLE, datetime.date(2027, 2, 15))
    held = Schedule(compiled)
    for day in days:
        date = datetime.datetime.fromisoformat(day["date"] + "T00:00:00+08:00")
        ends = [s["to_min"] for s in day["stretches"]]
        assert [s["from_min"] for s in day["stretches"]] == [0, *ends[:-1]]
        assert ends[-1] == 1440
        for stretch in day["stretches"]:
            for minute in range(stretch["from_min"], stretch["to_min"]):
                wall_s = since_2020(date) + minute * 60
                got = held.decide(KIND_NAMES.index(kind), 1, wall_s, 3)
                name = held.windows[got.window].name if got.window >= 0 else ""
                assert (name, got.code.decode()) == (stretch["window"], stretch["code"])


def test_the_picture_is_one_sound_file(tmp_path):
    page = tmp_path / "week.html"
    result = week("--from", MONDAY, "--html", page)
    assert result.exit_code == 0, result.output
    text = page.read_text(encoding="utf-8")
    root = ElementTree.fromstring(text.split("\n", 1)[1])
    bars = [e for e in root.iter("{http://www.w3.org/2000/svg}rect") if e.get("height") == "30"]
    days = json.loads(week("--from", MONDAY, "--json").output)["days"]
    assert len(bars) == sum(len(day["stretches"]) for day in days)
    right = max(float(bar.get("x")) + float(bar.get("width")) for bar in bars)
    assert right == 130 + 24 * 42
    assert "cut-over 日切 23:00" in text
    assert not [word for word in ("src=", "href=", "url(", "@import") if word in text]


def test_a_wrong_date_is_told_so():
    result = week("--from", "2027-02-30")
    assert result.exit_code == 2
    assert "Traceback" not in result.output
