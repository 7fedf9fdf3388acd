"""Seven days of trading hours as text, and as one HTML file with a picture."""

from importlib.resources import files

from tidegate_host.config.week import DAY_MIN, Day, Stretch
from tidegate_host.report.amounts import money
from tidegate_host.report.markup import Raw, el

ACTIONS = {
    "allow": ("open", "营业"),
    "next-day": ("open, next business day", "次日入账"),
    "decline": ("closed", "停业"),
    "maintenance": ("maintenance", "系统维护"),
    "night-channel": ("night channel", "夜间通道"),
}
_DAYS = ("mon 周一", "tue 周二", "wed 周三", "thu 周四", "fri 周五", "sat 周六", "sun 周日")
_LEFT, _HOUR, _ROW, _TOP = 130, 42, 36, 38
_GLYPH = 7  # pixels a letter takes at 11 px, a little more than it does


def text(days: list[Day]) -> str:
    """One line a stretch of each day, the cut-over among them."""
    rows = []
    for day in days:
        rows.append(f"{day.date}  {_DAYS[day.date.weekday()]}")
        lines = [(s.from_min, _line(s)) for s in day.stretches]
        cut = f"  {_clock(day.cutover_min)}        cut-over, the business day ends 日切"
        lines.append((day.cutover_min, cut))
        rows += [line for _, line in sorted(lines, key=lambda pair: pair[0])]
    return "\n".join(rows)


def page(days: list[Day], title: str) -> str:
    """The same as one self-contained HTML page, to be written as UTF-8."""
    style = files("tidegate_host.report").joinpath("week.css").read_text(encoding="utf-8")
    about = f"{days[0].date} to {days[-1].date}, on the shop's clock 按店铺当地时间"
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", title),
        el("style", Raw(style)),
    )
    body = el(
        "body",
        el("h1", title),
        el("p", about),
        el("div", _picture(days), class_="plot"),
        _legend(),
    )
    page = el("html", head, body, lang="en", xmlns="http://www.w3.org/1999/xhtml")
    return f"<!DOCTYPE html>\n{page}\n"


def _picture(days: list[Day]) -> Raw:
    width, height = _LEFT + 24 * _HOUR + 24, _TOP + len(days) * _ROW + 6
    cut = _x(days[0].cutover_min)
    hours = [
        el("text", f"{hour:02}", x=_x(hour * 60), y=_TOP - 6, class_="hour")
        for hour in range(0, 25, 2)
    ]
    return el(
        "svg",
        hours,
        [_row(day, _TOP + i * _ROW) for i, day in enumerate(days)],
        el("line", x1=cut, x2=cut, y1=_TOP - 18, y2=height - 4, class_="cut"),
        el("text", f"cut-over 日切 {_clock(days[0].cutover_min)}", x=cut, y=12, class_="cut-name"),
        viewBox=f"0 0 {width} {height}",
        xmlns="http://www.w3.org/2000/svg",
        role="img",
    )


def _row(day: Day, y: int) -> list[Raw]:
    name = f"{day.date:%m-%d} {_DAYS[day.date.weekday()]}"
    return [el("text", name, x=0, y=y + 20), *[_bar(s, y) for s in day.stretches]]


def _bar(stretch: Stretch, y: int) -> Raw:
    x, width = _x(stretch.from_min), _x(stretch.to_min) - _x(stretch.from_min)
    label = stretch.window or " ".join(ACTIONS["allow"])
    fits = len(label) * _GLYPH <= width
    return el(
        "g",
        el("title", _line(stretch).strip()),
        el("rect", x=x, y=y, width=width, height=_ROW - 6, class_=stretch.action),
        el("text", label, x=x + width / 2, y=y + 19, class_=f"inside {stretch.action}")
        if fits
        else None,
    )


def _legend() -> Raw:
    def swatch(action: str) -> Raw:
        square = el("rect", width=14, height=14, class_=action)
        return el("svg", square, viewBox="0 0 14 14", width=14, height=14)

    return el("ul", [el("li", swatch(a), " ".join(ACTIONS[a])) for a in ACTIONS])


def _line(stretch: Stretch) -> str:
    what = " ".join(ACTIONS[stretch.action])
    more = f", up to {money(stretch.max_amount)}" if stretch.max_amount else ""
    more += f" with {stretch.code}" if stretch.code else ""
    named = f" ({stretch.window})" if stretch.window else ""
    return f"  {_clock(stretch.from_min)}-{_clock(stretch.to_min)}  {what}{more}{named}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _x(minute: int) -> float:
    return _LEFT + minute * 24 * _HOUR / DAY_MIN
