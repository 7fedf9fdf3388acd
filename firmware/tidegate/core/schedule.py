"""The trading hours: which window holds at a moment, and what it means for a request.

A window is a rule for certain kinds on certain days between two times of the shop's clock: it is
inside from its first minute on and outside again at its last, so 23:00-06:00 holds at 23:00:00 and
not at 06:00:00. One that ends before it begins crosses midnight, and its hours after midnight
belong to the day on which it began. The first window that matches decides; where none matches,
everything is allowed. What the clock on the wall shows is what counts: the hour that is shown
twice when summer time ends is looked up twice, the one that is skipped never comes.

Nothing here reads a clock. Times are seconds since 2020-01-01 UTC, handed in with the trust that
the clock deserves. Money is in minor units.
"""

from tidegate.compat import const
from tidegate.core.calendar import date_of_day, day_of_date

ACTIONS = ("allow", "next-day", "decline", "maintenance", "night-channel")
ALLOW = const(0)
NEXT_DAY = const(1)  # allowed, and the voucher names the next business day
DECLINE = const(2)
MAINTENANCE = const(3)  # the host is away: declined, and replay pauses
NIGHT_CHANNEL = const(4)  # allowed, on a route and with a cap of its own

# Why a decision is as it is; kept in the record of a hold, so the numbers stay.
_BACK_S = const(3600)
REASON_FREE = const(0)  # no window speaks about this kind at this time
REASON_WINDOW = const(1)  # the window's action
REASON_CAP = const(2)  # the window allows smaller amounts only
REASON_CLOCK = const(3)  # nobody knows the time; the setting for that case decides
REASON_LINE = const(4)  # there is no line to the host
REASON_BUSY = const(5)  # something else stands before it, or there is no room
REASON_LIMIT = const(6)  # and the rule of the limit, in the order of limits.RULES
REASON_SETTLE = const(12)  # the batch has to be settled first
REASON_NAMES = (
    "free", "window", "cap", "clock-unknown", "line", "busy", "limit-amount", "limit-count",
    "limit-sum", "limit-card", "limit-luhn", "limit-repeat", "settle-first",
)  # fmt: skip

_REFUSING = (DECLINE, MAINTENANCE)

_DAY_S = const(86400)
_NOON_S = const(43200)
_WEEKDAY_2020 = const(2)  # 2020-01-01 was a Wednesday
_WEEK_DAYS = const(15)  # what has no date repeats after a week, of which one may lack an hour
_AHEAD_DAYS = const(32)  # how far a change is looked for on the board, where dates are involved


class Window:
    def __init__(self, config):
        self.name = config["name"]
        self.action = config["action"]
        self.code = config["code"].encode()
        self.max_amount = config["max_amount"]  # 0: any
        self.route = config["route"]
        self.from_s = config["from_min"] * 60
        self.to_s = config["to_min"] * 60
        self.days = config.get("days", 0)  # bit 0 is Monday
        self.dates = tuple([day_of_date(date) for date in config.get("dates", ())])
        self.kinds = 0
        for kind in config["kinds"]:
            self.kinds |= 1 << kind

    def concerns(self, kind):
        return self.kinds >> kind & 1

    def begins_on(self, day):
        return self.days >> (day + _WEEKDAY_2020) % 7 & 1 or day in self.dates

    def holds(self, day, second):
        if self.from_s < self.to_s:
            return self.from_s <= second < self.to_s and self.begins_on(day)
        if second >= self.from_s:
            return self.begins_on(day)
        return second < self.to_s and self.begins_on(day - 1)


class Decision:
    # What a request may expect; one object, written anew by every decision.
    def __init__(self, schedule):
        self._schedule = schedule
        self.kind = 0
        self.amount = 0
        self._wall_s = -1  # -1: the time is not known, or says nothing
        self._until_s = 0
        self.action = ALLOW
        self.code = b""  # two characters of a refusal, b"" when allowed
        self.window = -1  # index of the window (or of the limit) that decided, -1: none
        self.route = 0
        self.next_day = False
        self.reason = REASON_FREE

    def set(self, action, code, window, route, reason):
        self.action = action
        self.code = code
        self.window = window
        self.route = route
        self.next_day = action == NEXT_DAY and not code
        self.reason = reason
        return self

    def about(self, kind, amount, wall_s, until_s=0):
        self.kind = kind
        self.amount = amount
        self._wall_s = wall_s
        self._until_s = until_s

    def refuse(self, code, reason, index=-1, until_s=0):
        # For what no window says.
        self.about(0, -1, -1, until_s)
        return self.set(DECLINE, code, index, 0, reason)

    @property
    def until_s(self):
        # When the answer changes; 0 when it does not, or nobody knows. Only looked for when asked.
        if self._wall_s < 0:
            return self._until_s
        return self._schedule.next_change(self.kind, self.amount, self._wall_s)


