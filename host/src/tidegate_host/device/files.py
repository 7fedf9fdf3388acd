"""Writing files that others should not read: all of it or nothing, and for the owner only."""

import os
from pathlib import Path


def write_private(path: Path, data: bytes) -> None:
    """Write `data` beside `path` and rename it into place, readable for its owner alone."""
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
