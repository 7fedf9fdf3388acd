"""Where a board is: what `--device` names, as something that a serial library opens."""

import os
from glob import glob
from pathlib import Path

from tidegate_host.device import virtual
from tidegate_host.device.errors import NoDevice

_PORTS = ("/dev/ttyUSB*", "/dev/ttyACM*", "/dev/cu.usb*")
_REMOTE = ("rfc2217://", "socket://")
VIRTUAL = "virtual:"


def url(device: str) -> str:
    """The port or address behind `device`: a path, COM3, rfc2217://, socket:// or virtual:NAME.

    Raises NoDevice when it is known that nothing is there.
    """
    if device.startswith(VIRTUAL):
        return _console(device.removeprefix(VIRTUAL))
    if device.startswith(_REMOTE) or os.name == "nt":
        return device
    if not Path(device).exists():
        there = [port for pattern in _PORTS for port in sorted(glob(pattern))]
        there += [VIRTUAL + name for name in running()]
        without = "plug the board in; tidegate virtual start --help runs one without a board"
        step = f"there is {', '.join(there)}" if there else without
        raise NoDevice(f"{device} is not there", step)
    if Path(device).is_file() or Path(device).is_dir():
        raise NoDevice(f"{device} is a file, not a port", "mpremote connect list shows the ports")
    return device


def running() -> list[str]:
    """The names of the virtual bridges that run."""
    folders = (virtual.home() / "virtual").glob("*/state.json")
    found = [virtual.VirtualBridge(folder.parent) for folder in sorted(folders)]
    return [bridge.folder.name for bridge in found if bridge.running]


def bridge_of(device: str) -> virtual.VirtualBridge | None:
    """The virtual bridge that `device` names; None for a real board."""
    if not device.startswith(VIRTUAL):
        return None
    name = device.removeprefix(VIRTUAL)
    try:
        return virtual.VirtualBridge(virtual.folder_of(name))
    except virtual.VirtualError as error:
        raise NoDevice(str(error), "tidegate virtual list") from None


def _console(name: str) -> str:
    bridge = bridge_of(VIRTUAL + name)
    assert bridge
    try:
        state = bridge.state()
    except (virtual.VirtualError, OSError):
        raise NoDevice(f"{name} does not run", f"tidegate virtual start {name}") from None
    if not state["pid"]:
        raise NoDevice(f"{name} has no power", f"tidegate virtual power-on {name}")
    return state["console"]
