"""The bridge's flash under watch: no secret reaches it (M6), it ages as flash does, and to use it
takes memory, of which there may be none left."""

from tidegate_host.world import faults
from tidegate_host.world.flash import SECTOR_BYTES, Flash

# Every card of a world has these digits in its middle, packed and as text; every PIN block begins
# so. Masked cards keep neither.
CARD_MIDDLE = "99770077"
PIN_BLOCK = "A1B2C3D4E5F60718"
_SECRETS = (bytes.fromhex(CARD_MIDDLE), CARD_MIDDLE.encode(), bytes.fromhex(PIN_BLOCK[:10]))
_BAD_MAX = 2


class Watched(Flash):
    def __init__(self, world, sectors):
        Flash.__init__(self, sectors)
        self.world = world
        self.flipped = False
        self.uses = -1  # it can be used so many times more before memory has run out; -1: for ever

    def _take_memory(self):
        if self.uses >= 0:
            self.uses -= 1
            if self.uses < 0:
                raise MemoryError

    def readblocks(self, block, buf, off=0):
        self._take_memory()
        Flash.readblocks(self, block, buf, off)

    def ioctl(self, op, arg):
        self._take_memory()
        return Flash.ioctl(self, op, arg)

    def writeblocks(self, block, buf, off=None):
        self._take_memory()
        data = bytes(buf)
        for secret in _SECRETS:
            if secret in data:
                self.world.checks.fail("M6", "a secret in sector %d" % block)
        Flash.writeblocks(self, block, buf, off)

    def age(self, prng, chances):
        # Now and then something breaks for good, or once.
        if chances.hit(faults.PROGRAM_FAILS):
            self.fail_in = prng.below(20)
        if len(self.bad) < _BAD_MAX and chances.hit(faults.SECTOR_DIES):
            self.bad.append(prng.below(self.sectors))
        if not self.flipped and chances.hit(faults.BIT_FLIPS):
            self.flipped = True
            self.flip(prng.below(self.sectors * SECTOR_BYTES), prng.below(8))
