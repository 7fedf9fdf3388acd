"""The limits of a shop, and what they mean, worked out from outside.

The bridge counts what was approved, or may have been. What is seen here is what was written, and
what terminals were told; so a refusal has to be justified by what was written, and a write must
not come on top of what was certainly approved.
"""

from tidegate.proto import message
from tidegate_host.world import faults, wire

_SALES = (message.KIND_SALE, message.KIND_PREAUTH)
_OFFSET_S = 28800
_CUT_OVER_S = 82800
_AMOUNT, _COUNT, _SUM, _CARD, _LUHN, _REPEAT = range(6)
CODES = ("L0", "L1", "L2", "L3", "L4", "L5")


class Limits:
    def __init__(self, chances, prng):
        self.chances = chances
        self.prng = prng
        # [lane, day, kind, amount, card, wall, STAN, approved, does it surely count]
        self.rows = []
        self.config = []

    def draw(self):
        # A limit that is new counts from now on, and what the journal still has of before.
        for row in self.rows:
            row[8] = False
        if not self.chances.hit(faults.LIMITS):
            self.config = []
            return []
        prng = self.prng
        shapes = (
            self._limit(_AMOUNT, prng.pick((30000, 200000)), min=prng.pick((1, 100))),
            self._limit(_COUNT, prng.pick((2, 8, 30))),
            self._limit(_SUM, prng.pick((100000, 1000000))),
            self._limit(_CARD, prng.pick((1, 3)), within_s=prng.pick((600, 7200))),
            self._limit(_REPEAT, 1, within_s=prng.pick((60, 3600))),
        )
        self.config = [one for one in shapes if prng.chance(400)]
        return self.config

    def draw_settlement(self):
        if not self.chances.hit(faults.LIMITS):
            return None
        prng = self.prng
        return {
            "remind_min": prng.pick((-1, 1290, 1350)), "max_age_h": prng.pick((0, 6, 24)),
            "max_count": prng.pick((0, 5, 40)), "refuse": prng.chance(250), "code": "L7",
        }  # fmt: skip

    def _limit(self, rule, most, **more):
        made = {
            "name": "l%d" % rule, "rule": rule, "window": -1, "per_window": False,
            "bridge": self.prng.chance(300), "terminals": [], "kinds": list(_SALES),
            "flag": self.prng.chance(150), "code": CODES[rule], "code_min": "L6", "min": 0,
            "max": most, "within_s": 0,
        }  # fmt: skip
        made.update(more)
        return made

    def written(self, checks, lane, m, time):
        # -> the name of a limit that should have stopped it, or "".
        if m.kind not in _SALES:
            return ""
        card = m.pan()
        row = [lane, day_of(time.wall), m.kind, m.amount, card, time.wall, m.stan, False, True]
        row[8] = time.trust > 1
        for limit in self.config:
            if not limit["flag"] and self._beyond(limit, row, True):
                return limit["name"]
        self.rows.append(row)
        return ""

    def _beyond(self, limit, row, surely):
        # `surely`: of what was certainly approved; else of all that was written.
        rule, most = limit["rule"], limit["max"]
        amount = max(row[3], 0)
        if rule == _AMOUNT:
            return row[3] < limit["min"] or 0 < most < amount
        if surely and not row[8]:
            return False  # without a clock the bridge counts as it can
        before = [r for r in self.rows if (limit["bridge"] or r[0] == row[0]) and r[7] >= surely]
        if surely:
            before = [r for r in before if r[8]]
        if rule in (_COUNT, _SUM):
            before = [r for r in before if r[1] == row[1] or not surely]
            if rule == _COUNT:
                return len(before) >= most
            return sum([max(r[3], 0) for r in before]) + amount > most
        if not row[4]:
            return False
        near = [r for r in before if r[4] == row[4] and abs(row[5] - r[5]) < limit["within_s"]]
        if not surely:
            near = [r for r in before if r[4] == row[4]]
        if rule == _REPEAT:
            near = [r for r in near if r[3] == row[3]]
        return len(near) >= most

    def allow_refusal(self, lane, m, code, time):
        # Was that local code called for?
        if not code.startswith("L"):
            return True
        known = time.trust > 1
        row = [lane, day_of(time.wall), m.kind, m.amount, b"", time.wall, m.stan, False, known]
        if code in ("L6", "L7"):
            return True
        rule = CODES.index(code)
        if rule in (_CARD, _REPEAT):
            # The answer does not name the card: some card had to be used often enough.
            cards = sorted({r[4] for r in self.rows})
            rows = [row[:4] + [card] + row[5:] for card in cards]
        else:
            rows = [row]
        limits = [one for one in self.config if one["rule"] == rule]
        return any(self._beyond(one, row, False) for one in limits for row in rows)

    def replied(self, lane, m):
        if m.cls == message.CLS_LIVE and wire.approved(m.code):
            self._mark(lane, m.stan, True, m.amount)

    def reversed(self, lane, stan):
        self._mark(lane, stan, False)

    def _mark(self, lane, stan, approved, amount=-1):
        # The newest of that trace number. A partial approval has used up less.
        for i in range(len(self.rows) - 1, -1, -1):
            row = self.rows[i]
            if row[0] == lane and row[6] == stan:
                row[7] = approved
                if amount >= 0:
                    row[3] = amount
                return


def day_of(wall):
    local = wall + _OFFSET_S
    return local // 86400 + (local % 86400 >= _CUT_OVER_S)
