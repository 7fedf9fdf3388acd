"""Puts the firmware together and runs it until it has to start again.

What cannot be had (configuration, keys, journal) stops the passing of messages, never the console:
a bridge that is not set up passes nothing, says why, and can be reached.
"""

import asyncio
import gc
import json
from hashlib import sha256
from struct import pack_into

from tidegate.app import events
from tidegate.app.clock import Clock
from tidegate.app.console import Console
from tidegate.app.supervisor import Supervisor, trace
from tidegate.compat import const
from tidegate.journal import bodies, records

_SCHEMA = const(1)
_ENTRY_BYTES = const(16)
_VERSION = const(1)


class Refused(Exception):
    # args: event, reason, text for the console
    pass


class Idle:
    # Stands where the bridge would be, when there is none.
    def __init__(self, problem, supervisor):
        self.problem = problem
        self._supervisor = supervisor

    def at_rest(self):
        return True

    def status(self):
        return {"problem": self.problem, "tasks": self._supervisor.status()}


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


def _storage(port):
    # -> (key store, journal). Blank partitions are prepared once; damaged ones never.
    from tidegate.journal.keys import KeyStore
    from tidegate.journal.log import Journal
    from tidegate.journal.ring import JournalError

    keys = KeyStore(port.keys_device())
    device = port.journal_device()
    try:
        try:
            keys.load()
        except JournalError as error:
            if str(error) != "blank":
                raise
            keys.create(port.entropy)
    except (OSError, ValueError) as error:
        raise Refused(events.KEYS_BAD, events.reason_of(error), "the keys cannot be read")
    return keys, Journal(device, keys.sealers(port.cipher))


def _mount(engine, journal, supervisor):
    from tidegate.journal.ring import JournalError

    try:
        try:
            report = journal.mount(engine.ledger.apply)
        except JournalError as error:
            if str(error) != "blank":
                raise
            journal.format()
            report = journal.mount(engine.ledger.apply)
    except (OSError, ValueError) as error:
        raise Refused(events.JOURNAL_BAD, events.reason_of(error), "the journal cannot be read")
    supervisor.note(events.JOURNAL_MOUNTED, report.open, report.damaged, report.gaps)


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

    settings, config_hash = _configuration(port)
    keys, journal = _storage(port)
    engine = _engine(settings, keys, journal, port, clock)
    _mount(engine, journal, supervisor)
    clock.floor(engine.ledger.wall_newest)
    _remember(engine, port, clock, config_hash)
    return Bridge(port, settings, engine, clock, supervisor)


def _remember(engine, port, clock, config_hash):
    # A start, the configuration in force and every correction of the clock are part of the story.
    def record():
        body = bytearray(_ENTRY_BYTES)
        bodies.put(records.CLOCK, body, 0, clock.time.wall, clock.time.trust)
        engine.append(records.CLOCK, body, False)

    body = bytearray(_ENTRY_BYTES)
    pack_into("<IBBxxI", body, 0, 0, port.cause, _VERSION, clock.time.wall)
    engine.append(records.BOOT, body, False)
    body = bytearray(_ENTRY_BYTES)
    pack_into("<I", body, 0, 0)
    body[8:] = config_hash
    engine.append(records.CONFIG, body, False)
    clock.records(record)


async def main(port):
    clock = Clock(port)
    supervisor = Supervisor(port, clock)
    clock.tells(supervisor.note)
    supervisor.note(events.BOOT, port.cause, clock.time.trust, gc.mem_free())  # type: ignore
    try:
        bridge = build(port, clock, supervisor)
        _add_tasks(supervisor, bridge, clock)
    except Refused as refusal:
        event, reason, text = refusal.args
        supervisor.note(event, reason, 0, 0)
        bridge = Idle(text, supervisor)
    except Exception as error:
        # A fault of ours, or no memory: still a console, for whoever comes to look.
        supervisor.tell(error)
        supervisor.note(events.CONFIG_BAD, events.CONFIG_REFUSED, events.reason_of(error), 0)
        bridge = Idle("the firmware failed to start: " + type(error).__name__, supervisor)
    names = {"bridge": bridge, "port": port, "at_rest": bridge.at_rest}
    supervisor.add("console", Console(port, supervisor.note, names).run)
    for name, make in port.tasks(supervisor):
        supervisor.add(name, make, True)
    gc.collect()
    await supervisor.run()


def _add_tasks(supervisor, bridge, clock):
    from tidegate.app.terminal import Links

    supervisor.add("timer", bridge.timer, True)
    supervisor.add("keep", bridge.keep, True)
    supervisor.add("clock", lambda: clock.run(supervisor), True)
    if [route for route in bridge.config["routes"] if route["probe"] != "none"]:
        supervisor.add("probe", bridge.probe, True)
    for name, make in Links(bridge).tasks():
        supervisor.add(name, make)
    bridge.start()


def forever(port):
    # Whatever ends the loop, a fresh start follows: nothing in memory is trusted after that.
    try:
        asyncio.run(main(port))
    except Exception as error:
        for line in trace(error):
            port.log("# %s\n" % line)
    port.reset(False)
