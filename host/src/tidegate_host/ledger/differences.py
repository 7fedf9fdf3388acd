"""What is in one set of books only: the terminal's upload, the bridge's ledger, or neither.

A terminal whose batch is out of balance uploads every transaction of it; what the upload named and
the host took is in the journal. Beside it stands what the bridge counts in that batch, and what is
still open. A terminal may leave out a sale and its void together; both are named then.
"""

from dataclasses import dataclass

from tidegate_host.ledger import story
from tidegate_host.ledger.story import Batch, Story, Transaction
from tidegate_host.report.amounts import money
from tidegate_host.report.naming import line

# What a difference is -> (English, Chinese).
SAYS: dict[str, tuple[str, str]] = {
    "not-in-the-upload": ("counted by the bridge, not named by the terminal's upload",
                          "网关已记账，终端批上送未包含"),
    "another-amount": ("the upload has another amount", "批上送金额不同"),
    "only-in-the-upload": ("named by the terminal's upload, not counted by the bridge",
                           "终端批上送包含，网关未记账"),
    "open": ("not decided yet: it may be in one set of books only", "状态未定，可能仅在一方"),
}  # fmt: skip
_NOT_UPLOADED = ("balance", "preauth", "preauth-add", "preauth-void")


@dataclass
class Difference:
    """One transaction that the books do not agree about. `amount`: the upload's, minor units."""

    what: str
    stan: str
    amount: int
    transaction: Transaction | None

    def words(self) -> tuple[str, str]:
        """One line in English and one in Chinese."""
        who = line(vars(self.transaction)) if self.transaction else f"trace {self.stan}"
        also = f" ({money(self.amount)})" if self.amount else ""
        english, chinese = SAYS[self.what]
        return f"{who}: {english}{also}", f"{who}：{chinese}{also}"


def of_batch(told: Story, batch: Batch) -> list[Difference]:
    """The differences of one batch, in the order of the journal, then what only the upload has."""
    # Of a batch that balances only chip transactions are uploaded: what is missing says nothing.
    complete = bool(batch.upload_ended_s) and not batch.balanced
    mine = [t for t in told.transactions if t.home is batch]
    found = []
    known = set()
    for t in mine:
        if t.kind in (*_NOT_UPLOADED, "reversal") and not t.why:
            continue
        if story.counts(t):
            known.add(t.stan)
        if complete and story.counts(t):
            if t.stan not in batch.named:
                found.append(Difference("not-in-the-upload", t.stan, 0, t))
            elif batch.named[t.stan] not in (0, t.amount):
                found.append(Difference("another-amount", t.stan, batch.named[t.stan], t))
        elif t.why or t.state in (story.UNKNOWN, story.WAITING, story.LATE):
            found.append(Difference("open", t.stan, 0, t))
    for stan, amount in batch.named.items():
        if stan not in known:
            other = next((t for t in mine if t.stan == stan), None)
            found.append(Difference("only-in-the-upload", stan, amount, other))
    return found
