"""The way to a host of the acquirer, hop by hop: name, TCP, TLS, an echo. For `tidegate doctor`.

It opens a connection of its own beside those of the lanes and closes it again. The only message
that it sends is an echo, and it looks that it is one. Loaded when somebody asks.

    probe ROUTE HOST DIALECT FRAME   begin; without a frame it ends after TLS
    probed                           [is it over?, [hop, milliseconds, reason or 0, detail] ...]
"""

import asyncio
import socket
from binascii import a2b_base64

from tidegate.app import events
from tidegate.app.dialing import close_all
from tidegate.app.service import Refused, text
from tidegate.app.waits import Deadline, readable
from tidegate.compat import const
from tidegate.proto import framing, message

_HOP_MS = const(8000)
_FRAME_BYTES = const(512)


class Hops:
    def __init__(self, service):
        self._service = service
        self._rows = []
        self._over = True

    def words(self):
        return {"probe": self.probe, "probed": lambda: [self._over, self._rows]}

    def probe(self, route, host, dialect, frame):
        bridge = self._service.bridge
        if not self._service.engine:
            raise Refused("without a configuration there is no host")
        if not self._over:
            raise Refused("a probe is running")
        payload = a2b_base64(frame)
        kind = self._dialect(dialect)
        if payload:
            m = message.Message().read(kind, memoryview(payload))
            if m.kind != message.KIND_ECHO or not m.is_request:
                raise Refused("only an echo may be sent")
        settings = bridge.config["routes"][route]
        self._rows = []
        self._over = False
        asyncio.create_task(self._run(settings, settings["hosts"][host], kind, payload))
        return True

    def _dialect(self, name):
        for dialect in self._service.engine.dialects:
            if dialect.name == name:
                return dialect
        raise Refused("that dialect is not on the board")

    async def _run(self, route, host, dialect, payload):
        made = []
        try:
            with Deadline(_HOP_MS * 3):
                await self._walk(route, host, dialect, payload, made)
        except (OSError, ValueError) as error:
            self._rows.append(["time", 0, events.reason_of(error), ""])
        finally:
            close_all(made)
            self._over = True

    async def _walk(self, route, host, dialect, payload, made):
        dialer = self._service.bridge.dialer
        found = []

        async def name():
            found.append(socket.getaddrinfo(host["host"], host["port"], 0, socket.SOCK_STREAM))

        if not await self._hop("name", name):
            return

        async def tcp():
            found.append(await dialer.tcp(found[0][0][-1], made))

        if not await self._hop("tcp", tcp):
            return
        if host.get("tls"):

            async def tls():
                found.append(await dialer.tls(found[1], host, made))

            if not await self._hop("tls", tls):
                return
        if payload:
            framer = framing.framer(route["framing"], _FRAME_BYTES, dialect.tpdu_bytes)

            async def echo():
                return await self._echo(found[-1], framer, payload)

            await self._hop("echo", echo)

    async def _hop(self, name, walk):
        clock = self._service.port.clock
        start = clock.ms()
        reason, detail = 0, None
        try:
            with Deadline(_HOP_MS):
                detail = await walk()
        except (OSError, ValueError) as error:
            reason = events.reason_of(error)
        self._rows.append([name, clock.ms() - start, reason, detail or ""])
        return not reason

    async def _echo(self, wire, framer, payload):
        # -> the answer.
        frame = memoryview(bytearray(len(payload) + 8))
        wire.write(frame[: framer.wrap_into(payload, frame)])
        while True:
            await readable(wire)
            count = wire.readinto(framer.writable())
            if count == 0:
                raise OSError(events.EOF)
            if count:
                framer.advance(count)
                view = framer.next()
                if view is not None:
                    return text(bytes(view))
