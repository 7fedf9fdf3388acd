"""`--device` and `--key`: how every command that talks to a board finds it and is let in."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from tidegate_host.cli.common import ERROR, NO_DEVICE, TIME_OUT, OperatingError
from tidegate_host.device import errors
from tidegate_host.device.board import Board, parsed_key, read_key

_CODES = ((errors.NoDevice, NO_DEVICE), (errors.NoAnswer, TIME_OUT))


def device_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--device` and `--key`; the function gets `device` (a text) and `key_path`."""
    key = click.option(
        "--key", "key_path", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
        envvar="TIDEGATE_KEY", help="Console key of a locked board ($TIDEGATE_KEY).",
    )(command)  # fmt: skip
    return click.option(
        "--device", "-d", required=True, metavar="WHERE", envvar="TIDEGATE_DEVICE",
        help="Serial port, rfc2217://HOST:PORT, socket://HOST:PORT or virtual:NAME"
        " ($TIDEGATE_DEVICE).",
    )(key)  # fmt: skip


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Turn what went wrong with a board into words and an exit code."""
    try:
        yield
    except errors.DeviceError as error:
        code = next((code for kind, code in _CODES if isinstance(error, kind)), ERROR)
        raise OperatingError(error.message, error.next_step, code) from None


@contextlib.contextmanager
def opened(device: str, key_path: Path | None = None) -> Iterator[Board]:
    """The board that `--device` names, with errors told in words."""
    with told(), Board(device, key_of(key_path)) as board:
        yield board


def key_of(path: Path | None, may_be_missing: bool = False) -> bytes | None:
    """The console key in a file, or in $TIDEGATE_CONSOLE_KEY as 64 hex digits; None without."""
    if may_be_missing and path and not path.exists():
        return None
    given = os.environ.get("TIDEGATE_CONSOLE_KEY")
    if path is None and given:
        return parsed_key(given, "$TIDEGATE_CONSOLE_KEY")
    return read_key(path) if path else None
