"""The people at a terminal: what they do at which hour, and how they try again."""

from tidegate.proto import message
from tidegate_host.world import faults, wire
from tidegate_host.world.device import DONE, FAILED

_HOUR_MS = 3600000
_SETTLE_AGAIN_MS = 420000
_AMOUNT_MAX = 900000
_WORK = (
    (50, message.KIND_SALE), (8, message.KIND_VOID), (4, message.KIND_REFUND),
    (4, message.KIND_PREAUTH), (2, message.KIND_PREAUTH_VOID), (3, message.KIND_COMPLETION),
    (1, message.KIND_COMPLETION_VOID), (2, message.KIND_COMPLETION_ADVICE),
    (3, message.KIND_BALANCE), (11, message.KIND_OFFLINE_SALE), (4, message.KIND_IC_SALE),
    (2, message.KIND_IC_REFUND), (3, message.KIND_ADJUST), (3, message.KIND_SCRIPT_RESULT),
)  # fmt: skip
_ABOUT = {
    message.KIND_VOID: (message.KIND_SALE,),
    message.KIND_PREAUTH_VOID: (message.KIND_PREAUTH,),
    message.KIND_COMPLETION: (message.KIND_PREAUTH,),
    message.KIND_COMPLETION_ADVICE: (message.KIND_PREAUTH,),
    message.KIND_COMPLETION_VOID: (message.KIND_COMPLETION,),
    message.KIND_ADJUST: (message.KIND_SALE, message.KIND_OFFLINE_SALE),
}
_OFFLINE = (
    message.KIND_OFFLINE_SALE, message.KIND_IC_SALE, message.KIND_IC_REFUND, message.KIND_ADJUST,
    message.KIND_SCRIPT_RESULT,
)  # fmt: skip


class Operator:
    def __init__(self, world, terminal, prng):
        self.world = world
        self.agenda = world.agenda
        self.terminal = terminal
        self.prng = prng
        self.pace_ms = prng.between(6, 25) * 60000
        self.settles_at_min = prng.between(1250, 1430)
        self.settled_day = -1
        self.open = True  # the shop; closed at the end of the world
        self.done = 0
        self.agenda.after(prng.between(1000, 600000), self.look)

    def look(self):
        # Now and then somebody comes to the terminal.
        if not self.open:
            return
        minute = self.world.local_minute()
        night = minute < 480 or minute > 1410
        pause_ms = self.prng.between(self.pace_ms // 4, self.pace_ms * 2)
        self.agenda.after(pause_ms * 4 if night else pause_ms, self.look)
        if not self.terminal.idle:
            return
        day = self.agenda.now_ms // (24 * _HOUR_MS)
        if minute >= self.settles_at_min and self.settled_day != day:
            self.settled_day = day
            self.settle(self.terminal.memory.batch, 12)
        else:
            self.work()

    def settle(self, batch, tries):
        # Until the batch is closed, or everybody goes home.
        terminal = self.terminal
        if not tries or terminal.memory.batch != batch or not batch:
            return
        if terminal.idle:
            terminal.begin(terminal.settle())
        self.agenda.after(_SETTLE_AGAIN_MS, self.settle, batch, tries - 1)

    def work(self):
        terminal, prng = self.terminal, self.prng
        self.done += 1
        if terminal.dialect.is_cup:
            if prng.chance(15):
                terminal.begin(terminal.call("0820", prng.pick(("301", "301", "002"))))
                return
            waiting = terminal.memory.unsent()
            if prng.chance(200 if waiting and waiting.tries else 12):
                terminal.memory.signed_in = False  # signs in again, out of habit
            if self.world.faults.hit(faults.ODD_MESSAGE):
                terminal.begin(terminal.call("0820", "777"))
                return
            if prng.chance(15) and len(terminal.memory.log) > 3:
                self.settle(terminal.memory.batch, 3)
                return
        if self.world.faults.hit(faults.STORM):
            # A busy hour without a line: the ring of the journal fills.
            self.world.network.blackout((0, 1), prng.between(10, 30) * 60000)
            terminal.begin(terminal.storm(prng.between(40, 100)))
            return
        last = self._refused()
        if last is not None and self.world.faults.hit(faults.OPERATOR_REPEAT):
            terminal.begin(terminal.pay(last.kind, last.amount, None, last.card))
            return
        kind = prng.weighted(_WORK)
        if kind not in wire.rows(terminal.dialect):
            kind = message.KIND_SALE
        self._start(kind)

    def _refused(self):
        log = self.terminal.memory.log
        if log and log[-1].state == FAILED and log[-1].kind == message.KIND_SALE:
            return log[-1]
        return None

    def _start(self, kind):
        terminal, prng = self.terminal, self.prng
        amount = prng.between(1, prng.pick((5000, 60000, _AMOUNT_MAX)))
        original = None
        if kind in _ABOUT:
            original = self._choose(_ABOUT[kind])
            if original is None:
                kind = message.KIND_SALE
            elif kind == message.KIND_VOID:
                amount = original.amount
        if kind in _OFFLINE:
            terminal.begin(terminal.sell_offline(kind, amount, original))
        else:
            terminal.begin(terminal.pay(kind, amount, original))

    def _choose(self, kinds):
        found = [
            t for t in self.terminal.memory.log
            if t.kind in kinds and t.state == DONE and not t.voided
        ]  # fmt: skip
        return self.prng.pick(found[-6:]) if found else None
