"""One world: a shop, its bridge, the network and the acquirer, all from one seed.

    World(seed, days, terminals, mask, dialects).run()

Faults come and go for `days`; then everything works again, the terminals clear what they owe, and
the books are compared, before and after a last settlement. A broken rule raises Violation.
"""

from binascii import crc32

from tidegate.proto.dialect import Dialect
from tidegate_host.world import acquirer, audit, checks, faults
from tidegate_host.world.agenda import Agenda
from tidegate_host.world.box import Box
from tidegate_host.world.habits import Habits
from tidegate_host.world.limits import Limits
from tidegate_host.world.manager import Manager
from tidegate_host.world.network import Network, Wire
from tidegate_host.world.operator import Operator
from tidegate_host.world.prng import Prng
from tidegate_host.world.shop import Shop
from tidegate_host.world.standing import Standing
from tidegate_host.world.terminal import Terminal

DAY_MS = 86400000
_QUIET_MS = 5400000  # how long everything gets to come to rest
_BEGINS_S = 200000000 - 200000000 % 86400 - 28800 + 6 * 3600  # 06:00 in the shop, in 2026
_OFFSET_S = 28800
_CUT_OVER_MIN = 1380
_SECTORS = (12, 12, 16, 32, 64)


class World:
    def __init__(self, seed, days, terminals, mask, dialects):
        self.seed = seed
        self.days = days
        self.count = terminals
        self.mask = mask
        self.agenda = Agenda()
        self.habits = Habits()
        self.faults = faults.Faults(
            [Prng(seed, name) for name in ("faults", "later", "latest")], mask
        )
        short = terminals > 1 and self.faults.hit(faults.LANES_SHORT)
        self.lanes_max = terminals - 1 if short else max(4, terminals)
        limits = Limits(self.faults, Prng(seed, "limits"))
        standing = Standing(self.faults, Prng(seed, "standing"))
        self.shop = Shop(Prng(seed, "shop"), terminals, dialects, bool(mask), limits, standing)
        self.shop.set_lanes(self.lanes_max)
        self.batches = 0
        self.lanes = {}
        self.reversed_at_host = {}
        self.checks = checks.Checks(self)
        prng = Prng(seed, "acquirer")
        repeats = prng.pick((acquirer.ANSWERS_94, acquirer.ANSWERS_00))
        repeats = acquirer.BOOKS_AGAIN if self.shop.books_again else repeats
        self.acquirer = acquirer.Acquirer(self, prng, repeats)
        self.network = Network(self, Prng(seed, "network"))
        chance = Prng(seed, "box")
        sectors = chance.pick(_SECTORS) if mask else 64
        self.box = Box(self, self.shop.config, sectors, chance)
        self._age = Prng(seed, "age")
        self.terminals = []
        self.operators = []
        self.box.boot()
        for number in range(terminals):
            self._add_terminal(number)
        self.manager = Manager(self, Prng(seed, "manager"))
        self.agenda.after(3600000, self._hour)

    def _add_terminal(self, number):
        wire = Wire(self, number, Prng(self.seed, "wire %d" % number))
        dialect = Dialect(self.shop.config["dialects"][self.shop.spoken[number]])
        prng = Prng(self.seed, "terminal %d" % number)
        terminal = Terminal(self, number, dialect, wire, prng)
        self.terminals.append(terminal)
        self.acquirer.open_account(terminal.tid)
        self.operators.append(Operator(self, terminal, Prng(self.seed, "operator %d" % number)))

    # The true time.

    def wall(self):
        return _BEGINS_S + self.agenda.now_ms // 1000

    def local_minute(self):
        return (self.wall() + _OFFSET_S) % 86400 // 60

    def local(self):
        # -> date mmdd, time hhmmss, the host's settlement date mmdd; every month has 30 days here.
        local_s = self.wall() + _OFFSET_S
        day = local_s // 86400
        second = local_s % 86400
        settle = day + (second >= _CUT_OVER_MIN * 60)
        clock = (second // 3600 * 100 + second // 60 % 60) * 100 + second % 60
        return _date(day), clock, _date(settle)

    # Who is who.

    def terminal_of(self, conn):
        return self.terminals[self.box.links[conn]]

    def lane_of(self, terminal):
        return self.lanes.get(terminal.number, -1)

    def terminal_by_lane(self, lane):
        for terminal in self.terminals:
            if self.lanes.get(terminal.number) == lane:
                return terminal
        raise ValueError("a lane without a terminal")

    def learn_lanes(self):
        # Terminal -> lane, as the bridge gave them.
        # Noise on a line without a check can make a name that no terminal has.
        for name, lane, _ in self.box.engine.ledger.names:
            if name[1:8].isdigit():
                self.lanes[int(name[1:8]) - 1] = lane

    def reconfigure(self):
        self.box.config = self.shop.draw()
        self.agenda.note(b"reconfigured")

    # The course of a world.

    def _hour(self):
        self.agenda.after(3600000, self._hour)
        self.box.flash.age(self._age, self.faults)
        if self.faults.hit(faults.HOST_RESTART):
            self.acquirer.restart()
        if self.local_minute() // 60 == 22:
            left_ms = (_CUT_OVER_MIN - self.local_minute()) * 60000
            self.agenda.after(left_ms, self._cut_over)

    def _cut_over(self):
        if self.faults.hit(faults.CUT_OVER):
            self.acquirer.cut_over()

    def run(self):
        checked = self.checks.checked
        self.agenda.run(self.days * DAY_MS, checked)
        self._calm()
        self.agenda.run(self.agenda.now_ms + _QUIET_MS, checked)
        audit.audit(self, "open")
        for operator in self.operators:
            operator.settle(operator.terminal.memory.batch, 10)
        self.agenda.run(self.agenda.now_ms + _QUIET_MS, checked)
        audit.audit(self, "settled")
        # Whatever the flash holds in the end belongs to the digest, read or not.
        self.agenda.note(b"flash", crc32(self.box.flash.data))
        return self

    def _calm(self):
        # The faults end; the shop closes; whoever owes something pays.
        self.faults.end()
        self.network.mend()
        self.acquirer.up_ms = self.acquirer.away_until_ms = 0
        for operator in self.operators:
            operator.open = False
        self._clear()

    def _clear(self):
        for terminal in self.terminals:
            if terminal.idle and terminal.owes():
                terminal.begin(terminal.clear())
        if self.agenda.now_ms < self.days * DAY_MS + _QUIET_MS - 1200000:
            self.agenda.after(60000, self._clear)


def _date(day):
    return day // 30 % 12 * 100 + 100 + day % 30 + 1
