"""`tidegate decode` as its user sees it: what it guesses, shows, and never shows."""

import json
import random
import re

import pytest
from click.testing import CliRunner, Result

from dialects_for_tests import rows
from tidegate.proto import codec
from tidegate.proto.dialect import Dialect
from tidegate.proto.framing import framer
from tidegate.proto.kinds import KIND_NAMES
from tidegate_host import dialects, reading
from tidegate_host.cli.main import group
from tidegate_host.report import codes

SEED = 20261123
SAMPLES = rows("cup.jsonl") + rows("iso87.jsonl")
GOOD = [row for row in SAMPLES if row["expected"] is not None]
BY_ID = {row["id"]: row for row in SAMPLES}
CARD = "6299990000001239"
# What must not be seen in masked output: numbers, what follows them in tracks, PIN blocks, keys.
SECRETS = {
    "z001": ["6299990000001234560"],
    "z002": ["279BE86AAEB174B8", "A2F2CABB"],
    "z018": [CARD, "49120", "A1B2C3D4E5F60718"],
    "z021": ["6299990000001234560", "4912000", "A1B2C3D4E5F60718"],
    "z054": [CARD, "49120", "A1B2C3D4E5F60718"],
    "s079": ["1111111110000000000"],
}


def run(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(group, ["decode", *arguments], input=stdin)


def decoded(*arguments: str, stdin: str = "") -> dict:
    result = run("--json", *arguments, stdin=stdin)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def cup(fields: dict[int, str]) -> str:
    return codec.encode(Dialect(dialects.load("cup")), fields).hex()


@pytest.mark.parametrize("row", GOOD, ids=lambda row: row["id"])
def test_every_sample_is_guessed_right(row: dict) -> None:
    found = decoded("--unsafe", row["hex"])
    assert found["fields"] == row["expected"]
    assert found["schema"] == 1
    assert found["dialect"] == row["dialect"].replace("-bcd", "").replace("-ascii", "")
    parts = row["framing"].split("+")
    assert found["framing"] == ("len2" if "len2" in parts else "none")
    head = bytes.fromhex(row["hex"])[2 if "len2" in parts else 0 :]
    tpdu = 5 if "tpdu5" in parts else 0
    header = 6 if "hdr6" in parts else 0
    assert found["tpdu"] == (head[:tpdu].hex().upper() or None)
    assert found["header"] == (head[tpdu : tpdu + header].hex().upper() or None)
    assert found["kind"] in KIND_NAMES


@pytest.mark.parametrize("sample", SECRETS)
def test_nothing_secret_is_shown_unless_asked_for(sample: str) -> None:
    row = BY_ID[sample]
    for arguments in ((row["hex"],), ("--json", row["hex"])):
        shown = run(*arguments).stdout
        for secret in SECRETS[sample]:
            assert secret not in shown
            assert secret.encode().hex().upper() not in shown
    masked = decoded(row["hex"])["fields"]
    assert {n: len(text) for n, text in masked.items()} == {
        n: len(text) for n, text in row["expected"].items()
    }
    for secret in SECRETS[sample]:
        assert secret in json.dumps(decoded("--unsafe", row["hex"])["fields"])


def test_card_numbers_in_other_places_are_masked() -> None:
    detail = "00000021" + "0000" + CARD + "000000000100"
    chip = "5A08" + CARD + "5F2003414243" + "57116299990000001239D4912000000000000F" + "9F36020047"
    for fields, n in (
        ({0: "0320", 11: "000001", 48: "02" + detail + detail, 60: "00000003201"}, 48),
        ({0: "0200", 11: "000001", 55: chip, 60: "22000003000"}, 55),
        ({0: "0200", 2: CARD, 63: "X" + CARD, 60: "22000003000"}, 63),
        ({0: "0200", 2: CARD, 62: CARD.encode().hex(), 60: "22000003360"}, 62),
        ({0: "0200", 55: "57116299990000001239D49", 60: "22000003000"}, 55),
    ):
        data = dict(fields)
        if len(data.get(55, "")) & 1:
            data[55] += "0"
        shown = decoded(cup({k: v.upper() for k, v in data.items()}))["fields"]
        text = json.dumps(shown)
        assert CARD not in text
        assert CARD.encode().hex() not in text
        assert "*" in shown[str(n)]
        assert len(shown[str(n)]) == len(data[n])
        assert CARD not in run(cup({k: v.upper() for k, v in data.items()})).stdout


def test_chip_data_keeps_what_is_harmless() -> None:
    chip = "9F26080102030405060708" + "5A08" + CARD + "9F36020047"
    shown = decoded(cup({0: "0200", 55: chip, 60: "22000003000"}))["fields"]["55"]
    assert shown == "9F26080102030405060708" + "5A08" + "*" * 16 + "9F36020047"


def test_table_for_people() -> None:
    shown = run(BY_ID["z001"]["hex"]).stdout
    assert "dialect cup, framing len2, TPDU 6000000006, header 603100999999" in shown
    for words in (
        "answer: sale 消费",
        "approved 交易成功",
        "737.00",
        "20:32:17",
        "08-27",
        "CNY",
        "type 22, batch 000065,",
        "tags 9F36",
        "629999*********4560",
    ):
        assert words in shown
    settlement = run(BY_ID["z051"]["hex"]).stdout
    assert "domestic: 007 debits 0.07" in settlement
    assert "no answer came 未收到应答" in run(BY_ID["z017"]["hex"]).stdout


def test_offsets_count_from_the_first_byte_given() -> None:
    hex_text = BY_ID["z001"]["hex"]
    line = next(x for x in run(hex_text).stdout.splitlines() if "response code" in x)
    offset = int(line.split()[3])
    assert hex_text[2 * offset : 2 * offset + 4] == "3030"


def test_stx_framing_is_guessed() -> None:
    payload = bytes.fromhex(BY_ID["z024"]["hex"])[2:]
    out = bytearray(len(payload) + 5)
    wire = bytes(out[: framer("stx").wrap_into(payload, out)])
    found = decoded("--unsafe", wire.hex())
    assert (found["framing"], found["fields"]) == ("stx", BY_ID["z024"]["expected"])
    broken = wire[:-1] + bytes([wire[-1] ^ 1])
    result = run("--framing", "stx", broken.hex())
    assert (result.exit_code, "the LRC is wrong" in result.stderr) == (2, True)


def test_every_way_of_writing_hexadecimal() -> None:
    row = BY_ID["z024"]
    data = bytes.fromhex(row["hex"])
    for text in (data.hex(" "), data.hex(":").upper(), "0x" + data.hex()):
        assert decoded("--unsafe", text)["fields"] == row["expected"]
        assert decoded("--unsafe", "-", stdin=text + "\n\n")["fields"] == row["expected"]
    assert decoded("--unsafe", *data.hex(" ").split())["fields"] == row["expected"]


def test_several_messages_one_a_line() -> None:
    text = "\n".join(row["hex"] for row in GOOD)
    result = run("--json", "--unsafe", "-", stdin=text)
    assert result.exit_code == 0
    shown = [json.loads(line)["fields"] for line in result.stdout.splitlines()]
    assert shown == [row["expected"] for row in GOOD]


def test_one_bad_line_does_not_stop_the_others() -> None:
    text = GOOD[0]["hex"] + "\nnonsense\n" + GOOD[1]["hex"] + "\n"
    result = run("--json", "-", stdin=text)
    assert result.exit_code == 2
    assert len(result.stdout.splitlines()) == 2
    assert "line 2: character 1 is not a hexadecimal digit" in result.stderr
    assert "1 of 3 messages could not be decoded" in result.stderr


def test_what_is_told_is_not_guessed() -> None:
    z013, z026 = BY_ID["z013"], BY_ID["z026"]
    result = run("--dialect", "cup", z013["hex"])
    assert result.exit_code == 2
    assert "leave --dialect and --framing out" in result.stderr
    found = decoded("--unsafe", "--dialect", "cup", "--set", "40=LLLVAR ans 999", z013["hex"])
    assert found["fields"] == z013["expected"]
    found = decoded("--unsafe", "--dialect", "cup", "--set", "header_bytes=0", z026["hex"])
    assert found["fields"] == z026["expected"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["zz"], "character 1 is not a hexadecimal digit"),
        (["zz"], "next: two hexadecimal digits a byte"),
        (["123"], "3 hexadecimal digits are no whole number of bytes"),
        (["--dialect", "visa", "00"], "there is no dialect visa; there are cup, cup-accept"),
        (["--dialect", "cup", "--set", "header_bytes", "00"], "no value"),
        (["--dialect", "cup", "--set", "colour=red", "00"], "colour is not a setting"),
        (["--dialect", "cup", "--set", "4=n..12", "00"], "field 4: 'n..12' is not a format"),
        (["--dialect", "cup", "--set", "mac=des", "00"], "mac is one of cup-ecb, none"),
        (["--dialect", "cup", "--framing", "none", "60"], "field 0 at offset 1: ends before"),
        (["-"], "no message on standard input"),
        (["--framing", "len2", BY_ID["z001"]["hex"][:-2]], "the length says 159, 158 follow"),
    ],
)
def test_bad_input_is_told_in_words(arguments: list[str], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""


def test_errors_hold_no_contents() -> None:
    for row in SAMPLES:
        data = bytes.fromhex(row["hex"])
        for end in range(1, len(data) - 1, 7):
            with pytest.raises(reading.ReadingError) as caught:
                reading.read(data[:end], dialect_name="cup")
            assert "629999" not in str(caught.value)


def test_bad_sample_is_refused_with_field_and_offset() -> None:
    result = run(BY_ID["s087"]["hex"])
    assert result.exit_code == 2
    assert "field 55 at offset 185: needs 30 bytes, 21 are left" in result.stderr


def test_the_error_worth_telling_is_told() -> None:
    cut = bytes.fromhex(BY_ID["z054"]["hex"])[2:-4]
    result = run(cut.hex())
    assert "as cup with framing none, field 64 at offset 418: needs 8 bytes, 4 are left" in (
        result.stderr
    )


def test_the_example_in_the_help_works() -> None:
    text = run("--help").stdout
    example = re.search(r"tidegate decode ([0-9A-F]{40,})", text)
    assert example
    assert decoded(example[1])["kind"] == "sign-in"


def test_noise_is_not_taken_for_a_message() -> None:
    noise = random.Random(SEED)
    taken = 0
    for _ in range(300):
        try:
            reading.read(noise.randbytes(noise.randrange(1, 300)))
            taken += 1
        except reading.ReadingError:
            pass
    assert taken == 0, f"seed {SEED}"


def test_text_in_chinese() -> None:
    fields = {0: "0810", 11: "000001", 39: "00", 60: "00000003001"}
    fields[63] = reading.wire_text("签到成功")
    found = decoded(cup(fields))
    assert found["fields"]["63"] == "签到成功"
    assert reading.readable("ab\udc80") == "ab\\x80"


def test_a_field_cannot_give_orders_to_the_terminal() -> None:
    text = cup({0: "0810", 11: "000001", 39: "00", 60: "00000003001", 63: "\x1b[2J\x07[bold]"})
    shown = run(text).stdout
    assert "\x1b" not in shown
    assert "\\x1b[2J\\x07[bold]" in shown


def test_codes_and_kinds_all_have_texts() -> None:
    assert list(codes.KINDS) == list(KIND_NAMES)
    listed = (
        "00 10 11 A2 A4 A5 A6 01 02 03 04 07 33 34 35 36 37 38 41 43 05 06 09 12 13 14 15 21 22"
        " 31 40 42 51 53 54 57 58 59 61 62 63 64 65 25 30 55 75 66 68 77 90 91 92 94 95 96 97 98"
        " 99 A0 A1 A3 A7"
    )
    assert set(listed.split()) == set(codes.RESPONSES)
    for english, chinese in [*codes.RESPONSES.values(), *codes.KINDS.values()]:
        assert english.isascii()
        assert any("一" <= char <= "鿿" for char in chinese)
    assert codes.response("ZZ") == ("unknown code", "未知应答码")
