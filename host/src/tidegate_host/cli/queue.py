"""`tidegate queue`: what waits for the host, and what waits for a person."""

from pathlib import Path
from typing import Any

import click
import rich_click

from tidegate_host.cli import journal_source as source
from tidegate_host.cli.common import FINDING, emit, json_option
from tidegate_host.cli.deciding import decide, decision_options
from tidegate_host.cli.source import read_with, source_options
from tidegate_host.ledger.arrival import Calendar
from tidegate_host.ledger.waiting import Open, open_items
from tidegate_host.report import codes
from tidegate_host.report.attention import advice
from tidegate_host.report.naming import line


@click.group(cls=rich_click.RichGroup)
def command() -> None:
    """See what waits on a bridge, for the host and for a person, and say what became of it.

    \b
        tidegate queue list shop.bin
        tidegate queue settle 4711 --booked --reason "on the statement" --device virtual:shop
    """


@command.command("list", cls=rich_click.RichCommand)
@source_options
@json_option
def list_(
    path: Path | None, device: str | None, key_path: Path | None, config_path: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    """List stored messages that wait for the host, and every item in attention.

    \b
        tidegate journal pull --device /dev/ttyUSB0 shop.bin
        tidegate queue list shop.bin

    Each item in attention says what happened and what to do, in English and Chinese. Times are
    the shop's (with --json UTC), cards are masked. Exit code 1 when something is in attention.
    """
    found = read_with(open_items, path, device, key_path)
    attention = [_explained(item) for item in found.attention]
    told = {"waiting": found.waiting, "unanswered": found.unanswered, "attention": attention}
    calendar = source.calendar_of(config_path)
    emit(told, as_json, lambda: _text(found, calendar))
    if attention:
        click.get_current_context().exit(FINDING)


@command.command(cls=rich_click.RichCommand)
@decision_options
@click.option(
    "--booked/--not-booked", default=None, required=True,
    help="Does the acquirer have it in its books (a reversal: did it reverse)?",
)  # fmt: skip
@json_option
def settle(
    item: int, booked: bool, who: str, why: str, device: str, key_path: Path | None, as_json: bool
) -> None:
    """Record how an item in attention was resolved, after looking into the acquirer's books.

    \b
        tidegate queue settle 4711 --not-booked --reason "refunded in cash" -d virtual:shop

    It ends, and its journal says who decided what. A stored advice that is booked counts in the
    totals of the open batch, as it does in the terminal's.
    """
    said = ("settle", item, [booked, who, why])
    known = "booked" if booked else "not booked"
    decide(device, key_path, said, as_json, f"item {item} is settled: {known}")


@command.command(cls=rich_click.RichCommand)
@decision_options
@click.option(
    "--meant",
    is_flag=True,
    help="Send it although it may be booked twice, or belongs to a batch that was settled.",
)
@json_option
def retry(
    item: int, meant: bool, who: str, why: str, device: str, key_path: Path | None, as_json: bool
) -> None:
    """Send a stored message in attention to the host once more.

    \b
        tidegate queue retry 4711 --reason "keys are loaded again" -d virtual:shop

    Look into the acquirer's books first. A live request is never sent again, whoever asks.
    """
    said = ("retry", item, [meant, who, why])
    decide(device, key_path, said, as_json, f"item {item} waits for the host again")


def _explained(item: dict[str, Any]) -> dict[str, Any]:
    said = advice(item.get("why", ""))
    code = item.get("code", "")
    meaning = codes.response(code) if code else ("", "")
    told = {"code_text": meaning, "happened": said.happened, "to_do": said.to_do}
    named = {key: {"en": pair[0], "zh": pair[1]} for key, pair in told.items()}
    return {**item, **named}


def _text(found: Open, calendar: Calendar) -> str:
    rows = [f"waiting for the host 待上送: {len(found.waiting)}"]
    for item in found.waiting:
        was = "sent before 已发送过" if item["attempted"] else "not sent yet 未发送"
        rows.append(f"  {_line(item, calendar)}  {was}")
    if found.unanswered:
        rows.append(f"sent, no answer yet 已发出, 尚未应答: {len(found.unanswered)}")
        rows += [f"  {_line(item, calendar)}" for item in found.unanswered]
    rows.append(f"for a person 待人工处理: {len(found.attention)}")
    for item in found.attention:
        rows += _for_a_person(item, calendar)
    return "\n".join(rows)


def _line(item: dict[str, Any], calendar: Calendar) -> str:
    return line(source.on_the_clock(item, calendar))


def _for_a_person(item: dict[str, Any], calendar: Calendar) -> list[str]:
    said = advice(item.get("why", ""))
    rows = [f"  {_line(item, calendar)}", f"    why   {item.get('why', 'damaged')}"]
    if item.get("code"):
        rows.append(f"    code  {item['code']} {' '.join(codes.response(item['code']))}")
    for name, pair in (("what ", said.happened), ("do   ", said.to_do)):
        rows += [f"    {name} {pair[0]}", f"          {pair[1]}"]
    return rows
