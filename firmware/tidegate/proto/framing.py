"""Frames out of a stream of bytes, however it arrives, and around a payload on its way out.

Two ways of framing (a payload is TPDU, header and message):
  len2  two bytes of length, high byte first, then the payload                              (TCP)
  stx   02, length as four BCD digits, payload, 03, LRC: exclusive or of all after the 02  (serial)

The reader reads into writable(), tells advance(), and takes payloads from next() until it gives
None. A payload is a view that is valid until the next writable(). What cannot be a frame is
skipped a byte at a time and counted as garbage; with a TPDU its id byte makes that decision much
surer. A frame that stays incomplete is the caller's to time out: drop_partial().

Nearly all frames are short, so a framer can do with a small buffer of its own and borrow one for a
long frame, from a `LongBuffer` that many share. While somebody else has it, a long frame counts as
oversize: the peer hears nothing and asks again.

Cost: each call of next() continues where the last one stopped, and bytes are moved only when the
slack behind the longest frame is used up, so a frame that comes byte by byte costs little more
than one that comes whole.
"""

from tidegate.compat import const

PAYLOAD_BYTES_MAX = const(2048)  # the packet buffer of common terminals

_SLACK = const(256)
_OWN_BYTES = const(768)  # of a framer that can borrow
_TPDU_ID = const(0x60)
_LEAST = const(10)  # a message type and a bitmap
_STX = const(2)
_ETX = const(3)


class LongBuffer:
    # Room for one frame of the longest kind; whoever receives one has it until the frame is done.
    def __init__(self, buffer_bytes=PAYLOAD_BYTES_MAX):
        self.view = memoryview(bytearray(buffer_bytes + _SLACK))
        self.holder = None


class Len2Framer:
    # Also the machinery of the other one. Between _start and _filled lie the bytes that are not
    # yet used up.
    _head = 2  # bytes in front of the payload
    _tail = 0  # and behind it

    def __init__(self, buffer_bytes=PAYLOAD_BYTES_MAX, tpdu_bytes=5, long=None):
        self.garbage_bytes = 0
        self.oversize = 0
        self.lrc_errors = 0
        self.length_errors = 0
        self._most = buffer_bytes
        self._tpdu_bytes = tpdu_bytes
        size = buffer_bytes + self._head + self._tail + _SLACK
        self._long = long
        self._own = self._view = memoryview(bytearray(_OWN_BYTES if long else size))
        self._start = 0
        self._filled = 0
        self._lost = False  # whether garbage was the last thing seen

    def writable(self):
        # Never empty: a frame of the longest kind fits behind any start within the slack.
        view = self._view
        if self._start == self._filled:
            self._start = self._filled = 0
        elif self._start >= _SLACK or self._filled == len(view):
            rest = self._filled - self._start
            view[:rest] = view[self._start : self._filled]
            self._start = 0
            self._filled = rest
        return view[self._filled :]

    def advance(self, count):
        self._filled += count

    @property
    def partial(self):
        # Bytes of a frame that is still on its way.
        return self._filled - self._start

    def drop_partial(self):
        # The rest is not coming: what is there counts as garbage.
        self.garbage_bytes += self._filled - self._start
        self._start = self._filled = 0
        self._return()

    def next(self):
        view = self._view
        while self._filled - self._start >= self._head:
            start = self._start
            length = self._length(view, start)
            if length < 0:
                self._skip(1)
                continue
            if self._tpdu_bytes:
                if self._filled - start == self._head:
                    return None
                if view[start + self._head] != _TPDU_ID:
                    self._skip(1)
                    continue
            if length > self._most or not self._has_room(length):
                if not self._lost:
                    self.oversize += 1
                self._skip(1)
                continue
            view = self._view
            start = self._start
            first = start + self._head
            if self._filled < first + length + self._tail:
                return None
            wrong = self._wrong_tail(view, first, length)
            if wrong:
                self._skip(wrong)
                continue
            self._lost = False
            self._start = first + length + self._tail
            return view[first : first + length]
        if self._start == self._filled:
            self._return()
        return None

    def _has_room(self, length):
        # A long frame moves to the long buffer, if nobody else has it.
        if self._head + length + self._tail <= len(self._view):
            return True
        long = self._long
        if long is None or long.holder:
            return False
        long.holder = self
        rest = self._filled - self._start
        long.view[:rest] = self._view[self._start : self._filled]
        self._view = long.view
        self._start = 0
        self._filled = rest
        return True

    def _return(self):
        if self._long and self._long.holder is self:
            self._view = self._own
            self._long.holder = None
            self._start = self._filled = 0

    def _skip(self, count):
        self.garbage_bytes += count
        self._start += count
        self._lost = True

    def _length(self, view, at):
        length = view[at] << 8 | view[at + 1]
        if length < self._tpdu_bytes + _LEAST:
            if not self._lost:
                self.length_errors += 1
            return -1
        return length

    def _wrong_tail(self, view, first, length) -> int:
        return 0

    def wrap_into(self, payload, out):
        length = len(payload)
        if length > self._most:
            raise ValueError(f"payload of {length} bytes is too long")
        out[0] = length >> 8
        out[1] = length & 255
        out[2 : 2 + length] = payload
        return 2 + length


class StxFramer(Len2Framer):
    _head = 3
    _tail = 2

    def _length(self, view, at):
        if view[at] != _STX:
            return -1
        length = 0
        for byte in view[at + 1 : at + 3]:
            if byte > 0x99 or byte & 15 > 9:
                length = 0
                break
            length = length * 100 + byte - 6 * (byte >> 4)
        if length < self._tpdu_bytes + _LEAST:
            if not self._lost:
                self.length_errors += 1
            return -1
        return length

    def _wrong_tail(self, view, first, length):
        # Returns how much to skip, 0 when all is well. A 03 in its place makes the start a true
        # one: then the whole frame goes, so that no byte is summed up twice.
        end = first + length
        if view[end] != _ETX:
            self.length_errors += 1
            return 1
        if view[end + 1] != _lrc(view[first - 2 : end + 1]):
            self.lrc_errors += 1
            return end + 2 - self._start
        return 0

    def wrap_into(self, payload, out):
        length = len(payload)
        if length > self._most:
            raise ValueError(f"payload of {length} bytes is too long")
        out[0] = _STX
        out[1] = length // 1000 << 4 | length // 100 % 10
        out[2] = length // 10 % 10 << 4 | length % 10
        end = 3 + length
        out[3:end] = payload
        out[end] = _ETX
        out[end + 1] = _lrc(memoryview(out)[1 : end + 1])
        return end + 2


def _lrc(view):
    value = 0
    for byte in view:
        value ^= byte
    return value


def framer(name, buffer_bytes=PAYLOAD_BYTES_MAX, tpdu_bytes=5, long=None):
    # Raises KeyError for a framing that does not exist.
    return {"len2": Len2Framer, "stx": StxFramer}[name](buffer_bytes, tpdu_bytes, long)
