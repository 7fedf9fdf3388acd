"""Virtual time: what happens when, in one order, and what has happened, as a digest and a trail.

Nothing sleeps and nothing reads a clock. Two things at the same millisecond happen in the order in
which they were asked for.
"""

import heapq
from binascii import crc32

_TRAIL_MAX = 30


class Agenda:
    def __init__(self):
        self.now_ms = 0
        self.events = 0
        self.digest = 0
        self._order = 0
        self._due = []
        self._trail = []

    def at(self, ms, call, *values):
        # `ms` from the beginning of the world; never earlier than now.
        self._order += 1
        heapq.heappush(self._due, (max(ms, self.now_ms), self._order, call, values))

    def after(self, ms, call, *values):
        self.at(self.now_ms + ms, call, *values)

    def run(self, until_ms, checked):
        # `checked` is called after every event.
        due = self._due
        while due and due[0][0] <= until_ms:
            self.now_ms, _, call, values = heapq.heappop(due)
            self.events += 1
            call(*values)
            checked()
        self.now_ms = until_ms

    def note(self, what, a=0, b=0, c=0):
        # One thing that happened: it goes into the digest, and the newest can be told.
        self.digest = crc32(b"%d %s %d %d %d" % (self.now_ms, what, a, b, c), self.digest)
        trail = self._trail
        trail.append((self.now_ms, what, a, b, c))
        if len(trail) > 4 * _TRAIL_MAX:
            self._trail = trail[-_TRAIL_MAX:]

    def trail(self):
        return self._trail[-_TRAIL_MAX:]
