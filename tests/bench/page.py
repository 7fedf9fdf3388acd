"""bench.html: the tables and their pictures in one file that needs nothing else."""

import math

import table

from tidegate_host.report.markup import Raw, el, join

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2em auto; padding: 0 1em;
  color: #1c2733; background: #fff }
h1 { font-size: 1.6em } h2 { font-size: 1.15em; margin: 2em 0 .4em }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .2em .9em .2em 0; text-align: right; border-bottom: 1px solid #dde3e9 }
th:first-child, td:first-child { text-align: left }
th { font-weight: 600; color: #54616e } .bad { color: #b3261e; font-weight: 600 }
.good { color: #1b6e3c } svg { display: block; margin: .6em 0; max-width: 100% }
svg text { font: 12px system-ui, sans-serif; fill: #54616e }
.figures { display: flex; flex-wrap: wrap; gap: 1em }
"""
_COLOURS = {
    "direct": "#8a97a5", "socat": "#c58a1b", "bare relay": "#2f74c0", "bridge": "#b3261e",
}  # fmt: skip
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM, _RIGHT = 520, 260, 52, 28, 34, 90
_BAR_HEIGHT, _BAR_LEFT, _BAR_WIDTH = 22, 190, 640


def page(found):
    body = [el("h1", "What the bridge costs"), _origin(found)]
    for title, columns, rows in table.tables(found):
        body += [el("h2", title), _table(columns, rows)]
    if "latency" in found:
        curves = [_curves(case, peers) for case, peers in found["latency"].items()]
        body += [el("h2", "Time of a sale: share of sales below it"),
                 el("div", curves, class_="figures")]  # fmt: skip
    if "journal" in found:
        for kind, title in (("sale", "a live sale"), ("advice", "a stored advice of 200 bytes")):
            figures = {name: c["bytes"] for name, c in found["journal"][kind].items()}
            body += [el("h2", f"Bytes written for {title}, logarithmic"), _bars(figures)]
    head = join(
        el("meta", charset="utf-8"), el("title", "Tidegate: bench"), el("style", Raw(_STYLE))
    )
    html = el("html", el("head", head), el("body", body), lang="en")
    return "<!DOCTYPE html>\n" + html + "\n"


def _origin(found):
    return el(
        "p",
        f"Commit {found['commit']}, {found['date']}. One machine, one run; the peers take turns, "
        "so ratios mean more than times. Instruction counts, bytes and erases repeat exactly.",
    )


def _table(columns, rows):
    lines = [el("tr", [el("th", name) for name in columns])]
    for row in rows:
        mark = {"holds": "good", "DOES NOT HOLD": "bad"}
        lines.append(el("tr", [el("td", cell, class_=mark.get(cell)) for cell in row]))
    return el("table", lines)


def _curves(case, peers):
    most = max(ms for p in peers.values() for _, ms in p["curve"])
    least = max(min(ms for p in peers.values() for _, ms in p["curve"]), 0.01)
    low, high = math.floor(math.log10(least)), math.ceil(math.log10(most))
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM

    def x(ms):
        return _LEFT + (right - _LEFT) * (math.log10(max(ms, least)) - low) / (high - low)

    def y(share):
        return bottom - (bottom - _TOP) * share

    parts = [el("text", case, x=_LEFT, y=16)]
    for power in range(low, high + 1):
        at = x(10**power) if 10**power >= least else _LEFT
        parts.append(el("line", x1=at, x2=at, y1=_TOP, y2=bottom, stroke="#e3e8ed"))
        parts.append(el("text", f"{10.0**power:g} ms", x=at, y=bottom + 18, text_anchor="middle"))
    for share in (0, 0.5, 0.99):
        at = y(share)
        parts.append(el("line", x1=_LEFT, x2=right, y1=at, y2=at, stroke="#e3e8ed"))
        parts.append(el("text", f"{share:.0%}", x=_LEFT - 8, y=at + 4, text_anchor="end"))
    for i, (peer, p) in enumerate(peers.items()):
        points = " ".join(f"{x(ms):.1f},{y(share):.1f}" for share, ms in p["curve"])
        colour = _COLOURS[peer]
        parts.append(el("polyline", points=points, fill="none", stroke=colour, stroke_width=2))
        at = _TOP + 16 + 18 * i
        parts.append(el("rect", x=right + 12, y=at - 9, width=10, height=10, fill=colour))
        parts.append(el("text", peer, x=right + 26, y=at))
    return el("svg", parts, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", width=_WIDTH, height=_HEIGHT)


def _bars(figures):
    most = max(figures.values())
    scale = _BAR_WIDTH / math.log10(most / 10)
    parts = []
    for i, (name, value) in enumerate(figures.items()):
        at = i * _BAR_HEIGHT + 16
        width = scale * math.log10(max(value, 11) / 10)
        ours = name.startswith("bridge")
        colour = _COLOURS["bridge" if ours else "direct"]
        parts.append(el("text", name, x=_BAR_LEFT - 8, y=at, text_anchor="end"))
        parts.append(el("rect", x=_BAR_LEFT, y=at - 12, width=width, height=15, fill=colour))
        parts.append(el("text", table.number(value), x=_BAR_LEFT + width + 6, y=at))
    height = len(figures) * _BAR_HEIGHT + 8
    width = _BAR_LEFT + _BAR_WIDTH + 80
    return el("svg", parts, viewBox=f"0 0 {width} {height}", width=width, height=height)
