"""The journal is replaced by one from a backup, while nothing else uses it.

    replace                  rest, then start again with the journal set aside
    erase FIRST COUNT        sectors; only then
    program AT BYTES         only then; what was written is read back
    replaced                 all is there: start with it

The file `restore` says "open" while the journal is being written, "done" when it is whole. A start
that finds it open passes nothing; one that finds it done puts every stored message in attention,
see `restored`, before it takes the file away. So a power cut at any moment ends with messages in
attention, or with a board that waits for the restore to be done again, and never with a replay.
Loaded when a tool restores.
"""

import os
from binascii import a2b_base64

from tidegate.app.service import Refused
from tidegate.compat import const

OPEN = "open"
DONE = "done"
_FILE = "restore"
_SECTOR_BYTES = const(4096)
_ERASED_AT_ONCE = const(16)  # a second or so on a board


def marker(port):
    # -> "open", "done", or "" in ordinary times.
    try:
        with open(port.root + _FILE) as file:
            return file.read()
    except OSError:
        return ""


def mark(port, what):
    fresh = port.root + _FILE + ".new"
    with open(fresh, "w") as file:
        file.write(what)
    os.rename(fresh, port.root + _FILE)


def clear(port):
    os.remove(port.root + _FILE)


class Restoring:
    def __init__(self, service):
        self._service = service
        self._port = service.port

    def words(self):
        return {
            "replace": self.replace,
            "erase": self.erase,
            "program": self.program,
            "replaced": self.replaced,
        }

    def replace(self):
        if not self._service.at_rest():
            raise Refused("a transaction is running; try again in a moment")
        mark(self._port, OPEN)
        return self._service.reset()

    def _device(self):
        if self._service.engine or marker(self._port) != OPEN:
            raise Refused("no restore is under way")
        return self._port.journal_device()

    def erase(self, first, count):
        device = self._device()
        for sector in range(first, first + min(count, _ERASED_AT_ONCE)):
            device.ioctl(6, sector)
        return True

    def program(self, at, data):
        device = self._device()
        piece = memoryview(a2b_base64(data))
        sector, offset = at // _SECTOR_BYTES, at % _SECTOR_BYTES
        device.writeblocks(sector, piece, offset)
        check = bytearray(len(piece))
        device.readblocks(sector, check, offset)
        if check != piece:
            raise Refused("sector %d does not take what is written" % sector)
        return True

    def replaced(self):
        self._device()
        mark(self._port, DONE)
        return self._service.reset()
