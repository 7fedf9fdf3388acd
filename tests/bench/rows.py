"""The seven rows of the table: each function measures one and gives plain figures for the JSON."""

import json
import re
import subprocess
import sys
from pathlib import Path

import codec_speed
import cortex_m3
import journal_costs
import latency
import memory
import places
import replaying
import sqlite_costs

HERE = Path(__file__).resolve().parent
RECORD_BYTES = 200  # an advice
SALE_RECORD_BYTES = 64  # each of the three entries of a sale, about
RECORDS = 1000
WORLD_SEEDS = "0:50"
SECTORS = 128  # 512 KB, what a board with 4 MB of flash has at least
_FILE_SYSTEMS = {"LittleFS append": "lfs-append", "LittleFS rename": "lfs-rename", "FAT": "fat"}


def added_latency(folder):
    found = {}
    for tls in (False, True):
        for count in (1, 8):
            name = f"{'TLS' if tls else 'TCP'}, {count} terminal{'s' if count > 1 else ''}"
            spent = latency.measure(folder, tls, count)
            found[name] = {
                peer: {**latency.summary(ms), "curve": _curve(ms)} for peer, ms in spent.items()
            }
    return found


def _curve(spent_ms):
    # Enough points for a picture: (share of sales, ms).
    ordered = sorted(spent_ms)
    shares = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 1]
    return [(share, ordered[min(int(share * len(ordered)), len(ordered) - 1)]) for share in shares]


def journal(_folder):
    found = {"sale": {"bridge": journal_costs.live(SECTORS)}, "advice": {}}
    for fill in (10, 50, 90):
        found["advice"][f"bridge, {fill} % full"] = journal_costs.stored(SECTORS, fill)
    found["advice"]["bridge, after 20 turns"] = journal_costs.stored(SECTORS, 10, 20)
    for name, kind in _FILE_SYSTEMS.items():
        found["advice"][name] = file_system(kind, RECORDS, RECORD_BYTES, 1)
        found["sale"][name] = file_system(kind, 3 * RECORDS, SALE_RECORD_BYTES, 3)
    found["advice"]["SQLite (host)"] = sqlite_costs.measure(RECORDS, RECORD_BYTES, 1)
    found["sale"]["SQLite (host)"] = sqlite_costs.measure(3 * RECORDS, SALE_RECORD_BYTES, 3)
    return found


def file_system(kind, records, size, each):
    """Costs of a transaction that takes `each` records."""
    command = [*places.paths.micropython("amd64"), "-X", "heapsize=32m"]
    words = [str(HERE / "filesystems.py"), kind, str(records), str(size)]
    done = subprocess.run([*command, *words], text=True, capture_output=True, check=True)
    told = json.loads(done.stdout)
    count = records // each
    busy_us = journal_costs.flash_us(told["programs"], told["erases"])
    return {
        "count": count, "bytes": told["bytes"] / count, "erases": told["erases"] / count,
        "flash_ms": busy_us / count / 1000,
    }  # fmt: skip


def replay(folder):
    return {f"{n} terminal{'s' if n > 1 else ''}": replaying.measure(folder, n) for n in (1, 8)}


def heap(folder):
    ways = {"code in a ROMFS": "flash"}
    if not places.not_frozen():
        ways["code frozen in"] = "frozen"
    found = {name: _heap(folder, code) for name, code in ways.items()}
    found["code in the heap"] = memory.sales(folder, "heap", 192, 1000)
    return found


def _heap(folder, code):
    stored, look = memory.stored(folder, code, 112)
    day = {"24 hours": memory.day(folder, code, 112)}
    return {**memory.sales(folder, code, 112), stored: look, **day}


def codec(_folder):
    found = {"CPython": codec_speed.measure(500), "pyiso8583": codec_speed.peer(500)}
    for arch in ("amd64", "i386"):
        if places.has_micropython(arch):
            command = [*places.paths.micropython(arch), "-X", "heapsize=8m"]
            done = subprocess.run(
                [*command, str(HERE / "codec_speed.py"), "300"],
                text=True, capture_output=True, check=True,
            )  # fmt: skip
            found[f"MicroPython {arch}"] = json.loads(done.stdout)
    return found


def instructions(_folder):
    """Codec, engine and mount on the Cortex-M3: {"missing": reason} where it is not built."""
    return {"missing": cortex_m3.missing()} if cortex_m3.missing() else cortex_m3.figures()


def world(_folder):
    command = [Path(sys.executable).with_name("tidegate"), "world", "--seeds", WORLD_SEEDS]
    done = subprocess.run([*command, "--workers", "1", "--json"], text=True, capture_output=True)
    told = json.loads(done.stdout.splitlines()[-1])
    return {
        "days": told["simulated_days"], "days_per_s": told["simulated_days_per_s"],
        "cores": 1, "violations": len(told["violations"]),
    }  # fmt: skip


def commit():
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=HERE, text=True, capture_output=True
    )
    return re.sub(r"\s", "", done.stdout) or "unknown"


ROWS = {
    "latency": added_latency,
    "journal": journal,
    "replay": replay,
    "heap": heap,
    "codec": codec,
    "instructions": instructions,
    "world": world,
}
