"""One connection to a host of the acquirer, up to the point where a frame may be written.

TCP or TLS with a pinned CA and a checked name. Nothing here blocks: the handshake is driven by
readability, and it is over when the peer's certificate is there. Whatever happens, the socket is
closed by the caller, who gets it in `made` before anything can fail.
"""

import errno
import socket

from tidegate.app import waits
from tidegate.app.waits import Deadline, readable, writable
from tidegate.compat import const

_PROBE_MS = const(3000)
_CONNECTED = (0, 106, 127)  # 106 and 127 are EISCONN of Linux and lwIP


class Dialer:
    def __init__(self, port):
        self._port = port
        self._contexts = {}  # (CA file, name of the client's key) -> TLS context

    async def tcp(self, address, made):
        sock = socket.socket()
        made.append(sock)
        sock.setblocking(False)
        waits.at_once(sock)
        if self._connect(sock, address) not in _CONNECTED:
            await writable(sock)
            # A second connect tells how the first one ended.
            number = self._connect(sock, address)
            if number not in _CONNECTED:
                raise OSError(number)
        return sock

    def _connect(self, sock, address):
        try:
            sock.connect(address)
            return 0
        except OSError as error:
            return error.errno

    async def tls(self, sock, settings, made):
        name = settings.get("server_name") or settings["host"]
        wire = self._context(settings).wrap_socket(
            sock, server_hostname=name, do_handshake_on_connect=False
        )
        made.append(wire)
        wire.setblocking(False)
        early = bytearray(1)
        # A read drives the handshake; a host that speaks first is no host of ours.
        while not wire.readinto(early):
            if wire.getpeercert(True):
                return wire
            await readable(sock)
        raise OSError(errno.ECONNABORTED)

    def _context(self, settings):
        name = settings.get("ca")
        if name not in self._contexts:
            import tls

            context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
            context.verify_mode = tls.CERT_REQUIRED  # type: ignore
            context.load_verify_locations(self._port.read_file(name))
            self._contexts[name] = context
        return self._contexts[name]

    async def dial(self, host, timeout_ms, made):
        # -> a wire to read and write; raises OSError or ValueError (certificate).
        settings = host.settings
        with Deadline(timeout_ms):
            wire = await self.tcp(host.address(), made)
            if settings.get("tls"):
                wire = await self.tls(wire, settings, made)
        return wire

    async def reaches(self, host):
        # A probe: does anybody take a connection there?
        made = []
        try:
            with Deadline(_PROBE_MS):
                await self.tcp(host.address(), made)
            return True
        except OSError:
            return False
        finally:
            close_all(made)


def close_all(made):
    # The TLS layer first: it says good-bye over the socket below it.
    while made:
        try:
            made.pop().close()
        except OSError:
            pass
