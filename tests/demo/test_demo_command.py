"""`tidegate demo` as it is called: exit codes, data, and what goes wrong before it begins."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tidegate_host.cli.main import group
from tidegate_host.demo import run

sys.path.append(str(Path(__file__).parents[1] / "report"))
import sample  # noqa: E402


def call(monkeypatch, behaviour, *args):
    monkeypatch.setattr(run, "run", behaviour)
    return CliRunner().invoke(group, ["demo", *args], prog_name="tidegate")


@pytest.mark.parametrize(("good", "code"), [(True, 0), (False, 1)])
def test_the_exit_code_tells_whether_the_books_agree(monkeypatch, tmp_path, good, code):
    result = call(
        monkeypatch, lambda folder, quiet: sample.report(good), "--json", "--out", str(tmp_path)
    )
    assert result.exit_code == code
    shown = json.loads(result.stdout)
    assert shown["schema"] == 1 and shown["good"] is good
    assert {"books", "messages", "checks", "transcript", "holds"} <= set(shown)


def test_a_demo_that_cannot_begin_says_why(monkeypatch, tmp_path):
    def broken(folder, quiet):
        raise run.DemoFailed("the demo cannot begin: no ptys left")

    result = call(monkeypatch, broken, "--out", str(tmp_path))
    assert result.exit_code == 2
    assert "no ptys left" in result.stderr and "next:" in result.stderr
    assert "Traceback" not in result.output
