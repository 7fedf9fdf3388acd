"""The causes of one transaction, looked for in the order in which it meets them."""

from collections.abc import Callable
from dataclasses import dataclass

from tidegate_host.ledger import story
from tidegate_host.ledger.arrival import Calendar
from tidegate_host.ledger.story import Batch, Story, Transaction
from tidegate_host.report import codes
from tidegate_host.report.wording import balance_zh
from tidegate_host.voucher.slip import WHYS
from tidegate_host.why.causes import Found, Pair

# What a refusal of the host is about, by F39; any other is "host-code".
CODE_CAUSES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("host-line", ("09", "68", "91", "92", "96", "98", "06")),
    ("maintenance", ("90",)),
    ("keys", ("77", "99", "A0", "A7")),
    ("account", ("01", "02", "04", "05", "07", "14", "15", "21", "31", "33", "34", "35", "36",
                 "37", "38", "41", "42", "43", "51", "53", "54", "55", "57", "59", "61", "62",
                 "65", "75")),
    ("operator", ("12", "13", "22", "25", "30", "64", "94")),
    ("merchant", ("03", "40", "58", "63", "66", "97")),
)  # fmt: skip

# What a refusal of the bridge is about, by the reason that its hold keeps.
REASON_CAUSES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("window", ("window", "cap")),
    ("limit", ("limit-amount", "limit-count", "limit-sum", "limit-card", "limit-luhn",
               "limit-repeat")),
    ("settle-first", ("settle-first",)),
    ("clock", ("clock-unknown",)),
    ("line", ("line",)),
    ("busy", ("busy",)),
)  # fmt: skip


@dataclass
class Case:
    """One transaction, with what is needed to judge it."""

    t: Transaction
    told: Story
    calendar: Calendar

    @property
    def batch(self) -> Batch | None:
        """The batch that it belongs to."""
        return self.t.home


def look(t: Transaction, told: Story, calendar: Calendar) -> list[Found]:
    """All causes that the journal shows, in order. Empty: nothing stands in its way."""
    case = Case(t, told, calendar)
    found = []
    for name, test in TABLE:
        evidence = test(case)
        if evidence:
            found.append(Found(name, evidence))
    return found


def cause_of_code(code: str) -> str:
    """Which cause a refusal of the host is."""
    return next((name for name, of_it in CODE_CAUSES if code in of_it), "host-code")


def _refused_here(name: str) -> Callable[[Case], list[Pair]]:
    reasons = dict(REASON_CAUSES)[name]

    def test(case: Case) -> list[Pair]:
        t = case.t
        if t.source != "HOLD" or t.reason not in reasons or _maintains(case):
            return []
        return _hold_says(case)

    return test


def _hold_says(case: Case) -> list[Pair]:
    t = case.t
    why = codes.reason({"reason": t.reason, "window": t.window, "limit": t.limit})
    name = case.calendar.name_of(t)
    at = case.calendar.stamp(t.at_s)
    said = [(f"HOLD #{t.item}, {at}: told {t.code}, {why[0]} {name}".rstrip(),
             f"HOLD #{t.item}，{at}：应答{t.code}，{why[1]}{name}")]  # fmt: skip
    if t.until:
        until = case.calendar.stamp(story.since(t.until))
        said.append((f"it may be made from {until}", f"{until}起可重新交易"))
    if t.state == story.SERVED:
        said.append(("the same card and amount succeeded later", "同卡同金额后来已成功"))
    return said


def _maintains(case: Case) -> bool:
    # The code of a maintenance window; its reason is that of any window.
    return case.t.reason == "window" and case.t.code == "90"


def _maintenance(case: Case) -> list[Pair]:
    if case.t.source == "HOLD" and _maintains(case):
        return _hold_says(case)
    return _host_said("maintenance")(case)


def _host_said(name: str) -> Callable[[Case], list[Pair]]:
    def test(case: Case) -> list[Pair]:
        t = case.t
        refused = t.state == story.DECLINED or t.why == "refused"
        if t.source == "HOLD" or not refused or cause_of_code(t.code) != name:
            return []
        english, chinese = codes.response(t.code)
        at = _at(case, "answered", "attention")
        return [(f"ANSWER of #{t.item}, {at}: {t.code} {english}",
                 f"ANSWER #{t.item}，{at}：{t.code} {chinese}")]  # fmt: skip

    return test


def _keys(case: Case) -> list[Pair]:
    if case.t.why == "stale-key":
        signed = [at for lane, at in case.told.keys if lane == case.t.lane]
        at = case.calendar.stamp(signed[-1]) if signed else ""
        return [(f"BATCH keys, {at}: a sign-in came before it was delivered",
                 f"BATCH keys，{at}：送达前已重新签到")]  # fmt: skip
    return _host_said("keys")(case)


