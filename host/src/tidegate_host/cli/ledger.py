"""`tidegate ledger`: the bridge's own books, batch by batch."""

from pathlib import Path

import click
import rich_click

from tidegate_host.cli import journal_source as source
from tidegate_host.cli.common import FINDING, emit, json_option
from tidegate_host.ledger.batches import Row, ledger
from tidegate_host.report.amounts import money

_STATES = {
    "open": "open, not settled 未结算",
    "settling": "settlement sent, no answer 已发起结算，无应答",
    "balanced": "settled, balanced 已结算，平账",
    "unbalanced": "settled, NOT balanced, no upload seen 对账不平，未见批上送",
    "uploading": "NOT balanced, the upload has not ended 对账不平，批上送未完成",
    "uploaded": "NOT balanced, uploaded to its end 对账不平，批上送已完成",
}
_CARDS = {"domestic": "domestic 内卡", "foreign": "foreign 外卡"}
_STANDS = {
    "approved": "approved 已批准", "declined": "declined 主机拒绝",
    "confirmed": "confirmed 已确认", "refused-here": "refused here 网关拒绝",
    "unknown": "unknown 结果不明", "late": "late 应答过迟", "reversed": "reversed 已冲正",
    "waiting": "waiting 待上送", "closed": "closed 已关闭",
    "served-later": "served later 后已成功", "expired": "expired 已过期",
    "attention": "for a person 待人工",
}  # fmt: skip


@click.command(cls=rich_click.RichCommand)
@source.story_options
@json_option
def command(
    path: Path | None, device: str | None, key_path: Path | None, config_path: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Show each batch as the bridge counts it, how it was settled, and when the money comes.

    \b
        tidegate ledger --device virtual:shop -c bridge.toml
        tidegate ledger --journal shop.bin --json

    Of a batch that did not balance, every transaction that is in one set of books only is named.
    Exit code 1 when there is one, or when a batch did not balance.
    """
    told, calendar = source.told(path, device, key_path, config_path)
    rows = ledger(told, calendar)
    emit({"batches": [row.as_dict() for row in rows]}, as_json,
         lambda: "\n".join(_text(row) for row in rows) or "no batch yet 尚无批次")  # fmt: skip
    if any(row.differences or row.state.startswith("u") for row in rows):
        click.get_current_context().exit(FINDING)


def _text(row: Row) -> str:
    lines = [f"{row.terminal or 'lane %d' % row.batch.lane}  batch 批次 {row.batch.batch:06d}:"
             f" {_STATES[row.state]}"]  # fmt: skip
    lines.append(f"  at the bridge 网关    {_sums(row.totals)}")
    if any(row.foreign.values()):
        rest = f"; {row.no_card} without a card 无卡号" if row.no_card else ""
        lines.append(f"    of these foreign 外卡 {_sums(row.foreign)}{rest}")
    at_terminal, at_host = row.batch.at_terminal, row.batch.at_host
    for cards, sums in at_terminal.items():
        lines.append(f"  at the terminal 终端  {_sums(sums)}  {_CARDS[cards]}")
    for cards, sums in at_host.items():
        # Many hosts send the totals of the request back, and keep their own to themselves.
        same = at_terminal.get(cards) == sums
        told = "sends the terminal's totals back 回传终端总额" if same else _sums(sums)
        lines.append(f"  the host 主机         {told}  {_CARDS[cards]}")
    said = ", ".join(f"{_STANDS[state]}: {count}" for state, count in sorted(row.states.items()))
    lines.append(f"  how they stand 状态   {said or 'none 无'}")
    for day, due, count, net in row.arrivals:
        coming = f"{count}, {money(net)}, expected 预计到账 {due}"
        lines.append(f"  business day 清算日 {day}: {coming}")
    for one in row.differences:
        english, chinese = one.words()
        lines += [f"  ! {english}", f"    {chinese}"]
    return "\n".join(lines)


def _sums(totals: dict[str, int]) -> str:
    return (
        f"{totals['debits']} debits 借记 {money(totals['debit_sum'])},"
        f" {totals['credits']} credits 贷记 {money(totals['credit_sum'])}"
    )
