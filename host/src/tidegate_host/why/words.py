"""A diagnosis as text and as data."""

from typing import Any

from tidegate_host.why.causes import Found

NOTHING = ("Nothing stands in its way by this journal.", "按此日志，未发现任何障碍。")


def text(found: list[Found], language: str) -> str:
    """The causes, numbered in order, each with evidence and the next step."""
    rows = []
    for number, one in enumerate(found, 1):
        rows += _pair(f"{number}. ", one.cause.title, language)
        for evidence in one.evidence:
            rows += _pair("     ", evidence, language)
        rows += _pair("   → ", one.cause.to_do, language)
    return "\n".join(rows or _pair("", NOTHING, language))


def _pair(lead: str, pair: tuple[str, str], language: str) -> list[str]:
    blank = " " * len(lead)
    if language == "both":
        return [lead + pair[0], blank + pair[1]]
    return [lead + pair[language == "zh"]]


def data(found: list[Found]) -> list[dict[str, Any]]:
    """The same for `--json`."""

    def both(pair: tuple[str, str]) -> dict[str, str]:
        return {"en": pair[0], "zh": pair[1]}

    return [
        {
            "cause": one.name,
            "is_wrong": one.cause.is_wrong,
            "title": both(one.cause.title),
            "evidence": [both(pair) for pair in one.evidence],
            "to_do": both(one.cause.to_do),
        }
        for one in found
    ]
