"""The acquirer's host: one request's bytes in, the answer's bytes out. Pure.

Handed in are the books, the vault (keys and seals), the clock and the rules. Sign-in gives new
working keys every time. Every financial request has to carry a valid MAC under them (else A0), and
every financial answer carries one. A clock has local() -> (year, month, day, hour, minute, second)
and settle_date(cutover_min) -> "mmdd".
"""

from tidegate.proto import kinds
from tidegate.proto.codec import encode
from tidegate.proto.dialect import Dialect
from tidegate_host.standins import closing
from tidegate_host.standins.books import APPROVED, Books, Entry
from tidegate_host.standins.request import Request
from tidegate_host.standins.ruling import IDEMPOTENT, Limits, Ruling

_FINANCIAL = (kinds.CLS_LIVE, kinds.CLS_STORABLE)
_ECHOED = (2, 3, 4, 11, 14, 23, 25, 41, 42, 49, 60)  # of a financial request, where present
_ECHOED_OTHER = (11, 41, 42, 49, 60)
_INSTITUTION = "00095840"
_NO_SEAL = "0" * 16
_KEY_SIGN_INS = (1, 3, 4)


class Host:
    """Answers requests. `terminals` names those that are registered (F41, or F41 and F42); None
    registers everybody. `cutover_min` is when the settlement date turns, minutes after midnight.
    """

    def __init__(
        self,
        dialect: Dialect,
        books: Books,
        vault,
        clock,
        *,
        limits: Limits | None = None,
        kind: str = IDEMPOTENT,
        cutover_min: int = 23 * 60,
        terminals: list[str] | None = None,
    ) -> None:
        self.dialect = dialect
        self.books = books
        self.vault = vault
        self.clock = clock
        self.ruling = Ruling(books, limits or Limits(), kind)
        self.cutover_min = cutover_min
        self.terminals = terminals
        self.keyed = dialect.mac != "none"

    def answer(self, request: Request, refuse: str = "", spoil: bool = False) -> tuple[bytes, str]:
        """The answer's payload (b"" for none) and its code ("" without one).

        `refuse` is a code to refuse with, whatever the rules say; `spoil` damages the MAC.
        """
        if not request.is_request:
            return b"", ""
        if request.cls in _FINANCIAL:
            fields = self._financial(request, refuse)
        elif request.cls == kinds.CLS_SETTLEMENT:
            fields = self._settlement(request, refuse)
        elif request.kind in (kinds.KIND_SIGN_IN, kinds.KIND_SIGN_OFF):
            fields = self._session(request, refuse)
        else:
            fields = self._plain(request, refuse or self._other(request))
        return self._encode(request, fields, spoil), fields.get(39, "")

    def forget_keys(self, terminal: str) -> None:
        """Change a terminal's working keys behind its back: its MACs are wrong from now on."""
        for name in sorted(self.books.keys):
            if name.startswith(terminal):
                keys, _ = self.vault.make(1)
                self.books.keys[name] = [keys.pin.hex(), keys.mac.hex()]

    def batch_of(self, terminal: str) -> int:
        """The number of the terminal's batch that is open."""
        return self.books.open_batches.get(terminal, 1)

    def _other(self, request: Request) -> str:
        known = (kinds.KIND_ECHO, kinds.KIND_DOWNLOAD)
        return "00" if request.kind in known else "40"

    def _registered(self, request: Request) -> bool:
        if self.terminals is None:
            return request.terminal != ""
        return any(request.terminal.startswith(name) for name in self.terminals)

    def _financial(self, request: Request, refuse: str) -> dict[int, str]:
        code = "" if self._registered(request) else "97"
        if not code and self.keyed:
            code = self._check_seal(request)
        if code:
            return self._told(request, code, None)
        if request.batch:
            known = self.batch_of(request.terminal)
            self.books.open_batches[request.terminal] = max(known, request.batch)
        case = request.case(self._settle_date(), self._now())
        code, entry = self.ruling.decide(case, refuse)
        return self._told(request, code, entry)

    def _check_seal(self, request: Request) -> str:
        keys = self.books.keys.get(request.terminal)
        if keys is None:
            return "77"  # sign in first
        good = self.vault.seal(bytes.fromhex(keys[1]), request.sealed)
        return "" if request.sealed and request.mac == good else "A0"

    def _told(self, request: Request, code: str, entry: Entry | None) -> dict[int, str]:
        # The answer to a financial request. The reference is new for every booking, and the
        # booking's own when the same thing is reported again.
        fields = {n: request.fields[n] for n in _ECHOED if n in request.fields}
        if request.pan:
            fields[2] = request.pan
        self._date(fields)
        fields[15] = self._settle_date()
        fields[32] = _INSTITUTION
        if entry is None or not entry.rrn:
            rrn = self._rrn()
            if entry is not None:
                entry.rrn = rrn
        else:
            rrn = entry.rrn
        fields[37] = rrn
        if entry is not None and entry.auth and code == "00":
            fields[38] = entry.auth
        fields[39] = code
        fields[44] = "%-11s%-11s" % ("01020000", _INSTITUTION)
        if request.kind == kinds.KIND_BALANCE and code == "00":
            fields[54] = "0210156C%012d" % 1_000_000
        if request.is_cup:
            if 55 in request.fields and entry is not None and entry.state == APPROVED:
                fields[55] = (
                    "910A" + "%016X" % (entry.number * 0x9E3779B97F4A7C15 % 2**64) + "3030"
                )
            fields[63] = "CUP"
        if self.keyed and request.terminal in self.books.keys:
            fields[64] = _NO_SEAL
        return fields

    def _session(self, request: Request, refuse: str) -> dict[int, str]:
        code = refuse or ("00" if self._registered(request) else "97")
        fields = self._plain(request, code)
        if code != "00":
            return fields
        if request.kind == kinds.KIND_SIGN_OFF:
            self.books.keys.pop(request.terminal, None)
        elif self.keyed:
            net_mgmt = request.net_mgmt if request.net_mgmt in _KEY_SIGN_INS else 3
            keys, data = self.vault.make(net_mgmt)
            self.books.keys[request.terminal] = [keys.pin.hex(), keys.mac.hex()]
            fields[62] = data.hex().upper()
            fields[32] = _INSTITUTION
            batch = self.batch_of(request.terminal)
            fields[60] = "%s%06d%s" % (fields[60][:2], batch, fields[60][8:])
        return fields

    def _settlement(self, request: Request, refuse: str) -> dict[int, str]:
        if refuse:
            return self._plain(request, refuse)
        if request.kind == kinds.KIND_SETTLEMENT:
            extra = closing.settle(self.books, request, self._now())
            fields = self._plain(request, "")
            fields[15] = self._settle_date()
            if not request.is_cup:
                fields[39] = "00"
        else:
            extra = closing.upload(self.books, self.ruling, request.case(
                self._settle_date(), self._now()
            ), request)  # fmt: skip
            fields = self._plain(request, "00")
        fields.update(extra)
        return fields

    def _plain(self, request: Request, code: str) -> dict[int, str]:
        # An answer without money in it carries no MAC.
        echoed = _ECHOED_OTHER if request.is_cup else (3, 7, 11, 41, 42, 49, 70)
        fields = {n: request.fields[n] for n in echoed if n in request.fields}
        self._date(fields)
        fields[37] = self._rrn()
        if code:
            fields[39] = code
        return fields

    def _encode(self, request: Request, fields: dict[int, str], spoil: bool) -> bytes:
        front = request.front
        size = self.dialect.tpdu_bytes
        tpdu = front[:size]
        if size == 5:
            tpdu = tpdu[:1] + tpdu[3:5] + tpdu[1:3]
        mti = request.fields[0]
        fields[0] = mti[:2] + str(int(mti[2]) + 1) + "0"
        payload = encode(self.dialect, fields, tpdu, front[size:])
        if 64 not in fields or not self.keyed:
            return payload
        key = bytes.fromhex(self.books.keys[request.terminal][1])
        seal = self.vault.seal(key, payload[len(front) : -8])
        if spoil:
            seal = bytes([seal[0] ^ 1]) + seal[1:]
        return payload[:-8] + seal

    def _date(self, fields: dict[int, str]) -> None:
        _, month, day, hour, minute, second = self.clock.local()
        fields[12] = "%02d%02d%02d" % (hour, minute, second)
        fields[13] = "%02d%02d" % (month, day)

    def _now(self) -> str:
        return "%04d-%02d-%02dT%02d:%02d:%02d" % tuple(self.clock.local())

    def _settle_date(self) -> str:
        return self.clock.settle_date(self.cutover_min)

    def _rrn(self) -> str:
        number = self.books.next_rrn
        self.books.next_rrn = number + 1
        _, _, _, hour, minute, second = self.clock.local()
        return "%02d%02d%02d%06d" % (hour, minute, second, number % 1_000_000)
