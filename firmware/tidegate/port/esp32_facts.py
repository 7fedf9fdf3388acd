"""What `tidegate doctor` wants to know of an ESP32 itself. Loaded when it asks."""

import os

import esp32
import machine
import network

_CAUSES = {
    machine.PWRON_RESET: "power",
    machine.HARD_RESET: "reset",
    machine.WDT_RESET: "watchdog",
    machine.DEEPSLEEP_RESET: "deep sleep",
    machine.SOFT_RESET: "soft reset",
}


def facts():
    stat = os.statvfs("/")
    return {
        "machine": os.uname().machine,
        "cause": _CAUSES.get(machine.reset_cause(), "unknown"),
        "partitions": _partitions(),
        "files_free_bytes": stat[0] * stat[3],
        "files_bytes": stat[0] * stat[2],
        "system_heap": [(block[1], block[2]) for block in esp32.idf_heap_info(esp32.HEAP_DATA)],
        "network": _network(),
    }


def _partitions():
    # Label, place and size in bytes.
    found = []
    for kind in (esp32.Partition.TYPE_APP, esp32.Partition.TYPE_DATA):
        for part in esp32.Partition.find(kind):
            _, _, at, size, label, _ = part.info()
            found.append((label, at, size))
    return found


def _network():
    found = []
    wlan = network.WLAN(network.STA_IF)
    if wlan.active():
        address = wlan.ifconfig()
        signal = wlan.status("rssi") if wlan.isconnected() else 0
        found.append(("wifi", wlan.isconnected(), address[0], address[2], address[3], signal))
    return found
