"""How a terminal reaches its host: a TCP or TLS connection, or a serial line."""

import select
import socket
import ssl
import time
from contextlib import suppress
from pathlib import Path

from tidegate.proto.framing import framer

_FRAME_ROOM = 8
_READ_BYTES = 4096


class LinkLost(OSError):
    """The other side closed or reset the connection."""


class _Link:
    """One frame at a time, with a deadline. `open` gives False when the other side cannot be
    reached, and `failure` then says why; `receive` gives None when the time is over."""

    def __init__(self, framing: str) -> None:
        self.framing = framing
        self.keep_open = True
        self.failure = ""
        self.tpdu_bytes = 5
        self._framer = framer(framing, tpdu_bytes=5)

    def prepare(self, tpdu_bytes: int) -> None:
        """Tell how long the dialect's TPDU is."""
        self.tpdu_bytes = tpdu_bytes
        self._framer = framer(self.framing, tpdu_bytes=tpdu_bytes)

    def send(self, payload: bytes) -> None:
        """Write one frame. Raises OSError."""
        out = bytearray(len(payload) + _FRAME_ROOM)
        self._write(bytes(out[: self._framer.wrap_into(payload, out)]))

    def receive(self, deadline: float) -> bytes | None:
        """The next frame's payload before `deadline` (time.monotonic). Raises LinkLost."""
        while True:
            payload = self._framer.next()
            if payload is not None:
                return bytes(payload)
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return None
            data = self._read(left_s)
            at = 0
            while at < len(data):
                room = self._framer.writable()
                count = min(len(room), len(data) - at)
                room[:count] = data[at : at + count]
                self._framer.advance(count)
                at += count

    def flush(self) -> None:
        """Throw away what came since the last answer: nobody waits for it any more."""
        self._framer.drop_partial()

    def _write(self, frame: bytes) -> None:
        raise NotImplementedError

    def _read(self, timeout_s: float) -> bytes:
        raise NotImplementedError


class TcpLink(_Link):
    """A connection for each transaction, or one that stays open (`keep_open`).

    `tls` is a client context, or a PEM or DER file with the authority to trust.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        tls: ssl.SSLContext | Path | str | None = None,
        server_name: str = "",
        keep_open: bool = False,
        connect_timeout_s: float = 5,
        framing: str = "len2",
    ) -> None:
        super().__init__(framing)
        self.host = host
        self.port = port
        self.tls = _context(tls)
        self.server_name = server_name or host
        self.keep_open = keep_open
        self.connect_timeout_s = connect_timeout_s
        self._socket: socket.socket | None = None

    def open(self) -> bool:
        """Connect, unless a connection is there and alive."""
        if self._socket is not None and not self._has_gone():
            return True
        self.close()
        self.prepare(self.tpdu_bytes)
        raw = None
        try:
            raw = socket.create_connection((self.host, self.port), self.connect_timeout_s)
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket = (
                self.tls.wrap_socket(raw, server_hostname=self.server_name) if self.tls else raw
            )
        except OSError as error:
            self.failure = error.strerror or str(error)
            if raw is not None:
                raw.close()
            return False
        return True

    def close(self) -> None:
        link, self._socket = self._socket, None
        if link is not None:
            link.close()

    def interrupt(self) -> None:
        """Make a `receive` in another thread end at once."""
        link = self._socket
        if link is not None:
            with suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)

    def flush(self) -> None:
        while self._socket is not None and self._ready(0):
            try:
                self._read(0)
            except LinkLost:
                self.close()
        super().flush()

    def _has_gone(self) -> bool:
        self.flush()
        return self._socket is None

    def _ready(self, timeout_s: float) -> bool:
        link = self._socket
        if link is None:
            return False
        if isinstance(link, ssl.SSLSocket) and link.pending():
            return True
        return bool(select.select([link], [], [], timeout_s)[0])

    def _write(self, frame: bytes) -> None:
        if self._socket is None:
            raise LinkLost("not connected")
        self._socket.settimeout(self.connect_timeout_s)
        self._socket.sendall(frame)

    def _read(self, timeout_s: float) -> bytes:
        if not self._ready(timeout_s) or self._socket is None:
            return b""
        # Readable does not mean that there is anything for us: TLS has messages of its own.
        self._socket.settimeout(0)
        try:
            data = self._socket.recv(_READ_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError):
            return b""
        except OSError as error:
            raise LinkLost(str(error)) from None
        if not data:
            raise LinkLost("closed by the other side")
        return data


class SerialLink(_Link):
    """A serial line or a pseudo-terminal; framing stx unless told otherwise. It stays open."""

    def __init__(self, path: str, *, baud: int = 9600, framing: str = "stx") -> None:
        super().__init__(framing)
        self.path = path
        self.baud = baud
        self._port = None

    def open(self) -> bool:
        """Open the device, unless it is open."""
        import serial  # only who has a serial line needs it

        if self._port is None:
            try:
                self._port = serial.Serial(self.path, self.baud, timeout=0, write_timeout=5)
            except OSError as error:
                self.failure = error.strerror or str(error)
                return False
        self.flush()
        return True

    def close(self) -> None:
        port, self._port = self._port, None
        if port is not None:
            with suppress(OSError):
                port.close()

    def interrupt(self) -> None:
        """Make a `receive` in another thread end at once."""
        port = self._port
        if port is not None:
            port.cancel_read()

    def flush(self) -> None:
        if self._port is not None:
            with suppress(OSError):
                self._port.reset_input_buffer()
        super().flush()

    def _write(self, frame: bytes) -> None:
        if self._port is None:
            raise LinkLost("not open")
        self._port.write(frame)
        self._port.flush()

    def _read(self, timeout_s: float) -> bytes:
        port = self._port
        if port is None:
            raise LinkLost("not open")
        try:
            port.timeout = timeout_s
            first = port.read(1)
            port.timeout = 0
            return first + port.read(_READ_BYTES) if first else b""
        except OSError as error:
            raise LinkLost(str(error)) from None


def tcp(host: str, port: int, **settings) -> TcpLink:
    """A `TcpLink`, for reading well: `Terminal(tcp("127.0.0.1", 9001))`."""
    return TcpLink(host, port, **settings)


def serial(path: str, framing: str = "stx", **settings) -> SerialLink:
    """A `SerialLink`."""
    return SerialLink(path, framing=framing, **settings)


def _context(tls: ssl.SSLContext | Path | str | None) -> ssl.SSLContext | None:
    if tls is None or isinstance(tls, ssl.SSLContext):
        return tls
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    data = Path(tls).read_bytes()
    context.load_verify_locations(cadata=data if b"-----" not in data else data.decode())
    return context
