"""`tidegate update`: signed releases of the firmware, and boards in the field."""

from pathlib import Path
from typing import Any

import click
import rich_click

from tidegate_host import config
from tidegate_host.cli.common import FINDING, OperatingError, emit, fail, json_option
from tidegate_host.cli.device_options import device_options, opened, told
from tidegate_host.cli.progress import progress
from tidegate_host.device import package, provisioning, release, virtual
from tidegate_host.device.board import Board
from tidegate_host.device.files import write_private
from tidegate_host.image import compiling

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(cls=rich_click.RichGroup)
def command() -> None:
    """Signed releases of the firmware: make them, and bring them to boards in the field.

    \b
    Whoever publishes:
        tidegate update keygen publisher
        tidegate update make --sign publisher.private.pem --serial 12 tidegate-12.zip
    Whoever looks after boards, with publisher.public.pem:
        tidegate update show tidegate-12.zip --trust publisher.public.pem
        tidegate update apply tidegate-12.zip --trust publisher.public.pem --device /dev/ttyUSB0

    The configuration of a board stays. A release is tried as provisioning does it, and the version
    before comes back by itself when it fails; tidegate provision --rollback takes it back later.
    """


@command.command(cls=rich_click.RichCommand)
@click.argument("name")
@json_option
def keygen(name: str, as_json: bool) -> None:
    """Make a publisher's keys: NAME.private.pem, to be kept, and NAME.public.pem, to be given."""
    private, public = Path(f"{name}.private.pem"), Path(f"{name}.public.pem")
    if private.exists() or public.exists():
        fail(f"{private} or {public} is there already", "choose another name")
    keys = release.new_keys()
    write_private(private, keys[0])
    public.write_bytes(keys[1])
    emit({"private": str(private), "public": str(public)}, as_json)


@command.command(cls=rich_click.RichCommand)
@click.argument("path", metavar="FILE", type=_FILE)
@click.option("--sign", required=True, type=_FILE, help="The publisher's private key.")
@click.option("--serial", required=True, type=click.IntRange(1), help="Higher than the last one.")
@json_option
def make(path: Path, sign: Path, serial: int, as_json: bool) -> None:
    """Compile this tool's firmware into a signed release."""
    try:
        made = compiling.build(virtual.home() / "firmware")
    except compiling.CompileError as error:
        fail(str(error))
    name = made.name.removeprefix("firmware-")
    with told():
        data = release.make(package.modules(made), name, serial, sign.read_bytes())
    path.write_bytes(data)
    found = {"file": str(path), "firmware": name, "serial": serial, "bytes": len(data)}
    emit(found, as_json, f"{path}: firmware {name}, serial {serial}, {len(data):,} bytes")


_TRUST = click.option(
    "--trust", required=True, type=_FILE, envvar="TIDEGATE_PUBLISHER",
    help="The publisher's public key ($TIDEGATE_PUBLISHER).",
)  # fmt: skip


@command.command(cls=rich_click.RichCommand)
@click.argument("path", metavar="FILE", type=_FILE)
@_TRUST
@json_option
def show(path: Path, trust: Path, as_json: bool) -> None:
    """Check the signature of a release, and say what is in it."""
    with told():
        found = release.open_release(path, trust.read_bytes())
    facts = {key: found.facts[key] for key in ("firmware", "serial", "journal")}
    facts["files"] = len(found.modules)
    emit(facts, as_json)


@command.command(cls=rich_click.RichCommand)
@click.argument("path", metavar="FILE", type=_FILE)
@_TRUST
@device_options
@click.option("--force", is_flag=True, help="Also while stored messages wait for the host.")
@click.option("--older", is_flag=True, help="Also when it is older than what runs.")
@json_option
def apply(
    path: Path, trust: Path, device: str, key_path: Path | None, force: bool, older: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Bring a release to a running board; its configuration stays.

    Refused while stored messages wait for the host, unless --force. Exit code 1 when the release
    failed its self-test on the board, which then runs what it ran before.
    """
    with told():
        found = release.open_release(path, trust.read_bytes())
    with opened(device, key_path) as board:
        hello, running = board.call("hello"), provisioning.running(board)
        why = release.unfit(found, hello, {} if older else running)
        if why:
            fail(f"{hello['name']} cannot take {path}: {why}", "tidegate update show; --help")
        wanted = _package(board, found, hello)
        with progress("comparing"):
            changes = provisioning.compare(board, wanted)
        if not changes.firmware:
            emit({"changed": []}, as_json, "up to date: the board runs this firmware already")
            return
        try:
            with progress("writing and trying") as bar:
                provisioning.install(board, wanted, changes, force=force, told=bar)
        except provisioning.TrialFailed as failure:
            raise OperatingError(failure.message, failure.next_step, FINDING) from None
        wrong = provisioning.verify(board, wanted)
        if wrong:
            fail("; ".join(wrong), "tidegate provision --rollback", FINDING)
    facts = wanted.facts
    text = f"updated  {facts['name']} runs firmware {facts['firmware']}, serial {facts['serial']}"
    emit({"changed": changes.changed, **facts}, as_json, text)


def _package(board: Board, found: release.Release, hello: dict[str, Any]) -> package.Package:
    # The modules of the release, with the configuration and the certificates of the board.
    files = package.for_board(found.modules, hello["board"])
    files[package.CONFIG] = provisioning.read(board, package.CONFIG)
    compiled = config.read_board_file(files[package.CONFIG])
    for name in package.named_certificates(compiled):
        files[name] = provisioning.read(board, name)
    facts = {
        "name": compiled["name"], "config": config.digest(files[package.CONFIG]),
        "firmware": found.facts["firmware"], "serial": str(found.facts["serial"]),
        "journal": str(found.facts["journal"]),
    }  # fmt: skip
    return package.Package(files, facts)
