"""What can be wrong inside a board: start, versions, clock, storage, memory, tasks, terminals.

Each check takes what the board told and gives findings; nothing here talks to the board.
"""

import struct
from collections.abc import Iterator
from typing import Any

from tidegate.journal.entry import VERSION
from tidegate_host.device.findings import Finding, fail, ok, warn
from tidegate_host.device.telling import TRUST
from tidegate_host.ledger.telling import when

_2020_S = 1577836800
_OLDEST = (1, 24)
_CLOCK_S = 60  # further from this computer's clock is told
_JOURNAL_BYTES = 512 * 1024
_FILES_FREE_BYTES = 256 * 1024  # a version beside the running one
_HEAP_FREE_BYTES = 16 * 1024
_BLOCK_BYTES = 2 * 1024
_ERASES = 100_000  # what the flash of a module is specified for


def start(hello: dict[str, Any]) -> Iterator[Finding]:
    """Whether the bridge passes anything at all."""
    if hello["problem"]:
        step = "tidegate provision -c bridge.toml, or restore a backup"
        yield fail("bridge", f"nothing is passed: {hello['problem']}", step)
    else:
        yield ok("bridge", f"{hello['name']} is running")


def versions(hello: dict[str, Any], facts: dict[str, str]) -> Iterator[Finding]:
    """MicroPython, the firmware, the format of the journal."""
    number = tuple(int(part) for part in hello["micropython"].split(".")[:2])
    firmware = hello["firmware"] or facts.get("firmware", "as it was flashed")
    told = f"MicroPython {hello['micropython']}, firmware {firmware}"
    if number < _OLDEST:
        yield fail("versions", told, "flash MicroPython 1.24 or newer: tidegate image build")
    elif hello["journal"] != VERSION:
        told += f", journal format {hello['journal']} (this tool: {VERSION})"
        yield warn("versions", told, "use the release of the tool that goes with the firmware")
    else:
        yield ok("versions", told)


def clock(status: dict[str, Any], now_s: float) -> Iterator[Finding]:
    """What time it is there, and how far it can be trusted; `now_s` is this computer's."""
    if "wall_s" not in status:
        return
    trust = status["clock_trust"]
    off_s = round(status["wall_s"] + _2020_S - now_s)
    told = f"{when(status['wall_s']) or 'not set'}, {TRUST[trust]}"
    if trust < 2:
        step = 'give it a time server: ntp = "..." in [clock]; check the network'
        yield warn("clock", f"{told}; windows follow when_unknown", step)
    elif abs(off_s) > _CLOCK_S:
        step = "compare with a clock that is right; windows follow the board's"
        yield warn("clock", f"{told}, {off_s:+d} s from this computer's", step)
    else:
        yield ok("clock", f"{told}, {off_s:+d} s from this computer's")


def configuration(hello: dict[str, Any], wanted: str | None) -> Iterator[Finding]:
    """The hash of what is in force, against that of a file if one was given."""
    digest = hello["config"]
    if not digest:
        yield fail("config", "there is none on the board", "tidegate provision -c bridge.toml")
    elif wanted and wanted != digest:
        told = f"{digest[:12]}, and the file compiles to {wanted[:12]}"
        yield warn("config", told, "tidegate provision -c FILE brings it to the board")
    else:
        yield ok("config", digest[:12] + (", as in the file" if wanted else ""))


def storage(facts: dict[str, Any], journal_bytes: int) -> Iterator[Finding]:
    """Partitions and the file system."""
    names = ", ".join(name for name, _, _ in facts["partitions"])
    if journal_bytes < _JOURNAL_BYTES:
        told = f"the journal has {journal_bytes // 1024} KB ({names})"
        yield warn("partitions", told, "512 KB are wanted: tidegate image build, then flash")
    else:
        yield ok("partitions", f"journal {journal_bytes // 1024} KB; {names}")
    free = facts["files_free_bytes"]
    if free < _FILES_FREE_BYTES:
        told = f"{free // 1024} KB of the file system are free"
        yield warn("files", told, "a new version needs 256 KB: remove files that are not ours")
    else:
        yield ok("files", f"{free // 1024:,} KB free")


