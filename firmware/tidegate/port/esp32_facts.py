"""What `tidegate doctor` wants to know of an ESP32 itself. Loaded when it asks."""

import os

import esp32
import machine

_CAUSES = {
    machine.PWRON_RESET: "power",
    machine.HARD_RESET: "reset",
    machine.WDT_RESET: "watchdog",
    machine.DEEPSLEEP_RESET: "deep sleep",
    machine.SOFT_RESET: "soft reset",
}


def facts(interface):
    # `interface` is the way to the network, None while it is off.
    stat = os.statvfs("/")
    return {
        "machine": os.uname().machine,
        "cause": _CAUSES.get(machine.reset_cause(), "unknown"),
        "partitions": _partitions(),
        "files_free_bytes": stat[0] * stat[3],
        "files_bytes": stat[0] * stat[2],
        "system_heap": [(block[1], block[2]) for block in esp32.idf_heap_info(esp32.HEAP_DATA)],
        "network": interface.facts() if interface else (),
    }


def _partitions():
    # Label, place and size in bytes.
    found = []
    for kind in (esp32.Partition.TYPE_APP, esp32.Partition.TYPE_DATA):
        for part in esp32.Partition.find(kind):
            _, _, at, size, label, _ = part.info()
            found.append((label, at, size))
    return found
