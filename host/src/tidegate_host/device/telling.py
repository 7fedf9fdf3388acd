"""A bridge's status as text for people."""

from datetime import timedelta
from typing import Any

from tidegate_host.config.clock import EPOCH
from tidegate_host.report.amounts import money

TRUST = ("unknown", "not earlier than this", "held", "synced")
_OVERDUE = {
    "": "",
    "old": "; too old, settle now 批次过久, 请结算",
    "full": "; full, settle now 批次已满, 请结算",
}
_PHASES = ("idle", "connecting", "waiting for the host")


def needs_a_person(found: dict[str, Any]) -> bool:
    """Whether a bridge passes nothing, or something stands in attention."""
    people = found.get("people") or []
    return bool(found["problem"]) or any(attention for attention, _ in people)


def status(found: dict[str, Any]) -> str:
    """The screen that `tidegate status` prints."""
    board = found["board"]
    rows = [("bridge", _head(board, found))]
    if found["problem"]:
        rows.append(("PROBLEM", f"nothing is passed: {found['problem']}"))
    if "wall_s" in found:
        trust = TRUST[found["clock_trust"]]
        rows.append(("clock", f"{_shop(found, found['wall_s']) or 'not set'}, {trust}"))
        rows += _change(found)
        for lane in found["lanes"]:
            rows += _lane(lane, found)
        rows += _stand_in(found)
        rows += _wires(found)
    dead = [f"{name} {deaths}" for name, deaths in found["tasks"] if deaths]
    rows.append(("tasks", f"started again: {', '.join(dead)}" if dead else "all well"))
    rows.append(("heap", f"{found['heap_free_bytes']:,} bytes free"))
    return "\n".join(f"{name:<10}{text}" for name, text in rows)


def _head(board: dict[str, Any], found: dict[str, Any]) -> str:
    up = f", up {timedelta(seconds=found['ms'] // 1000)}" if "ms" in found else ""
    lock = "locked" if board["locked"] else "open console"
    name = board["name"] or "(no name)"
    config = board["config"][:12] or "none"
    micropython = f"MicroPython {board['micropython']}"
    return f"{name} on {board['board']}, {micropython}, {lock}, configuration {config}{up}"


def _change(found: dict[str, Any]) -> list[tuple[str, str]]:
    at, code = found.get("change", (0, ""))
    if at <= found["wall_s"]:  # over, and nobody has looked since
        return []
    what = f"sales are refused with {code} 将停止交易" if code else "sales are allowed 将恢复交易"
    left = timedelta(seconds=at - found["wall_s"])
    return [("soon", f"{what}, at {_shop(found, at)}, in {left}")]


def _shop(found: dict[str, Any], wall_s: int) -> str:
    # On the shop's clock, as the board keeps it.
    offset_s = found["offset_s"]
    sign, minutes = "-" if offset_s < 0 else "+", abs(offset_s) // 60
    zone = f"{sign}{minutes // 60:02}:{minutes % 60:02}"
    return f"{EPOCH + timedelta(seconds=wall_s + offset_s):%Y-%m-%d %H:%M:%S}{zone}" * (wall_s > 0)


def _lane(lane: dict[str, Any], found: dict[str, Any]) -> list[tuple[str, str]]:
    books = lane["books"]
    phase = _PHASES[lane["phase"]] if lane["phase"] < len(_PHASES) else str(lane["phase"])
    terminals = ", ".join(name[:8].strip() for name in lane["terminals"]) or "no terminal yet"
    rows = [(f"lane {lane['lane']}", f"{terminals}, {lane['dialect']}, {phase}")]
    waits = [f"{lane[what]} {what}" for what in ("reversals", "advices") if lane[what]]
    if waits:
        line = "" if lane["line_ok"] else ", the line is down 线路不通"
        rows.append(("", f"waits for the host 待上送: {' and '.join(waits)}{line}"))
    if found["people"]:
        attention, holds = found["people"][lane["lane"]]
        if attention or holds:
            rows.append(("", f"for a person 待人工: {attention} in attention, {holds} holds 挂起"))
    rows.append(
        (
            "",
            f"batch 批次 {books['batch']:06d}: {books['debit_count']} purchases 消费"
            f" {money(books['debit_sum'])}, {books['credit_count']} given back 退回"
            f" {money(books['credit_sum'])}{_OVERDUE[lane['overdue']]}",
        )
    )
    return rows


def _stand_in(found: dict[str, Any]) -> list[tuple[str, str]]:
    # What the bridge has approved and the host has not taken yet, within its limits.
    if "stand_in" not in found:
        return []
    count, total, count_max, sum_max = found["stand_in"]
    promised = f"{count} of {count_max} sales 笔, {money(total)} of {money(sum_max)}"
    if not count_max:
        promised = f"{count} sales 笔, {money(total)}; switched off since 已停用"
    return [("stand-in", f"approved here, not with the host 代授权待上送: {promised}")]


def _wires(found: dict[str, Any]) -> list[tuple[str, str]]:
    rows = []
    for index, name in enumerate(found["links"]):
        mine = [wire for wire in found["connections"] if wire[1] == index]
        frames, noise = sum(wire[2] for wire in mine), sum(sum(wire[3:]) for wire in mine)
        bad = f", {noise} bytes or frames unreadable" if noise else ""
        rows.append((name, f"{len(mine)} connected, {frames} frames{bad}"))
    up = [f"lane {lane} on {found['routes'][route]}" for lane, route in found["uplinks"]]
    rows.append(("host", f"connected for {', '.join(up)}" if up else "no connection open"))
    return rows
