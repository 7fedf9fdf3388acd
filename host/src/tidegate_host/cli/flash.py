"""`tidegate flash`: a complete image onto a board."""

import sys
import time
from pathlib import Path
from typing import Any

import click
import rich_click
from serial.tools import list_ports

from tidegate_host.cli.common import FINDING, NO_DEVICE, emit, fail, json_option
from tidegate_host.cli.device_options import told
from tidegate_host.cli.image import read_image
from tidegate_host.cli.progress import progress
from tidegate_host.device import flashing
from tidegate_host.device.errors import NoAnswer, NoDevice
from tidegate_host.device.esptool import Esptool
from tidegate_host.device.files import write_private
from tidegate_host.device.line import Line
from tidegate_host.device.place import VIRTUAL, url
from tidegate_host.image.inspecting import Found

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(cls=rich_click.RichCommand)
@click.argument("path", metavar="IMAGE", type=_FILE)
@click.option("--device", "-d", envvar="TIDEGATE_DEVICE", metavar="PORT",
              help="Serial port; may be left out when there is only one.")  # fmt: skip
@click.option("--yes", "-y", is_flag=True, help="Erase without asking, unsettled entries too.")
@click.option("--pull", "pull_path", type=_FILE, metavar="FILE",
              help="Keep the board's journal in FILE, its keys in FILE.keys.")  # fmt: skip
@click.option("--no-stub", is_flag=True, help="Speak to the chip's ROM alone; slower.")
@click.option("--wait", "wait_s", default=60, show_default=True, help="Seconds for the console.")
@json_option
def command(
    path: Path, device: str | None, yes: bool, pull_path: Path | None, no_stub: bool,
    wait_s: int, as_json: bool,
) -> None:  # fmt: skip
    """Write a complete image (`tidegate image build`) onto a board, and see it start.

    \b
        tidegate flash flash.bin
        tidegate flash flash.bin --device /dev/ttyUSB0 --pull before.bin

    Everything on the board is replaced, its journal too. So the journal is read first, and when
    something in it is unsettled you are asked; --pull keeps it. Chips with encrypted flash or in
    secure download mode are refused. What was written is read back.
    """
    found = read_image(path)
    if found.wrong:
        fail(f"{path}: {found.wrong[0]}", "tidegate image build makes a new one", FINDING)
    with told():
        port = _port(device)
        tool = Esptool(port, not no_stub)
        with progress("looking at the chip"):
            flashing.check_chip(tool, found)
        with progress("reading the journal that is there") as bar:
            journal, keys = flashing.old_journal(tool, bar)
        unsettled = flashing.open_items(journal)
        if pull_path and journal:
            _keep(pull_path, journal, keys)
        elif unsettled != 0 and not yes:
            _ask(unsettled, journal, keys)
        with progress("writing") as bar:
            written = flashing.write(tool, found, bar)
        tool.reset()
        with progress("waiting for the console"):
            console = _await_console(port, wait_s)
    facts: dict[str, Any] = {
        "port": port, "chip": found.chip, "board": found.board, "name": found.name,
        "written_bytes": written, "verified": True, "console": console,
        "journal_before": {"bytes": len(journal), "unsettled": unsettled},
    }  # fmt: skip
    emit(facts, as_json, lambda: _done(found, facts))


def _port(device: str | None) -> str:
    if device and device.startswith(VIRTUAL):
        fail(f"{device} has no flash to write", "tidegate provision, or virtual start --config")
    if device:
        return url(device)
    there = [port.device for port in list_ports.comports() if port.vid]
    if not there:
        raise NoDevice("no board is plugged in", "plug it in, or --device PORT")
    if len(there) > 1:
        fail(f"there are {len(there)} boards: {', '.join(there)}", "--device PORT", NO_DEVICE)
    return there[0]


def _keep(path: Path, journal: bytes, keys: bytes) -> None:
    if path.exists():
        fail(f"{path} is there already", "another name for --pull")
    write_private(path, journal)
    write_private(path.with_name(path.name + ".keys"), keys)


def _ask(unsettled: int | None, journal: bytes, keys: bytes) -> None:
    what = f"{unsettled} unsettled entries" if unsettled else "a damaged journal"
    step = "--pull FILE keeps the journal; --yes erases it"
    if not is_a_person_there():
        fail(f"the board holds {what}; nothing was written", step)
    click.echo(f"The board holds {what}. Flashing erases them for good.", err=True)
    if click.confirm("Keep them in a file first?", default=True, err=True):
        _keep(Path(click.prompt("File", default="journal.bin", err=True)), journal, keys)
    elif not click.confirm("Erase them?", default=False, err=True):
        fail("nothing was written", step)


def is_a_person_there() -> bool:
    """Whether somebody can be asked: a terminal, not a script."""
    return sys.stdin.isatty()


def _await_console(port: str, wait_s: int) -> str:
    until = time.monotonic() + wait_s
    while True:
        try:
            line = Line(port)
        except NoDevice:  # a chip with its own USB goes away for a moment
            line = None
        try:
            if line:
                return line.greet(min(5.0, max(1.0, until - time.monotonic())))
        except NoAnswer:
            pass
        finally:
            if line:
                line.end()
        if time.monotonic() > until:
            raise NoAnswer(
                f"the image is written and verified, but no console answers on {port}",
                "press EN on the board; mpremote connect shows what it says",
            )
        time.sleep(0.2)


def _done(found: Found, facts: dict[str, Any]) -> str:
    rows = [
        f"written  {facts['written_bytes']:,} bytes to {found.board} on {facts['port']}",
        "checked  read back, every part by its MD5",
        f"console  {facts['console']}",
        f"next     tidegate doctor --device {facts['port']}",
    ]
    return "\n".join(rows)
