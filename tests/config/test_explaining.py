"""`tidegate schedule explain` and `tidegate config check`, as people and as programs see them."""

import json

import pytest
from click.testing import CliRunner

from tidegate_host import config, paths
from tidegate_host.cli.main import group

EXAMPLE = str(paths.boards_root() / "virtual" / "bridge.toml")

NIGHT_SMALL = """\
at        2027-02-16 23:30:00 UTC+08:00, tue (the clock is taken as known)
request   sale of 80.00 (sale, 消费)
window    night-small, number 3: mon-sun 23:30-01:00, night-channel, up to 500.00 \
(before night: the first match decides)
rule      the night channel takes it, on a route of its own
decision  ALLOW, on the route night
changes   2027-02-17 01:00:00 UTC+08:00, in 1 h 30 min: DECLINE with 58 (window night)
limits    absurd, night-sum, same-card, typed, twice (tidegate config check tells them)
day       business day 2027-02-17, cut-over at 23:00
"""
NIGHT_LARGE = """\
at        2027-02-17 00:59:59 UTC+08:00, wed (the clock is taken as known)
request   sale of 500.01 (sale, 消费)
window    night-small, number 3: mon-sun 23:30-01:00, night-channel, up to 500.00 \
(before night: the first match decides)
rule      500.01 is above the 500.00 allowed here
decision  DECLINE at once with 61: amount over the limit 交易金额超限; a hold is recorded
changes   2027-02-17 01:00:00 UTC+08:00, in 1 s: DECLINE with 58 (window night)
day       business day 2027-02-17, cut-over at 23:00
"""
NIGHT = """\
at        2027-02-17 05:59:59 UTC+08:00, wed (the clock is taken as known)
request   sale of 80.00 (sale, 消费)
window    night, number 4: mon-sun 23:00-06:00, decline
rule      the window declines sale
decision  DECLINE at once with 58: not permitted at this terminal \
本终端不允许此交易; a hold is recorded
changes   2027-02-17 06:00:00 UTC+08:00, in 1 s: ALLOW on primary (no window)
day       business day 2027-02-17, cut-over at 23:00
"""
LAST_HOUR = """\
at        2027-02-16 23:00:00 UTC+08:00, tue (the clock is taken as known)
request   sale (sale, 消费)
window    last-hour, number 2: mon-sun 23:00-23:30, next-day \
(before night: the first match decides)
rule      allowed, and it belongs to the next business day
decision  ALLOW, on the route primary, marked for the next business day
changes   2027-02-16 23:30:00 UTC+08:00, in 30 min: ALLOW on night (window night-small)
limits    absurd, same-card, typed, twice (tidegate config check tells them)
day       business day 2027-02-17, cut-over at 23:00
"""
DRAINING = """\
at        2027-02-16 22:40:00 UTC+08:00, tue (the clock is taken as known)
request   void (void of a sale, 消费撤销)
window    none holds
rule      no window speaks about void at this time: everything is allowed
decision  ALLOW, on the route of its original
changes   2027-02-21 03:00:00 UTC+08:00, in 4 d 4 h 20 min: DECLINE with 90 (window maintenance)
day       business day 2027-02-16, cut-over at 23:00; what is stored goes out with priority now
"""
MAINTENANCE = """\
at        2027-02-21 03:00:00 UTC+08:00, sun (the clock is taken as known)
request   reversal (reversal, 冲正)
window    none: windows are about live requests
decision  STORE and bring to the acquirer, in every window; sent when the maintenance is over
day       business day 2027-02-21, cut-over at 23:00
"""
UNKNOWN = """\
at        an unknown time: the bridge started without a clock and heard no host yet
request   sale (sale, 消费)
window    not known
rule      the time is unknown and [clock] when_unknown = "allow"
decision  ALLOW, on the route primary
changes   as soon as the time is known
limits    absurd, same-card, typed, twice (tidegate config check tells them)
day       not known
"""

GOLDEN = [
    ("--at 2027-02-16T23:30 --amount 8000", NIGHT_SMALL),
    ("--at 2027-02-16T15:30Z --amount 8000", NIGHT_SMALL),
    ("--at 2027-02-17T00:59:59 --amount 50001", NIGHT_LARGE),
    ("--at 2027-02-17T05:59:59 --amount 8000", NIGHT),
    ("--at 2027-02-16T23:00", LAST_HOUR),
    ("--at 2027-02-16T22:40 --kind void", DRAINING),
    ("--at 2027-02-21T03:00 --kind reversal", MAINTENANCE),
    ("--unknown-clock", UNKNOWN),
]


def run(*words):
    return CliRunner().invoke(group, list(words))


@pytest.mark.parametrize(("words", "expected"), GOLDEN)
def test_explain_is_golden(words, expected):
    done = run("schedule", "explain", "-c", EXAMPLE, *words.split())
    assert done.exit_code == 0, done.output
    assert done.stdout == expected


