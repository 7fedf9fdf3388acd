"""What the cashier can do at a terminal, as flows (see flows.py). Pure."""

from tidegate.proto import kinds
from tidegate_host.standins import flows
from tidegate_host.standins import tape as states
from tidegate_host.standins.cards import Card
from tidegate_host.standins.flows import (
    APPROVALS,
    DONE,
    NO_ANSWER,
    NOT_STARTED,
    Outcome,
    Pos,
    exchange,
)
from tidegate_host.standins.forms import chip_data
from tidegate_host.standins.tape import Record

_NEVER_REVERSED = (kinds.KIND_REFUND, kinds.KIND_COMPLETION_ADVICE, kinds.KIND_BALANCE)
_UNDOING = (
    kinds.KIND_VOID, kinds.KIND_PREAUTH_VOID, kinds.KIND_COMPLETION_VOID, kinds.KIND_COMPLETION,
    kinds.KIND_COMPLETION_ADVICE,
)  # fmt: skip


def hindrance(pos: Pos) -> str:
    """Why the terminal does not trade now: "settle", "full", "sign-in", or ""."""
    if pos.tape.closing:
        return "settle"
    if len(pos.tape.records) >= pos.settings.records_max:
        return "full"
    return "sign-in" if pos.keyed and not pos.tape.signed_in else ""


def sign_in(pos: Pos):
    """Flow: new working keys. A reversal that is due goes first; when the host refuses it, the
    sign-in goes on all the same, for the keys may be what is wrong."""
    hinders = yield from flows.reverse(pos)
    if hinders in ("line", "silent"):
        return Outcome(NOT_STARTED, "reversal")
    tape = pos.tape
    net_mgmt = pos.settings.sign_in_code
    fields = pos.forms.sign_in(tape.draw_stan(), tape.batch, net_mgmt)
    outcome = yield from _session(pos, fields)
    if not outcome.approved:
        return outcome
    if pos.keyed:
        try:
            keys = pos.vault.open(bytes.fromhex(outcome.fields.get(62, "")), net_mgmt)
        except ValueError:
            outcome.state, outcome.reason = NOT_STARTED, "keys"
            return outcome
        tape.keys = {"pin": keys.pin.hex(), "mac": keys.mac.hex()}
    tape.signed_in = True
    # The host tells the number of the batch; one that has begun keeps its own.
    batch = outcome.fields.get(60, "")[2:8]
    if batch.isdigit() and int(batch) and not tape.records:
        tape.batch = int(batch)
    pos.save()
    return outcome


def sign_off(pos: Pos):
    """Flow: end the session."""
    fields = pos.forms.sign_off(pos.tape.draw_stan(), pos.tape.batch)
    outcome = yield from _session(pos, fields)
    if outcome.approved:
        pos.tape.signed_in = False
        pos.save()
    return outcome


def echo(pos: Pos):
    """Flow: is the host there?"""
    return (yield from _session(pos, pos.forms.echo(pos.tape.draw_stan(), pos.tape.batch)))


def _session(pos: Pos, fields: dict[int, str]):
    pos.save()
    sent, answer, _ = yield from exchange(pos, fields, False)
    if answer is None:
        return Outcome(NO_ANSWER if sent else NOT_STARTED, "" if sent else "line")
    outcome = Outcome(DONE if answer.get(39) == "00" else states.DECLINED)
    outcome.code = answer.get(39, "")
    outcome.fields = answer
    return outcome


def trade(
    pos: Pos,
    kind: int,
    card: Card,
    amount: int,
    original: Record | None = None,
    chip_declines: bool = False,
    wait_s: float = 0,
):
    """Flow: one on-line transaction, and what follows from it.

    `original` is what a void, refund or completion is about. `chip_declines` makes the card refuse
    after the host approved, which the terminal reverses with 06.
    """
    why = hindrance(pos)
    if why:
        return Outcome(NOT_STARTED, why)
    if (yield from flows.reverse(pos)):
        return Outcome(NOT_STARTED, "reversal")
    why = hindrance(pos)  # the reversal's answer may have said: sign in again
    if why:
        return Outcome(NOT_STARTED, why)
    record, fields = _new_record(pos, kind, card, amount, original)
    reversible = kind not in _NEVER_REVERSED

    def armed() -> None:
        pos.tape.records.append(record)
        if reversible:
            flows.arm_reversal(pos, record, fields, "98")
        pos.save()

    sent, answer, wrong = yield from exchange(pos, fields, True, armed, wait_s)
    if not sent:
        return Outcome(NOT_STARTED, "line", record)
    if answer is not None:
        record.code = answer.get(39, "")
    if wrong:
        record.reason = wrong
        if reversible:
            pos.tape.slot["reason"] = wrong
        pos.save()
        return _outcome(record, answer, wrong)
    _take(pos, record, answer, original, reversible)
    if record.state == states.APPROVED and chip_declines and reversible:
        flows.arm_reversal(pos, record, fields, "06")
        record.state, record.reason = states.UNKNOWN, "06"
        pos.save()
        return _outcome(record, answer, "chip")
    pos.save()
    outcome = _outcome(record, answer, "")
    if record.state == states.APPROVED:
        yield from flows.upload_advices(pos)
    return outcome


