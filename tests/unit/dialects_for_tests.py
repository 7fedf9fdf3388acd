"""The dialects of tests/vectors/variants.json, compiled: here on CPython, from a file elsewhere.

There is no TOML on MicroPython. Run as a program, this file compiles all variants into
build/dialects.json, which is where MicroPython finds them.
"""

import json
import sys

if sys.implementation.name == "cpython":
    from tidegate_host import dialects
else:
    dialects = None

_HERE = __file__.replace("\\", "/").rsplit("/", 1)[0] if "/" in __file__ else "."
VECTORS = _HERE + "/../vectors/"
_BUILT = _HERE + "/../../build/dialects.json"


def dialect_data(name):
    """The compiled form of one variant, as a board's configuration holds it."""
    if dialects is None:
        with open(_BUILT) as file:
            return json.load(file)[name]
    with open(VECTORS + "variants.json") as file:
        base, overrides = json.load(file)[name]
    return dialects.load(base, overrides)


def rows(name):
    """The rows of a JSON lines file among the vectors."""
    with open(VECTORS + name) as file:
        return [json.loads(line) for line in file]


def build(path):
    """Compile every variant into one JSON file."""
    with open(VECTORS + "variants.json") as file:
        names = sorted(json.load(file))
    with open(path, "w") as file:
        json.dump({name: dialect_data(name) for name in names}, file)


if __name__ == "__main__":
    build(sys.argv[1] if len(sys.argv) > 1 else _BUILT)
