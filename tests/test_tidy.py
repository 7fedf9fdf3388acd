"""The house style, as far as a program can judge it."""

import ast
import json
import re
from pathlib import Path

import click

import sources
from tidegate_host.cli.main import group

TOP_LEVEL = {"README.md", "Makefile", "LICENSE", "firmware", "host", "tests", "boards"}
FILE_LINES_MAX = {"firmware": 300, "host": 400, "tests": 400}
FUNCTION_LINES_MAX = {"firmware": 40, "host": 70, "tests": 70}
LINE_CHARACTERS_MAX = 99
BOARD_FILES = ("firmware/main.py", "firmware/boot.py")
ENTRY_POINTS = {"tidegate_host.cli.main", "tidegate", "tidegate_host"}
# Synthetic cards only: the range of our samples, and numbers published for testing.
TEST_CARDS = ("629999", "4242424242424242", "4111111111111111")
ADDRESSES = r"deb\.debian\.org|snapshot\.debian|pypi\.org|pythonhosted|npmjs|index-url|find-links"
MACHINE_PATHS = r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+|opt/(?:pypi|wheels))\b"
OUTSIDE = r"\.\./shared|/tmp/tg|contract\.md"
MARKERS = r"\b(?:TODO|FIXME|XXX|HACK)\b|^(?:<{7}|>{7}) "
BANNER = r"^\s*#\s*[-=#*~]{5,}"
EMOJI = "[\U0001f300-\U0001faff\ufe0f]"
# These hold the patterns themselves.
SELF = (Path("tests/test_tidy.py"), Path("host/setup/relock.sh"))


def _python():
    return [p for p in sources.files() if p.suffix == ".py"]


def _search(pattern, paths):
    for path in paths:
        for number, line in enumerate(sources.text(path).splitlines(), 1):
            if re.search(pattern, line):
                yield f"{path}:{number}: {line.strip()[:60]}"


def test_the_top_level_is_as_agreed():
    found = {path.parts[0] for path in sources.files()}
    sources.report([f"{n}: not at the top" for n in found - TOP_LEVEL if not n.startswith(".")])


def test_files_functions_and_lines_are_short():
    findings = []
    for path in _python():
        part = path.parts[0]
        lines = sources.text(path).splitlines()
        if len(lines) > FILE_LINES_MAX[part]:
            findings.append(f"{path}: {len(lines)} lines, at most {FILE_LINES_MAX[part]}")
        for number, line in enumerate(lines, 1):
            if len(line) > LINE_CHARACTERS_MAX:
                findings.append(f"{path}:{number}: {len(line)} characters")
        for function in sources.functions(path):
            length = (function.end_lineno or 0) - function.lineno + 1
            if length > FUNCTION_LINES_MAX[part]:
                findings.append(f"{path}:{function.lineno}: {function.name}: {length} lines")
    sources.report(findings)


def test_nothing_is_left_over():
    paths = [path for path in sources.files() if path not in SELF]
    sources.report([*_search(MARKERS, paths), *_search(BANNER, paths), *_search(EMOJI, paths)])


def test_no_address_and_no_path_of_one_machine():
    paths = [path for path in sources.files() if path not in SELF]
    findings = [*_search(ADDRESSES, paths), *_search(MACHINE_PATHS, paths)]
    sources.report([*findings, *_search(OUTSIDE, paths)])


def _passes_luhn(digits):
    doubled = [int(d) * (2 if place % 2 else 1) for place, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _spells_text(digits):
    """Tell whether digits are letters written in hex, as in a field of a message."""
    return len(digits) % 2 == 0 and all(
        chr(b).isalnum() and b < 128 for b in bytes.fromhex(digits)
    )


def test_no_card_number_that_could_be_real():
    findings = []
    for path in sources.files():
        if path.is_relative_to("tests/vectors") or path.suffix == ".lock":
            continue
        for digits in re.findall(r"(?<!\w)[3-6][0-9]{14,18}(?!\w)", sources.text(path)):
            if digits.startswith(TEST_CARDS) or _spells_text(digits):
                continue
            if _passes_luhn(digits):
                findings.append(f"{path}: {digits[:6]}... ({len(digits)} digits)")
    sources.report(findings)


def _named_modules(path):
    """Return the modules that a file imports, names in a string, or starts with -m."""
    names = {name for _, name in sources.imported(path)}
    for node in ast.walk(sources.tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            names.add(node.value.split(":")[0])
    return names


def test_every_module_is_used_by_another():
    """A test is no reason for a module to be on a board; for one of the host tool it is."""
    shipped = [*sources.firmware(), *sources.host(), *map(Path, BOARD_FILES)]
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


def test_public_host_functions_say_what_they_mean():
    findings = []
    for path in sources.host():
        if not ast.get_docstring(sources.tree(path)) and sources.text(path).strip():
            findings.append(f"{path}: no docstring at the top")
        for node in sources.tree(path).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                if not node.name.startswith("_") and not ast.get_docstring(node):
                    findings.append(f"{path}:{node.lineno}: {node.name} has no docstring")
    sources.report(findings)


def _commands(command, words=("tidegate",)):
    """Yield (words, command) for a click command and all below it."""
    yield " ".join(words), command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None, f"{' '.join(words)} {name} is listed but not there"
            yield from _commands(below, (*words, name))


def test_every_command_has_help_and_speaks_json():
    findings = []
    for words, command in _commands(group):
        if not command.help:
            findings.append(f"{words}: no help")
        options = [p for p in command.params if isinstance(p, click.Option)]
        findings += [f"{words} {o.opts[0]}: no help" for o in options if not o.help]
        if not isinstance(command, click.Group):
            if not any("--json" in option.opts for option in options):
                findings.append(f"{words}: no --json")
        if re.search(r"[^a-z -]", words):
            findings.append(f"{words}: names are kebab-case")
    sources.report(findings)


def test_the_package_list_names_every_module():
    """`mip install` fetches what package.json names, so it must name what a board needs."""
    listed = json.loads(sources.text(Path("firmware/package.json")))["urls"]
    not_on_a_board = {
        "tidegate/port/unix.py",
        "tidegate/proto/codec.py",
        "tidegate/proto/masking.py",
    }
    wanted = {str(p.relative_to("firmware")) for p in sources.firmware()} - not_on_a_board
    findings = [f"package.json: {name} is missing" for name in wanted - {to for to, _ in listed}]
    findings += [f"package.json: {to} is not there" for to, _ in listed if to not in wanted]
    sources.report(findings)
