"""Run worlds under MicroPython and tell their digests: `micropython tests/world/digests.py 0 50`.

A line for each seed: its number, the digest of everything that happened, and how many events that
was. On CPython `tidegate world` gives the same.
"""

import gc
import sys

HERE = __file__.rpartition("/")[0] or "."
ROOT = HERE + "/../.."
for folder in (ROOT + "/host/src", ROOT + "/firmware", ROOT + "/tests/unit"):
    sys.path.insert(0, folder)

# Compiling from source needs much of the stack, and imports nest: leaves first.
for leaf in ("tidegate.proto.message", "tidegate.journal.bodies", "tidegate.core.schedule"):
    __import__(leaf)

import dialects_for_tests  # noqa: E402
from tidegate_host.world import faults, world  # noqa: E402

TERMINALS = 3
DIALECTS = ("cup", "cup-accept", "iso87")


def main(first, last):
    known = {name: dialects_for_tests.dialect_data(name) for name in DIALECTS}
    for seed in range(first, last):
        made = world.World(seed, 1, TERMINALS, faults.ALL, known)
        made.run()
        print(seed, made.agenda.digest, made.agenda.events)
        made = None
        gc.collect()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
