"""The messages of a world: requests of terminals, answers of the acquirer, and an abstract seal.

The seal (F64) is the number of the session key and a CRC32 over the message: it dies with the key
and with any changed byte, as a real one does, and needs no cryptography.
"""

from binascii import crc32
from struct import pack

from tidegate.proto import codec, message

MERCHANT = "WORLDMERCHANT01"

# kind -> F0, F3, F25, F60.1 of a UnionPay-style request
CUP = {
    message.KIND_SALE: ("0200", "000000", "00", "22"),
    message.KIND_VOID: ("0200", "200000", "00", "23"),
    message.KIND_REFUND: ("0220", "200000", "00", "25"),
    message.KIND_PREAUTH: ("0100", "030000", "06", "10"),
    message.KIND_PREAUTH_ADD: ("0100", "030000", "60", "10"),
    message.KIND_PREAUTH_VOID: ("0100", "200000", "06", "11"),
    message.KIND_COMPLETION: ("0200", "000000", "06", "20"),
    message.KIND_COMPLETION_VOID: ("0200", "200000", "06", "21"),
    message.KIND_COMPLETION_ADVICE: ("0220", "000000", "06", "24"),
    message.KIND_BALANCE: ("0200", "310000", "00", "01"),
    message.KIND_OFFLINE_SALE: ("0220", "000000", "00", "30"),
    message.KIND_ADJUST: ("0220", "000000", "00", "32"),
    message.KIND_IC_SALE: ("0200", "000000", "00", "36"),
    message.KIND_IC_REFUND: ("0220", "200000", "00", "27"),
    message.KIND_SCRIPT_RESULT: ("0620", "000000", "00", "00"),
}
ISO = {
    message.KIND_SALE: ("0200", "000000", "00", ""),
    message.KIND_VOID: ("0200", "020000", "00", ""),
    message.KIND_REFUND: ("0200", "200000", "00", ""),
    message.KIND_PREAUTH: ("0100", "000000", "00", ""),
    message.KIND_BALANCE: ("0200", "310000", "00", ""),
    message.KIND_OFFLINE_SALE: ("0220", "000000", "00", ""),
    message.KIND_IC_REFUND: ("0220", "200000", "00", ""),
    message.KIND_ADJUST: ("0220", "020000", "00", ""),
}
# What a terminal adds up: 1 debit, -1 credit.
SIDES = {
    message.KIND_SALE: 1,
    message.KIND_COMPLETION: 1,
    message.KIND_COMPLETION_ADVICE: 1,
    message.KIND_OFFLINE_SALE: 1,
    message.KIND_IC_SALE: 1,
    message.KIND_VOID: -1,
    message.KIND_REFUND: -1,
    message.KIND_COMPLETION_VOID: -1,
    message.KIND_IC_REFUND: -1,
}
_APPROVED = ("00", "10", "11", "A2", "A4", "A5", "A6")
APPROVED = tuple([message.code2(code) for code in _APPROVED])


def approved(code):
    # `code` as Message.code holds it.
    return code in APPROVED


def side(kind):
    return SIDES.get(kind, 0)


def rows(dialect):
    return CUP if dialect.is_cup else ISO


def request(dialect, kind, tid, batch, stan, amount, card, **more):
    mti, proc, condition, msg_type = rows(dialect)[kind]
    fields = {
        0: mti, 2: card, 3: proc, 11: "%06d" % stan, 22: "051", 25: condition,
        41: tid, 42: MERCHANT, 49: "156",
    }  # fmt: skip
    if kind != message.KIND_BALANCE and kind != message.KIND_SCRIPT_RESULT:
        fields[4] = "%012d" % amount
    if dialect.is_cup:
        fields[60] = "%s%06d000" % (msg_type, batch)
    for name in more:
        fields[int(name[1:])] = more[name]
    return fields


def original(dialect, batch, stan):
    # The field that names an original, for **more.
    if dialect.is_cup:
        return {"f61": "%06d%06d" % (batch, stan)}
    return {"f90": "0200%06d" % stan + "0" * 32}


def session(tid, batch, stan, mti, net):
    return {0: mti, 11: "%06d" % stan, 41: tid, 42: MERCHANT, 60: "00%06d%s" % (batch, net)}


def plain(dialect, fields):
    return codec.encode(dialect, fields)


def nameless(dialect):
    # A message that does not say whose it is.
    if dialect.is_cup:
        return plain(dialect, {0: "0820", 11: "000001", 60: "00000001301"})
    return plain(dialect, {0: "0800", 11: "000001", 70: "301"})


def sealed(dialect, fields, epoch):
    if not dialect.is_cup:
        return codec.encode(dialect, fields)
    fields[64] = "0000000000000000"
    frame = codec.encode(dialect, fields)
    at = dialect.tpdu_bytes + dialect.header_bytes
    return frame[:-8] + seal(frame[at:-8], epoch)


def seal(covered, epoch):
    return pack(">II", epoch, crc32(covered, epoch))


def seal_holds(m, epoch):
    index = m.index
    if not m.dialect.is_cup:
        return True
    if not index.has(64):
        return False
    at = index.start(64)
    return bytes(m.view[at : at + 8]) == seal(m.view[index.dialect.mti_at : at], epoch)


def text(code):
    # A response code as two characters.
    return chr(code >> 8) + chr(code & 255)
