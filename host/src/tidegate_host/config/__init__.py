"""bridge.toml: read, checked as a whole, and compiled into the one object that the board loads.

compiled = load("bridge.toml")       # raises ConfigErrors with every mistake and its line
board_file = compile_bytes(compiled)
print(digest(board_file))
"""

import datetime
import hashlib
import json
import re
import tomllib
from pathlib import Path
from typing import Any

from tidegate_host import dialects
from tidegate_host.config import clock, hours, links, settlement, stand_in, windows
from tidegate_host.config import limits as live_limits
from tidegate_host.config.mistakes import ConfigErrors, Mistakes
from tidegate_host.config.places import Places
from tidegate_host.config.tables import REQUIRED, Table, refuse_key_material

__all__ = ["ConfigErrors", "compile_bytes", "digest", "load", "load_with_notes", "read_board_file"]

SCHEMA = 1

# Setting: default, least, most. The unit is the end of the name.
LIMITS = {
    "answer_deadline_s": (18, 5, 55),  # terminals wait 20 to 90 s themselves
    "duplicate_window_s": (120, 10, 600),
    "reversal_guard_s": (60, 10, 600),
    "unknown_attention_min": (10, 1, 1440),
    "storable_attempts_max": (20, 1, 1000),
    "storable_age_max_h": (24, 1, 240),  # off-line sales must arrive within ten days
    "stored_count_max": (4000, 1, 100000),
    "stored_sum_max": (0, 0, windows.AMOUNT_MAX),  # 0: no limit
    "frame_bytes_max": (2048, 256, 2048),
    "backoff_s_max": (60, 1, 3600),
    "stall_s": (20, 5, 600),
}
# Why the bridge declines by itself, and the code for it unless bridge.toml says otherwise.
DECLINE = {"line": "91", "busy": "96", "maintenance": "90", "window": "58", "cap": "61"}

_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def load(path: str | Path, today: datetime.date | None = None) -> dict[str, Any]:
    """Compile a bridge.toml into the object that the board loads.

    Files that it names are looked for beside it. `today` (the day of the call by default) says
    from which year on the turns of the clock are needed. Raises ConfigErrors with all mistakes
    at once, OSError when the file cannot be read.
    """
    return load_with_notes(path, today)[0]


def load_with_notes(
    path: str | Path, today: datetime.date | None = None
) -> tuple[dict[str, Any], list[tuple[int, str]]]:
    """`load`, and what is allowed but may not be meant, as (line, message)."""
    path = Path(path)
    today = today or datetime.date.today()
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigErrors([(line, "this is not UTF-8 text")]) from None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigErrors([_syntax(str(error), text)]) from None
    mistakes = Mistakes(data, Places(text))
    compiled = _compile(Table(mistakes, data, ()), path.parent, today)
    mistakes.check()
    return compiled, sorted(mistakes.notes)


