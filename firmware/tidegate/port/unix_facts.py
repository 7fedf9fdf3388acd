"""What `tidegate doctor` wants to know of a virtual board. Loaded when it asks."""

import os
import sys


def facts():
    stat = os.statvfs(".")
    return {
        "machine": sys.implementation._machine,  # type: ignore
        "cause": "",
        "partitions": [(name, 0, os.stat(_place(name))[6]) for name in ("flash.bin", "keys.bin")],
        "files_free_bytes": stat[0] * stat[3],
        "files_bytes": stat[0] * stat[2],
        "system_heap": [],
        # The machine's own network is always there.
        "network": [("host", True, "127.0.0.1", "", "", 0)],
    }


def _place(name):
    return (os.getenv("TIDEGATE_ROOT") or "") + name
