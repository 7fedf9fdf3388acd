"""The habits of the terminal: reversals, uploads, checks of answers, memory."""

import threading

import pytest
from standin_world import WAIT_S, open_world

from tidegate_host.standins.cards import make_card
from tidegate_host.standins.messages import IN, OUT
from tidegate_host.standins.terminal import PowerCut


@pytest.fixture
def world():
    with open_world() as made:
        yield made


def _kinds(acquirer):
    return [e.kind for e in acquirer.log.select(direction=IN)]


def test_a_lost_answer_is_reversed_before_the_next_transaction(world):
    terminal = world.terminal(wait_s=WAIT_S)
    world.acquirer.fault("drop", kind="sale")
    lost = terminal.sale(5000)
    assert (lost.state, lost.reason) == ("unknown", "98")
    assert terminal.status()["reversal"]["stan"] == lost.stan
    assert world.acquirer.totals("TEST0001", 1).debit_sum == 5000
    assert terminal.sale(100).approved
    assert _kinds(world.acquirer) == ["sign-in", "sale", "reversal", "sale"]
    reversal = world.acquirer.log.select(kind="reversal", direction=IN)[0]
    assert (reversal.stan, reversal.amount, reversal.code) == (lost.stan, 5000, "98")
    assert world.acquirer.totals("TEST0001", 1).debit_sum == 100
    assert world.agree(terminal)
    assert terminal.records()[0].state == "reversed"


def test_a_wrong_seal_is_reversed_with_a0(world):
    terminal = world.terminal()
    world.acquirer.fault("bad-mac", kind="sale")
    outcome = terminal.sale(5000)
    assert (outcome.state, outcome.reason, outcome.code) == ("unknown", "A0", "00")
    assert terminal.reverse().approved
    assert world.acquirer.log.select(kind="reversal", direction=IN)[0].code == "A0"
    assert world.agree(terminal)


def test_the_seal_of_a_refusal_is_not_looked_at(world):
    terminal = world.terminal()
    world.acquirer.fault("bad-mac", kind="sale", times=0)
    assert terminal.sale(6_000_000).state == "declined"
    assert terminal.status()["reversal"] is None


def test_a_card_that_declines_after_the_approval_is_reversed_with_06(world):
    terminal = world.terminal()
    outcome = terminal.sale(5000, chip_declines=True)
    assert (outcome.state, outcome.reason) == ("unknown", "chip")
    assert terminal.sale(200).approved
    assert world.acquirer.log.select(kind="reversal", direction=IN)[0].code == "06"
    assert world.agree(terminal)


def test_a_reversal_is_given_up_after_its_attempts_and_that_is_written_down(world):
    terminal = world.terminal(wait_s=WAIT_S)
    world.acquirer.fault("drop", kind="sale")
    world.acquirer.fault("drop", kind="reversal", times=0, book=False)
    lost = terminal.sale(5000)
    assert terminal.sale(100).reason == "reversal"
    assert terminal.sale(100).reason == "reversal"
    assert terminal.sale(100).approved  # the third attempt was the last
    assert [row["stan"] for row in terminal.status()["dropped"]] == [lost.stan]
    assert len(world.acquirer.log.select(kind="reversal", direction=IN)) == 3
    assert not world.agree(terminal)
    assert terminal.settle().reason == "not balanced"


def test_a_refused_reversal_goes_on_with_06(world):
    terminal = world.terminal(wait_s=WAIT_S)
    world.acquirer.fault("drop", kind="sale")
    world.acquirer.fault("refuse", kind="reversal", code="96")
    terminal.sale(5000)
    assert terminal.reverse().reason == "refused"
    assert terminal.reverse().approved
    codes = [e.code for e in world.acquirer.log.select(kind="reversal", direction=IN)]
    assert codes == ["98", "06"]


@pytest.mark.parametrize("code", ["25", "12"])
def test_these_codes_end_a_reversal(world, code):
    terminal = world.terminal(wait_s=WAIT_S)
    world.acquirer.fault("drop", kind="sale", book=False)
    world.acquirer.fault("refuse", kind="reversal", code=code)
    terminal.sale(5000)
    assert terminal.reverse().approved
    assert terminal.status()["reversal"] is None


