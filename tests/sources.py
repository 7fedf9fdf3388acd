"""The repository as the tidy tests see it: its text files, and the syntax trees of its modules."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FIRMWARE = ROOT / "firmware"
HOST = ROOT / "host" / "src"


@cache
def files():
    """Return every file that is or could be committed, as paths relative to the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=True)
    names = sorted(set(done.stdout.split("\0")) - {""})
    return [Path(name) for name in names if (ROOT / name).is_file()]


@cache
def text(path):
    """Return a file's text, "" for a binary one."""
    data = (ROOT / path).read_bytes()
    return "" if b"\0" in data else data.decode("utf-8")


@cache
def tree(path):
    return ast.parse(text(path), filename=str(path))


def modules(folder):
    """Return the Python files under a folder."""
    return [p for p in files() if p.suffix == ".py" and p.is_relative_to(folder)]


def firmware():
    return modules("firmware/tidegate")


def host():
    return modules("host/src")


def dotted(path):
    """Return the import name of a file: .../core/engine.py -> tidegate.core.engine."""
    below = path.relative_to("host/src" if path.parts[0] == "host" else "firmware")
    parts = below.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path):
    """Yield (line, module) for each import; `from a import b` gives both a and a.b."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ""
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def functions(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def report(findings):
    """Fail with one line for each finding."""
    assert not findings, "\n" + "\n".join(findings)
