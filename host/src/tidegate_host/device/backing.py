"""Backups: a journal and the configuration it was made under, in one file, and back onto a board.

A restore never replays: the board puts every stored message of the backup in attention before it
does anything else (`firmware/tidegate/app/restored.py`), because it may have arrived since. The
sealing keys never leave a board, so another board can show those messages and settle them, but not
send them.
"""

import contextlib
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tidegate.journal.ring import JournalError
from tidegate_host.device import package, provisioning
from tidegate_host.device.board import SECTOR_BYTES, Board
from tidegate_host.device.errors import DeviceError, NoAnswer, NoDevice, Refused
from tidegate_host.device.provisioning import Told
from tidegate_host.ledger import reading

_FACTS, _JOURNAL = "backup.json", "journal.bin"
_SCHEMA = 1
_PIECE_BYTES = 512
_BLANK = b"\xff" * SECTOR_BYTES
UNDER_WAY = "under way"  # as `firmware/tidegate/app/starting.py` says it
_NONE: Told = lambda _done, _all: None  # noqa: E731  (a default of three functions)


@dataclass
class Backup:
    """`facts` are from the time it was made; `files` are the configuration and certificates."""

    facts: dict[str, Any]
    journal: bytes
    files: dict[str, bytes]

    @property
    def config(self) -> dict[str, Any]:
        """The compiled configuration."""
        return json.loads(self.files[package.CONFIG])


def take(board: Board, told: Told = _NONE) -> Backup:
    """Read a backup from a running board. Raises DeviceError when its journal is damaged."""
    hello = board.call("hello")
    journal = board.journal(told)
    found = verified(journal)
    files = {package.CONFIG: provisioning.read(board, package.CONFIG)}
    for name in package.named_certificates(json.loads(files[package.CONFIG])):
        files[name] = provisioning.read(board, name)
    facts = {
        "schema": _SCHEMA,
        "name": hello["name"],
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "config": hello["config"],
        "entries": found["entries"],
        "open": found["open"],
        "journal_sha256": hashlib.sha256(journal).hexdigest(),
    }
    return Backup(facts, journal, files)


def verified(journal: bytes) -> dict[str, Any]:
    """What `journal verify` finds. Raises DeviceError when there is no journal at all."""
    try:
        return reading.verify(journal)
    except JournalError:
        raise DeviceError("there is no journal in it", "tidegate journal verify FILE") from None


def pack(backup: Backup) -> bytes:
    """-> the bytes of the file."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_FACTS, json.dumps(backup.facts, indent=1))
        archive.writestr(_JOURNAL, backup.journal)
        for name, content in sorted(backup.files.items()):
            archive.writestr(f"files/{name}", content)
    return data.getvalue()


def unpack(path: Path) -> Backup:
    """Read the file of a backup. Raises DeviceError when it is none, or was changed."""
    try:
        with zipfile.ZipFile(path) as archive:
            facts = json.loads(archive.read(_FACTS))
            journal = archive.read(_JOURNAL)
            names = [name for name in archive.namelist() if name.startswith("files/")]
            files = {name.removeprefix("files/"): archive.read(name) for name in names}
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        raise DeviceError(
            f"{path} is no backup of a bridge", "tidegate backup makes one"
        ) from None
    whole = hashlib.sha256(journal).hexdigest() == facts.get("journal_sha256")
    if facts.get("schema") != _SCHEMA or not whole or package.CONFIG not in files:
        raise DeviceError(f"{path} is damaged or from another release", "use another backup")
    return Backup(facts, journal, files)


def restore(
    board: Board, journal: bytes, save: Callable[[], None] = lambda: None, told: Told = _NONE
) -> dict[str, Any]:
    """Put a journal in the place of a board's. -> hello of the board that runs with it.

    `save()` is called when the board has stopped and its own journal does not change any more.
    Until all of the new journal is on the board, whatever goes wrong leaves the one that was
    there, and from then on the board comes to the end by itself. `told(done, all)` counts bytes.
    """
    sectors = len(board.heads())
    if sectors * SECTOR_BYTES != len(journal):
        raise DeviceError(
            f"the board's journal has {sectors * SECTOR_BYTES} bytes, the backup's {len(journal)}",
            "a board with a partition of that size: tidegate image build",
        )
    if UNDER_WAY not in board.call("hello")["problem"]:
        board.call("replace")
        _started(board, UNDER_WAY)
    try:
        save()
        _bring(board, journal, told)
    except BaseException:
        with contextlib.suppress(DeviceError):
            board.call("reset")  # it need not wait for who does not come back
        raise
    return _started(board, "")


def _bring(board: Board, journal: bytes, told: Told) -> None:
    data = b""
    for at in range(0, len(journal), SECTOR_BYTES):
        sector = journal[at : at + SECTOR_BYTES]
        if sector != _BLANK:
            data += (at // SECTOR_BYTES).to_bytes(4, "little") + sector
    for at in range(0, max(len(data), 1), _PIECE_BYTES):
        told(at, len(data))
        board.call("bring", at, data[at : at + _PIECE_BYTES])
    board.call("replaced", hashlib.sha256(data).hexdigest())


def _started(board: Board, problem: str) -> dict[str, Any]:
    # A reset takes a moment to begin: until then the board still answers as before.
    for _ in range(100):
        try:
            hello = board.back()
            if problem in hello["problem"] and bool(problem) == bool(hello["problem"]):
                return hello
            if not problem and UNDER_WAY not in hello["problem"]:
                raise DeviceError(f"the board does not start with it: {hello['problem']}")
        except (NoDevice, Refused):
            continue
    raise NoAnswer("the board does not start again", "tidegate doctor")
