"""Ethernet: a LAN8720 on the chip's own MAC, wired as `ethernet` in board.json says: `phy_addr`,
`mdc`, `mdio` and, where it is switched, `power`.
"""

import machine
import network


class Ethernet:
    def __init__(self, settings):
        pins = {
            name: machine.Pin(settings[name])
            for name in ("mdc", "mdio", "power")
            if name in settings
        }
        # The chip has one MAC, and this object is the only one that is ever made of it. The stubs
        # describe another port's LAN.
        self._lan = network.LAN(  # type: ignore
            phy_type=network.PHY_LAN8720,  # type: ignore
            phy_addr=settings["phy_addr"],  # type: ignore
            **pins,
        )

    def start(self):
        # Off first: that also lets go of an address that is of no use.
        if self._lan.active():
            self._lan.active(False)
        self._lan.active(True)

    def up(self):
        return self._lan.isconnected()  # type: ignore

    def facts(self):
        address = self._lan.ifconfig()  # type: ignore
        return (("ethernet", self.up(), address[0], address[2], address[3], 0),)
