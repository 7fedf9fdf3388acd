"""A board whose memory is short: its journal is asked for in smaller pieces."""

import base64
import json

import pytest

from tidegate_host.device.board import SECTOR_BYTES, Board
from tidegate_host.device.errors import NoMemory

REGION = bytes(range(256)) * (2 * SECTOR_BYTES // 256)


class Short:
    """The way to a board that has room for answers of so many bytes."""

    def __init__(self, room_bytes):
        self.room_bytes = room_bytes

    def ask(self, text):
        word, *values = json.loads(text)
        if word == "sectors":
            first, count = values
            heads = [REGION[at : at + 32] for at in range(0, len(REGION), SECTOR_BYTES)]
            return self._answer(b"".join(heads[first : first + count]), len(heads), count * 32)
        _, at, count = values
        return self._answer(REGION[at : at + count], 0, count)

    def _answer(self, data, total, size_bytes):
        if size_bytes > self.room_bytes:
            return json.dumps({"error": "the firmware failed (MemoryError)"})
        text = base64.b64encode(data).decode()
        return json.dumps({"ok": [total, text] if total else text})


def board(room_bytes):
    made = Board.__new__(Board)
    made._way = Short(room_bytes)
    return made


@pytest.mark.parametrize("room_bytes", [512, 128])
def test_the_journal_is_read_all_the_same(room_bytes):
    assert board(room_bytes).journal() == REGION


def test_where_even_that_is_too_much_it_is_told_with_the_next_step():
    with pytest.raises(NoMemory) as told:
        board(100).journal()
    assert "memory" in told.value.message and "lanes_max" in told.value.next_step
