"""`tidegate image`: make a complete flash image, and look into one."""

import os
from pathlib import Path
from typing import Any

import click
import rich_click

from tidegate_host.cli.common import FINDING, emit, fail, json_option
from tidegate_host.cli.config import read_config
from tidegate_host.cli.device_options import told
from tidegate_host.cli.progress import progress
from tidegate_host.device import package, virtual
from tidegate_host.device.files import write_private
from tidegate_host.image import (
    boards,
    building,
    compiling,
    filesystem,
    inspecting,
    partitions,
    secrets,
    stock,
)  # fmt: skip

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(cls=rich_click.RichGroup)
def command() -> None:
    """Make a complete flash image, and look into one.

    \b
        tidegate image build --board esp32-generic --micropython ESP32_GENERIC.bin \\
            --config bridge.toml --out flash.bin
        tidegate image inspect flash.bin
    """


@command.command(cls=rich_click.RichCommand)
@click.option("--board", "-b", "board_name", required=True, help="One of `tidegate boards`.")
@click.option(
    "--micropython", "-m", "stock_path", required=True, type=_FILE,
    help="The stock .bin for this board, from micropython.org/download.",
)  # fmt: skip
@click.option("--sha256", help="The stock image must have this SHA-256.")
@click.option("--config", "-c", "config_path", required=True, type=_FILE, help="The bridge.toml.")
@click.option("--out", "-o", required=True, type=_FILE, help="Where the image goes.")
@click.option("--wifi-ssid", default="", help="Network to join; its password: see below.")
@click.option(
    "--wifi-password-file", type=_FILE, help="File with the password ($TIDEGATE_WIFI_PASSWORD)."
)
@click.option(
    "--keys", "keys_path", type=_FILE,
    help="Keys of this board; made when the file is not there. Without, the board makes its own.",
)  # fmt: skip
@click.option("--key", "key_path", type=_FILE, help="Write the console key of --keys there.")
@json_option
def build(
    board_name: str, stock_path: Path, sha256: str | None, config_path: Path, out: Path,
    wifi_ssid: str, wifi_password_file: Path | None, keys_path: Path | None,
    key_path: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Make the image of a board's whole flash. The same inputs give the same bytes.

    \b
        tidegate image build -b esp32-generic -m ESP32_GENERIC-v1.25.0.bin -c bridge.toml \\
            -o flash.bin --wifi-ssid shop --wifi-password-file wifi.txt

    The image holds the password and, with --keys, the board's keys: it is readable for you alone.
    Where -m has the firmware frozen in (`make code`), no code goes into the file system.
    A configuration that locks the console needs --keys and --key, or nobody would be let in.
    """
    try:
        board = boards.load(board_name)
        if not board.is_flashed:
            fail(f"{board_name} has no flash to make an image for", "tidegate boards")
        with told(), progress("building"):
            compiled = read_config(config_path)
            building.fit(compiled, board)
            base = _stock(stock_path, board, sha256)
            nvs, keys = _secrets(
                board, compiled, wifi_ssid, wifi_password_file, keys_path, key_path
            )
            made = None if base.has_firmware else compiling.build(virtual.home() / "firmware")
            certificates = package.certificates(compiled, config_path.parent)
            inside = building.files(compiled, certificates, made, board)
            image = building.assemble(board, base, inside, nvs, keys)
    except (building.BuildError, stock.StockError) as error:
        fail(*error.args)
    except boards.BoardError as error:
        fail(str(error), "tidegate boards")
    except (filesystem.FilesError, secrets.SecretError, compiling.CompileError) as error:
        fail(str(error))
    write_private(out, image)
    found = inspecting.inspect(image)
    facts = {"out": str(out), "stock_sha256": base.sha256, **found.as_dict()}
    emit(facts, as_json, lambda: f"written  {out}\n{_text(found)}")


def _stock(path: Path, board: boards.Board, sha256: str | None) -> stock.Stock:
    base = stock.read(path, board)
    if sha256 and base.sha256 != sha256.lower():
        fail(f"{path} has the SHA-256 {base.sha256}", "download it again")
    return base


def _secrets(
    board: boards.Board, compiled: dict[str, Any], ssid: str, password_file: Path | None,
    keys_path: Path | None, key_path: Path | None,
) -> tuple[bytes, bytes]:  # fmt: skip
    if compiled["console"] == "locked" and not (keys_path and key_path):
        fail("this configuration locks the console, and nobody would have its key",
             "--keys FILE --key FILE: both are made")  # fmt: skip
    if key_path and not keys_path:
        fail("--key is the console key of --keys", "--keys FILE too")
    password = os.environ.get("TIDEGATE_WIFI_PASSWORD", "")
    if password_file:
        password = password_file.read_text("utf-8").rstrip("\r\n")
    keys = secrets.keys(keys_path)
    if key_path:
        write_private(key_path, secrets.console_key(keys, str(keys_path)).hex().encode() + b"\n")
    return secrets.nvs(ssid, password, board.partition("nvs").size), keys


@command.command(cls=rich_click.RichCommand)
@click.argument("path", metavar="FILE", type=_FILE)
@click.option("--journal", "journal_path", type=_FILE, help="Write the journal partition there.")
@click.option("--files", "files_path", type=click.Path(path_type=Path, file_okay=False),
              help="Write the files of the board into this folder.")  # fmt: skip
@json_option
def inspect(path: Path, journal_path: Path | None, files_path: Path | None, as_json: bool) -> None:
    """List what an image holds, partition by partition.

    \b
        tidegate image inspect flash.bin
        tidegate image inspect flash.bin --journal shop.bin
        tidegate journal verify shop.bin

    Exit code 1 when something is damaged. Secrets are never shown.
    """
    found = read_image(path)
    if journal_path:
        write_private(journal_path, found.bytes_of("journal"))
    for name, data in found.files.items() if files_path else ():
        target = (files_path / name).resolve()  # type: ignore
        if files_path.resolve() in target.parents:  # type: ignore
            target.parent.mkdir(parents=True, exist_ok=True)
            write_private(target, data)
    emit(found.as_dict(), as_json, lambda: _text(found))
    if found.wrong:
        click.get_current_context().exit(FINDING)


def read_image(path: Path) -> inspecting.Found:
    """The image in a file, taken apart. Ends the command when it is none."""
    try:
        return inspecting.inspect(path.read_bytes())
    except partitions.TableError as error:
        fail(f"{path} is not an image of a whole flash: {error}", "tidegate image build makes one")


def _text(found: inspecting.Found) -> str:
    rows = [
        f"board    {found.board or 'unknown'} ({found.chip}), {len(found.image) >> 20} MB",
        f"runs     {found.name or 'no configuration'}"
        + (f", configuration {found.config[:12]}" if found.config else ""),
    ]
    rows += [
        f"  {p.label:9} {p.start:#8x} {p.size >> 10:5} KB  {found.holds[p.label]}"
        for p in found.partitions
    ]
    rows += [f"wrong    {each}" for each in found.wrong]
    return "\n".join(rows)
