"""`make code`: the linked firmware in build/code, for boards that keep their code in flash.

The sources are for a build of MicroPython with Tidegate frozen into it (firmware/manifest.py), and
romfs.bin is for one that has ROMFS: `mpremote romfs deploy build/code/romfs.bin`.
"""

import shutil
import sys
from pathlib import Path

from tidegate_host import paths
from tidegate_host.image import compiling, romfs
from tidegate_host.image.linking import LinkError, link

BUILD = Path(__file__).resolve().parents[2] / "build"


def main():
    target = BUILD / "code"
    try:
        linked = link(paths.firmware_root())
        image = romfs.pack(compiling.build(BUILD))
    except (LinkError, compiling.CompileError) as problem:
        sys.exit(f"code: {problem}")
    shutil.rmtree(target, ignore_errors=True)
    for path, text in linked.texts.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_text(text, "utf-8")
    (target / "romfs.bin").write_bytes(image)
    print(f"code: {len(linked.texts)} files and romfs.bin ({len(image)} bytes) in build/code")


main()
