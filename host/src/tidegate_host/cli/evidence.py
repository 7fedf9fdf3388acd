"""`tidegate evidence`: a package for a dispute, and its verifier."""

import hashlib
from pathlib import Path

import click
import rich_click

from tidegate_host.cli import journal_source as source
from tidegate_host.cli.common import FINDING, emit, fail, json_option
from tidegate_host.cli.source import read_with
from tidegate_host.evidence import package
from tidegate_host.ledger import story

_file = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group(cls=rich_click.RichGroup)
def command() -> None:
    """Pack what the bridge knows of a transaction for a dispute, and verify such a package.

    \b
        tidegate evidence make 41 --journal shop.bin --out case.zip
        tidegate evidence verify case.zip --journal shop.bin
    """


@command.command(cls=rich_click.RichCommand)
@click.argument("key", metavar="KEY")
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="FILE",
              help="The zip to write.")  # fmt: skip
@source.terminal_option
@source.story_options
@json_option
def make(
    key: str, out: Path, terminal: str, path: Path | None, device: str | None,
    key_path: Path | None, config_path: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Write slips, time line, journal extract and hashes of one transaction into a zip.

    \b
        tidegate evidence make 66.00@21:55 --device virtual:shop --out case.zip
    """
    calendar = source.calendar_of(config_path)
    region = read_with(lambda data: data, path, device, key_path)
    told = story.read(region)
    t = source.one(told, key, calendar, terminal)
    data = package.make(t, told, calendar, region)
    out.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    emit({"file": str(out), "sha256": digest}, as_json, f"{out}\nsha256 {digest}")


@command.command(cls=rich_click.RichCommand)
@click.argument("file", metavar="FILE", type=_file)
@click.option("--sha256", metavar="HEX", help="What `make` printed, as it was noted then.")
@click.option("--journal", "-j", "path", type=_file, metavar="FILE",
              help="Compare the extract with this journal.")  # fmt: skip
@json_option
def verify(file: Path, sha256: str | None, path: Path | None, as_json: bool) -> None:
    """Say whether a package is as it was made. Exit code 1 when it is not.

    \b
        tidegate evidence verify case.zip --journal shop.bin
    """
    data = file.read_bytes()
    region = read_with(lambda found: found, path, None, None) if path else None
    try:
        found = package.verify(data, region)
    except package.NotAPackageError as error:
        fail(f"{file}: {error}", "tidegate evidence make KEY makes one")
    if sha256 and sha256.lower() != hashlib.sha256(data).hexdigest():
        found.insert(0, "the package is not the one with that hash")
    emit({"findings": found}, as_json, lambda: "\n".join(found or ["as it was made 完好"]))
    if found:
        click.get_current_context().exit(FINDING)
