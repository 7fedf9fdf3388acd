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


# By F60.1, request type (repeat bit cleared) and first two digits of F3, as one number: all three
# have to agree. A refund and a completion advice are live although they look like advices: the
# terminal waits for their approval and never reverses them.
_CUP = {
    22_200_00: KIND_SALE,
    23_200_20: KIND_VOID,
    1_200_31: KIND_BALANCE,
    10_100_03: KIND_PREAUTH,
    11_100_20: KIND_PREAUTH_VOID,
    20_200_00: KIND_COMPLETION,
    21_200_20: KIND_COMPLETION_VOID,
    24_220_00: KIND_COMPLETION_ADVICE,
    25_220_20: KIND_REFUND,
    27_220_20: KIND_IC_REFUND,
    30_220_00: KIND_OFFLINE_SALE,
    32_220_00: KIND_ADJUST,
    34_220_00: KIND_ADJUST,
    36_200_00: KIND_IC_SALE,
}

# The same for plain ISO 8583, which has no F60.1. There every 0220 reports what has happened.
_ISO = {
    200_00: KIND_SALE,
    200_02: KIND_VOID,
    200_20: KIND_REFUND,
    200_30: KIND_BALANCE,
    200_31: KIND_BALANCE,
    100_00: KIND_PREAUTH,
    220_02: KIND_ADJUST,
    220_20: KIND_IC_REFUND,
    220_22: KIND_ADJUST,
}

_CONDITION_ADD = const(60)  # F25 of an addition to a pre-authorisation


def request_of(m):
    # The type of its request, without the repeat bit.
    return (m.mti if m.is_request else m.mti - 10) & -2


def kind_of(m):
    # Of a message whose numbers are read; an answer has its request's kind.
    request = request_of(m)
    hundreds = request // 100
    if hundreds == 1 or hundreds == 2:
        kind = (_financial_cup if m.dialect.is_cup else _financial_iso)(m, request)
    elif hundreds == 4:
        kind = KIND_REVERSAL if request == 400 or request == 420 else KIND_OTHER
    elif request == 620:
        kind = KIND_SCRIPT_RESULT
    elif request == 500 or request == 520:
        return KIND_SETTLEMENT
    elif request == 320 and m.dialect.is_cup:
        return KIND_BATCH_END if m.net_mgmt in (202, 207) else KIND_BATCH_UPLOAD
    elif hundreds == 8:
        return (_session_cup if m.dialect.is_cup else _session_iso)(request, m.net_mgmt)
    else:
        return KIND_OTHER
    if m.stan < 0 and class_of(kind) == CLS_STORABLE:
        # Without a trace number two of them could not be told apart, so none may be stored.
        return KIND_OTHER_LIVE if hundreds <= 2 else KIND_OTHER
    return kind


def _financial_cup(m, request):
    if m.msg_type < 0 or m.proc < 0:
        return KIND_OTHER_LIVE
    kind = _CUP.get((m.msg_type * 1000 + request) * 100 + m.proc // 10000, KIND_OTHER_LIVE)
    if kind == KIND_PREAUTH and m.condition == _CONDITION_ADD:
        return KIND_PREAUTH_ADD
    return kind


def _financial_iso(m, request):
    other = KIND_OFFLINE_SALE if request == 220 else KIND_OTHER_LIVE
    return _ISO.get(request * 100 + m.proc // 10000, other) if m.proc >= 0 else other


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


def _session_iso(_request, net_mgmt):
    if net_mgmt == 1:
        return KIND_SIGN_IN
    if net_mgmt == 2:
        return KIND_SIGN_OFF
    return KIND_ECHO if net_mgmt == 301 else KIND_OTHER
