"""An ESP32 that is not there: the serial loader in its ROM, on a pseudo-terminal, into a file.

It answers what the ROM answers and nothing more. Whatever else it is told is kept in `faults`,
and a test ends with `check()`. It is strict: sequence numbers, checksums, sizes, erased before
written, no command before its set-up.

The commands, their arguments and the registers are those of Espressif's "Serial Protocol" page
and the ESP32 Technical Reference Manual.
"""

import hashlib
import os
import pty
import re
import select
import struct
import threading
import tty
import zlib

from rom_chips import CHIPS, EFUSES

_END = 0xC0
_NO_ESCAPE = re.compile(rb"\xdb(?![\xdc\xdd])")
_SYNC = b"\x07\x07\x12\x20" + b"\x55" * 32
_BAD_MESSAGE, _FAILED, _BAD_CRC, _FLASH_WRITE = 0x05, 0x06, 0x07, 0x08


class Unplugged(Exception):
    """The cable is out."""


class Rom:
    """One chip. `flash` is its contents; at `unplug_at` of it the cable comes out."""

    def __init__(
        self, flash_bytes=4 << 20, encrypted=False, signed=False, mute=False, chip="esp32",
        secure_download=False,
    ):  # fmt: skip
        self._chip = CHIPS[chip]
        self._secured = encrypted, signed
        self._secure_download = secure_download
        self.flash = bytearray(b"\xff" * flash_bytes)
        self.mute = mute
        self.faults = []
        self.told = []  # names of the commands, in order
        self.unplug_at = None
        self.flash_id = 0x40EF | (flash_bytes.bit_length() - 1) << 16
        self._spi = dict.fromkeys(self._chip.spi_registers, 0)
        self._efuses = EFUSES[chip](encrypted, signed)
        self._attached = self._sized = False
        self._writing = None
        self._rest = b""
        self._console = None
        self.master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self._stop, self._stopper = os.pipe()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self):
        if self._stopper is not None:
            os.write(self._stopper, b"x")
            self._thread.join()
            for each in (self.master, self._slave, self._stop, self._stopper, self._console):
                if each is not None:
                    os.close(each)
            self._stopper = None

    def check(self):
        """Fail when anything was said that a ROM does not answer."""
        assert not self.faults, self.faults

    def hand_over(self, console):
        """The reset button: from now on the line is that of the terminal device `console`."""
        self._console = os.open(console, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._console)
        os.write(self._stopper, b"c")

    # The line.

    def _serve(self):
        try:
            while True:
                sources = [self.master, self._stop]
                sources += [] if self._console is None else [self._console]
                ready = select.select(sources, [], [])[0]
                if self._stop in ready and os.read(self._stop, 1) == b"x":
                    return
                if self.master in ready:
                    self._take(os.read(self.master, 65536))
                if self._console in ready:
                    os.write(self.master, os.read(self._console, 65536))
        except (OSError, Unplugged):
            pass
        except Exception as error:  # a fault of the stand-in must not look like a silent chip
            self.faults.append(repr(error))

    def _take(self, data):
        if self._console is not None:
            os.write(self._console, data)
            return
        self._rest += data
        while True:
            start = self._rest.find(_END)
            end = self._rest.find(_END, start + 1)
            if start < 0 or end < 0:
                return
            packet, self._rest = self._rest[start + 1 : end], self._rest[end + 1 :]
            if packet and not self.mute:
                self._packet(self._unslip(packet))

    def _unslip(self, packet):
        if _NO_ESCAPE.search(packet):
            self.faults.append("a wrong SLIP escape")
        return packet.replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb")

    def _send(self, op, value=0, data=b"", status=b"\0\0\0\0"):
        body = struct.pack("<BBHI", 1, op, len(data) + 4, value) + data + status
        body = body.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc")
        os.write(self.master, b"\xc0" + body + b"\xc0")

    # Commands.

    def _packet(self, packet):
        way, op, length, checksum = struct.unpack_from("<BBHI", packet)
        data = packet[8:]
        name = _COMMANDS.get(op)
        if way or length != len(data):
            self.faults.append(f"a packet of {len(data)} bytes that says {length}")
            return
        if name is None:
            self.faults.append(f"command {op:#x} is not one of this ROM")
            self._send(op, 0, b"", bytes((1, _BAD_MESSAGE, 0, 0)))
            return
        if self._secure_download and name in _SHUT:
            self._send(op, 0, b"", bytes((1, _BAD_MESSAGE, 0, 0)))
            return
        self.told.append(name)
        getattr(self, "_" + name)(op, data, checksum)

    def _refuse(self, op, why, code=_FAILED):
        self.faults.append(why)
        self._send(op, 0, b"", bytes((1, code, 0, 0)))

    def _sync(self, op, data, _):
        if data != _SYNC:
            self.faults.append("a sync with other bytes")
            return
        for _ in range(8):
            self._send(op, 0x20120707)

    def _read_reg(self, op, data, _):
        (at,) = struct.unpack("<I", data)
        for registers in (self._chip.plain, self._efuses, self._spi):
            if at in registers:
                self._send(op, registers[at])
                return
        self._refuse(op, f"register {at:#x} is not known here")

    def _write_reg(self, op, data, _):
        at, value, mask, _delay = struct.unpack("<IIII", data)
        if at in self._chip.loose:
            self._send(op)
            return
        if at not in self._spi:
            self._refuse(op, f"register {at:#x} is not to be written")
            return
        self._spi[at] = self._spi[at] & ~mask | value & mask
        if at == self._chip.spi and value & 1 << 18:
            self._spi_command()
        self._send(op)

    def _spi_command(self):
        chip = self._chip
        command = self._spi[chip.spi + chip.user + 8] & 0xFF
        # Read id, status, reset in two steps, and the table by which a flash tells what it is.
        table = 0xEF if self._spi[chip.spi + 4] else 0x50444653
        answers = {0x9F: self.flash_id, 0x05: 0, 0x35: 0, 0x15: 0, 0x66: 0, 0x99: 0, 0x5A: table}
        if command not in answers:
            self.faults.append(f"SPI command {command:#x} is not known here")
        self._spi[chip.spi + chip.buffer] = answers.get(command, 0)
        self._spi[chip.spi] = 0

    def _security(self, op, data, _):
        # Flags, count of the flash encryption, purposes of seven keys, chip, version of the ROM.
        if self._chip.number is None:
            self._send(op, 0, b"", bytes((1, _BAD_MESSAGE, 0, 0)))  # as the first ESP32 does
            return
        encrypted, signed = self._secured
        flags = int(signed) | self._secure_download << 2
        info = struct.pack("<IB7xII", flags, int(encrypted), self._chip.number, 0)
        self._send(op, 0, info)

    def _spi_attach(self, op, data, _):
        if len(data) != 8:
            self._refuse(op, "SPI attach wants eight bytes of the ROM")
            return
        self._attached = True
        self._send(op)

    def _set_params(self, op, data, _):
        _, size, block, sector, page, _mask = struct.unpack("<IIIIII", data)
        if (block, sector, page) != (65536, 4096, 256) or size > len(self.flash):
            self._refuse(op, f"SPI parameters of {size} bytes")
            return
        self._sized = True
        self._send(op)

    def _change_baud(self, op, data, _):
        baud, old = struct.unpack("<II", data)
        if old or not 9600 <= baud <= 921600:
            self._refuse(op, f"{baud} baud, from {old}")
            return
        self._send(op)

    def _begin(self, op, data, _, packed=False):
        # Later chips are also told whether they shall encrypt what they write.
        words = 4 if self._chip.number is None else 5
        if len(data) != 4 * words or any(data[16:]):
            self._refuse(op, f"a write that begins with {len(data)} bytes")
            return
        size, blocks, block_bytes, at = struct.unpack_from("<IIII", data)
        if not (self._attached and self._sized):
            self._refuse(op, "a write before the flash is attached and its size is told")
        elif at % 4096 or block_bytes != 0x400 or at + size > len(self.flash):
            self._refuse(op, f"a write of {size} bytes at {at:#x}")
        else:
            end = (at + size + 4095) // 4096 * 4096
            self.flash[at:end] = b"\xff" * (end - at)
            unpack = zlib.decompressobj() if packed else None
            announced = size if packed else blocks * block_bytes  # the last block is filled up
            self._writing = [at, at + announced, blocks, 0, unpack]
            self._send(op)

    def _deflate_begin(self, op, data, checksum):
        self._begin(op, data, checksum, True)

    def _data(self, op, data, checksum):
        length, seq, _, _ = struct.unpack_from("<IIII", data)
        body = data[16:]
        total = _folded(body) ^ 0xEF
        if self._writing is None or length != len(body) or seq != self._writing[3]:
            self._refuse(op, f"block {seq} out of turn")
            return
        if total != checksum:
            self._refuse(op, "a wrong checksum", _BAD_CRC)
            return
        at, end, blocks, done, unpack = self._writing
        body = unpack.decompress(body) if unpack else body
        if self.unplug_at is not None and at + len(body) > self.unplug_at:
            self._unplug()
        if done >= blocks or at + len(body) > end:
            self._refuse(op, "more than was announced", _FLASH_WRITE)
            return
        if self.flash[at : at + len(body)].strip(b"\xff"):
            self.faults.append(f"a write at {at:#x} that was not erased")
        self.flash[at : at + len(body)] = body
        self._writing = [at + len(body), end, blocks, done + 1, unpack]
        self._send(op)

    def _unplug(self):
        os.close(self.master)
        self.master = os.open(os.devnull, os.O_RDWR)
        raise Unplugged

    def _finish(self, op, _data, _checksum):
        self._send(op)

    def _md5(self, op, data, _):
        at, size, _, _ = struct.unpack("<IIII", data)
        digest = hashlib.md5(self.flash[at : at + size], usedforsecurity=False).hexdigest()
        self._send(op, 0, digest.encode())

    def _read_slow(self, op, data, _):
        at, size = struct.unpack("<II", data)
        if size > 64 or not self._attached:
            self._refuse(op, f"a read of {size} bytes")
            return
        self._send(op, 0, bytes(self.flash[at : at + size]).ljust(64, b"\0"))


def _folded(data):
    """All bytes of some data, one exclusive or."""
    number, length = int.from_bytes(data, "big"), len(data)
    while length > 1:
        length = (length + 1) // 2
        number = number >> 8 * length ^ number & (1 << 8 * length) - 1
    return number


_COMMANDS = {
    0x02: "begin", 0x03: "data", 0x04: "finish", 0x08: "sync", 0x09: "write_reg",
    0x0A: "read_reg", 0x0B: "set_params", 0x0D: "spi_attach", 0x0E: "read_slow",
    0x0F: "change_baud", 0x10: "deflate_begin", 0x11: "data", 0x12: "finish", 0x13: "md5",
    0x14: "security",
}  # fmt: skip
# In secure download mode nothing can be read, neither flash nor registers.
_SHUT = ("read_reg", "write_reg", "read_slow", "md5")
