"""The messages of a UnionPay terminal, as field values without their seal. Pure."""

from tidegate.proto import kinds
from tidegate_host.standins.books import Totals
from tidegate_host.standins.cards import Card

# kind -> message type, F3, F25, F60.1
_ROWS = {
    kinds.KIND_SALE: ("0200", "000000", "00", 22),
    kinds.KIND_VOID: ("0200", "200000", "00", 23),
    kinds.KIND_REFUND: ("0220", "200000", "00", 25),
    kinds.KIND_PREAUTH: ("0100", "030000", "06", 10),
    kinds.KIND_PREAUTH_ADD: ("0100", "030000", "60", 10),
    kinds.KIND_PREAUTH_VOID: ("0100", "200000", "06", 11),
    kinds.KIND_COMPLETION: ("0200", "000000", "06", 20),
    kinds.KIND_COMPLETION_VOID: ("0200", "200000", "06", 21),
    kinds.KIND_COMPLETION_ADVICE: ("0220", "000000", "06", 24),
    kinds.KIND_BALANCE: ("0200", "310000", "00", 1),
    kinds.KIND_OFFLINE_SALE: ("0220", "000000", "00", 30),
    kinds.KIND_ADJUST: ("0220", "000000", "00", 34),
    kinds.KIND_IC_SALE: ("0200", "000000", "00", 36),
}
_UPLOAD_TYPES = {
    kinds.KIND_OFFLINE_SALE: 30,
    kinds.KIND_IC_SALE: 36,
    kinds.KIND_REFUND: 25,
    kinds.KIND_COMPLETION_ADVICE: 24,
}
_DROPPED_BY_REVERSAL = (26, 35, 36, 37, 52, 53, 55, 64)
_WITH_PIN = "2600000000000000"  # F53
_WITHOUT_PIN = "0600000000000000"
_CURRENCY = "156"
DETAILS_MAX = 8  # rows of a batch upload message


