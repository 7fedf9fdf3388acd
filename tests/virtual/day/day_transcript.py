"""The transcript of the day: what is told, the commands as typed, and what they print.

What differs from run to run is replaced by a name in angle brackets, and a time by that of the
step in which it happened.
"""

import re
import shlex

from click.testing import CliRunner

from tidegate_host.cli.main import group

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)([T ])(\d\d):(\d\d):(\d\d)(Z?)")
_ZONE_MIN = 8 * 60
_DAY_MIN = 24 * 60
_STEP_MIN = 5  # steps are at least so far apart, and none of them takes so long
_NAMED = (
    (re.compile(r"^ +\d+ (?=[A-Z]+ )", re.MULTILINE), "  <number> "),
    (re.compile(r"\bup \d+:\d\d:\d\d"), "up <time>"),
    (re.compile(r"\bin \d+:\d\d:\d\d"), "in <time>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<sha256>"),
    (re.compile(r"\bconfiguration [0-9a-f]{12}\b"), "configuration <hash>"),
    (re.compile(r"\bMicroPython \d+\.\d+\.\d+"), "MicroPython <version>"),
    (re.compile(r"\b\d{1,3}(,\d{3})+ bytes free"), "<number> bytes free"),
)


class Transcript:
    """Collects the lines of the day."""

    def __init__(self):
        self.lines = []
        self._minutes = [0]

    def step(self, at, title):
        """A heading: a time of the day, and what it is about."""
        self._minutes.append(at.hour * 60 + at.minute)
        self.lines += ["", f"== {at:%a %H:%M}  {title}"]

    def tell(self, text):
        """A paragraph."""
        self.lines += ["", *text.strip().splitlines()]

    def type(self, command, code=0):
        """Run a command as typed and keep what it prints. -> the output as it was."""
        done = CliRunner().invoke(group, shlex.split(command)[1:])
        assert done.exit_code == code, f"{command}: {done.exit_code}\n{done.output}"
        self.lines += ["", f"$ {self.steady(command)}", *self.steady(done.output).splitlines()]
        if code:
            self.lines.append(f"(exit code {code})")
        return done.output

    def steady(self, text):
        """Without what differs from run to run."""
        text = _TIME.sub(self._of_step, text)
        for pattern, name in _NAMED:
            text = pattern.sub(name, text)
        return text

    def _of_step(self, found):
        day, between, hour, minute, second, utc = found.groups()
        shift = _ZONE_MIN if utc else 0
        at = (int(hour) * 60 + int(minute) + shift) % _DAY_MIN
        began = max(step for step in self._minutes if step <= at)
        if at - began >= _STEP_MIN:  # told in advance, or typed
            return f"{day}{between}{hour}:{minute}{f':{second}'.removesuffix(':00')}{utc}"
        began = (began - shift) % _DAY_MIN
        return f"{day}{between}{began // 60:02}:{began % 60:02}{utc}"

    def text(self):
        """All of it."""
        return "\n".join(self.lines).strip() + "\n"
