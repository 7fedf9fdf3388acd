"""`make code`: what it makes for mip is what a board loads, and mpremote can install it."""

import subprocess
import sys

from mpremote import mip

from sources import ROOT
from tidegate_host.device import package
from tidegate_host.image import compiling


class Folder:
    """A board's file system for mpremote's installer."""

    def __init__(self, root):
        self.root = root

    def fs_exists(self, path):
        return (self.root / path.lstrip("/")).exists()

    def fs_mkdir(self, path):
        (self.root / path.lstrip("/")).mkdir()

    def fs_writefile(self, path, data, progress_callback=None):
        (self.root / path.lstrip("/")).write_bytes(data)


def test_mip_installs_what_a_board_loads(tmp_path):
    script = ROOT / "host" / "setup" / "code.py"
    subprocess.run([sys.executable, script, tmp_path / "code"], check=True, capture_output=True)
    board = tmp_path / "board"
    board.mkdir()
    listed = tmp_path / "code" / "mip" / "package.json"
    mip._install_package(Folder(board), str(listed), "", "", None, True)
    made = compiling.build(ROOT / "build")
    assert package.modules(board) == package.firmware(made, "esp32")
    assert (board / "main.py").read_bytes() == (made / "main.py").read_bytes()
    there = {path.stem for path in (board / "tidegate" / "port").iterdir()}
    assert there == {"esp32", "esp32_facts", "wifi", "ethernet", "ds3231"}
