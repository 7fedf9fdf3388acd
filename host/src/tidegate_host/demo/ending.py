"""How the story ends on a screen: three sets of books side by side, and what was checked."""

from rich import box
from rich.table import Table
from rich.text import Text

from tidegate_host.report import data, wording

_PARTIES = ("terminal 终端", "bridge 网关", "acquirer 收单方")
_SIDES = (("purchases 消费", "debit"), ("given back 退回", "credit"))


def books_table(books: list[data.Book]) -> Table:
    """Purchases and what was given back, per terminal and batch, as the three parties have it."""
    title = "The books, side by side, in CNY  三方账目（元）"
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.add_column("", no_wrap=True)
    for party in _PARTIES:
        table.add_column(party, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for book in books:
        parties = (book.at_terminal, book.at_bridge, book.at_acquirer)
        table.add_row(f"{book.terminal}, batch {book.batch:06d}", style="bold")
        for name, side in _SIDES:
            cells = [_cell(party, side) for party in parties]
            same = cells.count(cells[0]) == len(cells)
            verdict = Text("agree", "green") if same else Text("DIFFER", "bold red")
            table.add_row(f"  {name}", *cells, verdict)
    return table


def _cell(totals: data.Totals | None, side: str) -> str:
    if totals is None:
        return "none"
    count = getattr(totals, f"{side}_count")
    return f"{count} · {wording.amount(getattr(totals, f'{side}_sum'))}"


def checks_lines(checks: list[data.Check]) -> list[Text]:
    """One line a check."""
    lines = []
    for check in checks:
        sign = ("  ok  ", "green") if check.passed else (" FAIL ", "bold red")
        lines.append(Text.assemble(sign, check.name, (f"  {check.name_zh}", "dim")))
        if check.found:
            lines.append(Text(f"      {check.found}", "red"))
    return lines


def holds_lines(holds: list[data.Hold]) -> list[Text]:
    """One line a hold."""
    lines = []
    for hold in holds:
        what = f"{hold.shop} {hold.terminal} {hold.kind} {wording.money(hold.amount)}"
        lines.append(Text.assemble(f"  {what}, {hold.code}: ", (hold.state, "bold")))
    return lines


def verdict(report: data.Report) -> Text:
    """The last word."""
    if report.good:
        words = "All three books agree, and nothing is left to do. 三方账目一致，无遗留事项。"
        return Text(words, "bold green")
    return Text("Not everything agrees: see above. 存在差异，见上文。", "bold red")
