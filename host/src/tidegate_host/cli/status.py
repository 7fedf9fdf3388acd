"""`tidegate status`: what a bridge is doing now, in one screen."""

import json
import time
from pathlib import Path
from typing import Any

import click
import rich_click

from tidegate_host.cli.common import FINDING, SCHEMA, emit, json_option
from tidegate_host.cli.device_options import device_options, opened
from tidegate_host.device import telling
from tidegate_host.device.board import Board


@click.command(cls=rich_click.RichCommand)
@device_options
@click.option("--watch", is_flag=True, help="Go on until Ctrl-C; with --json one line a look.")
@click.option("--every", "every_s", default=2.0, metavar="SECONDS", help="Between two looks.")
@json_option
def command(
    device: str, key_path: Path | None, watch: bool, every_s: float, as_json: bool
) -> None:
    """Show what a bridge is doing now: lanes, books, what waits, the line and the clock.

    \b
        tidegate status --device /dev/ttyUSB0
        tidegate status --device virtual:shop --watch

    Exit code 1 when something needs a person: a problem at the start, or items in attention.
    """
    with opened(device, key_path) as board:
        found = look(board)
        if not watch:
            emit(found, as_json, lambda: telling.status(found))
            if telling.needs_a_person(found):
                click.get_current_context().exit(FINDING)
            return
        while True:
            if as_json:
                click.echo(json.dumps({"schema": SCHEMA, **found}, ensure_ascii=False))
            else:
                click.clear()
                click.echo(telling.status(found))
            time.sleep(every_s)
            found = look(board)


def look(board: Board) -> dict[str, Any]:
    """One status with what runs there."""
    return {"board": board.call("hello"), **board.call("status")}
