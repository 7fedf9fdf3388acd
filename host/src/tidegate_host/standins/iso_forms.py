"""The messages of a terminal that speaks plain ISO 8583:1987. Pure.

There is no batch, no seal and no batch upload. F90 names the original: its type, STAN, date and
time. Settlement totals are in F74, F76, F86 and F88.
"""

from tidegate.proto import kinds
from tidegate_host.standins.books import Totals
from tidegate_host.standins.cards import Card

_ROWS = {
    kinds.KIND_SALE: ("0200", "000000"),
    kinds.KIND_VOID: ("0200", "020000"),
    kinds.KIND_REFUND: ("0200", "200000"),
    kinds.KIND_PREAUTH: ("0100", "000000"),
    kinds.KIND_BALANCE: ("0200", "310000"),
    kinds.KIND_OFFLINE_SALE: ("0220", "000000"),
    kinds.KIND_ADJUST: ("0220", "020000"),
}
_DROPPED_BY_REVERSAL = (26, 35, 37, 52, 53, 55)


class IsoForms:
    """Of one terminal; `clock` has local()."""

    def __init__(self, tid: str, mid: str, clock) -> None:
        self.tid = tid
        self.mid = mid
        self.clock = clock

    def _head(self, mti: str, stan: int) -> dict[int, str]:
        now = self.clock.local()
        date = "%02d%02d" % (now[1], now[2])
        time = "%02d%02d%02d" % (now[3], now[4], now[5])
        return {0: mti, 7: date + time, 11: "%06d" % stan, 41: self.tid, 42: self.mid}

    def _session(self, stan: int, code: str) -> dict[int, str]:
        fields = self._head("0800", stan)
        fields[70] = code
        return fields

    def sign_in(self, stan: int, batch: int, net_mgmt: int = 1) -> dict[int, str]:
        return self._session(stan, "001")

    def sign_off(self, stan: int, batch: int) -> dict[int, str]:
        return self._session(stan, "002")

    def echo(self, stan: int, batch: int) -> dict[int, str]:
        return self._session(stan, "301")

    def trade(self, kind: int, card: Card, amount: int, stan: int, batch: int) -> dict[int, str]:
        """A transaction without PIN block; an advice also without its track.

        Raises KeyError for a kind that there is no such message for.
        """
        mti, proc = _ROWS[kind]
        fields = self._head(mti, stan)
        fields[12] = fields[7][4:]
        fields[13] = fields[7][:4]
        fields[2] = card.pan
        fields[3] = proc
        fields[4] = "%012d" % amount
        fields[14] = card.expiry
        fields[22] = card.entry_mode
        fields[25] = "00"
        if mti != "0220" and card.has_track:
            fields[35] = card.track2
        fields[49] = "156"
        return fields

    def name_original(
        self, fields: dict[int, str], batch: int, stan: int, date: str, rrn: str, auth: str
    ) -> None:
        """Add what names the original of a void, refund or adjustment."""
        if rrn:
            fields[37] = rrn
        if auth:
            fields[38] = auth
        fields[90] = "0200%06d%s000000" % (stan, date) + "0" * 22

    def reversal(self, original: dict[int, str], reason: str, auth: str) -> dict[int, str]:
        """The reversal of a request, under its own STAN."""
        fields = {n: text for n, text in original.items() if n not in _DROPPED_BY_REVERSAL}
        fields[0] = "0400"
        fields[39] = reason
        if auth:
            fields[38] = auth
        fields[90] = original[0] + original[11] + original[7] + "0" * 22
        return fields

    def settlement(self, stan: int, batch: int, totals: Totals) -> dict[int, str]:
        fields = self._head("0500", stan)
        fields[74] = "%010d" % totals.credit_count
        fields[76] = "%010d" % totals.debit_count
        fields[86] = "%016d" % totals.credit_sum
        fields[88] = "%016d" % totals.debit_sum
        return fields
