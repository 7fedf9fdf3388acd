"""`tidegate backup`: the journal and the configuration of a bridge, in one file."""

from pathlib import Path

import click
import rich_click

from tidegate_host.cli.common import emit, fail, json_option
from tidegate_host.cli.device_options import device_options, opened
from tidegate_host.cli.progress import progress
from tidegate_host.device import backing
from tidegate_host.device.files import write_private


@click.command(cls=rich_click.RichCommand)
@device_options
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@json_option
def command(device: str, key_path: Path | None, path: Path, force: bool, as_json: bool) -> None:
    """Save journal and configuration of a running bridge.

    \b
        tidegate backup --device /dev/ttyUSB0 shop-1.backup
        tidegate restore --device /dev/ttyUSB0 shop-1.backup

    What is sealed stays sealed: the keys never leave the board. The bridge goes on meanwhile.
    """
    if path.exists() and not force:
        fail(f"{path} is there already", "--force overwrites it")
    with opened(device, key_path) as board, progress("reading the journal") as told:
        backup = backing.take(board, told)
    write_private(path, backing.pack(backup))
    facts = backup.facts
    told_text = (
        f"{path}: {facts['name']}, {facts['entries']} entries, {facts['open']} open,"
        f" configuration {facts['config'][:12]}"
    )
    emit({"file": str(path), **facts}, as_json, told_text)
