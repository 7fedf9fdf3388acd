"""One check under atheris, which looks for inputs that reach new code.

`guided.py CHECK OPTIONS...`: the options are libFuzzer's, and `soak.py` gives the right ones.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / ".tools" / "fuzz"), str(HERE.parent / "unit")]

import atheris  # noqa: E402

with atheris.instrument_imports(include=["tidegate.proto"]):
    import targets

check = sys.argv.pop(1)
atheris.Setup(sys.argv, targets.CHECKS[check])
atheris.Fuzz()
