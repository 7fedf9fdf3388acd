"""Trading hours: what a request is told at each second, and when that changes."""

import unittest

from tidegate.core import schedule as hours
from tidegate.core.schedule import Schedule
from tidegate.proto.kinds import KIND_PREAUTH, KIND_REFUND, KIND_SALE, KIND_VOID

SEED = 20270216
DAY_S = 86400
SYNCED = 3

SHANGHAI = [[0, 28800]]


def window(name, start, end, action, **more):
    made = {
        "name": name,
        "from_min": minutes(start),
        "to_min": minutes(end),
        "action": hours.ACTIONS.index(action),
        "code": {"decline": "58", "maintenance": "90"}.get(action, ""),
        "kinds": [KIND_SALE, KIND_PREAUTH],
        "max_amount": 0,
        "route": 0,
    }
    if "dates" not in more:
        made["days"] = 127
    made.update(more)
    return made


def minutes(text):
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def schedule(*windows, **clock):
    times = {"offsets": SHANGHAI, "cutover_min": 1380, "when_unknown": "allow"}
    times.update(clock)
    return Schedule(
        {
            "clock": times,
            "drain_before_cutover_min": 20,
            "decline": {"window": "58", "cap": "61"},
            "windows": list(windows),
        }
    )


def utc(text, offset_s=28800):
    # "2027-02-16 23:00:00" of a clock that is `offset_s` ahead, counted day by day.
    date, time = text.split(" ")
    year, month, day = [int(part) for part in date.split("-")]
    hour, minute, second = [int(part) for part in time.split(":")]
    days = day - 1
    for past in range(2020, year):
        days += 366 if past % 4 == 0 else 365
    lengths = [31, 29 if year % 4 == 0 else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    for length in lengths[: month - 1]:
        days += length
    return days * DAY_S + hour * 3600 + minute * 60 + second - offset_s


NIGHT = window("night", "23:00", "06:00", "decline")

# A time of the shop (16 February 2027 is a Tuesday) and the code that a sale is refused with.
NIGHT_ROWS = (
    ("2027-02-16 00:00:00", b"58"),
    ("2027-02-16 05:59:59", b"58"),
    ("2027-02-16 06:00:00", b""),
    ("2027-02-16 12:00:00", b""),
    ("2027-02-16 22:59:59", b""),
    ("2027-02-16 23:00:00", b"58"),
    ("2027-02-16 23:59:59", b"58"),
    ("2027-12-31 23:59:59", b"58"),
    ("2028-01-01 00:00:00", b"58"),
    ("2028-02-29 05:59:59", b"58"),
    ("2028-02-29 06:00:00", b""),
)

# Friday's night window: the hours after midnight are Friday's, Saturday's own evening is not.
FRIDAY = window("friday", "23:00", "06:00", "decline", days=1 << 4)
FRIDAY_ROWS = (
    ("2027-02-19 05:59:59", b""),
    ("2027-02-19 22:59:59", b""),
    ("2027-02-19 23:00:00", b"58"),
    ("2027-02-20 00:00:00", b"58"),
    ("2027-02-20 05:59:59", b"58"),
    ("2027-02-20 06:00:00", b""),
    ("2027-02-20 23:00:00", b""),
    ("2027-02-21 00:00:00", b""),
)

HOLIDAY = window("holiday", "22:00", "02:00", "decline", dates=[20270228, 20280228])
HOLIDAY_ROWS = (
    ("2027-02-28 21:59:59", b""),
    ("2027-02-28 22:00:00", b"58"),
    ("2027-03-01 01:59:59", b"58"),
    ("2027-03-01 02:00:00", b""),
    ("2027-03-01 22:00:00", b""),
    ("2028-02-29 01:59:59", b"58"),
    ("2028-03-01 01:59:59", b""),
)

WHOLE_DAY = window("sunday", "00:00", "24:00", "decline", days=1 << 6)
WHOLE_DAY_ROWS = (
    ("2027-02-20 23:59:59", b""),
    ("2027-02-21 00:00:00", b"58"),
    ("2027-02-21 23:59:59", b"58"),
    ("2027-02-22 00:00:00", b""),
)


class Boundaries(unittest.TestCase):
    def check(self, held, rows):
        for text, code in rows:
            got = held.decide(KIND_SALE, 100, utc(text), SYNCED)
            self.assertEqual((text, got.code), (text, code))

    def test_night_begins_and_ends_on_its_second(self):
        self.check(schedule(NIGHT), NIGHT_ROWS)

    def test_after_midnight_is_still_the_day_on_which_it_began(self):
        self.check(schedule(FRIDAY), FRIDAY_ROWS)

    def test_dates_cross_midnight_month_and_leap_day(self):
        self.check(schedule(HOLIDAY), HOLIDAY_ROWS)

    def test_a_whole_day_ends_at_24_00(self):
        self.check(schedule(WHOLE_DAY), WHOLE_DAY_ROWS)


class Actions(unittest.TestCase):
    def test_no_window_allows_everything(self):
        got = schedule().decide(KIND_SALE, 10**11, 0, SYNCED)
        self.assertEqual((got.code, got.window, got.reason), (b"", -1, hours.REASON_FREE))
        self.assertEqual((got.until_s, got.route, got.next_day), (0, 0, False))

    def test_decline_names_window_code_reason_and_end(self):
        at = utc("2027-02-16 23:30:00")
        got = schedule(NIGHT).decide(KIND_SALE, 100, at, SYNCED)
        self.assertEqual((got.action, got.code, got.window), (hours.DECLINE, b"58", 0))
        self.assertEqual(got.reason, hours.REASON_WINDOW)
        self.assertEqual(got.until_s, utc("2027-02-17 06:00:00"))

    def test_only_the_kinds_named_are_stopped(self):
        held = schedule(NIGHT)
        at = utc("2027-02-16 23:30:00")
        for kind, code in ((KIND_SALE, b"58"), (KIND_VOID, b""), (KIND_REFUND, b"")):
            self.assertEqual(held.decide(kind, 100, at, SYNCED).code, code)

    def test_next_day_marks_and_allows(self):
        held = schedule(window("late", "23:00", "24:00", "next-day"))
        got = held.decide(KIND_SALE, 100, utc("2027-02-16 23:00:00"), SYNCED)
        self.assertEqual((got.code, got.next_day), (b"", True))
        self.assertEqual(got.until_s, utc("2027-02-17 00:00:00"))
        self.assertFalse(held.decide(KIND_SALE, 100, got.until_s, SYNCED).next_day)
        held = schedule(window("late", "23:00", "24:00", "next-day", max_amount=99))
        got = held.decide(KIND_SALE, 100, utc("2027-02-16 23:00:00"), SYNCED)
        self.assertEqual((got.code, got.next_day), (b"61", False))

    def test_caps_hold_from_one_unit_above(self):
        end = utc("2027-02-17 06:00:00")
        for action, route, small_until in (("allow", 0, 0), ("night-channel", 1, end)):
            held = schedule(
                window("cap", "23:00", "06:00", action, max_amount=500000, route=route)
            )
            at = utc("2027-02-16 23:30:00")
            for amount, code in ((-1, b""), (0, b""), (500000, b""), (500001, b"61")):
                got = held.decide(KIND_SALE, amount, at, SYNCED)
                self.assertEqual((amount, got.code), (amount, code))
                reason = hours.REASON_CAP if code else hours.REASON_WINDOW
                self.assertEqual(got.reason, reason)
                self.assertEqual(got.route, 0 if code else route)
            self.assertEqual(got.until_s, end)
            # A cap is not a wall: what is below it goes on the night route until six.
            self.assertEqual(held.decide(KIND_SALE, 1, at, SYNCED).until_s, small_until)

    def test_amounts_beyond_a_small_integer(self):
        held = schedule(window("cap", "00:00", "24:00", "allow", max_amount=999999999998))
        self.assertEqual(held.decide(KIND_SALE, 999999999998, 0, SYNCED).code, b"")
        self.assertEqual(held.decide(KIND_SALE, 999999999999, 0, SYNCED).code, b"61")

    def test_the_first_match_decides(self):
        small = window("small", "22:00", "23:30", "allow", max_amount=100)
        at = utc("2027-02-16 23:15:00")
        self.assertEqual(schedule(small, NIGHT).decide(KIND_SALE, 50, at, SYNCED).code, b"")
        self.assertEqual(schedule(NIGHT, small).decide(KIND_SALE, 50, at, SYNCED).code, b"58")
        got = schedule(small, NIGHT).decide(KIND_SALE, 50, at, SYNCED)
        self.assertEqual((got.window, got.until_s), (0, utc("2027-02-16 23:30:00")))

    def test_the_end_of_a_refusal_is_where_its_neighbour_ends_too(self):
        early = window("early", "20:00", "23:00", "decline")
        got = schedule(early, NIGHT).decide(KIND_SALE, 50, utc("2027-02-16 20:00:00"), SYNCED)
        self.assertEqual(got.until_s, utc("2027-02-17 06:00:00"))

    def test_maintenance_pauses_replay_even_behind_another_window(self):
        away = window("away", "02:00", "03:00", "maintenance", kinds=[KIND_VOID])
        held = schedule(NIGHT, away)
        for text, paused in (("01:59:59", 0), ("02:00:00", 1), ("02:59:59", 1), ("03:00:00", 0)):
            at = utc("2027-02-16 " + text)
            self.assertEqual(held.maintenance(at, SYNCED), bool(paused))
            self.assertEqual(held.decide(KIND_VOID, -1, at, SYNCED).code, b"90" if paused else b"")
            self.assertEqual(held.decide(KIND_SALE, 1, at, SYNCED).code, b"58")
        self.assertFalse(held.maintenance(utc("2027-02-16 02:00:00"), 0))


class UnknownClock(unittest.TestCase):
    def test_the_setting_decides_and_is_said(self):
        at = utc("2027-02-16 23:30:00")
        for setting, code in (("allow", b""), ("decline", b"58")):
            got = schedule(NIGHT, when_unknown=setting).decide(KIND_SALE, 1, at, 0)
            self.assertEqual((got.code, got.window, got.until_s), (code, -1, 0))
            self.assertEqual((got.reason, got.next_day), (hours.REASON_CLOCK, False))

    def test_what_no_window_speaks_about_is_never_stopped(self):
        held = schedule(NIGHT, when_unknown="decline")
        self.assertEqual(held.decide(KIND_REFUND, 1, 0, 0).code, b"")

    def test_a_known_time_afterwards_is_used(self):
        held = schedule(NIGHT)
        held.decide(KIND_SALE, 1, 0, 0)
        at = utc("2027-02-16 23:30:00")
        self.assertEqual(held.decide(KIND_SALE, 1, at, 1).until_s, utc("2027-02-17 06:00:00"))


class Calendar(unittest.TestCase):
    def test_local_time_and_weekday(self):
        rows = (
            (0, SHANGHAI, (2020, 1, 1, 8, 0, 0, 2)),
            (0, [[0, -18000]], (2019, 12, 31, 19, 0, 0, 1)),
            (utc("2027-02-16 23:59:59"), SHANGHAI, (2027, 2, 16, 23, 59, 59, 1)),
            (utc("2028-02-29 00:00:00"), SHANGHAI, (2028, 2, 29, 0, 0, 0, 1)),
            (utc("2100-02-28 00:00:00") + DAY_S, SHANGHAI, (2100, 3, 1, 0, 0, 0, 0)),
        )
        for wall_s, offsets, expected in rows:
            self.assertEqual(schedule(offsets=offsets).local(wall_s), expected)

    def test_every_day_follows_the_one_before(self):
        held = schedule(offsets=[[0, 0]])
        year, month, day, weekday = 2020, 1, 1, 2
        for n in range(31 * 366):
            self.assertEqual(held.local(n * DAY_S), (year, month, day, 0, 0, 0, weekday))
            weekday = (weekday + 1) % 7
            day += 1
            leap = month == 2 and year % 4 == 0
            if day > (29 if leap else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]):
                day = 1
                month = month % 12 + 1
                year += month == 1

    def test_business_date(self):
        rows = (
            (1380, "2027-12-31 22:59:59", 20271231),
            (1380, "2027-12-31 23:00:00", 20280101),
            (1380, "2028-01-01 00:00:00", 20280101),
            (120, "2028-01-01 01:59:59", 20271231),
            (120, "2028-01-01 02:00:00", 20280101),
            (0, "2027-12-31 23:59:59", 20271231),
            (0, "2028-01-01 00:00:00", 20280101),
        )
        for cutover, text, expected in rows:
            self.assertEqual(schedule(cutover_min=cutover).business_date(utc(text)), expected)

    def test_drain_is_due_in_the_last_twenty_minutes(self):
        rows = (
            ("22:39:59", 0),
            ("22:40:00", 1),
            ("22:59:59", 1),
            ("23:00:00", 0),
            ("12:00:00", 0),
        )
        for text, due in rows:
            self.assertEqual(schedule().drain_due(utc("2027-02-16 " + text)), bool(due))
        midnight = schedule(cutover_min=0)
        self.assertTrue(midnight.drain_due(utc("2027-02-16 23:59:59")))
        self.assertFalse(midnight.drain_due(utc("2027-02-17 00:00:00")))


