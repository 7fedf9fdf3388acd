"""The uplink of one lane: a connection when the engine asks for one, and what is read from it.

Every CONNECT is answered by exactly one `up` or `down`, unless HANG_UP comes first, which nothing
follows. Each connection has its own task and a number; when the number is no longer the lane's,
the task only closes its socket and ends. So a hang-up may happen at any moment, also from within
the task itself, when an answer it has just read lets the engine end the connection.
"""

import asyncio

from tidegate.app import events
from tidegate.app.dialing import close_all
from tidegate.app.waits import readable
from tidegate.compat import const
from tidegate.proto import framing

_CLOSED = const(0)
_OPENING = const(1)
_OPEN = const(2)

_PAYLOAD_BYTES_MAX = const(2048)


class Uplink:
    def __init__(self, bridge, lane):
        self.bridge = bridge
        self.lane = lane
        self.state = _CLOSED
        self.route = -1
        self.number = 0  # of the newest connection
        self.framer = None  # made when first needed: an unused lane costs nothing
        self._kind = None  # its framing and TPDU bytes
        self._wire = None
        self._task = None

    @property
    def open(self):
        return self.state == _OPEN

    def connect(self, route):
        if self.state == _OPEN and self.route == route:
            # A kept connection may have ended while nobody looked.
            reason = self._pull()
            if not reason:
                self.bridge.later_up(self.lane)
                return
            self.hang_up()
            # Nothing was written yet, so a fresh connection is as good.
        elif self.state != _CLOSED:
            self.hang_up()
        self.route = route
        try:
            self._framer(self.bridge.config["routes"][route]["framing"])
            task = asyncio.create_task(self._serve(self.number + 1, route))
        except MemoryError:
            self.bridge.later_down(self.lane, events.CRASHED)
            return
        self._task = task
        self.number += 1
        self.state = _OPENING

    def _framer(self, name):
        kind = (name, self.bridge.engine.lanes[self.lane].dialect.tpdu_bytes)
        if kind != self._kind:
            self._kind = self.framer = None  # before the new one is made: there is room for one
            self.framer = framing.framer(name, _PAYLOAD_BYTES_MAX, kind[1], self.bridge.long)
            self._kind = kind

    def _closed(self):
        self.state = _CLOSED
        self._wire = None
        self.framer.drop_partial()

    def hang_up(self):
        if self.state == _CLOSED:
            return
        self.number += 1
        self._closed()
        if self._task is not asyncio.current_task():
            self._task.cancel()

    def send(self, payload):
        # One write for the whole frame. What is not taken whole counts as a lost line: part of it
        # may be on its way, so the engine must hear that, and nothing may follow on this wire.
        if self.state != _OPEN:
            self.bridge.later_down(self.lane, events.EOF)
            return
        try:
            frame = self.bridge.framed(self.framer, payload)
            taken = self._wire.write(frame)
            reason = 0 if taken == len(frame) else events.NOT_TAKEN
        except (OSError, ValueError) as error:
            reason = events.reason_of(error)
        if reason:
            self.hang_up()
            self.bridge.later_down(self.lane, reason)

    def _pull(self):
        # Take what is there. -> 0, or the reason why the line is gone.
        try:
            count = self._wire.readinto(self.framer.writable())
        except (OSError, ValueError) as error:
            return events.reason_of(error)
        if count is None:
            return 0
        self.framer.advance(count)
        return 0 if count else events.EOF

    async def _serve(self, number, route):
        made = []
        reason = events.CRASHED
        try:
            reason = await self._dial(number, route, made)
            if not reason:
                reason = await self._read(number)
        except asyncio.CancelledError:
            pass
        except Exception as error:
            self.bridge.supervisor.crashed("uplink", error)
        finally:
            close_all(made)
        if number == self.number:
            self._closed()
            self.bridge.perform(self.bridge.engine.uplink_down, self.lane, reason)

    async def _dial(self, number, route, made):
        # -> 0 when the line is up and the engine knows it.
        bridge = self.bridge
        timeout_ms = bridge.config["routes"][route]["connect_timeout_s"] * 1000
        hosts = bridge.hosts[route]
        reason = events.NO_HOST
        for host in hosts.order(bridge.time.ms):
            bridge.note(events.DIAL, self.lane, route, host.index)
            try:
                wire = await bridge.dialer.dial(host, bridge.port.clock.real_ms(timeout_ms), made)
            except (OSError, ValueError) as error:
                reason = events.reason_of(error)
                close_all(made)
                bridge.refresh()
                hosts.failed(host, bridge.time.ms)
                bridge.note(events.DIAL_FAILED, self.lane, host.index, reason)
                if number != self.number:
                    return reason
                continue
            hosts.worked(host)
            self._wire = wire
            self.state = _OPEN
            bridge.perform(bridge.engine.uplink_up, self.lane)
            return 0
        return reason

    async def _read(self, number):
        bridge = self.bridge
        while number == self.number:
            while True:
                view = self.framer.next()
                if view is None:
                    break
                bridge.perform(bridge.engine.host_frame, self.lane, view)
                await asyncio.sleep_ms(0)  # type: ignore
                if number != self.number:
                    return 0
            await readable(self._wire)
            reason = self._pull()
            if reason:
                return reason
        return 0
