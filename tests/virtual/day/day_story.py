"""The day itself, from six to six: what people do, what breaks, and what support types."""

from day_stage import COUNTER

from tidegate_host.standins.cards import CHIP, SWIPE, TAP, make_card

ANNA, BO, CHEN, DAN, EVE, FAN, GAO, HAN = (
    make_card(number, entry)
    for number, entry in enumerate((CHIP, SWIPE, TAP, CHIP, SWIPE, CHIP, TAP, SWIPE), 1)
)
GUEST = make_card(9, CHIP, foreign=True)
CARDS = (ANNA, BO, CHEN, DAN, EVE, FAN, GAO, HAN, GUEST)

_LIVE = "--device virtual:day"
_SHORT_S = 2  # a terminal's patience where the answer will not come


def play(stage, told):
    """The whole day."""
    told.tell(_ABOUT)
    for act in (_opens, _sells, _too_much, _refused, _upkeep, _unanswered, _reminded, _line_goes,
                _near_the_cut_over, _closed, _line_back, _at_night, _settles, _goes_on, _morning,
                _paper, _dispute):  # fmt: skip
        act(stage, told)


_ABOUT = """
A day in the life of a bridge, from Friday 06:00 to Saturday 06:00 on the shop's clock: the real
firmware on a virtual board, a counter terminal (TEST0001, on TCP) and a mobile one (TEST0002, on a
serial line), an acquirer, and somebody at the support desk who types.
夜以继日：真实固件、两台终端、收单方与一位技术支持的一天。

<...> stands for what differs from run to run; times are those of the step.
"""


def _step(stage, told, hour, minute, title):
    stage.move_on(hour, minute)
    told.step(stage.now, title)


def _items(listing):
    # The numbers of the items in a list that a command printed.
    return [line.split()[0][1:] for line in listing.splitlines() if line.startswith("  #")]


def _opens(stage, told):
    _step(stage, told, 6, 0, "The shop opens  开门")
    told.tell("Both terminals sign in through the bridge. Support looks at it, and at the week.")
    assert stage.counter.sign_in().approved
    assert stage.mobile.sign_in().approved
    told.type(f"tidegate status {_LIVE}")
    told.type("tidegate schedule week -c bridge.toml --from 2027-01-15 --html week.html")
    told.tell("What will happen at ten past eleven tonight? To a refund? At noon, to too much?")
    at_night = "tidegate schedule explain -c bridge.toml --at 2027-01-15T23:10"
    told.type(f"{at_night} --kind sale --amount 45000")
    told.type(f"{at_night} --kind refund --amount 45000")
    told.type("tidegate schedule explain -c bridge.toml --at 2027-01-15T12:00 --amount 2500000")


def _sells(stage, told):
    _step(stage, told, 8, 30, "Ordinary sales  正常营业")
    told.tell("Five sales, one of them with a foreign card, and one by mistake that is voided.")
    for terminal, amount, card in (
        (stage.counter, 12800, ANNA), (stage.mobile, 4550, BO), (stage.counter, 990, CHEN),
        (stage.mobile, 260000, DAN), (stage.counter, 31900, GUEST),
    ):  # fmt: skip
        assert terminal.sale(amount, card).approved
    wrong = stage.mobile.sale(3000, EVE)
    assert wrong.approved and stage.mobile.void(wrong.stan).approved
    told.type(f"tidegate ledger {_LIVE} -c bridge.toml")


def _too_much(stage, told):
    _step(stage, told, 10, 0, "Above the limit  超过限额")
    told.tell("A sale of 25,000.00 at the counter: the shop's own limit refuses it, with 61.")
    assert stage.counter.sale(2500000, FAN).code == "61"
    told.type(f"tidegate why 25000.00@10:00 {_LIVE} -c bridge.toml", 1)
    told.type(f"tidegate holds list {_LIVE} -c bridge.toml")


def _refused(stage, told):
    _step(stage, told, 11, 0, "The host refuses two off-line sales  主机拒绝两笔离线交易")
    told.tell("""
Two off-line sales of the mobile terminal, 12.00 and 15.00, are refused by the acquirer for good.
Li phones: the first may be sent again, and the second, they say, was paid back in cash.
""")
    stage.acquirer.fault("refuse", kind=["offline-sale"], code="30", times=2)
    for amount, card in ((1200, GAO), (1500, HAN)):
        stage.mobile.offline_sale(amount, card)
        stage.see("attention")
    first, second = _items(told.type(f"tidegate queue list {_LIVE} -c bridge.toml", 1))
    told.type(f"tidegate queue retry {first} --by Li --reason 'send it again' {_LIVE}")
    stage.see("item-done", b=0)
    who = "--by Li --reason '商户称已现金退款'"
    told.type(f"tidegate queue settle {second} --not-booked {who} {_LIVE}")
    told.type(f"tidegate queue list {_LIVE} -c bridge.toml")


