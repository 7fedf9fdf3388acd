"""Binds each name of a module to what it means, so that modules can share one table of globals.

A top-level name gets one that says where it comes from (``core_live__arrive``), uses of another
module's names go to the thing itself, constants become numbers, and imports of what is in the
same file vanish. What lies in another file is imported from there by name.
"""

import ast
import copy

from tidegate_host.image.linking import modules as reading
from tidegate_host.image.linking.modules import PACKAGE, LinkError, Module, Target

# Tables of words are for people, and stay on the host.
_WORDS = "NAMES"


def unique(target: Target) -> str:
    """The name of something of ours among all the globals of the firmware."""
    return target.module.partition(".")[2].replace(".", "_") + "__" + target.symbol


def is_unique(name: str) -> bool:
    """Whether a name was made by `unique`; the sources have none with two underscores inside."""
    return "__" in name.strip("_")


def bound(module: Module, modules: dict[str, Module], home: dict[str, str]) -> "Bound":
    """One module with its names bound. ``home`` tells which file each module goes to."""
    work = Bound(module, modules, home)
    for node in module.tree.body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue  # the docstring
        if reading.is_compat(node) or _is_words(node) or _is_constant(node, module):
            continue
        done = work.visit(copy.deepcopy(node))
        if done is not None:
            work.body.append(done)
    return work


def _is_words(node: ast.stmt) -> bool:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Tuple()):
            return name.endswith(_WORDS)
    return False


def _is_constant(node: ast.stmt, module: Module) -> bool:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name in module.constants
    return False


class Bound(ast.NodeTransformer):
    """The statements of one module; ``needs`` says which globals of other files it uses."""

    def __init__(self, module: Module, modules: dict[str, Module], home: dict[str, str]) -> None:
        self.module = module
        self.modules = modules
        self.home = home
        self.body: list[ast.stmt] = []
        self.needs: set[tuple[str, str]] = set()  # (file, unique name)
        self._scopes: list[set[str]] = []  # local names, innermost last
        self._aliases: list[dict[str, Target]] = [module.imports]

    # Names.

    def _target(self, name: str) -> Target | None:
        if any(name in scope for scope in self._scopes):
            return None
        for known in reversed(self._aliases):
            if name in known:
                return reading.resolve(known[name], self.modules)
        if name in self.module.constants or name in self.module.defined:
            return Target(self.module.name, name)
        return None

    def _reach(self, target: Target, at: ast.expr) -> ast.expr:
        source = self.modules[target.module]
        if target.symbol in source.constants:
            return ast.Constant(source.constants[target.symbol])
        name = unique(target)
        here = any(target in known.values() for known in self._aliases[1:])
        if not here and self.home[target.module] != self.home[self.module.name]:
            self.needs.add((self.home[target.module], name))
        return ast.copy_location(ast.Name(name, at.ctx), at)  # type: ignore[attr-defined]

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """A name that is not local means something of ours, or is the interpreter's."""
        target = self._target(node.id)
        if target is None:
            return node
        if not target.symbol:
            if isinstance(node.ctx, ast.Del):
                return node
            raise LinkError(f"{self.module.name}:{node.lineno}: a module used as a value")
        return self._reach(target, node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """``live.arrive``, where live is a module of ours, is the function itself."""
        if isinstance(node.value, ast.Name):
            target = self._target(node.value.id)
            if target and not target.symbol:
                inner = reading.resolve(Target(target.module, node.attr), self.modules)
                lazy = self._lazy(target)
                if lazy and inner.symbol not in self.modules[inner.module].constants:
                    return ast.Attribute(node.value, unique(inner), node.ctx)
                return self._reach(inner, node)
        self.generic_visit(node)
        return node

    def _lazy(self, target: Target) -> bool:
        # A module that a function imports when it is needed stays an object: it can be dropped.
        apart = self.home[target.module] not in (PACKAGE, self.home[self.module.name])
        return apart and any(target in known.values() for known in self._aliases[1:])

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt | None:
        """Only what lies in another file is imported, where it was: on top or in a function."""
        if not reading.is_ours(node):
            return node
        if not self._scopes:
            return None  # of the top: `needs` has what is used
        kept, file = [], ""
        for name, target in reading.targets(node, self.modules).items():
            target = reading.resolve(target, self.modules)
            self._aliases[-1][name] = target
            if self.home[target.module] == self.home[self.module.name]:
                continue
            if not target.symbol:
                if self.home[target.module] == PACKAGE:
                    continue  # merged: what is used of it is imported at the top
                return node
            kept.append(ast.alias(unique(target)))
            file = self.home[target.module]
        return ast.ImportFrom(file, kept, 0) if kept else ast.Pass()

    # Scopes.

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        """A function: decorators and defaults belong outside, everything else inside."""
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.stmt:
        """As a plain one."""
        return self._function(node)

    def _function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, method: bool = False
    ) -> ast.stmt:
        node.decorator_list = [self.visit(d) for d in node.decorator_list]
        _visit_defaults(self, node.args)
        if not method:
            self._name(node)
        node.returns = None
        for arg in _arguments(node.args):
            arg.annotation = None
        self._enter(node.args, node.body)
        body = [done for child in node.body if (done := self.visit(child)) is not None]
        node.body = body or [ast.Pass()]
        self._leave()
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        """As a function with one expression."""
        _visit_defaults(self, node.args)
        self._enter(node.args, [node.body])
        node.body = self.visit(node.body)
        self._leave()
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.stmt:
        """What a class body binds are attributes; its methods do not see them as names."""
        node.bases = [self.visit(base) for base in node.bases]
        self._name(node)
        inside = []
        for child in node.body:
            if isinstance(child, ast.Assign):
                child.value = self.visit(child.value)
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                self._function(child, method=True)
            inside.append(child)
        node.body = inside
        return node

    def _name(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        if not self._scopes:
            node.name = unique(Target(self.module.name, node.name))

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        """A comprehension has names of its own."""
        return self._comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> ast.expr:
        """As a list's."""
        return self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.expr:
        """As a list's."""
        return self._comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.expr:
        """As a list's."""
        return self._comprehension(node)

    def _comprehension(self, node):  # type: ignore[no-untyped-def]
        names = {
            n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)
        }
        self._scopes.append(names)
        self._aliases.append({})
        self.generic_visit(node)
        self._leave()
        return node

    def _enter(self, arguments: ast.arguments, body: list) -> None:
        names = {a.arg for a in _arguments(arguments)}
        for child in body:
            _locals(child, names)
        self._scopes.append(names)
        self._aliases.append({})

    def _leave(self) -> None:
        self._scopes.pop()
        self._aliases.pop()


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    extra = [a for a in (arguments.vararg, arguments.kwarg) if a]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *extra]


def _visit_defaults(visitor: ast.NodeTransformer, arguments: ast.arguments) -> None:
    arguments.defaults = [visitor.visit(d) for d in arguments.defaults]
    arguments.kw_defaults = [d and visitor.visit(d) for d in arguments.kw_defaults]


def _locals(node: ast.AST, names: set[str]) -> None:
    # What a function body binds; nested functions are looked at when their turn comes. Imports of
    # our own modules are no locals: they mean something.
    match node:
        case (
            ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name)
        ):
            names.add(name)
            return
        case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return
        case ast.Name(id=name, ctx=ast.Store()):
            names.add(name)
        case ast.ExceptHandler(name=str(name)):
            names.add(name)
        case ast.Import(names=aliases):
            names.update(a.asname or a.name for a in aliases)
    for child in ast.iter_child_nodes(node):
        _locals(child, names)
