"""The goals, each with the figure that is held against it. A figure that was not taken is None."""


def judged(found):
    """-> [(what, figure, goal, unit, does it hold: True, False, or None without a figure)]"""
    rows = []
    for make in (_latency, _journal, _replay, _start, _heap, _codec, _world):
        rows += make(found)
    return rows


def _most(what, figure, goal, unit):
    return (what, figure, goal, unit, None if figure is None else figure <= goal)


def _least(what, figure, goal, unit):
    return (what, figure, goal, unit, None if figure is None else figure >= goal)


def _latency(found):
    rows = []
    for case, peers in found.get("latency", {}).items():
        ours, floor = peers["bridge"], peers["bare relay"]
        for name, goal in (("p50", 2.0), ("p99", 3.0)):
            ratio = ours[f"{name}_ms"] / floor[f"{name}_ms"]
            rows.append(_most(f"{name} of a sale beside a bare relay; {case}", ratio, goal, "x"))
    return rows


def _journal(found):
    row = found.get("journal")
    if not row:
        return []
    rows = [_most("bytes programmed, live sale", row["sale"]["bridge"]["bytes"], 200, "bytes")]
    for name, costs in row["advice"].items():
        if name.startswith("bridge"):
            what = f"stored advice{name.removeprefix('bridge')}"
            rows.append(_most(f"bytes programmed, {what}", costs["bytes"], 330, "bytes"))
            rows.append(_most(f"erases, {what}", costs["erases"], 0.085, "erases"))
            worst = costs["erases_before_answer"]
            rows.append(_most(f"erases before the answer, {what}", worst, 0, "erases"))
    return rows


def _replay(found):
    return [
        _least(f"replay of the limit, {case}", 100 * row["of_limit"], 95, "%")
        for case, row in found.get("replay", {}).items()
    ]


def _start(found):
    row = found.get("instructions", {})
    rows = []
    for name, figure in row.get("mount", {}).items():
        goal = 120_000_000 if "power cut" in name else 100_000_000
        rows.append(_most(f"start, {name}", figure["instructions"], goal, "instructions"))
    return rows or [("start", None, 100_000_000, "instructions", None)]


def _heap(found):
    rows, measured = [], found.get("heap", {})
    if "code frozen in" not in measured:
        rows.append(_most("live heap, code frozen in", None, 40 * 1024, "bytes"))
    for case, looks in measured.items():
        goal = 100 * 1024 if case == "code in the heap" else 40 * 1024
        most = max(look["used_bytes"] for look in looks.values())
        rows.append(_most(f"live heap, {case}", most, goal, "bytes"))
        settled = looks["500 sales"]["used_bytes"]
        last = [name for name in looks if name.endswith(" sales")][-1]
        grown = looks[last]["used_bytes"] - settled
        rows.append(_most(f"growth from sale 500 to {last}, {case}", grown, 512, "bytes"))
    return rows


def _codec(found):
    row, rows = found.get("codec"), []
    if row:
        ratio = row["pyiso8583"]["decode_plain"] / row["CPython"]["index_plain"]
        rows.append(_least("index beside pyiso8583's decode, CPython", ratio, 5, "x"))
    counted = found.get("instructions", {}).get("codec", {})
    for name, what, goal in (
        ("index", "index of a sale of 260 bytes", 50_000),
        ("decide", "index, classify and decide", 100_000),
    ):
        rows.append(_most(what, counted.get(name), goal, "instructions"))
    return rows


def _world(found):
    figure = found["world"]["days_per_s"] / found["world"]["cores"] if "world" in found else None
    return [_least("world, all checks on, one core", figure, 2, "bridge-days a second")]
