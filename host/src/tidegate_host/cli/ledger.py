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
_PARTS = (("at the terminal 终端", "at_terminal"), ("at the host 主机", "at_host"))


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
    for name, part in _PARTS:
        for cards, sums in getattr(row.batch, part).items():
            lines.append(f"  {name}  {_sums(sums)}  {cards}")
    said = ", ".join(f"{state} {count}" for state, count in sorted(row.states.items()))
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
