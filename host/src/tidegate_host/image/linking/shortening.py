"""Short names for what only the firmware knows.

A name costs a board its letters and seven bytes more, once, and a place in the table of each file.
Names of the language, of MicroPython's modules and of the console stay. All others are replaced,
as far as they go by names that every MicroPython has in its own table: those cost nothing.

Three kinds are told apart. *Parameters* could hide a global, so the two never share a new name;
but those of one function and of another do, unless a call names them by keyword. *Attributes*
stand behind a dot and hide nothing, so *globals* use their new names a second time, and
parameters those that no global uses. Local names are on no board at all.
"""

import ast
import keyword
import string
from collections import Counter
from collections.abc import Iterable
from itertools import product

from tidegate_host.image.linking import known
from tidegate_host.image.linking.merging import is_unique

_PORTS = "tidegate.port."
_BY_STRING = ("getattr", "setattr", "hasattr", "delattr")
_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def shorten(trees: dict[str, ast.Module], entries: dict[str, str]) -> dict[str, str]:
    """Rename in place; -> what each new name stands for (several, where it has two uses).

    ``entries`` are globals that are to have a certain name.
    """
    found = Names(trees)
    fresh = iter(_fresh(found.everything))
    values = {name: next(fresh) for name in _by_use(found.keywords)}
    attributes = {name: next(fresh) for name in _by_use(found.attributes) if name not in values}
    spare = iter(attributes.values())
    globals_ = {
        n: entries.get(n) or next(spare, "") or next(fresh) for n in _by_use(found.globals)
    }
    parameters = [next(spare, "") or next(fresh) for _ in range(found.parameters_max)]
    renaming = _Renaming(values, attributes, globals_, parameters)
    for tree in trees.values():
        renaming.visit(tree)
    meant: dict[str, str] = {}
    for table in (globals_, values, attributes):
        for old, new in table.items():
            said = old.replace("__", ".", 1) if is_unique(old) else old
            meant[new] = f"{meant[new]}|{said}" if new in meant else said
    return meant


def _by_use(found: Counter[str]) -> list[str]:
    return sorted(found, key=lambda name: (-found[name], name))


def _fresh(taken: set[str]) -> Iterable[str]:
    made = (a + b for a, b in product(string.ascii_letters, repeat=2))
    for name in dict.fromkeys((*known.AT_HAND, *made)):
        if name not in taken and not keyword.iskeyword(name):
            yield name


