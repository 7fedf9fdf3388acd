"""The line between the bridge and the acquirer: a relay for TCP that can be cut and mended.

It carries bytes and understands none of them; TLS goes through untouched. While it is cut every
connection is reset and new ones are refused, as by a router that has lost its uplink. The port
stays taken all the time, so that nothing else can get it.
"""

import contextlib
import socket
import struct
import threading

_PIECE_BYTES = 65536
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset


class _Pair:
    # The two ends of one connection, carried by two threads until both directions have ended.
    def __init__(self, near: socket.socket, far: socket.socket) -> None:
        self._lock = threading.Lock()
        self._ends = (near, far)
        self._open = 2
        for one, other in ((near, far), (far, near)):
            threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def reset(self) -> None:
        with self._lock:
            if self._open:
                self._open = 0
                for end in self._ends:
                    _reset(end)

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(_PIECE_BYTES):
                other.sendall(data)
            with self._lock:
                if self._open:
                    other.shutdown(socket.SHUT_WR)
                    self._open -= 1
                    if not self._open:
                        for end in self._ends:
                            end.close()
        except OSError:
            self.reset()


class Cable:
    """A line to `host`, `port`; `self.port` is its near end. Use as a context manager."""

    def __init__(self, host: str, port: int) -> None:
        """Lay the cable and plug it in."""
        self._far = (host, port)
        self._lock = threading.Lock()
        self._pairs: list[_Pair] = []
        self._near = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._near.getsockname()[1]
        self._serve()

    def __enter__(self) -> "Cable":
        return self

    def __exit__(self, *_: object) -> None:
        self._unplug().close()

    def cut(self) -> None:
        """Reset what is open and refuse what comes."""
        old = self._unplug()
        fresh = socket.socket()
        fresh.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        old.close()
        fresh.bind(("127.0.0.1", self.port))  # bound and not listening: a connection is refused
        self._near = fresh

    def hush(self) -> None:
        """While it is cut: take connections and carry nothing, as a line that only seems up."""
        self._near.listen()

    def mend(self) -> None:
        """Carry connections again."""
        self._near.listen()
        self._serve()

    def _serve(self) -> None:
        self._thread = threading.Thread(target=self._accept, args=(self._near,), daemon=True)
        self._thread.start()

    def _unplug(self) -> socket.socket:
        with contextlib.suppress(OSError):
            self._near.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts, if there is one
        self._thread.join()
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            pair.reset()
        return self._near

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                near, _ = server.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(self._far)
            except OSError:
                _reset(near)
                continue
            with self._lock:
                self._pairs.append(_Pair(near, far))


def _reset(end: socket.socket) -> None:
    # A shutdown wakes a thread that reads from it; the close says why.
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        end.shutdown(socket.SHUT_RD)
    end.close()
