"""The whole engine on a desk, with damaged messages from both sides, lines that come and go, and
power cuts: whatever it is told, it answers with actions and never with an exception.
"""

import os
import random

import pytest
import seeds
import targets

from desk import Desk
from test_engine_barriers import settle, sign_in, upload
from test_engine_live import answer_to, reversal, sale
from test_engine_stored import advice
from tidegate.proto import codec

SEED = int(os.environ["TIDEGATE_SEED"])
STORIES = 8
EVENTS = 1500
LINKS = {"cup": 0, "cup-accept": 1, "iso87": 2}
SAMPLES = [(LINKS.get(targets.NAMES[number]), payload) for number, payload in seeds.samples()]
SAMPLES = [row for row in SAMPLES if row[0] is not None]
CODES = ("00", "00", "00", "25", "94", "96", "A0", "13", "98", "05")


def damaged(chance, data):
    data = bytearray(data)
    for _ in range(chance.choice((0, 0, 0, 0, 0, 1, 2, 3))):
        data[chance.randrange(len(data))] = chance.choice((chance.randrange(256), 0, 0x99, 0xFF))
    return memoryview(bytes(data))


def asked(desk, chance):
    """What a terminal says: (link, frame)."""
    if chance.randrange(10) == 0:
        return chance.choice(SAMPLES)
    make = chance.choice((sale, sale, reversal, advice, advice, sign_in, settle, upload))
    link = chance.randrange(2)
    fields = {**make(chance.randrange(1, 40)), "41": f"TEST000{chance.randrange(4)}"}
    return link, desk.frame(fields, link)


def answer(desk, chance):
    """What a host says, mostly about what was written last: (lane, frame)."""
    lane = chance.randrange(len(desk.engine.lanes))
    if not desk.sent or chance.randrange(10) == 0:
        return lane, chance.choice(SAMPLES)[1]
    lane, frame = desk.sent[-1]
    for dialect in desk.dialects:
        try:
            fields = {str(n): text for n, text in codec.decode(dialect, frame).items()}
            made = answer_to(fields, chance.choice(CODES))
            return lane, codec.encode(dialect, {int(n): text for n, text in made.items()})
        except ValueError:
            continue
    return lane, frame


def happen(desk, chance):
    engine = desk.engine
    lane = chance.randrange(len(engine.lanes))
    what = chance.randrange(100)
    if what < 35:
        link, frame = asked(desk, chance)
        conn = chance.randrange(4)
        desk.perform(engine.terminal_frame(conn, link, damaged(chance, frame)))
    elif what < 60:
        lane, frame = answer(desk, chance)
        desk.perform(engine.host_frame(lane, damaged(chance, frame)))
    elif what < 85:
        desk.up(desk.connects[-1][0] if desk.connects and chance.randrange(4) else lane)
    elif what < 88:
        desk.down(lane)
    elif what < 96:
        desk.wait(chance.choice((1, 1, 5, 20, 80, 700)))
    elif what < 97:
        desk.boot()
    elif what < 98:
        desk.perform(engine.terminal_closed(chance.randrange(4)))
    else:
        desk.journal.tend(engine.checkpoint)


@pytest.mark.parametrize("story", range(STORIES))
def test_nothing_that_is_said_to_it_is_too_much(story):
    chance = random.Random(SEED * 1000 + story)
    desk = Desk(lanes_max=1 + story % 4)
    for number in range(EVENTS):
        try:
            happen(desk, chance)
        except Exception as error:
            pytest.fail(f"seed {SEED}, story {story}, event {number}: {error!r}")
    before = desk.open()
    desk.boot()
    assert desk.open() == before
