"""`tidegate voucher`: a slip for each transaction, from the journal."""

from pathlib import Path

import click
import rich_click

from tidegate_host.cli import journal_source as source
from tidegate_host.cli.common import emit, fail, json_option
from tidegate_host.voucher import html, paper, pdf
from tidegate_host.voucher.slip import slip

_language = click.option(
    "--language", type=click.Choice(paper.LANGUAGES), default="both", show_default=True,
    help="Chinese, English, or both.",
)  # fmt: skip


@click.group(cls=rich_click.RichGroup)
def command() -> None:
    """Print what the bridge recorded of a transaction: facts and time line, masked.

    \b
        tidegate voucher show 000041 --journal shop.bin
        tidegate voucher export --day 2027-02-15 --device virtual:shop --pdf day.pdf
    """


@command.command(cls=rich_click.RichCommand)
@click.argument("key", metavar="KEY")
@click.option("--columns", type=click.Choice(["32", "48"]), default="48", show_default=True,
              help="Of the printer's paper; a Chinese character takes two.")  # fmt: skip
@_language
@source.terminal_option
@source.story_options
@json_option
def show(
    key: str, columns: str, language: str, terminal: str, path: Path | None, device: str | None,
    key_path: Path | None, config_path: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Show the slip of one transaction. KEY: trace, reference number, AMOUNT@TIME or #ITEM.

    \b
        tidegate voucher show 41 --journal shop.bin --columns 32 --language zh
        tidegate voucher show 66.00@21:55 --device virtual:shop -c bridge.toml
    """
    found, calendar = source.told(path, device, key_path, config_path)
    t = source.one(found, key, calendar, terminal)
    emit(t.as_dict(), as_json, lambda: paper.text(slip(t, calendar), int(columns), language))


@command.command(cls=rich_click.RichCommand)
@source.day_option
@click.option("--html", "page", type=click.Path(path_type=Path), metavar="FILE",
              help="One page with every slip.")  # fmt: skip
@click.option("--pdf", "document", type=click.Path(path_type=Path), metavar="FILE",
              help="One page of 80 mm paper a slip.")  # fmt: skip
@click.option("--text", "plain", type=click.Path(path_type=Path), metavar="FILE",
              help="Text of 48 columns.")  # fmt: skip
@_language
@source.story_options
@json_option
def export(
    day: str, page: Path | None, document: Path | None, plain: Path | None, language: str,
    path: Path | None, device: str | None, key_path: Path | None, config_path: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Write the slips of a day to files.

    \b
        tidegate voucher export --day 2027-02-15 --journal shop.bin --html day.html --pdf day.pdf
    """
    wanted = source.date(day)
    if not (page or document or plain):
        fail("nothing to write", "name --html, --pdf or --text")
    found, calendar = source.told(path, device, key_path, config_path)
    slips = [slip(t, calendar) for t in source.of_day(found, wanted, calendar)]
    if page:
        page.write_text(html.page(slips, language), encoding="utf-8")
    if document and slips:
        document.write_bytes(pdf.document(slips, language))
    if plain:
        text = "\n".join(paper.text(one, 48, language) for one in slips)
        plain.write_text(text, encoding="utf-8")
    written = [str(file) for file in (page, document if slips else None, plain) if file]
    emit(
        {"day": day, "slips": len(slips), "files": written},
        as_json,
        f"{len(slips)} slips of {day}: {', '.join(written)}",
    )
