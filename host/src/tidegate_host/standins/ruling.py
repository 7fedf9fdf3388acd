"""What the acquirer decides about one financial request, and how it books it. Pure.

Live requests are never taken for repeats: one that comes twice is booked twice, so that a bridge
that sends it twice is found out. Reversals are taken as one however often they come. Advices that
come again are answered 94, or booked again by an acquirer of the kind BOOKS_REPEATS.
"""

from tidegate.proto import kinds
from tidegate_host.standins.books import APPROVED, DECLINED, REVERSED, Books, Entry

IDEMPOTENT = "idempotent"
BOOKS_REPEATS = "books-repeats"
ACQUIRER_KINDS = (IDEMPOTENT, BOOKS_REPEATS)

_COMPLETION_PERCENT = 115  # of the pre-authorised amount; the rule of the card scheme

_VOIDABLE = {
    kinds.KIND_VOID: (kinds.KIND_SALE, kinds.KIND_OFFLINE_SALE, kinds.KIND_IC_SALE),
    kinds.KIND_COMPLETION_VOID: (kinds.KIND_COMPLETION,),
    kinds.KIND_PREAUTH_VOID: (kinds.KIND_PREAUTH,),
}
_SALES = (kinds.KIND_SALE, kinds.KIND_OFFLINE_SALE, kinds.KIND_IC_SALE)
_REFUNDABLE = _SALES + (kinds.KIND_COMPLETION, kinds.KIND_COMPLETION_ADVICE)
_REVERSIBLE = tuple(k for k in range(len(kinds.KIND_NAMES)) if kinds.class_of(k) == kinds.CLS_LIVE)
_STORED_KINDS = (
    kinds.KIND_OFFLINE_SALE, kinds.KIND_IC_SALE, kinds.KIND_IC_REFUND, kinds.KIND_ADJUST,
)  # fmt: skip


class Limits:
    """In minor units; 0 means no limit."""

    def __init__(self, amount_max: int = 5_000_000, card_day_max: int = 0) -> None:
        self.amount_max = amount_max  # of one transaction
        self.card_day_max = card_day_max  # of one card's debits on one settlement day


class Case:
    """What a request asks for. `orig_batch` and `orig_stan` (F61) are -1 when absent; `rrn` and
    `auth` name the original (F37, F38); `reason` is F39 of a reversal."""

    def __init__(self) -> None:
        self.terminal = ""
        self.batch = 0
        self.stan = 0
        self.kind = 0
        self.amount = 0
        self.foreign = False
        self.masked = ""
        self.card = ""
        self.orig_batch = -1
        self.orig_stan = -1
        self.rrn = ""
        self.auth = ""
        self.reason = ""
        self.settle_date = ""
        self.at = ""


