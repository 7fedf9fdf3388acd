"""What a response code, a class and a setting mean for the bridge: the tables that decide.

The bridge has no keys. It may decline and delay, it can never approve. So three questions are
answered here and nowhere else: is a host's answer to a stored message its end; what may the bridge
say by itself; and for whom must the lane be empty first.
"""

from tidegate.compat import const
from tidegate.journal import records
from tidegate.proto import message


def _codes(text):
    return tuple([message.code2(code) for code in text.split()])


OK = message.code2("00")
APPROVALS = _codes("00 10 11 A2 A4 A5 A6")
# Try again later: the host is busy, away, or does not know; none of these is a refusal.
_AGAIN = _codes("09 68 90 91 92 96 98 A7")
_DUPLICATE = message.code2("94")
_NO_ORIGINAL = _codes("25 12")
MAC_WRONG = message.code2("A0")

# What stands between a reversal and its acceptance of 25 or 12.
ORIGINAL_NONE = const(0)  # no approval in the journal, and long enough after the request
ORIGINAL_YOUNG = const(1)  # the request may still overtake its reversal
ORIGINAL_APPROVED = const(2)  # the host has booked it: "not found" cannot be the end

AGAIN = const(-1)
FINAL = const(-2)


def judge(reversal, code, attempted, original):
    # -> HOW_... when the item is done, AGAIN, or FINAL (to a person).
    if code == OK or (not reversal and code in APPROVALS):
        return records.HOW_CONFIRMED
    if code == _DUPLICATE and attempted:
        return records.HOW_REPEAT
    if reversal and code in _NO_ORIGINAL:
        return records.HOW_NO_ORIGINAL if original == ORIGINAL_NONE else AGAIN
    return AGAIN if code in _AGAIN else FINAL


def is_verdict(code):
    # Did the host decide anything? "Try again" it can also say when it is not well.
    return code != 0 and code not in _AGAIN


def accepts(dialect, reversal):
    # What the terminal hears when a message is stored and the host did not answer in time. In
    # shadow the terminal keeps its own copy: a plain 96.
    if dialect.accept != "code":
        return b"96"
    return (dialect.accept_reversal if reversal else dialect.accept_advice).encode()


def needs_empty_store(kind):
    # Keys turn at sign-in and totals at settlement: what was stored before must be out before.
    return kind in (message.KIND_SIGN_IN, message.KIND_SIGN_OFF, message.KIND_SETTLEMENT)


def is_reversed(kind):
    # Does a terminal take it back by itself when it heard no answer? These two many never do, so a
    # person hears of them at once; a reversal that comes all the same closes that.
    return kind not in (message.KIND_REFUND, message.KIND_COMPLETION_ADVICE)


def names_an_original(kind):
    # Requests that fail or hurt when the item their F61 names is still in the store.
    return kind in (
        message.KIND_VOID,
        message.KIND_PREAUTH_VOID,
        message.KIND_COMPLETION,
        message.KIND_COMPLETION_VOID,
        message.KIND_REFUND,
    )
