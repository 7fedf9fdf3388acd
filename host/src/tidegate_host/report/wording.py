"""The words of a report: kinds, outcomes and amounts as a shop reads them, in both languages."""

from tidegate_host.report import amounts, codes, data

# Labels of the picture have room for two short words.
_SHORT = {
    "void": "void",
    "preauth": "pre-auth",
    "preauth-add": "pre-auth add",
    "preauth-void": "pre-auth void",
    "completion-void": "compl. void",
    "completion-advice": "compl. advice",
    "balance": "balance",
    "other-live": "request",
    "offline-sale": "advice",
    "adjust": "adjustment",
    "ic-sale": "chip sale",
    "ic-refund": "chip refund",
    "download": "download",
    "batch-end": "batch end",
}

OUTCOMES = {
    data.APPROVED: ("approved by the acquirer", "收单方已批准"),
    data.REFUSED: ("refused by the acquirer", "收单方拒绝"),
    data.DECLINED: ("declined by the bridge, at once", "网关当场拒绝"),
    data.STORED: ("stored on the bridge", "网关已存储"),
    data.REPLAYED: ("brought from the store", "补发成功"),
    data.REVERSED: ("reversal delivered", "冲正送达"),
    data.UNKNOWN: ("sent, no answer: unknown", "已发出，未应答"),
    data.PASSED: ("sign-in or settlement, passed on", "签到、结算，直通"),
    data.SILENT: ("no answer, nothing sent", "未应答，未发出"),
}


def kind(name: str) -> tuple[str, str]:
    """A kind of message in English (short) and Chinese; an unknown one keeps its own name."""
    english, chinese = codes.KINDS.get(name, (name, ""))
    return _SHORT.get(name, english), chinese


def outcome(name: str) -> tuple[str, str]:
    """An outcome in English and Chinese."""
    return OUTCOMES[name]


def amount(minor: int) -> str:
    """Minor units with two decimals: 1234 is "12.34", -1 (none) is empty.

    >>> amount(123456)
    '1,234.56'
    """
    return "" if minor < 0 else amounts.money(minor)


def money(minor: int) -> str:
    """An amount with its currency: 1234 is "12.34 CNY"."""
    return "" if minor < 0 else f"{amount(minor)} CNY"


def balance_zh(word: str) -> str:
    """What a host said of a batch (`ledger.telling.BALANCE`) in Chinese.

    >>> balance_zh("not balanced")
    '不平'
    """
    words = {"balanced": "平", "not balanced": "不平", "error": "出错"}
    return words.get(word, word or "无")


def trace(stan: int) -> str:
    """A trace number as the receipt prints it, six digits; empty when absent."""
    return "" if stan < 0 else f"{stan:06d}"


def label(message: data.Message) -> str:
    """What stands beside a message in the picture: trace number, kind, amount, answer code."""
    words = [trace(message.stan), kind(message.kind)[0], amount(message.amount)]
    # A settlement is answered without a code; silence is shown as a dash.
    if message.code or message.outcome != data.PASSED:
        words += ["→", message.code or "–"]
    return " ".join(word for word in words if word)


def hover(message: data.Message) -> str:
    """The full sentence about a message, for a pointer that rests on it."""
    english, chinese = kind(message.kind)
    how, how_zh = outcome(message.outcome)
    parts = [
        f"{message.terminal} · {english} {chinese}".strip(),
        f"trace {trace(message.stan)}" if message.stan >= 0 else "",
        money(message.amount),
        f"answer {message.code}" if message.code else "no answer",
        f"{how} {how_zh}",
        message.shop,
        message.note,
    ]
    return " · ".join(part for part in parts if part)
