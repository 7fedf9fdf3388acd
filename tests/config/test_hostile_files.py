"""Files broken at random: always a configuration or mistakes with lines, never anything else."""

import os
import random

from broken_files import TODAY

from tidegate_host import config, paths

EXAMPLE = paths.boards_root() / "virtual" / "bridge.toml"
SEED = int(os.environ.get("TIDEGATE_SEED", "20261123"))
CASES = 300

VALUES = (
    '""', '"x"', "1", "-1", "1.5", "true", "[]", "{}", "[1]", '["a"]', "[[1]]", "{ a = 1 }",
    "2027-02-16", "10:00:00", '"00"', "999999999999999", '"mon"', "{ fields = 1 }",
    "[{ a = 1 }]", '"\\u0000"', "nan", "inf",
)  # fmt: skip
KEYS = ("name", "host", "dates", "kinds", "days", "dialect", "fields", "terminal", "extends")
SETTINGS = ("header_bytes", "fields", "mti", "accept", "trailing", "name", "fields.40")


def broken(rng, source):
    lines = list(source)
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(lines))
        value = rng.choice(VALUES)
        lines[at : at + 1] = rng.choice(
            (
                [],
                [lines[at].partition("=")[0] + "= " + value],
                [rng.choice(source), lines[at]],
                [f"{rng.choice(KEYS)} = {value}"],
                ["[dialect.m]", 'extends = "cup"', f"{rng.choice(SETTINGS)} = {value}"],
            )
        )
    return "\n".join(lines)


def test_nothing_but_mistakes_comes_out(tmp_path):
    rng = random.Random(SEED)
    source = EXAMPLE.read_text("utf-8").splitlines()
    path = tmp_path / "bridge.toml"
    refused = 0
    for case in range(CASES):
        text = broken(rng, source)
        path.write_text(text, "utf-8")
        try:
            config.compile_bytes(config.load(path, TODAY))
        except config.ConfigErrors as error:
            refused += 1
            lines = [line for line, _ in error.mistakes]
            assert min(lines) >= 1, (SEED, case)
            assert max(lines) <= text.count("\n") + 2, (SEED, case)
    assert CASES // 4 < refused < CASES, (SEED, refused)
