"""A day made by hand, in the shape of the real one: two terminals, an outage, a night."""

from tidegate_host.report import data
from tidegate_host.report.data import Message

STEPS = (
    ("Sign-in", "签到", "21:40"),
    ("Sales", "消费", "21:42"),
    ("The line is cut", "断线", "21:50"),
    ("Declined at once, and held", "当场拒绝并挂起", "21:52"),
    ("Stored", "存储", "21:55"),
    ("Power is lost", "断电", "21:58"),
    ("Line back: reversal first", "恢复：先冲正", "22:10"),
    ("Closed at 23:00", "停业", "23:00"),
    ("Night channel", "夜间通道", "23:30"),
    ("Settlement", "结算", "23:40"),
)


class Day:
    """Collects messages; time moves on by one step of 100 ms with each."""

    def __init__(self):
        self.now = 0
        self.stan = {"t1": 0, "t2": 0}
        self.messages = []
        self.steps = []

    def step(self):
        title, chinese, shop = STEPS[len(self.steps)]
        self.now += 1000
        self.steps.append(data.Step(len(self.steps) + 1, self.now, title, chinese, shop))

    def say(self, terminal, kind, amount, code, outcome, stan=None, **way):
        self.now += 100
        if stan is None:
            self.stan[terminal] += 1
            stan = self.stan[terminal]
        shop = self.steps[-1].shop + ":07"
        self.messages.append(
            Message(self.now, terminal, kind, stan, amount, code, outcome, shop=shop, **way)
        )
        return stan


def report(good=True):
    """The whole day; `good` False gives a difference, an item in attention and a failed check."""
    day = Day()
    day.step()
    for name in ("t1", "t2"):
        day.say(name, "sign-in", -1, "00", data.PASSED)
    day.step()
    for name, amount in (("t1", 12800), ("t2", 4550), ("t1", 990), ("t2", 260000)):
        day.say(name, "sale", amount, "00", data.APPROVED)
    day.say("t1", "sale", 880000, "51", data.REFUSED)
    day.step()
    cut = day.now + 150
    lost = day.say("t1", "sale", 6600, "", data.UNKNOWN)
    day.step()
    day.say("t1", "reversal", 6600, "96", data.STORED, stan=lost, end=data.BRIDGE)
    day.say("t1", "sale", 6600, "91", data.DECLINED, end=data.BRIDGE)
    day.say("t2", "sale", 31900, "91", data.DECLINED, end=data.BRIDGE)
    day.step()
    advices = []
    depth = [data.Depth(0, 0), data.Depth(day.steps[3].at_ms + 100, 1)]
    power = 0
    for i in range(20):
        if i == 12:
            day.step()
            power = day.now - 500
        amount = 1000 + 137 * i
        stan = day.say("t2", "offline-sale", amount, "94", data.STORED, end=data.BRIDGE)
        advices.append((stan, amount))
        depth.append(data.Depth(day.now, i + 2))
    day.step()
    back = day.now - 50
    day.say("t1", "reversal", 6600, "00", data.REVERSED, stan=lost, start=data.BRIDGE)
    depth.append(data.Depth(day.now, 20))
    for i, (stan, amount) in enumerate(advices):
        day.say("t2", "offline-sale", amount, "00", data.REPLAYED, stan=stan, start=data.BRIDGE)
        depth.append(data.Depth(day.now, 19 - i))
    day.say("t1", "sale", 6600, "00", data.APPROVED)
    day.step()
    day.say("t2", "sale", 45000, "58", data.DECLINED, end=data.BRIDGE)
    day.step()
    day.say("t2", "sale", 3500, "00", data.APPROVED)
    day.say("t1", "sale", 99900, "61", data.DECLINED, end=data.BRIDGE)
    day.step()
    for name in ("t1", "t2"):
        day.say(name, "settlement", -1, "", data.PASSED)
        day.say(name, "batch-end", -1, "", data.PASSED)
    return _finish(day, cut, back, power, depth, good)


def _finish(day, cut, back, power, depth, good):
    end = day.now + 500
    starts = [step.at_ms for step in day.steps]
    t1 = data.Totals(3, 20390)
    t2 = data.Totals(23, 314080)
    off = data.Totals(22, 312710)
    return data.Report(
        title="Tidegate demo: one evening in a shop",
        title_zh="演示：店铺的一个夜晚",
        terminals=["t1", "t2"],
        steps=day.steps,
        line=[
            data.Span(0, cut, "up"),
            data.Span(cut, back, "down"),
            data.Span(back, end, "up"),
        ],
        power=[
            data.Span(0, power, "on"),
            data.Span(power, power + 400, "off"),
            data.Span(power + 400, end, "on"),
        ],
        windows=[
            data.Span(0, starts[7], "open"),
            data.Span(starts[7], starts[8], "closed"),
            data.Span(starts[8], end, "night"),
        ],
        messages=day.messages,
        depth=depth,
        books=[
            data.Book("t1", 1, t1, t1, t1),
            data.Book("t2", 1, t2, t2, t2 if good else off),
        ],
        holds=[
            data.Hold(
                "t1", "sale", 6600, "622848******0173", "91 line down", "21:52", "succeeded"
            ),
            data.Hold("t2", "sale", 31900, "622848******2291", "91 line down", "21:53", "waits"),
            data.Hold("t2", "sale", 45000, "621700******8840", "58 closed", "23:00", "waits"),
        ],
        attention=[] if good else [data.Attention("t2", "offline-sale", 14, 1274, "refused")],
        transcript=[
            data.Line(
                step.at_ms,
                step.number,
                step.shop,
                "The shop sells as on any evening; every sale goes through the bridge.",
                "店铺照常营业，每笔交易都经过网关。",
            )
            for step in day.steps
        ],
        checks=[
            data.Check(
                "The three books agree", "三方账目一致", good, "" if good else "t2 differs"
            ),
            data.Check("Reversal before every advice of its lane", "冲正先于离线通知", True),
            data.Check("Nothing was booked twice", "无重复入账", True),
            data.Check("No card number on the flash or in a log", "存储与日志中无卡号", True),
        ],
        duration_ms=end,
        made_with="Tidegate demo · firmware under MicroPython 1.24.1 (i386, 112 KB heap)",
    )
