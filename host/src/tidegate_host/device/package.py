"""What a board gets: the firmware, a configuration, and the certificates that it names.

package = collect(compiled, certificates(compiled, folder), firmware_folder, hello)
package.manifest()      # what the board checks everything against
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tidegate.journal.entry import VERSION
from tidegate_host import config
from tidegate_host.device.errors import DeviceError
from tidegate_host.device.virtual import VirtualBridge

CONFIG = "bridge.json"
MANIFEST = "manifest"
_HOST_ONLY = ("proto/codec", "proto/masking")
_PORTS = {
    "virtual": ("port/unix",),
    "esp32": ("port/esp32", "port/wifi", "port/ethernet", "port/ds3231"),
}


@dataclass
class Package:
    """Files by their path inside a version, and what is known about them."""

    files: dict[str, bytes]
    facts: dict[str, str] = field(default_factory=dict)

    def hashes(self) -> dict[str, str]:
        """The SHA-256 of each file, in the order of the manifest."""
        return {name: hashlib.sha256(self.files[name]).hexdigest() for name in sorted(self.files)}

    def manifest(self) -> bytes:
        """Lines of "# FACT VALUE", then lines of "SHA-256 PATH"."""
        lines = [f"# {key} {value}" for key, value in sorted(self.facts.items())]
        lines += [f"{digest} {name}" for name, digest in self.hashes().items()]
        return ("\n".join(lines) + "\n").encode()


def facts_of(manifest: bytes) -> dict[str, str]:
    """The facts in front of a manifest."""
    rows = [line[2:].split(" ", 1) for line in manifest.decode().splitlines() if line[:2] == "# "]
    return {row[0]: row[1] for row in rows if len(row) == 2}


def collect(
    compiled: dict[str, Any], files: dict[str, bytes], made: Path, hello: dict[str, Any]
) -> Package:
    """A package for the board that said `hello`, from a compiled configuration.

    `files` are the certificates; `made` is the folder of a compiled firmware. A board that runs
    its code from the image gets no code: it would have to be loaded into its heap.
    """
    inside = dict(files)
    inside[CONFIG] = config.compile_bytes(compiled)
    facts = {
        "name": compiled["name"],
        "config": config.digest(inside[CONFIG]),
        "firmware": hello["firmware"],
        "journal": str(VERSION),
    }
    if hello["code"] == "files":
        inside |= firmware(made, hello["board"])
        facts["firmware"] = made.name.removeprefix("firmware-")
    return Package(inside, facts)


def firmware(made: Path, kind: str) -> dict[str, bytes]:
    """The modules that a board of this kind loads, from the folder of a compiled firmware."""
    return for_board(modules(made), kind)


def modules(made: Path) -> dict[str, bytes]:
    """All modules of a compiled firmware, by their path in a version."""
    found = (made / "tidegate").rglob("*.mpy")
    return {path.relative_to(made).as_posix(): path.read_bytes() for path in found}


def for_board(all_modules: dict[str, bytes], kind: str) -> dict[str, bytes]:
    """Without what only other kinds of boards load, and what only the host does."""
    others = [place for name, places in _PORTS.items() if name != kind for place in places]
    left_out = tuple(f"tidegate/{place}" for place in (*_HOST_ONLY, *others))
    return {name: data for name, data in all_modules.items() if not name.startswith(left_out)}


def named_certificates(compiled: dict[str, Any]) -> list[str]:
    """The CA files that the hosts of a configuration name."""
    hosts = [host for route in compiled["routes"] for host in route["hosts"]]
    return sorted({host["ca"] for host in hosts if host.get("ca")})


def certificates(compiled: dict[str, Any], folder: Path) -> dict[str, bytes]:
    """Those files, from beside the bridge.toml. Raises DeviceError."""
    files = {}
    for name in named_certificates(compiled):
        try:
            files[name] = (folder / name).read_bytes()
        except OSError:
            raise DeviceError(
                f"{name} is not in {folder}", "put the acquirer's CA (DER) beside bridge.toml"
            ) from None
    return files


def fit(compiled: dict[str, Any], bridge: VirtualBridge) -> None:
    """Give the terminals of a configuration the wires that a virtual board has.

    A serial terminal gets the pseudo-terminal of its name; port 0 the port it has already.
    """
    wires = bridge.state()["serial"]
    for terminal in compiled["terminals"]:
        name = terminal["name"]
        if terminal["type"] == "serial" and not terminal["path"].startswith("pty:"):
            if name not in wires:
                raise DeviceError(
                    f"the virtual board has no serial line {name}",
                    f"tidegate virtual stop {bridge.folder.name}, and start it with this file",
                )
            terminal["path"] = f"pty:{name}"
        elif not terminal.get("port", 1):
            terminal["port"] = bridge.ports.get(name, 0)
