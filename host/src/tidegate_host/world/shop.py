"""A shop: the configuration of its bridge, drawn from the seed, and what its windows mean.

The meaning is worked out here once more, by itself: the simulation does not ask the schedule that
it checks.
"""

from tidegate.proto import message

_OFFSET_S = 28800
_HELD_S = 3600
_SALES = (message.KIND_SALE, message.KIND_PREAUTH)
_ALL_LIVE = tuple(range(message.KIND_SALE, message.KIND_OTHER_LIVE + 1))
_NIGHT = {"days": 127, "from_min": 1380, "to_min": 360, "max_amount": 0, "route": 0, "code": "58"}

_DECLINE = 2
_MAINTENANCE = 3
_CHANNEL = 4


class Shop:
    def __init__(self, prng, terminals, dialects, faulty, limits, standing):
        self.prng = prng
        self.limits = limits
        self.standing = standing
        self.faulty = faulty
        self.closed = 0, 0  # when a window refused last, and with what trust in the clock
        self.dialects = dialects
        self.books_again = prng.chance(300)  # the host books a repeated advice again
        names = ("cup", "cup", "cup-accept", "iso87")
        self.spoken = [prng.pick(names) for _ in range(terminals)]
        self.lanes_max = 4
        self.config = self.draw()

    def held_code(self, kind, amount, time):
        # A clock that was put back, by no better source, opens nothing that has just refused.
        at, trust = self.closed
        if 0 < at - time.wall <= _HELD_S and 0 < time.trust <= trust:
            return self.window_code(kind, amount, at, trust)
        return ""

    def set_lanes(self, lanes_max):
        self.lanes_max = self.config["lanes_max"] = lanes_max

    def draw(self):
        # Also drawn anew when somebody changes the configuration.
        prng = self.prng
        compiled = {}
        for name in ("cup", "cup-accept", "iso87"):
            data = {key: self.dialects[name][key] for key in sorted(self.dialects[name])}
            data["advice_idempotent"] = not self.books_again
            compiled[name] = data
        config = {
            "schema": 1,
            "name": "world",
            "dialects": compiled,
            "terminals": [{"name": "t%d" % i, "dialect": d} for i, d in enumerate(self.spoken)],
            "routes": [
                {"name": "primary", "keep_open": prng.chance(500)},
                {"name": "night", "keep_open": prng.chance(300)},
            ],
            "lanes": [],
            "lanes_max": self.lanes_max,
            "limits": {
                "answer_deadline_s": 18,
                "duplicate_window_s": 120,
                "reversal_guard_s": 60,
                "unknown_attention_min": 10,
                "storable_attempts_max": prng.pick((3, 20, 200)),
                "storable_age_max_h": prng.pick((1, 24, 24)),
                "stored_count_max": prng.pick((3, 4000, 4000)) if self.faulty else 4000,
                "stored_sum_max": 0,
                "frame_bytes_max": 2048,
                "backoff_s_max": 60,
                "stall_s": 20,
            },
            "decline": {
                "line": "91", "busy": "96", "maintenance": "90", "window": "58", "cap": "61",
            },
            "clock": {
                "offsets": [[0, _OFFSET_S]],
                "cutover_min": 1380,
                "when_unknown": prng.pick(("allow", "allow", "decline")),
            },
            "drain_before_cutover_min": 20,
            "windows": self._windows() if self.faulty else [],
            "live_limits": self.limits.draw(),
            "settlement": self.limits.draw_settlement(),
            "stand_in": self.standing.draw(),
            "announce_before_min": 15,
        }  # fmt: skip
        self.config = config
        return config

    def _windows(self):
        shape = self.prng.below(6)
        if shape < 2:
            return []
        if shape == 2:
            return [self._window(_DECLINE, _SALES)]
        if shape == 3:
            return [self._window(_CHANNEL, _SALES, max_amount=50000, route=1)]
        if shape == 4:
            away = self._window(_MAINTENANCE, _ALL_LIVE, code="90", from_min=780, to_min=800)
            return [away, self._window(0, _SALES, max_amount=100000)]
        return [self._window(1, _SALES)]

    def _window(self, action, kinds, **more):
        window = {key: _NIGHT[key] for key in sorted(_NIGHT)}
        window.update(more)
        window["name"] = "w%d" % action
        window["action"] = action
        window["kinds"] = list(kinds)
        return window

    def window_code(self, kind, amount, wall_s, trust):
        # The code with which the windows refuse a request at that moment, "" when they do not.
        windows = self.config["windows"]
        if not trust:
            concerned = [w for w in windows if kind in w["kinds"]]
            return "58" if concerned and self.config["clock"]["when_unknown"] != "allow" else ""
        minute = (wall_s + _OFFSET_S) % 86400 // 60
        for window in windows:
            if kind in window["kinds"] and _inside(window, minute):
                if window["action"] in (_DECLINE, _MAINTENANCE):
                    return window["code"]
                return "61" if 0 < window["max_amount"] < amount else ""
        return ""


def _inside(window, minute):
    first, last = window["from_min"], window["to_min"]
    if first < last:
        return first <= minute < last
    return minute >= first or minute < last
