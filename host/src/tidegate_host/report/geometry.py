"""Where everything stands in the time line: pure arithmetic, in pixels.

The horizontal axis is the order of things, not seconds: every message has a column of its own, so
nothing can overlap, and a burst of twenty advices is as wide as it is important. A moment between
two messages (the line is cut, the power is lost) lies between their columns. Every step of the
story has room for its heading, even when nothing was sent in it. The time without power gets a
place of its own in the same way.
"""

from bisect import bisect_right
from dataclasses import dataclass

from tidegate_host.report import data

_STEP_PAD = 8  # free space at both ends of a step
_PITCH_MIN, _PITCH_MAX = 11.0, 20.0  # the narrowest column keeps two turned labels apart
_WIDTH_AIM = 1220  # what a 1400 pixel window has room for, beside the names of the lanes
_HEAD_CHARS = 12  # a heading is broken into lines of about this length, or what its column takes
_CHAR = 6.6  # width of one Latin letter of a heading
_CHAR_ZH = 11.0
_DARK_COLUMNS = 2.5  # the width of a time without power, in columns


@dataclass(frozen=True)
class Column:
    """A step's place: from `left` to `right`, with its heading broken into lines."""

    step: data.Step
    left: float
    right: float
    lines: tuple[str, ...]

    @property
    def middle(self) -> float:
        """The centre of the column."""
        return (self.left + self.right) / 2


@dataclass(frozen=True)
class Layout:
    """The finished horizontal arrangement."""

    width: float
    columns: list[Column]
    places: list[tuple[float, float]]  # (at_ms, x) of every message, ascending in both
    edges: list[tuple[float, float]]  # (at_ms, x) of every fixed point of the axis, likewise

    def x(self, at_ms: float) -> float:
        """The place of any moment: messages and step borders are fixed, the rest lies between."""
        at = bisect_right(self.edges, (at_ms, float("inf")))
        if at == 0:
            return self.edges[0][1]
        if at == len(self.edges):
            return self.edges[-1][1]
        (t0, x0), (t1, x1) = self.edges[at - 1], self.edges[at]
        return x0 if t1 == t0 else x0 + (x1 - x0) * (at_ms - t0) / (t1 - t0)

    def between(self, at_ms: float) -> float:
        """The place of a change of state: halfway between the messages before and after it."""
        at = bisect_right(self.edges, (at_ms, float("inf")))
        if at and self.edges[at - 1][0] == at_ms:
            return self.edges[at - 1][1]
        if at == 0 or at == len(self.edges):
            return self.x(at_ms)
        return (self.edges[at - 1][1] + self.edges[at][1]) / 2


def heading(title: str, width: float = 0) -> tuple[str, ...]:
    """A title broken at its spaces into lines that fit a column of that width."""
    room = max(_HEAD_CHARS, int((width - 2 * _STEP_PAD) / _CHAR))
    lines, line = [], ""
    for word in title.split():
        if line and len(line) + 1 + len(word) > room:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return (*lines, line)


def _head_width(step: data.Step) -> float:
    latin = max(len(line) for line in heading(step.title)) * _CHAR
    return max(latin, len(step.title_zh) * _CHAR_ZH, 52) + 2 * _STEP_PAD


def arrange(report: data.Report) -> Layout:
    """The layout of a report. It needs at least one step; messages may be none."""
    if not report.steps:
        raise ValueError("a time line needs at least one step")
    begins = [step.at_ms for step in report.steps]
    groups: list[list[_Stop]] = [[] for _ in begins]
    for stop in _stops(report):
        groups[max(0, bisect_right(begins, stop.at_ms) - 1)].append(stop)
    weights = [sum(stop.columns for stop in group) for group in groups]
    least = [_head_width(step) for step in report.steps]
    pitch = _pitch(weights, least)
    columns, places, edges, left = [], [], [], 0.0
    for step, group, width, weight in zip(report.steps, groups, least, weights, strict=True):
        right = left + max(width, weight * pitch + 2 * _STEP_PAD)
        columns.append(Column(step, left, right, heading(step.title, right - left)))
        edges.append((step.at_ms, left))
        gap = (right - left - 2 * _STEP_PAD) / max(1, weight)
        x = left + _STEP_PAD
        for stop in group:
            room = gap * stop.columns
            if stop.until_ms < 0:
                places.append((stop.at_ms, x + room / 2))
                edges.append(places[-1])
            else:
                edges += [(stop.at_ms, x + gap / 3), (stop.until_ms, x + room - gap / 3)]
            x += room
        left = right
    last = max([report.duration_ms, *(at_ms for at_ms, _ in edges)])
    edges.append((last + 1, left))
    return Layout(left, columns, places, edges)


@dataclass(frozen=True)
class _Stop:
    # What needs room on the axis: a message, or (with an end) the time without power.
    at_ms: float
    columns: float = 1
    until_ms: int = -1


def _stops(report: data.Report) -> list[_Stop]:
    dark = [span for span in report.power if span.state == "off"]
    stops = [_Stop(message.at_ms) for message in report.messages]
    stops += [_Stop(span.at_ms, _DARK_COLUMNS, span.until_ms) for span in dark]
    return sorted(stops, key=lambda stop: stop.at_ms)


def _pitch(counts: list[float], least: list[float]) -> float:
    # The widest column with which the whole story still fits, by halving the interval.
    low, high = _PITCH_MIN, _PITCH_MAX
    for _ in range(12):
        middle = (low + high) / 2
        total = sum(
            max(width, count * middle + 2 * _STEP_PAD)
            for count, width in zip(counts, least, strict=True)
        )
        low, high = (middle, high) if total <= _WIDTH_AIM else (low, middle)
    return low
