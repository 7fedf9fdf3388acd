"""Make such a package, and verify one.

The hashes show that nothing in the package was changed since it was made; whoever wants to prove
that later notes the hash of the package, which is printed. With the journal at hand the extract is
read again and compared entry by entry. There is no signature: a bridge has no key for one.
"""

import hashlib
import io
import json
import zipfile
import zlib

from tidegate_host.ledger import reading
from tidegate_host.ledger.arrival import Calendar
from tidegate_host.ledger.story import Story, Transaction
from tidegate_host.voucher import html, paper, pdf
from tidegate_host.voucher.slip import slip

_MANIFEST = "manifest.json"
_EXTRACT = "journal.jsonl"
_FILE_BYTES_MAX = 4 << 20
_FILES_MAX = 16
_UNREADABLE = (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError)
_MADE = (2020, 1, 1, 0, 0, 0)  # the same journal gives the same bytes


class NotAPackageError(ValueError):
    """The file is no evidence package; the text says why."""


def make(t: Transaction, told: Story, calendar: Calendar, region: bytes) -> bytes:
    """The zip about one transaction and what reverses it. Cards are masked, frames left out."""
    about = [t, *(other for other in told.transactions if other.reverses == t.item)]
    slips = [slip(one, calendar) for one in about]
    wanted = {seq for one in about for seq in one.entries}
    timeline = json.dumps([one.as_dict() for one in about], ensure_ascii=False, indent=1)
    files = {
        "slip-32.txt": "\n".join(paper.text(one, 32, "both") for one in slips).encode(),
        "slip-48.txt": "\n".join(paper.text(one, 48, "both") for one in slips).encode(),
        "slip.html": html.page(slips, "both").encode(),
        "slip.pdf": pdf.document(slips, "both"),
        "timeline.json": timeline.encode(),
        _EXTRACT: "".join(_lines(region, wanted)).encode(),
    }
    manifest = {
        "schema": 1,
        "transaction": {"terminal": t.terminal, "stan": t.stan, "item": t.item},
        "journal_sha256": _hash(region),
        "files": {name: _hash(data) for name, data in files.items()},
    }
    files[_MANIFEST] = json.dumps(manifest, indent=1).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in files.items():
            package.writestr(zipfile.ZipInfo(name, _MADE), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def verify(package: bytes, region: bytes | None = None) -> list[str]:
    """What is wrong with it, in sentences; empty when nothing is. Raises NotAPackageError."""
    files = _read(package)
    try:
        stated = json.loads(files.pop(_MANIFEST))["files"]
        stated = {str(name): str(value) for name, value in stated.items()}
    except (KeyError, ValueError, TypeError, AttributeError):
        raise NotAPackageError("it has no readable manifest.json") from None
    found = [f"{name} is missing" for name in sorted(set(stated) - set(files))]
    found += [f"{name} is not in the manifest" for name in sorted(set(files) - set(stated))]
    for name in sorted(set(files) & set(stated)):
        if _hash(files[name]) != stated[name]:
            found.append(f"{name} was changed")
    if region is not None:
        here = set(_lines(region, None))
        extract = files.get(_EXTRACT, b"").decode("utf-8", "replace").splitlines(keepends=True)
        lost = [line for line in extract if line not in here]
        found += [f"the journal has no such entry: {line.strip()[:60]}" for line in lost]
        if not extract:
            found.append("the extract has no entries")
    return found


def _read(package: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as opened:
            listed = opened.infolist()
            names = {info.filename for info in listed}
            if len(listed) > _FILES_MAX or len(names) != len(listed):
                raise NotAPackageError("it holds too many files, or one twice")
            if any(info.file_size > _FILE_BYTES_MAX for info in listed):
                raise NotAPackageError("a file in it is too large")
            return {info.filename: opened.read(info) for info in listed}
    except _UNREADABLE:
        raise NotAPackageError("it is no zip that can be read") from None


def _lines(region: bytes, wanted: set[int] | None) -> list[str]:
    return [
        json.dumps(
            {"seq": e.seq, "type": e.type, "lane": e.lane, "item": e.item, **e.what},
            ensure_ascii=False,
        )
        + "\n"
        for e in reading.entries(region)
        if e.is_intact and (wanted is None or e.seq in wanted)
    ]


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