class Summer(unittest.TestCase):
    SPRING = utc("2027-03-28 01:00:00", 0)  # 02:00 becomes 03:00
    AUTUMN = utc("2027-10-31 01:00:00", 0)  # 03:00 becomes 02:00

    def held(self, start, end):
        offsets = [[0, 3600], [self.SPRING, 7200], [self.AUTUMN, 3600]]
        return schedule(window("w", start, end, "decline"), offsets=offsets)

    def test_the_clock_turns(self):
        held = self.held("23:00", "06:00")
        self.assertEqual(held.local(self.SPRING - 1)[3:6], (1, 59, 59))
        self.assertEqual(held.local(self.SPRING)[3:6], (3, 0, 0))
        self.assertEqual(held.local(self.AUTUMN - 1)[3:6], (2, 59, 59))
        self.assertEqual(held.local(self.AUTUMN)[3:6], (2, 0, 0))

    def test_a_night_is_shorter_in_spring_and_longer_in_autumn(self):
        held = self.held("23:00", "06:00")
        for turn, length_h in ((self.SPRING, 6), (self.AUTUMN, 8), (self.SPRING + 9 * DAY_S, 7)):
            got = held.decide(KIND_SALE, 1, turn, SYNCED)
            opened = got.until_s - length_h * 3600
            self.assertEqual(held.decide(KIND_SALE, 1, opened - 1, SYNCED).code, b"")
            self.assertEqual(held.decide(KIND_SALE, 1, opened, SYNCED).code, b"58")

    def test_a_window_in_the_skipped_hour_waits_for_the_next_day(self):
        held = self.held("02:10", "02:40")
        before = self.SPRING - 1800
        self.assertEqual(held.next_change(KIND_SALE, 1, before), self.SPRING + DAY_S - 3000)
        sundays = window("w", "02:10", "02:40", "decline", days=1 << 6)
        held = schedule(sundays, offsets=[[0, 3600], [self.SPRING, 7200]])
        last = self.SPRING - 7 * DAY_S + 2401  # after the window of the Sunday before
        self.assertEqual(held.next_change(KIND_SALE, 1, last), self.SPRING + 7 * DAY_S - 3000)

    def test_the_hour_shown_twice_is_looked_up_twice(self):
        held = self.held("02:30", "06:00")
        self.assertEqual(held.next_change(KIND_SALE, 1, self.AUTUMN - 1), self.AUTUMN)
        self.assertEqual(held.next_change(KIND_SALE, 1, self.AUTUMN), self.AUTUMN + 1800)


