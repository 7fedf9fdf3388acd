"""The whole page: one HTML file that needs nothing else, on a screen, on a phone and on paper.

It is also well-formed XML, so that a test can read it as one.
"""

from importlib.resources import files
from itertools import pairwise

from tidegate_host.report import data, tables, wording
from tidegate_host.report.markup import Raw, el, join
from tidegate_host.report.picture import draw


def render(report: data.Report) -> str:
    """The page of a report as a string, to be written as UTF-8."""
    page = el(
        "html",
        el(
            "head",
            el("meta", charset="utf-8"),
            el("meta", name="viewport", content="width=device-width, initial-scale=1"),
            el("meta", name="color-scheme", content="light dark"),
            el("title", report.title),
            el("style", Raw(_style())),
        ),
        el("body", el("main", _head(report), _time_line(report), _below(report))),
        lang="en",
        xmlns="http://www.w3.org/1999/xhtml",
    )
    return f"<!DOCTYPE html>\n{page}\n"


def _style() -> str:
    text = files("tidegate_host.report").joinpath("page.css").read_text(encoding="utf-8")
    if "<" in text or "&" in text:
        raise ValueError("the style sheet would have to be escaped")
    return text


def _head(report: data.Report) -> Raw:
    if report.good:
        verdict = (
            "All three books agree, and nothing is left to do.",
            "三方账目一致，无遗留事项。",
        )
    else:
        verdict = ("Not everything agrees: see below.", "存在差异，详见下文。")
    return el(
        "header",
        el("h1", report.title, el("i", report.title_zh, class_="zh")),
        el(
            "p",
            el("b", "✓" if report.good else "✗", class_="sign"),
            el("span", verdict[0], el("i", verdict[1], class_="zh")),
            class_=f"verdict {'good' if report.good else 'bad'}",
        ),
        el("dl", [_fact(*fact) for fact in _facts(report)], class_="facts"),
    )


def _fact(value: str, english: str, chinese: str) -> Raw:
    name = el("dt", english, el("i", chinese, class_="zh"))
    return el("div", name, el("dd", value))


def _facts(report: data.Report) -> list[tuple[str, str, str]]:
    taken = sum(book.at_acquirer.debit_sum for book in report.books if book.at_acquirer)
    most = max((depth.count for depth in report.depth), default=0)
    counts = [0, *(depth.count for depth in report.depth)]
    kept = sum(max(0, after - before) for before, after in pairwise(counts))
    return [
        (wording.money(taken), "taken, as the acquirer has it", "收单方入账"),
        (str(len(report.messages)), "messages", "报文"),
        (f"{kept} · {most}", "stored · most at once", "存储 · 最多积压"),
        (str(len(report.holds)), "sales held", "挂起交易"),
        (str(len(report.attention)), "left for a person", "待人工处理"),
        (f"{report.duration_ms / 1000:.0f} s", "for this evening", "演示用时"),
    ]


def _time_line(report: data.Report) -> Raw:
    names, plot = draw(report)
    return el(
        "section",
        _title("What happened", "经过"),
        el("div", names, el("div", plot, class_="roll"), class_="time-line", tabindex=0),
        tables.legend(report),
        el(
            "p",
            "Read from left to right: each message has a column of its own, from the terminal"
            " through the bridge to the acquirer, or as far as it came. The axis is the order of"
            " things, not seconds. ",
            el("i", "自左至右阅读；每条竖线为一笔报文。", class_="zh"),
            class_="muted note",
        ),
    )


def _title(english: str, chinese: str) -> Raw:
    return el("h2", english, el("i", chinese, class_="zh"))


def _below(report: data.Report) -> Raw:
    return join(
        el(
            "section",
            _title("The books, side by side", "三方账目"),
            tables.books(report),
        ),
        el(
            "div",
            el("section", _title("What was checked", "核对"), tables.checks(report)),
            el(
                "section",
                _title("Sales that were held", "挂起的交易"),
                tables.holds(report),
                _title("Left for a person", "待人工处理"),
                tables.attention(report),
            ),
            class_="pair",
        ),
        el("section", _title("The evening in words", "当晚记录"), tables.transcript(report)),
        el("footer", report.made_with) if report.made_with else None,
    )
