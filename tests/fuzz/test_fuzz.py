"""The checks of `targets` on what is kept, on damaged samples, and on messages from scratch."""

import os

import pytest
import seeds
import targets
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from tidegate.proto import codec
from tidegate.proto.dialect import BCD_TRACK, FIXED, RAW, UNDEFINED

SEED = int(os.environ["TIDEGATE_SEED"])
CHECKS = sorted(targets.CHECKS)
PRINTABLE = st.characters(min_codepoint=32, max_codepoint=126)

BEGIN = {check: seeds.begin(check) for check in CHECKS}


@st.composite
def damaged(draw, check):
    """An input that once was good, with a few bytes changed, lost, doubled or added."""
    data = bytearray(draw(st.sampled_from(BEGIN[check])))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        some = draw(st.binary(max_size=6))
        kept = draw(st.integers(0, 6))
        data[at : at + draw(st.integers(0, 6))] = some + data[at : at + kept]
    return bytes(data)


@st.composite
def messages(draw):
    """(dialect, fields): whatever a dialect allows, each field short or as long as it may be."""
    dialect = draw(st.sampled_from(targets.DIALECTS))
    known = [n for n in range(2, dialect.fields_max + 1) if dialect.table[4 * n] != UNDEFINED]
    fields = {0: draw(st.sampled_from(["0200", "0210", "0400", "0220", "0320", "0500", "0800"]))}
    for n in sorted(draw(st.sets(st.sampled_from(known), max_size=24))):
        most = dialect.most(n)
        fixed = dialect.table[4 * n] == FIXED
        size = most if fixed else draw(st.sampled_from([0, 1, min(most, 19), most]))
        fields[n] = draw(_content(dialect.table[4 * n + 1], size))
    return dialect, fields


def _content(encoding, size):
    if encoding == RAW:
        return st.binary(min_size=size, max_size=size).map(lambda data: data.hex().upper())
    alphabet = PRINTABLE
    if encoding <= BCD_TRACK:
        alphabet = st.sampled_from("0123456789=" if encoding == BCD_TRACK else "0123456789")
    return st.text(alphabet, min_size=size, max_size=size)


@pytest.mark.parametrize("check", CHECKS)
def test_what_is_kept_and_every_sample(check):
    for data in BEGIN[check]:
        targets.CHECKS[check](data)


@pytest.mark.parametrize("check", CHECKS)
def test_damaged_samples(check):
    @seed(SEED)
    @settings(max_examples=800)
    @given(damaged(check))
    def hold(data):
        targets.CHECKS[check](data)

    hold()


@pytest.mark.parametrize("check", CHECKS)
def test_any_bytes(check):
    @seed(SEED)
    @settings(max_examples=300)
    @given(st.binary(max_size=400))
    def hold(data):
        targets.CHECKS[check](data)

    hold()


@seed(SEED)
@settings(max_examples=300)
@given(messages())
def test_what_is_encoded_is_decoded(made):
    dialect, fields = made
    payload = codec.encode(dialect, fields)
    assert codec.decode(dialect, payload) == fields
    number = targets.DIALECTS.index(dialect)
    if len(payload) <= targets.framing.PAYLOAD_BYTES_MAX:
        targets.check_codec(bytes([number]) + payload)
        targets.check_message(bytes([number]) + payload)
