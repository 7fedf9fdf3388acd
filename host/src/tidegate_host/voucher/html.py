"""Slips as one self-contained HTML page, to be printed or sent."""

from importlib.resources import files

from tidegate_host.report.markup import Raw, el
from tidegate_host.voucher.paper import chosen
from tidegate_host.voucher.slip import TITLE, Slip


def page(slips: list[Slip], language: str) -> str:
    """All slips, one below the other, a page each when printed. To be written as UTF-8."""
    style = files("tidegate_host.voucher").joinpath("slip.css").read_text(encoding="utf-8")
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width"),
        el("title", chosen(TITLE, language)),
        el("style", Raw(style)),
    )
    body = el("body", [_slip(slip, language) for slip in slips])
    lang = "zh" if language == "zh" else "en"
    return f"<!DOCTYPE html>\n{el('html', head, body, lang=lang)}\n"


def _slip(slip: Slip, language: str) -> Raw:
    def table(rows: list, name: str) -> Raw:
        cells = [
            el("tr", el("th", chosen(label, language)), el("td", chosen(value, language)))
            for label, value in rows
        ]
        return el("table", el("tbody", cells), class_=name)

    return el(
        "article",
        el("h1", chosen(TITLE, language)),
        table(slip.facts, "facts"),
        table(slip.line, "line"),
        [el("p", chosen(note, language)) for note in slip.notes],
    )
