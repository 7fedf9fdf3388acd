"""One journal entry in words: its fields as data, and one line. No card data, no frames."""

from datetime import UTC, datetime, timedelta
from struct import unpack_from
from typing import Any

from tidegate.app.events import CAUSE_NAMES
from tidegate.core.schedule import REASON_LIMIT, REASON_NAMES
from tidegate.journal import bodies, records
from tidegate.proto.kinds import KIND_NAMES

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_STEPS = (
    "", "settling", "answered", "number", "keys", "reversed", "late", "terminal-totals",
    "host-totals", "named-by-upload", "upload-ended",
)  # fmt: skip
_OF_ONE = (records.BATCH_REVERSED, records.BATCH_LATE, records.BATCH_NAMED)
# What the host said about a batch, in F48 of its answer: domestic and foreign cards apart.
BALANCE = ("", "balanced", "not balanced", "error")
_NOTE_BYTES = 16
_END_OF_SET, _FINGERPRINTS, _USAGE = 255, 254, 253


def tell(entry_type: int, body: memoryview) -> tuple[dict[str, Any], str]:
    """-> (the fields that a person asks for, by name; the same as one line).

    Amounts are minor units, times UTC, cards as they stand in flash: first six, last four digits.
    """
    what = _TELLERS.get(entry_type, _plain)(body)
    return what, "  ".join(
        f"{key} {value}" for key, value in what.items() if value not in ("", None)
    )


def when(wall_s: int) -> str:
    """Seconds since 2020 as a UTC time; empty when it was not known."""
    return f"{_EPOCH + timedelta(seconds=wall_s):%Y-%m-%dT%H:%M:%SZ}" if wall_s else ""


