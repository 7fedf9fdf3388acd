"""`tidegate exceptions`: the daily list for the acquirer."""

import sys
from pathlib import Path
from typing import Any

import click
import rich_click

from tidegate_host.cli import journal_source as source
from tidegate_host.cli.common import FINDING, emit, json_option
from tidegate_host.exceptions import listing


@click.command(cls=rich_click.RichCommand)
@source.day_option
@click.option("--html", "page", type=click.Path(path_type=Path), metavar="FILE",
              help="Write it as one page.")  # fmt: skip
@click.option("--csv", "sheet", type=click.Path(path_type=Path), metavar="FILE",
              help="Write it as CSV.")  # fmt: skip
@source.story_options
@json_option
def command(
    day: str, page: Path | None, sheet: Path | None, path: Path | None, device: str | None,
    key_path: Path | None, config_path: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """List what is unknown, refused, sent twice or different between the books, for a day.

    \b
        tidegate exceptions --day 2027-02-15 --journal shop.bin
        tidegate exceptions --day 2027-02-15 --device virtual:shop --html day.html --csv day.csv

    Prints CSV unless it writes a file, or JSON with --json. Exit code 1 when there is something.
    """
    wanted = source.date(day)
    found, calendar = source.told(path, device, key_path, config_path)
    rows = listing.exceptions(found, wanted, calendar)
    if page:
        page.write_text(listing.as_html(rows, wanted), encoding="utf-8")
    if sheet:
        sheet.write_text(listing.as_csv(rows), encoding="utf-8-sig")  # spreadsheets want the mark
    emit({"day": day, "exceptions": rows}, as_json, lambda: _text(rows, day, page, sheet))
    if rows:
        click.get_current_context().exit(FINDING)


def _text(rows: list[dict[str, Any]], day: str, page: Path | None, sheet: Path | None) -> str:
    if page or sheet:
        files = ", ".join(str(file) for file in (page, sheet) if file)
        return f"{len(rows)} exceptions of {day} 差错{len(rows)}笔: {files}"
    if not rows and sys.stdout.isatty():
        return f"nothing to look at on {day} 当日无差错"
    return listing.as_csv(rows).rstrip()
