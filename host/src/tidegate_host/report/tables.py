"""The parts of the page below the time line: the books side by side, checks, holds, transcript."""

from tidegate_host.report import data, wording
from tidegate_host.report.marks import mark
from tidegate_host.report.markup import Raw, el

_PARTIES = (("terminal", "终端"), ("bridge", "网关"), ("acquirer", "收单方"))
_ROWS = (
    ("debit_count", "purchases", "消费笔数"),
    ("debit_sum", "their sum", "消费金额"),
    ("credit_count", "given back", "退回笔数"),
    ("credit_sum", "their sum", "退回金额"),
)


def legend(report: data.Report) -> Raw:
    """Every mark that the time line has, with its meaning."""
    met = {message.outcome for message in report.messages}
    return el(
        "ul",
        [
            el(
                "li",
                el(
                    "svg",
                    mark(outcome, 8.0, 8.0),
                    viewBox="0 0 16 16",
                    width=16,
                    height=16,
                    aria_hidden="true",
                ),
                el("span", english, " ", el("i", chinese, class_="zh")),
            )
            for outcome, (english, chinese) in wording.OUTCOMES.items()
            if outcome in met
        ],
        class_="legend",
    )


def books(report: data.Report) -> Raw:
    """Every batch in three books, with the cells that differ from the terminal's marked."""
    return el("div", [_book(book) for book in report.books], class_="books")


def _book(book: data.Book) -> Raw:
    parties = (book.at_terminal, book.at_bridge, book.at_acquirer)
    verdict = ("agree", "一致") if book.agrees else ("differ", "不一致")
    head = el(
        "tr",
        el("th", scope="col"),
        [el("th", en, el("i", zh, class_="zh"), scope="col") for en, zh in _PARTIES],
    )
    return el(
        "section",
        el(
            "h3",
            f"Terminal {book.terminal}",
            el("span", f" · batch {book.batch:06d}", class_="muted"),
            el("b", " ".join(verdict), class_=f"tag {'good' if book.agrees else 'bad'}"),
        ),
        el(
            "table",
            el("thead", head),
            el("tbody", [_book_row(name, en, zh, parties) for name, en, zh in _ROWS]),
        ),
        class_="book",
    )


def _book_row(name: str, english: str, chinese: str, parties: tuple) -> Raw:
    values = [None if party is None else getattr(party, name) for party in parties]
    show = wording.amount if name.endswith("sum") else str
    cells = [
        el(
            "td",
            "none" if value is None else show(value),
            class_=None if value is not None and value == values[0] else "differs",
        )
        for value in values
    ]
    head = el("th", english, el("i", chinese, class_="zh"), scope="row")
    return el("tr", head, cells, class_="sum" if name.endswith("sum") else None)


def checks(report: data.Report) -> Raw:
    """Every promise that was tested, kept or broken."""
    return el(
        "ul",
        [
            el(
                "li",
                el("b", "✓" if check.passed else "✗", class_="sign"),
                el(
                    "span",
                    check.name,
                    el("i", check.name_zh, class_="zh"),
                    el("em", check.found) if check.found else None,
                ),
                class_="good" if check.passed else "bad",
            )
            for check in report.checks
        ],
        class_="checks",
    )


def holds(report: data.Report) -> Raw:
    """What was refused and may be tried again; a card stands masked."""
    if not report.holds:
        return el("p", "None. 无", class_="muted")
    head = ("time", "terminal", "what", "amount", "card", "why", "how it stands")
    rows = [
        (
            hold.shop,
            hold.terminal,
            " ".join(wording.kind(hold.kind)),
            wording.money(hold.amount),
            hold.card,
            hold.code,
            hold.state,
        )
        for hold in report.holds
    ]
    return _list(head, rows)


def attention(report: data.Report) -> Raw:
    """What a person has to look at."""
    if not report.attention:
        return el("p", "Nothing. 无待处理事项", class_="muted")
    head = ("terminal", "what", "trace", "amount", "why")
    rows = [
        (
            item.terminal,
            " ".join(wording.kind(item.kind)),
            wording.trace(item.stan),
            wording.money(item.amount),
            item.why,
        )
        for item in report.attention
    ]
    return _list(head, rows)


def _list(head: tuple, rows: list[tuple]) -> Raw:
    # Every cell carries its heading, so that a narrow page can show rows as small cards.
    return el(
        "table",
        el("thead", el("tr", [el("th", name, scope="col") for name in head])),
        el(
            "tbody",
            [
                el(
                    "tr",
                    [el("td", cell, data_head=name) for name, cell in zip(head, row, strict=True)],
                )
                for row in rows
            ],
        ),
        class_="list",
    )


def transcript(report: data.Report) -> Raw:
    """The story in sentences, one chapter a step."""
    return el("ol", [_chapter(report, step) for step in report.steps], class_="story")


def _chapter(report: data.Report, step: data.Step) -> Raw:
    lines = [line for line in report.transcript if line.step == step.number]
    return el(
        "li",
        el(
            "h3",
            el("time", step.shop),
            step.title,
            el("i", step.title_zh, class_="zh"),
        ),
        [
            el(
                "p",
                line.text,
                el("i", line.text_zh, class_="zh"),
                class_=None if line.good else "bad",
            )
            for line in lines
        ],
    )
