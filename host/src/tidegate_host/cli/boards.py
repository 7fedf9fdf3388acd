"""`tidegate boards`: the kinds of boards there are, and whether their files are sound."""

from typing import Any

import click
import rich_click

from tidegate_host.cli.common import FINDING, emit, json_option
from tidegate_host.image import boards, partitions


@click.command(cls=rich_click.RichCommand)
@click.argument("names", metavar="[NAME]...", nargs=-1, type=click.Choice(boards.names()))
@json_option
def command(names: tuple[str, ...], as_json: bool) -> None:
    """List the kinds of boards, and check their files.

    \b
        tidegate boards
        tidegate boards esp32-generic

    With a NAME also its partitions. Exit code 1 when a board's files are wrong.
    """
    found = [_row(name) for name in names or boards.names()]
    emit({"boards": found}, as_json, lambda: "\n".join(_text(row, bool(names)) for row in found))
    if any(row["wrong"] for row in found):
        click.get_current_context().exit(FINDING)


def _row(name: str) -> dict[str, Any]:
    board, wrong = boards.inspect(name)
    journal = partitions.find(board.partitions, "journal")
    return {
        "name": name, "chip": board.chip, "flash_bytes": board.facts.get("flash_bytes", 0),
        "journal_bytes": journal.size if journal else 0,
        "heap_bytes": board.facts.get("heap_bytes", 0), "uart": board.facts.get("uart", []),
        "partitions": [
            {"label": p.label, "start": p.start, "bytes": p.size} for p in board.partitions
        ],
        "wrong": wrong,
    }  # fmt: skip


def _text(row: dict[str, Any], whole: bool) -> str:
    flash = f"{row['flash_bytes'] >> 20} MB" if row["flash_bytes"] else "-"
    journal = f"{row['journal_bytes'] >> 10} KB" if row["journal_bytes"] else "-"
    state = "ok" if not row["wrong"] else "WRONG"
    lines = [
        f"{row['name']:14} {row['chip']:8} flash {flash:5} journal {journal:8}"
        f" heap {row['heap_bytes'] >> 10:3} KB  {state}"
    ]
    lines += [f"    {each}" for each in row["wrong"]]
    if whole:
        for u in row["uart"]:
            lines.append(f"    uart {u['number']}: tx {u['tx']}, rx {u['rx']}")
        lines += [
            f"    {p['label']:9} {p['start']:#8x} {p['bytes'] >> 10:6} KB"
            for p in row["partitions"]
        ]
    return "\n".join(lines)
