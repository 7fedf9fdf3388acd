"""The list of mutations fits the sources, and three of them are really run."""

import subprocess
import sys

import mutation
import pytest
import workplace

import sources

MUTANTS = mutation.load()
NONE = (0, 0)
SLICE = ("codes/94-at-once", "journal/scan-stops-at-damage", "windows/open-at-23")


def test_every_mutation_fits_the_sources():
    sources.report([line for mutant in MUTANTS for line in mutation.misfits(mutant)])


def test_names_are_unique_and_every_mutant_has_somebody_to_notice_it():
    names = [mutant.name for mutant in MUTANTS]
    assert len(names) == len(set(names)) >= 25
    sources.report([m.name for m in MUTANTS if not m.tests and m.worlds[0] == m.worlds[1]])


def test_what_has_to_notice_them_is_there():
    findings = []
    for mutant in MUTANTS:
        for test in mutant.tests:
            path, *names = test.split("::")
            found = mutation.ROOT / path
            text = found.read_text("utf-8") if found.is_file() else ""
            if not found.exists():
                findings.append(f"{mutant.name}: no {path}")
            names = [name.partition("[")[0] for name in names]
            findings += [f"{mutant.name}: no {n} in {path}" for n in names if n not in text]
    sources.report(findings)


@pytest.mark.timeout(300)
def test_a_slice_is_killed():
    command = [sys.executable, str(mutation.HERE / "run.py"), "--workers", "1", *SLICE]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "mutants: 3 of 3 killed"


def test_the_runner_can_say_no():
    """It is only worth something if it tells survivors, misfits and broken copies from kills."""
    file = "firmware/tidegate/core/rules.py"
    for old, new, expected in (
        ("    if code == OK or (", "    if OK == code or (", workplace.SURVIVED),
        ("not in this file", "", workplace.MISFIT),
        ("AGAIN = const(-1)", "AGAIN = const(-1", workplace.BROKEN),
    ):
        edit = mutation.Edit(file, old, new)
        tests = ("tests/unit/test_engine_order.py",)
        mutant = mutation.Mutant("sample", "M1", "", (edit,), tests, NONE)
        place = workplace.Workplace()
        try:
            assert place.verdict(mutant)[0] == expected
        finally:
            place.close()
