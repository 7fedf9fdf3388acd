"""Build hook: takes the firmware and the boards into the sdist and the wheel.

They lie beside this folder in a checkout and inside it in an unpacked sdist.
"""

from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NAMES = ("firmware", "boards")


class FirmwareHook(BuildHookInterface):
    """Adds the shared folders; an editable install finds them by path instead."""

    def initialize(self, version, build_data):
        if version == "editable":
            return
        root = Path(self.root)
        home = root if (root / "firmware").is_dir() else root.parent
        include = build_data["force_include"]
        if self.target_name == "sdist":
            for name in NAMES:
                include[str(home / name)] = name
            include[str(home / "LICENSE")] = "LICENSE"
            return
        # Once to import on the host, once as the files that go to a board.
        include[str(home / "firmware" / "tidegate")] = "tidegate"
        for name in NAMES:
            include[str(home / name)] = f"tidegate_host/_data/{name}"
