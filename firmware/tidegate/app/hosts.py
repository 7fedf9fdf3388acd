"""The hosts of a route: in which order to try them, and for how long a failure is remembered.

A host that failed is tried last for a while; the while doubles with each failure up to a minute
and is shortened by a random part, so that many bridges do not come back at the same moment. Names
are looked up once and the addresses kept, because a look-up stops the whole loop; after some
failures a name is looked up again, as it may have moved.
"""

import socket

from tidegate.compat import const

_HOLD_MS = const(1000)
_HOLD_MS_MAX = const(60000)
_FORGET_AFTER = const(5)


class Host:
    def __init__(self, index, settings):
        self.index = index
        self.settings = settings
        self.failures = 0
        self.until_ms = 0  # it is tried last before
        self._address = None

    def address(self):
        if self._address is None:
            name, port = self.settings["host"], self.settings["port"]
            self._address = socket.getaddrinfo(name, port, 0, socket.SOCK_STREAM)[0][-1]
        return self._address


class Hosts:
    def __init__(self, route, entropy):
        self.hosts = [Host(i, settings) for i, settings in enumerate(route["hosts"])]
        self._entropy = entropy

    def order(self, now_ms):
        # The configured order; those that failed lately come after, the one due first in front.
        ready = [h for h in self.hosts if now_ms >= h.until_ms]
        held = [(h.until_ms, h.index) for h in self.hosts if now_ms < h.until_ms]
        held.sort()
        for _, index in held:
            ready.append(self.hosts[index])
        return ready

    def failed(self, host, now_ms):
        hold_ms = _HOLD_MS << min(host.failures, 6)
        if hold_ms > _HOLD_MS_MAX:
            hold_ms = _HOLD_MS_MAX
        # Between a half and the whole of it.
        host.until_ms = now_ms + hold_ms // 2 + (self._entropy(1)[0] * (hold_ms // 2) >> 8)
        host.failures += 1
        if host.failures % _FORGET_AFTER == 0:
            host._address = None

    def worked(self, host):
        host.failures = 0
        host.until_ms = 0

    def to_probe(self, now_ms):
        # A failed host whose time of being last is over.
        for host in self.hosts:
            if host.failures and now_ms >= host.until_ms:
                return host
        return None
