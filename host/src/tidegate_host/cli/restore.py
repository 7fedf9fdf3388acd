"""`tidegate restore`: a backup back onto a board, with nothing replayed."""

import contextlib
from pathlib import Path
from typing import Any

import click
import rich_click

from tidegate_host.cli.common import emit, fail, json_option
from tidegate_host.cli.device_options import device_options, opened
from tidegate_host.cli.progress import progress
from tidegate_host.device import backing, package, provisioning, virtual
from tidegate_host.device.board import Board
from tidegate_host.device.errors import DeviceError
from tidegate_host.device.files import write_private
from tidegate_host.image import compiling


@click.command(cls=rich_click.RichCommand)
@device_options
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--config-only", is_flag=True, help="Leave the board's journal alone.")
@click.option("--rename", is_flag=True, help="The board is to become the one of the backup.")
@click.option(
    "--force", is_flag=True, help="Also when the board's own journal has open items (it is saved)."
)
@json_option
def command(
    device: str, key_path: Path | None, path: Path, config_only: bool, rename: bool, force: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Put the journal and the configuration of a backup onto a board.

    \b
        tidegate restore --device /dev/ttyUSB0 shop-1.backup
        tidegate restore --device /dev/ttyUSB0 shop-1.backup --config-only

    Nothing is replayed by it: what was open in the backup may have reached the acquirer since, so
    all of it goes to attention, for a person to compare. The board passes nothing meanwhile, and
    its own journal is saved beside FILE. Broken off, it goes on with its own journal (after twenty
    minutes at most, or when it is switched off and on); the configuration comes first, and stays.
    """
    with opened(device, key_path) as board:
        backup = backing.unpack(path)
        hello = board.call("hello")
        if hello["name"] not in ("", backup.facts["name"]) and not rename:
            fail(
                f"this board is {hello['name']}, the backup is of {backup.facts['name']}",
                "the backup of this board; or --rename, if it is to take the other's place",
            )
        _configuration(board, backup)
        found: dict[str, Any] = {"name": backup.facts["name"], "held": 0, "saved": ""}
        if not config_only:
            if not force:
                _nothing_open(_waiting(board))
            saved = path.with_name(path.name + ".before")
            with progress("writing the journal") as told:
                backing.restore(board, backup.journal, lambda: _save(board, saved, force), told)
            attention = board.call("status")["people"] or []
            found |= {"held": sum(lane[0] for lane in attention), "saved": str(saved)}
    emit(found, as_json, lambda: _text(found, config_only))


def _configuration(board: Board, backup: backing.Backup) -> None:
    if board.call("hello")["config"] == backup.facts["config"]:
        return
    made = compiling.build(virtual.home() / "firmware")
    certificates = {name: data for name, data in backup.files.items() if name != package.CONFIG}
    wanted = package.collect(backup.config, certificates, made, board.call("hello"))
    with progress("writing the configuration") as told:
        changes = provisioning.compare(board, wanted)
        provisioning.install(board, wanted, changes, force=not changes.firmware, told=told)


def _waiting(board: Board) -> int:
    # What the board counts, so that a shop is not stopped only to be told no.
    status = board.call("status")
    lanes = sum(lane["reversals"] + lane["advices"] for lane in status.get("lanes", ()))
    return lanes + sum(map(sum, status.get("people") or ()))


def _nothing_open(count: int) -> None:
    if count:
        fail(
            f"the journal on the board has {count} open items, which a restore sets aside",
            "let them arrive, or settle them; --force saves them to a file and goes on",
        )


def _save(board: Board, saved: Path, force: bool) -> None:
    with progress("saving the journal of the board") as told:
        journal = board.journal(told)
    with contextlib.suppress(DeviceError):  # a damaged one has nothing to lose
        found = backing.verified(journal)
        if not force:
            _nothing_open(found["open"])
    write_private(saved, journal)


def _text(found: dict[str, Any], config_only: bool) -> str:
    if config_only:
        return f"restored  the configuration of {found['name']}"
    rows = [
        f"restored  {found['name']}: nothing is replayed",
        f"people    {found['held']} items are in attention: compare them with the acquirer",
    ]
    if found["saved"]:
        rows.append(f"saved     the journal that was on the board: {found['saved']}")
    return "\n".join(rows)
