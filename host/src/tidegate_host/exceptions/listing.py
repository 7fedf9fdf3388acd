"""Which transactions and batches of a day the acquirer has to look at, and why."""

import csv
import datetime
import io
from collections.abc import Callable
from typing import Any

from tidegate_host.ledger import story
from tidegate_host.ledger.arrival import Calendar
from tidegate_host.ledger.differences import SAYS, of_batch
from tidegate_host.ledger.story import Story, Transaction
from tidegate_host.report import codes
from tidegate_host.report.amounts import money
from tidegate_host.report.markup import Raw, el
from tidegate_host.report.wording import balance_zh

COLUMNS = ("what", "terminal", "merchant", "batch", "kind", "stan", "rrn", "at", "amount", "card",
           "code", "item", "en", "zh")  # fmt: skip

# What the page calls a column; the item's number is nobody's there.
_HEADINGS = {
    "what": "what 类别", "terminal": "terminal 终端号", "merchant": "merchant 商户号",
    "batch": "batch 批次号", "kind": "transaction 交易类型", "stan": "trace 流水号",
    "rrn": "reference 参考号", "at": "time 时间", "amount": "amount 金额", "card": "card 卡号",
    "code": "answer 应答码", "en": "what happened 说明",
}  # fmt: skip

# What makes a transaction an exception, in order; the first that holds names it.
_TABLE: tuple[tuple[str, Callable[[Transaction], bool], str, str], ...] = (
    ("refused", lambda t: t.why == "refused" or _was_refused(t),
     "the host refused a stored message for good", "主机最终拒绝已存储报文"),
    ("unknown", lambda t: t.state == story.UNKNOWN and t.source != "STORE" and not t.decided,
     "sent and never answered", "已发出未应答"),
    ("late", lambda t: t.state == story.LATE, "approved too late, not reversed",
     "应答过迟且未冲正"),
    ("twice", lambda t: t.how == "uploaded" and t.attempts > 0,
     "sent by the bridge and by the batch upload", "网关与批上送均已上送"),
    ("repeat", lambda t: t.how == "repeat", "the host had it before", "主机此前已有"),
    ("attention", lambda t: bool(t.why), "a person has to decide", "须人工处理"),
    ("waiting", lambda t: t.state == story.WAITING, "not with the host yet", "尚未送达主机"),
)  # fmt: skip

_STYLE = (
    "body{font:13px/1.5 system-ui,sans-serif;margin:2rem;color:#17222b}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #cdd6db;"
    "vertical-align:top}td.amount{text-align:right;white-space:nowrap}td.at{min-width:6em}"
)


def _was_refused(t: Transaction) -> bool:
    # A stored message that a person has closed; a hold has a code as well, of the bridge itself.
    return t.source == "STORE" and t.state == story.CLOSED and t.code > "00"


def exceptions(told: Story, day: datetime.date, calendar: Calendar) -> list[dict[str, Any]]:
    """The rows of a day on the shop's clock. Amounts: minor units; cards are masked."""
    rows = []
    for t in told.transactions:
        if t.at_s and calendar.local(t.at_s).date() != day:
            continue
        for what, test, english, chinese in _TABLE:
            if test(t):
                rows.append(_row(what, t, calendar, english, chinese))
                break
    for batch in told.batches:
        if batch.answered_s and not batch.balanced:
            if calendar.local(batch.answered_s).date() == day:
                rows.append(_unbalanced(batch, told, calendar))
                rows += _differences(batch, told, calendar)
    return rows


def _differences(batch: story.Batch, told: Story, calendar: Calendar) -> list[dict[str, Any]]:
    # What is in one set of books only; what is open has a row of its own above.
    rows = []
    for one in of_batch(told, batch):
        if one.what != "open":
            english, chinese = SAYS[one.what]
            row = {**dict.fromkeys(COLUMNS, ""), "terminal": told.terminals.get(batch.lane, ""),
                   "batch": batch.batch, "stan": one.stan, "amount": one.amount}  # fmt: skip
            if one.transaction:
                row = _row("", one.transaction, calendar, "", "")
            rows.append({**row, "what": one.what, "en": english, "zh": chinese})
    return rows


def _row(
    what: str, t: Transaction, calendar: Calendar, english: str, chinese: str
) -> dict[str, Any]:
    at = calendar.stamp(t.at_s)
    known = (t.terminal, t.merchant, t.batch, t.kind, t.stan, t.rrn, at, t.amount, t.card)
    values = (what, *known, t.code, t.item, english, chinese)
    return dict(zip(COLUMNS, values, strict=True))


def _unbalanced(batch: story.Batch, told: Story, calendar: Calendar) -> dict[str, Any]:
    sums = batch.totals
    net = sums["debit_sum"] - sums["credit_sum"] if sums else 0
    return {**dict.fromkeys(COLUMNS, ""), "what": "unbalanced", "batch": batch.batch,
            "terminal": told.terminals.get(batch.lane, ""), "kind": "settlement",
            "at": calendar.stamp(batch.answered_s), "amount": net,
            "en": f"domestic {batch.domestic}, foreign {batch.foreign}; amount: the bridge's net",
            "zh": f"内卡{balance_zh(batch.domestic)}，外卡{balance_zh(batch.foreign)}；"
            "金额为网关账目净额"}  # fmt: skip


def as_csv(rows: list[dict[str, Any]]) -> str:
    """With a heading; no cell begins a formula when a spreadsheet opens it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        cells = [str(row[name]) for name in COLUMNS]
        writer.writerow(["'" + c if c[:1] in ("=", "+", "@", "\t") else c for c in cells])
    return out.getvalue()


def as_html(rows: list[dict[str, Any]], day: datetime.date) -> str:
    """One self-contained page, to be written as UTF-8."""
    title = f"Exceptions 差错清单 {day}"
    body = [el("tr", [el("td", _cell(row, name), class_=name) for name in _HEADINGS])
            for row in rows]  # fmt: skip
    none = "Nothing to look at. 无差错。"
    page = el("html", el("head", el("meta", charset="utf-8"), el("title", title),
                         el("style", Raw(_STYLE))),
              el("body", el("h1", title),
                 el("table", el("tr", [el("th", text) for text in _HEADINGS.values()]), body)
                 if rows else el("p", none)), lang="en")  # fmt: skip
    return f"<!DOCTYPE html>\n{page}\n"


def _cell(row: dict[str, Any], name: str) -> Any:
    if name == "amount":
        return money(int(row[name]))
    if name == "en":
        return [row["en"], el("br"), row["zh"]]
    if name == "batch":
        return f"{row[name]:06d}"
    if name == "kind":
        return " ".join(codes.KINDS.get(row[name], (row[name],)))
    return str(row[name])
