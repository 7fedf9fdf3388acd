"""The figures as tables: a heading, the names of the columns, and the rows, all text."""

import goals


def tables(found):
    """-> [(title, columns, rows)]; the goals come first."""
    made = [("Goals", ("what", "figure", "goal", ""), _goals(found))]
    for name, make in _TABLES.items():
        if name in found:
            made += make(found[name])
    return made


def text(found):
    """For a terminal."""
    out = []
    for title, columns, rows in tables(found):
        widths = [max(len(str(r[i])) for r in [columns, *rows]) for i in range(len(columns))]
        out += ["", title]
        for row in [columns, *rows]:
            cells = [f"{cell:<{w}}" if i == 0 else f"{cell:>{w}}"
                     for i, (cell, w) in enumerate(zip(row, widths, strict=True))]  # fmt: skip
            out.append("  " + "  ".join(cells).rstrip())
    return "\n".join(out)


def number(value):
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4f}".rstrip("0").rstrip(".") if abs(value) < 1 else f"{value:.4g}"


def _goals(found):
    word = {True: "holds", False: "DOES NOT HOLD", None: "not measured"}
    return [
        (what, f"{number(figure)} {unit}" if figure is not None else "-",
         f"{number(goal)} {unit}", word[holds])
        for what, figure, goal, unit, holds in goals.judged(found)
    ]  # fmt: skip


def _latency(row):
    made = []
    for case, peers in row.items():
        floor = peers["bare relay"]
        rows = [
            (peer, number(p["p50_ms"]), number(p["p99_ms"]), number(p["max_ms"]),
             f"{p['p50_ms'] / floor['p50_ms']:.2f} x", f"{p['p99_ms'] / floor['p99_ms']:.2f} x",
             p["count"])
            for peer, p in peers.items()
        ]  # fmt: skip
        columns = ("way", "p50 ms", "p99 ms", "max ms", "p50 / bare", "p99 / bare", "sales")
        made.append((f"A sale, {case}", columns, rows))
    return made


def _journal(row):
    titles = {
        "sale": "Flash, one live sale (three records)",
        "advice": "Flash, one stored advice of 200 bytes",
    }
    columns = ("kept by", "bytes", "erases", "flash ms", "erases before the answer")
    return [
        (title, columns, [
            (name, number(c["bytes"]), number(c["erases"]), number(c["flash_ms"]),
             number(c.get("erases_before_answer")))
            for name, c in row[kind].items()
        ])
        for kind, title in titles.items()
    ]  # fmt: skip


def _replay(row):
    rows = [
        (case, r["advices"], number(r["took_s"]), number(r["limit_s"]), f"{r['of_limit']:.1%}")
        for case, r in row.items()
    ]
    columns = ("replay", "advices", "took s", "limit s", "of the limit")
    return [("Replay, 20 ms to the host", columns, rows)]


def _heap(row):
    rows = [
        (f"{case}, {name}", number(look["used_bytes"]), number(look["largest_block_bytes"]))
        for case, looks in row.items()
        for name, look in looks.items()
    ]
    return [("Heap of the running firmware, 32-bit", ("when", "live bytes", "largest free"), rows)]


def _codec(row):
    rows = [
        (where, *(number(took.get(name)) for name in _CODEC))
        for where, took in row.items()
    ]  # fmt: skip
    return [("Codec, microseconds", ("where", *(n.replace("_", " ") for n in _CODEC)), rows)]


_CODEC = ("index_sale", "read_sale", "index_plain", "read_plain", "decode_plain")


def _instructions(row):
    if "missing" in row:
        return [("Cortex-M3", ("skipped",), [(row["missing"],)])]
    steps = ("index", "read", "decide", "send", "answer", "deliver")
    codec = [(name, number(row["codec"][name])) for name in steps]
    mount = [
        (name, number(m["instructions"]), number(m["heap_bytes"]))
        for name, m in row["mount"].items()
    ]
    return [
        ("Cortex-M3, one sale of 260 bytes", ("step", "instructions"), codec),
        ("Cortex-M3, start with a ring of 1 MB", ("ring", "instructions", "heap bytes"), mount),
    ]


def _world(row):
    rows = [(row["days"], number(row["days_per_s"]), row["cores"], row["violations"])]
    return [("World", ("bridge-days", "a second", "cores", "violations"), rows)]


_TABLES = {
    "latency": _latency,
    "journal": _journal,
    "replay": _replay,
    "instructions": _instructions,
    "heap": _heap,
    "codec": _codec,
    "world": _world,
}
