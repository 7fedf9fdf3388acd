"""`tidegate config`: is a bridge.toml right, and if not, everything that is wrong with it."""

import datetime
from pathlib import Path
from typing import Any

import click
import rich_click

from tidegate.core.schedule import ACTIONS
from tidegate_host import config
from tidegate_host.cli.common import ERROR, emit, fail, json_option
from tidegate_host.config import limits, stand_in
from tidegate_host.config.explain import days


def read_config(path: Path, today: datetime.date | None = None) -> dict[str, Any]:
    """A compiled configuration for a command; its mistakes become an operating error."""
    try:
        return config.load(path, today)
    except config.ConfigErrors as error:
        fail(mistakes_text(path, error), f"correct them and run: tidegate config check {path}")


def mistakes_text(path: Path, error: config.ConfigErrors) -> str:
    """All mistakes as FILE:LINE: MESSAGE, with their count in front."""
    count = len(error.mistakes)
    lines = [f"{path}:{line}: {message}" for line, message in error.mistakes]
    return "\n".join([f"{count} mistake{'s' if count > 1 else ''} in {path}", *lines])


@click.group(cls=rich_click.RichGroup)
def command() -> None:
    """Check a bridge.toml before a board gets it.

    \b
    Example:
        tidegate config check bridge.toml
    """


@command.command(cls=rich_click.RichCommand)
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def check(file: Path, as_json: bool) -> None:
    """Say OK and what the configuration means, or every mistake in it with its line.

    \b
    Examples:
        tidegate config check bridge.toml
        tidegate config check bridge.toml --json

    A commented file to begin with is boards/virtual/bridge.toml.
    Exit codes: 0 it can be used, 2 it cannot.
    """
    try:
        compiled, notes = config.load_with_notes(file)
    except config.ConfigErrors as error:
        if not as_json:
            fail(mistakes_text(file, error), "correct the lines above and check again")
        found = [{"line": line, "message": message} for line, message in error.mistakes]
        emit({"ok": False, "mistakes": found}, True)
        click.get_current_context().exit(ERROR)
    board_file = config.compile_bytes(compiled)
    told = {
        "ok": True,
        "name": compiled["name"],
        "bytes": len(board_file),
        "sha256": config.digest(board_file),
        "notes": [{"line": line, "message": message} for line, message in notes],
        "config": compiled,
    }
    emit(told, as_json, lambda: _summary(file, compiled, told))


def _summary(file: Path, compiled: dict[str, Any], told: dict[str, Any]) -> str:
    lines = [f"OK        {file}: bridge {compiled['name']}, {told['bytes']} bytes on the board"]
    lines.append(f"sha256    {told['sha256']}")
    for link in compiled["terminals"]:
        where = link["path"] if link["type"] == "serial" else f"{link['host']}:{link['port']}"
        lines.append(f"terminal  {link['name']}: {link['dialect']} on {link['type']} {where}")
    for route in compiled["routes"]:
        hosts = [
            f"{host['host']}:{host['port']}{' (TLS)' if host['tls'] else ''}"
            for host in route["hosts"]
        ]
        lines.append(f"route     {route['name']}: {', then '.join(hosts)}")
    for window in compiled["windows"]:
        when = f"{days(window)} {_hh_mm(window['from_min'])}-{_hh_mm(window['to_min'])}"
        lines.append(f"window    {window['name']}: {when} {ACTIONS[window['action']]}")
    for limit in compiled["live_limits"]:
        lines.append(f"limit     {limit['name']}: {limits.told(limit)}")
    if compiled["stand_in"]:
        lines.append(f"stand-in  {stand_in.told(compiled['stand_in'])}")
    if compiled["settle_by_bridge"]:
        at = _hh_mm(compiled["settle_by_bridge"]["at_min"])
        names = ", ".join(name.strip() for name in compiled["settle_by_bridge"]["terminals"])
        lines.append(f"settles   for {names} (no batch of their own), every day at {at}")
    lines += [f"note      {file}:{note['line']}: {note['message']}" for note in told["notes"]]
    return "\n".join(lines)


def _hh_mm(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