def _upkeep(stage, told):
    _step(stage, told, 13, 0, "The acquirer's maintenance  系统维护")
    told.tell("""
Until 13:30 the acquirer is away. A sale of 88.00 is refused with 90, an off-line sale is stored.
""")
    assert stage.counter.sale(8800, ANNA).code == "90"
    stage.mobile.offline_sale(2100, BO)
    told.type(f"tidegate status {_LIVE}")
    told.type(f"tidegate why 88.00@13:00 --language zh {_LIVE} -c bridge.toml", 1)
    told.type(f"tidegate queue list {_LIVE} -c bridge.toml")
    _step(stage, told, 13, 30, "It is over  维护结束")
    told.tell("By itself the bridge sends what it stored; the customer pays, and the hold closes.")
    stage.see("item-done", b=0)
    assert stage.counter.sale(8800, ANNA).approved
    stage.see("hold-closed")
    told.type(f"tidegate queue list {_LIVE} -c bridge.toml")
    told.type(f"tidegate why 88.00@13:00 --language en {_LIVE} -c bridge.toml")


def _unanswered(stage, told):
    _step(stage, told, 14, 0, "An answer is lost  应答丢失")
    told.tell("The acquirer books 66.00, and its answer never comes. Nobody here can know that.")
    stage.acquirer.fault("drop", kind=["sale"], terminal=[COUNTER])
    assert stage.counter.sale(6600, CHEN, wait_s=_SHORT_S).state == "unknown"
    stage.see("live-unknown")
    told.type(f"tidegate queue list {_LIVE} -c bridge.toml")
    told.type(f"tidegate why 66.00@14:00 {_LIVE} -c bridge.toml", 1)
    told.tell("The terminal takes it back by itself, and sells again.")
    assert stage.counter.reverse().approved
    stage.see("item-done", b=0)
    told.type(f"tidegate why 66.00@14:00 {_LIVE} -c bridge.toml", 1)
    assert stage.counter.sale(6600, CHEN).approved


def _reminded(stage, told):
    stage.move_on(22, 30, 15)  # a time that a moved clock has passed over is not told
    stage.see("settle-due")
    told.step(stage.now, "Must I settle?  要结算吗？")
    told.tell("The bridge reminds the shop in its log, as bridge.toml wants it.")
    told.type(f"tidegate why settlement --at 2027-01-15T22:30 {_LIVE} -c bridge.toml", 1)


def _line_goes(stage, told):
    _step(stage, told, 22, 35, "The line goes, before the cut-over  日切前断线")
    told.tell("""
The line is cut in the middle of a sale of 150.00 at the counter, which the acquirer has booked:
the terminal's reversal is stored. So are two off-line sales of the mobile terminal.
""")
    stage.acquirer.fault("close", kind=["sale"], terminal=[COUNTER])
    assert stage.counter.sale(15000, DAN, wait_s=_SHORT_S).state == "unknown"
    assert not stage.counter.reverse().approved
    stage.mobile.offline_sale(3150, EVE)
    stage.mobile.offline_sale(1230, FAN)
    told.type(f"tidegate queue list {_LIVE} -c bridge.toml")


def _near_the_cut_over(stage, told):
    _step(stage, told, 22, 45, "The cut-over is near  临近日切")
    told.tell("""
The log warns that three messages wait (drain-due) and that the shop closes soon. A sale of 77.00
is refused at once: no line.
""")
    assert stage.see("drain-due").a == 3
    assert stage.mobile.sale(7700, GAO).code == "91"
    told.type(f"tidegate status {_LIVE}")
    told.type(f"tidegate why 77.00@22:45 {_LIVE} -c bridge.toml", 1)


def _closed(stage, told):
    _step(stage, told, 23, 0, "It is past 23:00  过了23点")
    told.tell("""
A sale of 450.00 is refused with 58 and held. The customer comes back in the morning; the one of
25,000.00 has paid by transfer, and the one of 77.00 has left.
""")
    assert stage.mobile.sale(45000, HAN).code == "58"
    large, left, late = _items(told.type(f"tidegate holds list {_LIVE} -c bridge.toml"))
    until = "--until 2027-01-16T06:00+08:00"
    told.type(f"tidegate holds defer {late} {until} --by Li --reason '顾客明早再来' {_LIVE}")
    told.type(f"tidegate holds release {large} --by Li --reason 'paid by transfer' {_LIVE}")
    told.type(f"tidegate holds cancel {left} --by Li --reason 'customer left' {_LIVE}")
    told.type(f"tidegate holds list {_LIVE} -c bridge.toml")


