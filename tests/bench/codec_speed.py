"""The codec's time for one message, in microseconds. Runs on CPython and under MicroPython.

micropython codec_speed.py ROUNDS       prints one JSON object
"""

import json
import sys
import time

HERE = __file__.replace("\\", "/").rsplit("/", 1)[0]
for folder in ("/../unit", "/../../host/src", "/../../firmware", ""):
    sys.path.insert(0, HERE + folder)
if sys.implementation.name == "cpython":
    now_ns = time.perf_counter_ns
else:
    now_ns = time.time_ns


def best_us(call, rounds, series=5):
    """The best of some series: what else the machine does only adds."""
    best = None
    for _ in range(series):
        began = now_ns()
        for _ in range(rounds):
            call()
        spent = (now_ns() - began) / rounds / 1000
        if best is None or spent < best:
            best = spent
    return best


def measure(rounds):
    import samples

    from dialects_for_tests import dialect_data
    from tidegate.proto.dialect import Dialect
    from tidegate.proto.iso8583 import FieldIndex
    from tidegate.proto.message import Message

    cup, plain = Dialect(dialect_data("cup")), Dialect(dialect_data("iso87"))
    sale, text = memoryview(samples.sale()), memoryview(samples.plain())
    index, message = FieldIndex(), Message()
    return {
        "index_sale": best_us(lambda: index.scan(cup, sale), rounds),
        "read_sale": best_us(lambda: message.read(cup, sale), rounds),
        "index_plain": best_us(lambda: index.scan(plain, text), rounds),
        "read_plain": best_us(lambda: message.read(plain, text), rounds),
    }


def peer(rounds):
    """pyiso8583 decodes the same plain message, on CPython."""
    import iso8583
    import samples
    from iso8583.specs import default_ascii

    text = samples.plain()
    return {"decode_plain": best_us(lambda: iso8583.decode(text, default_ascii), rounds)}


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
