"""The plain ISO 8583 dialects against an independent implementation, pyiso8583.

Its own default specifications are used as they are: what they and our dialects support must be
read and written the same, for the samples and for generated messages.
"""

import iso8583
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from iso8583.specs import default, default_ascii

from dialects_for_tests import rows
from tidegate.proto import codec
from tidegate.proto.dialect import RAW, TEXT_DIGITS, UNDEFINED, Dialect
from tidegate.proto.iso8583 import CodecError
from tidegate_host import dialects

SEED = 20261123
SPECS = {"iso87": default_ascii, "iso87-binbitmap": default}
DIALECTS = {name: Dialect(dialects.load(name)) for name in SPECS}
FIELDS = [n for n in range(2, 129) if DIALECTS["iso87"].table[4 * n] != UNDEFINED]
PRINTABLE = st.characters(min_codepoint=32, max_codepoint=126)


def as_theirs(fields: dict[int, str]) -> dict[str, str]:
    return {"t" if n == 0 else str(n): text for n, text in fields.items()}


def as_ours(fields: dict[str, str]) -> dict[int, str]:
    extra = ("h", "p", "1")
    return {0 if k == "t" else int(k): v for k, v in fields.items() if k not in extra}


def test_both_know_the_same_fields() -> None:
    known = sorted(int(k) for k in default_ascii if k.isdigit() and k not in ("1", "65"))
    assert known == FIELDS


@pytest.mark.parametrize("row", rows("iso87.jsonl"), ids=lambda row: row["id"])
def test_samples(row: dict) -> None:
    name = "iso87-binbitmap" if "binbitmap" in row["dialect"] else "iso87"
    data = bytes.fromhex(row["hex"])
    try:
        theirs, _ = iso8583.decode(data, SPECS[name])
    except iso8583.DecodeError:
        with pytest.raises(CodecError):
            codec.decode(DIALECTS[name], data)
        return
    assert codec.decode(DIALECTS[name], data) == as_ours(theirs)


@st.composite
def messages(draw: st.DrawFn) -> tuple[str, dict[int, str]]:
    name = draw(st.sampled_from(sorted(SPECS)))
    dialect = DIALECTS[name]
    version, digits = draw(st.sampled_from("012")), draw(st.integers(0, 999))
    fields = {0: f"{version}{digits:03d}"}
    for n in sorted(draw(st.sets(st.sampled_from(FIELDS), max_size=24))):
        longest = dialect.most(n)
        least = longest if dialect.rules[n] > 0 else 0
        encoding = dialect.table[4 * n + 1]
        if encoding == RAW:
            size = draw(st.integers(least, longest))
            fields[n] = draw(st.binary(min_size=size, max_size=size)).hex().upper()
        else:
            alphabet = st.sampled_from("0123456789") if encoding == TEXT_DIGITS else PRINTABLE
            most = min(longest, max(least, 60))
            fields[n] = draw(st.text(alphabet, min_size=least, max_size=most))
    return name, fields


@seed(SEED)
@settings(max_examples=300, deadline=None, database=None, print_blob=True)
@given(messages())
def test_generated_messages(message: tuple[str, dict[int, str]]) -> None:
    name, fields = message
    theirs, _ = iso8583.encode(as_theirs(fields), SPECS[name])
    ours = codec.encode(DIALECTS[name], fields, b"", b"")
    assert ours == bytes(theirs)
    read, _ = iso8583.decode(ours, SPECS[name])
    assert codec.decode(DIALECTS[name], ours) == fields == as_ours(read)


@seed(SEED)
@settings(max_examples=300, deadline=None, database=None, print_blob=True)
@given(messages(), st.data())
def test_damaged_messages_are_refused_by_both_or_read_the_same(
    message: tuple[str, dict[int, str]], data: st.DataObject
) -> None:
    name, fields = message
    good = bytearray(codec.encode(DIALECTS[name], fields, b"", b""))
    at = data.draw(st.integers(0, len(good) - 1))
    good[at] = data.draw(st.integers(0, 127))
    damaged = bytes(good[: data.draw(st.integers(at, len(good)))])
    try:
        theirs = as_ours(iso8583.decode(damaged, SPECS[name])[0])
    except iso8583.DecodeError:
        theirs = None
    try:
        ours = codec.decode(DIALECTS[name], damaged)
    except CodecError:
        ours = None
    if theirs is None or 65 in theirs:
        assert ours is None
    else:
        assert ours == theirs
