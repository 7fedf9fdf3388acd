"""What a terminal does around every message: reversal first, checks of the answer, upload. Pure.

A flow is a generator. It yields OPEN and is sent True when the link is open, or False; it yields a
Send and is sent the answer's bytes, or None when the wait was over. So the same flows run on real
links and on simulated ones. Whatever has to survive a power cut is on the tape, and saved, before
the flow yields.
"""

from tidegate.proto import kinds
from tidegate.proto.codec import decode, encode
from tidegate.proto.dialect import Dialect
from tidegate.proto.iso8583 import CodecError
from tidegate_host.standins import tape as states
from tidegate_host.standins.tape import Record, Tape

OPEN = 1

NOT_STARTED = "not-started"  # the state of an outcome that never was a transaction
NO_ANSWER = "no-answer"
DONE = "done"

# Besides 00 (and 10, a part of the amount) a terminal takes these for approval.
APPROVALS = ("00", "10", "11", "A2", "A4", "A5", "A6")
REVERSAL_DONE = ("00", "25", "12")
ADVICE_DONE = ("00", "94")
_SIGN_IN_AGAIN = ("77", "97", "99", "A0")
_NO_SEAL = "0" * 16


class Send:
    """A request on its way: `fields` name the answer that belongs to it."""

    def __init__(self, fields: dict[int, str], payload: bytes, wait_s: float) -> None:
        self.fields = fields
        self.payload = payload
        self.wait_s = wait_s


class Settings:
    """How this terminal is set up; times in seconds.

    `reversal_attempts_max` and `advice_attempts_max` are the parameter of the field plus one.
    `advice_retry_codes` are refusals after which an advice stays in line; the terminals that are
    known have none: whatever is not 00 or 94 is final.
    """

    def __init__(
        self,
        wait_s: float = 30,
        reversal_attempts_max: int = 3,
        advice_attempts_max: int = 3,
        upload_at: int = 5,
        records_max: int = 500,
        sign_in_code: int = 3,
        advice_retry_codes: tuple[str, ...] = (),
    ) -> None:
        self.wait_s = wait_s
        self.reversal_attempts_max = reversal_attempts_max
        self.advice_attempts_max = advice_attempts_max
        self.upload_at = upload_at
        self.records_max = records_max
        self.sign_in_code = sign_in_code
        self.advice_retry_codes = advice_retry_codes


class Outcome:
    """What became of a request. `state` is a record's state, or NOT_STARTED, NO_ANSWER, DONE;
    `reason` says why when it is not what was hoped for; `fields` is the answer as it was read."""

    def __init__(self, state: str, reason: str = "", record: Record | None = None) -> None:
        self.state = state
        self.reason = reason
        self.kind = kinds.KIND_NAMES[record.kind] if record else ""
        self.stan = record.stan if record else -1
        self.batch = record.batch if record else -1
        self.amount = record.amount if record else -1
        self.code = record.code if record else ""
        self.rrn = record.rrn if record else ""
        self.auth = record.auth if record else ""
        self.fields: dict[int, str] = {}

    @property
    def approved(self) -> bool:
        return self.state in (states.APPROVED, DONE, states.CONFIRMED)

    def as_dict(self) -> dict[str, object]:
        names = ("state", "reason", "kind", "stan", "batch", "amount", "code", "rrn", "auth")
        return {name: getattr(self, name) for name in names}

    def __repr__(self) -> str:
        return "Outcome(%s)" % self.as_dict()


class Pos:
    """A terminal without its link. `vault` seals and opens keys, `save` makes the tape durable,
    `entropy` has randbytes(n), `clock` has local(), `tell` hears of events."""

    def __init__(
        self, dialect: Dialect, forms, vault, clock, entropy, settings: Settings, save, tell
    ) -> None:
        self.dialect = dialect
        self.forms = forms
        self.vault = vault
        self.clock = clock
        self.entropy = entropy
        self.settings = settings
        self.save = save
        self.tell = tell
        self.tape = Tape()
        self.keyed = dialect.mac != "none"
        self.tpdu = b"\x60\x00\x03\x00\x00"
        self.header = b"\x60\x31\x00\x31\x00\x00"

    def pack(self, fields: dict[int, str], seal: bool) -> bytes:
        """The message's bytes, sealed with the keys of this moment where it has to be."""
        if not seal or not self.keyed:
            return encode(self.dialect, fields, self.tpdu, self.header)
        unsealed = dict(fields)
        unsealed[64] = _NO_SEAL
        sealed = encode(self.dialect, unsealed, self.tpdu, self.header)
        return sealed[:-8] + self.seal_of(sealed)

    def seal_of(self, payload: bytes) -> bytes:
        """F64 for a message whose last eight bytes it will be."""
        front = self.dialect.tpdu_bytes + self.dialect.header_bytes
        key = bytes.fromhex(self.tape.keys.get("mac", "00" * 8))
        return self.vault.seal(key, payload[front:-8])

    def read(self, send: Send, payload: bytes) -> dict[int, str] | None:
        """The answer's fields, or None for something that is no answer to this request."""
        try:
            answer = decode(self.dialect, payload)
        except CodecError:
            return None
        mti = send.fields[0]
        expected = mti[:2] + str(int(mti[2]) + 1) + "0"
        same = all(answer.get(n) == send.fields.get(n) for n in (11, 41) if n in send.fields)
        return answer if same and answer.get(0) == expected else None

    def date(self) -> str:
        """Month and day, mmdd."""
        now = self.clock.local()
        return "%02d%02d" % (now[1], now[2])


