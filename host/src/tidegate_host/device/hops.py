"""The way from a board to the acquirer, hop by hop, as the board itself can walk it."""

import base64
import errno
import time
from collections.abc import Iterator
from typing import Any

from tidegate.app import events
from tidegate.proto import codec
from tidegate.proto.dialect import Dialect
from tidegate.proto.kinds import KIND_ECHO
from tidegate.proto.message import Message
from tidegate_host.device.board import Board
from tidegate_host.device.errors import DeviceError
from tidegate_host.device.findings import Finding, fail, ok, warn
from tidegate_host.standins.clock import Clock
from tidegate_host.standins.forms import Forms
from tidegate_host.standins.iso_forms import IsoForms

_PATIENCE_S = 40.0
_LOOK_S = 0.2
_STEPS = {
    "name": "check the DNS server of the network, or give the address in numbers",
    "tcp": "is the host's port open from this shop's network? ask the acquirer about a firewall",
    "tls": "is ca the acquirer's CA, server_name the name in its certificate, the clock right?",
    "echo": "the host takes the connection and does not answer: framing, TPDU, terminal known?",
    "time": "the line is very slow or something on the way holds packets back",
}
_REASONS = {
    events.EOF: "the host closed the connection",
    events.TLS: "TLS failed: the certificate or its name is not accepted",
    events.CRASHED: "the firmware failed",
}


def interface(facts: dict[str, Any]) -> Iterator[Finding]:
    """Wi-Fi or Ethernet: connected, address, signal."""
    for kind, connected, address, gateway, _, signal in facts["network"]:
        if not connected:
            yield fail("link", f"{kind}: not connected", "check ssid and key, antenna, router")
            continue
        told = f"{kind}: {address}" + (f" by {gateway}" if gateway else "")
        if signal and signal < -75:
            told += f", signal {signal} dBm"
            yield warn("link", told, "weak: move the board or the access point")
        else:
            yield ok("link", told + (f", signal {signal} dBm" if signal else ""))
    if not facts["network"]:
        yield fail("link", "no interface is on", "the network's ssid and key are not on the board")


def walk(board: Board, config: dict[str, Any], terminals: list[str]) -> Iterator[Finding]:
    """Every host of every route. `terminals`: "F41F42" of terminals that the board knows."""
    for route_index, route in enumerate(config["routes"]):
        for host_index, host in enumerate(route["hosts"]):
            where = f"{route['name']} {host['host']}:{host['port']}"
            dialect, frame = echo(config, terminals)
            board.call("probe", route_index, host_index, dialect, frame)
            yield from _told(where, config, dialect, _rows(board))
            if not frame:
                step = "let a terminal sign in once, then ask again"
                yield warn("link", f"{where} echo: no terminal is known yet to ask for", step)


def echo(config: dict[str, Any], terminals: list[str]) -> tuple[str, bytes]:
    """-> (dialect, an echo request in it); without a known terminal the request is empty."""
    name = config["terminals"][0]["dialect"]
    if not terminals:
        return name, b""
    compiled = config["dialects"][name]
    tid, mid = terminals[0][:8], terminals[0][8:]
    forms = Forms(tid, mid) if compiled["family"] == "cup" else IsoForms(tid, mid, Clock())
    return name, codec.encode(Dialect(compiled), forms.echo(1, 1))


def _rows(board: Board) -> list[list[Any]]:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        over, rows = board.call("probed")
        if over:
            return rows
        time.sleep(_LOOK_S)
    raise DeviceError("the probe of the host does not come to an end", "tidegate logs --follow")


def _told(
    where: str, config: dict[str, Any], dialect: str, rows: list[list[Any]]
) -> Iterator[Finding]:
    for hop, ms, reason, detail in rows:
        if reason:
            yield fail("link", f"{where} {hop}: {_reason(reason)}", _STEPS[hop])
        elif hop == "echo" and not _is_echo(config["dialects"][dialect], base64.b64decode(detail)):
            yield warn("link", f"{where} echo: answered with something else", _STEPS["echo"])
        else:
            yield ok("link", f"{where} {hop}: {ms} ms")


def _is_echo(compiled: dict[str, Any], payload: bytes) -> bool:
    try:
        answer = Message().read(Dialect(compiled), memoryview(payload))
    except ValueError:
        return False
    return answer.kind == KIND_ECHO and not answer.is_request


def _reason(number: int) -> str:
    if number in _REASONS:
        return _REASONS[number]
    if number in (errno.ETIMEDOUT, 116):
        return "no answer in time"
    if number in (errno.ECONNREFUSED, 104, 111):
        return "refused"
    return f"error {number}"
