"""Where the fuzzers begin: the samples of tests/vectors, and what is kept in corpus/.

A file of corpus/ is named as its check and holds hexadecimal lines, `#` begins a comment. What a
fuzzer finds becomes a line there, so that it is tried in every run from then on.
"""

from pathlib import Path

from targets import NAMES

from dialects_for_tests import rows
from test_codec import VARIANT_OF, VARIANTS

HERE = Path(__file__).resolve().parent


def kept(check):
    """Return the inputs of a check's own file."""
    lines = (HERE / "corpus" / f"{check}.txt").read_text("utf-8").splitlines()
    found = [line.partition("#")[0].strip() for line in lines]
    return [bytes.fromhex(text) for text in found if text]


def samples():
    """Yield (number of the dialect, payload) of every sample."""
    for name in ("cup.jsonl", "iso87.jsonl"):
        for row in rows(name):
            framing = row["framing"].removeprefix("len2+")
            skipped = 2 if framing != row["framing"] else 0
            variant = VARIANT_OF.get(row["id"]) or VARIANTS[f"{row['dialect']} {framing}"]
            yield NAMES.index(variant), bytes.fromhex(row["hex"])[skipped:]


def begin(check):
    """Return the inputs that a check begins with: its own, and the samples in its form."""
    found = kept(check)
    for number, payload in samples():
        if check != "framing":
            found.append(bytes([number]) + payload)
            continue
        size = len(payload)
        found.append(bytes([0, 7, 1, size >> 8, size & 255]) + payload)
        digits = bytes.fromhex(f"{size:04d}")
        lrc = 0
        for byte in digits + payload + b"\x03":
            lrc ^= byte
        found.append(bytes([1, 7, 1, 2]) + digits + payload + bytes([3, lrc]))
    return found
