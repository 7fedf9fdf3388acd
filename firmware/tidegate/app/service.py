"""What a host tool may ask of a running bridge: `board` on the open console, and every word that
the locked one knows. Loaded when somebody speaks; nothing of the bridge refers to it.

    board.ask('["read", "journal", 4096, 256]')  ->  '{"ok": "VEdKMQ..."}'

`ask` takes a JSON list, a word and its arguments, and gives a JSON object: {"ok": value}, or
{"error": text} for what cannot be done; `tell` on the open console prints it. Bytes travel as
base64. This is the whole interface: a host reaches no other object, so everything behind it may
change its name.

    hello                    what runs here: versions, configuration, how it is locked
    status                   lanes, books, connections, tasks
    facts                    heap, partitions, file system, network
    events N                 some lines of the log after number N; asked for, it is kept in memory
    sectors, read            the journal as it lies in flash, see raw
    reset                    rest, then start again
    kill TASK                end a task, which is started again
    key                      the console key, of an open console
    slots, stage, put, ...   versions, see slots
    replace, bring, ...      a journal from a backup, see restoring
    probe, probed            the way to a host, see hops
    settle, retry, ...       what a person decides about an item or a hold, see desk
"""

import asyncio
import gc
import json
import os
import sys
from binascii import b2a_base64
from hashlib import sha256

import tidegate
from tidegate.app import events
from tidegate.app.run import forget
from tidegate.compat import const
from tidegate.journal import entry

_SCHEMA = const(1)
# Names that only a tool uses stand in one string each: a short string of its own is kept for good,
# in a table that grows by almost five kilobytes at once.
_OWN_WORDS = "hello events reset kill key"
LOOK_WORDS = "status facts"
RAW_WORDS = "sectors read"
_HOP_WORDS = "probe probed"
_SLOT_WORDS = "slots file same stage keep put check activate rollback"
DESK_WORDS = "settle retry defer release cancel"
_RESTORE_WORDS = "replace bring replaced"
# Dropped after each use: soon loaded again, and memory is short.
_DROPPED = (
    "tidegate.app.looks", "tidegate.core.status", "tidegate.app.desk", "tidegate.core.persons",
)  # fmt: skip
_HELLO = "schema board name micropython mpy config journal firmware code problem locked busy"
_CONFIG = "bridge.json"
_LINES_MAX = const(32)
_LINES_AT_ONCE = const(12)
_FULL = const(28)
_ROUND_MS = const(50)
_REST_ROUNDS = const(100)  # mpremote waits for ten seconds for the prompt after a reset


class Refused(Exception):
    # What was asked cannot be done; the text says why.
    pass


