"""`tidegate demo`: an evening in a shop, on the real firmware, without a board."""

import json
from pathlib import Path

import click
import rich_click

from tidegate_host import paths
from tidegate_host.cli.common import ERROR, FINDING, OperatingError, json_option
from tidegate_host.demo import run


@click.command(cls=rich_click.RichCommand)
@click.option(
    "--out",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the page, the log and the flash image go; build/demo in a checkout.",
)
@json_option
def command(out: Path | None, as_json: bool) -> None:
    """Run an evening in a shop through the bridge: outage, power cut, night, settlement.

    The real firmware runs under MicroPython, with two terminals, an acquirer over TLS and a flash
    image. It takes about a minute and asks nothing. It ends with the books of all three sides;
    the exit code is 0 only when they agree and nothing is left to do. A page with the time line of
    every message is written.

    \b
        tidegate demo
        tidegate demo --json --out evening
    """
    folder = (out or default_folder()).absolute()
    try:
        report = run.run(folder, quiet=as_json)
    except run.DemoFailed as error:
        raise OperatingError(str(error), f"look into {folder}", ERROR) from error
    except paths.MissingTool as error:
        raise OperatingError(str(error), code=ERROR) from error
    if as_json:
        shown = report.as_dict() | {"page": str(folder / run.PAGE)}
        click.echo(json.dumps(shown, ensure_ascii=False))
    raise SystemExit(0 if report.good else FINDING)


def default_folder() -> Path:
    """build/demo in a checkout, ./tidegate-demo elsewhere."""
    checkout = paths.firmware_root().parent
    inside = (checkout / "Makefile").is_file()
    return checkout / "build" / "demo" if inside else Path("tidegate-demo")
