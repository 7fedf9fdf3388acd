"""A payment terminal, as the common ones are written, with its memory on a chip of its own.

One program runs at a time, as a generator that yields what it sends and gets the answer, or None
when none came in time, or UNSENT when the bridge could not be reached. A power loss ends the
program where it is; the memory stays. The reversal slot is written before the request is sent and
sent before anything else, advices follow a successful request, keys turn at sign-in, and a batch
whose upload was interrupted is uploaded to its end before the terminal trades again.
"""

from tidegate.proto import message
from tidegate_host.world import device, faults, habits, wire
from tidegate_host.world.device import DONE, FAILED, REVERSED, Answer
from tidegate_host.world.watched import CARD_MIDDLE, PIN_BLOCK

UNSENT = 1
_REVERSED_BY = ("00", "25", "12")
_SIGN_IN_AGAIN = ("A0", "77", "97", "99")
_NO_OUTCOME = ("68", "98")
_DETAILS_MAX = 8
_SIGN_IN_TRIES = 4  # by an operator who wants to sell
NEVER_REVERSED = (message.KIND_REFUND, message.KIND_COMPLETION_ADVICE, message.KIND_BALANCE)


class Terminal:
    def __init__(self, world, number, dialect, wire_line, prng):
        self.world = world
        self.agenda = world.agenda
        self.faults = world.faults
        self.prng = prng
        self.number = number
        self.dialect = dialect
        self.line = wire_line
        wire_line.terminal = self
        self.tid = "W%07d" % (number + 1)
        self.memory = device.Memory(self.tid, 100 * prng.below(50))
        self.memory.signed_in = not dialect.is_cup
        self.memory.batch = 1 if dialect.is_cup else 0  # the plain dialect knows no batches
        self.cards = ["6299" + CARD_MIDDLE + "%02d%02d" % (number, i) for i in range(8)]
        # How this one was built and is handled.
        self.wait_ms = prng.between(20, 60) * 1000
        self.keeps_line = prng.chance(400)
        self.drops_refused = prng.chance(300)
        self.rebuilds = prng.chance(500)
        # Plain hosts know terminals without a reader: the card number is typed, nobody has a PIN.
        self.types_cards = not dialect.is_cup and prng.chance(700)
        self.message = message.Message()
        self.on = True
        self.program = None
        self.expects = None  # (answer's type, trace number, generation) while it waits
        self.generation = 0

    # Running a program.

    @property
    def idle(self):
        return self.on and self.program is None

    def begin(self, program):
        self.program = program
        self._step(None, True)

    def _step(self, value, first=False):
        # Until the program waits for an answer, or ends.
        self.expects = None
        while True:
            try:
                frame, mti, stan = next(self.program) if first else self.program.send(value)
            except StopIteration:
                self.program = None
                self._hang_up()
                return
            first = False
            if self.line.open():
                self._ask(frame, mti, stan)
                return
            value = UNSENT

    def _ask(self, frame, mti, stan):
        self.generation += 1
        self.expects = (mti + 10, stan)
        self.agenda.note(b"ask", self.number, mti, stan)
        self.line.send(frame)
        self.agenda.after(self.wait_ms, self._time_over, self.generation)
        if self.faults.hit(faults.IMPATIENT):
            wait = self.prng.between(500, self.wait_ms)
            self.agenda.after(wait, self._time_over, self.generation)
        if self.faults.hit(faults.TERMINAL_REBOOT):
            self.agenda.after(self.prng.between(1, 30000), self._lose_power, self.generation)

    def _time_over(self, generation):
        if self.expects and generation == self.generation:
            self.line.close()
            self._step(None)

    def hear(self, frame):
        if not self.on or not self.expects:
            return
        m = self.message.read(self.dialect, memoryview(frame))
        if (m.mti, m.stan) != self.expects:
            self.agenda.note(b"deaf", self.number, m.mti, m.stan)
            return
        if wire.approved(m.code) and m.cls != message.CLS_SESSION:
            if m.cls != message.CLS_SETTLEMENT and not self._trusts(m):
                self.world.habits.saw(habits.SEAL_DOUBTED)
                self._step("bad seal")
                return
        self._step(Answer(m))

    def _trusts(self, m):
        # Only a plain approval is looked at that closely.
        return wire.text(m.code) != "00" or wire.seal_holds(m, self.memory.epoch)

    def _hang_up(self):
        if not self.keeps_line:
            self.line.close()

    def _lose_power(self, generation):
        if generation != self.generation or not self.on:
            return
        self.agenda.note(b"terminal-off", self.number)
        self.on = False
        self.expects = None
        self.program = None
        self.line.close()
        self.agenda.after(self.prng.between(5000, 90000), self._come_up)

    def _come_up(self):
        self.on = True

    # The parts of every program. Each returns whether the terminal may go on.

    def ready(self):
        memory = self.memory
        if memory.settling and not (yield from self.upload(True)):
            return False
        if memory.slot and not (yield from self.clear_slot()):
            return False
        for _ in range(_SIGN_IN_TRIES):
            if memory.signed_in or (yield from self.sign_in()):
                return True
        return False

    def sign_in(self):
        memory = self.memory
        stan = memory.next_stan()
        fields = wire.session(self.tid, memory.batch, stan, "0800", "003")
        answer = yield wire.plain(self.dialect, fields), 800, stan
        if not isinstance(answer, Answer) or answer.code != "00" or len(answer.keys) < 4:
            return False
        memory.epoch = int.from_bytes(answer.keys[:4], "big")
        memory.signed_in = True
        if not memory.log and not memory.slot and answer.batch > memory.batch:
            memory.batch = answer.batch
        return True

    def clear_slot(self):
        memory = self.memory
        slot = memory.slot
        slot.tries += 1
        self.world.habits.saw(habits.SLOT_SENT)
        t = slot.transaction
        fields = wire.request(
            self.dialect, t.kind, self.tid, t.batch, t.stan, t.amount, t.card, f39=slot.reason
        )
        fields[0] = "0400"
        if self.dialect.is_cup:
            self._name_original(fields, t)
        else:
            # Here F90 names what is taken back itself.
            fields[90] = wire.original(self.dialect, t.batch, t.stan)["f90"]
        if self.rebuilds:
            fields[12] = "%06d" % (self.world.local()[1])
        answer = yield wire.sealed(self.dialect, fields, memory.epoch), 400, t.stan
        if isinstance(answer, Answer) and answer.code in _REVERSED_BY:
            memory.slot = None
            return True
        if isinstance(answer, Answer) and answer.code in _SIGN_IN_AGAIN:
            memory.signed_in = False
        if slot.tries >= device.SLOT_TRIES_MAX and answer is not UNSENT:
            memory.slot = None
            memory.abandoned.append(t)
            self.world.habits.saw(habits.SLOT_GIVEN_UP)
            return True
        return False

    def _name_original(self, fields, t):
        if t.original is not None:
            more = wire.original(self.dialect, t.original.batch, t.original.stan)
            for name in more:
                fields[int(name[1:])] = more[name]

    def owes(self):
        memory = self.memory
        return memory.slot or memory.settling or memory.unsent() is not None

    def clear(self):
        if (yield from self.ready()):
            yield from self.trickle()

    # What an operator can start.

    def pay(self, kind, amount, original=None, card=None):
        if not (yield from self.ready()):
            return
        memory = self.memory
        card = original.card if original else card or self.prng.pick(self.cards)
        t = device.Transaction(kind, memory.batch, memory.next_stan(), amount, card)
        t.original = original
        memory.log.append(t)
        if kind not in NEVER_REVERSED:
            memory.slot = device.Slot(t, "98")
        fields = wire.request(self.dialect, kind, self.tid, t.batch, t.stan, amount, card)
        self._name_original(fields, t)
        if not self.types_cards and self.prng.chance(600):
            fields[35] = card + "=4912" + "0" * 12
        if not self.types_cards and self.prng.chance(500):
            fields[52] = PIN_BLOCK
        answer = yield wire.sealed(self.dialect, fields, memory.epoch), int(fields[0]), t.stan
        if self._judge(t, answer):
            if self.faults.hit(faults.CHIP_DECLINE) and kind not in NEVER_REVERSED:
                # The card says no after the host said yes.
                t.state = REVERSED
                memory.slot = device.Slot(t, "06")
                yield from self.clear_slot()
                return
            if original is not None:
                original.voided = True
            yield from self.trickle()
        elif memory.slot and self.faults.hit(faults.REVERSED_AT_ONCE):
            yield from self.clear_slot()

    def _judge(self, t, answer):
        # The slot stays, and the transaction is not counted, where nothing certain is known.
        memory = self.memory
        t.state = FAILED
        if answer is None or answer == "bad seal":
            if memory.slot:
                t.state = REVERSED
                memory.slot.reason = "A0" if answer else "98"
            return False
        if answer is UNSENT:
            memory.slot = None
            return False
        if wire.approved(message.code2(answer.code)):
            memory.slot = None
            t.state = DONE
            t.auth = answer.auth
            if answer.amount >= 0 and t.kind != message.KIND_BALANCE:
                t.amount = answer.amount
            return True
        if answer.code in _SIGN_IN_AGAIN:
            memory.signed_in = False
        if answer.code in _NO_OUTCOME and memory.slot:
            t.state = REVERSED
        else:
            memory.slot = None
        return False

    def sell_offline(self, kind, amount, original=None):
        # The goods are gone when this is written; the host hears of it later.
        memory = self.memory
        if memory.settling:
            return
        card = self.prng.pick(self.cards)
        amount = 0 if kind == message.KIND_SCRIPT_RESULT else amount
        t = device.Transaction(kind, memory.batch, memory.next_stan(), amount, card)
        t.original = original
        t.online = False
        t.state = DONE
        memory.log.append(t)
        if self.prng.chance(600) and (yield from self.ready()):
            yield from self.trickle()

    def trickle(self):
        # -> whether every advice is out, or given up.
        for _ in range(6):
            t = self.memory.unsent()
            if t is None:
                return True
            answer = yield from self._advise(t)
            if not isinstance(answer, Answer):
                return False
        return self.memory.unsent() is None

    def _advise(self, t):
        memory = self.memory
        fields = wire.request(self.dialect, t.kind, self.tid, t.batch, t.stan, t.amount, t.card)
        self._name_original(fields, t)
        if self.faults.hit(faults.SECRET_ADVICE):
            fields[35] = t.card + "=4912" + "0" * 12
        if self.faults.hit(faults.REBUILT_ADVICE):
            fields[63] = "%03d" % t.tries  # a confused terminal: other contents, same transaction
        t.tries += 1
        frame = wire.sealed(self.dialect, fields, memory.epoch)
        answer = yield frame, int(fields[0]), t.stan
        if isinstance(answer, Answer):
            if answer.code == "94" or wire.approved(message.code2(answer.code)):
                t.delivered = True
            elif self.drops_refused or answer.code not in ("96", "90", "91", "92"):
                t.given_up = True  # on paper: the batch upload names it
                self.world.habits.saw(habits.ADVICE_GIVEN_UP)
            if answer.code in _SIGN_IN_AGAIN:
                memory.signed_in = False
        if t.tries >= device.ADVICE_TRIES_MAX:
            t.given_up = True
        return answer

    def storm(self, count):
        # Many off-line sales in a row, each advised at once.
        for _ in range(count):
            if self.memory.settling or not (yield from self.ready()):
                return
            amount = self.prng.between(1, 5000)
            memory = self.memory
            t = device.Transaction(
                message.KIND_OFFLINE_SALE, memory.batch, memory.next_stan(), amount, self.cards[0]
            )
            t.online = False
            t.state = DONE
            memory.log.append(t)
            yield from self._advise(t)

    def call(self, mti, net):
        # Echo and sign-off.
        if not (yield from self.ready()):
            return
        memory = self.memory
        stan = memory.next_stan()
        fields = wire.session(self.tid, memory.batch, stan, mti, net)
        answer = yield wire.plain(self.dialect, fields), int(mti), stan
        if net == "002" and isinstance(answer, Answer) and answer.code == "00":
            memory.signed_in = False

    # Settlement.

    def settle(self):
        if not (yield from self.ready()):
            return
        yield from self.trickle()
        memory = self.memory
        if memory.unsent() is not None and self.prng.chance(700):
            return  # the operator tries again later
        stan = memory.next_stan()
        fields = wire.session(self.tid, memory.batch, stan, "0500", "201")
        fields[48] = "%012d%03d%012d%03d0" % tuple(memory.totals()) + "0" * 31
        fields[49] = "156"
        answer = yield wire.plain(self.dialect, fields), 500, stan
        if isinstance(answer, Answer) and answer.flag in (1, 2, 3):
            memory.settling = answer.flag
            yield from self.upload()

    def upload(self, again=False):
        # Resumed where a power loss or a dead line ended it: each record keeps its own mark.
        memory = self.memory
        self.world.habits.saw(habits.UPLOAD_RESUMED, again)
        while memory.settling != 1:
            rows = [t for t in memory.log if t.state == DONE and not t.uploaded]
            rows = [t for t in rows if wire.side(t.kind)]
            if not rows:
                break
            if not (yield from self._upload_some(rows)):
                return False
        net = "207" if memory.settling == 1 else "202"
        if not (yield from self._report(net, {48: "%04d" % len(memory.log)})):
            return False
        self.world.checks.batch_closed(self)
        memory.close_batch()
        return True

    def _upload_some(self, rows):
        online = [t for t in rows if t.online and t.kind not in NEVER_REVERSED][:_DETAILS_MAX]
        if online:
            details = "%02d" % len(online)
            for t in online:
                details += "00%06d%020d%012d" % (t.stan, int(t.card), t.amount)
            taken = yield from self._report("201", {48: details})
        else:
            online = rows[:1]
            t = online[0]
            fields = wire.request(
                self.dialect, t.kind, self.tid, t.batch, t.stan, t.amount, t.card
            )
            fields[0] = "0320"
            answer = yield wire.plain(self.dialect, fields), 320, t.stan
            taken = isinstance(answer, Answer) and answer.code == "00"
        if taken:
            for t in online:
                t.uploaded = True
        return taken

    def _report(self, net, more):
        memory = self.memory
        stan = memory.next_stan()
        fields = wire.session(self.tid, memory.batch, stan, "0320", net)
        fields.update(more)
        answer = yield wire.plain(self.dialect, fields), 320, stan
        return isinstance(answer, Answer) and answer.code == "00"
