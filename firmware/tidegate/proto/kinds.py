"""What a message is: its kind, from a table, and the class that decides its treatment.

The class says what a bridge without keys may do with a request:
  LIVE        the answer decides; with the line down it is declined at once and never stored
  STORABLE    it happened already; it is stored and brought to the host, whatever it takes
  SESSION     sign-in, sign-off, echo, downloads: never stored, never answered from memory
  SETTLEMENT  never stored, and silence rather than a made-up answer
  OTHER       not financial and not known: passed untouched
Money that is not in the table is LIVE, the class in which nothing can be lost or doubled.
"""

from tidegate.compat import const

KIND_NONE = const(0)
KIND_SALE = const(1)
KIND_VOID = const(2)
KIND_REFUND = const(3)
KIND_PREAUTH = const(4)
KIND_PREAUTH_ADD = const(5)
KIND_PREAUTH_VOID = const(6)
KIND_COMPLETION = const(7)
KIND_COMPLETION_VOID = const(8)
KIND_COMPLETION_ADVICE = const(9)
KIND_BALANCE = const(10)
KIND_OTHER_LIVE = const(11)
KIND_REVERSAL = const(12)
KIND_OFFLINE_SALE = const(13)
KIND_ADJUST = const(14)
KIND_IC_SALE = const(15)
KIND_IC_REFUND = const(16)
KIND_SCRIPT_RESULT = const(17)
KIND_SIGN_IN = const(18)
KIND_SIGN_OFF = const(19)
KIND_ECHO = const(20)
KIND_DOWNLOAD = const(21)
KIND_SETTLEMENT = const(22)
KIND_BATCH_UPLOAD = const(23)
KIND_BATCH_END = const(24)
KIND_OTHER = const(25)
KIND_NAMES = (
    "none", "sale", "void", "refund", "preauth", "preauth-add", "preauth-void", "completion",
    "completion-void", "completion-advice", "balance", "other-live", "reversal", "offline-sale",
    "adjust", "ic-sale", "ic-refund", "script-result", "sign-in", "sign-off", "echo", "download",
    "settlement", "batch-upload", "batch-end", "other",
)  # fmt: skip

CLS_LIVE = const(0)
CLS_STORABLE = const(1)
CLS_SESSION = const(2)
CLS_SETTLEMENT = const(3)
CLS_OTHER = const(4)


def class_of(kind):
    if KIND_REVERSAL <= kind <= KIND_SCRIPT_RESULT:
        return CLS_STORABLE
    if KIND_SIGN_IN <= kind <= KIND_DOWNLOAD:
        return CLS_SESSION
    if KIND_SETTLEMENT <= kind <= KIND_BATCH_END:
        return CLS_SETTLEMENT
    return CLS_OTHER if kind in (KIND_OTHER, KIND_NONE) else CLS_LIVE


# Rows of F60.1, request type (repeat bit cleared), first two digits of F3, kind: all three have to
# agree. A refund and a completion advice are live although they look like advices: the terminal
# waits for their approval and never reverses them.
_CUP = (
    (22, 200, 0, KIND_SALE),
    (23, 200, 20, KIND_VOID),
    (1, 200, 31, KIND_BALANCE),
    (10, 100, 3, KIND_PREAUTH),
    (11, 100, 20, KIND_PREAUTH_VOID),
    (20, 200, 0, KIND_COMPLETION),
    (21, 200, 20, KIND_COMPLETION_VOID),
    (24, 220, 0, KIND_COMPLETION_ADVICE),
    (25, 220, 20, KIND_REFUND),
    (27, 220, 20, KIND_IC_REFUND),
    (30, 220, 0, KIND_OFFLINE_SALE),
    (32, 220, 0, KIND_ADJUST),
    (34, 220, 0, KIND_ADJUST),
    (36, 200, 0, KIND_IC_SALE),
)

# The same for plain ISO 8583, which has no F60.1. There every 0220 reports what has happened.
_ISO = (
    (200, 0, KIND_SALE),
    (200, 2, KIND_VOID),
    (200, 20, KIND_REFUND),
    (200, 30, KIND_BALANCE),
    (200, 31, KIND_BALANCE),
    (100, 0, KIND_PREAUTH),
    (220, 2, KIND_ADJUST),
    (220, 20, KIND_IC_REFUND),
    (220, 22, KIND_ADJUST),
)

_CONDITION_ADD = const(60)  # F25 of an addition to a pre-authorisation


def kind_of(is_cup, request, proc, condition, stan, msg_type, net_mgmt):
    # `request` is the request's type with the repeat bit cleared; an answer has its request's
    # kind. All others are -1 when absent.
    hundreds = request // 100
    if hundreds == 1 or hundreds == 2:
        kind = _financial(is_cup, request, proc // 10000, condition, msg_type)
    elif hundreds == 4:
        kind = KIND_REVERSAL if request == 400 or request == 420 else KIND_OTHER
    elif request == 620:
        kind = KIND_SCRIPT_RESULT
    elif request == 500 or request == 520:
        return KIND_SETTLEMENT
    elif request == 320 and is_cup:
        return KIND_BATCH_END if net_mgmt == 202 or net_mgmt == 207 else KIND_BATCH_UPLOAD
    elif hundreds == 8:
        return _session_cup(request, net_mgmt) if is_cup else _session_iso(net_mgmt)
    else:
        return KIND_OTHER
    if stan < 0 and class_of(kind) == CLS_STORABLE:
        # Without a trace number two of them could not be told apart, so none may be stored.
        return KIND_OTHER_LIVE if hundreds <= 2 else KIND_OTHER
    return kind


def _financial(is_cup, request, proc, condition, msg_type):
    if is_cup:
        for row_type, row_request, row_proc, kind in _CUP:
            if row_type == msg_type and row_request == request and row_proc == proc:
                if kind == KIND_PREAUTH and condition == _CONDITION_ADD:
                    return KIND_PREAUTH_ADD
                return kind
        return KIND_OTHER_LIVE
    for row_request, row_proc, kind in _ISO:
        if row_request == request and row_proc == proc:
            return kind
    return KIND_OFFLINE_SALE if request == 220 else KIND_OTHER_LIVE


def _session_cup(request, net_mgmt):
    if request == 800:
        # 001, 003, 004, 005 and 401 are known; all of them bring keys.
        if 0 <= net_mgmt <= 9 or 400 <= net_mgmt <= 409:
            return KIND_SIGN_IN
    elif request == 820:
        if net_mgmt == 2:
            return KIND_SIGN_OFF
        if net_mgmt == 301:
            return KIND_ECHO
    return KIND_DOWNLOAD if 360 <= net_mgmt <= 399 else KIND_OTHER


def _session_iso(net_mgmt):
    if net_mgmt == 1:
        return KIND_SIGN_IN
    if net_mgmt == 2:
        return KIND_SIGN_OFF
    return KIND_ECHO if net_mgmt == 301 else KIND_OTHER
