"""`tidegate virtual`: bridges without a board, each in a folder of its own."""

from pathlib import Path
from typing import Any

import click
import rich_click

from tidegate_host import config
from tidegate_host.cli.common import FINDING, NO_DEVICE, emit, fail, json_option
from tidegate_host.device import virtual
from tidegate_host.device.virtual import VirtualBridge, VirtualError


@click.group(cls=rich_click.RichGroup, name="virtual")
def command() -> None:
    """Run the firmware without a board: flash image, terminal wires and console included.

    \b
        tidegate virtual start shop --config bridge.toml
        mpremote connect $(tidegate virtual console shop) resume exec "print(board.status())"
        tidegate virtual power-cut shop
        tidegate virtual stop shop
    """


@command.command()
@click.argument("name")
@click.option(
    "--config", "-c", "config_path", type=click.Path(path_type=Path, dir_okay=False),
    help="The bridge.toml to run. Left out: what the bridge has from its last start.",
)  # fmt: skip
@click.option("--clock-offset", default=0, help="Seconds the board's clock is ahead.")
@click.option("--time-scale", default=1, help="How many times faster its time runs.")
@json_option
def start(
    name: str, config_path: Path | None, clock_offset: int, time_scale: int, as_json: bool
) -> None:
    """Start a bridge; returns when terminals can connect. Its flash is kept between starts."""
    compiled, files = (None, {}) if config_path is None else _configured(config_path)
    environment = {
        "TIDEGATE_WALL_OFFSET_S": str(clock_offset),
        "TIDEGATE_TIME_SCALE": str(time_scale),
    }
    try:
        bridge = VirtualBridge(virtual.folder_of(name), compiled, files, environment)
        bridge.start()
    except VirtualError as error:
        fail(str(error), "tidegate virtual list")
    except LookupError as error:
        fail(str(error), "make setup")
    _show(name, bridge, as_json)


@command.command()
@click.argument("name")
@json_option
def stop(name: str, as_json: bool) -> None:
    """Stop a bridge. Its folder stays."""
    bridge = _existing(name)
    bridge.stop()
    emit({"name": name, "running": False}, as_json, f"{name} is off")


@command.command("list")
@json_option
def list_bridges(as_json: bool) -> None:
    """All virtual bridges of this user, and how to reach those that run."""
    found = []
    for folder in sorted((virtual.home() / "virtual").glob("*/settings.json")):
        found.append(_facts(folder.parent.name, VirtualBridge(folder.parent)))
    emit({"bridges": found}, as_json, lambda: _table(found))


@command.command()
@click.argument("name")
@json_option
def console(name: str, as_json: bool) -> None:
    """Print the device of a bridge's console, for mpremote."""
    path = _running(name).console_path
    emit({"name": name, "console": path}, as_json, path)


@command.command("power-cut")
@click.argument("name")
@click.option("--restart/--no-restart", default=True, help="Give the power back.")
@json_option
def power_cut(name: str, restart: bool, as_json: bool) -> None:
    """Kill the firmware where it stands, and start it on the same flash image."""
    bridge = _running(name)
    bridge.kill()
    if restart:
        bridge.power_on()
    _show(name, bridge, as_json)


@command.command("power-on")
@click.argument("name")
@json_option
def power_on(name: str, as_json: bool) -> None:
    """Give a bridge its power back."""
    bridge = _running(name)
    bridge.power_on()
    _show(name, bridge, as_json)


@command.command("flash-fault")
@click.argument("name")
@click.option("--bad", type=int, multiple=True, help="Sector that takes no program and no erase.")
@click.option("--flip", type=int, multiple=True, help="Byte of the image to lose one bit.")
@json_option
def flash_fault(name: str, bad: tuple[int, ...], flip: tuple[int, ...], as_json: bool) -> None:
    """Break the flash of a bridge. Bad sectors count from its next start."""
    bridge = _existing(name)
    size = bridge.flash_path.stat().st_size
    wrong = [s for s in bad if not 0 <= s < size // 4096] + [b for b in flip if not 0 <= b < size]
    if wrong:
        fail(f"the flash has {size // 4096} sectors and {size} bytes; {wrong[0]} is beyond")
    if bad:
        listed = bridge.flash_path.with_name("flash.bin.bad")
        listed.write_text(" ".join(map(str, bad)), "ascii")
    with open(bridge.flash_path, "r+b") as image:
        for at in flip:
            image.seek(at)
            byte = image.read(1)[0]
            image.seek(at)
            # Flash loses ones, never zeros: the lowest one that is there.
            image.write(bytes((byte & (byte - 1),)) if byte else b"\0")
    emit({"name": name, "bad": list(bad), "flipped": list(flip)}, as_json)


@command.command()
@click.argument("name")
@click.option("--watch", is_flag=True, help="Go on until the bridge stops.")
@json_option
def log(name: str, watch: bool, as_json: bool) -> None:
    """Print the log of a bridge in words."""
    bridge = _running(name) if watch else _existing(name)
    for event in bridge.follow() if watch else bridge.told():
        if isinstance(event, str):
            emit({"fault": event}, as_json, event)
        else:
            emit(event.row(), as_json, event.text())


def _configured(path: Path) -> tuple[dict[str, Any], dict[str, Path]]:
    # The compiled configuration, and the certificates that it names.
    try:
        compiled = config.load(path)
    except config.ConfigErrors as errors:
        fail(f"{path} has mistakes:\n{errors}", "mend them; nothing was started")
    files = {}
    for route in compiled["routes"]:
        for host in route["hosts"]:
            if host.get("ca"):
                files[host["ca"]] = path.parent / host["ca"]
    missing = [name for name, where in files.items() if not where.is_file()]
    if missing:
        fail(f"{missing[0]} is not beside {path}", "put the acquirer's CA (DER) there")
    return compiled, files


def _existing(name: str) -> VirtualBridge:
    try:
        return VirtualBridge(virtual.folder_of(name))
    except VirtualError as error:
        fail(str(error), "tidegate virtual list", NO_DEVICE)


def _running(name: str) -> VirtualBridge:
    bridge = _existing(name)
    if not bridge.running:
        fail(f"{name} does not run", f"tidegate virtual start {name}", NO_DEVICE)
    return bridge


def _facts(name: str, bridge: VirtualBridge) -> dict[str, Any]:
    facts: dict[str, Any] = {"name": name, "running": bridge.running, "ports": bridge.ports}
    if facts["running"]:
        state = bridge.state()
        for key in ("ready", "problem", "pid", "starts", "console", "serial"):
            facts[key] = state[key]
    return {**facts, "folder": str(bridge.folder)}


def _show(name: str, bridge: VirtualBridge, as_json: bool) -> None:
    facts = _facts(name, bridge)
    emit(facts, as_json, lambda: _line(facts))
    if facts.get("problem"):
        raise SystemExit(FINDING)


def _line(facts: dict[str, Any]) -> str:
    if not facts["running"]:
        return f"{facts['name']}: off"
    wires = [f"{link} on port {port}" for link, port in facts["ports"].items()]
    wires += [f"{link} on {path}" for link, path in facts["serial"].items()]
    state = "ready" if facts["ready"] else facts["problem"] or "without power"
    return f"{facts['name']}: {state}; {', '.join(wires)}; console {facts['console']}"


def _table(found: list[dict[str, Any]]) -> str:
    return "\n".join(map(_line, found)) or "no virtual bridges; tidegate virtual start makes one"
