"""What differs between the ROMs of the chips: registers, eFuses, and what the chip says it is.

Addresses and meanings are those of Espressif's Technical Reference Manuals ("eFuse Controller",
"SPI Controller", "RTC", "UART"); each table has what a loader may ask for, and nothing more.
"""

from dataclasses import dataclass, field

_MAC = bytes.fromhex("240ac4010203")


@dataclass(frozen=True)
class RomChip:
    """`spi` is where the flash controller is; `user` the first of its five registers in a row."""

    spi: int
    user: int
    buffer: int
    plain: dict = field(default_factory=dict)  # register -> what it reads as
    number: int | None = None  # the chip id in its security info; the first ESP32 has none
    loose: tuple = ()  # registers that may be written, and nothing comes of it here

    @property
    def spi_registers(self):
        row = range(self.user, self.user + 20, 4)
        return {self.spi + at for at in (0x00, 0x04, self.buffer, *row)}


def _word(data):
    return int.from_bytes(data, "big")


def _esp32_efuses(encrypted, signed):
    words = dict.fromkeys(range(0x1A), 0)
    words[0] = 1 << 20 if encrypted else 0
    words[1], words[2] = _word(_MAC[2:]), _word(_MAC[:2])
    words[3] = 1 << 15 | 1 << 9
    words[4] = 128  # frequency of the 8 MHz clock
    words[5] = 1 << 20
    words[6] = signed << 4
    return {0x3FF5A000 + 4 * n: value for n, value in words.items()}


def _later_efuses(base):
    # Block 0 from 0x2C on, block 1 from 0x44, which begins with the address of the radio.
    def burnt(encrypted, signed):
        words = dict.fromkeys(range(base + 0x2C, base + 0x7C, 4), 0)
        words[base + 0x34] = 1 << 18 if encrypted else 0
        words[base + 0x38] = 1 << 20 if signed else 0
        words[base + 0x44], words[base + 0x48] = _word(_MAC[2:]), _word(_MAC[:2])
        return words

    return burnt


CHIPS = {
    "esp32": RomChip(
        0x3FF42000, 0x1C, 0x80,
        {
            0x40001000: 0x00F01D83,  # a word of the ROM by which the chip is known
            0x3FF6607C: 0x96042000,  # date of the APB controller; bit 31: revision 3
            0x3FF40014: 0x15B,  # clock divider of UART 0: 40 MHz / 115200
            0x3FF5F06C: 800 << 7,  # the 8 MHz clock as measured against the crystal
            0x3FF48074: 0,  # SDIO voltage: not overridden
            0x3FF44038: 0x13,  # strapping pins: 3.3 V
        },
    ),
    "esp32c3": RomChip(0x60002000, 0x18, 0x58, number=5),
    # The strapping pins, and the register that would hold it in download mode after a reset.
    "esp32s3": RomChip(0x60002000, 0x18, 0x58, {0x60004038: 1 << 3}, 9, (0x6000812C,)),
}  # fmt: skip
EFUSES = {
    "esp32": _esp32_efuses,
    "esp32c3": _later_efuses(0x60008800),
    "esp32s3": _later_efuses(0x60007000),
}
