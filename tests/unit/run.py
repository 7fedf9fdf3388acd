"""Run unit test modules under MicroPython: `micropython tests/unit/run.py [test_name.py ...]`.

On CPython pytest runs the same files.
"""

import gc
import os
import sys

HERE = __file__.rpartition("/")[0] or "."
ROOT = HERE + "/../.."
for folder in (HERE + "/micropython", ROOT + "/host/src", ROOT + "/firmware", HERE):
    sys.path.insert(0, folder)

import unittest  # noqa: E402  the one in tests/unit/micropython

# Compiling from source needs much of the stack, and imports nest: leaves first. A board loads
# bytecode, which does not.
for leaf in ("tidegate.proto.message", "tidegate.journal.bodies", "tidegate.core.schedule"):
    try:
        __import__(leaf)
    except ImportError:
        break  # a test of this runner has no firmware beside it


def run_module(name, result):
    before = result.ran
    try:
        module = __import__(name)
    except Exception as error:
        result.failure(name, error)
        return
    for value in [getattr(module, key) for key in sorted(dir(module))]:
        if isinstance(value, type) and issubclass(value, unittest.TestCase):
            unittest.run_case(value, result)
    if result.ran == before:
        result.failure(name, AssertionError("the module holds no test"))


def main(files):
    files = files or sorted(
        n for n in os.listdir(HERE) if n.startswith("test_") and n[-3:] == ".py"
    )
    result = unittest.Result()
    for file in files:
        run_module(file.rpartition("/")[2][:-3], result)
        gc.collect()
    print("%d ran, %d failed, %d skipped" % (result.ran, result.failed, result.skipped))
    return 1 if result.failed else 0


sys.exit(main(sys.argv[1:]))
