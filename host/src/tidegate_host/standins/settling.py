"""The end of the batch at a terminal: drain, settle, upload, begin the next. Flows; pure.

From the answered 0500 on the tape says that the batch is closing: the terminal does not trade
before the upload is finished, and takes it up again after a power cut where it stopped. Every
record carries its own mark. Balanced batches upload their chip transactions and the end message
only.
"""

from tidegate.proto import kinds
from tidegate_host.standins import flows
from tidegate_host.standins import tape as states
from tidegate_host.standins.flows import DONE, NO_ANSWER, NOT_STARTED, Outcome, Pos, exchange
from tidegate_host.standins.forms import DETAILS_MAX

_OWN_MESSAGE = (kinds.KIND_REFUND, kinds.KIND_COMPLETION_ADVICE)


def settle(pos: Pos, force: bool = False):
    """Flow: the whole settlement. `force` settles although advices are still waiting.

    -> Outcome DONE with reason "balanced" or "not balanced"; NOT_STARTED; or NO_ANSWER with reason
    "settlement" (nothing has changed) or "upload" (settle again to go on with it).
    """
    tape = pos.tape
    if not tape.closing:
        if pos.keyed and not tape.signed_in:
            return Outcome(NOT_STARTED, "sign-in")
        if (yield from flows.reverse(pos)):
            return Outcome(NOT_STARTED, "reversal")
        drained = yield from flows.upload_advices(pos)
        if not drained and not force:
            return Outcome(NOT_STARTED, "advices")
        stopped = yield from _ask(pos)
        if stopped is not None:
            return stopped
    if not (yield from _upload(pos)):
        return Outcome(NO_ANSWER, "upload")
    summary = {
        "balanced": tape.closing["balanced"],
        "flags": tape.closing["flags"],
        "totals": tape.totals().values,
        "failed": [r.stan for r in tape.records if r.state == states.FAILED],
    }
    tape.close_batch(summary)
    pos.save()
    return Outcome(DONE, "balanced" if summary["balanced"] else "not balanced")


def _ask(pos: Pos):
    # 0500 and its answer; None when the batch is closing now.
    tape = pos.tape
    fields = pos.forms.settlement(tape.draw_stan(), tape.batch, tape.totals())
    pos.save()
    sent, answer, _ = yield from exchange(pos, fields, False)
    if answer is None:
        return Outcome(NO_ANSWER if sent else NOT_STARTED, "settlement" if sent else "line")
    flags = _flags(pos, answer)
    if not flags:
        outcome = Outcome(states.DECLINED, "settlement")
        outcome.code = answer.get(39, "")
        return outcome
    tape.closing = {"balanced": flags == "11", "flags": flags}
    pos.save()
    return None


def _flags(pos: Pos, answer: dict[int, str]) -> str:
    # For domestic and foreign cards: 1 balanced, 2 not, 3 error. "" when it is no settlement.
    if pos.dialect.is_cup:
        digits = answer.get(48, "")
        return digits[30] + digits[61] if len(digits) == 62 and digits[30] in "123" else ""
    return {"1": "11", "2": "21"}.get(answer.get(66, ""), "")


def _upload(pos: Pos):
    # -> True when the end message was answered.
    if not pos.dialect.is_cup:
        return True
    tape = pos.tape
    balanced = tape.closing["balanced"]
    counted = tape.counted()
    advices = [r for r in counted if states.is_advice(r)]
    refunds = [r for r in counted if r.kind in _OWN_MESSAGE]
    online = [r for r in counted if r not in advices and r not in refunds]
    chip = [r for r in online if r.the_card().has_chip]
    if not balanced:
        stripe = [r for r in online if not r.the_card().has_chip]
        for group in ([[r] for r in advices], _in_eights(stripe), [[r] for r in refunds]):
            for rows in group:
                if not (yield from _send_details(pos, rows, rows[0] in stripe)):
                    return False
    for record in chip:
        if not (yield from _send_details(pos, [record], False)):
            return False
    count = len(chip) if balanced else len(counted)
    fields = pos.forms.upload_end(tape.draw_stan(), tape.batch, count, balanced)
    pos.save()
    return (yield from _answered(pos, fields))


def _in_eights(records: list) -> list:
    left = [r for r in records if not r.uploaded]
    return [left[i : i + DETAILS_MAX] for i in range(0, len(left), DETAILS_MAX)]


def _send_details(pos: Pos, rows: list, as_list: bool):
    # One 0320; the records in it are marked when it was answered.
    if rows[0].uploaded:
        return True
    tape = pos.tape
    if as_list:
        fields = pos.forms.upload_details(tape.draw_stan(), tape.batch, rows)
    else:
        fields = pos.forms.upload_one(rows[0], tape.closing["balanced"])
    if not (yield from _answered(pos, fields)):
        return False
    for record in rows:
        record.uploaded = True
    pos.save()
    return True


def _answered(pos: Pos, fields: dict[int, str]):
    _, answer, _ = yield from exchange(pos, fields, False)
    return answer is not None and answer.get(39) == "00"
