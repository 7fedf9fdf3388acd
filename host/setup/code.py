"""`make code`: the linked firmware in build/code, for who installs it without `tidegate flash`.

    the sources       for a build of MicroPython with Tidegate frozen into it, firmware/manifest.py
    romfs.bin         for one that has ROMFS: mpremote romfs deploy build/code/romfs.bin
    mip/package.json  for a stock image on a board with PSRAM, whose heap has room for the code:
                      mpremote mip install --target / build/code/mip/package.json

The sources in firmware/ are for reading: unlinked, they fit no board. What comes from here has no
partitions, keys and configuration yet; a board that has them not says so on its console.
"""

import json
import shutil
import sys
from importlib import metadata
from pathlib import Path

from tidegate_host.device import package
from tidegate_host.image import compiling, romfs
from tidegate_host.image.linking import LinkError

BUILD = Path(__file__).resolve().parents[2] / "build"


def main():
    target = Path(sys.argv[1]) if sys.argv[1:] else BUILD / "code"
    try:
        linked, _ = compiling.sources()
        made = compiling.build(BUILD)
    except (LinkError, compiling.CompileError) as problem:
        sys.exit(f"code: {problem}")
    shutil.rmtree(target, ignore_errors=True)
    for path, text in linked.texts.items():
        write(target / path, text.encode())
    image = romfs.pack(made)
    write(target / "romfs.bin", image)
    modules = for_mip(made, target / "mip")
    print(f"code: {len(linked.texts)} sources, romfs.bin ({len(image)} bytes), {modules} for mip")


def for_mip(made, folder):
    """Write what mip installs, and the list that it reads; return how many files."""
    files = package.firmware(made, "esp32")
    files["main.py"] = (made / "main.py").read_bytes()
    for name, data in files.items():
        write(folder / name, data)
    version = metadata.version("tidegate")
    listed = {"urls": [[name, name] for name in sorted(files)], "deps": [], "version": version}
    write(folder / "package.json", json.dumps(listed, indent=1).encode())
    return len(files)


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


main()
