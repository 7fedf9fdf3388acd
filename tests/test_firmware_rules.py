"""What firmware modules may import and say, so that one source runs on every interpreter.

Imports run one way: app -> core, journal, proto; core -> proto and the record formats. The port is
handed in. Only the port knows hardware; proto, journal and core do no I/O and have no clock.
"""

import ast

import sources

PURE = ("proto", "journal", "core")
PURE_LIBRARY = {"array", "binascii", "hashlib", "struct"}
HARDWARE = {"machine", "network", "esp32", "ntptime", "cryptolib", "bluetooth", "termios"}
# No such module on a board, or not the same one.
ABSENT = {"dataclasses", "enum", "typing", "__future__", "unittest", "logging", "hmac", "abc"}
ABSENT |= {"functools", "itertools", "contextlib", "pathlib", "threading", "traceback"}
MAY_IMPORT = {
    "proto": ("compat", "proto"),
    "journal": ("compat", "journal"),
    "core": ("compat", "core", "proto", "journal.records", "journal.bodies"),
    "app": ("compat", "app", "core", "journal", "proto"),
    "port": ("compat", "port"),
}
# asyncio on MicroPython has none of the first three; wait_for loses bytes that a read has taken.
ABSENT_ASYNCIO = {"Queue", "TaskGroup", "timeout", "wait_for"}


def ring(path):
    """Return the ring of a module: proto, journal, core, app, port, or "" at the top."""
    return path.parts[2] if len(path.parts) > 3 else ""


def _within(name, allowed):
    return any(name == a or name.startswith(a + ".") for a in allowed)


def test_imports_run_one_way():
    findings = []
    for path in sources.firmware():
        allowed = [f"tidegate.{name}" for name in MAY_IMPORT.get(ring(path), ())]
        packages = {"tidegate"} | {name.rpartition(".")[0] for name in allowed}
        for line, name in sources.imported(path):
            own = name == "tidegate" or name.startswith("tidegate.")
            if own and name not in packages and not _within(name, allowed):
                findings.append(f"{path}:{line}: {ring(path) or 'top'} may not import {name}")
    sources.report(findings)


def test_only_the_port_knows_hardware_and_the_core_does_no_io():
    findings = []
    for path in sources.firmware():
        for line, name in sources.imported(path):
            library = name.split(".")[0]
            if library == "tidegate" or (library == "micropython" and path.stem == "compat"):
                continue
            if library in ABSENT:
                findings.append(f"{path}:{line}: {library} is not on a board")
            if library in HARDWARE and ring(path) != "port":
                findings.append(f"{path}:{line}: {library} belongs in port/")
            if library not in PURE_LIBRARY and ring(path) in PURE:
                findings.append(
                    f"{path}:{line}: {ring(path)} is pure, it may not import {library}"
                )
    sources.report(findings)


def _is_name(node, *names):
    return isinstance(node, ast.Name) and node.id in names


def _unfit(node):
    """Return why a syntax node is not for firmware, "" when it is fine."""
    if isinstance(node, ast.Match):
        return "match is not in MicroPython"
    if isinstance(node, ast.Raise) and node.cause is not None:
        return "exception chaining is not in MicroPython"
    if isinstance(node, ast.ExceptHandler) and node.type is None:
        return "bare except"
    if isinstance(node, ast.Attribute):
        if _is_name(node.value, "asyncio") and node.attr in ABSENT_ASYNCIO:
            return f"asyncio.{node.attr}"
        if node.attr == "name" and ast.unparse(node.value) == "sys.implementation":
            return "one source for every interpreter"
    if isinstance(node, ast.Call) and any(k.arg == "signed" for k in node.keywords):
        return "signed= is not in MicroPython"
    if isinstance(node, ast.Global):
        return "state belongs in an object"
    return ""


def _unrepeatable(node):
    """Return why a node could give another result on another interpreter, "" when it cannot."""
    if isinstance(node, ast.Constant) and isinstance(node.value, float):
        return "floats have 32 bits on a board"
    if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
        return "true division gives a float"
    if _is_name(node, "float"):
        return "floats have 32 bits on a board"
    if isinstance(node, ast.For | ast.comprehension):
        walked = node.iter
        if isinstance(walked, ast.Set):
            return "sets have no order"
        if isinstance(walked, ast.Call) and isinstance(walked.func, ast.Attribute):
            # With arguments it is a method of ours, such as journal.items(lane).
            if walked.func.attr in ("items", "keys", "values") and not walked.args:
                return "dicts have no order on MicroPython: sort on a complete key"
    return ""


def _findings(path, judge):
    tree = sources.tree(path)
    # A dict made of a dict has no order to lose.
    remade = {g for n in ast.walk(tree) if isinstance(n, ast.DictComp) for g in n.generators}
    for node in ast.walk(tree):
        if node in remade:
            continue
        why = judge(node)
        if why:
            line = getattr(node, "lineno", None) or node.iter.lineno
            yield f"{path}:{line}: {why}"


def test_the_language_is_what_every_interpreter_has():
    findings = []
    for path in sources.firmware():
        if path.stem != "compat":
            findings += _findings(path, _unfit)
    sources.report(findings)


def test_pure_modules_repeat_to_the_bit():
    findings = []
    for path in sources.firmware():
        if ring(path) in PURE:
            findings += _findings(path, _unrepeatable)
    sources.report(findings)


def test_modules_have_a_docstring_and_their_functions_have_comments():
    findings = []
    for path in sources.firmware():
        if sources.text(path).strip() and not ast.get_docstring(sources.tree(path)):
            findings.append(f"{path}: no docstring at the top")
        for node in ast.walk(sources.tree(path)):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                if ast.get_docstring(node):
                    findings.append(f"{path}:{node.lineno}: {node.name}: a comment, no docstring")
    sources.report(findings)
