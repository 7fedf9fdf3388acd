"""How long the stored messages take to reach the host, beside one outstanding message per lane."""

import time

import places
import samples

from dialects_for_tests import dialect_data
from tidegate.proto import codec
from tidegate.proto.dialect import Dialect

ADVICES = 1000
DELAY_MS = 20
_WAIT_S = 120
_DIALECT = Dialect(dialect_data("cup-accept"))


def store(port, terminal, count):
    """Hand over so many advices, each taken by the bridge in the host's place.

    -> how many were: the first that is refused, because the journal is full, is the last.
    """
    tid = samples.terminal(terminal + 1)
    with places.connected(port) as sock:
        for stan in range(1, count + 1):
            frame = samples.advice(tid, stan)
            sock.sendall(len(frame).to_bytes(2, "big") + frame)
            if _code(places.frame_from(sock)) != "94":
                return stan - 1
    return count


def _code(answer):
    return codec.decode(_DIALECT, answer)[39]


def measure(folder, terminals, advices=ADVICES):
    """-> what draining took, the limit, and the share of it that was reached."""
    each = advices // terminals
    dark = places.free_port()
    compiled = places.settings(dark, terminals, stored_count_max=100_000, backoff_s_max=1)
    with places.bridge(folder / f"replay{terminals}", compiled, heap_kb=112 + 8 * terminals) as b:
        places.at_once([(store, b.ports["t2"], n, each) for n in range(terminals)])
        with places.host(DELAY_MS, port=dark) as (_, came):
            until = time.monotonic() + _WAIT_S
            count = 0
            while count < each * terminals and time.monotonic() < until:
                time.sleep(0.2)
                count, first, last, _ = came()
            time.sleep(0.1)
            held_s = came()[3]
        assert count >= each * terminals, f"only {count} advices came"
    limit_s = held_s / terminals
    took_s = last - first + held_s / count
    return {
        "advices": each * terminals, "came": count, "took_s": took_s, "limit_s": limit_s,
        "of_limit": limit_s / took_s,
    }  # fmt: skip