def exchange(pos: Pos, fields: dict[int, str], seal: bool, armed=None, wait_s: float = 0):
    """Flow: one request and its answer. -> (sent, answer's fields or None, reversal reason or "").

    `armed` is called when the link is open, before the first byte. The reason is "98" without an
    answer, "06" for one that does not fit the request, "A0" for one whose seal is wrong.
    """
    if not (yield OPEN):
        return False, None, ""
    if armed is not None:
        armed()
    send = Send(fields, pos.pack(fields, seal), wait_s or pos.settings.wait_s)
    payload = yield send
    answer = pos.read(send, payload) if payload is not None else None
    if payload is None or answer is None:
        return True, None, "98"
    code = answer.get(39, "")
    approved = code in APPROVALS
    for n in (3, 42, 4):
        if n not in fields or (n == 42 and code != "00") or (n == 4 and code == "10"):
            continue
        if answer.get(n, fields[n] if n == 4 else None) != fields[n]:
            return True, answer, "06" if approved else ""
    if code == "00" and seal and pos.keyed:
        if 64 not in answer or payload[-8:] != pos.seal_of(payload):
            return True, answer, "A0"
    if code in _SIGN_IN_AGAIN and pos.keyed:
        pos.tape.signed_in = False
        pos.save()
    return True, answer, ""


def arm_reversal(pos: Pos, record: Record, fields: dict[int, str], reason: str) -> None:
    """Fill the slot. It holds one reversal; nothing is sent before it is empty again."""
    pos.tape.slot = {
        "stan": record.stan, "kind": record.kind, "amount": record.amount, "fields": fields,
        "reason": reason, "attempts": 0,
    }  # fmt: skip


def reverse(pos: Pos):
    """Flow: send the reversal that is due. -> "" when none is left, else what hinders: "line",
    "silent" or "refused"."""
    slot = pos.tape.slot
    if not slot:
        return ""
    record = pos.tape.find(slot["stan"])
    auth = record.auth if record else ""

    def count() -> None:
        slot["attempts"] += 1
        pos.save()

    fields = pos.forms.reversal(slot["fields"], slot["reason"], auth)
    sent, answer, wrong = yield from exchange(pos, fields, True, count)
    if not sent:
        return "line"
    code = answer.get(39, "") if answer and not wrong else ""
    if code in REVERSAL_DONE:
        _end_reversal(pos, states.REVERSED)
        return ""
    if answer:
        slot["reason"] = "06"
    if slot["attempts"] >= pos.settings.reversal_attempts_max:
        _end_reversal(pos, states.DROPPED)
        pos.tell("reversal of %06d given up, phone the bank" % slot["stan"])
        return ""
    pos.save()
    return "refused" if answer else "silent"


def _end_reversal(pos: Pos, state: str) -> None:
    tape = pos.tape
    slot, tape.slot = tape.slot, {}
    if state == states.DROPPED:
        row = {n: slot[n] for n in ("stan", "kind", "amount", "reason", "attempts")}
        row["batch"] = tape.batch
        tape.dropped.append(row)
    record = tape.find(slot["stan"])
    if record is not None:
        record.state = state
        original = tape.find(record.original) if record.original else None
        if original is not None and original.undone == record.stan:
            original.undone = 0
    pos.save()


def upload_advices(pos: Pos):
    """Flow: send what was made off-line, the fewest attempts first. -> True when none waits."""
    tried = 0
    while tried < pos.settings.records_max:
        waiting = pos.tape.waiting()
        if not waiting:
            return True
        record = waiting[0]

        def count(record: Record = record) -> None:
            record.attempts += 1
            pos.save()

        sent, answer, wrong = yield from exchange(pos, record.fields, True, count)
        tried += 1
        if not sent:
            return False
        record.code = answer.get(39, "") if answer and not wrong else ""
        if answer and record.code in ADVICE_DONE:
            record.state = states.CONFIRMED
            record.rrn = answer.get(37, "")
        elif record.code and record.code not in pos.settings.advice_retry_codes:
            record.state = states.FAILED
            record.reason = "refused"
        elif record.attempts >= pos.settings.advice_attempts_max:
            record.state = states.FAILED
            record.reason = "too many attempts"
        pos.save()
        if not record.code or record.state == states.WAITING:
            return False  # no use to go on now
    return False
