"""[stand_in] and settlement by the bridge where they make no sense, and where they do."""

import pytest
from broken_files import PARTS, TODAY, check

from tidegate_host import config

_PLAIN = PARTS["terminal"].replace("cup", "iso87")
_ALL = "max_amount = 5000\nmax_count = 3\nmax_sum = 10000"
_HOUR = '[settlement]\nby_bridge_at = "23:30"'
_FOR = '\nby_bridge_for = ["00000002"]'
_SETTLES = _HOUR + _FOR


def _table(text):
    return f"[stand_in]\n{text}\n"


ROWS = [
    ("sealed", {"rest": _table(_ALL).replace("]", "]  # <-")}, "check the seal of an approval"),
    (
        "no count",
        {
            "terminal": _PLAIN,
            "rest": "[stand_in]  # <-\nmax_amount = 5000\nmax_sum = 10000\n",
        },
        "max_count is missing",
    ),
    (
        "less together than one",
        {
            "terminal": _PLAIN,
            "rest": _table("max_amount = 5000\nmax_count = 3\nmax_sum = 4999  # <-"),
        },
        "no sale of that amount would fit",
    ),
    ("for seals", {"rest": _HOUR + "  # <-" + _FOR}, "the bridge settles for no other"),
    ("for nobody", {"terminal": _PLAIN, "rest": _HOUR + "  # <-"}, "needs by_bridge_for"),
    (
        "at no hour",
        {"terminal": _PLAIN, "rest": '[settlement]\nby_bridge_at = "24:30"  # <-' + _FOR},
        "00:00 to 23:59",
    ),
    (
        "names without an hour",
        {"terminal": _PLAIN, "rest": '[settlement]\nby_bridge_for = ["1"]  # <-'},
        "it belongs to by_bridge_at",
    ),
]


@pytest.mark.parametrize(("changes", "told"), [row[1:] for row in ROWS], ids=[r[0] for r in ROWS])
def test_a_mistake_is_found_on_its_line(tmp_path, changes, told):
    check(tmp_path, changes, told)


def test_a_right_one_is_compiled_and_none_is_none(tmp_path):
    file = tmp_path / "bridge.toml"
    parts = {**PARTS, "terminal": _PLAIN, "rest": _table(_ALL) + _SETTLES}
    file.write_text("\n".join(parts.values()))
    compiled = config.load(file, TODAY)
    assert compiled["stand_in"] == {
        "max_amount": 5000, "max_count": 3, "max_sum": 10000, "max_age_h": 24, "reversals": True,
    }  # fmt: skip
    assert compiled["settle_by_bridge"] == {"at_min": 1410, "terminals": ["00000002"]}
    file.write_text("\n".join(PARTS.values()))
    compiled = config.load(file, TODAY)
    assert (compiled["stand_in"], compiled["settle_by_bridge"]) == (None, None)
