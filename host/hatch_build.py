"""Build hook: takes the firmware, the boards and the licence into the sdist and the wheel.

They lie beside this folder in a checkout and inside it in an unpacked sdist.
"""

from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NAMES = ("firmware", "boards", "LICENSE")


class FirmwareHook(BuildHookInterface):
    """Adds the shared folders; an editable install finds them by path instead."""

    def initialize(self, version, build_data):
        if version == "editable":
            return
        root = Path(self.root)
        home = root if (root / "firmware").is_dir() else root.parent
        where = "" if self.target_name == "sdist" else "tidegate_host/_data/"
        include = build_data["force_include"]
        for name in NAMES:
            include[str(home / name)] = where + name
        if self.target_name == "wheel":
            # Once more to import on the host; above are the files that go to a board.
            include[str(home / "firmware" / "tidegate")] = "tidegate"
