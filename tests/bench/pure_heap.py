"""What the objects of the pure layers take, and what a sale leaves behind. Runs under MicroPython.

Prints one JSON object of bytes. The code is taken off: it is measured by make size.
"""

import gc
import json
import sys

HERE = __file__.replace("\\", "/").rsplit("/", 1)[0]
for folder in ("/../unit", "/../../host/src", "/../../firmware", ""):
    sys.path.insert(0, HERE + folder)

# Compiling from source needs much of the stack, and imports nest: leaves first.
for leaf in ("tidegate.proto.message", "tidegate.journal.bodies", "tidegate.core.schedule"):
    __import__(leaf)

import samples  # noqa: E402

import desk  # noqa: E402
from tidegate.core.engine import Engine  # noqa: E402
from tidegate.journal.keys import KeyStore  # noqa: E402
from tidegate.journal.log import Journal  # noqa: E402
from tidegate_host.world.cipher import Cipher  # noqa: E402
from tidegate_host.world.flash import Flash  # noqa: E402

SECTORS = 32


def used():
    gc.collect()
    gc.collect()
    return gc.mem_alloc()


def main():
    config, flash, keys = desk.config(), Flash(SECTORS), KeyStore(Flash(2))
    keys.create(desk._entropy)
    Journal(flash, keys.sealers(Cipher())).format()
    frames = [(samples.sale(stan=n), samples.answer(stan=n)) for n in range(1, 41)]
    time = desk.Time()
    before = used()
    journal = Journal(flash, keys.sealers(Cipher()))
    held = used() - before
    found = {"journal": held}
    engine = Engine(config, journal, keys.card_hash, desk._entropy, time)
    journal.mount(engine.ledger.apply, engine.checkpoint)
    engine.start()
    found["engine"] = used() - before - held
    for i, (ask, answer) in enumerate(frames):
        if i == 8:
            settled = used()
        engine.terminal_frame(1, 0, memoryview(ask))
        engine.uplink_up(0)
        engine.host_frame(0, memoryview(answer))
        engine.delivered(1)
    found["left by 32 sales"] = used() - settled
    print(json.dumps(found))


main()
