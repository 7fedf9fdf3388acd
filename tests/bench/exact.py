"""The figures that repeat exactly, small enough for every day. As a program: record them anew.

.venv/bin/python tests/bench/exact.py      writes tests/bench/recorded.json
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RECORDED = HERE / "recorded.json"
# A small ring turns quickly; it pays more for each checkpoint than one of a board does.
SECTORS = 32

if __name__ == "__main__":
    sys.path[:0] = [str(HERE), str(HERE.parent / "unit")]

import cortex_m3  # noqa: E402
import journal_costs  # noqa: E402
import memory  # noqa: E402
import places  # noqa: E402


def flash():
    found = {"live sale": journal_costs.live(SECTORS)}
    for fill, turns in ((10, 1), (50, 20), (90, 1)):
        name = f"advice, {fill} % full, {turns} turns"
        found[name] = journal_costs.stored(SECTORS, fill, turns)
    return found


def heap(interpreter):
    """What codec, engine and a mounted journal take on a 32-bit interpreter, sources loaded."""
    done = subprocess.run(
        [*interpreter, "-X", "heapsize=8m", str(HERE / "pure_heap.py")],
        text=True, capture_output=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def frozen(folder):
    """Live heap of the running firmware, frozen into a 32-bit MicroPython: name -> bytes."""
    looks = memory.sales(folder, "frozen", 112, 2 * memory.SETTLED_AT)
    return {when: look["used_bytes"] for when, look in looks.items()}


def instructions():
    return cortex_m3.Machine().run("codec", "sales", "mount", sectors=SECTORS)


def main():
    import dialects_for_tests
    from tidegate_host import paths

    dialects_for_tests.build(str(ROOT / "build" / "dialects.json"))
    found = {"flash": flash(), "heap": heap(paths.micropython("i386"))}
    known = json.loads(RECORDED.read_text("utf-8"))
    if cortex_m3.missing():
        found["instructions"] = known["instructions"]
        print(f"kept the instructions of before: {cortex_m3.missing()}")
    else:
        found["instructions"] = instructions()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TIDEGATE_HOME"] = folder
        (Path(folder) / "firmware").mkdir()
        if places.not_frozen():
            found["frozen"] = known["frozen"]
            print(f"kept the heap with frozen code of before: {places.not_frozen()}")
        else:
            found["frozen"] = frozen(Path(folder))
    RECORDED.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
