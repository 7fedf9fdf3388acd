"""Where a journal comes from: a FILE that was pulled, or the bridge that `--device` names."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from tidegate.journal.ring import JournalError
from tidegate_host.cli.common import fail
from tidegate_host.cli.device_options import opened, told
from tidegate_host.cli.progress import progress
from tidegate_host.device import place
from tidegate_host.ledger.region import RegionError, read_region

_VERIFY = "tidegate journal verify FILE says what is wrong with it"


def source_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add FILE, `--device`, `--key` and `--config`; the function gets `path`, `device`, `key_path`
    and `config_path`."""
    file = click.Path(path_type=Path, dir_okay=False)
    command = click.option(
        "--config", "-c", "config_path", type=file, metavar="FILE",
        help="The bridge.toml, for the shop's clock. Without it: +08:00.",
    )(command)  # fmt: skip
    command = click.option(
        "--key", "key_path", type=file, metavar="FILE",
        envvar="TIDEGATE_KEY", help="Console key of a locked board ($TIDEGATE_KEY).",
    )(command)  # fmt: skip
    command = click.option(
        "--device", "-d", metavar="WHERE",
        help="Read a bridge instead of FILE: serial port, rfc2217://, socket:// or virtual:NAME.",
    )(command)  # fmt: skip
    return click.argument("path", metavar="[FILE]", required=False, type=file)(command)


def read_with(
    read: Callable[[bytes], Any], path: Path | None, device: str | None, key: Path | None
) -> Any:
    """`read(region)` of the journal in `path` or behind `device`, with errors told in words."""
    if (path is None) == (device is None):
        fail("name one journal: FILE or --device", "tidegate journal pull --device WHERE FILE")
    region = _file(path) if path else _pulled(str(device), key)
    try:
        return read(region)
    except JournalError as error:
        fail(f"there is no journal to be read: {error}", _VERIFY)


def _pulled(device: str, key: Path | None) -> bytes:
    with told():
        bridge = place.bridge_of(device)
    if bridge and not bridge.running:  # its image lies on disk
        return _file(bridge.flash_path)
    with opened(device, key) as board, progress("reading the journal") as done:
        return board.journal(done)


def _file(path: Path) -> bytes:
    try:
        return read_region(path)
    except RegionError as error:
        fail(f"{path}: {error}", _VERIFY)
