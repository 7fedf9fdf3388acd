"""What a slip says: headings, facts and the time line, in English and Chinese; no layout here."""

from dataclasses import dataclass

from tidegate_host.ledger.arrival import Calendar
from tidegate_host.ledger.story import Moment, Transaction, counts
from tidegate_host.report import codes
from tidegate_host.report.attention import advice
from tidegate_host.report.wording import money

# English and Chinese; a third text is what stands where both are wanted.
Pair = tuple[str, str] | tuple[str, str, str]

TITLE: Pair = ("Tidegate record", "网关交易记录")
# It must not be taken for the terminal's slip, which carries the acquirer's word.
NOT_A_SLIP: Pair = ("Record of the bridge, not a sales slip", "网关留存记录，非签购单")

STATES: dict[str, Pair] = {
    "approved": ("approved by the acquirer", "收单方已批准"),
    "declined": ("refused by the acquirer", "收单方拒绝"),
    "refused-here": ("declined by the bridge, nothing was sent", "网关当场拒绝，未上送"),
    "unknown": ("sent, no answer: unknown", "已发出，未应答，结果不明"),
    "late": ("approved too late, to be reversed", "应答过迟，待冲正"),
    "reversed": ("taken back by the terminal", "终端已冲正"),
    "waiting": ("stored, waits for the acquirer", "已存储，待上送"),
    "confirmed": ("the acquirer has it", "收单方已确认"),
    "closed": ("closed", "已关闭"),
    "served-later": ("refused, succeeded later", "曾拒绝，后已成功"),
    "expired": ("refused, not made again", "曾拒绝，已过期"),
}
STEPS: dict[str, Pair] = {
    "received": ("received", "收到"),
    "decided": ("decided", "判定"),
    "sent": ("sent to the host", "上送"),
    "answered": ("host answered", "主机应答"),
    "delivered": ("delivered", "送达终端"),
    "replayed": ("sent again", "补发"),
    "done": ("closed", "完结"),
    "attention": ("for a person", "转人工"),
    "person": ("a person decided", "人工处理"),
    "reversal": ("reversal", "冲正"),
    "settled": ("batch settled", "批结算"),
}
_DETAILS: dict[str, Pair] = {
    "sent on": ("sent on", "放行"),
    "stand-in": ("approved by the bridge, the line was down", "线路中断，网关代授权"),
    "taken back": ("taken back before it was sent", "上送前已冲正"),
    "balanced": ("balanced", "平账"),
    "not balanced": ("not balanced", "不平"),
    "error": ("error", "出错"),
    "stored": ("stored", "已存储"),
    "confirmed": ("confirmed", "已确认"),
    "repeat": ("the host had it", "主机已有"),
    "no-original": ("no original", "无原交易"),
    "replaced": ("replaced", "已替换"),
    "uploaded": ("by batch upload", "批上送补报"),
    "person": ("by a person", "人工"),
    "succeeded": ("succeeded later", "后已成功"),
    "expired": ("expired", "过期"),
    "sent again by a person": ("sent again by a person", "人工重发"),
}
# Short forms of `records.WHY_NAMES`.
WHYS: dict[str, Pair] = {
    "unknown": ("unknown", "结果不明"),
    "unproven": ("delivery unproven", "送达未证实"),
    "refused": ("refused", "被拒"),
    "stale-key": ("old keys", "密钥已换"),
    "differs": ("differs", "内容不同"),
    "too-many-attempts": ("too many tries", "重试超限"),
    "too-old": ("too old", "超时"),
    "settled-before": ("settled before", "先已结算"),
    "not-repeatable": ("must not repeat", "不可重发"),
    "damaged": ("damaged", "已损坏"),
    "restored": ("from a backup", "来自备份"),
    "taken-back": ("taken back, its advice was out", "已冲正，通知在途"),
}
_ABOUT: dict[str, Pair] = {"by": ("by", "不晚于"), "after": ("after", "晚于"), "": ("", "")}


