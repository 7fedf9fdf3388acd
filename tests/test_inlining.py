"""After the constants are resolved, nothing may ask for one any more: it is not on the board."""

import ast

from tidegate_host import paths
from tidegate_host.image import inlining


def _loaded(tree):
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def _bound(tree):
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name)
    return names


def test_no_module_of_the_firmware_asks_for_a_constant_that_is_gone():
    modules = inlining.read(paths.firmware_root())
    constants = {name for module in modules.values() for name in module.constants}
    assert len(constants) > 100
    for module in modules.values():
        tree = ast.parse(inlining.inlined(module, modules))
        assert not (_loaded(tree) & constants) - _bound(tree), module.name


def test_a_constant_behind_a_star_is_resolved(tmp_path):
    package = tmp_path / "tidegate"
    package.mkdir()
    (package / "kinds.py").write_text("KIND = const(7)\n")
    (package / "user.py").write_text("from tidegate.kinds import *\n\nX = [KIND]\n")
    modules = inlining.read(tmp_path)
    assert "X = [7]" in inlining.inlined(modules["tidegate.user"], modules)
