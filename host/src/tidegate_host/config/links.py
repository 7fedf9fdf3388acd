"""[[terminal]], [[route]], [[lane]] and [dialect.NAME]: who is connected, and how it speaks."""

import re
from pathlib import Path
from typing import Any

from tidegate_host import dialects
from tidegate_host.config.tables import REQUIRED, Table

LANES_MAX = 16
_TERMINALS_MAX = 8
_ROUTES_MAX = 4
_HOSTS_MAX = 4
_CONNS_MAX = 16
_BAUDS = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
_FRAMINGS = ("len2", "stx")
_NAME = "[a-z0-9][a-z0-9-]{0,23}"
_NAME_WANTED = "1 to 24 small letters, digits and hyphens"
_HOST = "[A-Za-z0-9:._-]{1,64}"
_HOST_WANTED = "a host name or an address, without a port or a scheme"
_ADDRESS = re.compile(r"[0-9.]+|.*:.*")
_PRINTABLE = "[!-~]"


def read_terminals(top: Table, known_dialects: list[str]) -> list[dict]:
    """Compile every [[terminal]]; there has to be one."""
    compiled = []
    taken: dict[Any, int] = {}
    for table in top.tables("terminal", 1, _TERMINALS_MAX):
        link = {
            "name": _unique_name(table, taken),
            "type": table.choice("type", REQUIRED, ("tcp", "serial")) or "tcp",
            "dialect": table.choice("dialect", REQUIRED, known_dialects) or "",
        }
        serial = link["type"] == "serial"
        for key in ("path", "baud"):
            table.only_with(key, serial, 'a terminal of type "serial"')
        for key in ("host", "port", "conns_max"):
            table.only_with(key, not serial, 'a terminal of type "tcp"')
        link["framing"] = table.choice("framing", "stx" if serial else "len2", _FRAMINGS) or "len2"
        link.update(_serial(table, taken) if serial else _tcp(table, taken))
        table.end()
        compiled.append(link)
    return compiled


def _unique_name(table: Table, taken: dict[Any, int]) -> str:
    name = table.text("name", REQUIRED, _NAME, _NAME_WANTED)
    _unique(table, taken, "name", name)
    return name


def _unique(table: Table, taken: dict[Any, int], key: str, value: Any) -> None:
    line = table.mistakes.line((*table.path, key))
    if (key, value) in taken and table.has(key):
        table.wrong(key, f"{key} {value} is taken already, by line {taken[key, value]}")
    taken.setdefault((key, value), line)


def _tcp(table: Table, taken: dict[Any, int]) -> dict:
    port = table.integer("port", REQUIRED, 0, 65535)
    if port:
        _unique(table, taken, "port", port)
    elif table.has("port"):
        table.mistakes.note((*table.path, "port"), "0 is any free port, on a virtual board only")
    return {
        "host": table.text("host", "0.0.0.0", _HOST, _HOST_WANTED),
        "port": port,
        "conns_max": table.integer("conns_max", 4, 1, _CONNS_MAX),
    }


def _serial(table: Table, taken: dict[Any, int]) -> dict:
    path = table.text(
        "path", REQUIRED, what='a device such as "/dev/ttyUSB0", or a UART such as "2"'
    )
    _unique(table, taken, "path", path)
    return {"path": path, "baud": table.choice("baud", 9600, _BAUDS) or 9600, "conns_max": 1}


def read_routes(top: Table, answer_deadline_s: int) -> list[dict]:
    """Compile every [[route]] with its hosts; the first route is the ordinary one."""
    compiled = []
    taken: dict[Any, int] = {}
    for table in top.tables("route", 1, _ROUTES_MAX):
        timeout_s = table.integer("connect_timeout_s", 5, 1, 60)
        if timeout_s >= answer_deadline_s and table.has("connect_timeout_s"):
            table.wrong(
                "connect_timeout_s",
                f"connect_timeout_s is {timeout_s} and the whole answer has to come within"
                f" answer_deadline_s ({answer_deadline_s}): no time is left for a backup host",
            )
        route = {
            "name": _unique_name(table, taken),
            "hosts": [_host(one) for one in table.tables("host", 1, _HOSTS_MAX)],
            "framing": table.choice("framing", "len2", _FRAMINGS) or "len2",
            "keep_open": table.flag("keep_open", False),
            "probe": table.choice("probe", "none", ("none", "tcp", "echo")) or "none",
            "connect_timeout_s": timeout_s,
        }
        table.end()
        compiled.append(route)
    return compiled


