"""Limits of live requests, each by choice: how much, how often, which card, and what is absurd.

A limit speaks about certain kinds, at certain terminals, always or inside one window only. It
refuses with its own code, or it only marks what is sent. The first one that refuses decides. What
has been used up is counted by `usage`, from the journal alone. Loaded when there are any.
"""

from tidegate.compat import const
from tidegate.core import events
from tidegate.core.schedule import REASON_LIMIT
from tidegate.core.usage import Usage

RULES = ("amount", "count", "sum", "card", "luhn", "repeat")
_AMOUNT = const(0)  # below the least or above the most
_COUNT = const(1)  # so many a day or a turn of the window
_SUM = const(2)  # so much a day or a turn of the window
_CARD = const(3)  # so many of one card within a time
_LUHN = const(4)  # a keyed number whose check digit is wrong
_REPEAT = const(5)  # the same card and amount again within a time
_KEYED = const(1)  # F22, its first two digits: the number was typed
_NOTHING = const(-1)
_DAY_S = const(86400)


class Limit:
    def __init__(self, config):
        self.name = config["name"]
        self.rule = config["rule"]
        self.window = config["window"]  # -1: in any, and in none
        self.terminals = [name.encode() for name in config["terminals"]]  # F41; none: all
        self.bridge = config["bridge"]  # counted over all terminals together
        self.per_window = config["per_window"]  # else a business day
        self.least = config["min"]
        self.most = config["max"]
        self.within_s = config["within_s"]
        self.code = config["code"].encode()
        self.code_least = config["code_min"].encode()
        self.flags_only = config["flag"]
        self.kinds = 0
        for kind in config["kinds"]:
            self.kinds |= 1 << kind

    def concerns(self, kind):
        return self.kinds >> kind & 1

    def speaks_of(self, terminal):
        return not self.terminals or terminal[:8] in self.terminals


class Limits:
    def __init__(self, config, schedule, lanes_max):
        self.limits = [Limit(one) for one in config]
        self.usage = Usage(self.limits, schedule, lanes_max)
        self._schedule = schedule
        self.flagged = _NOTHING  # the limit that marks the request which was checked last

    def check(self, e, lane, m, decision):
        # Turns an allowing decision into a refusal where a limit says so.
        self.flagged = _NOTHING
        card = None
        window = decision.window
        for index, limit in enumerate(self.limits):
            if not limit.concerns(m.kind) or not limit.speaks_of(m.terminal):
                continue
            if limit.window >= 0 and limit.window != window:
                continue
            if limit.rule in (_CARD, _REPEAT) and card is None:
                pan = m.pan()
                card = e.card_hash(pan) if pan else b""
            code = self._code(e, lane, limit, index, m, card)
            if not code:
                continue
            e.log(events.LIMIT, lane.index, index << 1 | limit.flags_only, m.stan)
            if limit.flags_only:
                self.flagged = index
                continue
            until_s = 0
            if limit.rule in (_COUNT, _SUM) and not limit.per_window and e.time.trust:
                until_s = _next_cutover(self._schedule, e.time.wall)
            decision.refuse(code, REASON_LIMIT + limit.rule, index, until_s)
            return

    def _code(self, e, lane, limit, index, m, card):
        # -> the code of a refusal, b"" when the limit has nothing against it.
        rule = limit.rule
        if rule == _AMOUNT:
            if m.amount < limit.least:
                return limit.code_least
            return limit.code if 0 < limit.most < m.amount else b""
        if rule == _LUHN:
            keyed = m.index.digits(22, 0, 2) == _KEYED
            return limit.code if keyed and not _luhn(m.pan()) else b""
        usage = self.usage
        if rule in (_CARD, _REPEAT):
            if not card or not e.time.trust:
                return b""  # without a card or a clock there is nothing to compare
            found = usage.of_card(e, lane, limit, card, m.amount if rule == _REPEAT else -1)
            return limit.code if found >= limit.most else b""
        usage.look(e, lane, index)
        if rule == _COUNT:
            return limit.code if usage.count >= limit.most else b""
        return limit.code if usage.sum + max(m.amount, 0) > limit.most else b""


def _next_cutover(schedule, wall_s):
    return wall_s + _DAY_S - (schedule.day_second(wall_s)[1] - schedule.cutover_s) % _DAY_S


def _luhn(pan):
    # From the right, every second digit twice, its digits added; a number that is not there or
    # sealed by the terminal cannot be wrong.
    total = 0
    for i in range(len(pan)):
        digit = pan[len(pan) - 1 - i] - 48
        if i & 1:
            digit = digit * 2 - 9 * (digit > 4)
        total += digit
    return total % 10 == 0
