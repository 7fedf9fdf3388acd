"""`tidegate evidence` and `tidegate exceptions`, on a journal that the real engine wrote."""

import csv
import io
import json
import zipfile

import pytest
from click.testing import CliRunner

from desk import CARD, Desk
from test_engine_barriers import settle, settled
from test_engine_live import reversal, sale, through
from test_engine_stored import advice
from tidegate.core import persons
from tidegate.journal import records
from tidegate_host.cli.main import group

DAY = "2026-05-03"


def tidegate(*words):
    return CliRunner().invoke(group, [str(w) for w in words])


@pytest.fixture(scope="module")
def journal(tmp_path_factory):
    """A sale that was reversed, a refused advice, an unknown sale, a batch out of balance."""
    desk = Desk()
    through(desk, sale(1))
    through(desk, reversal(1))
    through(desk, advice(2, 500), "05")
    desk.ask(sale(3))
    desk.up()
    desk.wait(18)
    desk.ask(settle(95, 1, 0, 0))
    desk.up()
    desk.host(settled(95, 1, "2"))
    path = tmp_path_factory.mktemp("evidence") / "flash.bin"
    path.write_bytes(desk.flash.data)
    return path


def made(journal, out):
    result = tidegate("evidence", "make", "1", "--journal", journal, "--out", out, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)["sha256"]


def altered(path, name, change):
    with zipfile.ZipFile(path) as package:
        files = {n: package.read(n) for n in package.namelist()}
    files[name] = change(files[name])
    with zipfile.ZipFile(path, "w") as package:
        for n, data in files.items():
            package.writestr(n, data)


def test_a_package_is_whole_masked_and_verified(journal, tmp_path):
    out = tmp_path / "case.zip"
    digest = made(journal, out)
    good = tidegate("evidence", "verify", out, "--journal", journal, "--sha256", digest)
    assert (good.exit_code, good.output) == (0, "as it was made 完好\n")
    with zipfile.ZipFile(out) as package:
        text = b"".join(package.read(name) for name in package.namelist())
        types = [json.loads(row)["type"] for row in package.read("journal.jsonl").splitlines()]
    assert {"SENT", "ANSWER", "DELIVER", "STORE", "ATTEMPT", "DONE"} <= set(types)
    assert CARD.encode() not in text and b"629999******1239" in text
    assert made(journal, tmp_path / "again.zip") == digest


def test_a_changed_package_is_found(journal, tmp_path):
    out = tmp_path / "case.zip"
    digest = made(journal, out)
    altered(out, "timeline.json", lambda data: data.replace(b"1000", b"9000"))
    result = tidegate("evidence", "verify", out, "--sha256", digest)
    assert result.exit_code == 1 and "timeline.json was changed" in result.output
    assert "not the one with that hash" in result.output


def test_a_package_that_was_made_anew_does_not_fit_the_journal(journal, tmp_path):
    other = Desk()
    through(other, sale(1, 777700))
    path, out = tmp_path / "other.bin", tmp_path / "case.zip"
    path.write_bytes(other.flash.data)
    made(path, out)
    assert tidegate("evidence", "verify", out).exit_code == 0
    result = tidegate("evidence", "verify", out, "--journal", journal)
    assert result.exit_code == 1 and "no such entry" in result.output


def test_what_is_no_package_is_told(tmp_path):
    for data in (b"", b"PK", b"x" * 99):
        path = tmp_path / "no.zip"
        path.write_bytes(data)
        result = tidegate("evidence", "verify", path)
        assert result.exit_code == 2 and "no zip" in result.output
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("manifest.json", "[]")
    assert tidegate("evidence", "verify", path).exit_code == 2


def test_the_daily_list_names_what_the_acquirer_must_look_at(journal, tmp_path):
    page, sheet = tmp_path / "day.html", tmp_path / "day.csv"
    words = ("exceptions", "--day", DAY, "--journal", journal)
    result = tidegate(*words, "--json", "--html", page, "--csv", sheet)
    assert result.exit_code == 1, result.output
    rows = json.loads(result.stdout)["exceptions"]
    listed = [(row["what"], row["stan"]) for row in rows]
    assert listed == [("refused", "000002"), ("unknown", "000003"), ("unbalanced", "")]
    read = list(csv.DictReader(io.StringIO(sheet.read_text("utf-8-sig"))))
    assert [(row["what"], row["stan"]) for row in read] == listed
    assert page.read_text("utf-8").count("<tr>") == 4
    for file in (page, sheet):
        assert CARD not in file.read_text("utf-8")


def test_a_day_without_anything_is_no_finding(journal):
    result = tidegate("exceptions", "--day", "2026-05-09", "--journal", journal, "--json")
    assert (result.exit_code, json.loads(result.stdout)["exceptions"]) == (0, [])
    assert tidegate("exceptions", "--day", "x", "--journal", journal).exit_code == 2


def test_a_hold_is_no_exception_whoever_ends_it(tmp_path):
    desk = Desk()
    desk.ask(sale(1))
    desk.down()
    (item,) = [i.id for i in desk.journal.items(-1, 1 << records.HOLD)]
    desk.perform(persons.cancel(desk.engine, item, "Li", "customer left"))
    path = tmp_path / "flash.bin"
    path.write_bytes(desk.flash.data)
    done = tidegate("exceptions", "--day", DAY, "--journal", path, "--json")
    assert (done.exit_code, json.loads(done.stdout)["exceptions"]) == (0, [])
