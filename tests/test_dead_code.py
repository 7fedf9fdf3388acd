"""Nothing is there that nobody uses: no module, no function, no class, no private constant."""

import ast
import re
from collections import Counter
from pathlib import Path

import sources

BOARD_FILES = (Path("firmware/main.py"),)
ENTRY_POINTS = {"tidegate_host.cli.main"}
# Called by asyncio, ast, click, hatchling and rich, by name.
CALLED_BY_LIBRARIES = {
    *("connection_made", "connection_lost", "data_received", "eof_received"),
    *("get_command", "list_commands", "resolve_command", "format_help", "convert"),
    *("FirmwareHook", "initialize"),
}
DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _named_modules(path):
    """Return the modules that a file imports, or names in a string as "module:attribute"."""
    names = {name for _, name in sources.imported(path)}
    for node in ast.walk(sources.tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            names.add(node.value.split(":")[0])
    return names


def test_every_module_is_used_by_another():
    """A test is no reason for a module to be on a board; for one of the host tool it is."""
    shipped = [*sources.firmware(), *sources.host(), *BOARD_FILES]
    users = {path: _named_modules(path) for path in [*shipped, *sources.modules("tests")]}
    findings = []
    for path in [*sources.firmware(), *sources.host()]:
        name = sources.dotted(path)
        if path.name in ("__init__.py", "__main__.py") or name in ENTRY_POINTS:
            continue
        others = users if path in sources.host() else shipped
        if not any(name in users[user] for user in others if user != path):
            findings.append(f"{path}: nothing imports it")
    sources.report(findings)


def _words(path):
    """Yield every name that a file uses; a short string may name an attribute or a command."""
    for node in ast.walk(sources.tree(path)):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.alias):
            yield node.name.rpartition(".")[2]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"\w+", node.value[:80])


def _is_command(node):
    """Tell whether click calls it: its decorator registers it with a group."""
    calls = [d.func for d in node.decorator_list if isinstance(d, ast.Call)]
    return any(isinstance(c, ast.Attribute) and c.attr == "command" for c in calls)


def _defined(path):
    """Yield (line, name) of functions, methods and classes, and of constants that stay inside."""
    for node in ast.walk(sources.tree(path)):
        if not isinstance(node, DEFINITIONS) or node.name.startswith("__"):
            continue
        if not _is_command(node):
            yield node.lineno, node.name
    for node in sources.tree(path).body:
        if isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            yield from ((node.lineno, name) for name in names if name.startswith("_"))


def test_every_name_is_used_somewhere():
    python = [path for path in sources.files() if path.suffix == ".py"]
    used = Counter(word for path in python for word in _words(path))
    findings = []
    for path in python:
        if path.parts[0] == "tests":
            continue
        for line, name in _defined(path):
            called = name in CALLED_BY_LIBRARIES or name.startswith("visit_")
            if not used[name] and not called and name != "__all__":
                findings.append(f"{path}:{line}: nothing uses {name}")
    sources.report(findings)