@dataclass
class Slip:
    """`facts` and `line` are (label, value) with both languages in each; `line` by time."""

    facts: list[tuple[Pair, Pair]]
    line: list[tuple[Pair, Pair]]
    notes: list[Pair]
    item: int


def slip(t: Transaction, calendar: Calendar) -> Slip:
    """Everything that stands on the slip of one transaction; the card is masked."""
    facts: list[tuple[Pair, Pair]] = [
        (("terminal", "终端号"), _same(t.terminal)),
        (("merchant", "商户号"), _same(t.merchant)),
        (("transaction", "交易类型"), codes.KINDS.get(t.kind, (t.kind, t.kind))),
        (("trace", "流水号"), _same(t.stan)),
        (("batch", "批次号"), _same(f"{t.batch:06d}" if t.batch else "")),
        (("amount", "金额"), _same(money(t.amount) if t.amount else "")),
        (("card", "卡号"), _same(t.card)),
        (("reference", "参考号"), _same(t.rrn)),
        (("authorization", "授权码"), _same(t.auth)),
        (("answer", "应答码"), _code(t.code)),
        (("state", "状态"), STATES[t.state]),
    ]
    if t.reason:
        facts.append((("why", "原因"), codes.reason(
            {"reason": t.reason, "window": t.window, "limit": t.limit})))  # fmt: skip
    if t.why:
        facts.append((("for a person", "待人工处理"), advice(t.why).happened))
    line = [_step(moment, calendar) for moment in ordered(t.moments)]
    return Slip(
        [(label, value) for label, value in facts if value[0]],
        line + _expected(t, calendar),
        [NOT_A_SLIP],
        t.item,
    )


def ordered(moments: list[Moment]) -> list[Moment]:
    """By time; one without a time stays behind the one before it."""
    keys, newest = [], 0
    for moment in moments:
        newest = moment.at_s or newest
        keys.append(newest)
    return [moment for _, moment in sorted(zip(keys, moments, strict=True), key=lambda p: p[0])]


def _step(moment: Moment, calendar: Calendar) -> tuple[Pair, Pair]:
    at = calendar.stamp(moment.at_s)
    about = _ABOUT[moment.how] if at else ("", "")
    details = _detail(moment)
    texts = [" ".join(w for w in (about[i], at or "-", details[i]) if w) for i in (0, 1)]
    words = [*(about if about[0] else ()), at or "-"]
    words += details if details[0] != details[1] else details[:1]
    return STEPS[moment.what], (texts[0], texts[1], " ".join(word for word in words if word))


def _detail(moment: Moment) -> tuple[str, str]:
    if moment.what == "attention":
        return WHYS.get(moment.detail, (moment.detail, moment.detail))[:2]
    if moment.detail.startswith("declined "):
        return moment.detail, f"拒绝 {moment.detail[9:]}"
    # A batch has two results, of domestic and of foreign cards; often the same.
    words = list(dict.fromkeys(moment.detail.split(" / ")))
    both = [_DETAILS.get(word, (word, word)) for word in words]
    if moment.what != "settled" or len(both) == 1:
        return " / ".join(pair[0] for pair in both), " / ".join(pair[1] for pair in both)
    (domestic, home), (foreign, abroad) = both[0][:2], both[1][:2]
    return f"domestic {domestic}, foreign {foreign}", f"内卡{home}，外卡{abroad}"


def _expected(t: Transaction, calendar: Calendar) -> list[tuple[Pair, Pair]]:
    if not counts(t):
        return []
    found = calendar.arrival(t)
    if not found:
        return []
    return [
        (("business day", "清算日期"), _same(f"{found.business_day} ({found.source})")),
        (("expected arrival", "预计到账"), _same(f"{found.expected:%Y-%m-%d}")),
    ]


def _code(code: str) -> Pair:
    if not code:
        return "", ""
    english, chinese = codes.response(code)
    return f"{code} {english}", f"{code} {chinese}", f"{code} {english} {chinese}"


def _same(text: str) -> Pair:
    return text, text
