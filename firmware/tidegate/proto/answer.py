"""The answers that a bridge may give by itself, built from the request's own bytes.

A terminal looks for: the type plus ten, the same F3, F11 and F41, F42 with an approval, F4. It
checks a seal only when the code means approval. So a decline can be built without keys, and
nothing here may build what a terminal could take for an approval or for an order.
"""

from tidegate.compat import const
from tidegate.proto.derive import derive, digits
from tidegate.proto.kinds import CLS_STORABLE, KIND_REVERSAL

# Approvals (VIP, partial, to be confirmed), and the orders to sign in again or to stop.
FORBIDDEN_LIVE = (b"00", b"10", b"11", b"A2", b"A4", b"A5", b"A6", b"77", b"97", b"A0")

_REVERSAL_TAKEN = (b"25", b"12")  # terminals take these for the end of a reversal
_ADVICE_TAKEN = (b"94",)  # and this for the end of an advice

# F12 F13 F38 F39 are the bridge's own; the others are the request's.
_TIME = const(12)
_DATE = const(13)
_ANSWER = (3, 4, 11, 12, 13, 25, 38, 39, 41, 42, 49, 60)
_ECHOED = (3, 4, 11, 25, 41, 42, 49, 60)


def build_answer(message, code, local_date, local_time, out):
    # Date as mmdd, time as hhmmss. Returns the length of the payload written into out.
    _refuse_approval(message, code)
    return build(message, {39: code}, local_date, local_time, out)


def build(message, own, local_date, local_time, out):
    dialect = message.dialect
    own[_TIME] = digits(dialect, local_time, 6)
    own[_DATE] = digits(dialect, local_date, 4)
    index = message.index
    numbers = [n for n in _ANSWER if n in own or n in _ECHOED]
    length = derive(index, message.mti + 10, numbers, own, out)
    if dialect.tpdu_bytes == 5:
        out[1:3] = index.view[3:5]
        out[3:5] = index.view[1:3]
    return length


def _refuse_approval(message, code):
    dialect = message.dialect
    wrong = code in FORBIDDEN_LIVE
    if message.cls == CLS_STORABLE:
        reversal = message.kind == KIND_REVERSAL
        wrong = wrong or code in (_REVERSAL_TAKEN if reversal else _ADVICE_TAKEN)
        agreed = dialect.accept_reversal if reversal else dialect.accept_advice
        if wrong and dialect.accept == "code" and code == agreed.encode():
            wrong = False
    if wrong or len(code) != 2:
        raise ValueError("this code is not the bridge's to give")