def test_a_reversal_carries_no_card_secrets_and_its_own_seal(world):
    sent = []
    terminal = world.terminal(wait_s=WAIT_S)
    world.acquirer.fault("drop", kind="sale")
    terminal.sale(5000, make_card(3, "swipe"))
    pack = terminal.pos.pack
    terminal.pos.pack = lambda fields, seal: sent.append(fields) or pack(fields, seal)
    assert terminal.reverse().approved
    assert sent[0][0] == "0400"
    assert not {26, 35, 36, 37, 52, 53} & set(sent[0])


def test_a_refund_is_never_reversed(world):
    terminal = world.terminal(wait_s=WAIT_S)
    sold = terminal.sale(5000)
    world.acquirer.fault("drop", kind="refund")
    assert terminal.refund(sold.stan).state == "unknown"
    assert terminal.status()["reversal"] is None


def test_nothing_is_traded_without_a_sign_in(world):
    terminal = world.terminal(signed_in=False)
    assert terminal.sale(100).reason == "sign-in"
    assert world.acquirer.log.select(direction=IN) == []


def test_new_keys_at_every_sign_in(world):
    terminal = world.terminal()
    before = terminal.tape.keys["mac"]
    assert terminal.sign_in().approved
    assert terminal.tape.keys["mac"] != before
    assert terminal.sale(100).approved


def test_wrong_keys_are_refused_with_a0_until_the_next_sign_in(world):
    terminal = world.terminal()
    world.acquirer.change_keys("TEST0001")
    assert terminal.sale(100).code == "A0"
    assert terminal.sale(100).reason == "sign-in"
    assert terminal.sign_in().approved
    assert terminal.sale(100).approved


def test_advices_follow_an_on_line_transaction(world):
    terminal = world.terminal()
    stans = [terminal.offline_sale(100 + n).stan for n in range(3)]
    assert world.acquirer.log.select(kind="offline-sale") == []
    assert terminal.sale(500).approved
    sent = world.acquirer.log.select(kind="offline-sale", direction=IN)
    assert [e.stan for e in sent] == stans
    assert world.agree(terminal)


def test_advices_go_when_enough_are_waiting(world):
    terminal = world.terminal(upload_at=4)
    states = [terminal.offline_sale(100 + n).state for n in range(4)]
    assert states == ["waiting"] * 3 + ["confirmed"]


def test_an_advice_has_no_secrets(world):
    terminal = world.terminal()
    terminal.offline_sale(100)
    record = terminal.records()[0]
    assert not {35, 36, 52} & set(record.fields)
    assert record.fields[60].startswith("30")
    assert "57" not in _tags(record.fields[55])


def _tags(text):
    found, at = [], 0
    while at < len(text):
        size = 4 if int(text[at : at + 2], 16) & 31 == 31 else 2
        found.append(text[at : at + size])
        at += size + 2 + 2 * int(text[at + size : at + size + 2], 16)
    return found


def test_94_is_the_end_of_an_advice(world):
    terminal = world.terminal(wait_s=WAIT_S)
    world.acquirer.fault("drop", kind="offline-sale")
    terminal.offline_sale(100)
    assert terminal.upload_advices().state == "no-answer"
    assert terminal.upload_advices().approved
    assert terminal.records()[0].code == "94"
    assert world.agree(terminal)


def test_a_refused_advice_is_listed_and_never_sent_again(world):
    terminal = world.terminal()
    world.acquirer.fault("refuse", kind="offline-sale", code="14")
    terminal.offline_sale(100)
    assert terminal.upload_advices().approved
    assert terminal.records()[0].state == "failed"
    terminal.upload_advices()
    assert len(world.acquirer.log.select(kind="offline-sale", direction=IN)) == 1
    assert terminal.settle().reason == "not balanced"
    entry = world.acquirer.entries("TEST0001")[-1]
    assert (entry.state, entry.note) == ("approved", "booked from the batch upload")


def test_the_advice_with_the_fewest_attempts_goes_first(world):
    terminal = world.terminal(wait_s=WAIT_S)
    stans = [terminal.offline_sale(100 + n).stan for n in range(3)]
    world.acquirer.fault("drop", kind="offline-sale", book=False)
    terminal.upload_advices()
    terminal.upload_advices()
    sent = [e.stan for e in world.acquirer.log.select(kind="offline-sale", direction=IN)]
    assert sent == [stans[0], stans[1], stans[2], stans[0]]