def _line_back(stage, told):
    _step(stage, told, 23, 15, "The line is back  线路恢复")
    told.tell("""
The shop is closed, and what is stored goes out all the same: the reversal, and the two off-line
sales. The acquirer refuses one of them, 31.50, for good.
""")
    stage.acquirer.fault("refuse", kind=["offline-sale"], code="30")
    stage.acquirer.line(down=False)
    for _ in range(2):
        stage.see("item-done")
    told.type(f"tidegate queue list {_LIVE} -c bridge.toml", 1)
    told.type(f"tidegate why 150.00@22:35 {_LIVE} -c bridge.toml", 1)


def _at_night(stage, told):
    _step(stage, told, 23, 30, "The night channel  夜间通道")
    told.tell("Up to 500.00 the night channel sells: 35.00 pass, 600.00 do not.")
    assert stage.mobile.sale(3500, ANNA).approved
    assert stage.counter.sale(60000, BO).code == "61"
    told.type(f"tidegate why 35.00@23:30 --language en {_LIVE} -c bridge.toml", 1)
    told.type(f"tidegate why 600.00@23:30 --language zh {_LIVE} -c bridge.toml", 1)


def _settles(stage, told):
    _step(stage, told, 23, 45, "Cannot settle  结算不平")
    told.tell("""
The counter's batch balances. The mobile one's does not, because the acquirer lacks two off-line
sales; so the terminal uploads every transaction, and the line breaks in the middle of that.
""")
    done = stage.counter.settle()
    assert (done.state, done.reason) == ("done", "balanced")
    stage.acquirer.fault("close", kind=["batch-upload"], nth=2)
    stage.mobile.pos.settings.wait_s = _SHORT_S
    done = stage.mobile.settle()
    assert (done.state, done.reason) == ("no-answer", "upload")
    stage.mobile.pos.settings.wait_s = stage.patience_s
    told.type(f"tidegate why settlement --at 2027-01-15T23:45 {_LIVE} -c bridge.toml", 1)
    told.type(f"tidegate ledger {_LIVE} -c bridge.toml", 1)


def _goes_on(stage, told):
    _step(stage, told, 0, 10, "The upload goes on  批上送继续")
    told.tell("""
The line is back, and the terminal goes on where it stopped. Its upload brings 31.50, which no
person has to look at any more, and also the 15.00 that Li had settled as not booked.
""")
    stage.acquirer.line(down=False)
    done = stage.mobile.settle()
    assert (done.state, done.reason) == ("done", "not balanced")
    stage.see("batch", a=1, b=10)
    told.type(f"tidegate queue list {_LIVE} -c bridge.toml")
    told.type(f"tidegate ledger {_LIVE} -c bridge.toml", 1)


def _morning(stage, told):
    _step(stage, told, 6, 0, "The next morning  次日早晨")
    told.tell("""
The log says that the deferred hold is due. The customer comes and pays 450.00: it closes. Support
pulls the journal, and works on that copy from here on.
""")
    stage.see("hold-due")
    assert stage.mobile.sale(45000, HAN).approved
    stage.see("hold-closed")
    told.type(f"tidegate holds list {_LIVE} -c bridge.toml")
    told.type(f"tidegate journal pull {_LIVE} day.bin")
    told.type("tidegate journal verify day.bin")
    told.type("tidegate journal show day.bin --type ATTENTION --type NOTE")


def _paper(stage, told):
    told.tell("The daily list for the acquirer, and why the money is not there yet.")
    listed = "tidegate exceptions --day 2027-01-15 --journal day.bin -c bridge.toml"
    told.type(listed, 1)
    told.type(f"{listed} --html day.html --csv day.csv", 1)
    told.type("tidegate why arrival --at 2027-01-16T06:00 --journal day.bin -c bridge.toml", 1)
    told.tell("Slips: one on paper of 48 columns, one of 32 in Chinese, and all of the day.")
    told.type("tidegate voucher show 150.00@22:35 --journal day.bin -c bridge.toml")
    told.type("tidegate voucher show 35.00@23:30 --columns 32 --language zh --journal day.bin"
              " -c bridge.toml")  # fmt: skip
    told.type("tidegate voucher export --day 2027-01-15 --journal day.bin -c bridge.toml"
              " --html slips.html --pdf slips.pdf --text slips.txt")  # fmt: skip


def _dispute(stage, told):
    told.tell("The cardholder of 150.00 disputes it: a package, and whether it is as it was made.")
    told.type("tidegate evidence make 150.00@22:35 --out case.zip --journal day.bin"
              " -c bridge.toml")  # fmt: skip
    told.type("tidegate evidence verify case.zip --journal day.bin")
    told.tell("The slip of this morning, from the bridge itself.")
    told.type(f"tidegate voucher show 450.00@06:00 --columns 32 --language en {_LIVE}"
              " -c bridge.toml")  # fmt: skip