def _host(table: Table) -> dict:
    tls = table.flag("tls", REQUIRED)
    for key in ("ca", "server_name"):
        table.only_with(key, tls, "a host with tls = true")
    name = table.text("host", REQUIRED, _HOST, _HOST_WANTED)
    host = {
        "host": name,
        "port": table.integer("port", REQUIRED, 1, 65535),
        "tls": tls,
        "ca": "",
        "server_name": "",
    }
    if tls:
        host["ca"] = table.text("ca", REQUIRED, what="the file of the CA's certificate")
        if _ADDRESS.fullmatch(name) and not table.has("server_name"):
            told = "server_name is not given: the certificate has to be made out to the address"
            table.mistakes.note((*table.path, "host"), told)
        host["server_name"] = table.text("server_name", name, _HOST, "the name in the certificate")
    table.end()
    return host


def note_absent_files(top: Table, folder: Path) -> None:
    """CA files are read when the board is provisioned; one that is not there yet is a note."""
    for i, route in enumerate(_dicts(top.data.get("route"))):
        for j, host in enumerate(_dicts(route.get("host"))):
            name = host.get("ca")
            if isinstance(name, str) and not (folder / name).is_file():
                path = ("route", i, "host", j, "ca")
                top.mistakes.note(path, f'the file "{name}" is not there yet')


def _dicts(value: Any) -> list[dict]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def read_lanes(top: Table, lanes_max: int) -> list[list[list[str]]]:
    """Compile every [[lane]]: the terminals (F41, F42) that are one device and take turns."""
    compiled = []
    taken: dict[tuple[str, str], int] = {}
    for table in top.tables("lane", 0, LANES_MAX):
        group = []
        for one in table.tables("terminal", 1, LANES_MAX):
            tid = one.text("tid", REQUIRED, _PRINTABLE + "{1,8}", "up to 8 characters, as in F41")
            mid = one.text(
                "mid", REQUIRED, _PRINTABLE + "{1,15}", "up to 15 characters, as in F42"
            )
            one.end()
            if (tid, mid) in taken and tid:
                told = f"terminal {tid} {mid} is in a lane already, on line {taken[tid, mid]}"
                one.mistakes.add((*one.path, "tid"), told)
            taken.setdefault((tid, mid), one.mistakes.line(one.path))
            group.append([tid, mid])
        table.end()
        compiled.append(group)
    count = sum(len(group) for group in compiled)
    if count > lanes_max:
        told = f"there are {count} terminals in [[lane]] and lanes_max is {lanes_max}"
        top.mistakes.add(("lane", len(compiled) - 1), told)
    return compiled


def read_dialects(top: Table) -> dict[str, dict]:
    """Compile every [dialect.NAME] of the file: `extends` and what differs from it."""
    compiled = {}
    tables = top.table("dialect")
    for name, value in tables.data.items():
        if not isinstance(value, dict):
            tables.wrong(name, f"{name} has to be a table: [dialect.{name}]")
            continue
        if name in dialects.names():
            tables.wrong(name, f'"{name}" comes with Tidegate; give yours a name of its own')
        table = Table(top.mistakes, value, (*tables.path, name))
        base = table.choice("extends", REQUIRED, dialects.names())
        changes = {key: inner for key, inner in value.items() if key != "extends"}
        if base is not None:
            compiled[name] = {**_dialect(table, base, changes), "name": name}
    return compiled


def _dialect(table: Table, base: str, changes: dict[str, Any]) -> dict:
    # Tried key by key first, so that each mistake is found and gets its own line.
    single: list[tuple[tuple[str, ...], dict[str, Any]]] = []
    for key, value in changes.items():
        if key == "fields" and isinstance(value, dict):
            single += [(("fields", n), {"fields": {n: row}}) for n, row in value.items()]
        else:
            single.append(((key,), {key: value}))
    bad = False
    for path, change in single:
        try:
            dialects.load(base, change)
        except (dialects.DialectError, TypeError, AttributeError, IndexError) as error:
            told = str(error) if isinstance(error, dialects.DialectError) else "has a wrong type"
            table.mistakes.add((*table.path, *path), told)
            bad = True
    return dialects.load(base, {} if bad else changes)
