"""Puts the bound modules together: one file for what stays loaded, one each for the rest."""

import ast
from dataclasses import dataclass
from pathlib import Path

from tidegate_host.image.linking import frequent, merging, modules, shortening
from tidegate_host.image.linking.modules import PACKAGE, Module

# What is not always in the heap, and why. Everything else is merged into the package itself.
APART = {
    "proto.codec": "host tools only",
    "proto.masking": "host tools only",
    "port.unix": "virtual board only",
    "port.esp32": "one port",
    "port.wifi": "loaded where there is no Ethernet",
    "port.ethernet": "loaded where there is Ethernet",
    "port.ds3231": "loaded where a clock with a battery may be",
    "journal.before": "loaded when a message may be an old copy",
    "journal.counted": "loaded when stand-in is taken back after it was booked",
    "proto.approval": "loaded with stand-in",
    "core.stand_in": "loaded where it is switched on",
    "core.settling": "loaded where it is switched on",
    "core.newcomers": "loaded when a terminal is new or has moved",
    "core.older": "loaded when a terminal takes back what is not its newest",
    "core.uploads": "loaded when a terminal uploads its batch",
    "app.crashes": "loaded after a crash",
    "app.lamp": "loaded where there is an LED",
    "app.upkeep": "loaded where the network is the board's own",
    "app.starting": "dropped after the start",
    "journal.mount": "dropped after the start",
    "journal.counting": "dropped after the start",
    "journal.replay": "dropped after the start",
    "journal.spare": "loaded by a start without room, and dropped",
    "journal.walk": "dropped after the start",
    "journal.report": "dropped after the start",
    "app.console": "loaded when somebody speaks",
    "app.service": "loaded when somebody speaks",
    "app.hops": "loaded when somebody asks",
    "app.looks": "loaded when somebody asks",
    "app.locked": "loaded when somebody speaks",
    "app.locks": "loaded when somebody speaks to a board that passes nothing",
    "app.notes": "loaded when a person does something",
    "app.raw": "loaded when somebody asks",
    "app.restored": "dropped after the start",
    "app.restoring": "loaded when a tool restores",
    "app.slots": "loaded when a tool provisions",
    "app.trial": "loaded while a version is on trial",
    "port.esp32_facts": "loaded when somebody asks",
    "port.unix_facts": "virtual board only",
    "core.status": "loaded when somebody asks",
    "core.persons": "loaded when a person decides",
    "app.desk": "loaded when a person decides",
    "core.limits": "loaded when there are limits",
    "core.usage": "loaded when there are limits",
}


@dataclass
class Linked:
    """What is compiled: ``texts`` by path below the board's root; ``names`` short to long."""

    texts: dict[Path, str]
    names: dict[str, str]


def link(root: Path) -> Linked:
    """Link the firmware below ``root``; main.py is bound as well. Raises LinkError."""
    found = modules.read(root)
    home = {name: name if _apart(name) else PACKAGE for name in found}
    main = Module("main", ast.parse((root / "main.py").read_text("utf-8")))
    for node in ast.walk(main.tree):
        if isinstance(node, ast.ImportFrom):
            main.imports |= modules.targets(node, found)
    files: dict[str, list[ast.stmt]] = {}
    for name in _ordered(found):
        work = merging.bound(found[name], found, home)
        _add(files.setdefault(home[name], []), work)
    trees = {name: ast.Module(body, []) for name, body in files.items() if body or name == PACKAGE}
    entries = _bind_main(main, found, home)
    trees["main"] = main.tree
    names = shortening.shorten(trees, entries)
    texts = {_path(name): _text(tree) for name, tree in trees.items()}
    return Linked(texts, names)


def _text(tree: ast.Module) -> str:
    return ast.unparse(ast.fix_missing_locations(frequent.first(tree))) + "\n"


def _apart(name: str) -> bool:
    return name.partition(".")[2] in APART


def _path(name: str) -> Path:
    parts = name.split(".")
    if parts == [PACKAGE]:
        parts.append("__init__")
    return Path(*parts).with_suffix(".py")


def _add(body: list[ast.stmt], work: merging.Bound) -> None:
    # An import that stands there already is not said again.
    said = {ast.unparse(node) for node in body if isinstance(node, ast.Import | ast.ImportFrom)}
    sources: dict[str, list[str]] = {}
    for file, name in sorted(work.needs):
        sources.setdefault(file, []).append(name)
    for file, wanted in sources.items():
        body.append(ast.ImportFrom(file, [ast.alias(n) for n in wanted], 0))
    for node in work.body:
        if not isinstance(node, ast.Import | ast.ImportFrom) or ast.unparse(node) not in said:
            body.append(node)


def _ordered(found: dict[str, Module]) -> list[str]:
    # As an import would run them: a module after those that it names at its top.
    order: list[str] = []
    under_way: set[str] = set()

    def take(name: str) -> None:
        if name in under_way:
            return
        under_way.add(name)
        for target in found[name].imports.values():
            take(target.module)
        order.append(name)

    for name in sorted(found):
        take(name)
    return order


def _bind_main(main: Module, found: dict[str, Module], home: dict[str, str]) -> dict[str, str]:
    # main.py chooses its port when it runs, so its imports stay where they are. A board may get a
    # new version and keep its main.py, so what that imports keeps its name: -> unique name to it.
    entries = {}
    for node in ast.walk(main.tree):
        if isinstance(node, ast.ImportFrom) and node.module in found:
            for alias in node.names:
                target = modules.resolve(modules.Target(node.module, alias.name), found)
                entries[merging.unique(target)] = alias.name
                node.module = home[target.module]
    return entries
