"""Stand-in in a shop: its limits, and whether an approval by the bridge was called for (M7).

What is seen here is what a terminal asked and heard, and what stands in the journal at that
moment: an advice that is durable, within the limits, of a request without PIN and track.
"""

from tidegate.journal import records
from tidegate.proto import message
from tidegate_host.world import faults

_STORE_MASK = 1 << records.STORE


class Standing:
    def __init__(self, chances, prng):
        self.chances = chances
        self.prng = prng
        self.config = None

    def draw(self):
        self.config = None
        if self.chances.hit(faults.STAND_IN):
            prng = self.prng
            self.config = {
                "max_amount": prng.pick((20000, 200000)), "max_count": prng.pick((1, 3, 20)),
                "max_sum": prng.pick((50000, 2000000)), "max_age_h": prng.pick((1, 6)),
                "reversals": prng.chance(600),
            }  # fmt: skip
        return self.config

    def approved(self, checks, terminal, lane, m, request):
        # A local approval of a live request. -> what is wrong with it, or "".
        config = self.config
        if config is None or terminal.dialect.mac != "none" or request.secret:
            return "nothing allows it"
        if m.kind != message.KIND_SALE or not 0 < m.amount <= config["max_amount"]:
            return "it is beyond one sale"
        if (lane, m.stan) in checks.live_stans:
            return "it was written to the host"
        time = checks.world.box.time
        again = request.frame in checks.writes
        code = checks.world.shop.window_code(m.kind, m.amount, time.wall, time.trust)
        if code and not again:
            return "the window is closed"
        journal = checks.world.box.journal
        waiting = [
            (item.lane, item.stan)
            for item in journal.items(-1, _STORE_MASK)
            if item.flags & records.FLAG_STAND_IN
        ]
        if (lane, m.stan) not in waiting and not again:  # else the host has it already
            return "its advice is not in the journal"
        if not again and len(waiting) > config["max_count"]:
            return "there are too many"
        checks.writes[request.frame] = True  # it must never be written to the host
        return ""
