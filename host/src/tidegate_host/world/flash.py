"""NOR flash in memory: programming only clears bits, erasing sets a sector, and power can fail.

The block-device protocol of MicroPython, with unaligned programs. It counts what it does, and
it can lose its power at any operation, in one of the ways that real flash does. Runs under
MicroPython too, so that a world is the same there.
"""

SECTOR_BYTES = 4096

# What a cut leaves of the operation that it hits.
NOTHING = "nothing"
HALF = "half"  # the first half is done
TORN = "torn"  # the first half is done, and some bits of the byte after it
ALL = "all"  # it is complete, but nobody was told
SCATTERED = "scattered"  # every bit on its own, done or not
FAR_END = "far-end"  # the second half is done
MARGINAL = "marginal"  # complete, but a few bits read now so, now so
MODES = (NOTHING, HALF, TORN, ALL, SCATTERED, FAR_END, MARGINAL)


_WEAK_BITS = 3  # one alone would be put right by its CRC every time


class PowerCut(Exception):
    """The supply is gone: nobody may catch this but who holds the plug."""


class Flash:
    """`sectors` of 4096 bytes; blank unless `image` (bytes of that size) is given.

    `cut(after, mode, seed)` arms the plug: the operation number `after` (0 = the next program or
    erase) is hit, and everything after it raises PowerCut until `power_on()`.
    """

    def __init__(self, sectors, image=None):
        self.sectors = sectors
        self.data = bytearray(image) if image else _blank(sectors)
        self.operations = 0
        self.reads = 0
        self.programmed_bytes = 0
        self.erases = 0
        self.bad = []  # sectors that can be neither programmed nor erased
        self.fail_in = -1  # this many programs from now, one fails half way with an OSError
        self.unstable = []  # [address, mask] of bits that cannot make up their mind
        self._random = 1
        self.power_on()

    def power_on(self):
        """The power is back; what is armed is forgotten, the contents stay."""
        self._dead = False
        self._cut_at = -1
        self._mode = ALL
        self._bytes = -1

    def cut(self, after, mode, seed=1, byte=-1):
        """Lose power at operation `after` from now; `byte`: exactly so many bytes are done."""
        self._cut_at = self.operations + after
        self._mode = mode
        self._bytes = byte
        self._random = seed * 2654435761 % 0x7FFFFFFF or 1

    def flip(self, address, bit):
        """One bit rots."""
        self.data[address] ^= 1 << bit

    def _draw(self):
        # Lehmer's generator: the same numbers on every interpreter.
        self._random = self._random * 48271 % 0x7FFFFFFF
        return self._random >> 8

    def readblocks(self, block, buf, off=0):
        """Read len(buf) bytes at `off` in `block`."""
        if self._dead:
            raise PowerCut
        self.reads += 1
        start = block * SECTOR_BYTES + off
        buf[:] = self.data[start : start + len(buf)]
        if self.unstable:
            self._waver(start, buf)

    def _waver(self, start, buf):
        for row in self.unstable:
            at = row[0] - start
            if 0 <= at < len(buf) and self._draw() & 1:
                buf[at] ^= row[1]

    def writeblocks(self, block, buf, off=None):
        """Program len(buf) bytes at `off`; without `off`, erase the block first."""
        if off is None:
            self.ioctl(6, block)
            off = 0
        start = block * SECTOR_BYTES + off
        if start + len(buf) > len(self.data):
            raise OSError(22)
        hit = self._begins()
        if block in self.bad:
            raise OSError(5)
        if self.fail_in >= 0:
            self.fail_in -= 1
            if self.fail_in < 0:
                self._program(start, buf, len(buf) // 2)
                raise OSError(5)
        self.programmed_bytes += len(buf)
        if hit:
            self._tear_program(start, buf)
            raise PowerCut
        self._program(start, buf, len(buf))

    def ioctl(self, op, arg):
        """MicroPython's block protocol: 4 counts blocks, 5 tells their size, 6 erases one."""
        if op == 4:
            return self.sectors
        if op == 5:
            return SECTOR_BYTES
        if op == 6:
            hit = self._begins()
            if arg in self.bad:
                raise OSError(5)
            self.erases += 1
            self._erase(arg, self._mode if hit else ALL, hit)
            if hit:
                raise PowerCut
        return 0

    def _begins(self):
        if self._dead:
            raise PowerCut
        hit = self.operations == self._cut_at
        self._dead = hit
        self.operations += 1
        return hit

    def _program(self, start, buf, count, keep=0):
        # `keep`: a mask of the last byte's bits that are not programmed.
        if not count:
            return
        old = int.from_bytes(self.data[start : start + count], "little")
        new = int.from_bytes(bytes(buf[:count]), "little") | keep << 8 * (count - 1)
        self.data[start : start + count] = (old & new).to_bytes(count, "little")
        self._settle(start, buf, count)

    def _settle(self, start, buf, count):
        # Programming a zero again makes an unstable bit firm.
        for row in [r for r in self.unstable if start <= r[0] < start + count]:
            if not buf[row[0] - start] & row[1]:
                self.unstable.remove(row)

    def _tear_program(self, start, buf):
        mode, count = self._mode, len(buf)
        if self._bytes >= 0:
            self._program(start, buf, min(self._bytes, count))
        elif mode == HALF:
            self._program(start, buf, count // 2)
        elif mode == TORN:
            self._program(start, buf, count // 2)
            if count // 2 < count:
                self._program(start + count // 2, buf[count // 2 :], 1, self._draw() & 255)
        elif mode == SCATTERED:
            for i in range(count):
                self._program(start + i, buf[i : i + 1], 1, self._draw() & 255)
        elif mode == FAR_END:
            self._program(start + count // 2, buf[count // 2 :], count - count // 2)
        elif mode == ALL:
            self._program(start, buf, count)
        elif mode == MARGINAL:
            self._weaken_program(start, buf)

    def _weaken_program(self, start, buf):
        cleared = [
            (start + i, bit)
            for i in range(len(buf))
            for bit in range(8)
            if self.data[start + i] & ~buf[i] & 1 << bit
        ]
        self._program(start, buf, len(buf))
        for _ in range(min(_WEAK_BITS, len(cleared))):
            at, bit = cleared.pop(self._draw() % len(cleared))
            self.unstable.append([at, 1 << bit])

    def _erase(self, sector, mode, hit):
        start, end = sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES
        middle = start + SECTOR_BYTES // 2
        blank = b"\xff" * SECTOR_BYTES
        if mode == NOTHING:
            return
        if mode in (HALF, TORN):
            end = middle
        elif mode == FAR_END:
            start = middle
        if hit and mode == SCATTERED:
            for i in range(start, end):
                self.data[i] |= self._draw() & 255
            return
        if hit and mode == TORN and end < len(self.data):
            self.data[end] |= self._draw() & 255
        weak = self._weaken_erase(start, end) if hit and mode == MARGINAL else []
        self.data[start:end] = blank[: end - start]
        self.unstable = [r for r in self.unstable if not start <= r[0] < end]
        self.unstable += weak

    def _weaken_erase(self, start, end):
        weak = []
        for _ in range(_WEAK_BITS):
            at = start + self._draw() % (end - start)
            cleared = ~self.data[at] & 255
            if cleared:
                weak.append([at, cleared & -cleared])
        return weak


def _blank(sectors):
    # Filled in place: a board's heap may not have room for two of them.
    data = bytearray(sectors * SECTOR_BYTES)
    ones = b"\xff" * SECTOR_BYTES
    for start in range(0, len(data), SECTOR_BYTES):
        data[start : start + SECTOR_BYTES] = ones
    return data
