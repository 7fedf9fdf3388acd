"""What the value of a field says, in a few words; empty where the value speaks for itself."""

from tidegate.proto.dialect import Dialect
from tidegate_host.report import codes

_ENTRY_MODES = {
    "00": "not told",
    "01": "keyed",
    "02": "swiped",
    "03": "bar code",
    "05": "chip",
    "07": "contactless",
    "80": "swiped instead of chip",
    "90": "swiped",
    "91": "contactless stripe",
    "95": "chip, data unreliable",
    "96": "mobile",
    "98": "contactless chip",
}
_PIN = {"0": "", "1": ", PIN", "2": ", no PIN"}
_CONDITIONS = {
    "00": "normal",
    "06": "pre-authorization",
    "08": "mail or telephone order",
    "18": "mail or telephone order",
    "60": "addition to a pre-authorization",
    "64": "instalments",
    "65": "points",
    "91": "e-cash",
}
_PROCESSING = {
    "00": "purchase",
    "01": "cash",
    "02": "adjustment, debit",
    "03": "pre-authorization",
    "20": "credit: void or refund",
    "22": "adjustment, credit",
    "30": "balance inquiry",
    "31": "balance inquiry",
}
_CURRENCIES = {"156": "CNY", "344": "HKD", "446": "MOP", "840": "USD", "978": "EUR", "392": "JPY"}
_AMOUNTS = (4, 5, 6)
_TIMES = (12,)
_DATES = (13, 15, 16, 17)
_FLAGS = {"0": "", "1": ", balanced", "2": ", not balanced", "3": ", error"}
_MONEY_BYTES_LEAST = 12


def meaning(dialect: Dialect, fields: dict[int, str], n: int, kind: str, request: bool) -> str:
    """Explain one field of a decoded message.

    `fields` are values as `tidegate.proto.codec` gives them (masked ones are taken as they are),
    `kind` the short name of the message's kind. Amounts are shown with two decimals. The rules are
    those of UnionPay-style POS messages; for other dialects only what is common to all is told.
    """
    text = fields[n]
    if n == 0:
        english, chinese = codes.kind(kind)
        return f"{'request' if request else 'answer'}: {english} {chinese}"
    if n == 39:
        reasons = codes.REVERSAL_REASONS if request and kind == "reversal" else {}
        return " ".join(reasons.get(text) or codes.response(text))
    if n in _AMOUNTS:
        return _amount(text)
    if n in _TIMES and text.isdigit():
        return f"{text[:2]}:{text[2:4]}:{text[4:]}"
    if n in _DATES and text.isdigit():
        return f"{text[:2]}-{text[2:]}"
    if n == 22:
        return _ENTRY_MODES.get(text[:2], "") + _PIN.get(text[2:], "")
    simple = {3: (_PROCESSING, text[:2]), 25: (_CONDITIONS, text), 49: (_CURRENCIES, text)}
    if n in simple:
        table, key = simple[n]
        return table.get(key, "")
    if n == 55:
        return _tags(text)
    return _cup(fields, n, kind) if dialect.is_cup else ""


def _cup(fields: dict[int, str], n: int, kind: str) -> str:
    text = fields[n]
    if n == 60 and len(text) >= 8:
        network = f", network code {text[8:11]}" if len(text) >= 11 else ""
        return f"type {text[:2]}, batch {text[2:8]}{network}"
    if n == 61 and len(text) >= 12:
        date = f", {text[12:14]}-{text[14:16]}" if len(text) >= 16 else ""
        return f"original: batch {text[:6]}, trace {text[6:12]}{date}"
    if n == 48 and kind == "settlement" and len(text) == 62:
        return "\n".join(_totals(name, text[at : at + 31]) for name, at in _HALVES)
    if n == 48 and kind == "batch-upload":
        return f"{text[:2]} transactions"
    if n == 48 and kind == "batch-end":
        return f"{text} transactions in all"
    return ""


_HALVES = (("domestic", 0), ("foreign", 31))


def _totals(name: str, text: str) -> str:
    debit, credit = _amount(text[:12]), _amount(text[15:27])
    flag = _FLAGS.get(text[30], "")
    return f"{name}: {text[12:15]} debits {debit}, {text[27:30]} credits {credit}{flag}"


def _amount(text: str) -> str:
    if not text.isdigit() or len(text) < _MONEY_BYTES_LEAST:
        return ""
    return f"{int(text[:-2]):,}.{text[-2:]}"


def _tags(text: str) -> str:
    # The tags of chip data; values may be masked, so lengths alone lead from one to the next.
    names = []
    at = 0
    try:
        while at < len(text):
            end = at + 2
            if int(text[at:end], 16) & 31 == 31:
                end += 2
                while int(text[end - 2 : end], 16) & 0x80:
                    end += 2
            size = int(text[end : end + 2], 16)
            value = end + 2
            if size > 0x80:
                more = 2 * (size - 0x80)
                size = int(text[value : value + more], 16)
                value += more
            names.append(text[at:end])
            at = value + 2 * size
    except ValueError:
        return ""
    return "tags " + " ".join(names) if names and at == len(text) else ""
