"""The names a file uses most come first in its table, where one byte is enough to name them.

MicroPython numbers a file's names as the compiler meets them, and bytecode that names one beyond
the 127th takes a byte more each time. So a statement that never runs meets the frequent ones
first. It is part of the file's top level, which a board forgets after the import.
"""

import ast
import builtins
from collections import Counter

_ONE_BYTE = 127


def first(tree: ast.Module) -> ast.Module:
    """The same file, with its most used names met first. Small files are left as they are."""
    used = _used(tree)
    if len(used) <= _ONE_BYTE:
        return tree
    names = sorted(used, key=lambda name: (-used[name], name))[:_ONE_BYTE]
    never = ast.parse("if not __name__:\n    pass").body[0]
    assert isinstance(never, ast.If)
    never.body = [ast.Expr(ast.Attribute(ast.Name("__name__", ast.Load()), n)) for n in names]
    tree.body.insert(0, never)
    return tree


def _used(tree: ast.Module) -> Counter[str]:
    # Attributes, parameters, keywords and globals are in the table; local names are not.
    top = {node.name for node in tree.body if isinstance(node, _DEFINING)}
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.Import | ast.ImportFrom):
            top |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
            top |= {n.asname or n.name for n in getattr(node, "names", ())}
    used: Counter[str] = Counter()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            used[node.attr] += 1
        elif isinstance(node, ast.arg | ast.keyword) and node.arg:
            used[node.arg] += 1
        elif isinstance(node, ast.Name) and (node.id in top or hasattr(builtins, node.id)):
            used[node.id] += 1
    return used


_DEFINING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
