"""`tidegate acquirer` and `tidegate terminal` as somebody at a prompt uses them."""

import json
import re
import signal
import subprocess
import sys

import pytest

from tidegate_host.standins.cards import make_card

TIDEGATE = [sys.executable, "-m", "tidegate_host.cli.main"]


class Prompt:
    """A running `tidegate acquirer --json` and a `tidegate terminal` that talks to it."""

    def __init__(self, folder, *options):
        self.folder = folder
        self.process = subprocess.Popen(
            [*TIDEGATE, "acquirer", "--port", "0", "--json", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder,
        )  # fmt: skip
        self.port = int(re.search(r":(\d+)$", self.line("listening")["note"])[1])

    def line(self, note):
        """The next line whose note has this in it."""
        for text in self.process.stdout:
            row = json.loads(text)
            assert row["schema"] == 1
            if note in row.get("note", row["event"]):
                return row
        raise AssertionError(f"no line with {note}")

    def order(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def terminal(self, *words, stdin="", options=()):
        """-> (exit code, standard output, standard error)"""
        where = ["--connect", f"127.0.0.1:{self.port}", "--state", str(self.folder / "t.json")]
        done = subprocess.run(
            [*TIDEGATE, "terminal", *where, "--wait-s", "5", *options, *words],
            input=stdin, text=True, capture_output=True, timeout=60,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout, done.stderr


@pytest.fixture
def prompt(tmp_path):
    running = []

    def start(*options):
        running.append(Prompt(tmp_path, *options))
        return running[-1]

    yield start
    for each in running:
        each.process.kill()
        each.process.wait(10)
        each.process.stdin.close()
        each.process.stdout.close()


def test_a_morning_at_the_prompt(prompt):
    acquirer = prompt("--books", "books.json")
    code, _, problem = acquirer.terminal("sale", "1250")
    assert (code, "tidegate terminal sign-in" in problem) == (2, True)
    assert acquirer.terminal("sign-in")[0] == 0
    code, out, _ = acquirer.terminal("sale", "1250", "--card", "7", "--json")
    sold = json.loads(out)
    assert (code, sold["state"], sold["code"], sold["schema"]) == (0, "approved", "00", 1)
    code, out, _ = acquirer.terminal("sale", "6000000")
    assert code == 1
    assert "code 61 (amount over the limit)" in out
    acquirer.order("down")
    acquirer.line("line down")
    code, _, problem = acquirer.terminal("void", str(sold["stan"]))
    assert (code, "no connection" in problem) == (2, True)
    acquirer.order("up")
    acquirer.line("listening")
    assert acquirer.terminal("void", str(sold["stan"]))[0] == 0
    assert acquirer.terminal("settle")[0] == 0
    acquirer.process.send_signal(signal.SIGTERM)
    books = acquirer.line("books")
    assert acquirer.process.wait(10) == 0
    assert books["batches"] == [
        {
            "terminal": "TEST0001", "batch": 1, "debit_count": 1, "debit_sum": 1250,
            "credit_count": 1, "credit_sum": 1250,
        }
    ]  # fmt: skip
    assert books["findings"] == []
    assert make_card(7).pan not in (acquirer.folder / "books.json").read_text()


def test_the_shell_keeps_going(prompt):
    acquirer = prompt()
    lines = "sign-in\nsale 100\nnonsense\nvoid 99\noffline-sale 50 --card 2\nsettle\nstatus\n"
    code, out, problem = acquirer.terminal("shell", "--json", stdin=lines)
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [row.get("state") for row in rows[:4]] == ["done", "approved", "waiting", "done"]
    assert rows[4]["batch"] == 2
    assert "commands are" in problem
    assert "no transaction 000099" in problem


def test_tls_and_a_fault_plan(prompt, tmp_path):
    (tmp_path / "plan.toml").write_text('[[rule]]\nkind = "sale"\ndo = "refuse"\ncode = "51"\n')
    acquirer = prompt("--tls", "certs", "--faults", "plan.toml")
    tls = ("--ca", str(tmp_path / "certs" / "ca.der"), "--server-name", "acquirer.test")
    assert acquirer.terminal("sign-in", options=tls)[0] == 0
    assert acquirer.terminal("sale", "100", options=tls)[0] == 1
    assert acquirer.terminal("sale", "100", options=tls)[0] == 0
    wrong = (*tls[:2], "--server-name", "somebody.else")
    assert acquirer.terminal("sale", "100", options=wrong)[0] == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["acquirer", "--cutover", "25:00"], "25:00 is not a time of day"),
        (["acquirer", "--faults", "none.toml"], "cannot read fault plan none.toml"),
        (["acquirer", "--dialect", "klingon"], "there is no dialect klingon"),
        (["terminal", "--connect", "nowhere", "sign-in"], "nowhere is not HOST:PORT"),
        (["terminal", "--tid", "T1", "sign-in"], "a terminal id has 8 characters"),
        (["terminal", "--serial", "no/such/line", "sign-in"], "no connection"),
    ],
)
def test_mistakes_are_told(tmp_path, monkeypatch, words, says):
    monkeypatch.setenv("TIDEGATE_HOME", str(tmp_path))
    done = subprocess.run(
        [*TIDEGATE, *words], text=True, capture_output=True, timeout=60, cwd=tmp_path
    )
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
