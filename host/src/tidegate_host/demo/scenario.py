"""The evening itself, step by step: what people do, what breaks, and what is seen of it.

Every step acts through the terminals, the line or the power switch, waits for events of the real
parts, and tells what happened in words that a shop owner understands.
"""

from concurrent.futures import ThreadPoolExecutor

from tidegate.journal.records import HOW_NO_ORIGINAL
from tidegate.proto.kinds import KIND_OFFLINE_SALE, KIND_REVERSAL
from tidegate_host.demo.stage import T1, T2, Stage
from tidegate_host.demo.tell import Teller
from tidegate_host.report.wording import money
from tidegate_host.standins.cards import CHIP, SWIPE, TAP, Card, make_card
from tidegate_host.standins.flows import Outcome
from tidegate_host.standins.messages import IN
from tidegate_host.standins.tape import APPROVED

ADVICES = 20
_CUT_AFTER = 12  # advices that are stored when the power goes
_EVENT_S = 15.0
_DRAIN_S = 60.0

ANNA, BO, CHEN, DAN, EVE, FAN, GAO = (
    make_card(number, entry)
    for number, entry in enumerate((CHIP, SWIPE, TAP, CHIP, SWIPE, CHIP, TAP), 1)
)
CARDS = (ANNA, BO, CHEN, DAN, EVE, FAN, GAO)


class Surprise(Exception):
    """A step did not go as the story goes; the text says which and how."""


def play(stage: Stage, tell: Teller) -> None:
    """The whole evening. Raises Surprise, or NothingHappened when something did not come."""
    for act in (_sign_in, _sales, _line_cut, _declined, _stored, _power, _back, _night, _settle):
        act(stage, tell)


def _expect(outcome: Outcome, wanted: str, what: str, code: str = "") -> None:
    if outcome.state != wanted or (code and outcome.code != code):
        got = " ".join(part for part in (outcome.state, outcome.code, outcome.reason) if part)
        raise Surprise(f"{what}: {wanted} {code} was expected, it was {got}")


def _later(stage: Stage, tell: Teller, hour: int, minute: int) -> None:
    with tell.busy(f"the evening goes on: {hour}:{minute:02d}"):
        stage.move_on(hour, minute)


def _sign_in(stage: Stage, tell: Teller) -> None:
    tell.step("Sign-in", "签到")
    for terminal, name, link in ((stage.t1, "t1", "network"), (stage.t2, "t2", "serial line")):
        with tell.busy(f"{name} signs in"):
            _expect(terminal.sign_in(), "done", f"sign-in of {name}")
        tell.say(
            f"Terminal {name} ({link}) signs in through the bridge and gets its keys.",
            f"终端 {name} 经网关签到，取得工作密钥。",
        )


def _sales(stage: Stage, tell: Teller) -> None:
    _later(stage, tell, 21, 45)
    tell.step("An ordinary evening", "正常营业")
    for terminal, name, amount, card in (
        (stage.t1, "t1", 12800, ANNA),
        (stage.t2, "t2", 4550, BO),
        (stage.t1, "t1", 990, CHEN),
        (stage.t2, "t2", 260000, DAN),
    ):
        _sell(tell, terminal, name, amount, card)
    wrong = terminal.sale(3000, EVE)
    _expect(wrong, APPROVED, "a sale to be voided")
    _expect(stage.t2.void(wrong.stan), APPROVED, "the void of it")
    tell.say(
        "t2: 30.00 CNY sold by mistake and voided at once: approved both.",
        "t2：误收 30.00 元，当即撤销，均成功。",
    )


def _sell(tell: Teller, terminal, name: str, amount: int, card: Card) -> None:
    with tell.busy(f"{name} sells for {money(amount)}"):
        _expect(terminal.sale(amount, card), APPROVED, f"a sale of {money(amount)} on {name}")
    tell.say(
        f"{name} sells for {money(amount)}: approved by the acquirer.",
        f"{name} 消费 {amount / 100:.2f} 元：收单方批准。",
    )


