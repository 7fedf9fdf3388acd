"""The `tidegate` command as such: its list, its help, its exit codes."""

import click
import pytest
from click.testing import CliRunner

from tidegate_host.cli import common, main


def run(monkeypatch, command, *words):
    monkeypatch.setattr(main.LazyGroup, "list_commands", lambda self, ctx: ["trial"])
    monkeypatch.setattr(main.LazyGroup, "get_command", lambda self, ctx, name: command)
    return CliRunner().invoke(main.group, ["trial", *words])


def raising(error):
    @click.command()
    def command():
        raise error

    return command


FAILURES = [
    (common.OperatingError("no board", "plug it in", common.NO_DEVICE), 3, "no board"),
    (FileNotFoundError(2, "No such file or directory", "x.toml"), 2, "x.toml: No such file"),
    (FileNotFoundError(2, "No such file or directory", "a/x.zip.new"), 2, "a/x.zip: No such file"),
    (ConnectionRefusedError(111, "Connection refused"), 2, "Connection refused"),
    (TimeoutError("no answer within 5 s"), 4, "no answer within 5 s"),
    (KeyboardInterrupt(), 130, "interrupted"),
]


@pytest.mark.parametrize(("error", "code", "text"), FAILURES)
def test_operating_errors_are_told_in_words(monkeypatch, error, code, text):
    done = run(monkeypatch, raising(error))
    assert (done.exit_code, done.stdout) == (code, "")
    assert done.stderr.startswith(f"error: {text}")


def test_the_next_step_is_said(monkeypatch):
    done = run(monkeypatch, raising(FAILURES[0][0]))
    assert done.stderr == "error: no board\nnext: plug it in\n"


def test_a_fault_of_ours_is_not_hidden(monkeypatch):
    done = run(monkeypatch, raising(ImportError("broken")))
    assert isinstance(done.exception, ImportError)


def test_a_misspelt_command_is_answered_with_the_right_one():
    done = CliRunner().invoke(main.group, ["shedule"])
    assert done.exit_code == 2
    assert "Did you mean schedule?" in done.stderr


def test_the_list_names_each_command_as_it_is_called():
    shown = CliRunner().invoke(main.group, ["--help"]).stdout
    for name in main.group.list_commands(click.Context(main.group)):
        assert f"│ {name} " in shown


def test_every_command_teaches_with_an_example():
    ctx = click.Context(main.group)
    names = main.group.list_commands(ctx)
    assert len(names) > 5
    for name in names:
        assert f"tidegate {name} " in main.group.get_command(ctx, name).help + " ", name
