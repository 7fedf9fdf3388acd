"""What the tests of a review share: a second terminal, plain messages, and the books in short."""

from desk import CARD, MERCHANT, TERMINAL

PAIR = [[[TERMINAL, MERCHANT], ["TEST0002", MERCHANT]]]  # two terminals of one device
B = {"41": "TEST0002"}


def books(desk, lane=0):
    return desk.engine.ledger.lanes[lane].books


def counts(kept):
    return (kept.batch, kept.debit_count, kept.debit_sum)


def plain(mti, stan, amount=1000, **more):
    # A message of the dialect without seals.
    fields = {
        "0": mti, "2": CARD, "3": "000000", "4": "%012d" % amount, "11": "%06d" % stan,
        "41": TERMINAL, "42": MERCHANT,
    }  # fmt: skip
    fields.update(more)
    return fields


def plain_answer(fields, code="00"):
    made = {k: fields[k] for k in ("3", "4", "11", "41", "42") if k in fields}
    made["0"] = "0%d" % ((int(fields["0"]) & -2) + 10)
    made["39"] = code
    return made
