"""What an image holds that nobody else should read: the network's password, the keys.

Both come from files or the environment and are never printed. The same files give the same bytes.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tidegate.journal.keys import KeyStore
from tidegate.journal.ring import JournalError
from tidegate_host.device.files import write_private
from tidegate_host.world.flash import Flash

KEYS_BYTES = 8192
_NVS_SPACE = "tidegate"
_TEXT_BYTES_MAX = 63


class SecretError(ValueError):
    """A secret that cannot be used; the text never holds it."""


def nvs(ssid: str, password: str, size: int) -> bytes:
    """The `nvs` partition that `port/esp32` reads: `ssid` and `key` as blobs. Blank without."""
    if not ssid:
        return b"\xff" * size
    rows = [("key", "type", "encoding", "value"), (_NVS_SPACE, "namespace", "", "")]
    for name, text in (("ssid", ssid), ("key", password)):
        data = text.encode()
        if len(data) > _TEXT_BYTES_MAX:
            raise SecretError(f"the network's {name} has more than {_TEXT_BYTES_MAX} bytes")
        if data:
            rows.append((name, "data", "hex2bin", data.hex()))
    with tempfile.TemporaryDirectory() as folder:
        table, made = Path(folder, "nvs.csv"), Path(folder, "nvs.bin")
        write_private(table, "\n".join(map(",".join, rows)).encode() + b"\n")
        words = ("generate", str(table), str(made), hex(size))
        command = [sys.executable, "-m", "esp_idf_nvs_partition_gen", *words]
        done = subprocess.run(command, capture_output=True)
        if done.returncode or not made.exists():
            raise SecretError("esp_idf_nvs_partition_gen failed to make the nvs partition")
        return made.read_bytes()


def keys(path: Path | None) -> bytes:
    """The `keys` partition in a file, which is made when it is not there.

    Without a file it is blank, and the board makes its own keys at its first start.
    """
    if path is None:
        return b"\xff" * KEYS_BYTES
    if not path.exists():
        flash = Flash(KEYS_BYTES // 4096)
        KeyStore(flash).create(os.urandom)
        write_private(path, bytes(flash.data))
    image = path.read_bytes()
    console_key(image, str(path))
    return image


def console_key(image: bytes, where: str) -> bytes:
    """The console key in a keys partition. Raises SecretError when there is none."""
    store = KeyStore(Flash(KEYS_BYTES // 4096, image.ljust(KEYS_BYTES, b"\xff")))
    try:
        store.load()
    except JournalError:
        raise SecretError(f"{where} holds no keys, or they are damaged") from None
    return bytes(store.card_key and store.console_key)