class Numbers:
    # A small generator that gives the same numbers on every interpreter.
    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state * 1103 + 12345) % 0x1FFFFF
        return (self.state >> 4) % limit


class NextChange(unittest.TestCase):
    # Against looking at every minute: all edges and turns of the samples fall on whole minutes.
    DAYS = 9

    def sample(self, numbers):
        windows = []
        for _ in range(1 + numbers.below(4)):
            start = numbers.below(96) * 15
            end = (start + 15 + numbers.below(94) * 15) % 1440
            more = {"days": 1 + numbers.below(127), "max_amount": numbers.below(3) * 500}
            if numbers.below(4) == 0:
                more["dates"] = [20270326 + numbers.below(5)]
                more["days"] = 0
            action = hours.ACTIONS[numbers.below(5)]
            more["route"] = 1 if action == "night-channel" else 0
            made = window("w", "0:0", "0:0", action, **more)
            made["from_min"], made["to_min"] = start, end or 1440
            windows.append(made)
        offsets = [[0, 3600], [Summer.SPRING, 7200]] if numbers.below(2) else SHANGHAI
        return schedule(*windows, offsets=offsets)

    def answer(self, held, amount, at):
        got = held.decide(KIND_SALE, amount, at, SYNCED)
        return got.code, got.route, got.next_day

    def brute(self, held, amount, at):
        now = self.answer(held, amount, at)
        end = at + self.DAYS * DAY_S
        minute = at // 60 * 60 + 60
        while minute <= end:
            if self.answer(held, amount, minute) != now:
                return minute
            minute += 60
        return 0

    def test_it_agrees_with_looking_at_every_minute(self):
        numbers = Numbers(SEED)
        changes = 0
        for n in range(40):
            held = self.sample(numbers)
            at = Summer.SPRING - 3 * DAY_S + numbers.below(5 * DAY_S)
            amount = 100 + numbers.below(1000)
            expected = self.brute(held, amount, at)
            got = held.next_change(KIND_SALE, amount, at, self.DAYS)
            self.assertEqual((SEED, n, got), (SEED, n, expected))
            changes += expected > 0
        self.assertTrue(changes > 10)

    def test_looking_ahead_leaves_the_decision_alone(self):
        held = schedule(NIGHT)
        got = held.decide(KIND_SALE, 1, utc("2027-02-16 23:30:00"), SYNCED)
        held.next_change(KIND_SALE, 1, utc("2027-02-16 12:00:00"))
        self.assertEqual((got.code, got.window), (b"58", 0))

    def test_a_date_far_ahead_is_found_when_asked_for(self):
        held = schedule(HOLIDAY)
        at = utc("2027-03-02 12:00:00")
        self.assertEqual(held.next_change(KIND_SALE, 1, at), 0)
        month_before = utc("2027-01-30 12:00:00")
        begin = utc("2027-02-28 22:00:00")
        self.assertEqual(held.next_change(KIND_SALE, 1, month_before), begin)
        self.assertEqual(held.next_change(KIND_SALE, 1, at, 400), utc("2028-02-28 22:00:00"))

    def test_never(self):
        self.assertEqual(schedule(NIGHT).next_change(KIND_VOID, 1, 0), 0)
        always = window("always", "00:00", "24:00", "decline")
        self.assertEqual(schedule(always).next_change(KIND_SALE, 1, 0), 0)


if __name__ == "__main__":
    unittest.main()
