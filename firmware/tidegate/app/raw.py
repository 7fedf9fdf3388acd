"""The journal as it lies in flash: the host reads it with the firmware's own code.

sectors FIRST COUNT      32 bytes of each sector
read NAME AT COUNT       bytes of a raw partition; of the keys partition never
"""

from tidegate.app.service import RAW_WORDS, Refused, text
from tidegate.compat import const

_SECTOR_BYTES = const(4096)
_HEADER_BYTES = const(32)
# Several copies of what is read exist for a moment, and room is scarce.
_READ_BYTES_MAX = const(512)


class Raw:
    def __init__(self, service):
        self._service = service

    def words(self):
        return dict(zip(RAW_WORDS.split(), (self.sectors, self.read)))

    def _device(self):
        if self._service.engine:
            return self._service.engine.journal.dev
        return self._service.port.journal_device()

    def sectors(self, first, count):
        device = self._device()
        total = device.ioctl(4, 0)
        if not (0 <= first < total and 0 < count <= _READ_BYTES_MAX // _HEADER_BYTES):
            raise Refused("the journal has %d sectors" % total)
        count = min(count, total - first)
        heads = bytearray(count * _HEADER_BYTES)
        for i in range(count):
            at = i * _HEADER_BYTES
            device.readblocks(first + i, memoryview(heads)[at : at + _HEADER_BYTES], 0)
        return [total, text(heads)]

    def read(self, name, at, count):
        if name != "journal":
            raise Refused("only the journal can be read")
        device = self._device()
        size = device.ioctl(4, 0) * _SECTOR_BYTES
        if not (0 <= at < size and 0 < count <= _READ_BYTES_MAX):
            raise Refused("at most %d bytes, within %d" % (_READ_BYTES_MAX, size))
        first, offset = at // _SECTOR_BYTES, at % _SECTOR_BYTES
        piece = bytearray(min(count, _SECTOR_BYTES - offset))
        device.readblocks(first, piece, offset)
        return text(piece)
