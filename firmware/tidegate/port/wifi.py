"""Wi-Fi as a station. The network's name and key are in NVS, namespace "tidegate": `ssid`, `key`.

Without a name the radio stays off, and the board waits on its console.
"""

import esp32
import network

from tidegate.compat import const

_BLOB_BYTES = const(64)


class Wifi:
    def __init__(self):
        self._wlan = network.WLAN(network.STA_IF)

    def start(self):
        # Off first: connecting an interface that thinks it is connected changes nothing.
        self._wlan.active(False)
        ssid, key = _secret("ssid"), _secret("key")
        if ssid:
            self._wlan.active(True)
            self._wlan.connect(ssid, key)

    def up(self):
        return self._wlan.isconnected()

    def facts(self):
        # What `tidegate doctor` shows: kind, up, address, gateway, name server, signal in dBm.
        if not self._wlan.active():
            return ()
        address = self._wlan.ifconfig()
        signal = self._wlan.status("rssi") if self.up() else 0
        return (("wifi", self.up(), address[0], address[2], address[3], signal),)


def _secret(name):
    blob = bytearray(_BLOB_BYTES)
    try:
        length = esp32.NVS("tidegate").get_blob(name, blob)
    except OSError:
        return ""
    return bytes(blob[:length]).decode()
