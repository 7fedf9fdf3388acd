"""The command line on a virtual board, as a person types it."""

import json
import re

from click.testing import CliRunner

from tidegate_host.cli.main import group


class Tool:
    """`tidegate` in this process, for the bridge in a folder of $TIDEGATE_HOME."""

    def __init__(self, name="shop"):
        self.device = f"virtual:{name}"

    def __call__(self, *words, code=0, device=True):
        where = ("--device", self.device) if device else ()
        result = CliRunner().invoke(group, [*map(str, words), *where])
        assert result.exit_code == code, f"{result.exit_code}: {result.output}{result.exception}"
        return result.output

    def json(self, *words, code=0):
        return json.loads(self(*words, "--json", code=code).splitlines()[-1])


def steady(text):
    """A transcript without what differs from run to run: times, hashes, figures of memory."""
    text = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ?", "TIME", text)
    text = re.sub(r"\b\d+:\d\d:\d\d\b", "UPTIME", text)
    text = re.sub(r"\b[0-9a-f]{12}\b", "HASH", text)
    text = re.sub(r"MicroPython \d+\.\d+\.\d+", "MicroPython VERSION", text)
    return re.sub(r"\b\d{1,3}(,\d{3})+ bytes", "N bytes", text)
