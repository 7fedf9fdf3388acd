"""Write firmware/package.json anew, which `mip install` reads. Run it after adding a module."""

import json
from pathlib import Path

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware"
NOT_ON_A_BOARD = {
    "tidegate/port/unix.py",
    "tidegate/port/unix_facts.py",
    "tidegate/proto/codec.py",
    "tidegate/proto/masking.py",
}


def main():
    paths = (path.relative_to(FIRMWARE).as_posix() for path in FIRMWARE.glob("tidegate/**/*.py"))
    names = sorted(name for name in paths if name not in NOT_ON_A_BOARD)
    package = {"urls": [[name, name] for name in names], "deps": [], "version": "0.1.0"}
    lines = json.dumps(package).replace('[["', '[\n    ["').replace('"], [', '"],\n    [')
    lines = lines.replace('"]], ', '"]\n], ')
    (FIRMWARE / "package.json").write_text(lines + "\n", encoding="utf-8")


main()