def _line_cut(stage: Stage, tell: Teller) -> None:
    _later(stage, tell, 21, 55)
    tell.step("The line is cut during two sales", "交易途中断线")
    # The acquirer books the first and its answer is lost; the second never reaches its books.
    for terminal, booked in ((T1, True), (T2, False)):
        stage.acquirer.fault("drop", kind=["sale"], terminal=[terminal], book=booked)
    heard = len(stage.acquirer.log.entries())
    with ThreadPoolExecutor(2) as hands, tell.busy("two customers wait"):
        one = hands.submit(stage.t1.sale, 6600, EVE)
        other = hands.submit(stage.t2.sale, 31900, FAN)

        def both(entries: list) -> bool:
            new = entries[heard:]
            return sum(e.direction == IN and e.kind == "sale" for e in new) == 2

        if not stage.acquirer.wait_for(both, _EVENT_S):
            raise Surprise("the two sales did not reach the line's far end")
        stage.cut_line()
        _expect(one.result(), "unknown", "the sale on t1 when the line was cut")
        _expect(other.result(), "unknown", "the sale on t2 when the line was cut")
    tell.say(
        "A digger cuts the line while t1 sells for 66.00 CNY and t2 for 319.00 CNY. Both requests"
        " are out, no answer comes: nobody here can know what the acquirer did.",
        "t1 收 66.00 元、t2 收 319.00 元时线路中断：请求已发出，未收到应答，结果未知。",
    )
    tell.say(
        "The bridge does not guess. It stays silent, so that the terminals reverse.",
        "网关不作猜测，保持静默，由终端自行冲正。",
    )


def _declined(stage: Stage, tell: Teller) -> None:
    tell.step("Declined at once, and held", "当场拒绝并挂起")
    _reversal_of_t2(stage, tell)
    _reversal_of_t1(stage, tell)


def _reversal_of_t2(stage: Stage, tell: Teller) -> None:
    since = stage.watch.mark()
    with tell.busy("the customer of t2 tries again"):
        again = stage.t2.sale(31900, FAN)
    _expect(again, "declined", "the sale on t2 without a line", "91")
    stage.watch.wait("stored", _EVENT_S, since, b=KIND_REVERSAL)
    tell.say(
        "t2 sends its reversal first: the bridge stores it, and t2 accepts that. The sale itself"
        " is declined at once (91) and recorded as held; no customer waits for a time-out.",
        "t2 先发冲正：网关存储并受理；再次消费当场拒绝（91）并挂起，顾客无需等待超时。",
    )


def _reversal_of_t1(stage: Stage, tell: Teller) -> None:
    tries = 0
    with tell.busy("t1 tries to reverse"):
        again = stage.t1.sale(6600, EVE)
        while again.reason == "reversal" and tries < 5:
            tries += 1
            again = stage.t1.sale(6600, EVE)
    _expect(again, "declined", "the sale on t1 without a line", "91")
    tell.say(
        f"t1 only trusts the acquirer: it sends its reversal {tries + 1} times, hears 96, and"
        " gives up, as such terminals do. The bridge does not: it keeps the reversal.",
        f"t1 只认收单方：冲正发送 {tries + 1} 次后放弃；网关已存下，不会丢失。",
    )
    tell.say(
        "The sale on t1 is declined and held, too.",
        "t1 的消费同样被拒绝并挂起。",
    )


def _advice(stage: Stage, number: int) -> Outcome:
    return stage.t2.offline_sale(1000 + 137 * number, GAO)


def _stored(stage: Stage, tell: Teller) -> None:
    _later(stage, tell, 22, 5)
    tell.step("Off-line sales are stored", "离线交易存储")
    since = stage.watch.mark()
    with tell.busy("t2 uploads off-line sales"), ThreadPoolExecutor(1) as hand:
        for number in range(1, _CUT_AFTER):
            _expect(_advice(stage, number), "confirmed", f"off-line sale {number}", "94")
        stage.watch.wait("accepted", _EVENT_S, since, _CUT_AFTER - 1)
        tell.say(
            f"t2 sells off-line and uploads as it goes: {_CUT_AFTER - 1} advices are stored on the"
            " bridge's flash and acknowledged.",
            f"t2 离线消费并逐笔上送：{_CUT_AFTER - 1} 笔通知已写入网关闪存并确认。",
        )
        tell.step("The power goes, too", "断电")
        stage.cable.hush()  # so that the bridge is still trying to reach the acquirer
        last = hand.submit(_advice, stage, _CUT_AFTER)
        stage.watch.wait("stored", _EVENT_S, since, _CUT_AFTER, b=KIND_OFFLINE_SALE)
        stage.power_off()
        stage.cable.cut()
        _expect(last.result(), "waiting", "the advice during which the power went")
    tell.say(
        f"The plug is pulled in the middle of advice {_CUT_AFTER}: the bridge is dead at once. It"
        " had stored the advice; t2 has not heard so.",
        f"第 {_CUT_AFTER} 笔途中断电：网关瞬间停机；该笔已存储，但 t2 尚未收到确认。",
    )


