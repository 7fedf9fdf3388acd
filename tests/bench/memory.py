"""What of the heap is in use: after a start, after 10,000 sales, with 4,000 stored or as many as
the journal of 512 KB takes, after a day.

On the i386 build, whose objects have the size of a 32-bit board's. The console, through which it
is asked, is loaded by the first question, so the figure after the start has it too.
"""

import time

import latency
import places
import replaying

from tidegate_host.device.board import Board

SALES = 10_000
SETTLED_AT = 500  # sales after which nothing may grow any more
STORED = 4000
DAY_SCALE = 720  # a day in two minutes: the bridge's waits shrink as well
PATIENCE_S = 1800  # on the bridge's clock, for the line and for an answer


def look(bridge):
    with Board(bridge.console_path) as board:
        largest = board.call("facts")["largest_block_bytes"]
        used = int(board.line.run("import gc; gc.collect(); print(gc.mem_alloc())"))
    return {"used_bytes": used, "largest_block_bytes": largest}


def _sell(bridge, terminal, count):
    terminal.sell(count)
    return look(bridge)


def sales(folder, code, heap_kb, count=SALES):
    found = {}
    with places.host() as (port, _):
        compiled = places.settings(port)
        with places.bridge(folder / f"memory-{code}", compiled, None, heap_kb, "i386", code) as b:
            found["start"] = look(b)
            terminal = latency.Terminal(b.ports["t1"], 0)
            found["500 sales"] = _sell(b, terminal, SETTLED_AT)
            found[f"{count} sales"] = _sell(b, terminal, count - SETTLED_AT)
            terminal.close()
    return found


def stored(folder, code, heap_kb, count=STORED):
    compiled = places.settings(places.free_port(), stored_count_max=100_000)
    where = folder / f"memory-stored-{code}"
    with places.bridge(where, compiled, None, heap_kb, "i386", code) as bridge:
        taken = replaying.store(bridge.ports["t2"], 0, count)
        return f"{taken} stored", look(bridge)


def day(folder, code, heap_kb, seconds=24 * 3600 / DAY_SCALE):
    with places.host() as (port, _):
        compiled = places.settings(port, answer_deadline_s=PATIENCE_S)
        compiled["routes"][0]["connect_timeout_s"] = PATIENCE_S
        with places.bridge(
            folder / f"memory-day-{code}", compiled, None, heap_kb, "i386", code,
            TIDEGATE_TIME_SCALE=str(DAY_SCALE),
        ) as bridge:  # fmt: skip
            terminal = latency.Terminal(bridge.ports["t1"], 0)
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                terminal.sell(1)
                time.sleep(0.1)
            terminal.close()
            return look(bridge)
