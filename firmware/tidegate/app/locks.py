"""Whether the console of a board that passes nothing is locked, and with which key.

What its configuration says counts, also when the rest of it is damaged. If it says nothing, the
mark for main.py and the keys partition tell how the last one was that was taken. Loaded when
somebody speaks to a board like that.
"""

import os

from tidegate.compat import const
from tidegate.journal.keys import KeyStore

_KEY_BYTES = const(32)


def is_locked(port):
    try:
        text = port.config()
        for said, locked in ((b'"locked"', True), (b'"open"', False)):
            if b'"console":' + said in text:
                return locked
    except (OSError, MemoryError):
        pass
    try:
        os.stat(port.root + "locked")
        return True
    except OSError:
        pass
    try:
        return _store(port).locked
    except (OSError, ValueError) as error:
        # Blank, it never was locked. Damaged, nobody can tell.
        return str(error) != "blank"


def console_key(port):
    try:
        return _store(port).console_key
    except (OSError, ValueError):
        return port.entropy(_KEY_BYTES)  # nobody has it, so nobody is let in


def _store(port):
    store = KeyStore(port.keys_device())
    store.load()
    return store
