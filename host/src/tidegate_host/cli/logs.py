"""`tidegate logs`: what happened on a bridge, from its journal, and what happens now."""

import time
from pathlib import Path

import click
import rich_click

from tidegate_host.cli.common import emit, json_option
from tidegate_host.cli.device_options import device_options, opened
from tidegate_host.cli.journal_lines import as_json_line, as_text
from tidegate_host.cli.progress import progress
from tidegate_host.device import logfile
from tidegate_host.device.board import Board
from tidegate_host.ledger import reading

_LOOK_S = 0.3
_ENTRIES = 12  # a sector has at least so many, unless it holds long stored messages


@click.command(cls=rich_click.RichCommand)
@device_options
@click.option("--follow", "-f", is_flag=True, help="Show events as they happen, until Ctrl-C.")
@click.option("--last", default=40, metavar="N", help="How many entries of the past to show.")
@click.option("--seconds", type=float, metavar="N", help="Follow for so long only.")
@json_option
def command(
    device: str, key_path: Path | None, follow: bool, last: int, seconds: float | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Show what happened on a bridge, and follow what happens.

    The past comes from the journal, so it survives power cuts; a board keeps no other log. With
    --follow the events of the firmware are shown as they happen, with the bridge's own time.

    \b
        tidegate logs --device /dev/ttyUSB0 --last 100
        tidegate logs --device virtual:shop --follow
    """
    with opened(device, key_path) as board:
        after = board.call("events", -1)[0]
        if last:
            with progress("reading the journal") as told:
                region = board.journal(told, newest=1 + last // _ENTRIES)
            for entry in list(reading.entries(region))[-last:]:
                click.echo(as_json_line(entry) if as_json else as_text(entry))
        if follow or seconds:
            _follow(board, after, seconds, as_json)


def _follow(board: Board, after: int, seconds: float | None, as_json: bool) -> None:
    until = time.monotonic() + seconds if seconds else None
    while until is None or time.monotonic() < until:
        newest, lines = board.call("events", after)
        if newest < after:  # it started again meanwhile
            after = 0
            continue
        if newest - after > len(lines):
            emit({"missed": newest - after - len(lines)}, as_json)
        after = newest
        for line in lines:
            event = logfile.parse(line)
            if event:
                emit(event.row(), as_json, event.text())
            elif not as_json:
                click.echo(line)
        time.sleep(_LOOK_S)