def _power(stage: Stage, tell: Teller) -> None:
    since = stage.watch.mark()
    with tell.busy("the bridge starts on the same flash image"):
        stage.power_on()
    stage.watch.wait("journal-mounted", _EVENT_S, since)
    tell.say(
        "Power again: the bridge finds everything on its flash and goes on.",
        "恢复供电：网关从闪存中找回全部记录，继续工作。",
    )
    with tell.busy("t2 uploads the rest"):
        for number in range(_CUT_AFTER + 1, ADVICES + 1):
            _expect(_advice(stage, number), "confirmed", f"off-line sale {number}", "94")
    left = stage.t2.status()["waiting"]
    if left:
        raise Surprise(f"{left} off-line sales still wait in t2")
    again = stage.watch.count("stored-again", since)
    if again != 1:
        raise Surprise(f"one advice was to be recognised as a repeat, {again} were")
    tell.say(
        f"t2 sends that advice again; the bridge knows it already. With the rest, {ADVICES}"
        " advices are stored, each of them once.",
        f"t2 重发未确认的一笔并上送其余：共 {ADVICES} 笔，各存一次。",
    )


def _back(stage: Stage, tell: Teller) -> None:
    # The outage lasts until the bridge may believe "original not found": its guard is over.
    guard_ms = stage.config["limits"]["reversal_guard_s"] * 1000
    with tell.busy("the bridge dials in vain, less and less often"):
        stage.watch.until(
            "a dial of the bridge after the guard time of its reversals",
            lambda seen: any(
                s.event.name == "dial-failed" and s.event.ms > guard_ms and s.boot for s in seen
            ),
            _DRAIN_S,
        )
    _later(stage, tell, 22, 30)
    tell.step("The line is back: reversals first", "恢复：先冲正")
    since = stage.watch.mark()
    stage.mend_line()
    with tell.busy("the bridge delivers what it kept"):
        stage.watch.wait("item-done", _DRAIN_S, since, ADVICES + 2)
    unknown = stage.watch.count("item-done", since, b=HOW_NO_ORIGINAL)
    tell.say(
        "The bridge dials again by itself and delivers: each terminal's reversal first, then the"
        f" {ADVICES} advices in their order. Nothing is lost, nothing goes twice.",
        f"网关自动重拨并补发：每台终端先冲正，再按序补发 {ADVICES} 笔；不丢不重。",
    )
    if unknown:
        tell.say(
            "The 66.00 CNY were booked and are taken back; the 319.00 CNY the acquirer had never"
            " seen, and says so (25).",
            "66.00 元已入账并冲回；319.00 元收单方从未收到（25）。",
        )
    since = stage.watch.mark()
    _sell(tell, stage.t1, "t1", 6600, EVE)
    _sell(tell, stage.t2, "t2", 31900, FAN)
    stage.watch.wait("hold-closed", _EVENT_S, since, 2)
    tell.say(
        "Both customers have waited and pay now. Their holds close by themselves.",
        "两位顾客重新付款成功，挂起记录自动关闭。",
    )


def _night(stage: Stage, tell: Teller) -> None:
    _later(stage, tell, 23, 0)
    tell.step("Closed for the night", "停业")
    refused = stage.t2.sale(45000, DAN)
    _expect(refused, "declined", "a sale after 23:00", "58")
    tell.say(
        "A sale of 450.00 CNY is refused by the shop's own hours (58) and held for the morning:"
        " after 23:00 it would belong to the next settlement day.",
        "450.00 元超出营业时段，被拒绝（58）并挂起至次日：23:00 后归入下一清算日。",
    )
    _later(stage, tell, 23, 30)
    tell.step("Night channel", "夜间通道")
    _expect(stage.t2.sale(3500, ANNA), APPROVED, "a small sale on the night channel")
    tell.say(
        "The merchant has switched on a night channel for up to 500.00 CNY: 35.00 CNY pass.",
        "商户已开通夜间通道（500.00 元以内）：35.00 元通过。",
    )


def _settle(stage: Stage, tell: Teller) -> None:
    tell.step("Settlement", "结算")
    for terminal, name in ((stage.t1, "t1"), (stage.t2, "t2")):
        with tell.busy(f"{name} settles"):
            outcome = terminal.settle()
        balanced = outcome.reason == "balanced"
        tell.say(
            f"{name} settles its batch with the acquirer: "
            + ("balanced." if balanced else f"{outcome.state} {outcome.reason}."),
            f"{name} 批结算：" + ("平账。" if balanced else "不平。"),
            balanced,
        )
    since = stage.watch.count("batch", b=2)
    if since < 2:
        stage.watch.wait("batch", _EVENT_S, 0, 2, b=2)
