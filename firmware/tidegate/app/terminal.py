"""The wires of the terminals: TCP connections and serial lines, one reader task each.

A reader waits, takes what is there straight into its framer, and hands on one frame at a time;
after each frame it lets the others run, so a terminal that floods its line slows down nobody but
itself. An answer is written at once and whole. A terminal that does not take its answers is
disconnected on TCP; on a serial line what does not fit is lost, and the terminal will ask again.
"""

import asyncio

from tidegate.app import events
from tidegate.app.waits import at_once, readable
from tidegate.compat import const
from tidegate.proto import framing

_PAYLOAD_BYTES_MAX = const(2048)
_PARTIAL_MS = const(3000)  # the rest of a frame comes within this time, or never
_IDLE_MS = const(60000)  # so long silent, a connection may be dropped for a new one


class Wire:
    def __init__(self, bridge, link, stream, framer, serial):
        self.bridge = bridge
        self.link = link
        self.stream = stream
        self.framer = framer
        self.serial = serial
        self.conn = bridge.new_conn(self)
        self.frames = 0
        self.fed_ms = bridge.time.ms
        self.working = False  # frames of the buffer are being handed on
        self.reason = 0  # why it has to close, when it has to
        self.task = asyncio.current_task()
        self._errors = 0

    def write(self, payload):
        # -> whether the whole frame was taken.
        wanted = -1
        taken = 0
        try:
            frame = self.bridge.framed(self.framer, payload)
            wanted = len(frame)
            taken = self.stream.write(frame)
        except (OSError, ValueError):
            pass
        if taken == wanted:
            return True
        self.bridge.note(events.CONN_STALLED, self.conn, taken or 0, 0)
        if not self.serial:
            self.drop(events.NOT_TAKEN)
        return False

    def drop(self, reason):
        # The reader ends at its next step; nothing more is handed on.
        self.reason = reason
        if self.task is not asyncio.current_task():
            self.task.cancel()

    async def read(self):
        # -> the reason why it ended.
        while not self.reason:
            await readable(self.stream)
            try:
                count = self.stream.readinto(self.framer.writable())
            except OSError as error:
                return events.reason_of(error)
            if count == 0 and not self.serial:
                return events.EOF
            if count:
                self.framer.advance(count)
                await self._hand_on()
        return self.reason

    async def _hand_on(self):
        self.bridge.refresh()
        self.fed_ms = self.bridge.time.ms
        self.working = True
        while not self.reason:
            view = self.framer.next()
            if view is None:
                break
            self.frames += 1
            self.bridge.terminal_frame(self.conn, self.link, view)
            await asyncio.sleep_ms(0)  # type: ignore
        self.working = False

    @property
    def partial(self):
        return 0 if self.working else self.framer.partial

    def sweep(self, now_ms):
        # Now and then: give up a frame whose rest does not come, tell of noise.
        framer = self.framer
        if self.partial and now_ms - self.fed_ms > _PARTIAL_MS:
            self.bridge.note(events.PARTIAL_DROPPED, self.conn, framer.partial, 0)
            framer.drop_partial()
        bad = framer.oversize + framer.lrc_errors + framer.length_errors
        if bad + framer.garbage_bytes != self._errors:
            self._errors = bad + framer.garbage_bytes
            self.bridge.note(events.NOISE, self.conn, framer.garbage_bytes, bad)


class Links:
    # All terminal links of the configuration. Framers are used again: they are the big buffers.
    def __init__(self, bridge):
        self.bridge = bridge
        self.counts = [0] * len(bridge.config["terminals"])
        self._spare = []

    def tasks(self):
        # (name, maker of a coroutine) for the supervisor.
        made = []
        for link, settings in enumerate(self.bridge.config["terminals"]):
            serve = self.serial if settings["type"] == "serial" else self.listen
            made.append((settings["name"], self._maker(serve, link, settings)))
        return made

    def _maker(self, serve, link, settings):
        return lambda: serve(link, settings)

    def _framer(self, kind):
        for i, (kept, framer) in enumerate(self._spare):
            if kept == kind:
                self._spare.pop(i)
                framer.garbage_bytes = framer.oversize = 0
                framer.lrc_errors = framer.length_errors = 0
                return framer
        return framing.framer(kind[0], _PAYLOAD_BYTES_MAX, kind[1], self.bridge.long)

    async def listen(self, link, settings):
        async def accept(stream, _writer):
            await self._accepted(link, settings, stream.s)

        server = await asyncio.start_server(accept, settings["host"], settings["port"], 5)
        self.bridge.listening(link)
        try:
            await server.wait_closed()
        finally:
            server.close()

    async def _accepted(self, link, settings, sock):
        if self.counts[link] >= settings["conns_max"] and not self._make_room(link):
            self.bridge.note(events.CONN_REFUSED, link, self.counts[link], 0)
            sock.close()
            return
        at_once(sock)
        await self._serve(link, settings, sock, False)

    def _make_room(self, link):
        # A connection that has been silent for long is given up for a new one: the peer may be
        # gone without a word.
        self.bridge.refresh()
        oldest = None
        for wire in self.bridge.wires.values():
            if wire.link == link and (oldest is None or wire.fed_ms < oldest.fed_ms):
                oldest = wire
        if oldest is None or self.bridge.time.ms - oldest.fed_ms < _IDLE_MS:
            return False
        oldest.drop(events.NOT_TAKEN)
        return True

    async def serial(self, link, settings):
        stream = self.bridge.port.serial(settings["path"], settings["baud"])
        self.bridge.listening(link)
        await self._serve(link, settings, stream, True)

    async def _serve(self, link, settings, stream, serial):
        kind = (settings["framing"], self.bridge.engine.links[link].tpdu_bytes)
        wire = None
        reason = events.CRASHED
        self.counts[link] += 1
        try:
            wire = Wire(self.bridge, link, stream, self._framer(kind), serial)
            self.bridge.note(events.CONN_OPEN, wire.conn, link, self.counts[link])
            reason = await wire.read()
        except asyncio.CancelledError:
            reason = wire.reason if wire else reason
        except Exception as error:
            self.bridge.supervisor.crashed(settings["name"], error)
        finally:
            self.counts[link] -= 1
            if not serial:
                stream.close()
            if wire:
                wire.sweep(self.bridge.time.ms)  # its noise is told, however short it was
                wire.framer.drop_partial()
                self._spare.append((kind, wire.framer))
                self.bridge.close_conn(wire, reason)