def compile_bytes(compiled: dict[str, Any]) -> bytes:
    """The board's file: compact JSON, sorted keys, the same bytes for the same configuration."""
    return json.dumps(compiled, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def digest(board_file: bytes) -> str:
    """The name of a compiled configuration in the journal and on the console: 64 hex digits."""
    return hashlib.sha256(board_file).hexdigest()


def read_board_file(board_file: bytes) -> dict[str, Any]:
    """The object in a board's file."""
    return json.loads(board_file)


def _syntax(message: str, text: str) -> tuple[int, str]:
    place = _TOML_PLACE.search(message)
    line = int(place[1]) if place and place[1] else text.count("\n") + 1
    told = _TOML_PLACE.sub("", message)
    return line, f"this is not TOML: {told[:1].lower()}{told[1:]}"


def _compile(top: Table, folder: Path, today: datetime.date) -> dict[str, Any]:
    refuse_key_material(top.mistakes, top.data)
    top.mistakes.check()  # at once: other messages repeat values
    if top.raw("schema", SCHEMA) != SCHEMA:
        top.wrong("schema", f"schema is {top.data['schema']!r}; this tool reads {SCHEMA}")
    limits = _limits(top.table("limits"))
    decline = _decline(top.table("decline"))
    times = top.table("clock")
    own_dialects = links.read_dialects(top)
    terminals = links.read_terminals(top, sorted({*dialects.names(), *own_dialects}))
    routes = links.read_routes(top, limits["answer_deadline_s"])
    lanes_max = top.integer("lanes_max", 4, 1, links.LANES_MAX)
    compiled_clock = clock.read(times, folder, today.year)
    compiled_windows = _windows(top, routes, decline, compiled_clock["holidays"], today)
    dialects_used = _used_dialects(top, terminals, own_dialects)
    settling = top.table("settlement")
    compiled = {
        "schema": SCHEMA,
        "name": top.text("name", REQUIRED, "[a-z0-9][a-z0-9-]{0,31}", "small letters, digits, -"),
        "dialects": dialects_used,
        "terminals": terminals,
        "routes": routes,
        "lanes": links.read_lanes(top, lanes_max),
        "lanes_max": lanes_max,
        "limits": limits,
        "decline": decline,
        "clock": compiled_clock,
        "drain_before_cutover_min": times.integer("drain_before_cutover_min", 20, 0, 720),
        "announce_before_min": times.integer("announce_before_min", 15, 0, 720),
        "stand_in": stand_in.read(top, _is_plain(dialects_used, False)),
        "settle_by_bridge": settlement.read_by_bridge(settling, _is_plain(dialects_used, True)),
        "settlement": settlement.read(settling),
        "arrival": settlement.read_arrival(top.table("arrival")),
        "windows": compiled_windows,
        "live_limits": live_limits.read(top, compiled_windows),
        "console": top.choice("console", "open", ("open", "locked")) or "open",
    }
    times.end()
    links.note_absent_files(top, folder)
    top.end()
    return compiled


def _limits(table: Table) -> dict[str, int]:
    limits = {name: table.integer(name, *bounds) for name, bounds in LIMITS.items()}
    table.end()
    return limits


def _decline(table: Table) -> dict[str, str]:
    codes = {why: table.code(why, code) for why, code in DECLINE.items()}
    table.end()
    return codes


def _windows(
    top: Table,
    routes: list[dict],
    decline: dict[str, str],
    holidays: list[int],
    today: datetime.date,
) -> list[dict]:
    night = top.table("night_channel")
    night_on = night.flag("enabled", REQUIRED) if night.has("enabled") or night.data else None
    night.end()
    before = len(top.mistakes)
    names = [route["name"] for route in routes] or [""]
    compiled = windows.read(top, names, decline, holidays, night_on)
    # Windows with mistakes of their own would only be told twice.
    if len(top.mistakes) == before:
        hours.check(top.mistakes, compiled, today)
    used = {window["route"] for window in compiled}
    for i in range(1, len(routes)):
        if i not in used:
            top.mistakes.note(
                ("route", i),
                "no window uses this route; a backup is one more [[route.host]] of the first",
            )
    return compiled


def _used_dialects(top: Table, terminals: list[dict], own: dict[str, dict]) -> dict[str, dict]:
    used = {terminal["dialect"] for terminal in terminals} - {""}
    for name in own:
        if name not in used:
            top.mistakes.note(("dialect", name), "no terminal speaks this dialect")
    return {name: own[name] if name in own else dialects.load(name) for name in sorted(used)}


def _is_plain(used: dict[str, dict], bare: bool) -> bool:
    # Does a terminal speak plain ISO 8583 without seals; `bare`: and without addresses in front?
    plain = [d for d in used.values() if d["mac"] == "none" and d["family"] == "iso87"]
    return any(not bare or not d["tpdu_bytes"] + d["header_bytes"] for d in plain)
