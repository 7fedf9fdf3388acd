"""Dialects from TOML files and overrides to what a board loads, and how mistakes are told."""

import json
from pathlib import Path

import pytest

from tidegate.proto import codec
from tidegate.proto.dialect import Dialect
from tidegate_host import dialects
from tidegate_host.dialects import DialectError


def test_names() -> None:
    assert dialects.names() == ["cup", "cup-accept", "iso87", "iso87-binbitmap"]


@pytest.mark.parametrize("name", dialects.names())
def test_compiled_form_is_plain_data_and_always_the_same(name: str) -> None:
    first = dialects.load(name)
    assert json.loads(json.dumps(first)) == first == dialects.load(name, {})
    assert all(isinstance(value, str | int | bool) for value in first.values())
    assert first["name"] == name
    assert Dialect(first).fields_max == (64 if name.startswith("cup") else 128)
    assert set(dialects.field_names(name)) == {
        n for n in range(2, 129) if bytes.fromhex(first["fields"])[4 * n : 4 * n + 1] > b"\0"
    }


def test_acceptance_of_each() -> None:
    said = {}
    for name in dialects.names():
        d = Dialect(dialects.load(name))
        said[name] = (d.mac, d.accept, d.accept_reversal, d.accept_advice, d.advice_idempotent)
    assert said == {
        "cup": ("cup-ecb", "shadow", "25", "94", True),
        "cup-accept": ("cup-ecb", "code", "25", "94", True),
        "iso87": ("none", "code", "00", "00", True),
        "iso87-binbitmap": ("none", "code", "00", "00", True),
    }


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mybank.toml"
    path.write_text(
        'extends = "cup"\nheader_bytes = 0\nadvice_idempotent = false\n'
        '[fields]\n40 = ["LLLVAR ans 999", "tags"]\n8 = "n 8"\n'
    )
    made = dialects.load(path)
    assert (made["name"], made["header_bytes"], made["advice_idempotent"]) == ("mybank", 0, False)
    fields = {0: "0210", 8: "00000001", 40: "6F02", 41: "TEST0001"}
    data = codec.encode(Dialect(made), fields)
    assert codec.decode(Dialect(made), data) == fields
    assert dialects.field_names(path)[40] == "tags"
    assert dialects.load("cup", {"header_bytes": 0})["header_bytes"] == 0


def test_overrides_take_numbers_as_text_or_integers() -> None:
    as_text = dialects.load("cup", {"fields": {"40": "LLLVAR ans 999"}})
    assert as_text == dialects.load("cup", {"fields": {40: "LLLVAR ans 999"}})
    assert as_text != dialects.load("cup")


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"fields": {"1": "b 8"}}, "1 is not a field; fields are 2 to 64 and 66 to 128"),
        ({"fields": {"65": "b 8"}}, "65 is not a field"),
        ({"fields": {"x": "b 8"}}, "x is not a field"),
        ({"fields": {"70": "n 3"}}, "field 70 is beyond the 64 fields of this dialect"),
        ({"fields": {"40": "LLVAR ans 100"}}, "field 40: 100 does not fit a LLVAR length"),
        ({"fields": {"40": "LLLVAR ans 0"}}, "field 40: 0 does not fit a LLLVAR length"),
        ({"fields": {"40": "ans 256"}}, "field 40: a fixed length is 1 to 255"),
        ({"fields": {"40": "x 3"}}, "field 40: 'x 3' is not a format"),
        ({"fields": {"41": "ans 16"}}, "field 41 has to be an or ans 8: the bridge relies on it"),
        ({"fields": {"11": "n 12"}}, "field 11 has to be n 6"),
        ({"fields": {"39": "LLVAR an 2"}}, "field 39 has to be an or ans 2"),
        ({"header_bytes": -1}, "header_bytes is 0 to 64"),
        ({"header_bytes": True}, "header_bytes is 0 to 64"),
        ({"tpdu_bytes": 6}, "tpdu_bytes is one of 0, 5"),
        ({"mac": "x9.19"}, "mac is one of cup-ecb, none"),
        ({"advice_idempotent": 1}, "advice_idempotent is one of false, true"),
        ({"accept_reversal": "255"}, "accept_reversal is a response code of two characters"),
        ({"colour": "red"}, "colour is not a setting of a dialect; allowed are family"),
    ],
)
def test_mistakes_are_told(overrides: dict, words: str) -> None:
    with pytest.raises(DialectError) as caught:
        dialects.load("cup", overrides)
    assert words in str(caught.value)


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    for text, words in (
        ("name = ", "cannot read dialect bad.toml"),
        ('extends = "bad"', "extends itself"),
        ('extends = "visa"', "there is no dialect visa"),
        ('family = "cup"', "tpdu_bytes is one of 0, 5"),
        ('extends = "cup"\ncolour = 1', "colour is not a setting"),
    ):
        path = tmp_path / "bad.toml"
        path.write_text(text)
        with pytest.raises(DialectError) as caught:
            dialects.load(path)
        assert words in str(caught.value)
    with pytest.raises(DialectError):
        dialects.load(tmp_path / "absent.toml")
