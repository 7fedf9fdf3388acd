"""The time line as SVG: the states above, the way of every message below.

From top to bottom: the steps of the story with the shop's time; trading window, line to the
acquirer and power of the bridge; how many messages the bridge keeps; then one lane a terminal, the
bridge and the acquirer. A message is a vertical line in a column of its own: from the terminal
through the bridge to the acquirer, or as far as it came.
"""

from tidegate_host.report import data, wording
from tidegate_host.report.geometry import Layout, arrange
from tidegate_host.report.marks import mark
from tidegate_host.report.markup import Raw, el, join

NAMES_WIDTH = 108  # the column of lane names, which stays when the picture is scrolled
_HEAD = 78
_BAND, _BAND_GAP = 17, 7
_DEPTH = 46
_LABEL_CHAR = 5.3  # length of a turned label, by the character; a wide font needs no more
_LABEL_MIN = 90
_LANE_GAP = 12
_TO_BRIDGE = 40
_TO_ACQUIRER = 62

_STATES = {
    "open": ("open", "营业"),
    "closed": ("closed", "停业"),
    "night": ("night channel", "夜间通道"),
    "up": ("up", "通"),
    "down": ("down", "断"),
    "on": ("on", "通电"),
    "off": ("off", "断电"),
}


class Rows:
    """The vertical arrangement, in pixels: as high as the longest labels need."""

    def __init__(self, terminals: list[str], messages: list[data.Message]) -> None:
        """Lay out the rows from the top down."""
        above = _room([m for m in messages if m.start == data.TERMINAL])
        below = _room([m for m in messages if m.start == data.BRIDGE])
        step = _BAND + _BAND_GAP
        self.window, self.line, self.power = (_HEAD + i * step for i in range(3))
        self.depth = _HEAD + 3 * step + 6  # its top; the curve stands on depth + _DEPTH
        at = self.depth + _DEPTH + 14
        self.terminals = []
        for _ in terminals:
            self.terminals.append(at + above)
            at += above + _LANE_GAP
        self.bridge = self.terminals[-1] + _TO_BRIDGE
        self.acquirer = self.bridge + _TO_ACQUIRER
        self.height = self.acquirer + below


def _room(messages: list[data.Message]) -> float:
    longest = max((len(_label(message)) for message in messages), default=0)
    return max(_LABEL_MIN, longest * _LABEL_CHAR) + 16


def _label(message: data.Message) -> str:
    # Below the acquirer's line nothing else tells whose message it was.
    text = wording.label(message)
    return text if message.start == data.TERMINAL else f"{message.terminal} {text}"


def draw(report: data.Report) -> tuple[Raw, Raw]:
    """The picture in two parts of equal height: the names of the lanes, and the time line."""
    rows = Rows(report.terminals, report.messages)
    layout = arrange(report)
    width = layout.width + 6
    plot = el(
        "svg",
        _defs(),
        _steps(layout, rows),
        _band(report.windows, layout, rows.window, "window"),
        _band(report.line, layout, rows.line, "line"),
        _band(report.power, layout, rows.power, "power"),
        _depth(report.depth, layout, rows),
        _baselines(report, layout, rows),
        _messages(report, layout, rows),
        class_="plot",
        viewBox=f"0 0 {width:.0f} {rows.height:.0f}",
        width=f"{width:.0f}",
        height=f"{rows.height:.0f}",
        role="img",
        aria_label="Time line of every message",
        xmlns="http://www.w3.org/2000/svg",
    )
    return _names(report, rows), plot


def _defs() -> Raw:
    stripe = el("path", d="M0 6L6 0", class_="stripe")
    return el(
        "defs",
        el("pattern", stripe, id="cut", width=6, height=6, patternUnits="userSpaceOnUse"),
    )


def _names(report: data.Report, rows: Rows) -> Raw:
    def name(y: float, english: str, chinese: str) -> Raw:
        right = NAMES_WIDTH - 10
        return join(
            el("text", english, x=right, y=y, class_="name"),
            el("text", chinese, x=right, y=y + 13, class_="name zh"),
        )

    def short(y: float, english: str, chinese: str) -> Raw:
        two = [el("tspan", english), " ", el("tspan", chinese, class_="zh")]
        return el("text", *two, x=NAMES_WIDTH - 10, y=y + 12.5, class_="name")

    return el(
        "svg",
        el("text", "step, shop time", x=NAMES_WIDTH - 10, y=15, class_="name zh"),
        el("text", "步骤、店内时间", x=NAMES_WIDTH - 10, y=29, class_="name zh"),
        short(rows.window, "trading", "营业"),
        short(rows.line, "line", "线路"),
        short(rows.power, "bridge", "电源"),
        name(rows.depth + 20, "queue", "存储队列"),
        [name(y - 4, f"terminal {t}", "终端") for t, y in zip(report.terminals, rows.terminals,
                                                         strict=True)],
        name(rows.bridge - 1, "Tidegate", "网关"),
        name(rows.acquirer - 1, "acquirer", "收单方"),
        class_="names",
        viewBox=f"0 0 {NAMES_WIDTH} {rows.height:.0f}",
        width=NAMES_WIDTH,
        height=f"{rows.height:.0f}",
        aria_hidden="true",
        xmlns="http://www.w3.org/2000/svg",
    )  # fmt: skip