class Forms:
    """Of one terminal: `tid` 8 characters, `mid` 15, `operator` the 3 of F63."""

    def __init__(self, tid: str, mid: str, operator: str = "01 ") -> None:
        self.tid = tid
        self.mid = mid
        self.operator = operator

    def _head(self, mti: str, stan: int) -> dict[int, str]:
        return {0: mti, 11: "%06d" % stan, 41: self.tid, 42: self.mid}

    def session(self, mti: str, stan: int, batch: int, net_mgmt: int) -> dict[int, str]:
        """Sign-in (0800), sign-off and echo (0820)."""
        fields = self._head(mti, stan)
        fields[60] = "00%06d%03d" % (batch, net_mgmt)
        if mti == "0800":
            fields[63] = self.operator
        return fields

    def sign_in(self, stan: int, batch: int, net_mgmt: int = 3) -> dict[int, str]:
        return self.session("0800", stan, batch, net_mgmt)

    def sign_off(self, stan: int, batch: int) -> dict[int, str]:
        return self.session("0820", stan, batch, 2)

    def echo(self, stan: int, batch: int) -> dict[int, str]:
        fields = self.session("0820", stan, batch, 301)
        del fields[11]  # an echo has no trace number
        return fields

    def trade(self, kind: int, card: Card, amount: int, stan: int, batch: int) -> dict[int, str]:
        """A transaction without PIN block and chip data; an advice also without its track."""
        mti, proc, condition, msg_type = _ROWS[kind]
        fields = self._head(mti, stan)
        advice = kind in (kinds.KIND_OFFLINE_SALE, kinds.KIND_IC_SALE, kinds.KIND_ADJUST)
        fields[3] = proc
        if kind != kinds.KIND_BALANCE:
            fields[4] = "%012d" % amount
        if card.has_chip or advice or not card.has_track:
            fields[2] = card.pan
            fields[14] = card.expiry
        if card.has_chip:
            fields[23] = card.sequence
        fields[22] = "012" if advice and not card.has_chip else card.entry_mode
        fields[25] = condition
        if not advice:
            if card.has_track:
                fields[35] = card.track2
            fields[53] = _WITH_PIN if card.with_pin else _WITHOUT_PIN
            if card.with_pin:
                fields[26] = "12"
        fields[49] = _CURRENCY
        fields[60] = "%02d%06d000" % (msg_type, batch) + ("50" if card.has_chip else "")
        fields[63] = self.operator
        return fields

    def name_original(
        self, fields: dict[int, str], batch: int, stan: int, date: str, rrn: str, auth: str
    ) -> None:
        """Add what names the original of a void, refund, completion or adjustment."""
        if rrn:
            fields[37] = rrn
        if auth:
            fields[38] = auth
        fields[61] = "%06d%06d%s" % (batch, stan, date or "0000")

    def reversal(self, original: dict[int, str], reason: str, auth: str) -> dict[int, str]:
        """The reversal of a request, under its own STAN."""
        fields = {n: text for n, text in original.items() if n not in _DROPPED_BY_REVERSAL}
        fields[0] = "0400"
        fields[39] = reason
        if auth:
            fields[38] = auth
        return fields

    def settlement(self, stan: int, batch: int, totals: Totals) -> dict[int, str]:
        fields = self._head("0500", stan)
        fields[48] = totals.digits()
        fields[49] = _CURRENCY
        fields[60] = "00%06d201" % batch
        fields[63] = self.operator
        return fields

    def upload_details(self, stan: int, batch: int, rows: list) -> dict[int, str]:
        """Up to eight on-line stripe transactions in one message."""
        fields = self._head("0320", stan)
        text = "%02d" % len(rows)
        for r in rows:
            pan = r.card["pan"]
            zeros = "0" * (20 - len(pan))
            text += "%02d%06d%s%s%012d" % (1 if r.foreign else 0, r.stan, zeros, pan, r.amount)
        fields[48] = text
        fields[60] = "00%06d201" % batch
        return fields

    def upload_one(self, record, balanced: bool) -> dict[int, str]:
        """An advice, a refund or an on-line chip transaction, under its own STAN."""
        card = record.the_card()
        fields = self._head("0320", record.stan)
        fields[2] = card.pan
        fields[4] = "%012d" % record.amount
        fields[22] = card.entry_mode
        fields[49] = _CURRENCY
        msg_type = _UPLOAD_TYPES.get(record.kind, 0)
        if msg_type:
            fields[3] = _ROWS[record.kind][1]
            fields[25] = _ROWS[record.kind][2]
            if 61 in record.fields:
                fields[61] = record.fields[61]
            fields[60] = "%02d%06d201" % (msg_type, record.batch)
        else:
            fields[60] = "00%06d%d50" % (record.batch, 205 if balanced else 203)
            fields[23] = card.sequence
            if 55 in record.fields:
                fields[55] = record.fields[55]
        if record.rrn:
            fields[37] = record.rrn
        return fields

    def upload_end(self, stan: int, batch: int, count: int, balanced: bool) -> dict[int, str]:
        fields = self._head("0320", stan)
        fields[48] = "%04d" % count
        fields[60] = "00%06d%d" % (batch, 207 if balanced else 202)
        return fields


def chip_data(amount: int, date: str, counter: int, cryptogram: bytes, offline: bool) -> str:
    """F55 of a chip transaction in hexadecimal. It has no tag 57 and no card number in it."""
    parts = [
        "9F2608", cryptogram.hex().upper(),
        "9F2701", "40" if offline else "80",
        "9F1013", "07010103A0A802010A0100000000007324F980",
        "9F3704", cryptogram.hex().upper()[:8],
        "9F3602", "%04X" % counter,
        "9505", "008008E000",
        "9A03", date,
        "9C01", "00",
        "9F0206", "%012d" % amount,
        "5F2A02", "0156",
        "8202", "7C00",
        "9F1A02", "0156",
        "9F0306", "000000000000",
        "9F3303", "E0F0C8",
        "9F3501", "22",
    ]  # fmt: skip
    return "".join(parts)
