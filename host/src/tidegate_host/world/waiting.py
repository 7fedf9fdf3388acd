"""Nobody waits in vain (M8): every request is written, answered or refused before its deadline.

A settlement may meet silence, and so may a request that its terminal has given up. Everything else
that arrives gets its answer in time, or has left for the host.
"""

from tidegate.proto import message

_DEADLINE_MS = 18000
_GRACE_MS = 200
_BOUND = (message.CLS_LIVE, message.CLS_STORABLE, message.CLS_SESSION)


class Waiting:
    def __init__(self, world):
        self.world = world
        self._rows = []  # [due, link, conn, class, mti, stan, frame], in the order of arrival

    def arrived(self, link, conn, m, frame):
        # A terminal does one thing at a time: what it asked before does not matter any more.
        self.left(link)
        if m.cls in _BOUND and m.terminal and frame not in self.world.checks.writes:
            due = self.world.agenda.now_ms + _DEADLINE_MS + _GRACE_MS
            self._rows.append((due, link, conn, m.cls, m.mti, m.stan, frame))

    def left(self, link):
        self._rows = [row for row in self._rows if row[1] != link]

    def replied(self, conn, m):
        self._rows = [
            row for row in self._rows if row[2] != conn or row[4] + 10 != m.mti or row[5] != m.stan
        ]

    def written(self, frame):
        # Stored messages are answered in any case; the rest is the host's to answer.
        self._rows = [
            row for row in self._rows if row[6] != frame or row[3] == message.CLS_STORABLE
        ]

    def closed(self, conn):
        self._rows = [row for row in self._rows if row[2] != conn]

    def power_cut(self):
        self._rows = []

    def overdue(self):
        # -> the first request that was forgotten, or None.
        if self._rows and self._rows[0][0] < self.world.agenda.now_ms:
            return self._rows[0]
        return None