def moment_of(text: str) -> datetime:
    """The time that `when` wrote."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def masked_card(packed: bytes) -> str:
    """Six packed bytes -> 629999******1239; empty without a card."""
    digits, length = packed[:5].hex(), packed[5]
    return f"{digits[:6]}{'*' * (length - 10)}{digits[6:]}" if length > 10 else ""


def _code(code: int) -> str:
    return bytes([code >> 8, code & 255]).decode("ascii", "replace") if code else ""


def _kind(kind: int) -> str:
    return KIND_NAMES[kind] if kind < len(KIND_NAMES) else str(kind)


def _stan(stan: int) -> str:
    return f"{stan:06d}"


def _name(names: tuple[str, ...], at: int) -> str:
    return names[at] if at < len(names) else str(at)


def _sent(body: memoryview) -> dict[str, Any]:
    v = bodies.get(records.SENT, body)
    return {
        "at": when(v[11]), "kind": _kind(v[2]), "stan": _stan(v[8]), "batch": v[9],
        "amount": bodies.join(v[12], v[13]), "card": masked_card(v[14]), "route": v[3],
        "clock": v[4], "window": v[5] - 1 if v[5] else None,
        "marked": v[6] - 1 if v[6] else None,
    }  # fmt: skip


def _answer(body: memoryview) -> dict[str, Any]:
    v = bodies.get(records.ANSWER, body)
    return {
        "at": when(v[4]), "code": _code(v[3]), "approved": bool(v[2] & records.ANSWER_APPROVED),
        "late": bool(v[2] & records.ANSWER_LATE),
        "rrn": v[6].rstrip(b"\0 ").decode("ascii", "replace"), "amount": bodies.join(v[8], v[9]),
        "auth": v[7].rstrip(b"\0 ").decode("ascii", "replace"),
        "settle_date": f"{v[5]:04d}" if v[5] else "",
    }  # fmt: skip


def _deliver(body: memoryview) -> dict[str, Any]:
    return {"at": when(bodies.get(records.DELIVER, body)[2])}


def _store(body: memoryview) -> dict[str, Any]:
    _, _, kind, key_id, flags, _, stan = records.get_envelope(body)
    return {"kind": _kind(kind), "stan": _stan(stan), "key": key_id,
            "stand_in": bool(flags & records.FLAG_STAND_IN),
            "sealed": f"{len(body) - records.ENVELOPE_BYTES} bytes"}  # fmt: skip


def _attempt(body: memoryview) -> dict[str, Any]:
    _, _, kind, amount, wall = records.get_attempt(body)
    return {"at": when(wall), "kind": _kind(kind), "amount": amount}


def _done(body: memoryview) -> dict[str, Any]:
    _, _, how, kind, amount, _, returns, low = records.get_done(body)
    name = "sent again by a person" if returns else records.HOW_NAMES[how]
    return {"kind": _kind(kind), "how": name, "amount": amount, "wall_low": low}


def _hold(body: memoryview) -> dict[str, Any]:
    v = bodies.get(records.HOLD, body)
    return {
        "at": when(v[13]), "kind": _kind(v[2]), "stan": _stan(v[6]),
        "amount": bodies.join(v[7], v[8]), "card": masked_card(v[9]), "code": _code(v[11]),
        "reason": _name(REASON_NAMES, v[10]),
        "window": v[12] - 1 if v[12] and v[10] < REASON_LIMIT else None,
        "limit": v[12] - 1 if v[12] and v[10] >= REASON_LIMIT else None,
        "until": when(v[14]), "deferred": bool(v[4] & records.FLAG_PERSON),
    }  # fmt: skip


def _attention(body: memoryview) -> dict[str, Any]:
    v = bodies.get(records.ATTENTION, body)
    return {
        "at": when(v[9]), "why": _name(records.WHY_NAMES, v[7]), "kind": _kind(v[2]),
        "stan": _stan(v[6]), "batch": v[13], "amount": bodies.join(v[10], v[11]),
        "card": masked_card(v[12]), "code": _code(v[8]),
    }  # fmt: skip


def _batch(body: memoryview) -> dict[str, Any]:
    v = bodies.get(records.BATCH, body)
    if v[2] in _OF_ONE:  # about one transaction
        return {
            "at": when(v[7]), "step": _name(_STEPS, v[2]), "kind": _kind(v[3]),
            "stan": _stan(v[12]), "amount": bodies.join(v[8], v[9]),
        }  # fmt: skip
    told = {
        "at": when(v[7]), "step": _name(_STEPS, v[2]), "batch": v[6],
        "debits": v[4], "debit_sum": bodies.join(v[8], v[9]),
        "credits": v[5], "credit_sum": bodies.join(v[10], v[11]),
    }  # fmt: skip
    if v[2] == records.BATCH_ANSWERED:
        told.update(domestic=_name(BALANCE, v[13]), foreign=_name(BALANCE, v[14]))
    elif v[2] in (records.BATCH_TERMINAL, records.BATCH_HOST):
        told["cards"] = "foreign" if v[3] else "domestic"
    return told


def _lane(body: memoryview) -> dict[str, Any]:
    terminal = bodies.get(records.LANE, body)[2].decode("ascii", "replace")
    return {"terminal": terminal[:8].strip(), "merchant": terminal[8:].strip()}


def _boot(body: memoryview) -> dict[str, Any]:
    # As app.starting writes it.
    _, cause, _, wall = unpack_from("<IBBxxI", body)
    return {"at": when(wall), "cause": _name(CAUSE_NAMES, cause)}


def _config(body: memoryview) -> dict[str, Any]:
    return {"config": bytes(body[8:16]).hex()}


def _clock(body: memoryview) -> dict[str, Any]:
    _, wall, trust = bodies.get(records.CLOCK, body)
    return {"at": when(wall), "trust": trust}


def _checkpoint(body: memoryview) -> dict[str, Any]:
    if body[4] == _END_OF_SET:
        return {"set": "complete"}
    if body[4] == _FINGERPRINTS:
        return {"fingerprints": body[6], "of_lane": body[5]}
    if body[4] == _USAGE:
        return {"used": "cards" if body[5] else "sums", "rows": body[6]}
    v = bodies.get(records.CHECKPOINT, body)
    return {
        "batch": v[5], "debits": v[6], "debit_sum": bodies.join(v[7], v[8]),
        "credits": v[9], "credit_sum": bodies.join(v[10], v[11]),
    }  # fmt: skip


def _note(body: memoryview) -> dict[str, Any]:
    _, _, what, _, wall, detail = unpack_from("<IBBHII", body)
    told: Any = detail or None
    if what == records.NOTE_USED:
        told = detail.to_bytes(4, "big").decode("ascii", "replace").strip()
    said = {"at": when(wall), "what": _name(records.NOTE_NAMES, what), "detail": told}
    if what == records.NOTE_STOOD_IN:
        card, auth = unpack_from("6s6s", body, _NOTE_BYTES)
        said.update(item=unpack_from("<I", body)[0], amount=detail, card=masked_card(card),
                    auth=auth.decode("ascii", "replace"), detail=None)  # fmt: skip
    elif len(body) > _NOTE_BYTES:  # of a person, about an item
        who, _, why = bytes(body[_NOTE_BYTES:]).decode("utf-8", "replace").partition("\n")
        if what == records.NOTE_DEFERRED:
            said["detail"] = when(detail)
        said.update(item=unpack_from("<I", body)[0], by=who, reason=why)
    return said


def _plain(body: memoryview) -> dict[str, Any]:
    return {"bytes": len(body)}


_TELLERS = {
    records.SENT: _sent,
    records.ANSWER: _answer,
    records.DELIVER: _deliver,
    records.STORE: _store,
    records.ATTEMPT: _attempt,
    records.DONE: _done,
    records.HOLD: _hold,
    records.ATTENTION: _attention,
    records.BATCH: _batch,
    records.LANE: _lane,
    records.BOOT: _boot,
    records.CONFIG: _config,
    records.CLOCK: _clock,
    records.NOTE: _note,
    records.CHECKPOINT: _checkpoint,
}
