"""`tidegate provision`: firmware and configuration onto a running board, or back again."""

from pathlib import Path
from typing import Any

import click
import rich_click

from tidegate_host import config
from tidegate_host.cli.common import FINDING, OperatingError, emit, fail, json_option
from tidegate_host.cli.config import read_config
from tidegate_host.cli.device_options import device_options, key_of, told
from tidegate_host.cli.progress import progress
from tidegate_host.device import package, place, provisioning, virtual
from tidegate_host.device.board import Board, read_key
from tidegate_host.device.files import write_private
from tidegate_host.image import compiling


@click.command(cls=rich_click.RichCommand)
@device_options
@click.option(
    "--config", "-c", "config_path", type=click.Path(path_type=Path, dir_okay=False),
    help="The bridge.toml that the board is to run.",
)  # fmt: skip
@click.option("--rollback", is_flag=True, help="Go back to the version before.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and stop.")
@click.option("--rename", is_flag=True, help="The board is to become another one (its name).")
@click.option("--force", is_flag=True, help="Also while stored messages wait for the host.")
@json_option
def command(
    device: str, key_path: Path | None, config_path: Path | None, rollback: bool, dry_run: bool,
    rename: bool, force: bool, as_json: bool,
) -> None:  # fmt: skip
    """Bring this tool's firmware and a configuration to a running bridge.

    \b
        tidegate provision --device /dev/ttyUSB0 -c shop-1.toml
        tidegate provision --device /dev/ttyUSB0 -c shop-1.toml --dry-run
        tidegate provision --device /dev/ttyUSB0 --rollback

    Only what changed is sent. It is written beside the running version, checked by hash on the
    board, and tried: unless it listens on every link and stays well, the version before comes back
    by itself. Broken off at any moment, the board runs what it ran. Exit code 1 when the new
    version failed its self-test.

    A board that runs its firmware from the image (frozen, or a ROMFS) gets the configuration only.

    A configuration with console = "locked" takes the prompt away: from then on --key FILE lets you
    in. The key is written to that file before the console is locked.
    """
    if rollback == bool(config_path):
        fail("say what the board is to run", "-c bridge.toml, or --rollback")
    with told(), Board(device, key_of(key_path, may_be_missing=True)) as board:
        if rollback:
            _back(board, force, as_json)
            return
        assert config_path
        wanted = _package(board, device, config_path)
        _keep_key(board, wanted, key_path)
        _check_name(board, wanted, rename)
        with progress("comparing"):
            changes = provisioning.compare(board, wanted)
        if dry_run or not changes.changed:
            emit(_plan(wanted, changes), as_json, lambda: _planned(wanted, changes))
            return
        _install(board, wanted, changes, force or not changes.firmware, as_json)


def _package(board: Board, device: str, path: Path) -> package.Package:
    compiled = read_config(path)
    bridge = place.bridge_of(device)
    if bridge:
        package.fit(compiled, bridge)
    try:
        made = compiling.build(virtual.home() / "firmware")
    except compiling.CompileError as error:
        fail(str(error))
    certificates = package.certificates(compiled, path.parent)
    return package.collect(compiled, certificates, made, board.call("hello"))


def _check_name(board: Board, wanted: package.Package, rename: bool) -> None:
    name, runs = wanted.facts["name"], board.call("hello")["name"]
    if runs and runs != name and not rename:
        fail(
            f"this board is {runs}, and the configuration is for {name}; nothing was changed",
            f"the file of {runs}; or --rename, if the board is to become {name}",
        )


def _keep_key(board: Board, wanted: package.Package, key_path: Path | None) -> None:
    # Before a console is locked, somebody has to have its key.
    compiled = config.read_board_file(wanted.files[package.CONFIG])
    if compiled["console"] != "locked" or board.call("hello")["locked"]:
        return
    if key_path is None:
        fail(
            "this configuration locks the console, and nobody would have its key",
            "--key FILE: the key is written there first",
        )
    key = bytes.fromhex(board.call("key"))
    if key_path.exists() and read_key(key_path) != key:
        fail(f"{key_path} holds the key of another board", "name a new file")
    write_private(key_path, key.hex().encode() + b"\n")
    board.key = key


def _install(
    board: Board, wanted: package.Package, changes: provisioning.Changes, force: bool,
    as_json: bool,
) -> None:  # fmt: skip
    try:
        with progress("writing and trying") as bar:
            provisioning.install(board, wanted, changes, force=force, told=bar)
    except provisioning.TrialFailed as failure:
        raise OperatingError(failure.message, failure.next_step, FINDING) from None
    wrong = provisioning.verify(board, wanted)
    if wrong:
        fail("; ".join(wrong), "tidegate provision --rollback", FINDING)
    found = {**_plan(wanted, changes), "running": provisioning.running(board)}
    emit(found, as_json, lambda: _done(wanted, changes))


def _back(board: Board, force: bool, as_json: bool) -> None:
    slot = board.call("slots")[1]
    board.call("rollback", force)
    try:
        hello = provisioning.await_verdict(board, slot)
    except provisioning.TrialFailed as failure:
        raise OperatingError(failure.message, failure.next_step, FINDING) from None
    found = {"name": hello["name"], "config": hello["config"]}
    emit(found, as_json, f"back     {hello['name']}, configuration {hello['config'][:12]}")


def _plan(wanted: package.Package, changes: provisioning.Changes) -> dict[str, Any]:
    return {
        "name": wanted.facts["name"], "changed": changes.changed, "unchanged": len(changes.kept),
        "config": wanted.facts["config"], "firmware": wanted.facts["firmware"],
        "before": changes.before,
    }  # fmt: skip


def _planned(wanted: package.Package, changes: provisioning.Changes) -> str:
    if not changes.changed:
        return f"up to date: {wanted.facts['name']} runs these {len(changes.kept)} files already"
    size = sum(len(wanted.files[name]) for name in changes.changed)
    rows = [f"would write {len(changes.changed)} files, {size:,} bytes; {len(changes.kept)} stay"]
    return "\n".join([*rows, *(f"  {name}" for name in changes.changed)])


def _done(wanted: package.Package, changes: provisioning.Changes) -> str:
    compiled = config.read_board_file(wanted.files[package.CONFIG])
    windows = ", ".join(window["name"] for window in compiled["windows"]) or "none"
    rows = [
        f"written  {len(changes.changed)} files; {len(changes.kept)} were there already",
        "checked  by hash on the board; the self-test is passed",
        f"running  {wanted.facts['name']}, configuration {wanted.facts['config'][:12]},"
        f" firmware {wanted.facts['firmware']}",
        f"windows  {windows} (read back)",
        "back     tidegate provision --rollback",
    ]
    return "\n".join(rows)
