"""What SQLite on a host writes for the same records, for orientation: it has no flash to erase."""

import os
import sqlite3
import tempfile
from pathlib import Path


def _written():
    # Bytes that this process handed to write().
    for line in Path("/proc/self/io").read_text("ascii").splitlines():
        if line.startswith("wchar:"):
            return int(line.split()[1])
    return 0


def measure(records, size, each):
    """Costs of a transaction of `each` records; each record is committed on its own."""
    with tempfile.TemporaryDirectory() as folder:
        base = sqlite3.connect(os.path.join(folder, "journal.db"), isolation_level=None)
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("PRAGMA synchronous=FULL")
        base.execute("CREATE TABLE records (id INTEGER PRIMARY KEY, body BLOB)")
        before = _written()
        for _ in range(records):
            base.execute("INSERT INTO records (body) VALUES (?)", (bytes(size),))
        written = _written() - before
        base.close()
    count = records // each
    return {"count": count, "bytes": written / count, "erases": None, "flash_ms": None}
