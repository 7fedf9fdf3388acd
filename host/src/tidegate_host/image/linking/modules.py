"""The firmware's modules: what each defines, what it imports, what its constants are worth."""

import ast
from dataclasses import dataclass, field
from pathlib import Path

PACKAGE = "tidegate"
_COMPAT = f"{PACKAGE}.compat"


@dataclass
class Module:
    """One source file, ready to be bound.

    ``constants`` are the integers behind ``NAME = const(...)``. ``defined`` are the functions,
    classes and values of the top level, constants left out. ``imports`` leads from each name that
    an import statement at the top binds to what it means.
    """

    name: str
    tree: ast.Module
    constants: dict[str, int] = field(default_factory=dict)
    defined: set[str] = field(default_factory=set)
    imports: dict[str, "Target"] = field(default_factory=dict)


@dataclass(frozen=True)
class Target:
    """What an imported name means: a module of ours (``symbol`` empty) or something in one."""

    module: str
    symbol: str = ""


class LinkError(RuntimeError):
    """The sources use a construct that cannot be linked; the message says where."""


def read(root: Path) -> dict[str, Module]:
    """All modules of the package below ``root`` (the folder that holds it), by dotted name."""
    found = {}
    for path in sorted((root / PACKAGE).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = Module(name, ast.parse(path.read_text("utf-8"), str(path)))
    for module in found.values():
        _define(module)
    for module in found.values():
        for node in module.tree.body:
            if isinstance(node, ast.ImportFrom):
                module.imports |= targets(node, found)
    return found


def targets(node: ast.ImportFrom, modules: dict[str, Module]) -> dict[str, Target]:
    """What ``from M import a, b`` binds, as far as M is ours; a star brings all that M defines."""
    if not is_ours(node) or is_compat(node):
        return {}
    file = node.module or ""
    bound = {}
    for alias in node.names:
        below = f"{file}.{alias.name}"
        if below in modules:
            bound[alias.asname or alias.name] = Target(below)
        elif file not in modules:
            raise LinkError(f"there is no {below}")
        elif alias.name == "*":
            for name in modules[file].constants.keys() | modules[file].defined:
                bound[name] = Target(file, name)
        else:
            bound[alias.asname or alias.name] = Target(file, alias.name)
    return bound


def is_ours(node: ast.ImportFrom) -> bool:
    """Whether something of the firmware is imported."""
    return f"{node.module}.".startswith(f"{PACKAGE}.")


def resolve(target: Target, modules: dict[str, Module]) -> Target:
    """Follow names that a module only hands on (re-exports) to where they are defined."""
    while target.symbol:
        module = modules[target.module]
        if target.symbol in module.constants or target.symbol in module.defined:
            return target
        if target.symbol not in module.imports:
            raise LinkError(f"{target.module} has no {target.symbol}")
        target = module.imports[target.symbol]
    return target


def is_compat(node: ast.stmt) -> bool:
    """Whether a statement imports ``const`` and friends, which nobody needs after linking."""
    return isinstance(node, ast.ImportFrom) and node.module == _COMPAT


def _define(module: Module) -> None:
    for node in module.tree.body:
        match node:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(func=ast.Name(id="const"), args=[value]),
            ):
                module.constants[name] = _value(value, module)
            case ast.Assign(targets=[ast.Name(id=name)]):
                module.defined.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                module.defined.add(name)
            case ast.ClassDef(name=name):
                module.defined.add(name)


def _value(node: ast.expr, module: Module) -> int:
    try:
        code = compile(ast.Expression(node), module.name, "eval")
        return int(eval(code, {"__builtins__": {}}, module.constants))
    except (NameError, TypeError, ValueError) as error:
        raise LinkError(f"{module.name}:{node.lineno}: not a constant: {error}") from error