def _take(pos: Pos, record: Record, answer, original: Record | None, reversible: bool) -> None:
    # An answer that is what it should be.
    if reversible:
        pos.tape.slot = {}
    if record.code not in APPROVALS:
        record.state = states.DECLINED
        return
    record.state = states.APPROVED
    record.rrn = answer.get(37, "")
    record.auth = answer.get(38, "")
    if record.code == "10" and 4 in answer:
        record.amount = int(answer[4])
    if original is not None and record.kind in _UNDOING:
        original.undone = record.stan


def _outcome(record: Record, answer, reason: str) -> Outcome:
    outcome = Outcome(record.state, reason, record)
    outcome.fields = answer or {}
    return outcome


def _new_record(pos: Pos, kind: int, card: Card, amount: int, original: Record | None):
    tape = pos.tape
    record = Record()
    record.stan = tape.draw_stan()
    record.batch = tape.batch
    record.kind = kind
    record.amount = amount
    record.card = card.as_dict()
    record.date = pos.date()
    fields = pos.forms.trade(kind, card, amount, record.stan, tape.batch)
    if original is not None:
        record.original = original.stan
        pos.forms.name_original(
            fields, original.batch, original.stan, original.date, original.rrn, original.auth
        )
    offline = states.is_advice(record)
    if card.with_pin and not offline:
        pin_key = bytes.fromhex(tape.keys.get("pin", ""))
        block = pos.vault.pin_block(pin_key, card.pan, card.pin) if pin_key else bytes(8)
        fields[52] = block.hex().upper()
    if card.has_chip and pos.dialect.is_cup:
        now = pos.clock.local()
        tape.counter += 1
        date = "%02d%02d%02d" % (now[0] % 100, now[1], now[2])
        cryptogram = pos.entropy.randbytes(8)
        fields[55] = chip_data(amount, date, tape.counter, cryptogram, offline)
    # Kept for the batch upload and for sending again, so without tracks and PIN block.
    record.fields = {n: text for n, text in fields.items() if n not in (35, 36, 52)}
    return record, fields


def offline_sale(pos: Pos, kind: int, card: Card, amount: int, original: Record | None = None):
    """Flow: a sale without asking (or an adjustment of one). It waits for its upload, which begins
    when enough are waiting and nothing else has to come first."""
    why = hindrance(pos)
    if why and why != "sign-in":
        return Outcome(NOT_STARTED, why)
    record, _ = _new_record(pos, kind, card, amount, original)
    record.state = states.WAITING
    pos.tape.records.append(record)
    if original is not None:
        original.amount = amount
    pos.save()
    ready = pos.tape.signed_in or not pos.keyed
    if len(pos.tape.waiting()) >= pos.settings.upload_at and ready and not pos.tape.slot:
        yield from flows.upload_advices(pos)
    return Outcome(record.state, record.reason, record)


def upload(pos: Pos):
    """Flow: the reversal that is due, then every advice. -> Outcome DONE or NO_ANSWER."""
    if (yield from flows.reverse(pos)):
        return Outcome(NOT_STARTED, "reversal")
    if pos.keyed and not pos.tape.signed_in:
        return Outcome(NOT_STARTED, "sign-in")
    done = yield from flows.upload_advices(pos)
    return Outcome(
        DONE if done else NO_ANSWER, "" if done else "%d wait" % len(pos.tape.waiting())
    )


def reversal(pos: Pos):
    """Flow: send the reversal that is due now, without another transaction behind it."""
    due = bool(pos.tape.slot)
    why = yield from flows.reverse(pos)
    return Outcome(NO_ANSWER if why else DONE, why if why else "" if due else "none was due")


def send(pos: Pos, fields: dict[int, str], seal: bool, wait_s: float = 0):
    """Flow: any message, as it is, for trying things out; nothing is remembered of it."""
    sent, answer, wrong = yield from exchange(pos, fields, seal, None, wait_s)
    if answer is None:
        return Outcome(NO_ANSWER if sent else NOT_STARTED, "" if sent else "line")
    outcome = Outcome(DONE if answer.get(39, "00") == "00" else states.DECLINED, wrong)
    outcome.code = answer.get(39, "")
    outcome.fields = answer
    return outcome
