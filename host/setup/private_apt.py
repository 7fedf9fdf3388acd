"""A private apt: its own lists and cache in one folder, so that nothing of the system changes.

The signatures and hashes are checked by apt itself as usual; no root is needed.
"""

import re
import subprocess


class AptError(Exception):
    """What apt said, in one line."""


class PrivateApt:
    """Apt over one mirror, suite and architecture, with all its state under `folder`.

    `kind` is "deb", or "deb-src" for sources. `status` is what apt takes for installed: nothing,
    or the system's own list.
    """

    def __init__(self, folder, mirror, suite, architecture, kind="deb", status=None):
        self.folder = folder.absolute()
        self.architecture = architecture
        self.status = status or self.folder / "status"
        for name in ("state/lists/partial", "cache/archives/partial", "debs"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "status").touch()
        signed = f" signed-by={mirror.keyring}" if mirror.keyring else ""
        source = f"{kind} [arch={architecture}{signed}] {mirror.uri} {suite} main\n"
        (self.folder / "sources.list").write_text(source, encoding="utf-8")

    def _run(self, tool, *arguments):
        options = {
            "Dir::State": self.folder / "state",
            "Dir::State::Lists": self.folder / "state/lists",
            "Dir::State::status": self.status,
            "Dir::Cache": self.folder / "cache",
            "Dir::Etc::SourceList": self.folder / "sources.list",
            "Dir::Etc::SourceParts": "-",
            "APT::Sandbox::User": "",
            "Debug::NoLocking": "1",
            "Acquire::Languages": "none",
            "Acquire::Retries": "2",
        }
        command = [tool, "-q"]
        for key, value in options.items():
            command += ["-o", f"{key}={value}"]
        done = subprocess.run(
            [*command, *arguments], cwd=self.folder / "debs", text=True, capture_output=True
        )
        # A failed index is only a warning to apt-get update; here it is the end of this attempt.
        errors = re.findall(r"^[EW]: (.*(?:Failed to fetch|GPG|signed).*)$", done.stderr, re.M)
        if done.returncode or (errors and "update" in arguments):
            lines = errors or done.stderr.strip().splitlines() or ["no message"]
            raise AptError(lines[0].strip())
        return done.stdout

    def update(self):
        """Fetch and check the package index."""
        self._run("apt-get", "update")

    def package(self, name):
        """Return (version, direct dependencies) of a package, from the checked index."""
        text = self._run("apt-cache", "show", "--no-all-versions", f"{name}:{self.architecture}")
        version = re.search(r"^Version: (\S+)", text, re.M)
        if version is None:
            raise AptError(f"no package {name} for {self.architecture}")
        depends = re.search(r"^Depends: (.*)$", text, re.M)
        names = depends.group(1).split(",") if depends else []
        return version.group(1), [re.split(r"[ (:|]", item.strip())[0] for item in names]

    def download(self, names):
        """Download packages and return the paths of the files."""
        self._run("apt-get", "download", *(f"{name}:{self.architecture}" for name in names))
        return sorted((self.folder / "debs").glob("*.deb"))

    def download_missing(self, names):
        """Download packages with all they need that the system lacks; return the files' paths."""
        words = ["install", "--download-only", "--no-install-recommends", "-y"]
        self._run("apt-get", *words, *(f"{name}:{self.architecture}" for name in names))
        return sorted((self.folder / "cache" / "archives").glob("*.deb"))

    def download_source(self, name):
        """Download a source package and return the path of its upstream archive."""
        self._run("apt-get", "source", "--download-only", name)
        return next((self.folder / "debs").glob("*.orig.tar.*"))