def test_a_late_answer_is_not_taken_for_the_next_one(world):
    terminal = world.terminal(wait_s=WAIT_S)
    terminal.link.keep_open = True
    world.acquirer.fault("late", kind="sale", after_s=WAIT_S * 1.5)
    assert terminal.sale(5000).state == "unknown"
    world.acquirer.log.wait_count(kind="sale", direction=OUT)
    assert terminal.sale(100).approved
    assert world.agree(terminal)


def test_the_line_that_is_down_costs_nothing(world):
    terminal = world.terminal()
    world.acquirer.line(down=True)
    assert terminal.sale(100).reason == "line"
    assert terminal.status()["reversal"] is None
    world.acquirer.line(down=False)
    assert terminal.sale(100).approved
    assert world.agree(terminal)


def test_a_power_cut_while_waiting_leaves_a_reversal(world, tmp_path):
    terminal = world.terminal(state=tmp_path / "t.json", wait_s=60)
    world.acquirer.fault("drop", kind="sale")
    failures = []

    def sell():
        with pytest.raises(PowerCut):
            terminal.sale(5000)
        failures.append("cut")

    seller = threading.Thread(target=sell)
    seller.start()
    assert world.acquirer.log.wait_count(kind="sale", direction=IN)
    terminal.power_cut()
    seller.join(5)
    assert failures == ["cut"]
    assert terminal.status()["reversal"]["amount"] == 5000
    again = world.terminal(signed_in=False, state=tmp_path / "t.json")
    assert again.sale(100).approved
    assert world.agree(again)


@pytest.mark.parametrize("lost", [1, 2, 3, 4])
def test_a_batch_upload_goes_on_where_it_stopped(world, tmp_path, lost):
    terminal = world.terminal(state=tmp_path / "t.json", wait_s=WAIT_S)
    for number in range(4):
        assert terminal.sale(100 + number, make_card(number)).approved
    world.acquirer.fault("drop", mti="0320", nth=lost, times=1)
    assert terminal.settle().reason == "upload"
    terminal.reboot()
    assert terminal.sale(100).reason == "settle"
    done = terminal.settle()
    assert (done.state, done.reason) == ("done", "balanced")
    assert world.acquirer.books()["settlements"][0]["closed"]
    assert len(world.acquirer.log.select(kind="settlement", direction=IN)) == 1
    # Only the message whose answer was lost came again.
    assert len(world.acquirer.log.select(mti="0320", direction=IN)) == 6


def test_the_memory_survives_a_reboot(world, tmp_path):
    terminal = world.terminal(state=tmp_path / "t.json")
    sold = terminal.sale(1250)
    terminal.offline_sale(300)
    before = terminal.status()
    terminal.reboot()
    assert terminal.status() == before
    assert terminal.void(sold.stan).approved


def test_trace_numbers_begin_again_behind_the_last(world):
    terminal = world.terminal()
    terminal.tape.next_stan = 999_999
    assert [terminal.sale(100).stan, terminal.sale(100).stan] == [999_999, 1]


def test_a_full_batch_has_to_be_settled(world):
    terminal = world.terminal(records_max=2)
    assert terminal.sale(100).approved
    assert terminal.sale(100).approved
    assert terminal.sale(100).reason == "full"
    assert terminal.settle().approved
    assert terminal.sale(100).approved


def test_a_refund_reaches_into_an_earlier_batch(world):
    terminal = world.terminal()
    sold = terminal.sale(1250)
    assert terminal.settle().approved
    given = terminal.refund(sold.stan)
    assert given.approved
    assert given.batch == 2
    with pytest.raises(LookupError):
        terminal.refund(777)


def test_card_numbers_are_not_in_the_log_or_the_status(world):
    terminal = world.terminal()
    chosen = make_card(42)
    terminal.sale(100, chosen)
    shown = str([e.as_dict() for e in terminal.log.entries()]) + str(terminal.status())
    shown += str([e.as_dict() for e in world.acquirer.log.entries()])
    shown += str(world.acquirer.books())
    assert chosen.pan not in shown
    assert chosen.pan[:6] + "******" + chosen.pan[-4:] in shown
