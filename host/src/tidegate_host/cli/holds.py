"""`tidegate holds`: live requests that were refused and may be made again."""

import datetime
from pathlib import Path
from typing import Any

import click
import rich_click

from tidegate_host.cli import journal_source as source
from tidegate_host.cli.common import emit, json_option
from tidegate_host.cli.deciding import decide, decision_options, moment
from tidegate_host.cli.source import read_with, source_options
from tidegate_host.ledger.waiting import open_items
from tidegate_host.report import codes
from tidegate_host.report.naming import line


@click.group(cls=rich_click.RichGroup)
def command() -> None:
    """See which sales were refused and are held for later, and decide about them.

    \b
        tidegate holds list shop.bin
        tidegate holds defer 4711 --until 09:00 --reason "comes back" --device /dev/ttyUSB0

    A hold ends by itself when the same card and amount succeed, or after a week.
    """


@command.command("list", cls=rich_click.RichCommand)
@source_options
@json_option
def list_(
    path: Path | None, device: str | None, key_path: Path | None, config_path: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    """List the open holds: who, what, why, and until when. A hold is a record, never a charge.

    \b
        tidegate holds list shop.bin
        tidegate holds list --device virtual:shop --json

    It closes by itself when the same card and amount succeed at the same terminal. Times are the
    shop's; with --json UTC.
    """
    holds = read_with(open_items, path, device, key_path).holds
    calendar = source.calendar_of(config_path)
    shown = [source.on_the_clock(hold, calendar) for hold in holds]
    emit({"holds": holds}, as_json, lambda: _text(shown))


@command.command(cls=rich_click.RichCommand)
@decision_options
@click.option(
    "--until", required=True, metavar="TIME",
    help="2h, 09:00 (the next one), or 2027-02-16T09:00+08:00.",
)  # fmt: skip
@json_option
def defer(
    item: int, until: str, who: str, why: str, device: str, key_path: Path | None, as_json: bool
) -> None:
    """Remember a hold at a time: the log then says hold-due, and status shows it.

    \b
        tidegate holds defer 4711 --until 09:00 --reason "comes back" -d virtual:shop

    It gets a new number, because the journal keeps what was decided before.
    """
    at, at_text = moment(until, datetime.datetime.now(datetime.UTC))
    said = ("defer", item, [at, who, why])
    decide(device, key_path, said, as_json, f"hold {item} is remembered at {at_text}")


@command.command(cls=rich_click.RichCommand)
@decision_options
@json_option
def release(
    item: int, who: str, why: str, device: str, key_path: Path | None, as_json: bool
) -> None:
    """End a hold whose customer was served in another way: cash, another card.

    \b
        tidegate holds release 4711 --reason "paid in cash" -d virtual:shop
    """
    said = ("release", item, [who, why])
    decide(device, key_path, said, as_json, f"hold {item} is released")


@command.command(cls=rich_click.RichCommand)
@decision_options
@json_option
def cancel(
    item: int, who: str, why: str, device: str, key_path: Path | None, as_json: bool
) -> None:
    """End a hold that nobody wants any more.

    \b
        tidegate holds cancel 4711 --reason "customer left" -d virtual:shop
    """
    said = ("cancel", item, [who, why])
    decide(device, key_path, said, as_json, f"hold {item} is cancelled")


def _text(holds: list[dict[str, Any]]) -> str:
    rows = [f"holds 挂起: {len(holds)}"]
    for hold in holds:
        rows.append(f"  {line(hold)}")
        if hold.get("code"):
            rows.append(f"    told   {hold['code']} {' '.join(codes.response(hold['code']))}")
        if hold.get("reason"):
            rows.append(f"    why    {' '.join(codes.reason(hold))}")
        if hold.get("until"):
            deferred = "  (deferred by a person 已延期)" if hold["deferred"] else ""
            rows.append(f"    until  {hold['until']}{deferred}")
    return "\n".join(rows)
