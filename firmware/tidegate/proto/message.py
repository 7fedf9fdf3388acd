"""One received message, read far enough to decide about it; the object is reused for every frame.

Its bytes stay where they were received: what is kept here are small integers, three hashes and a
few short fields. Card data is looked at and not kept.
"""

from hashlib import sha256
from struct import pack_into

from tidegate.compat import const
from tidegate.proto.answer import FORBIDDEN_LIVE, build_answer  # noqa: F401  (one place to import)
from tidegate.proto.card import pack_masked, pan_of
from tidegate.proto.dialect import RAW
from tidegate.proto.iso8583 import CodecError, FieldIndex, message_type  # noqa: F401  (and here)
from tidegate.proto.kinds import *  # noqa: F403  (kinds and classes are part of a message)
from tidegate.proto.kinds import KIND_BATCH_UPLOAD, KIND_REVERSAL, class_of, kind_of, request_of

_TERMINAL_BYTES = const(23)  # F41 and F42
_DETAIL_DIGITS = const(40)  # of a batch upload: card type 2, STAN 6, PAN 20, amount 12
_DETAIL_AMOUNT = const(26)  # from its trace number on
_MAC_FIELDS = (64, 128)
_SECRET_FIELDS = (35, 36, 45, 52)  # tracks and PIN block
_SECRET_TAGS = (0x56, 0x57, 0x9F6B)  # track data inside chip data


def code2(text):
    # A response code as the integer that Message.code holds.
    return ord(text[0]) << 8 | ord(text[1])


class Message:
    # Set by read(), numbers -1 when absent:
    #   dialect view is_request secret has_mac
    #   mti (decimal: 200, 810) kind cls
    #   proc (F3) amount (F4) stan (F11) local_time local_date settle_date (F12 F13 F15)
    #   condition (F25)
    #   code         F39 as two characters in one integer, see code2; 0 when absent
    #   msg_type batch net_mgmt (F60.1 to F60.3) orig_stan (F61.2)
    #   terminal     F41 and F42, 23 bytes; b"" without both
    #   rrn auth     F37 and F38, or b""
    #   key8         names the transaction: eight bytes of a hash over F41 F42 F60.2 F11, type
    #                without its repeat bit, F3 and F60.1; the amount is not part of it
    #   hash8        of all bytes; an answer has neither of them
    #   body8()      of all but TPDU, header and F64
    #   masked       six bytes, see card.pack_masked
    def __init__(self):
        self.index = FieldIndex()
        self.masked = bytearray(6)
        self.hash8 = b""
        self._key = bytearray(_TERMINAL_BYTES + 16)

    def read(self, dialect, view):
        index = self.index
        self.key8 = self.hash8 = b""
        index.scan(dialect, view)
        self.dialect = dialect
        self.view = view
        self.mti = message_type(dialect, view)
        self.is_request = self.mti // 10 & 1 == 0
        self._read_numbers(index)
        self.kind = kind_of(self)
        self.cls = class_of(self.kind)
        self._read_texts(index)
        # The trace number that it is about: a plain reversal has one of its own.
        apart = self.kind == KIND_REVERSAL and not dialect.is_cup and self.orig_stan >= 0
        self.about = self.orig_stan if apart else self.stan
        self.has_mac = index.has(64) or index.has(128)
        self.secret = _holds_secret(index)
        pack_masked(self.pan(), self.masked)
        if self.is_request:
            self._hash()
        return self

    def once_more(self, dialect, view, hash8):
        # A request that was read before, in another place: unless something else was read in
        # between, all that is known of it still holds.
        if self.hash8 != hash8 or self.dialect is not dialect:
            return self.read(dialect, view)
        self.view = self.index.view = view
        return self

    def pan(self):
        return pan_of(self.index)

    def body8(self):
        # Behind the type: a repeat (0221) says the same as what it repeats (0220).
        index = self.index
        end = index.end_at
        for n in _MAC_FIELDS:
            if index.has(n):
                end = index.start(n)
                break
        return sha256(self.view[self.dialect.bitmap_at : end]).digest()[:8]

    def _read_numbers(self, index):
        digits = index.digits
        self.proc = digits(3, 0, 6)
        self.amount = digits(4, 0, 12)
        self.stan = digits(11, 0, 6)
        self.local_time = digits(12, 0, 6)
        self.local_date = digits(13, 0, 4)
        self.settle_date = digits(15, 0, 4)
        self.condition = digits(25, 0, 2)
        if self.dialect.is_cup:
            self.msg_type = digits(60, 0, 2)
            self.batch = digits(60, 2, 6)
            self.net_mgmt = digits(60, 8, 3)
            self.orig_stan = digits(61, 6, 6)
        else:
            # Plain ISO 8583 has no batch; F90 names the original by its type and trace number.
            self.msg_type = -1
            self.batch = 0
            self.net_mgmt = digits(70, 0, 3)
            self.orig_stan = digits(90, 4, 6)

    def _read_texts(self, index):
        view = self.view
        self.code = 0
        if index.has(39):
            at = index.start(39)
            self.code = view[at] << 8 | view[at + 1]
        self.rrn = bytes(index.content(37)) if index.has(37) else b""
        self.auth = bytes(index.content(38)) if index.has(38) else b""
        key = self._key
        pack_into("23s", key, 0, b"                       ")
        if index.has(41):
            key[:8] = index.content(41)
        if index.has(42):
            key[8:_TERMINAL_BYTES] = index.content(42)
        known = index.has(41) or index.has(42)
        self.terminal = bytes(memoryview(key)[:_TERMINAL_BYTES]) if known else b""

    def _hash(self):
        # What makes a message the same transaction (the amount is not part of it), and the same
        # bytes. Absent numbers are -1.
        pack_into(
            "<iiihh", self._key, _TERMINAL_BYTES,
            self.batch, self.stan, self.proc, request_of(self), self.msg_type,
        )  # fmt: skip
        self.key8 = sha256(self._key).digest()[:8]
        self.hash8 = sha256(self.view).digest()[:8]


