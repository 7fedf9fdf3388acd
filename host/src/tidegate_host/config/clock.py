"""[clock]: time zone, cut-over, holidays and the source of the time."""

import datetime
import re
import zoneinfo
from difflib import get_close_matches
from pathlib import Path

from tidegate_host.config.tables import REQUIRED, Table

_YEARS_AHEAD = 8  # of turns of the clock that the board is given
EPOCH = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
_FIXED = re.compile(r"([+-])([01][0-9]):([0-5][0-9])")
_HOLIDAY = re.compile(r"(\d{4}-\d{2}-\d{2})(\s+\S.*)?")


def read(table: Table, folder: Path, year: int) -> dict:
    """Compile [clock]. `year` is the first for which the zone's turns of the clock are given."""
    cutover = table.time("cutover", REQUIRED)
    return {
        "offsets": _offsets(table, year),
        "cutover_min": cutover,
        "when_unknown": table.choice("when_unknown", "allow", ("allow", "decline")) or "allow",
        "ntp": table.text("ntp", "", "[A-Za-z0-9.:-]{1,64}", "a host name or an address"),
        "holidays": _holidays(table, folder),
    }


def _offsets(table: Table, year: int) -> list[list[int]]:
    # A fixed offset such as "+08:00", or a zone of the IANA database resolved into its turns.
    value = table.text("timezone", REQUIRED, what='an IANA zone ("Asia/Shanghai") or "+08:00"')
    fixed = _FIXED.fullmatch(value)
    if fixed:
        seconds = int(fixed[2]) * 3600 + int(fixed[3]) * 60
        return [[0, -seconds if fixed[1] == "-" else seconds]]
    if not value:
        return [[0, 0]]
    try:
        zone = zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        near = get_close_matches(value, zoneinfo.available_timezones(), 1)
        hint = f'; did you mean "{near[0]}"?' if near else ""
        told = f'timezone "{value}" is not known; allowed is an IANA zone or "+08:00"{hint}'
        table.wrong("timezone", told)
        return [[0, 0]]
    return transitions(zone, year, year + _YEARS_AHEAD)


def transitions(zone: datetime.tzinfo, first_year: int, last_year: int) -> list[list[int]]:
    """[[from seconds since 2020-01-01 UTC, offset in seconds], ...] of the years, both included.

    The first entry begins at 0 with the offset of the first year's first day.
    """
    start = since_2020(datetime.datetime(first_year, 1, 1, tzinfo=datetime.UTC))
    end = since_2020(datetime.datetime(last_year + 1, 1, 1, tzinfo=datetime.UTC))
    offset = _offset_at(zone, start)
    found = [[0, offset]]
    for day in range(start, end, 86400):
        if _offset_at(zone, day + 86400) != offset:
            low, high = day, day + 86400  # the offset changes behind low, at high at the latest
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _offset_at(zone, middle) == offset else (low, middle)
            offset = _offset_at(zone, high)
            found.append([high, offset])
    return found


def since_2020(moment: datetime.datetime) -> int:
    """Whole seconds from 2020-01-01 UTC, the board's count, to an aware moment."""
    return (moment - EPOCH) // datetime.timedelta(seconds=1)


def _offset_at(zone: datetime.tzinfo, wall_s: int) -> int:
    local = (EPOCH + datetime.timedelta(seconds=wall_s)).astimezone(zone)
    offset = local.utcoffset()
    assert offset is not None
    return offset // datetime.timedelta(seconds=1)


def date_number(day: datetime.date) -> int:
    """A date as yyyymmdd."""
    return (day.year * 100 + day.month) * 100 + day.day


def _holidays(table: Table, folder: Path) -> list[int]:
    # A file of non-working dates, one a line with its name behind it; # begins a comment.
    name = table.text("holidays", "", what="the name of a file of dates")
    if not name:
        return []
    try:
        lines = (folder / name).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        table.wrong("holidays", f'holidays: cannot read "{name}" beside this file: {why}')
        return []
    found = set()
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        match = _HOLIDAY.fullmatch(text)
        try:
            if text:
                found.add(date_number(datetime.date.fromisoformat(match[1] if match else text)))
        except ValueError:
            told = (
                f'{name} line {number}: "{text[:40]}" is no date; allowed is 2027-02-16 and a name'
            )
            table.wrong("holidays", told)
    return sorted(found)
