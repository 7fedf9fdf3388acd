"""`tidegate holds`: live requests that were refused and may be made again."""

from pathlib import Path
from typing import Any

import click
import rich_click

from tidegate_host.cli.common import emit, json_option
from tidegate_host.cli.source import read_with, source_options
from tidegate_host.ledger.waiting import open_items
from tidegate_host.report import codes
from tidegate_host.report.naming import line


@click.group(cls=rich_click.RichGroup)
def command() -> None:
    """See which sales were refused and are held for later.

    \b
        tidegate holds list shop.bin
    """


@command.command("list", cls=rich_click.RichCommand)
@source_options
@json_option
def list_(path: Path | None, device: str | None, key_path: Path | None, as_json: bool) -> None:
    """List the open holds: who, what, why, and until when. A hold is a record, never a charge.

    \b
        tidegate holds list shop.bin
        tidegate holds list --device virtual:shop --json

    It closes by itself when the same card and amount succeed at the same terminal. Times are UTC.
    """
    holds = read_with(open_items, path, device, key_path).holds
    emit({"holds": holds}, as_json, lambda: _text(holds))


def _text(holds: list[dict[str, Any]]) -> str:
    rows = [f"holds 挂起: {len(holds)}"]
    for hold in holds:
        rows.append(f"  {line(hold)}")
        if hold.get("code"):
            rows.append(f"    told   {hold['code']} {' '.join(codes.response(hold['code']))}")
        if hold.get("window") is not None:
            rows.append(f"    why    the shop's own window {hold['window'] + 1} 营业时段规定")
        if hold.get("until"):
            rows.append(f"    until  {hold['until']}")
    return "\n".join(rows)
