"""Stamp files: a step is done when its stamp holds the hash of what the step depends on."""

import hashlib


class Stamp:
    """`with Stamp(path, *inputs) as stamp:` do the step if `stamp.stale`.

    The stamp is taken away while a stale step runs and written when it ends without an exception.
    """

    def __init__(self, path, *inputs):
        self.path = path
        content = b"\0".join(file.read_bytes() for file in inputs)
        self.digest = hashlib.sha256(content).hexdigest()

    def __enter__(self):
        found = self.path.read_text(encoding="ascii") if self.path.exists() else ""
        self.stale = found != self.digest
        if self.stale:
            self.path.unlink(missing_ok=True)
        return self

    def __exit__(self, kind, value, traceback):
        if kind is None and self.stale:
            self.path.write_text(self.digest, encoding="ascii")
