"""Every kind of mistake in a bridge.toml but those in its windows: its line, and what is said."""

import pytest
from broken_files import NIGHT_ROUTE, PARTS, TODAY, assert_matches, check, window, write

from tidegate_host import config

ROWS = [
    # The file as such.
    ("no toml", {"rest": "[clock  # <-"}, "this is not TOML"),
    ("key twice", {"top": 'name = "a"\nname = "b"  # <-'}, "this is not TOML: cannot overwrite"),
    ("unknown table", {"rest": "[limts]  # <-\na = 1"}, 'limts is not known.*mean "limits"'),
    (
        "unknown key",
        {"clock": PARTS["clock"] + '\ntimezon = "x"  # <-'},
        'did you mean "timezone"',
    ),
    ("schema", {"top": 'name = "a"\nschema = 2  # <-'}, "schema is 2; this tool reads 1"),
    ("no name", {"top": "# <-"}, "name is missing"),
    ("name", {"top": 'name = "My Shop"  # <-'}, 'name is "My Shop"; allowed is small letters'),
    (
        "console",
        {"top": 'name = "a"\nconsole = "shut"  # <-'},
        'console is "shut".*are open, locked',
    ),
    ("table for array", {"rest": "[window]  # <-\nname = 1"}, r"has to be an array.*\[\[window"),
    ("array for table", {"rest": "[[limits]]  # <-"}, r"limits has to be a table: \[limits\]"),
    # Secrets.
    ("password", {"top": 'name = "a"\nwifi_password = "x"  # <-'}, "looks like a secret"),
    ("key", {"rest": '[console_key]  # <-\nhex = "00"'}, "console_key looks like a secret"),
    ("mak", {"terminal": PARTS["terminal"] + '\nmak = "00"  # <-'}, "mak looks like a secret"),
    (
        "private key",
        {"top": 'name = """-----BEGIN EC PRIVATE KEY-----\nabc"""'},
        "^a private key stands here; secrets belong in a file of their own$",
    ),
    # Terminals.
    ("no terminal", {"terminal": ""}, r"\[\[terminal\]\] is missing; at least 1"),
    (
        "type",
        {"terminal": '[[terminal]]\nname = "t"\ntype = "tpc"  # <-\nport = 1\ndialect = "cup"'},
        'type is "tpc"; allowed are tcp, serial; did you mean "tcp"',
    ),
    (
        "port",
        {"terminal": PARTS["terminal"].replace("9001", "70000  # <-")},
        r'\[\[terminal\]\] "t1": port is 70000; allowed is a whole number from 0 to 65535',
    ),
    (
        "port twice",
        {
            "terminal": PARTS["terminal"]
            + "\n"
            + PARTS["terminal"].replace("9001", "9001  # <-").replace("t1", "t2")
        },
        "port 9001 is taken already, by line 5",
    ),
    (
        "name twice",
        {
            "terminal": PARTS["terminal"]
            + "\n"
            + PARTS["terminal"].replace("9001", "9002").replace('"t1"', '"t1"  # <-')
        },
        "name t1 is taken already, by line 3",
    ),
    (
        "dialect",
        {"terminal": PARTS["terminal"].replace('"cup"', '"cpu"  # <-')},
        'dialect is "cpu"; allowed are cup, cup-accept, .*did you mean "cup"',
    ),
    (
        "tcp with baud",
        {"terminal": PARTS["terminal"] + "\nbaud = 9600  # <-"},
        'baud has no meaning here; it belongs to a terminal of type "serial"',
    ),
    (
        "serial with port",
        {
            "terminal": PARTS["terminal"]
            .replace('"tcp"', '"serial"\npath = "2"')
            .replace("9001", "9001  # <-")
        },
        'port has no meaning here; it belongs to a terminal of type "tcp"',
    ),
    (
        "no path",
        {"terminal": '[[terminal]]  # <-\nname = "t"\ntype = "serial"\ndialect = "cup"'},
        r'\[\[terminal\]\] "t": path is missing',
    ),
    (
        "baud",
        {
            "terminal": '[[terminal]]\nname = "t"\ntype = "serial"\npath = "2"\n'
            "baud = 9601  # <-\n"
            'dialect = "cup"'
        },
        "baud is 9601; allowed are 1200, .*115200",
    ),
    # Routes.
    ("no route", {"route": ""}, r"\[\[route\]\] is missing"),
    ("no host", {"route": '[[route]]  # <-\nname = "primary"'}, r"\[\[host\]\] is missing"),
    (
        "no tls",
        {
            "route": PARTS["route"]
            .replace("\ntls = false", "")
            .replace("[[route.host]]", "[[route.host]]  # <-")
        },
        r'\[\[route.host\]\] 1 of "primary": tls is missing',
    ),
    (
        "tls without ca",
        {
            "route": PARTS["route"]
            .replace("false", "true")
            .replace("[[route.host]]", "[[route.host]]  # <-")
        },
        "ca is missing",
    ),
    ("ca without tls", {"route": PARTS["route"] + '\nca = "ca.der"  # <-'}, "ca has no meaning"),
    (
        "scheme",
        {"route": PARTS["route"].replace('"10.0.0.1"', '"https://a"  # <-')},
        'host is "https://a"; allowed is a host name',
    ),
    (
        "time-out",
        {"route": PARTS["route"].replace('"primary"', '"primary"\nconnect_timeout_s = 18  # <-')},
        r"connect_timeout_s is 18 .*answer_deadline_s \(18\)",
    ),
    # Lanes.
    (
        "lane twice",
        {"rest": '[[lane]]\nterminal = [{tid="A",mid="B"},\n{tid="A",mid="B"}]  # <-'},
        "terminal A B is in a lane already, on line 17",
    ),
    (
        "tid",
        {"rest": '[[lane]]\nterminal = [{ tid = "123456789", mid = "B" }]  # <-'},
        "tid is .*up to 8 characters",
    ),
    (
        "lanes",
        {
            "top": 'name = "a"\nlanes_max = 1',
            "rest": '[[lane]]\nterminal = [{tid="A",mid="B"}]\n'
            '[[lane]]  # <-\nterminal = [{tid="C",mid="B"}]',
        },
        "there are 2 .*lanes_max is 1",
    ),
    # Limits and codes.
    ("limit", {"rest": "[limits]\nstall_s = 1  # <-"}, "stall_s is 1; .*from 5 to 600"),
    (
        "limit text",
        {"rest": '[limits]\nstall_s = "20"  # <-'},
        'stall_s is "20"; allowed is a whole',
    ),
    (
        "limit flag",
        {"rest": "[limits]\nstall_s = true  # <-"},
        "stall_s is true; allowed is a whole",
    ),
    *[
        (
            f"code {code}",
            {"rest": f'[decline]\nline = "{code}"  # <-'},
            "could take for an approval",
        )
        for code in ("00", "10", "11", "A2", "A4", "A5", "A6", "77", "97", "A0")
    ],
    ("code", {"rest": '[decline]\ncap = "6"  # <-'}, 'cap is "6"; allowed is a response code'),
    (
        "code of a window",
        {"rest": window('action = "decline"\ncode = "00"  # <-')},
        'code is "00", which a terminal could take for an approval',
    ),
    # Clock.
    (
        "zone",
        {"clock": PARTS["clock"].replace('"Asia/Shanghai"', '"Asia/Shangai"  # <-')},
        'timezone "Asia/Shangai" is not known.*did you mean "Asia/Shanghai"',
    ),
    ("no zone", {"clock": '[clock]  # <-\ncutover = "23:00"'}, "timezone is missing"),
    (
        "cut-over",
        {"clock": PARTS["clock"].replace('"23:00"', '"24:00"  # <-')},
        'cutover is "24:00"; allowed is "HH:MM", 00:00 to 23:59',
    ),
    (
        "when unknown",
        {"clock": PARTS["clock"] + '\nwhen_unknown = "refuse"  # <-'},
        'when_unknown is "refuse"; allowed are allow, decline',
    ),
    (
        "holidays",
        {"clock": PARTS["clock"] + '\nholidays = "none.txt"  # <-'},
        'cannot read "none.txt" beside this file: No such file',
    ),
    # Dialects.
    ("extends", {"rest": '[dialect.mine]\nextends = "cap"  # <-'}, 'extends is "cap"; .*"cup"'),
    ("no extends", {"rest": "[dialect.mine]  # <-\nheader_bytes = 0"}, "extends is missing"),
    (
        "name of a dialect",
        {"rest": '[dialect.cup]  # <-\nextends = "cup"'},
        '"cup" comes with Tidegate',
    ),
    (
        "setting of a dialect",
        {"rest": '[dialect.mine]\nextends = "cup"\nheader_bytes = -1  # <-'},
        r"\[dialect.mine\]: header_bytes is 0 to",
    ),
    (
        "field of a dialect",
        {"rest": '[dialect.mine]\nextends = "cup"\n[dialect.mine.fields]\n40 = "LVAR"  # <-'},
        "field 40: 'LVAR' is not a format",
    ),
]