def _no_answer(case: Case) -> list[Pair]:
    t = case.t
    if t.source == "STORE" or t.state != story.UNKNOWN or t.decided:
        return []
    at = _at(case, "sent", "attention")
    if t.code:
        return [(f"SENT #{t.item}, {at}; the host said {t.code}: it does not know either",
                 f"SENT #{t.item}，{at}；主机应答{t.code}，结果亦不明")]  # fmt: skip
    return [(f"SENT #{t.item}, {at}, and no ANSWER", f"SENT #{t.item}，{at}，无ANSWER")]


def _late(case: Case) -> list[Pair]:
    if case.t.state != story.LATE:
        return []
    at = _at(case, "answered")
    return [(f"ANSWER late, {at}, no reversal yet", f"ANSWER过迟，{at}，尚无冲正")]


def _reversed(case: Case) -> list[Pair]:
    if case.t.state != story.REVERSED:
        return []
    of_it = [t for t in case.told.transactions if t.reverses == case.t.item]
    how = of_it[-1] if of_it else None
    if how and how.state == story.CONFIRMED:
        return [(f"STORE #{how.item}: its reversal is with the acquirer ({how.how})",
                 f"STORE #{how.item}：冲正已送达收单方")]  # fmt: skip
    return [("STORE: its reversal is not with the acquirer yet", "STORE：冲正尚未送达收单方")]


def _waiting(case: Case) -> list[Pair]:
    t = case.t
    if t.state != story.WAITING or t.why:
        return []
    return [(f"STORE #{t.item}, tried {t.attempts} times, no DONE",
             f"STORE #{t.item}，已试{t.attempts}次，无DONE")]  # fmt: skip


def _attention(case: Case) -> list[Pair]:
    t = case.t
    if not t.why or t.why in ("unknown", "refused", "stale-key"):
        return []
    at = _at(case, "attention")
    words = WHYS.get(t.why, (t.why, t.why))
    return [(f"ATTENTION #{t.item}, {at}: {words[0]}", f"ATTENTION #{t.item}，{at}：{words[1]}")]


def _cut_over(case: Case) -> list[Pair]:
    found = case.calendar.arrival(case.t) if story.counts(case.t) else None
    if not found or found.business_day <= found.local_day:
        return []
    at = case.calendar.stamp(case.t.at_s)
    return [(f"made {at}, business day {found.business_day} ({found.source})",
             f"交易时间{at}，清算日期{found.business_day}({found.source})")]  # fmt: skip


def _holiday(case: Case) -> list[Pair]:
    found = case.calendar.arrival(case.t) if story.counts(case.t) else None
    if not found or not found.skipped:
        return []
    days = ", ".join(str(day) for day in found.skipped)
    return [(f"do not count: {days}; expected {found.expected}",
             f"不计入：{days}；预计到账{found.expected}")]  # fmt: skip


def _unbalanced(case: Case) -> list[Pair]:
    batch = case.batch if story.counts(case.t) else None
    return balance(batch, case.calendar) if batch else []


def balance(batch: Batch, calendar: Calendar) -> list[Pair]:
    """What the host said of a batch, when it was not that it balances."""
    if not batch.answered_s or batch.balanced:
        return []
    at = calendar.stamp(batch.answered_s)
    english = f"domestic {batch.domestic}, foreign {batch.foreign}"
    chinese = f"内卡{balance_zh(batch.domestic)}，外卡{balance_zh(batch.foreign)}"
    name = f"{batch.batch:06d}"
    said = [(f"BATCH {name}, {at}: {english}", f"批次{name}，{at}：{chinese}")]
    if batch.upload_ended_s:
        at = calendar.stamp(batch.upload_ended_s)
        said.append((f"its upload ended {at}", f"批上送已于{at}完成"))
    return said


def _not_settled(case: Case) -> list[Pair]:
    batch = case.batch if story.counts(case.t) else None
    if not batch or batch.answered_s:
        return []
    return [(f"BATCH {batch.batch:06d}: no settlement was answered",
             f"批次{batch.batch:06d}：无结算应答")]  # fmt: skip


def _at(case: Case, *steps: str) -> str:
    for step in steps:
        for moment in reversed(case.t.moments):
            if moment.what == step and moment.at_s:
                return case.calendar.stamp(moment.at_s)
    return "-"


# The order in which a transaction meets them.
TABLE: tuple[tuple[str, Callable[[Case], list[Pair]]], ...] = (
    *((name, _refused_here(name)) for name, _ in REASON_CAUSES),
    ("no-answer", _no_answer),
    ("late", _late),
    ("reversed", _reversed),
    *((name, _host_said(name)) for name in ("host-line", "host-code", "account", "operator",
                                            "merchant")),
    ("maintenance", _maintenance),
    ("keys", _keys),
    ("waiting", _waiting),
    ("attention", _attention),
    ("cut-over", _cut_over),
    ("holiday", _holiday),
    ("not-settled", _not_settled),
    ("unbalanced", _unbalanced),
)  # fmt: skip
