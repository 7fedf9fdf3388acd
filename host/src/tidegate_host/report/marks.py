"""The marks of the time line: every outcome has a colour and a shape, so either tells it."""

from tidegate_host.report import data
from tidegate_host.report.markup import Raw, el

SIZE = 4.6  # half the height of a mark


def mark(outcome: str, x: float, y: float) -> Raw:
    """The mark of an outcome, centred at x, y; its colours come from the page's style sheet."""
    return el("g", _SHAPES[outcome](x, y), class_=f"mark {outcome}")


def _disc(x: float, y: float) -> Raw:
    return el("circle", cx=x, cy=y, r=SIZE - 0.4)


def _ring(x: float, y: float) -> Raw:
    return el("circle", cx=x, cy=y, r=SIZE - 1.2, class_="open")


def _cross(x: float, y: float) -> Raw:
    s = SIZE - 0.9
    way = (
        f"M{x - s:.1f} {y - s:.1f}l{2 * s:.1f} {2 * s:.1f}m0 {-2 * s:.1f}l{-2 * s:.1f} {2 * s:.1f}"
    )
    return el("path", d=way, class_="open thick")


def _box(x: float, y: float) -> Raw:
    s = SIZE - 0.6
    return el("rect", x=x - s, y=y - s, width=2 * s, height=2 * s, rx=1)


def _diamond(x: float, y: float) -> Raw:
    s = SIZE + 0.8
    return el(
        "path", d=f"M{x:.1f} {y - s:.1f}l{s:.1f} {s:.1f}l{-s:.1f} {s:.1f}l{-s:.1f} {-s:.1f}z"
    )


def _triangle(x: float, y: float) -> Raw:
    s = SIZE + 0.6
    return el("path", d=f"M{x - s:.1f} {y + s - 1:.1f}h{2 * s:.1f}l{-s:.1f} {-2 * s + 1:.1f}z")


def _bar(x: float, y: float) -> Raw:
    # A ring with a bar: the acquirer's "no entry".
    bar = el("path", d=f"M{x - 2.4:.1f} {y:.1f}h4.8", class_="open thick")
    return Raw(el("circle", cx=x, cy=y, r=SIZE - 0.4, class_="open") + bar)


def _question(x: float, y: float) -> Raw:
    ring = el("circle", cx=x, cy=y, r=SIZE + 1.2)
    return Raw(ring + el("text", "?", x=x, y=y + 3.2, class_="query"))


def _dash(x: float, y: float) -> Raw:
    return el("path", d=f"M{x - 4:.1f} {y:.1f}h8", class_="open thick")


_SHAPES = {
    data.APPROVED: _disc,
    data.REFUSED: _bar,
    data.DECLINED: _cross,
    data.STORED: _box,
    data.REPLAYED: _diamond,
    data.REVERSED: _triangle,
    data.UNKNOWN: _question,
    data.PASSED: _ring,
    data.SILENT: _dash,
}
