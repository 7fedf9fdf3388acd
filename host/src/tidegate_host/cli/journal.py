"""`tidegate journal`: is a journal sound, and what is in it."""

from pathlib import Path
from typing import Any

import click
import rich_click

from tidegate.journal.records import TYPE_NAMES
from tidegate.journal.ring import JournalError
from tidegate_host.cli.common import FINDING, emit, fail, json_option
from tidegate_host.cli.device_options import device_options, opened
from tidegate_host.cli.journal_lines import as_json_line, as_text
from tidegate_host.cli.progress import progress
from tidegate_host.device.files import write_private
from tidegate_host.ledger import reading
from tidegate_host.ledger.region import RegionError, read_region

_REASONS = {
    "blank": "there is no journal: the region is blank",
    "foreign": "there is no journal: no sector begins with its header",
    "geometry": "a journal has at least 12 sectors of 4096 bytes",
}
_FILE = click.argument("path", metavar="FILE", type=click.Path(path_type=Path))


class _Number(click.ParamType):
    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return value if isinstance(value, int) else int(value, 0)
        except ValueError:
            self.fail(f"{value} is not a number such as 65536 or 0x10000", param, ctx)


def _region_options(function):
    at = "Where the journal begins in FILE, in bytes. Default: as the partition table says, or 0."
    function = click.option("--size", type=_Number(), metavar="N", help="Its length in bytes.")(
        function
    )
    return click.option("--offset", type=_Number(), metavar="N", help=at)(function)


@click.group(cls=rich_click.RichGroup)
def command() -> None:
    """Pull, check and read journals. Nothing sealed is opened.

    \b
        tidegate journal pull --device /dev/ttyUSB0 shop.bin
    FILE is the journal region of a board (a virtual one keeps it as flash.bin), or a whole image:
        tidegate journal verify flash.bin
        tidegate journal show flash.bin --type ATTENTION
    """


@command.command(cls=rich_click.RichCommand)
@_FILE
@_region_options
@json_option
def verify(path: Path, offset: int | None, size: int | None, as_json: bool) -> None:
    """Mount a copy of the journal and report damage, gaps and what is open.

    \b
        tidegate journal verify flash.bin
        tidegate journal verify --json image.bin --offset 0x200000 --size 0x100000

    Exit code 1 when something is damaged or missing. An entry that a power cut left incomplete was
    never acknowledged, and is no finding.
    """
    found = _told(lambda: reading.verify(_region(path, offset, size)))
    emit(found, as_json, lambda: _summary(found))
    if found["findings"]:
        click.get_current_context().exit(FINDING)


@command.command(cls=rich_click.RichCommand)
@_FILE
@_region_options
@click.option("--lane", type=click.IntRange(0, 7), help="Only this lane.")
@click.option(
    "--type", "types", multiple=True, metavar="TYPE",
    type=click.Choice(TYPE_NAMES[1:], case_sensitive=False),
    help="Only entries of this type (STORE, DONE, ATTENTION ...); may be given more than once.",
)  # fmt: skip
@click.option("--item", type=click.IntRange(1), help="Only what names this item.")
@json_option
def show(
    path: Path,
    offset: int | None,
    size: int | None,
    lane: int | None,
    types: tuple[str, ...],
    item: int | None,
    as_json: bool,
) -> None:
    """Print the entries, oldest first, one a line; with --json one object a line.

    \b
    The whole story of one item:
        tidegate journal show flash.bin --item 1042
    What needs a person:
        tidegate journal show flash.bin --type ATTENTION

    Copies that housekeeping made are marked "copy"; amounts are in minor units, times are UTC.
    """
    region = _region(path, offset, size)
    _told(lambda: reading.verify(region))
    for entry in reading.entries(region):
        if lane is not None and entry.lane != lane:
            continue
        if (types and entry.type not in types) or (item is not None and entry.item != item):
            continue
        click.echo(as_json_line(entry) if as_json else as_text(entry))


@command.command(cls=rich_click.RichCommand)
@device_options
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@json_option
def pull(device: str, key_path: Path | None, path: Path, force: bool, as_json: bool) -> None:
    """Copy the journal of a running bridge into FILE, and check the copy.

    \b
        tidegate journal pull --device virtual:shop shop.bin
        tidegate journal show shop.bin --type ATTENTION

    The bridge goes on meanwhile. What is sealed stays sealed: the keys never leave the board.
    """
    if path.exists() and not force:
        fail(f"{path} is there already", "--force overwrites it")
    with opened(device, key_path) as board, progress("reading the journal") as told:
        region = board.journal(told)
    write_private(path, region)
    found = {"file": str(path), **_told(lambda: reading.verify(region))}
    emit(found, as_json, lambda: f"{path}: {len(region)} bytes\n{_summary(found)}")
    if found["findings"]:
        click.get_current_context().exit(FINDING)


def _region(path: Path, offset: int | None, size: int | None) -> bytes:
    try:
        return read_region(path, offset, size)
    except RegionError as error:
        fail(f"{path}: {error}", "tidegate journal verify --help shows how a region is named")


def _told(call: Any) -> Any:
    try:
        return call()
    except JournalError as error:
        reason = _REASONS.get(str(error), str(error))
        fail(reason, "give --offset and --size when the journal is a part of the file")


def _summary(found: dict[str, Any]) -> str:
    rows = [
        f"sectors   {found['sectors']}: {found['live']} in use, {found['erased']} erased",
        f"entries   {found['entries']}"
        + "".join(f"  {name} {count}" for name, count in found["types"].items()),
        f"open      {found['open']}",
    ]
    for lane in found["lanes"]:
        facts = [
            f"{lane[k]} {k}" for k in ("reversals", "advices", "attention", "holds") if lane[k]
        ]
        rows.append(f"  lane {lane['lane']}  " + ", ".join(facts))
    if found["torn"]:
        rows.append("cut       an entry was left incomplete by a power cut; it was never promised")
    for name in found["findings"]:
        rows.append(f"FINDING   {name}: {found[name]}")
    rows.append("damaged" if found["findings"] else "sound")
    return "\n".join(rows)
