"""A release of the firmware in one signed file, for boards in the field.

The file is a zip: `release.json` (facts, and the SHA-256 of every module), `release.sig` (its
Ed25519 signature) and the modules. The host tool checks the signature with the publisher's public
key before it talks to a board; a board checks every module against the manifest that the tool
makes from it, and a locked board wants that manifest sealed with its own console key.
"""

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tidegate.journal.entry import VERSION
from tidegate_host.device.errors import DeviceError

_FACTS, _SIGNATURE, _SCHEMA = "release.json", "release.sig", 1
_ZIP_DATE = (2020, 1, 1, 0, 0, 0)  # the same bytes whenever it is made


@dataclass
class Release:
    """`facts`: schema, firmware, serial, journal, files; `modules` by their path in a version."""

    facts: dict[str, Any]
    modules: dict[str, bytes]


def new_keys() -> tuple[bytes, bytes]:
    """-> (private key, public key), both PEM."""
    private = Ed25519PrivateKey.generate()
    return (
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
    )


def make(modules: dict[str, bytes], firmware: str, serial: int, private_pem: bytes) -> bytes:
    """-> the bytes of a release. `serial` grows with each one: a board is not taken back by it.

    Raises DeviceError when the key is none.
    """
    facts = {
        "schema": _SCHEMA,
        "firmware": firmware,
        "serial": serial,
        "journal": VERSION,
        "files": {name: hashlib.sha256(modules[name]).hexdigest() for name in sorted(modules)},
    }
    told = json.dumps(facts, indent=1, sort_keys=True).encode()
    try:
        private = serialization.load_pem_private_key(private_pem, None)
    except ValueError:
        private = None
    if not isinstance(private, Ed25519PrivateKey):
        raise DeviceError("the signing key is no Ed25519 key", "tidegate update keygen makes one")
    files = {_FACTS: told, _SIGNATURE: private.sign(told)}
    files |= {f"modules/{name}": data for name, data in sorted(modules.items())}
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIP_DATE), content, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def open_release(path: Path, public_pem: bytes) -> Release:
    """Check signature and hashes. Raises DeviceError, with nothing done."""
    try:
        with zipfile.ZipFile(path) as archive:
            told, signature = archive.read(_FACTS), archive.read(_SIGNATURE)
            _verify(told, signature, public_pem)
            facts = json.loads(told)
            modules = {name: archive.read(f"modules/{name}") for name in facts["files"]}
    except (KeyError, OSError, ValueError, zipfile.BadZipFile):
        raise DeviceError(f"{path} is no release", "get the file again") from None
    except InvalidSignature:
        raise DeviceError(
            f"{path} is not signed by this publisher; nothing was changed",
            "the publisher's public key: --trust FILE; else do not use the file",
        ) from None
    for name, digest in facts["files"].items():
        if hashlib.sha256(modules[name]).hexdigest() != digest:
            raise DeviceError(f"{name} in {path} was changed", "get the file again")
    return Release(facts, modules)


def _verify(told: bytes, signature: bytes, public_pem: bytes) -> None:
    public = serialization.load_pem_public_key(public_pem)
    if not isinstance(public, Ed25519PublicKey):
        raise InvalidSignature
    public.verify(signature, told)


def unfit(release: Release, hello: dict[str, Any], running: dict[str, str]) -> str:
    """Why a board cannot take it; empty when it can."""
    if release.facts["schema"] != _SCHEMA:
        return "the release is for a newer tool"
    if hello["code"] != "files":
        return "its firmware is in the image, and has to be flashed"
    if release.facts["journal"] != hello["journal"]:
        return (
            f"it writes journal format {release.facts['journal']}, and the version before, which"
            f" must be able to come back, reads {hello['journal']}"
        )
    if release.facts["serial"] < int(running.get("serial", 0)):
        return f"it is older (serial {release.facts['serial']}) than what runs"
    return ""
