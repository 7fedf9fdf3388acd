"""One message as the acquirer received it: decoded, with what is decided and logged about it.

Pure. The card number is used and forgotten: a request keeps its first six and last four digits and
a keyed hash.
"""

from hashlib import sha256

from tidegate.proto import kinds
from tidegate.proto.codec import values
from tidegate.proto.dialect import Dialect
from tidegate.proto.masking import mask_pan
from tidegate.proto.message import Message
from tidegate_host.ledger.schemes import is_foreign
from tidegate_host.standins.ruling import Case

_HASH_KEY = b"tidegate stand-in acquirer"


class Request:
    """Read with `Request(dialect, payload)`; raises CodecError for what cannot be read."""

    def __init__(self, dialect: Dialect, payload: bytes) -> None:
        m = Message().read(dialect, memoryview(payload))
        self.payload = payload
        self.fields: dict[int, str] = values(m.index)
        self.mti = m.mti
        self.kind = m.kind
        self.cls = m.cls
        self.is_request = m.is_request
        self.stan = m.stan
        self.amount = max(m.amount, 0)
        self.batch = max(m.batch, 0)
        self.net_mgmt = m.net_mgmt
        self.msg_type = m.msg_type
        self.orig_batch = m.index.digits(61, 0, 6) if dialect.is_cup else -1
        self.orig_stan = m.orig_stan
        self.terminal = "".join([chr(b) if 32 <= b < 127 else "?" for b in m.terminal])
        self.is_cup = dialect.is_cup
        pan = m.pan().decode()
        self.masked = mask_pan(pan)
        self.card = sha256(_HASH_KEY + pan.encode()).digest()[:8].hex() if pan else ""
        self.foreign = is_foreign(pan)
        mti_at = dialect.mti_at
        self.front = payload[:mti_at]  # TPDU and header
        mac_at = m.index.start(64) if m.index.has(64) else -1
        self.sealed = payload[mti_at:mac_at] if mac_at >= 0 else b""
        self.mac = payload[mac_at : mac_at + 8] if mac_at >= 0 else b""
        self.pan = pan

    @property
    def kind_name(self) -> str:
        return kinds.KIND_NAMES[self.kind]

    def case(self, settle_date: str, at: str) -> Case:
        """What the books have to decide on."""
        case = Case()
        case.terminal = self.terminal
        case.batch = self.batch
        case.stan = self.stan
        case.kind = self.kind
        case.amount = self.amount
        case.foreign = self.foreign
        case.masked = self.masked
        case.card = self.card
        case.orig_batch = self.orig_batch
        case.orig_stan = self.orig_stan
        if not self.is_cup:
            # Plain ISO 8583 has no batch; F90 of a reversal or void names the original's STAN.
            case.orig_batch = self.batch
            if self.kind == kinds.KIND_REVERSAL and self.orig_stan >= 0:
                case.stan = self.orig_stan
        case.rrn = self.fields.get(37, "")
        case.auth = self.fields.get(38, "")
        case.reason = self.fields.get(39, "")
        case.settle_date = settle_date
        case.at = at
        return case
