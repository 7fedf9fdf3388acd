"""What has to hold for any bytes at all: one function for each layer, for every fuzzer.

Each takes bytes, of which the first few choose dialect, framing and how the stream is cut, and
returns when all is well. An error that is not the codec's own, or an assertion, is a finding.
"""

import json
import re

from dialects_for_tests import VECTORS, dialect_data
from tidegate.proto import codec, framing, message
from tidegate.proto.dialect import Dialect
from tidegate.proto.iso8583 import CodecError

with open(VECTORS + "variants.json", encoding="utf-8") as file:
    NAMES = sorted(json.load(file))
DIALECTS = [Dialect(dialect_data(name)) for name in NAMES]

_FRAME_BYTES_MAX = framing.PAYLOAD_BYTES_MAX
_ANSWER_BYTES_MAX = 256  # what the bridge keeps for an answer of its own
_REASON = re.compile(r"[a-z0-9 ]+(, \d+ are left)?")
_DECLINES = (b"91", b"96", b"58", b"61", b"90", b"00", b"25", b"94", b"11")

_read = message.Message()
_again = message.Message()
_answer = bytearray(_ANSWER_BYTES_MAX)


def _refusal(error, payload):
    # An error says where, in words of its own, and never what.
    assert 0 <= error.field <= 128, error.field
    assert 0 <= error.offset <= len(payload) + _FRAME_BYTES_MAX, error.offset
    assert _REASON.fullmatch(error.reason), error.reason


def check_codec(data):
    """Decode, encode, decode: the fields stay what they are."""
    if len(data) < 1:
        return
    dialect = DIALECTS[data[0] % len(DIALECTS)]
    payload = data[1 : 1 + _FRAME_BYTES_MAX]
    try:
        fields = codec.decode(dialect, payload)
    except CodecError as error:
        _refusal(error, payload)
        return
    end = dialect.tpdu_bytes + dialect.header_bytes
    tpdu, header = payload[: dialect.tpdu_bytes], payload[dialect.tpdu_bytes : end]
    try:
        once = codec.encode(dialect, fields, tpdu, header)
    except CodecError as error:
        # Only this one thing can be read and not be written.
        assert error.field == 0 and not fields[0].isdecimal(), str(error)
        return
    assert codec.decode(dialect, once) == fields
    assert codec.encode(dialect, fields, tpdu, header) == once


def check_message(data):
    """Read what decides about a message, and build the answers that may be given to it."""
    if len(data) < 1:
        return
    dialect = DIALECTS[data[0] % len(DIALECTS)]
    payload = data[1 : 1 + _FRAME_BYTES_MAX]
    try:
        m = _read.read(dialect, memoryview(payload))
    except CodecError as error:
        _refusal(error, payload)
        return
    assert m.cls == message.class_of(m.kind) and 0 <= m.kind < len(message.KIND_NAMES)
    assert m.cls != message.CLS_STORABLE or m.stan >= 0
    assert m.pan() == b"" or (m.pan().isdigit() and 12 <= len(m.pan()) <= 19)
    assert len(list(message.uploaded(m))) <= 99
    try:
        message.totals(m, [0] * 10)
    except ValueError:
        pass
    twin = _again.read(dialect, memoryview(bytes(payload)))
    assert (twin.key8, twin.hash8, twin.body8()) == (m.key8, m.hash8, m.body8())
    if m.is_request:
        for code in _DECLINES:
            _check_answer(dialect, m, code)


def _check_answer(dialect, m, code):
    try:
        length = message.build_answer(m, code, 1123, 120000, _answer)
    except ValueError:
        assert code in (b"00", b"11", b"25", b"94"), "a plain decline was refused"
        return
    assert length <= len(_answer) == _ANSWER_BYTES_MAX, "longer than its buffer"
    if m.cls == message.CLS_LIVE:
        assert code not in message.FORBIDDEN_LIVE, "an approval was made up"
    fields = codec.decode(dialect, bytes(_answer[:length]))
    assert fields[39] == code.decode()
    assert int(fields[0]) == m.mti + 10


def check_framing(data):
    """Frames out of a stream do not depend on how it arrives, and no byte is lost or doubled."""
    if len(data) < 3:
        return
    name = ("len2", "stx")[data[0] & 1]
    tpdu_bytes = 5 if data[0] & 2 else 0
    most = 64 if data[0] & 4 else 2048
    stream = data[3:]
    whole, counts = _feed(framing.framer(name, most, tpdu_bytes), stream, 4096, 0)
    parts, again = _feed(framing.framer(name, most, tpdu_bytes), stream, 1 + data[1] % 61, data[2])
    assert whole == parts
    assert counts == again
    for payload in whole:
        out = bytearray(len(payload) + 8)
        size = framing.framer(name, most, tpdu_bytes).wrap_into(payload, out)
        assert _feed(framing.framer(name, most, tpdu_bytes), out[:size], 4096, 0)[0] == [payload]


def _feed(framer, stream, step, jitter):
    # -> the payloads, and what was counted.
    found = []
    at = used = 0
    while at < len(stream):
        room = framer.writable()
        assert len(room), "no room for the next byte"
        count = min(len(room), 1 + (step + at * jitter) % (2 * step), len(stream) - at)
        room[:count] = stream[at : at + count]
        framer.advance(count)
        at += count
        view = framer.next()
        while view is not None:
            found.append(bytes(view))
            used += len(view) + framer._head + framer._tail
            view = framer.next()
    assert used + framer.garbage_bytes + framer.partial == len(stream)
    counts = framer.garbage_bytes, framer.oversize, framer.lrc_errors, framer.length_errors
    return found, counts


CHECKS = {"codec": check_codec, "framing": check_framing, "message": check_message}
