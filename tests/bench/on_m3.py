"""Runs on the Cortex-M3, out of flash: counts the instructions of the pure layers.

Nothing but bytes is there: the sale and the configuration lie in memory, the ring of flash too.
The timer counts 25 MHz, an instruction takes 64 ns of the machine's time, so ticks * 40 / 64 are
instructions, the same in every run.
"""

import gc
import json
from binascii import unhexlify

import uctypes
from machine import mem32

_RING = 0x21000000
_DATA = 0x21700000
_RELOAD, _NOW, _CONTROL = 0x40000008, 0x40000004, 0x40000000
_SECTOR_BYTES = 4096


class Ring:
    # The journal's partition. A sound journal only ever clears bits, so a program is a copy.
    def __init__(self, sectors):
        self.sectors = sectors
        self.view = memoryview(uctypes.bytearray_at(_RING, sectors * _SECTOR_BYTES))
        self.ones = b"\xff" * _SECTOR_BYTES

    def readblocks(self, block, buf, off=0):
        at = block * _SECTOR_BYTES + off
        buf[:] = self.view[at : at + len(buf)]

    def writeblocks(self, block, buf, off):
        at = block * _SECTOR_BYTES + off
        self._set(at, buf)

    def _set(self, at, buf):
        # Into a slice of its own: an assignment to a slice moves all that is behind it, too.
        piece = self.view[at : at + len(buf)]
        piece[:] = buf

    def ioctl(self, op, arg):
        if op == 4:
            return self.sectors
        if op == 5:
            return _SECTOR_BYTES
        self._set(arg * _SECTOR_BYTES, self.ones)
        return 0


class Time:
    ms = 1000
    wall = 200000000
    trust = 3


def counted(call, *values):
    # -> (instructions, result); the timer's own cost is taken off.
    gc.collect()
    mem32[_NOW] = 0xFFFFFFFF
    start = mem32[_NOW]
    empty = start - mem32[_NOW]
    start = mem32[_NOW]
    result = call(*values)
    return (start - mem32[_NOW] - empty) * 40 // 64, result


def data():
    size = mem32[_DATA]
    return json.loads(bytes(uctypes.bytearray_at(_DATA + 4, size)))


def entropy(count):
    return bytes([17 * i & 255 for i in range(count)])


def card_hash(digits):
    return b"12345678"


def build(told):
    from tidegate.core.engine import Engine
    from tidegate.journal.log import Journal
    from tidegate.journal.seal import NullSealer

    journal = Journal(Ring(told["sectors"]), NullSealer())
    engine = Engine(told["config"], journal, card_hash, entropy, Time())
    if told["blank"]:
        journal.format()
    return engine, journal


def codec(told):
    from tidegate.proto.dialect import Dialect
    from tidegate.proto.iso8583 import FieldIndex
    from tidegate.proto.message import Message

    cup = Dialect(told["config"]["dialects"]["cup"])
    sale = memoryview(unhexlify(told["sales"][0]))
    index, message = FieldIndex(), Message()
    index.scan(cup, sale)
    message.read(cup, sale)
    return {
        "index": counted(index.scan, cup, sale)[0],
        "read": counted(message.read, cup, sale)[0],
    }


def parts(told):
    # Of what `read` consists.
    from tidegate.proto import message as module
    from tidegate.proto.card import pack_masked, pan_of
    from tidegate.proto.dialect import Dialect
    from tidegate.proto.iso8583 import message_type
    from tidegate.proto.message import Message

    cup = Dialect(told["config"]["dialects"]["cup"])
    sale = memoryview(unhexlify(told["sales"][0]))
    m = Message()
    m.read(cup, sale)
    index = m.index
    return {
        "type": counted(message_type, cup, sale)[0],
        "numbers": counted(m._read_numbers, index)[0],
        "texts": counted(m._read_texts, index)[0],
        "secrets": counted(module._holds_secret, index)[0],
        "card number": counted(pan_of, index)[0],
        "card": counted(pack_masked, m.pan(), m.masked)[0],
        "hashes": counted(m._hash)[0],
    }


def sales(told):
    # Three sales; the last is counted, step by step.
    engine, journal = build(told)
    journal.mount(engine.ledger.apply, engine.checkpoint)
    engine.start()
    found = {}
    frames = [unhexlify(text) for text in told["sales"]]
    answers = [unhexlify(text) for text in told["answers"]]
    for i in range(3):
        found["decide"] = counted(engine.terminal_frame, 1, 0, memoryview(frames[i]))[0]
        found["send"] = counted(engine.uplink_up, 0)[0]
        gc.collect()
        before = gc.mem_alloc()
        found["answer"] = counted(engine.host_frame, 0, memoryview(answers[i]))[0]
        found["deliver"] = counted(engine.delivered, 1)[0]
        gc.collect()
        found["heap_left_bytes"] = gc.mem_alloc() - before
    return found


def mount(told):
    gc.collect()
    before = gc.mem_alloc()
    engine, journal = build(told)
    spent, report = counted(journal.mount, engine.ledger.apply, engine.checkpoint)
    gc.collect()
    return {
        "instructions": spent, "heap_bytes": gc.mem_alloc() - before, "open": report.open,
        "walked": report.walked,
    }  # fmt: skip


def main():
    mem32[_RELOAD] = mem32[_NOW] = 0xFFFFFFFF
    mem32[_CONTROL] = 1
    told = data()
    print(json.dumps({name: globals()[name](told) for name in told["do"]}))
