"""The log of a bridge becomes the messages of the time line, each with its end."""

from tidegate.core import events
from tidegate.journal import records
from tidegate.proto import kinds
from tidegate_host.demo import trace
from tidegate_host.demo.watch import Seen
from tidegate_host.device.logfile import Event
from tidegate_host.report import data

NIGHT = 189388800 + 15 * 3600  # 23:00 in the shop


def code(text):
    return ord(text[0]) << 8 | ord(text[1])


def log(*lines, boot=0):
    return [
        Seen(i * 10, boot, Event(i, NIGHT, number, a, b, c))
        for i, (number, a, b, c) in enumerate(lines)
    ]


def read(seen, amount=4200):
    return trace.read_all(seen, ["t1", "t2"], lambda terminal, stan: amount)


def test_a_sale_that_is_approved():
    found = read(
        log(
            (events.LIVE_IN, 1, kinds.KIND_SALE, 7),
            (events.LIVE_SENT, 1, kinds.KIND_SALE, 7),
            (events.LIVE_ANSWER, 1, code("00"), 7),
            (events.DELIVERED, 1, code("00"), 7),
        )
    )
    assert found.messages == [
        data.Message(0, "t2", "sale", 7, 4200, "00", data.APPROVED, shop="23:00")
    ]


def test_a_sale_that_the_acquirer_refuses_and_one_that_the_bridge_declines():
    found = read(
        log(
            (events.LIVE_IN, 0, kinds.KIND_SALE, 1),
            (events.LIVE_SENT, 0, kinds.KIND_SALE, 1),
            (events.LIVE_ANSWER, 0, code("51"), 1),
            (events.LIVE_IN, 0, kinds.KIND_SALE, 2),
            (events.LIVE_DECLINED, 0, code("91"), 2),
        )
    )
    refused, declined = found.messages
    assert (refused.outcome, refused.code, refused.end) == (data.REFUSED, "51", data.ACQUIRER)
    assert (declined.outcome, declined.code, declined.end) == (data.DECLINED, "91", data.BRIDGE)


def test_a_sale_without_an_answer_stays_unknown_even_when_the_power_goes():
    before = log(
        (events.LIVE_IN, 0, kinds.KIND_SALE, 1), (events.LIVE_SENT, 0, kinds.KIND_SALE, 1)
    )
    after = log((events.LIVE_ANSWER, 0, code("00"), 1), boot=1)
    assert read(before + after).messages[0].outcome == data.UNKNOWN


def test_a_stored_advice_is_accepted_replayed_and_counted_in_the_queue():
    found = read(
        log(
            (events.STORED, 1, kinds.KIND_OFFLINE_SALE, 3),
            (events.ACCEPTED, 1, code("94"), 3),
            (events.STORED_AGAIN, 1, kinds.KIND_OFFLINE_SALE, 3),
            (events.ITEM_SENT, 1, kinds.KIND_OFFLINE_SALE, 3),
            (events.ITEM_DONE, 1, records.HOW_CONFIRMED, 3),
        )
    )
    stored, again, replayed = found.messages
    assert (stored.outcome, stored.code) == (data.STORED, "94")
    assert "kept once" in again.note
    assert (replayed.outcome, replayed.code, replayed.start) == (data.REPLAYED, "00", data.BRIDGE)
    assert [point.count for point in found.depth] == [1, 0]


def test_a_reversal_that_is_put_off_and_then_not_known_to_the_acquirer():
    found = read(
        log(
            (events.STORED, 0, kinds.KIND_REVERSAL, 3),
            (events.ITEM_SENT, 0, kinds.KIND_REVERSAL, 3),
            (events.ITEM_AGAIN, 0, code("25"), 3),
            (events.ITEM_SENT, 0, kinds.KIND_REVERSAL, 3),
            (events.ITEM_DONE, 0, records.HOW_NO_ORIGINAL, 3),
        )
    )
    assert [m.outcome for m in found.messages] == [data.STORED, data.REFUSED, data.REVERSED]
    assert [m.code for m in found.messages] == ["25", "25", "25"]


def test_a_sign_in_has_no_amount_and_a_settlement_no_code():
    found = read(
        log(
            (events.SESSION_PASSED, 0, kinds.KIND_SIGN_IN, 1),
            (events.SESSION_ANSWER, 0, kinds.KIND_SIGN_IN, code("00")),
            (events.SESSION_PASSED, 0, kinds.KIND_SETTLEMENT, 2),
            (events.SESSION_ANSWER, 0, kinds.KIND_SETTLEMENT, 0),
            (events.SESSION_REFUSED, 1, kinds.KIND_SIGN_IN, 1),
        )
    )
    assert [(m.outcome, m.code, m.amount) for m in found.messages] == [
        (data.PASSED, "00", -1),
        (data.PASSED, "", -1),
        (data.SILENT, "", -1),
    ]


def test_lanes_do_not_disturb_each_other():
    found = read(
        log(
            (events.LIVE_IN, 0, kinds.KIND_SALE, 1),
            (events.LIVE_IN, 1, kinds.KIND_SALE, 1),
            (events.LIVE_SENT, 0, kinds.KIND_SALE, 1),
            (events.LIVE_DECLINED, 1, code("58"), 1),
            (events.LIVE_ANSWER, 0, code("00"), 1),
        )
    )
    assert [(m.terminal, m.code) for m in found.messages] == [("t1", "00"), ("t2", "58")]
