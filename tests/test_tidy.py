"""The house style, as far as a program can judge it."""

import ast
import re
from pathlib import Path

import click

import sources
from tidegate_host.cli.main import group

TOP_LEVEL = {"README.md", "Makefile", "LICENSE", "firmware", "host", "tests", "boards"}
FILE_LINES_MAX = {"firmware": 300, "boards": 300, "host": 400, "tests": 400}
FUNCTION_LINES_MAX = {"firmware": 40, "boards": 40, "host": 70, "tests": 70}
LINE_CHARACTERS_MAX = 99
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


def test_public_host_functions_say_what_they_mean():
    findings = []
    for path in sources.host():
        if not ast.get_docstring(sources.tree(path)) and sources.text(path).strip():
            findings.append(f"{path}: no docstring at the top")
        for node in sources.tree(path).body:
            if path.is_relative_to("host/src/tidegate_host/world"):
                break  # runs under MicroPython too, and has comments like the firmware
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
