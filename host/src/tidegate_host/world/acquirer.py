"""The acquirer: keys, books and an answer to everything, with the habits that hosts have.

It never recognises a repeated live request: a second write of one is booked a second time, so that
a bridge that writes twice is found out. Repeated advices it answers with 94 or 00, or books again,
as its kind is; a reversal of what it has not seen is answered 25, and some remember it.
"""

from tidegate.proto import message
from tidegate_host.world import books, faults, habits, wire

_CUT_OVER_MS = (60000, 1800000)
_REFUSED = ("51", "05", "61", "14", "54")
_BUSY = ("09", "90", "91", "92", "96", "A7")
_UPLOADED = (message.KIND_BATCH_UPLOAD, message.KIND_BATCH_END)

ANSWERS_94 = 0
ANSWERS_00 = 1
BOOKS_AGAIN = 2
_REPEATS = (habits.REPEAT_94, habits.REPEAT_00, habits.BOOKED_AGAIN)


class Acquirer:
    def __init__(self, world, prng, repeats):
        self.world = world
        self.agenda = world.agenda
        self.faults = world.faults
        self.saw = world.habits.saw
        self.prng = prng
        self.repeats = repeats
        self.remembers = prng.chance(500)
        self.message = message.Message()
        self.accounts = []  # one for each terminal of the world, in its order
        self.life = 0  # restarts
        self.up_ms = 0
        self.away_until_ms = 0  # in its cut-over
        self.messages = 0

    def open_account(self, tid):
        self.accounts.append(books.Account(tid))

    def arrive(self, line, frame):
        if self.agenda.now_ms < self.up_ms:
            return
        delay_ms = self.prng.between(30, 900)
        self.agenda.after(delay_ms, self._process, line, frame, self.life)

    def restart(self):
        # Its books are on disk; what it was working on is not.
        self.life += 1
        self.up_ms = self.agenda.now_ms + self.prng.between(1000, 60000)
        self.world.network.reset_all()
        self.agenda.note(b"host-restart")

    def cut_over(self):
        length_ms = self.prng.between(_CUT_OVER_MS[0], _CUT_OVER_MS[1])
        self.away_until_ms = self.agenda.now_ms + length_ms

    def _process(self, line, frame, life):
        if life != self.life:
            return
        terminal, account = self._who(frame)
        if account is None:
            return
        self.messages += 1
        m = self.message.read(terminal.dialect, memoryview(frame))
        self.agenda.note(b"host", m.mti, m.stan, m.kind)
        fields = self._answer(terminal, account, m, frame)
        if fields is None:
            return
        if fields.get(39) in ("00", "10", "11"):
            answer = wire.sealed(terminal.dialect, fields, account.epoch)
        else:
            answer = wire.plain(terminal.dialect, fields)
        if fields.get(39) == "00" and m.cls == message.CLS_LIVE and terminal.dialect.is_cup:
            if self.faults.hit(faults.SEAL_GARBLED):
                answer = answer[:-1] + bytes([answer[-1] ^ 1])
        self.world.checks.host_said(answer)
        delay_ms = 5
        if self.faults.hit(faults.LATE):
            delay_ms = self.prng.between(15000, 30000)
        elif self.faults.hit(faults.VERY_LATE):
            delay_ms = self.prng.between(30000, 150000)
        self.agenda.after(delay_ms, self._send, line, answer, life)

    def _send(self, line, answer, life):
        if life == self.life:
            self.world.network.answer(line, answer)

    def _who(self, frame):
        # The terminal's name is text in every dialect of a world.
        for number, account in enumerate(self.accounts):
            if account.tid.encode() in frame:
                return self.world.terminals[number], account
        return None, None

    def _answer(self, terminal, account, m, frame):
        # -> the fields of the answer, or None for silence.
        if m.cls == message.CLS_LIVE:
            self.world.checks.host_got_live(terminal, m, frame)
            code, more = self._live(account, m)
        elif m.cls == message.CLS_STORABLE:
            self.world.checks.host_got_stored(terminal, m)
            code, more = self._stored(account, m)
            self.world.checks.host_told_stored(terminal, m, code)
        elif m.cls == message.CLS_SESSION:
            code, more = self._session(account, m)
        elif m.cls == message.CLS_SETTLEMENT:
            code, more = self._settlement(account, m)
        else:
            return None
        if code is None:
            return None
        fields = {0: "%04d" % (m.mti + 10), 11: "%06d" % m.stan, 41: account.tid,
                  42: wire.MERCHANT}  # fmt: skip
        if m.proc >= 0:
            fields[3] = "%06d" % m.proc
        if m.amount >= 0:
            fields[4] = "%012d" % m.amount
        date, clock, settle_date = self.world.local()
        fields[12], fields[13] = "%06d" % clock, "%04d" % date
        if m.cls in (message.CLS_LIVE, message.CLS_STORABLE):
            fields[15] = "%04d" % settle_date
            self.saw(habits.NEXT_DAY, settle_date != date)
            fields[37] = "%012d" % self.messages
        if m.batch >= 0 and m.dialect.is_cup:
            fields[60] = "%02d%06d%03d" % (max(m.msg_type, 0), m.batch, max(m.net_mgmt, 0))
        if code:
            fields[39] = code
        fields.update(more)
        return fields

    # Live requests.

    def _live(self, account, m):
        if not wire.seal_holds(m, account.epoch):
            return "A0", {}
        if self._away():
            return "90", {}
        if self.faults.hit(faults.DECLINE):
            return self.prng.pick(_REFUSED), {}
        if self.faults.hit(faults.BUSY):
            return self.prng.pick(_BUSY), {}
        unclear = self.faults.hit(faults.UNKNOWN_OUTCOME)
        if unclear and self.prng.chance(500):
            return "68", {}
        self.saw(habits.ORIGINAL_TRAILS, account.was_unseen(m.batch, m.stan))
        if self.remembers and account.was_unseen(m.batch, m.stan):
            return "12", {}
        original = account.find(m.batch, m.orig_stan) if m.orig_stan >= 0 else None
        if m.kind == message.KIND_VOID:
            if original is None or original.effects != 1 or original.voided:
                return "25", {}
            original.voided = True
        amount = max(m.amount, 0)
        code = "11" if self.prng.chance(20) else "00"
        if m.kind == message.KIND_SALE and amount > 1 and self.faults.hit(faults.PARTIAL):
            amount //= 2
            code = "10"
        entry = account.book(m.kind, m.batch, m.stan, amount, books.LIVE)
        entry.original = original
        if unclear:
            return "98", {}
        return code, {4: "%012d" % amount, 38: "%06d" % (self.messages % 1000000)}

    def _away(self):
        return self.agenda.now_ms < self.away_until_ms

    # Reversals and advices.

    def _stored(self, account, m):
        if not wire.seal_holds(m, account.epoch):
            self.saw(habits.SEAL_DEAD)
            return "A0", {}
        if self._away():
            self.saw(habits.PUT_OFF_AT_CUT_OVER)
            return "90", {}
        if self.faults.hit(faults.BUSY) or self._is_stuck(account, m.stan):
            return self.prng.pick(_BUSY), {}
        if m.kind == message.KIND_REVERSAL:
            return self._reverse(account, m), {}
        entry = account.find(m.batch, m.stan)
        if entry is not None and entry.via != books.LIVE:
            self.saw(_REPEATS[self.repeats])
            if self.repeats == ANSWERS_94:
                return "94", {}
            if self.repeats == BOOKS_AGAIN:
                entry.effects += 1
            return "00", {}
        if self.faults.hit(faults.ADVICE_REFUSED):
            return self.prng.pick(("13", "14", "30")), {}
        account.book(m.kind, m.batch, m.stan, max(m.amount, 0), books.ADVICE)
        return "00", {}

    def _is_stuck(self, account, stan):
        # One message that the host puts off for hours, while it answers all others.
        if not self.faults.on:
            return False
        if stan not in account.stuck:
            stuck = self.faults.hit(faults.STUCK)
            hours_ms = self.prng.between(1200000, 9000000) if stuck else 0
            account.stuck[stan] = self.agenda.now_ms + hours_ms
        return self.agenda.now_ms < account.stuck[stan]

    def _reverse(self, account, m):
        if self.faults.hit(faults.REVERSAL_REFUSED):
            return self.prng.pick(("13", "30", "06"))
        entry = account.find(m.batch, m.stan)
        if entry is None:
            self.saw(habits.REVERSAL_UNSEEN)
            account.remember_unseen(m.batch, m.stan)
            return "25" if self.prng.chance(800) else "12"
        if not entry.reversed:
            entry.reversed = True
            entry.effects -= 1
            if m.kind and getattr(entry, "original", None) is not None:
                entry.original.voided = False
        else:
            self.saw(habits.REVERSED_AGAIN)
        return "00"

    # Sessions and settlement.

    def _session(self, account, m):
        if m.kind != message.KIND_SIGN_IN:
            return "00", {}
        account.epoch += 1
        if self.faults.hit(faults.KEYS_LOST):
            return None, {}
        more = {62: "%08X" % account.epoch + "00" * 36}
        more[60] = "00%06d%03d" % (account.batch_next, m.net_mgmt)
        return "00", more

    def _settlement(self, account, m):
        if m.kind in _UPLOADED:
            return self._upload(account, m)
        told = [0] * 10
        try:
            message.totals(m, told)
        except ValueError:
            return "30", {}  # noise on the terminal's line: the bridge passes it on as it is
        ours = account.totals(m.batch)
        same = told[0] == ours[0] and told[1] == ours[1] and told[2:4] == ours[2:4]
        self.saw(habits.OUT_OF_BALANCE, not same)
        self.agenda.note(b"settled", m.batch, same)
        return "", {48: ("%012d%03d%012d%03d" % tuple(told[:4])) + ("1" if same else "2")
                    + "0" * 30 + "1"}  # fmt: skip

    def _upload(self, account, m):
        if m.kind == message.KIND_BATCH_END:
            account.batch_next = max(account.batch_next, m.batch + 1)
            return "00", {}
        details = m.index.digits(48, 0, 2)
        for stan, _ in message.uploaded(m):
            entry = account.find(m.batch, stan)
            if entry is None or entry.effects < 1:
                kind, amount = self._detail(m, stan, details)
                self.world.checks.uploaded_missing(account, stan, entry)
                account.book(kind, m.batch, stan, amount, books.UPLOAD)
        return "00", {}

    def _detail(self, m, stan, details):
        # A detail says no kind: for the books it is a sale.
        for i in range(max(details, 0)):
            if m.index.digits(48, 4 + i * 40, 6) == stan:
                return message.KIND_SALE, m.index.digits(48, 30 + i * 40, 12)
        return self.kind_of_upload(m), max(m.amount, 0)

    def kind_of_upload(self, m):
        for kind in wire.rows(m.dialect):
            row = wire.rows(m.dialect)[kind]
            if int(row[3] or "0") == m.msg_type and int(row[1]) == m.proc:
                return kind
        return message.KIND_SALE
