"""The linker keeps what a program does, whatever it does to its names; and it names it back."""

import ast
import builtins
import subprocess
import symtable

import pytest

from sources import ROOT
from tidegate_host import paths
from tidegate_host.image.linking import known, link, shortening
from tidegate_host.image.linking.modules import LinkError

# The modules of MicroPython that the firmware talks to: whose objects it has in hand.
FOREIGN = {
    "array", "asyncio", "binascii", "builtins", "cryptolib", "errno", "esp32", "gc", "hashlib",
    "io", "json", "machine", "micropython", "network", "ntptime", "os", "select", "socket",
    "ssl", "struct", "sys", "termios", "time", "tls",
}  # fmt: skip


@pytest.fixture(scope="module")
def linked():
    return link(paths.firmware_root())


def test_the_same_sources_give_the_same_files(linked):
    again = link(paths.firmware_root())
    assert again.texts == linked.texts
    assert again.names == linked.names


def test_every_global_of_a_linked_file_is_there(linked):
    for path, text in linked.texts.items():
        table = symtable.symtable(text, str(path), "exec")
        there = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
        there |= {s.get_name() for s in table.get_symbols() if s.is_namespace()}
        missing = set(_globals(table)) - there - set(dir(builtins))
        assert not missing, path


def _globals(table):
    for symbol in table.get_symbols():
        if symbol.is_global() and symbol.is_referenced():
            yield symbol.get_name()
    for child in table.get_children():
        yield from _globals(child)


def test_no_name_that_micropython_has_as_well_is_changed(linked):
    # Behind a dot nobody can tell a method of ours from one of the interpreter's.
    foreign = set()
    for path in (ROOT / ".tools" / "stubs").rglob("*.pyi"):
        if FOREIGN & {path.stem, path.parent.name}:
            foreign |= set(_defined(ast.parse(path.read_text("utf-8"))))
    assert {"readinto", "writeblocks", "sleep_ms", "isconnected"} <= foreign
    changed = {old for old in "|".join(linked.names.values()).split("|") if "." not in old}
    assert len(changed) > 300
    assert not {n for n in changed & foreign if n[0] != "_"}, (
        "add them to image/linking/shared.txt"
    )


def _defined(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
            yield from (a.arg for a in node.args.kwonlyargs)
        elif isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def test_what_a_console_says_is_kept_and_exists(linked):
    text = "\n".join(linked.texts.values())
    for name in known.CONSOLE:
        assert name in text, f"{name} is in image/linking/console.txt, and nowhere else"
        assert name not in linked.names


def test_a_short_name_leads_back_to_the_sources(linked):
    meant = "|".join(linked.names.values()).split("|")
    assert "core_engine.Engine" in meant
    assert "journal_ring.JournalError" in meant


TRICKS = {
    "main.py": "from tidegate.core.top import go\n\nprint(go('x'))\n",
    "tidegate/compat.py": "def const(value):\n    return value\n",
    "tidegate/core/base.py": """
from tidegate.compat import const

LIMIT = const(7)
_HIDDEN = const(1 << 4)
WORD_NAMES = ("zero", "one")
TABLE = ("a", "b", "c")


class Fault(OSError):
    pass


class Base:
    size = LIMIT

    def __init__(self, head, tail=LIMIT):
        self.head = head
        self.tail = tail

    def take(self, view):
        return [view, self.head, self.tail, _HIDDEN]

    give = take


def helper(value, extra=TABLE):
    return value, extra
""",
    "tidegate/core/hands_on.py": """
from tidegate.core.base import *
from tidegate.core.base import helper
""",
    "tidegate/core/other.py": """
from tidegate.compat import const
from tidegate.core import base

_HIDDEN = const(3)


def helper(value):
    # The same name as in base, and a parameter that is a global elsewhere.
    base_value = base.helper(value, extra=base.LIMIT)
    return [TABLE for TABLE in base_value] + [_HIDDEN]


def closure(take):
    def inner(give):
        return take + give

    return lambda head: inner(head) + take
""",
    "tidegate/core/top.py": """
from tidegate.core import other
from tidegate.core.hands_on import TABLE, Base, Fault, helper


class Top(Base):
    def take(self, view):
        return Base.take(self, view=view)


def go(text):
    top = Top(text, tail=5)
    found = [top.take("v"), top.give("w"), Top.size, helper(1), other.helper(2)]
    found.append(other.closure(10)(1))
    for helper_ in range(2):
        found.append({key: helper_ for key in TABLE}[TABLE[0]])
    try:
        raise Fault(5)
    except OSError as error:
        found.append(type(error) is Fault)
    from tidegate.core.status import look

    found.append(look(top))
    return found
""",
    "tidegate/core/status.py": """
from tidegate.core import base
from tidegate.core.other import helper


def look(top):
    try:
        raise base.Fault(base.LIMIT)
    except base.Fault as error:
        return error.args[0], top.head, helper(top.tail), base.TABLE[1]
""",
}


def _write(root, texts):
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_a_linked_program_does_what_its_sources_do(tmp_path, micropython_i386):
    _write(tmp_path / "plain", TRICKS)
    made = link(tmp_path / "plain")
    _write(tmp_path / "linked", {str(path): text for path, text in made.texts.items()})
    assert "core/base.py" not in "".join(map(str, made.texts))
    outputs = []
    for folder in ("plain", "linked"):
        command = [*micropython_i386, "main.py"]
        done = subprocess.run(command, cwd=tmp_path / folder, text=True, capture_output=True)
        assert done.returncode == 0, done.stderr
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]
    assert "core_base.Base" in "|".join(made.names.values())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("from tidegate.core.base import NOTHING\n\n\ndef f():\n    return NOTHING\n", "NOTHING"),
        ("from tidegate.core import base\n\n\ndef f():\n    return [base]\n", "as a value"),
        ("from tidegate.compat import const\n\nX = const(len('a'))\n", "not a constant"),
    ],
)
def test_what_cannot_be_linked_is_refused(tmp_path, text, why):
    _write(tmp_path, {**TRICKS, "tidegate/core/wrong.py": text})
    with pytest.raises(LinkError, match=why):
        link(tmp_path)


def test_no_attribute_gets_a_name_that_exceptions_treat_as_their_own(linked):
    assert not {"args", "errno", "value"} & linked.names.keys()


def test_no_new_name_is_given_out_twice():
    given = list(shortening._fresh(set()))
    assert len(given) == len(set(given)) > 1000
