"""Constants across modules, resolved before the firmware is compiled.

MicroPython folds ``_NAME = const(n)`` within one module only; a public constant costs every board
a global, its name in the heap, and two look-ups wherever it is used. On a stock ESP32 the code
lives in the heap, so the host does what the compiler cannot: it replaces each use of another
module's constant by its value, and turns the definition into a private one, which the compiler
then drops. Tables of words (``…_NAMES``) are for people and stay on the host. Nothing else
changes, and no line moves.
"""

import ast
from dataclasses import dataclass, field
from pathlib import Path

_PACKAGE = "tidegate"
_PRIVATE = "_const_"  # the compiler forgets names with an underscore in front

# First and last line and column, and the text that comes there instead.
Edit = tuple[int, int, int, int, str]


@dataclass
class Module:
    """One source file: its text, its tree, and the constants it defines or re-exports."""

    name: str
    text: str
    tree: ast.Module
    constants: dict[str, int] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)


def read(root: Path) -> dict[str, Module]:
    """All modules of the package below ``root`` (the folder that holds it), by dotted name."""
    modules = {}
    for path in sorted((root / _PACKAGE).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text()
        modules[name] = Module(name, text, ast.parse(text))
    for module in modules.values():
        module.constants = _defined(module.tree)
        module.own = set(module.constants)
    for module in modules.values():
        _re_export(module, modules)
    return modules


def inlined(module: Module, modules: dict[str, Module]) -> str:
    """The text of one module with foreign constants replaced and its own made private."""
    aliases, values, edits = _imports(module, modules)
    edits += [_edit(node, "pass") for node in module.tree.body if _is_word_table(node)]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            source = aliases.get(node.value.id)
            if source and node.attr in source.constants:
                edits.append(_edit(node, str(source.constants[node.attr])))
        elif isinstance(node, ast.Name):
            if node.id in module.own:
                edits.append(_edit(node, _PRIVATE + node.id))
            elif node.id in values and isinstance(node.ctx, ast.Load):
                edits.append(_edit(node, str(values[node.id])))
    return _apply(module.text, edits)


def _is_word_table(node: ast.stmt) -> bool:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Tuple()):
            return name.endswith("NAMES")
    return False


def _defined(tree: ast.Module) -> dict[str, int]:
    found = {}
    for node in tree.body:
        match node:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(func=ast.Name(id="const"), args=[ast.Constant(value=int(value))]),
            ) if not name.startswith("_"):
                found[name] = value
    return found


def _re_export(module: Module, modules: dict[str, Module]) -> None:
    # `from .kinds import *` makes the constants of kinds part of this module, too.
    for node in module.tree.body:
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            source = modules.get(node.module or "")
            if source:
                module.constants = source.constants | module.constants


def _imports(
    module: Module, modules: dict[str, Module]
) -> tuple[dict[str, Module], dict[str, int], list[Edit]]:
    # -> modules by the name they have here, constants by the name they have here, and the edits
    # that take out of the import lists what is not needed once the constants are resolved.
    aliases: dict[str, Module] = {}
    values: dict[str, int] = {}
    edits = []
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.ImportFrom) or not node.module:
            continue
        source = modules.get(node.module)
        kept = []
        for name in node.names:
            if name.name == "*" and source:
                values |= source.constants
            bound = name.asname or name.name
            sub = modules.get(f"{node.module}.{name.name}")
            if sub:
                aliases[bound] = sub
            if source and name.name in source.constants:
                values[bound] = source.constants[name.name]
            elif not (bound == "const" or (sub and _only_constants(module, bound, sub))):
                kept.append(name)
        if len(kept) < len(node.names):
            line = f"from {node.module} import " + ", ".join(ast.unparse(n) for n in kept)
            edits.append(_edit(node, line if kept else "pass"))
    return aliases, values, edits


def _only_constants(module: Module, alias: str, source: Module) -> bool:
    # Then the module need not be there at all: the log's event numbers are such a one.
    uses = [n for n in ast.walk(module.tree) if isinstance(n, ast.Name) and n.id == alias]
    resolved = [
        n
        for n in ast.walk(module.tree)
        if isinstance(n, ast.Attribute)
        and isinstance(n.value, ast.Name)
        and n.value.id == alias
        and n.attr in source.constants
    ]
    return len(uses) == len(resolved)


def _edit(node: ast.AST, text: str) -> Edit:
    end_line, end = node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]
    lines = end_line - node.lineno  # type: ignore[attr-defined]
    return node.lineno, node.col_offset, end_line, end, text + "\n" * lines  # type: ignore


def _apply(text: str, edits: list[Edit]) -> str:
    lines = text.encode().splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    data = bytearray(b"".join(lines))
    for line, at, end_line, end, new in sorted(edits, reverse=True):
        data[starts[line - 1] + at : starts[end_line - 1] + end] = new.encode()
    return data.decode()
