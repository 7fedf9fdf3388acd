"""Chance from a seed: the same numbers on every machine, in integers of 30 bits.

Two multiply-with-carry generators of 15 bits each (Marsaglia); both multipliers make a * 2**15 - 1
a safe prime, so each has a period near 2**29. Every part of a world draws from a stream of its
own: switching one part off leaves the chance of all others as it was.
"""

from binascii import crc32

_A = 32760
_B = 32730


class Prng:
    def __init__(self, seed, stream):
        mixed = crc32(b"%d/%s" % (seed, stream.encode()))
        self._a = 1 + mixed % (_A * 32768 - 2)
        self._b = 1 + crc32(b"%d" % mixed) % (_B * 32768 - 2)
        for _ in range(8):
            self.bits15()

    def bits15(self):
        self._a = _A * (self._a & 0x7FFF) + (self._a >> 15)
        self._b = _B * (self._b & 0x7FFF) + (self._b >> 15)
        return (self._a ^ self._b) & 0x7FFF

    def below(self, n):
        # 0 .. n - 1
        if n <= 32768:
            return self.bits15() * n >> 15
        return (self.bits15() << 15 | self.bits15()) % n

    def between(self, low, high):
        # Both ends are included.
        return low + self.below(high - low + 1)

    def chance(self, per_mille):
        return self.below(1000) < per_mille

    def pick(self, row):
        return row[self.below(len(row))]

    def weighted(self, rows):
        # Rows of (weight, value).
        total = 0
        for weight, _ in rows:
            total += weight
        at = self.below(total)
        for weight, value in rows:
            at -= weight
            if at < 0:
                return value
        raise ValueError("no weights")

    def data(self, count):
        return bytes([self.bits15() & 255 for _ in range(count)])