def _holds_secret(index):
    for n in _SECRET_FIELDS:
        if index.has(n):
            return True
    return index.has(55) and _track_in_chip_data(index)


def _track_in_chip_data(index):
    # Chip data that cannot be read to its end may hide a track: taken for secret. Text in F55 is
    # no chip data at some hosts; there only a track's separator gives it away.
    view = index.content(55)
    if index.dialect.table[4 * 55 + 1] != RAW:
        return b"=" in bytes(view) or b"D" in bytes(view)
    at = 0
    try:
        while at < len(view):
            tag = view[at]
            at += 1
            if tag == 0 or tag == 0xFF:
                continue  # padding between objects
            constructed = tag & 0x20
            if tag & 31 == 31:
                while True:
                    tag = tag << 8 | view[at]
                    at += 1
                    if not view[at - 1] & 0x80:
                        break
            if tag in _SECRET_TAGS:
                return True
            size = view[at]
            at += 1
            if size > 0x80:
                count = size & 15
                size = 0
                for i in range(count):
                    size = size << 8 | view[at + i]
                at += count
            if not constructed:
                at += size
    except IndexError:
        return True
    return at != len(view)


def uploaded(message):
    # The trace number and amount of each transaction that a batch upload (0320) reports.
    if message.kind == KIND_BATCH_UPLOAD:
        index = message.index
        count = index.digits(48, 0, 2)
        if count > 0 and index.length(48) >= 2 + _DETAIL_DIGITS:
            for i in range(min(count, index.length(48) // _DETAIL_DIGITS)):
                at = 4 + i * _DETAIL_DIGITS
                yield index.digits(48, at, 6), index.digits(48, at + _DETAIL_AMOUNT, 12)
        elif message.stan >= 0:
            yield message.stan, message.amount


def totals(message, out):
    # Of a settlement into ten integers: debit amount and count, credit amount and count, flag
    # (1 balanced, 2 not, 3 error), for domestic cards and then for foreign ones. Plain ISO 8583
    # has them in F74 to F88 and the flag in F66, unless its host speaks of F48, too.
    if not message.dialect.is_cup and not message.index.has(48):
        _plain_totals(message.index, out)
        return
    first = 0
    for i in range(10):
        count = (12, 3, 12, 3, 1)[i % 5]
        out[i] = message.index.digits(48, first, count)
        if out[i] < 0:
            raise ValueError("no totals in field 48")
        first += count


def _plain_totals(index, out):
    for i, (n, count) in enumerate(((88, 16), (76, 10), (86, 16), (74, 10), (66, 1))):
        out[i] = max(index.digits(n, 0, count), 0)
    for i in range(5, 10):
        out[i] = 0
