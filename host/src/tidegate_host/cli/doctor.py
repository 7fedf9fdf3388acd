"""`tidegate doctor`: is this bridge well, and if not, what to do."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import rich_click

from tidegate.journal.ring import JournalError
from tidegate_host import config
from tidegate_host.cli.common import FINDING, emit, json_option
from tidegate_host.cli.config import read_config
from tidegate_host.cli.device_options import device_options, opened
from tidegate_host.cli.progress import progress
from tidegate_host.device import bundle, checks, hops, package, place, provisioning
from tidegate_host.device.board import SECTOR_BYTES, Board
from tidegate_host.device.errors import DeviceError
from tidegate_host.device.files import write_private
from tidegate_host.device.findings import FAIL, Finding
from tidegate_host.ledger import reading

_QUICK_SECTORS = 32  # a journal that uses no more is read without being asked
_UNUSED = b"\xff" * 20


class Visit:
    """One look at a board: what it told, and the findings as they come."""

    def __init__(self, board: Board, deep: bool, wanted: str | None) -> None:
        self.board = board
        self.wanted = wanted
        board.call("events", -1)  # from now on the log is kept
        self.hello = board.call("hello")
        self.status: dict[str, Any] = board.call("status")
        self.now_s = time.time()
        self.facts: dict[str, Any] = board.call("facts")
        self.running = provisioning.running(board)
        self.config = self._config()
        self.heads = self._heads()
        self.region: bytes | None = None
        used = sum(head[12:] != _UNUSED for head in self.heads)
        if self.heads and (deep or used <= _QUICK_SECTORS):
            with progress("reading the journal") as told:
                self.region = board.journal(told)

    def _config(self) -> dict[str, Any] | None:
        try:
            return config.read_board_file(provisioning.read(self.board, package.CONFIG))
        except (DeviceError, ValueError):
            return None

    def _heads(self) -> list[bytes]:
        try:
            return self.board.heads()
        except DeviceError:
            return []

    def findings(self) -> Iterator[Finding]:
        """Every check, the way to the hosts last."""
        yield from checks.start(self.hello)
        yield from checks.versions(self.hello, self.running)
        yield from checks.configuration(self.hello, self.wanted)
        yield from checks.clock(self.status, self.now_s)
        yield from checks.storage(self.facts, len(self.heads) * SECTOR_BYTES)
        yield from checks.journal(self.status.get("journal"), self._verified())
        yield from checks.wear(self.heads)
        yield from checks.memory(self.facts)
        yield from checks.tasks(self.status)
        yield from checks.terminals(self.status)
        yield from checks.queue(self.status)
        yield from hops.interface(self.facts)
        if self.config and not self.hello["problem"]:
            known = [name for lane in self.status["lanes"] for name in lane["terminals"]]
            yield from hops.walk(self.board, self.config, known)

    def _verified(self) -> dict[str, Any] | None:
        try:
            return reading.verify(self.region) if self.region else None
        except JournalError:
            return None


@click.command(cls=rich_click.RichCommand)
@device_options
@click.option(
    "--config", "-c", "config_path", type=click.Path(path_type=Path, dir_okay=False),
    help="The bridge.toml that should be on the board: is it?",
)  # fmt: skip
@click.option("--deep", is_flag=True, help="Read and verify the whole journal.")
@click.option(
    "--bundle", "bundle_path", type=click.Path(path_type=Path, dir_okay=False), metavar="ZIP",
    help="Write a zip for support, without card data, keys and merchant numbers.",
)  # fmt: skip
@json_option
def command(
    device: str, key_path: Path | None, config_path: Path | None, deep: bool,
    bundle_path: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Look at everything that can be wrong with a bridge; each line says what to do next.

    \b
        tidegate doctor --device /dev/ttyUSB0
        tidegate doctor --device virtual:shop -c bridge.toml --bundle support.zip

    The way to the acquirer is walked by the board itself, on a connection of its own; the only
    message that it sends is an echo. Exit code 1 when a line says "fail".
    """
    with opened(device, key_path) as board:
        visit = Visit(board, deep, _digest(device, config_path))
        found = []
        for finding in visit.findings():
            found.append(finding)
            if not as_json:
                click.echo(finding.line())
        rows = [finding.as_dict() for finding in found]
        if bundle_path:
            lines = board.log()
            made = bundle.write(rows, visit.status, visit.facts, visit.config, visit.region, lines)
            write_private(bundle_path, made)
            click.echo(f"written: {bundle_path}; look into it before you send it", err=True)
    if as_json:
        emit({"findings": rows, "bundle": str(bundle_path or "")}, True)
    if any(finding.verdict == FAIL for finding in found):
        click.get_current_context().exit(FINDING)


def _digest(device: str, path: Path | None) -> str | None:
    if path is None:
        return None
    compiled = read_config(path)
    bridge = place.bridge_of(device)
    if bridge:
        package.fit(compiled, bridge)
    return config.digest(config.compile_bytes(compiled))
