"""The end of a batch at the acquirer: totals compared, details taken, the next batch opened. Pure.

0500: F48 of the terminal against the books, answered with a flag for domestic and for foreign
cards: 1 balanced, 2 not. 0320: each detail is looked for in the books; what the books do not have
is written down as a difference, and an advice among it (off-line sale, refund, completion) is
booked. The end message (F60.3 202 or 207) closes the batch; what the terminal did not name in an
unbalanced one is a difference too.
"""

from tidegate.proto import kinds
from tidegate_host.standins.books import APPROVED, Books, Totals
from tidegate_host.standins.request import Request
from tidegate_host.standins.ruling import Case, Ruling

_BALANCED = 1
_NOT_BALANCED = 2
_DETAIL_DIGITS = 40  # card type 2, STAN 6, PAN 20, amount 12
_END_BALANCED = 207
_ADVICES = {
    30: kinds.KIND_OFFLINE_SALE,
    36: kinds.KIND_IC_SALE,
    27: kinds.KIND_IC_REFUND,
    25: kinds.KIND_REFUND,
    24: kinds.KIND_COMPLETION_ADVICE,
}
# F74 to F77 and F86 to F89 of a plain ISO 8583 settlement.
_ISO_COUNTS = (76, 74)
_ISO_SUMS = (88, 86)


def claimed(request: Request) -> Totals:
    """The totals that a 0500 claims; zeros where they cannot be read."""
    if not request.is_cup:
        values = [0] * 8
        for i in range(2):
            values[2 * i] = int(request.fields.get(_ISO_SUMS[i], "0"))
            values[2 * i + 1] = int(request.fields.get(_ISO_COUNTS[i], "0"))
        return Totals(values)
    digits = request.fields.get(48, "")
    values = []
    at = 0
    for size in (12, 3, 12, 3, 1) * 2:
        part = digits[at : at + size]
        at += size
        if size > 1:
            values.append(int(part) if len(part) == size else 0)
    return Totals(values)


def settle(books: Books, request: Request, at: str) -> dict[int, str]:
    """Compare, write it down, and give the fields that the 0510 adds."""
    theirs = claimed(request)
    ours = books.totals(request.terminal, request.batch)
    if not request.is_cup:
        # There is no foreign side and no batch; the books of batch 0 are never closed.
        v = ours.values
        ours = Totals([v[0] + v[4], v[1] + v[5], v[2] + v[6], v[3] + v[7], 0, 0, 0, 0])
    flags = (
        _BALANCED if theirs.values[:4] == ours.values[:4] else _NOT_BALANCED,
        _BALANCED if theirs.values[4:] == ours.values[4:] else _NOT_BALANCED,
    )
    books.settlements.append(
        {
            "terminal": request.terminal,
            "batch": request.batch,
            "at": at,
            "terminal_totals": theirs.values,
            "acquirer_totals": ours.values,
            "flags": list(flags),
            "balanced": flags == (_BALANCED, _BALANCED),
            "closed": False,
            "differences": [],
        }
    )
    if not request.is_cup:
        return {66: "1" if flags[0] == _BALANCED else "2"}
    books.settled["%s:%d" % (request.terminal, request.batch)] = True
    return {48: theirs.digits(flags)}


def upload(books: Books, ruling: Ruling, case: Case, request: Request) -> dict[int, str]:
    """Take a 0320 and give the fields that the 0330 adds."""
    record = _record(books, request)
    if request.kind == kinds.KIND_BATCH_END:
        _close(books, record, request)
    elif len(request.fields.get(48, "")) >= 2 + _DETAIL_DIGITS:
        for stan, amount in _details(request.fields[48]):
            _match(books, record, request, stan, amount)
    elif not _match_advice(books, ruling, case, request):
        _match(books, record, request, request.stan, request.amount)
    return {48: request.fields[48]} if 48 in request.fields else {}


def _record(books: Books, request: Request) -> dict:
    for record in reversed(books.settlements):
        if record["terminal"] == request.terminal and record["batch"] == request.batch:
            return record
    return {"differences": [], "balanced": False, "closed": False}


def _details(text: str) -> list[tuple[int, int]]:
    rows = []
    for i in range(int(text[:2])):
        row = text[2 + i * _DETAIL_DIGITS : 2 + (i + 1) * _DETAIL_DIGITS]
        if len(row) == _DETAIL_DIGITS:
            rows.append((int(row[2:8]), int(row[28:])))
    return rows


def _match(books: Books, record: dict, request: Request, stan: int, amount: int) -> None:
    entry = books.find(request.terminal, request.batch, stan, (), APPROVED)
    if entry is None:
        _differ(record, stan, amount, "only the terminal has it")
    elif entry.amount != amount:
        _differ(record, stan, amount, "the acquirer has %d" % entry.amount)
    else:
        entry.uploaded = True


def _match_advice(books: Books, ruling: Ruling, case: Case, request: Request) -> bool:
    # An advice comes with all its fields: what is not in the books is booked from it.
    kind = _ADVICES.get(request.msg_type)
    if kind is None:
        return False
    case.kind = kind
    if books.find(case.terminal, case.batch, case.stan, (kind,), APPROVED) is None:
        code, entry = ruling.decide(case)
        if code != "00" or entry is None:
            _differ(_record(books, request), case.stan, case.amount, "refused with " + code)
            return True
        entry.note = "booked from the batch upload"
    _match(books, _record(books, request), request, case.stan, case.amount)
    return True


def _close(books: Books, record: dict, request: Request) -> None:
    if request.net_mgmt != _END_BALANCED:
        for entry in books.select(request.terminal, request.batch):
            counts = entry.state == APPROVED and entry.kind in _COUNTED
            if counts and not entry.uploaded:
                _differ(record, entry.stan, entry.amount, "only the acquirer has it")
    record["closed"] = True
    books.open_batches[request.terminal] = request.batch % 999_999 + 1


def _differ(record: dict, stan: int, amount: int, text: str) -> None:
    row = {"stan": stan, "amount": amount, "what": text}
    if row not in record["differences"]:
        record["differences"].append(row)


_COUNTED = (
    kinds.KIND_SALE, kinds.KIND_COMPLETION, kinds.KIND_COMPLETION_ADVICE, kinds.KIND_OFFLINE_SALE,
    kinds.KIND_IC_SALE, kinds.KIND_VOID, kinds.KIND_REFUND, kinds.KIND_COMPLETION_VOID,
    kinds.KIND_IC_REFUND,
)  # fmt: skip