class Names(ast.NodeVisitor):
    """What occurs in the trees, and what of it may be renamed, with how often it is used."""

    def __init__(self, trees: dict[str, ast.Module]) -> None:
        self.everything: set[str] = set()
        self.keywords: Counter[str] = Counter()  # parameters of ours that calls name
        self.parameters_max = 0  # of one function, with those inside it
        self.attributes: Counter[str] = Counter()
        self.globals: Counter[str] = Counter()
        self._defined: set[str] = set()
        self._foreign: set[str] = set()
        self._parameters: set[str] = set()
        for name, tree in trees.items():
            self._port = name.startswith(_PORTS)
            self.visit(tree)
        for name in [n for n in self.attributes if n not in self._defined]:
            del self.attributes[name]
        for name in [n for n in self.keywords if n not in self._parameters]:
            del self.keywords[name]
        for counted in (self.keywords, self.attributes):
            for name in [n for n in counted if n in self._foreign or not _ours(n)]:
                del counted[name]

    def _attribute(self, name: str, defined: bool) -> None:
        self.everything.add(name)
        if is_unique(name):
            self.globals[name] += 1
            return
        self.attributes[name] += 1
        if defined:
            self._defined.add(name)

    def visit_Name(self, node: ast.Name) -> None:
        """A global of ours, or a local, which only has to be kept clear of."""
        self.everything.add(node.id)
        if is_unique(node.id):
            self.globals[node.id] += 1

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Ours when it is assigned somewhere, or a method; a port also talks to hardware."""
        if self._port and not (isinstance(node.value, ast.Name) and node.value.id == "self"):
            self._foreign.add(node.attr)
        self._attribute(node.attr, isinstance(node.ctx, ast.Store))
        self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> None:
        """A parameter."""
        self.everything.add(node.arg)
        self._parameters.add(node.arg)

    def visit_Call(self, node: ast.Call) -> None:
        """An attribute that is asked for by its name in a string keeps it."""
        if isinstance(node.func, ast.Name) and node.func.id in _BY_STRING:
            self._foreign |= {str(a.value) for a in node.args if isinstance(a, ast.Constant)}
        self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> None:
        """Ours when a function of ours has such a parameter; a port names pins and timings."""
        if node.arg:
            self.everything.add(node.arg)
            self.keywords[node.arg] += 1
            if self._port:
                self._foreign.add(node.arg)
        self.generic_visit(node)

    def visit_alias(self, node: ast.alias) -> None:
        """What an import names is the interpreter's, or unique already."""
        self.everything |= {node.name, node.asname or node.name}

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """A function or method; one inside another is a local, and renaming it does no harm."""
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """As a plain one."""
        self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._attribute(node.name, True)
        self.parameters_max = max(self.parameters_max, len(_parameters(node)))
        self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Its own name, and the values that its body binds."""
        self._attribute(node.name, True)
        for child in node.body:
            if isinstance(child, ast.Assign):
                for target in child.targets:
                    if isinstance(target, ast.Name):
                        self._attribute(target.id, True)
        self.generic_visit(node)


def _parameters(node: ast.AST) -> list[str]:
    # Those of a function and of all that stand inside it, in order and each once.
    return list(dict.fromkeys(n.arg for n in ast.walk(node) if isinstance(n, ast.arg)))


def _ours(name: str) -> bool:
    kept = name in known.SHARED or name in known.CONSOLE
    return not kept and not (name.startswith("__") and name.endswith("__"))


class _Renaming(ast.NodeTransformer):
    def __init__(
        self,
        keywords: dict[str, str],
        attributes: dict[str, str],
        globals_: dict[str, str],
        parameters: list[str],
    ) -> None:
        self._keywords = keywords
        self._globals = globals_
        self._attributes = keywords | attributes | globals_
        self._fresh = parameters
        self._parameters: dict[str, str] = {}  # of the function in hand

    def _name(self, name: str) -> str:
        for table in (self._parameters, self._globals):
            if name in table:
                return table[name]
        return name

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._name(node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg = self._name(node.arg)
        return node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        node.arg = node.arg and self._keywords.get(node.arg, node.arg)
        return self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        node.name = node.name and self._name(node.name)
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        node.attr = self._attributes.get(node.attr, node.attr)
        return self.generic_visit(node)

    def visit_alias(self, node: ast.alias) -> ast.AST:
        bound = self._name(node.asname or node.name)
        node.name = self._name(node.name) if is_unique(node.name) else node.name
        node.asname = bound if bound != node.name else None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        node.name = self._name(node.name)
        if self._parameters:
            return self.generic_visit(node)
        self._parameters = self._of(node)
        self.generic_visit(node)
        self._parameters = {}
        return node

    def _of(self, node: ast.AST) -> dict[str, str]:
        wanted = _parameters(node)
        fresh = iter(self._fresh)
        return {
            name: self._keywords.get(name) or next(fresh)
            for name in wanted
            if name in self._keywords or name not in known.BY_KEYWORD
        }

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        # What the body binds are attributes, also where the body itself uses them.
        bound = {child.name for child in node.body if isinstance(child, _NAMED)}
        node.name = self._name(node.name)
        self.generic_visit(node)
        for child in node.body:
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                child.name = self._attributes.get(child.name, child.name)
            elif isinstance(child, ast.Assign):
                if isinstance(child.value, ast.Name) and child.value.id in bound:
                    child.value.id = self._attributes.get(child.value.id, child.value.id)
                for target in child.targets:
                    if isinstance(target, ast.Name):
                        target.id = self._attributes.get(target.id, target.id)
        return node
