"""One connection of the acquirer: frames in, frames out, and the ways a connection may break."""

import asyncio
import socket
import struct
from typing import Any, Protocol

from tidegate.proto.framing import framer

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: on, 0 s
_FRAME_ROOM = 8  # bytes that a framing adds at most


class Owner(Protocol):
    """Who hears of a connection."""

    def opened(self, connection: "Connection") -> None: ...
    def closed(self, connection: "Connection", reason: str) -> None: ...
    def received(self, connection: "Connection", payload: bytes) -> None: ...


class Connection(asyncio.Protocol):
    """Made for each connection accepted; `number` is never used again."""

    def __init__(self, number: int, framing: str, tpdu_bytes: int, owner: Owner) -> None:
        self.number = number
        self._framer = framer(framing, tpdu_bytes=tpdu_bytes)
        self._owner = owner
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._owner.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._owner.closed(self, "disconnected" if exc is None else f"lost: {exc}")

    def data_received(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            room = self._framer.writable()
            count = min(len(room), len(data) - at)
            room[:count] = data[at : at + count]
            self._framer.advance(count)
            at += count
            while (payload := self._framer.next()) is not None:
                self._owner.received(self, bytes(payload))

    @property
    def alive(self) -> bool:
        """Whether what is sent has a chance to arrive."""
        return self._transport is not None and not self._transport.is_closing()

    def send(self, payload: bytes) -> None:
        """Write one frame, if the connection is there."""
        if self.alive:
            self._transport.write(self._frame(payload))

    def send_half(self, payload: bytes) -> None:
        """Write the first half of a frame."""
        if self._transport is not None:
            frame = self._frame(payload)
            self._transport.write(frame[: len(frame) // 2])

    def reset(self) -> None:
        """Break the connection with a TCP reset."""
        if self._transport is None:
            return
        raw = self._transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()

    def _frame(self, payload: bytes) -> bytes:
        out = bytearray(len(payload) + _FRAME_ROOM)
        return bytes(out[: self._framer.wrap_into(payload, out)])
