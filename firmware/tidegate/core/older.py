"""An approval that is taken back, and is older than the newest request of its terminal.

Loaded when one is. What was approved is told by the answer, in the journal's history. An approval
that came too late was never counted, nor is one of a batch that is closed.
"""

from tidegate.journal import bodies, records
from tidegate.proto import message


def take_back(e, lane, kept, stan):
    sent = e.journal.find_sent(lane.index, stan)
    answer = e.journal.find_approval(lane.index, stan)
    if sent is None:  # perhaps one of our own, from when stand-in was switched on
        amount = e.journal.find_counted(lane.index, stan, records.FLAG_STAND_IN)
        if amount:
            kind = message.KIND_OFFLINE_SALE
            e.correct(lane, records.BATCH_REVERSED, kind, amount, stan)
    if sent is None or answer is None:
        return
    sent = bodies.get(records.SENT, sent)
    answer = bodies.get(records.ANSWER, answer)
    if sent[9] == kept.books.batch and not answer[2] & records.ANSWER_LATE:
        amount = bodies.join(answer[8], answer[9])
        e.correct(lane, records.BATCH_REVERSED, sent[2], amount, stan)
