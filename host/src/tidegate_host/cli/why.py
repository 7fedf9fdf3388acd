"""`tidegate why`: the diagnosis of a transaction, a settlement, or money that has not arrived."""

from pathlib import Path

import click
import rich_click

from tidegate_host.cli import journal_source as source
from tidegate_host.cli.common import FINDING, emit, json_option
from tidegate_host.ledger.arrival import Calendar
from tidegate_host.ledger.story import SERVED, Story
from tidegate_host.report.naming import line
from tidegate_host.voucher.paper import LANGUAGES, chosen
from tidegate_host.voucher.slip import STATES
from tidegate_host.why import arrival, settlement, transaction, words
from tidegate_host.why.causes import Found


@click.command(cls=rich_click.RichCommand)
@click.argument("what", metavar="KEY|settlement|arrival")
@click.option("--at", metavar="TIME",
              help="Judge it at this moment of the shop's clock. Default: now.")  # fmt: skip
@click.option("--language", type=click.Choice(LANGUAGES), default="both", show_default=True,
              help="Chinese, English, or both.")  # fmt: skip
@source.terminal_option
@source.story_options
@json_option
def command(
    what: str, at: str | None, language: str, terminal: str, path: Path | None,
    device: str | None, key_path: Path | None, config_path: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Walk the known causes in order, each with evidence from the journal and what to do next.

    \b
    A transaction by trace number, reference number, amount and time, or item:
        tidegate why 41 --journal shop.bin
        tidegate why 66.00@21:55 --device virtual:shop -c bridge.toml
    Why it cannot settle, whether it must, and why the money is not there:
        tidegate why settlement --journal shop.bin -c bridge.toml
        tidegate why arrival --journal shop.bin -c bridge.toml

    Without --config: +08:00, cut-over at 23:00, money on the next working day. Exit code 1 when
    something has to be done.
    """
    found, calendar = source.told(path, device, key_path, config_path)
    now_s = source.moment(at, calendar)
    served = False
    if what == "settlement":
        causes = _settlement(found, calendar, now_s, as_json, language)
    elif what == "arrival":
        causes = _arrival(found, calendar, now_s, as_json, language)
    else:
        t = source.one(found, what, calendar, terminal)
        causes = transaction.look(t, found, calendar)
        served = t.state == SERVED
        told = {"item": t.item, "state": t.state, "causes": words.data(causes)}
        head = f"{line({**vars(t), 'at': calendar.stamp(t.at_s)})}"
        state = chosen(STATES[t.state], language)
        emit(told, as_json, lambda: f"{head}\n{state}\n{words.text(causes, language)}")
    if any(one.cause.is_wrong for one in causes) and not served:
        click.get_current_context().exit(FINDING)


def _settlement(
    found: Story, calendar: Calendar, now_s: int, as_json: bool, language: str
) -> list[Found]:
    looked = settlement.look(found, calendar, now_s)
    told, rows = [], []
    for batch, causes in looked:
        terminal = found.terminals.get(batch.lane, "")
        told.append({"terminal": terminal, "batch": batch.batch, "balanced": batch.balanced,
                     "causes": words.data(causes)})  # fmt: skip
        rows.append(f"{terminal} batch 批次 {batch.batch:06d}")
        if batch.balanced:
            rows.append(f"settled, balanced 已结算，平账: {calendar.stamp(batch.answered_s)}")
        rows.append(words.text(causes, language))
    emit({"batches": told}, as_json, lambda: "\n".join(rows or [words.NOTHING[0]]))
    return [cause for _, causes in looked for cause in causes]


def _arrival(
    found: Story, calendar: Calendar, now_s: int, as_json: bool, language: str
) -> list[Found]:
    looked = arrival.look(found, calendar, now_s)
    told, rows = [], []
    for day, causes in looked:
        told.append({"business_day": str(day.day), "expected": str(day.expected),
                     "count": day.count, "total": day.total,
                     "causes": words.data(causes)})  # fmt: skip
        total = f"{day.total / 100:,.2f}"
        rows.append(f"{day.day}: {day.count} · {total} CNY, expected 预计到账 {day.expected}")
        rows.append(words.text(causes, language))
    emit({"assumed_calendar": calendar.assumed, "days": told}, as_json,
         lambda: "\n".join(rows or [words.NOTHING[0]]))  # fmt: skip
    return [cause for _, causes in looked for cause in causes]
