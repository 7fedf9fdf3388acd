"""A right bridge.toml in parts, to be broken in one of them, and how a row of mistakes is checked.

The line on which the mistake has to be reported carries the mark `# <-`.
"""

import datetime

import pytest

from tidegate_host import config

TODAY = datetime.date(2027, 1, 1)
MARK = "# <-"

PARTS = {
    "top": 'name = "shop-1"',
    "terminal": '[[terminal]]\nname = "t1"\ntype = "tcp"\nport = 9001\ndialect = "cup"',
    "route": '[[route]]\nname = "primary"\n[[route.host]]\nhost = "10.0.0.1"\nport = 7000\n'
    "tls = false",
    "clock": '[clock]\ntimezone = "Asia/Shanghai"\ncutover = "23:00"',
    "rest": "",
}

NIGHT_ROUTE = '[[route]]\nname = "night"\n[[route.host]]\nhost = "a"\nport = 1\ntls = false\n'


def window(text, name="w", start="23:00", end="06:00"):
    return f'[[window]]\nname = "{name}"\nfrom = "{start}"\nto = "{end}"\n{text}\n'


def write(folder, parts):
    path = folder / "bridge.toml"
    path.write_text("\n".join({**PARTS, **parts}.values()) + "\n", "utf-8")
    return path


def marked_line(path):
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if MARK in line:
            return number
    return 1


def assert_matches(pattern, text):
    with pytest.raises(ValueError, match=pattern):
        raise ValueError(text)


def check(folder, parts, message):
    """The one mistake of these parts is told on the marked line, in words that match."""
    path = write(folder, parts)
    with pytest.raises(config.ConfigErrors, match="line") as caught:
        config.load(path, TODAY)
    assert len(caught.value.mistakes) == 1, caught.value
    line, text = caught.value.mistakes[0]
    assert line == marked_line(path), text
    assert_matches(message, text)