@pytest.mark.parametrize(("parts", "message"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_it_is_told_once_with_its_line(tmp_path, parts, message):
    check(tmp_path, parts, message)


def test_the_file_that_the_rows_change_is_right(tmp_path):
    assert config.load(write(tmp_path, {}), TODAY)["name"] == "shop-1"


def test_all_mistakes_at_once_in_the_order_of_the_file(tmp_path):
    text = '[[terminal]]\nname = "t1"\ntype = "tcp"\nport = 0.5\ndialect = "cpu"\n'
    rest = window('action = "declin"') + "[limits]\nbusy = 1\nstall_s = 0"
    path = write(tmp_path, {"top": "nam = 1", "terminal": text, "rest": rest})
    with pytest.raises(config.ConfigErrors) as caught:
        config.load(path, TODAY)
    lines = [line for line, _ in caught.value.mistakes]
    assert lines == sorted(lines)
    said = str(caught.value)
    for word in ("name is missing", "nam is not known", "port is 0.5", '"cpu"', '"declin"',
                 "busy is not known", "stall_s is 0"):  # fmt: skip
        assert word in said, word
    assert len(lines) == 7, said


def test_secrets_are_not_repeated(tmp_path):
    secret = "hunter2hunter2"
    path = write(tmp_path, {"top": f'name = "a"\npsk = "{secret}"\nwifi-password = "{secret}"'})
    with pytest.raises(config.ConfigErrors) as caught:
        config.load(path, TODAY)
    assert len(caught.value.mistakes) == 2
    assert secret not in str(caught.value)


def test_not_text(tmp_path):
    path = tmp_path / "bridge.toml"
    path.write_bytes(b'name = "a"\n# \xff\n')
    with pytest.raises(config.ConfigErrors, match="line 2: this is not UTF-8 text"):
        config.load(path, TODAY)


def test_a_holiday_file_is_checked_line_by_line(tmp_path):
    (tmp_path / "h.txt").write_text("# 2027\n2027-02-16 Spring Festival\n\n2027-02-30\nnever\n")
    path = write(tmp_path, {"clock": PARTS["clock"] + '\nholidays = "h.txt"'})
    with pytest.raises(config.ConfigErrors) as caught:
        config.load(path, TODAY)
    assert [text for _, text in caught.value.mistakes] == [
        '[clock]: h.txt line 4: "2027-02-30" is no date; allowed is 2027-02-16 and a name',
        '[clock]: h.txt line 5: "never" is no date; allowed is 2027-02-16 and a name',
    ]


NOTES = [
    (window('action = "decline"\ndates = ["2026-02-16"]'), "its dates have all passed"),
    (
        window('action = "allow"', "a", "22:00", "23:30")
        + window('action = "decline"', "b", "23:00", "06:00"),
        r'it crosses "a" \(line 16\); where both hold, "a" decides on sale, preauth, preauth-add',
    ),
    (NIGHT_ROUTE, "no window uses this route"),
    ('[dialect.mine]\nextends = "cup"', "no terminal speaks this dialect"),
    (
        '[[route.host]]\nhost = "10.0.0.2"\nport = 1\ntls = true\nca = "bridge.toml"',
        "made out to the address",
    ),
    ('[[route.host]]\nhost = "h"\nport = 1\ntls = true\nca = "gone.der"', "not there yet"),
]


@pytest.mark.parametrize(("rest", "message"), NOTES)
def test_what_may_be_meant_is_only_noted(tmp_path, rest, message):
    _, notes = config.load_with_notes(write(tmp_path, {"rest": rest}), TODAY)
    assert len(notes) == 1
    assert_matches(message, notes[0][1])