def _steps(layout: Layout, rows: Rows) -> Raw:
    out = []
    for i, column in enumerate(layout.columns):
        width = column.right - column.left
        if i % 2 == 0:
            out.append(
                el("rect", x=column.left, y=0, width=width, height=rows.height, class_="shade")
            )
        x = column.left + 8
        out.append(el("text", column.step.number, x=x, y=15, class_="number"))
        for row, line in enumerate(column.lines):
            out.append(el("text", line, x=x, y=29 + 12 * row, class_="title"))
        below = 29 + 12 * len(column.lines)
        out.append(el("text", column.step.title_zh, x=x, y=below + 1, class_="title zh"))
        number_width = 8 * len(str(column.step.number))
        out.append(el("text", column.step.shop, x=x + number_width + 6, y=15, class_="clock"))
    return el("g", out, class_="steps")


def _band(spans: list[data.Span], layout: Layout, y: float, kind: str) -> Raw:
    out = []
    for span in spans:
        left = 0.0 if span is spans[0] else layout.between(span.at_ms)
        right = layout.width if span is spans[-1] else layout.between(span.until_ms)
        english, chinese = _STATES.get(span.state, (span.state, ""))
        full = f"{english} {chinese}".strip()
        room = max(3.0, right - left)
        text = full if room > 8 * len(full) + 8 else english if room > 7 * len(english) else ""
        if not text and room > 15:
            text = chinese[:1]
        out.append(
            el(
                "g",
                el("title", f"{kind}: {full}"),
                el("rect", x=left, y=y, width=room, height=_BAND, rx=3),
                el("text", text, x=left + room / 2, y=y + 12.5) if text else None,
                class_=f"band {kind} {span.state}",
            )
        )
    return el("g", out)


def _depth(depth: list[data.Depth], layout: Layout, rows: Rows) -> Raw:
    floor = rows.depth + _DEPTH
    most = max((d.count for d in depth), default=0)
    base = el("path", d=f"M0 {floor:.1f}H{layout.width:.1f}", class_="axis")
    if not most:
        return base
    scale = (_DEPTH - 14) / most
    way, y, peak = f"M0 {floor:.1f}", floor, (0.0, floor)
    for point in depth:
        x = layout.x(point.at_ms)
        y = floor - point.count * scale
        way += f"H{x:.1f}V{y:.1f}"
        if point.count == most and peak == (0.0, floor):
            peak = (x, y)
    way += f"H{layout.width:.1f}"
    count = el("text", most, x=peak[0] + 4, y=peak[1] - 4, class_="peak")
    return el(
        "g",
        el("title", f"at most {most} messages kept on the bridge"),
        el("path", d=f"{way}V{floor:.1f}Z", class_="area"),
        el("path", d=way, class_="curve"),
        base,
        count,
        class_="depth",
    )


def _baselines(report: data.Report, layout: Layout, rows: Rows) -> Raw:
    def line(y: float, kind: str) -> Raw:
        return el("path", d=f"M0 {y:.1f}H{layout.width:.1f}", class_=f"base {kind}")

    def cut(span: data.Span, top: float, height: float, kind: str) -> Raw:
        left, right = layout.between(span.at_ms), layout.between(span.until_ms)
        return el(
            "rect", x=left, y=top, width=max(4.0, right - left), height=height, class_=kind
        )  # fmt: skip

    reach = rows.acquirer - rows.bridge
    return el(
        "g",
        [cut(s, rows.bridge + 7, reach - 14, "cut") for s in report.line if s.state == "down"],
        [line(y, "terminal") for y in rows.terminals],
        line(rows.bridge, "bridge"),
        [cut(s, rows.bridge - 5, 10, "dark") for s in report.power if s.state == "off"],
        line(rows.acquirer, "acquirer"),
    )


def _messages(report: data.Report, layout: Layout, rows: Rows) -> Raw:
    messages = sorted(report.messages, key=lambda m: m.at_ms)
    lanes = dict(zip(report.terminals, rows.terminals, strict=True))
    out = []
    for message, (_, x) in zip(messages, layout.places, strict=True):
        out.append(_message(message, x, lanes[message.terminal], rows))
    return el("g", out)


def _message(message: data.Message, x: float, lane: float, rows: Rows) -> Raw:
    top = lane if message.start == data.TERMINAL else rows.bridge
    bottom = rows.bridge if message.end == data.BRIDGE else rows.acquirer
    if message.outcome == data.UNKNOWN:
        bottom = (rows.bridge + rows.acquirer) / 2
    text = _label(message)
    if message.start == data.TERMINAL:
        label = _turned(text, x, lane - 9, "start")
    else:
        label = _turned(text, x, rows.acquirer + 12, "end")
    dot = el("circle", cx=x, cy=top, r=1.9, class_="dot")
    return el(
        "g",
        el("title", wording.hover(message)),
        el("path", d=f"M{x:.1f} {top:.1f}V{bottom:.1f}", class_="way"),
        dot,
        mark(message.outcome, x, bottom),
        label,
        el("rect", x=x - 6, y=top - 8, width=12, height=bottom - top + 16, class_="touch"),
        class_=f"message {message.outcome}",
        data_stan=wording.trace(message.stan),
        data_terminal=message.terminal,
    )


def _turned(text: str, x: float, y: float, anchor: str) -> Raw:
    at = x + 3.3
    return el(
        "text",
        text,
        x=at,
        y=y,
        text_anchor=anchor,
        transform=f"rotate(-90 {at:.1f} {y:.1f})",
        class_="label",
    )