class Schedule:
    def __init__(self, config):
        clock = config["clock"]
        self.windows = [Window(window) for window in config["windows"]]
        self._away = [window for window in self.windows if window.action == MAINTENANCE]
        self._offsets = clock["offsets"]
        self.cutover_s = clock["cutover_min"] * 60
        self._drain_s = config["drain_before_cutover_min"] * 60
        self._allow_unknown = clock["when_unknown"] == "allow"
        self._code_unknown = config["decline"]["window"].encode()
        self._code_cap = config["decline"]["cap"].encode()
        self._edges = _edges(self.windows)
        self._closed_s = self._closed_trust = 0  # when a window has refused last
        self._decision = Decision(self)
        self._probe = Decision(self)  # so that looking ahead leaves the answer alone

    def refused(self, code, reason):
        return self._decision.refuse(code, reason)

    def decide(self, kind, amount, wall_s, trust):
        # `trust` 0: the time is unknown. An amount below 0 is none.
        if not trust:
            self._decision.about(kind, amount, -1)
            return _in_the_dark(self, kind, self._decision)
        self._decision.about(kind, amount, wall_s)
        i = self._window_at(kind, wall_s)
        return self._judge(self._decision, i)

    def decide_now(self, kind, amount, wall_s, trust):
        # A clock that is put back, and by no better source, does not open what it has closed.
        if 0 < self._closed_s - wall_s <= _BACK_S and 0 < trust <= self._closed_trust:
            return self.decide(kind, amount, self._closed_s, trust)
        self.decide(kind, amount, wall_s, trust)
        if self._decision.code and self._decision.reason == REASON_WINDOW:
            self._closed_s, self._closed_trust = wall_s, trust
        return self._decision

    def _concerned(self, kind):
        for window in self.windows:
            if window.concerns(kind):
                return True
        return False

    def _judge(self, decision, i):
        if i < 0:
            return decision.set(ALLOW, b"", -1, 0, REASON_FREE)
        window = self.windows[i]
        if window.action in _REFUSING:
            return decision.set(window.action, window.code, i, 0, REASON_WINDOW)
        if 0 < window.max_amount < decision.amount:
            return decision.set(window.action, self._code_cap, i, 0, REASON_CAP)
        return decision.set(window.action, b"", i, window.route, REASON_WINDOW)

    def _window_at(self, kind, wall_s):
        # The first that speaks about that kind at that time, or -1.
        day, second = self.day_second(wall_s)
        i = 0
        while i < len(self.windows):
            if self.windows[i].concerns(kind) and self.windows[i].holds(day, second):
                return i
            i += 1
        return -1

    def maintenance(self, wall_s, trust):
        # The host is away, whatever other windows say about single kinds.
        return bool(trust and self._away and _any_holds(self._away, self.day_second(wall_s)))

    def next_change(self, kind, amount, wall_s, days=_AHEAD_DAYS):
        # The first second at which the same request would be treated in another way: other code,
        # route or business day. 0 when that does not happen within `days`.
        if not self._concerned(kind):
            return 0
        probe = self._probe
        probe.about(kind, amount, wall_s)
        self._judge(probe, self._window_at(kind, wall_s))
        code, route, next_day = probe.code, probe.route, probe.next_day
        if not _dated(self, kind, self.day_second(wall_s)[0]):
            days = min(days, _WEEK_DAYS)
        at = self._next_edge(wall_s)
        while at - wall_s <= days * _DAY_S:
            self._judge(probe, self._window_at(kind, at))
            if probe.code != code or probe.route != route or probe.next_day != next_day:
                return at
            at = self._next_edge(at)
        return 0

    def _next_edge(self, wall_s):
        # The next moment at which a window may begin or end: a time of day that one of them names,
        # or a turn of the clock.
        offset, turn_s = self.offset(wall_s)
        local_s = wall_s + offset
        midnight_s = local_s // _DAY_S * _DAY_S
        at = midnight_s + _DAY_S + self._edges[0] - offset
        for edge_s in self._edges:
            if midnight_s + edge_s > local_s:
                at = midnight_s + edge_s - offset
                break
        return turn_s if wall_s < turn_s < at else at

    def offset(self, wall_s):
        # Seconds to add to UTC, and when that changes next (0: never).
        offset = self._offsets[0][1]
        for from_s, seconds in self._offsets:
            if from_s > wall_s:
                return offset, from_s
            offset = seconds
        return offset, 0

    def day_second(self, wall_s):
        # The shop's date, in days since 2020-01-01, and the second of that day.
        local_s = wall_s + self.offset(wall_s)[0]
        return local_s // _DAY_S, local_s % _DAY_S

    def local(self, wall_s):
        # The shop's clock: year, month, day, hour, minute, second, weekday (0 is Monday).
        day, second = self.day_second(wall_s)
        year, month, date = date_of_day(day)
        weekday = (day + _WEEKDAY_2020) % 7
        return year, month, date, second // 3600, second // 60 % 60, second % 60, weekday

    def business_date(self, wall_s):
        # A cut-over in the evening begins the next day's business; one in the morning ends the
        # business of the day before. As yyyymmdd.
        day, second = self.day_second(wall_s)
        if self.cutover_s >= _NOON_S:
            day += second >= self.cutover_s
        else:
            day -= second < self.cutover_s
        year, month, date = date_of_day(day)
        return (year * 100 + month) * 100 + date

    def drain_due(self, wall_s):
        # Shortly before the cut-over, when what is stored should go out with priority.
        second = self.day_second(wall_s)[1]
        left_s = (self.cutover_s - second) % _DAY_S
        return 0 < left_s <= self._drain_s


def _in_the_dark(schedule, kind, decision):
    # What no window ever speaks about does not need the time.
    if schedule._allow_unknown or not schedule._concerned(kind):
        return decision.set(ALLOW, b"", -1, 0, REASON_CLOCK)
    return decision.set(DECLINE, schedule._code_unknown, -1, 0, REASON_CLOCK)


def _dated(schedule, kind, today):
    # A date that is not over yet, or of yesterday whose window crosses midnight.
    for window in schedule.windows:
        if window.concerns(kind):
            for day in window.dates:
                if day >= today - 1:
                    return True
    return False


def _any_holds(windows, at):
    for window in windows:
        if window.holds(at[0], at[1]):
            return True
    return False


def _edges(windows):
    # Every second of the day at which some window begins or ends, sorted.
    seconds = []
    for window in windows:
        for second in (window.from_s, window.to_s % _DAY_S):
            if second not in seconds:
                seconds.append(second)
    return tuple(sorted(seconds))