class Service:
    def __init__(self, port, bridge, supervisor):
        self.port = port
        self.bridge = bridge
        self.supervisor = supervisor
        self.problem = getattr(bridge, "problem", "")
        self.engine = getattr(bridge, "engine", None)
        self.locked = self.key = None
        self._lines = []
        self._count = 0  # lines ever seen
        self._config = ""
        words = (self.hello, self.events, self.reset, supervisor.kill, self.tell_key)
        self._words: dict = dict(zip(_OWN_WORDS.split(), words))

    def ask(self, text):
        return json.dumps(self.answer(text))

    def answer(self, text):
        try:
            word, *arguments = json.loads(text)
            answer = {"ok": self._find(word)(*arguments)}
        except Refused as refusal:
            answer = {"error": refusal.args[0]}
        except OSError as error:
            answer = {"error": _trouble(error.errno)}
        except (ValueError, TypeError, KeyError, IndexError) as error:
            # A word that is not known, or with arguments that do not fit. What was in them is not
            # repeated.
            answer = {"error": "not understood (%s)" % type(error).__name__}
        except Exception as error:
            # A fault of ours, or no memory: told, and the console goes on.
            self.supervisor.tell(error)
            answer = {"error": "the firmware failed (%s)" % type(error).__name__}
        forget(_DROPPED)
        gc.collect()
        return answer

    def _find(self, word):
        if word in LOOK_WORDS.split():
            from tidegate.app.looks import Looks

            return Looks(self).words()[word]
        if word in DESK_WORDS.split():
            from tidegate.app.desk import Desk

            return Desk(self, Refused).words()[word]
        if word not in self._words:
            self._words.update(self._more(word).words())
        return self._words[word]

    def _more(self, word):
        # What is not needed all the time is loaded when it is asked for.
        if word in RAW_WORDS.split():
            from tidegate.app.raw import Raw

            return Raw(self)
        if word in _HOP_WORDS.split():
            from tidegate.app.hops import Hops

            return Hops(self)
        if word in _SLOT_WORDS.split():
            from tidegate.app.slots import Slots

            return Slots(self)
        if word in _RESTORE_WORDS.split():
            from tidegate.app.restoring import Restoring

            return Restoring(self)
        raise Refused("this firmware does not know " + str(word)[:20])

    # What is here.

    def hello(self):
        version = sys.implementation.version
        values = (
            _SCHEMA,
            self.port.name,
            self._name(),
            ".".join([str(n) for n in version[:3]]),
            getattr(sys.implementation, "_mpy", 0) & 0xFF,
            self.config_hash(),
            entry.VERSION,
            getattr(tidegate, "BUILD", ""),
            _where_code_is(),
            self.problem,
            self.locked,
            not self.at_rest(),
        )
        return dict(zip(_HELLO.split(), values))

    def _name(self):
        if self.engine:
            return self.bridge.config.get("name", "")
        try:
            return json.loads(self.port.config()).get("name", "")
        except (OSError, ValueError, AttributeError, MemoryError):
            return ""

    def config_hash(self):
        # Of the file that this start has read; it is never written while it is in force.
        if not self._config:
            self._config = file_hash(_CONFIG)
        return self._config

    def is_locked(self):
        if self.engine:
            self.locked = self.bridge.config.get("console") == "locked"
        else:
            from tidegate.app.locks import is_locked

            self.locked = is_locked(self.port)
        return self.locked

    def console_key(self):
        if self.engine:
            self.key = self.bridge.keys.console_key
        else:
            from tidegate.app.locks import console_key

            self.key = console_key(self.port)
        return self.key

    def tell_key(self):
        # For who is going to lock this console. A locked one tells nobody.
        if self.locked:
            raise Refused("a locked console does not tell its key")
        return self.console_key().hex()

    def at_rest(self):
        # Nothing is on its way: a moment to stop.
        if not self.engine:
            return True
        for lane in self.engine.lanes:
            if lane.phase or lane.ask.length:
                return False
        return not self.engine.busy

    def waiting(self):
        # Stored items that are to go to the host.
        return self.engine.journal.open_count(-1) if self.engine else 0

    def status(self):
        return self._find("status")()

    # The log.

    def events(self, after):
        # -> [number of the last of these lines, lines]; -1 asks for the number only. What came
        # before the first call is not here. Few at once: an answer stands in the heap twice.
        if self.port.watcher is None:
            self.port.watcher = self._watch
        if after < 0:
            return [self._count, []]
        first = max(len(self._lines) - max(self._count - after, 0), 0)
        kept = self._lines[first : first + _LINES_AT_ONCE]
        return [self._count - len(self._lines) + first + len(kept), kept]

    def _watch(self, line):
        self._lines.append(line.rstrip())
        self._count += 1
        if len(self._lines) > _LINES_MAX:
            self._lines.pop(0)

    # Starting again.

    def reset(self):
        asyncio.create_task(self.restart(False))
        return True

    async def restart(self, raw):
        for _ in range(_REST_ROUNDS):
            if self.at_rest():
                break
            await asyncio.sleep_ms(_ROUND_MS)  # type: ignore
        self.supervisor.note(events.RESET, events.CAUSE_RESET, 0, 0)
        self.port.reset(raw)


def _where_code_is():
    # "files": in the version that runs, where another can take its place. "flash": in the image.
    try:
        os.stat("tidegate")
        return "files"
    except OSError:
        return "flash"


def _trouble(number):
    if number == _FULL:
        return "the file system is full"
    return "error %s of the file system or flash" % number


def file_hash(path):
    # In pieces: there may be no room for the whole of it. -> "" when it is not there.
    digest = sha256()
    piece = memoryview(bytearray(256))
    try:
        with open(path, "rb") as file:
            while True:
                count = file.readinto(piece)
                if not count:
                    return digest.digest().hex()
                digest.update(piece[:count])
    except OSError:
        return ""


def text(data):
    return b2a_base64(data)[:-1].decode()


async def serve(port, bridge, supervisor):
    service = Service(port, bridge, supervisor)
    if service.is_locked():
        from tidegate.app.locked import Locked

        await Locked(port, service, service.console_key()).run()
    from tidegate.app.console import Console

    await Console(port, supervisor.note, service, bridge).run()
