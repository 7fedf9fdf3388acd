"""The stand-ins for an ESP32's modules have what the real ones have, and all that the port uses.

The real ones are known from MicroPython's stubs for ESP32_GENERIC. So neither can the port call
something that is not on a board, nor can a stand-in be kinder than a board.
"""

import ast

import pytest

import esp32_for_tests as stand_ins
from sources import ROOT

STUBS = ROOT / ".tools" / "stubs" / "esp32"
PORT = ROOT / "firmware" / "tidegate" / "port"
MODULES = ("machine", "network", "esp32", "time")
# Objects of the hardware, by the name that the port gives them.
HELD = {
    "_rtc": "RTC", "_watchdog": "WDT", "_wlan": "WLAN", "_lan": "LAN", "_bus": "SoftI2C",
}  # fmt: skip


def real(module):
    """Return {name: members} of a module's stub; a class that is described twice has both."""
    path = next(
        p for p in (STUBS / f"{module}.pyi", STUBS / "stdlib" / f"{module}.pyi") if p.is_file()
    )
    found = {}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ClassDef):
            members = found.setdefault(node.name, set())
            for part in node.body:
                members |= set(names(part))
            for base in node.bases:
                members |= found.get(ast.unparse(base), set())
        else:
            for name in names(node):
                found.setdefault(name, set())
    return found


def names(node):
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []


def public(thing):
    return {name for name in vars(thing) if name[0] != "_"}


@pytest.mark.parametrize("module", MODULES)
def test_a_stand_in_has_nothing_that_a_board_has_not(module):
    there = real(module)
    stand_in = stand_ins.MODULES[module]
    assert public(stand_in) <= set(there)
    for name in public(stand_in):
        value = getattr(stand_in, name)
        if isinstance(value, type):
            assert public(value) <= there[name], name


def test_the_numbers_are_those_of_a_board():
    text = {m: (STUBS / f"{m}.pyi").read_text("utf-8") for m in ("machine", "network")}
    for module, stub in text.items():
        stand_in = stand_ins.MODULES[module]
        for name in public(stand_in):
            value = getattr(stand_in, name)
            if isinstance(value, int):
                assert f"{name}: Final[int] = {value}\n" in stub, name


def used():
    """Yield (file, object, attribute) for what the port's files ask of the hardware."""
    for path in sorted(PORT.glob("*.py")):
        if path.stem.startswith("unix"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Attribute):
                continue
            if isinstance(node.value, ast.Name) and node.value.id in MODULES:
                yield path.name, node.value.id, node.attr
            elif isinstance(node.value, ast.Attribute) and node.value.attr in HELD:
                yield path.name, node.value.attr, node.attr


def test_what_the_port_uses_is_on_a_board_and_in_the_stand_in():
    asked = list(used())
    assert {held for _, held, _ in asked} >= {*HELD, *MODULES}
    classes = {n: members for m in MODULES for n, members in real(m).items()}
    for file, thing, attribute in asked:
        if thing in HELD:
            stand_in, there = getattr(stand_ins, HELD[thing]), classes[HELD[thing]]
        else:
            stand_in, there = stand_ins.MODULES[thing], real(thing)
        assert attribute in there, f"{file}: {thing}.{attribute} is not on a board"
        assert hasattr(stand_in, attribute), f"{file}: the stand-in lacks {thing}.{attribute}"
