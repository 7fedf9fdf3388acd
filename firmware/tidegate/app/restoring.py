"""The journal is replaced by one from a backup, wholly or not at all.

    replace                  rest, then start again and pass nothing
    bring AT BYTES           a piece of the file `restore.bin`, in order; only then
    replaced HASH            all of it is there: start with it

That file holds the new journal, sector by sector: number 4, what is in it 4096. The journal that
is on the board stays as it is until all of the new one is there. How far it is stands in the file
`restore`, which is only ever replaced by renaming; `restored` says what a start makes of it.

    open                     the next start is to pass nothing
    halted                   it does: pieces may come
    staged                   the file is whole: it is copied into the partition, however often
    done                     it was: nothing of it may be replayed

Loaded when a tool restores.
"""

import os
from binascii import a2b_base64

from tidegate.app.service import Refused, file_hash
from tidegate.compat import const

OPEN = "open"
HALTED = "halted"
STAGED = "staged"
DONE = "done"
STAGING = "restore.bin"
SECTOR_BYTES = const(4096)
NUMBER_BYTES = const(4)
_FILE = "restore"


def marker(port):
    # -> how far it is, "" in ordinary times.
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


def numbers(file):
    # The sectors in it; the contents of each stand where the file is then.
    while True:
        number = file.read(NUMBER_BYTES)
        if not number:
            return
        at = file.tell()
        yield int.from_bytes(number, "little")
        file.seek(at + SECTOR_BYTES)


class Restoring:
    def __init__(self, service):
        self._service = service
        self._port = service.port

    def words(self):
        return {"replace": self.replace, "bring": self.bring, "replaced": self.replaced}

    def replace(self):
        if not self._service.at_rest():
            raise Refused("a transaction is running; try again in a moment")
        mark(self._port, OPEN)
        return self._service.reset()

    def _staging(self):
        if self._service.engine or marker(self._port) != HALTED:
            raise Refused("no restore is under way")
        return self._port.root + STAGING

    def bring(self, at, data):
        with open(self._staging(), "wb" if at == 0 else "r+b") as file:
            if file.seek(0, 2) != at:
                raise Refused("a piece is missing before this one")
            file.write(a2b_base64(data))
        return True

    def replaced(self, digest):
        path = self._staging()
        if file_hash(path) != digest:
            raise Refused("the journal is not as it was sent")
        sectors = self._port.journal_device().ioctl(4, 0)
        with open(path, "rb") as file:
            for number in numbers(file):
                if number >= sectors:
                    raise Refused("the journal has %d sectors" % sectors)
        mark(self._port, STAGED)
        return self._service.reset()
