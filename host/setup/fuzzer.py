"""The coverage-guided fuzzer of `make soak`, in a folder of its own: `make setup` does without it.

Standard library only. Run by the interpreter of `.venv`, for which the fuzzer is built.
"""

import sys
from pathlib import Path

import environment
from stamps import Stamp

HERE = Path(__file__).resolve().parent
TOOLS = HERE.parents[1] / ".tools"


def main():
    """Install atheris into .tools/fuzz, or say why that cannot be; exit code 2 then."""
    lock = HERE / "fuzz.lock"
    TOOLS.mkdir(exist_ok=True)
    try:
        with Stamp(TOOLS / ".stamp-fuzz", lock) as stamp:
            if stamp.stale:
                print("fuzz: installing atheris into .tools/fuzz", flush=True)
                environment.install_apart(Path(sys.executable), lock, TOOLS / "fuzz")
    except environment.SetupError as problem:
        print(f"fuzz: no atheris for this Python {sys.version.split()[0]}: {problem}")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