def journal(report: dict[str, Any] | None, verified: dict[str, Any] | None) -> Iterator[Finding]:
    """What the last mount found, and what reading it now finds."""
    if report is None:
        return
    bad = [
        f"{report[name]} {name}" for name in ("dead", "damaged", "gaps", "lost") if report[name]
    ]
    if verified and verified["findings"]:
        bad += [f"{name} now" for name in verified["findings"]]
    if bad:
        step = "tidegate journal pull, then verify and show; keep the file"
        yield (fail if report["lost"] else warn)("journal", ", ".join(bad), step)
    elif verified:
        yield ok("journal", f"sound, {verified['entries']} entries, {verified['open']} open")
    else:
        yield ok("journal", "mounted without a finding; --deep reads all of it")


def wear(heads: list[bytes]) -> Iterator[Finding]:
    """How often the sectors were erased, from their headers."""
    counts = [struct.unpack_from("<4sI", head) for head in heads]
    erases = sorted(count for magic, count in counts if magic == b"TGJ1")
    if not erases:
        return
    told = (
        f"at most {erases[-1]:,} erases of about {_ERASES:,}, median {erases[len(erases) // 2]:,}"
    )
    if erases[-1] > _ERASES:
        yield fail("flash", told, "replace the module; tidegate backup first")
    elif erases[-1] > _ERASES * 8 // 10:
        yield warn("flash", told, "plan a replacement")
    else:
        yield ok("flash", told)


def memory(facts: dict[str, Any]) -> Iterator[Finding]:
    """The heap, and the largest piece of it that is left."""
    free, block = facts["heap_free_bytes"], facts["largest_block_bytes"]
    told = f"{free:,} bytes free, largest block {block:,}"
    if free < _HEAP_FREE_BYTES or block < _BLOCK_BYTES:
        step = "tidegate provision or a reset at a quiet time; fewer links and lanes"
        yield warn("heap", told, step)
    else:
        yield ok("heap", told)


def tasks(status: dict[str, Any]) -> Iterator[Finding]:
    """Tasks that had to be started again."""
    dead = [f"{name} {deaths}" for name, deaths in status["tasks"] if deaths]
    if dead:
        yield warn(
            "tasks", f"started again: {', '.join(dead)}", "tidegate logs --follow; --bundle"
        )
    else:
        yield ok("tasks", "all well since the start")


def terminals(status: dict[str, Any]) -> Iterator[Finding]:
    """The lines to the terminals: frames, and what could not be read."""
    for index, name in enumerate(status.get("links", ())):
        mine = [wire for wire in status["connections"] if wire[1] == index]
        frames, garbage, lrc, length = (sum(w[i] for w in mine) for i in (2, 3, 4, 5))
        told = f"{name}: {len(mine)} connected, {frames} frames"
        if garbage + lrc + length:
            told += f", {garbage} bytes of noise, {lrc} LRC errors, {length} wrong lengths"
            step = "check cable, ground and baud rate; does the terminal speak this framing?"
            yield warn("terminal", told, step)
        else:
            yield ok("terminal", told)


def queue(status: dict[str, Any]) -> Iterator[Finding]:
    """What waits for the host, and what waits for a person."""
    if "lanes" not in status:
        return
    waiting = sum(lane["reversals"] + lane["advices"] for lane in status["lanes"])
    attention = sum(lane[0] for lane in status["people"] or [])
    if attention:
        step = "tidegate journal pull, then: tidegate journal show FILE --type ATTENTION"
        yield warn("people", f"{attention} items need a person", step)
    if waiting and not all(lane["line_ok"] for lane in status["lanes"]):
        told = f"{waiting} stored messages wait, and the line is down"
        yield warn("queue", told, "see the lines of the link below; they go by themselves")
    else:
        yield ok("queue", f"{waiting} stored messages wait")