class Ruling:
    """Decides on cases. `auth` makes an authorization code from an entry's number."""

    def __init__(self, books: Books, limits: Limits, kind: str = IDEMPOTENT) -> None:
        if kind not in ACQUIRER_KINDS:
            raise ValueError("an acquirer is " + " or ".join(ACQUIRER_KINDS))
        self.books = books
        self.limits = limits
        self.kind = kind

    def decide(self, case: Case, refuse: str = "") -> tuple[str, Entry | None]:
        """The answer's code and the entry that was made or met. `refuse` is a code that somebody
        has decided on already: it is booked as declined."""
        live = kinds.class_of(case.kind) == kinds.CLS_LIVE
        again = live and self.books.came_again(case.terminal, case.batch, case.stan, case.kind)
        if refuse:
            return refuse, self._book(case, refuse, None) if live else None
        if case.kind == kinds.KIND_REVERSAL:
            return self._reverse(case)
        if case.kind == kinds.KIND_SCRIPT_RESULT:
            return "00", None
        if case.kind in _STORED_KINDS:
            return self._advice(case)
        code, original = self._live(case)
        entry = self._book(case, code, original)
        if again:
            entry.note = (entry.note + " came again").strip()
        return code, entry

    def _live(self, case: Case) -> tuple[str, Entry | None]:
        if case.kind in (kinds.KIND_SALE, kinds.KIND_PREAUTH):
            return self._allowed(case), None
        if case.kind == kinds.KIND_BALANCE:
            return "00", None
        if case.kind in _VOIDABLE:
            return self._void(case)
        if case.kind == kinds.KIND_REFUND:
            return self._refund(case)
        if case.kind in (kinds.KIND_COMPLETION, kinds.KIND_COMPLETION_ADVICE):
            return self._complete(case)
        if case.kind == kinds.KIND_PREAUTH_ADD:
            return self._add_to(case)
        return "12", None

    def _allowed(self, case: Case) -> str:
        if case.amount <= 0:
            return "13"
        if self.limits.amount_max and case.amount > self.limits.amount_max:
            return "61"
        most = self.limits.card_day_max
        if most and case.card:
            spent = 0
            for entry in self.books.entries:
                same = entry.card == case.card and entry.settle_date == case.settle_date
                if same and entry.state == APPROVED and entry.kind in _SALES:
                    spent += entry.amount
            if spent + case.amount > most:
                return "61"
        return "00"

    def _original(self, case: Case, wanted: tuple[int, ...]) -> Entry | None:
        # By batch and STAN of F61; without F61 by the reference of F37.
        if case.orig_stan >= 0:
            batch = case.orig_batch if case.orig_batch >= 0 else case.batch
            return self.books.find(case.terminal, batch, case.orig_stan, wanted, APPROVED)
        if case.rrn.strip():
            for entry in reversed(self.books.entries):
                known = entry.rrn == case.rrn and entry.terminal == case.terminal
                if known and entry.kind in wanted and entry.state == APPROVED:
                    return entry
        return None

    def _void(self, case: Case) -> tuple[str, Entry | None]:
        original = self._original(case, _VOIDABLE[case.kind])
        if original is None or original.batch != case.batch:
            return "25", None
        if original.undone:
            return "12", None
        if original.amount != case.amount:
            return "64", None
        if case.card and original.card and case.card != original.card:
            return "14", None
        return "00", original

    def _refund(self, case: Case) -> tuple[str, Entry | None]:
        original = self._original(case, _REFUNDABLE)
        if original is None:
            return "25", None
        if original.undone and self.books.entry(original.undone).kind != kinds.KIND_REFUND:
            return "12", None
        given_back = 0
        for entry in self.books.entries:
            mine = entry.original == original.number and entry.kind == kinds.KIND_REFUND
            if mine and entry.state == APPROVED:
                given_back += entry.amount
        if case.amount <= 0 or given_back + case.amount > original.amount:
            return "61", None
        return "00", original

    def _complete(self, case: Case) -> tuple[str, Entry | None]:
        original = self._original(case, (kinds.KIND_PREAUTH,))
        if original is None or (case.auth.strip() and case.auth != original.auth):
            return "25", None
        if original.undone:
            return "12", None
        if case.amount <= 0 or case.amount * 100 > original.amount * _COMPLETION_PERCENT:
            return "61", None
        return "00", original

    def _add_to(self, case: Case) -> tuple[str, Entry | None]:
        original = self._original(case, (kinds.KIND_PREAUTH,))
        if original is None:
            return "25", None
        if original.undone:
            return "12", None
        code = self._allowed(case)
        if code == "00":
            original.amount += case.amount
        return code, None

    def _advice(self, case: Case) -> tuple[str, Entry | None]:
        before = self.books.find(case.terminal, case.batch, case.stan, (case.kind,), APPROVED)
        if before is not None and self.kind == IDEMPOTENT:
            return "94", before
        code = self._allowed(case)
        original = None
        if code == "00" and case.kind == kinds.KIND_ADJUST:
            original = self._original(case, _REFUNDABLE)
            if original is None:
                code = "25"
            else:
                original.amount = case.amount
        entry = self._book(case, code, original)
        if before is not None:
            entry.note = (entry.note + " booked again").strip()
        return code, entry

    def _reverse(self, case: Case) -> tuple[str, Entry | None]:
        # The centre treats repeated reversals as one, so only the first undoes anything.
        key = "%s:%d:%d" % (case.terminal, case.batch, case.stan)
        original = None
        for state in (APPROVED, REVERSED):
            original = original or self.books.find(
                case.terminal, case.batch, case.stan, _REVERSIBLE, state
            )
        if original is None:
            self.books.early_reversals[key] = True
            return "25", None
        self.books.reversals[key] = self.books.reversals.get(key, 0) + 1
        if self.books.reversals[key] > 1 or original.state == REVERSED:
            return "00", original
        if original.amount != case.amount:
            self.books.reversals[key] -= 1
            return "64", original
        original.state = REVERSED
        if original.original:
            undone = self.books.entry(original.original)
            if undone.undone == original.number:
                undone.undone = 0
        return "00", original

    def _book(self, case: Case, code: str, original: Entry | None) -> Entry:
        entry = Entry()
        for name in (
            "terminal", "batch", "stan", "kind", "amount", "foreign", "masked", "card",
            "settle_date", "at",
        ):  # fmt: skip
            setattr(entry, name, getattr(case, name))
        entry.code = code
        entry.state = APPROVED if code == "00" else DECLINED
        self.books.add(entry)
        if entry.state == APPROVED and original is not None:
            entry.original = original.number
            if case.kind != kinds.KIND_ADJUST:
                original.undone = entry.number
        if entry.state == APPROVED and entry.kind not in _STORED_KINDS:
            key = "%s:%d:%d" % (case.terminal, case.batch, case.stan)
            if key in self.books.early_reversals:
                entry.note = "after its own reversal"
            entry.auth = "%06d" % (entry.number * 7919 % 1_000_000)
        return entry
