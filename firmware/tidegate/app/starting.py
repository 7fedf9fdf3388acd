"""The steps of a start: configuration, keys, journal, engine. Needed once, then dropped.

What cannot be had stops the passing of messages, never the console: a bridge that is not set up
passes nothing, says why, and can be reached. Nothing that lives on may keep a function of this
module, or the module would stay in the heap with it.
"""

import json
import os
from hashlib import sha256
from struct import pack_into

from tidegate.app import events
from tidegate.compat import const
from tidegate.journal import records

_SCHEMA = const(1)
_ENTRY_BYTES = const(16)
_VERSION = const(1)
_USED_UP = (  # once the engine stands
    "arrival", "clock", "decline", "dialects", "lanes", "limits", "live_limits", "settlement",
    "windows",
)  # fmt: skip


class Refused(Exception):
    # args: event, reason, text for the console
    pass


def _configuration(port):
    # -> (settings, hash)
    try:
        text = port.config()
    except OSError:
        raise Refused(events.CONFIG_BAD, events.CONFIG_MISSING, "no configuration on the board")
    try:
        settings = json.loads(text)
    except ValueError:
        raise Refused(events.CONFIG_BAD, events.CONFIG_NOT_JSON, "the configuration is not JSON")
    if not isinstance(settings, dict) or settings.get("schema") != _SCHEMA:
        raise Refused(events.CONFIG_BAD, events.CONFIG_SCHEMA, "unknown configuration schema")
    return settings, sha256(text).digest()[:8]


def _storage(port, locked):
    # -> (key store, journal). Blank partitions are prepared once; damaged ones never.
    from tidegate.journal.keys import KeyStore
    from tidegate.journal.log import Journal
    from tidegate.journal.ring import JournalError

    try:
        # For main.py, which has to know it before it loads anything.
        if locked:
            open(port.root + "locked", "a").close()
        else:
            os.remove(port.root + "locked")
    except OSError as error:
        if locked:
            text = "the lock of the console cannot be written down"
            raise Refused(events.KEYS_BAD, events.reason_of(error), text)
    keys = KeyStore(port.keys_device())
    device = port.journal_device()
    try:
        try:
            keys.load()
        except JournalError as error:
            if str(error) != "blank":
                raise
            keys.create(port.entropy)
        keys.remember_lock(locked)
    except (OSError, ValueError) as error:
        raise Refused(events.KEYS_BAD, events.reason_of(error), "the keys cannot be read")
    return keys, Journal(device, keys.sealers(port.cipher))


def _mount(engine, journal, keys, port, supervisor):
    # With the engine's checkpoint at hand, a full ring can be tidied by the first entry already.
    from tidegate.journal.ring import JournalError

    try:
        try:
            report = journal.mount(engine.ledger.apply, engine.checkpoint)
        except JournalError as error:
            if str(error) != "blank":
                raise
            journal.format()
            if keys.has_room():
                keys.rotate(port.entropy)  # item ids begin anew, and no seal may come twice
            report = journal.mount(engine.ledger.apply, engine.checkpoint)
    except (OSError, ValueError) as error:
        raise Refused(events.JOURNAL_BAD, events.reason_of(error), "the journal cannot be read")
    supervisor.note(events.JOURNAL_MOUNTED, report.open, report.damaged, report.gaps)


def _restore(port):
    # -> what is to be done with a journal that comes from a backup, or None.
    try:
        os.stat(port.root + "restore")
    except OSError:
        return None
    from tidegate.app.restored import begin

    try:
        halted, hold = begin(port)
    except OSError as error:
        text = "the restored journal cannot be written"
        raise Refused(events.JOURNAL_BAD, events.reason_of(error), text)
    if halted:
        raise Refused(events.JOURNAL_BAD, 0, "a restore of the journal is under way")
    return hold


def _hold(hold, engine, keys, port):
    try:
        hold(engine, keys, port)
    except (OSError, ValueError) as error:
        text = "the restored messages cannot be put in attention"
        raise Refused(events.JOURNAL_BAD, events.reason_of(error), text)


def _engine(settings, keys, journal, port, clock):
    from tidegate.core.engine import Engine

    try:
        clock.configure(settings["clock"])
        return Engine(settings, journal, keys.card_hash, port.entropy, clock.time)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        raise Refused(
            events.CONFIG_BAD, events.CONFIG_REFUSED, "the configuration lacks something"
        )


def build(port, clock, supervisor):
    # -> a bridge that is ready to listen. Raises Refused.
    from tidegate.app.bridge import Bridge

    if port.problem:
        raise Refused(events.BOARD_BAD, 0, port.problem)
    settings, config_hash = _configuration(port)
    hold = _restore(port)
    keys, journal = _storage(port, settings.get("console") == "locked")
    engine = _engine(settings, keys, journal, port, clock)
    _mount(engine, journal, keys, port, supervisor)
    if hold:
        _hold(hold, engine, keys, port)
    clock.floor(engine.ledger.wall_newest)
    _remember(engine, port, clock, config_hash)
    for name in _USED_UP:
        settings.pop(name, None)
    bridge = Bridge(port, settings, engine, keys, clock, supervisor)
    clock.records(bridge.record_clock)
    return bridge


def _remember(engine, port, clock, config_hash):
    # A start, and the configuration in force, are part of the story.
    body = bytearray(_ENTRY_BYTES)
    pack_into("<IBBxxI", body, 0, 0, port.cause, _VERSION, clock.time.wall)
    engine.append(records.BOOT, body, False)
    body = bytearray(_ENTRY_BYTES)
    pack_into("<I", body, 0, 0)
    body[8:] = config_hash
    engine.append(records.CONFIG, body, False)
