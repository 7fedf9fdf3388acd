"""The package mirrors that this machine already trusts, read from its own apt configuration."""

import re
from dataclasses import dataclass
from pathlib import Path

APT = Path("/etc/apt")
KEYRINGS = Path("/usr/share/keyrings")


@dataclass(frozen=True)
class Mirror:
    """One mirror address, and the keyring file that signs it ("" = apt's own default)."""

    uri: str
    keyring: str


def os_release():
    """Return /etc/os-release as a dict, {} where there is none."""
    try:
        lines = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    pairs = (line.split("=", 1) for line in lines if "=" in line)
    return {key: value.strip("\"'") for key, value in pairs}


def _deb822(text):
    """Yield (uris, suites, components, keyring) for each stanza of a .sources file."""
    for stanza in re.split(r"\n\s*\n", text):
        lines = [line for line in stanza.splitlines() if not line.startswith("#")]
        fields = dict(re.findall(r"^([\w-]+):[ \t]*(.*(?:\n[ \t].*)*)", "\n".join(lines), re.M))
        fields = {key.lower(): value.strip() for key, value in fields.items()}
        if "deb" in fields.get("types", "").split() and fields.get("enabled", "yes") != "no":
            yield (
                fields.get("uris", "").split(),
                fields.get("suites", "").split(),
                fields.get("components", "").split(),
                fields.get("signed-by", ""),
            )


def _one_line(text):
    """Yield the same for the `deb [options] uri suite component...` form."""
    for line in text.splitlines():
        found = re.match(r"\s*deb\s+(?:\[([^]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]+)", line)
        if found:
            options, uri, suite, components = found.groups()
            keyring = re.search(r"signed-by=(\S+)", options or "")
            yield [uri], [suite], components.split(), keyring.group(1) if keyring else ""


def _entries(root):
    for path in [root / "sources.list", *sorted((root / "sources.list.d").glob("*"))]:
        if path.suffix not in (".list", ".sources") or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        yield from _deb822(text) if path.suffix == ".sources" else _one_line(text)


def own_mirrors(distribution, codename, root=APT):
    """Return the mirrors of the distribution itself, those with its name in the address first.

    Third-party archives are left out by their suite: the distribution's own is its bare codename
    or a generic name, in component `main`.
    """
    own = {codename, "stable", "testing", "unstable", "sid"}
    fallback = KEYRINGS / f"{distribution}-archive-keyring.gpg"
    found = []
    for uris, suites, components, keyring in _entries(root):
        if not own & set(suites) or "main" not in components:
            continue
        if not keyring.startswith("/"):  # absent, or a key written into the file itself
            keyring = str(fallback) if fallback.exists() else ""
        found += [Mirror(uri.rstrip("/"), keyring) for uri in uris if "://" in uri or ":/" in uri]
    unique = list(dict.fromkeys(found))
    return sorted(unique, key=lambda mirror: not mirror.uri.endswith("/" + distribution))
