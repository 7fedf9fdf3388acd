"""`make size`: what the firmware weighs on a board, held against its budget.

A loaded .mpy takes 1.4 to 1.9 times its size of heap on a stock ESP32, so the sum of what is
always loaded has a limit.
"""

import sys
from pathlib import Path

from tidegate_host.image import compiling

BUILD = Path(__file__).resolve().parents[2] / "build"

# What a stock ESP32 without PSRAM has room for. The firmware is over it, and says so at each run.
BUDGET_BYTES = 40 * 1024
# What it weighs now: it may not grow. To be turned down until it meets the budget.
RESIDENT_BYTES_MAX = 80_900
NOT_RESIDENT = {
    "tidegate.proto.codec": "host tools only",
    "tidegate.proto.masking": "host tools only",
    "tidegate.port.unix": "virtual board only",
    "tidegate.app.starting": "dropped after the start",
    "tidegate.journal.mount": "dropped after the start",
    "tidegate.journal.replay": "dropped after the start",
    "tidegate.app.console": "loaded when somebody speaks",
    "tidegate.app.service": "loaded when somebody speaks",
    "tidegate.app.hops": "loaded when somebody asks",
    "tidegate.app.looks": "loaded when somebody asks",
    "tidegate.app.locked": "loaded when somebody speaks",
    "tidegate.app.notes": "loaded when a person does something",
    "tidegate.app.restored": "dropped after the start",
    "tidegate.app.restoring": "loaded when a tool restores",
    "tidegate.app.slots": "loaded when a tool provisions",
    "tidegate.app.trial": "loaded while a version is on trial",
    "tidegate.port.esp32_facts": "loaded when somebody asks",
    "tidegate.port.unix_facts": "virtual board only",
    "tidegate.core.status": "loaded when somebody asks",
}


def main():
    print("size: the .mpy files as a board loads them")
    try:
        made = compiling.build(BUILD)
    except compiling.CompileError as problem:
        sys.exit(f"size: {problem}")
    total = 0
    for path in sorted(made.rglob("*.mpy")):
        name = ".".join(path.relative_to(made).with_suffix("").parts)
        size_bytes = path.stat().st_size
        note = NOT_RESIDENT.get(name, "")
        total += 0 if note else size_bytes
        print(f"{size_bytes:8d}  {name}{f'  ({note}, not counted)' if note else ''}")
    print(f"{total:8d}  resident, budget {BUDGET_BYTES}: {total - BUDGET_BYTES} over")
    if total > RESIDENT_BYTES_MAX:
        sys.exit(f"size: {total - RESIDENT_BYTES_MAX} bytes heavier than allowed for now")


main()
