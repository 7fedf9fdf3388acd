"""Bringing a version to a running board: staged beside the running one, then tried.

    changes = compare(board, package)
    outcome = install(board, package, changes, told)

Whatever breaks off before `install` returns, the board runs what it ran before: see
`firmware/tidegate/app/slots.py`.
"""

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tidegate_host.device.board import Board
from tidegate_host.device.errors import DeviceError, NoAnswer
from tidegate_host.device.package import CONFIG, MANIFEST, Package, facts_of

Told = Callable[[int, int], None]

_PIECE_BYTES = 512
_TRIAL_S = 120.0
_LOOK_S = 0.5
_SETTLED = ("-", "x")


class TrialFailed(DeviceError):
    """The new version did not pass its self-test; the old one runs again."""


@dataclass
class Changes:
    """What differs between a package and what runs."""

    changed: list[str]
    kept: list[str]
    before: dict[str, str]  # the facts of the running version

    @property
    def firmware(self) -> bool:
        """Whether code is among it."""
        return any(name.endswith(".mpy") for name in self.changed)


def compare(board: Board, package: Package) -> Changes:
    """Ask the board, by hash, which files it runs already."""
    changed, kept = [], []
    for name, digest in package.hashes().items():
        (kept if board.call("same", name, digest) else changed).append(name)
    return Changes(changed, kept, running(board))


def running(board: Board) -> dict[str, str]:
    """The facts of the version that runs; empty for what was flashed."""
    try:
        return facts_of(read(board, MANIFEST))
    except DeviceError:
        return {}


def read(board: Board, name: str) -> bytes:
    """The manifest or bridge.json, as they run. Raises Refused when it is not there."""
    data = b""
    while some := board.bytes_of("file", name, len(data), _PIECE_BYTES):
        data += some
    return data


def install(
    board: Board, package: Package, changes: Changes, *, force: bool = False,
    told: Told = lambda _done, _all: None,
) -> dict[str, Any]:  # fmt: skip
    """Stage, check, activate, and wait for the verdict of the self-test. -> the board's hello.

    `told(done, all)` counts bytes. Raises TrialFailed, and DeviceError for what the board
    refuses before.
    """
    slot = stage(board, package, changes, told)
    digest = hashlib.sha256(package.manifest()).hexdigest()
    board.call("activate", digest, sealed(board, digest), force)
    return await_verdict(board, slot)


def sealed(board: Board, manifest: str) -> str:
    """What a locked board wants to see beside the hash of a manifest; empty without a key."""
    if not board.key:
        return ""
    return hmac.digest(board.key, b"activate" + bytes.fromhex(manifest), "sha256").hex()


def stage(board: Board, package: Package, changes: Changes, told: Told) -> str:
    """Write the version into the folder that does not run, and check each file there by hash."""
    slot = board.call("stage")
    hashes = package.hashes()
    files = {name: package.files[name] for name in changes.changed}
    files[MANIFEST] = package.manifest()
    total = sum(map(len, files.values()))
    done = 0
    for name in changes.kept:
        if not board.call("keep", name, hashes[name]):
            files[name] = package.files[name]
    for name, data in files.items():
        for at in range(0, max(len(data), 1), _PIECE_BYTES):
            piece = data[at : at + _PIECE_BYTES]
            board.call("put", name, at, piece)
            done += len(piece)
            told(done, total)
        if board.call("check", name) != hashlib.sha256(data).hexdigest():
            raise DeviceError(
                f"{name} is not on the board as it was sent; nothing was changed",
                "try again; the file system may be full (tidegate doctor)",
            )
    return slot


def await_verdict(board: Board, slot: str) -> dict[str, Any]:
    """Wait until the version in `slot` is trusted or given up. -> hello. Raises TrialFailed."""
    until = time.monotonic() + _TRIAL_S
    time.sleep(_LOOK_S)
    hello = board.back()
    while True:
        try:
            now, _, left = board.call("slots")
        except (DeviceError, OSError):
            hello = board.back()
            continue
        if now != slot and left in _SETTLED:
            raise TrialFailed(
                "the new version did not pass its self-test; the board runs the one before",
                "tidegate logs shows why; check pins, ports and the journal with tidegate doctor",
            )
        if now == slot and left in _SETTLED:
            return hello
        if time.monotonic() > until:
            raise NoAnswer("the self-test does not come to an end", "tidegate status")
        time.sleep(_LOOK_S)


def verify(board: Board, package: Package) -> list[str]:
    """Read back what runs. -> what is not as it was sent; empty when all is well."""
    wrong = []
    hello = board.call("hello")
    if hello["config"] != package.facts["config"] or read(board, CONFIG) != package.files[CONFIG]:
        wrong.append("the configuration that was read back is another one")
    if read(board, MANIFEST) != package.manifest():
        wrong.append("the manifest that was read back is another one")
    if hello["problem"]:
        wrong.append(hello["problem"])
    return wrong
