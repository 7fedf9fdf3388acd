"""The three sets of books, each from its owner: the terminal's tape, the flash image, the host."""

from tidegate_host.demo.evidence import BridgeEvidence
from tidegate_host.report import data
from tidegate_host.standins.acquirer import Acquirer
from tidegate_host.standins.books import Totals
from tidegate_host.standins.terminal import Terminal


def compare(
    terminals: dict[str, Terminal], acquirer: Acquirer, bridge: BridgeEvidence
) -> list[data.Book]:
    """Every batch that anybody has, in three books. `terminals` is by the name that is shown."""
    rows = []
    for name, terminal in terminals.items():
        own = _of_terminal(terminal)
        at_host = {
            row["batch"]: _totals(acquirer.totals(terminal.tid, row["batch"]))
            for row in acquirer.books()["batches"]
            if row["terminal"] == terminal.tid
        }
        at_bridge = {
            batch: totals for (tid, batch), totals in bridge.books.items() if tid == terminal.tid
        }
        for batch in sorted({*own, *at_host, *at_bridge}):
            rows.append(
                data.Book(
                    name, batch, own.get(batch), at_bridge.get(batch), at_host.get(batch)
                )
            )  # fmt: skip
    return rows


def records_of(terminal: Terminal) -> list[dict]:
    """Every transaction the terminal remembers, of closed batches and the open one."""
    rows = [row for batch in terminal.tape.closed for row in batch["records"]]
    return rows + [record.as_dict() for record in terminal.tape.records]


def _of_terminal(terminal: Terminal) -> dict[int, data.Totals]:
    books = {batch["batch"]: _totals(Totals(batch["totals"])) for batch in terminal.tape.closed}
    if terminal.tape.records:
        books[terminal.tape.batch] = _totals(terminal.totals())
    return books


def _totals(totals: Totals) -> data.Totals:
    return data.Totals(**totals.as_dict())