def test_explain_as_data():
    words = ("--at", "2027-02-16T23:30", "--amount", "80000", "--json")
    done = run("schedule", "explain", "-c", EXAMPLE, *words)
    told = json.loads(done.stdout)
    assert {key: told[key] for key in ("schema", "decision", "code", "reason", "until")} == {
        "schema": 1,
        "decision": "decline",
        "code": "61",
        "reason": "cap",
        "until": "2027-02-17T01:00:00+08:00",
    }
    assert told["window"]["name"] == "night-small"
    assert told["behind"] == ["night"]
    assert told["then"]["window"]["name"] == "night"
    assert told["business_date"] == "2027-02-17"


def test_an_amount_above_a_limit_is_refused_as_the_board_will():
    words = ("schedule", "explain", "-c", EXAMPLE, "--at", "2027-02-16T12:00")
    told = run(*words, "--amount", "2000001").output
    assert "limit absurd: from 0.01 to 20,000.00" in told and "DECLINE at once with 61" in told
    assert "ALLOW" in run(*words, "--amount", "2000000").output
    told = json.loads(run(*words, "--amount", "2000001", "--json").stdout)
    assert (told["decision"], told["code"], told["limit"]) == ("decline", "61", "absurd")


BERLIN = """name = "b"
[[terminal]]
name = "t"
type = "tcp"
port = 1
dialect = "cup"
[[route]]
name = "r"
[[route.host]]
host = "h"
port = 1
tls = false
[clock]
timezone = "Europe/Berlin"
cutover = "23:00"
when_unknown = "decline"
[[window]]
name = "night"
from = "23:00"
to = "06:00"
action = "decline"
"""


def test_times_that_the_shop_clock_skips_or_shows_twice(tmp_path):
    path = tmp_path / "b.toml"
    path.write_text(BERLIN, "utf-8")
    skipped = run("schedule", "explain", "-c", str(path), "--at", "2027-03-28T02:30")
    assert (skipped.exit_code, skipped.stdout) == (2, "")
    assert "2027-03-28T02:30 does not exist" in skipped.stderr
    twice = run("schedule", "explain", "-c", str(path), "--at", "2027-10-31T02:30", "--json")
    told = json.loads(twice.stdout)
    assert told["at"] == "2027-10-31T02:30:00+02:00"
    assert (told["until"], told["until_s"]) == ("2027-10-31T06:00:00+01:00", 16200)


@pytest.mark.parametrize(("kind", "decision"), [("sale", "decline"), ("void", "allow")])
def test_an_unknown_clock_that_declines(tmp_path, kind, decision):
    path = tmp_path / "b.toml"
    path.write_text(BERLIN, "utf-8")
    words = ("-c", str(path), "--unknown-clock", "--json", "--kind", kind)
    told = json.loads(run("schedule", "explain", *words).stdout)
    assert (told["decision"], told["reason"], told["until"]) == (decision, "clock-unknown", None)


@pytest.mark.parametrize("at", ["25:00", "tomorrow", "2027-02-30T10:00"])
def test_a_time_that_is_none(at):
    done = run("schedule", "explain", "-c", EXAMPLE, "--at", at)
    assert done.exit_code == 2
    assert f'error: "{at}" is no time' in done.stderr or at in done.stderr
    assert "next: " in done.stderr


def test_check_says_what_it_means():
    done = run("config", "check", EXAMPLE)
    assert done.exit_code == 0
    assert done.stdout.startswith(f"OK        {EXAMPLE}: bridge shop-1, ")
    for line in (
        "terminal  mobile: cup-accept on serial /dev/ttyUSB0",
        "route     primary: 127.0.0.1:7000 (TLS), then 127.0.0.1:7001 (TLS)",
        "window    night: mon-sun 23:00-06:00 decline",
    ):
        assert line in done.stdout.splitlines()


def test_check_as_data():
    told = json.loads(run("config", "check", EXAMPLE, "--json").stdout)
    board_file = config.compile_bytes(told["config"])
    assert (told["schema"], told["ok"], told["bytes"]) == (1, True, len(board_file))
    assert told["sha256"] == config.digest(board_file)


@pytest.mark.parametrize("as_json", [False, True])
def test_check_tells_every_mistake(tmp_path, as_json):
    path = tmp_path / "b.toml"
    path.write_text(BERLIN.replace("cup", "cpu").replace("decline", "declin"), "utf-8")
    done = run("config", "check", str(path), *(["--json"] if as_json else []))
    assert done.exit_code == 2
    if as_json:
        told = json.loads(done.stdout)
        assert (told["ok"], [one["line"] for one in told["mistakes"]]) == (False, [6, 16, 21])
    else:
        assert done.stdout == ""
        assert f"error: 3 mistakes in {path}\n{path}:6: " in done.stderr
        assert f'{path}:21: [[window]] "night": action is "declin"' in done.stderr


def test_other_commands_tell_mistakes_and_the_next_step(tmp_path):
    path = tmp_path / "b.toml"
    path.write_text("", "utf-8")
    done = run("schedule", "explain", "-c", str(path))
    assert done.exit_code == 2
    assert f"next: correct them and run: tidegate config check {path}" in done.stderr
    gone = run("schedule", "explain", "-c", str(tmp_path / "gone.toml"))
    assert (gone.exit_code, gone.stdout) == (2, "")
    assert gone.stderr == (
        f"error: {tmp_path / 'gone.toml'}: No such file or directory\nnext: look at the path\n"
    )
