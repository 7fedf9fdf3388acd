"""A terminal and an acquirer without a bridge: whole days on real links, and the same books."""

import pytest
from standin_world import open_world

from tidegate_host.standins.cards import CHIP, CHIP_PIN, SWIPE, make_card
from tidegate_host.standins.messages import IN


@pytest.fixture
def world():
    with open_world() as made:
        yield made


def _work(terminal):
    first = terminal.sale(1250, make_card(1, CHIP))
    second = terminal.sale(990, make_card(2, SWIPE))
    foreign = terminal.sale(5000, make_card(3, CHIP_PIN, foreign=True))
    assert terminal.void(first.stan).approved
    assert terminal.refund(second.stan, 300).approved
    kept = terminal.preauth(10_000, make_card(4))
    assert terminal.complete(kept.stan, 11_500).approved
    advised = terminal.preauth(8_000, make_card(5))
    assert terminal.complete(advised.stan, 7_000, advice=True).approved
    given_up = terminal.preauth(700, make_card(6))
    assert terminal.void(given_up.stan).approved
    taken_back = terminal.complete(terminal.preauth(900).stan)
    assert terminal.void(taken_back.stan).approved
    assert terminal.balance().approved
    assert terminal.echo().approved
    for number in range(7):
        assert terminal.offline_sale(100 + number, make_card(number)).state in (
            "waiting",
            "confirmed",
        )
    assert foreign.approved
    return 1250 + 990 + 5000 + 11_500 + 7_000 + 900 + sum(range(100, 107)), 1250 + 300 + 900


def _whole_day(world, terminal):
    debits, credits = _work(terminal)
    assert terminal.upload_advices().approved
    assert (terminal.totals().debit_sum, terminal.totals().credit_sum) == (debits, credits)
    assert world.agree(terminal)
    done = terminal.settle()
    assert (done.state, done.reason) == ("done", "balanced")
    assert terminal.tape.batch == 2
    assert world.agree(terminal, 1)
    books = world.acquirer.books()
    assert books["findings"] == []
    assert books["settlements"][0]["closed"]
    assert books["settlements"][0]["differences"] == []
    assert terminal.sale(100).batch == 2


def test_a_day_over_tcp(world):
    _whole_day(world, world.terminal())


def test_a_day_over_tls(world, tmp_path):
    world.open(tls=tmp_path)
    terminal = world.terminal()
    _whole_day(world, terminal)


def test_a_day_over_one_connection_that_stays_open(world):
    terminal = world.terminal()
    terminal.link.keep_open = True
    _whole_day(world, terminal)
    log = world.acquirer.log
    assert len(log.select(note="connected")) == 2  # the sign-in had its own


def test_a_day_over_a_serial_line(world):
    acquirer = world.open()
    _whole_day(world, world.terminal(link=world.serial_line(acquirer.port)))


@pytest.mark.parametrize("dialect", ["iso87", "iso87-binbitmap"])
def test_a_day_without_keys(world, dialect):
    world.open(dialect=dialect)
    terminal = world.terminal(sign_in_code=1)
    sold = terminal.sale(1250)
    assert sold.approved
    assert terminal.void(sold.stan).approved
    other = terminal.sale(600)
    assert terminal.refund(other.stan, 200).approved
    terminal.pos.settings.wait_s = 0.3
    world.acquirer.fault("drop", kind="sale")
    assert terminal.sale(50).state == "unknown"
    assert terminal.reverse().approved
    assert terminal.offline_sale(75).state == "waiting"
    assert terminal.upload_advices().approved
    assert terminal.totals() == world.acquirer.totals(terminal.tid, 0)
    assert terminal.settle().reason == "balanced"


@pytest.mark.parametrize("code", [1, 3, 4])
def test_every_kind_of_sign_in(world, code):
    terminal = world.terminal(sign_in_code=code)
    assert terminal.sale(100).approved


def test_two_terminals_have_books_of_their_own(world):
    one, two = world.terminal("TEST0001"), world.terminal("TEST0002")
    assert one.sale(100).approved
    assert two.sale(2000).approved
    assert one.settle().reason == two.settle().reason == "balanced"
    assert world.acquirer.totals("TEST0001", 1).debit_sum == 100
    assert world.acquirer.totals("TEST0002", 1).debit_sum == 2000


def test_an_unbalanced_batch_is_uploaded_to_the_last_transaction(world):
    terminal = world.terminal()
    for number in range(11):
        assert terminal.sale(100 + number, make_card(number, SWIPE)).approved
    chip = terminal.sale(5000, make_card(50, CHIP))
    assert terminal.offline_sale(77).state == "waiting"
    assert terminal.upload_advices().approved
    # Something that the terminal knows nothing of.
    stranger = world.terminal("TEST0001", signed_in=False)
    stranger.tape.keys, stranger.tape.signed_in = terminal.tape.keys, True
    stranger.tape.next_stan = 900_000
    assert stranger.sale(123).approved
    done = terminal.settle()
    assert (done.state, done.reason) == ("done", "not balanced")
    record = world.acquirer.books()["settlements"][0]
    assert record["flags"] == [2, 1]
    assert record["closed"]
    assert record["differences"] == [
        {"stan": 900_000, "amount": 123, "what": "only the acquirer has it"}
    ]
    uploaded = [e for e in world.acquirer.entries("TEST0001") if e.uploaded]
    assert len(uploaded) == 13
    assert chip.stan in {e.stan for e in uploaded}
    details = world.acquirer.log.select(kind="batch-upload", direction=IN)
    assert len(details) == 4  # the advice, eight and three stripe sales, the chip sale


def test_what_only_the_terminal_has_is_named(world):
    terminal = world.terminal()
    assert terminal.sale(100, make_card(1, SWIPE)).approved
    terminal.records()[0].amount = 200
    assert terminal.settle().reason == "not balanced"
    assert world.acquirer.books()["settlements"][0]["differences"] == [
        {"stan": 2, "amount": 200, "what": "the acquirer has 100"},
        {"stan": 2, "amount": 100, "what": "only the acquirer has it"},
    ]
