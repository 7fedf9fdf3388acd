"""boards/esp32-generic/README.md, command by command: from an empty board to a first sale."""

import datetime
import json
import re
import shlex
import shutil
import subprocess
import sys

from test_flash import boots, chips  # noqa: F401

from tidegate_host import paths

PORT = "/dev/ttyUSB0"


def commands():
    text = (paths.boards_root() / "esp32-generic" / "README.md").read_text("utf-8")
    found = re.findall(r"^ {7}tidegate (.*)$", text.replace("\\\n", " "), re.MULTILINE)
    return [shlex.split(line) for line in found]


def noon():
    """A time zone in which it is about noon, whenever the test runs: the shop is open."""
    hours = datetime.datetime.now(datetime.UTC).hour - 12
    return f"Etc/GMT{hours:+d}"  # there, plus is west of Greenwich


class Acquirer:
    """The one that the README starts in a window of its own, on a free port."""

    def __init__(self, words, folder):
        line = [sys.executable, "-m", "tidegate_host.cli.main", *words, "--port", "0", "--json"]
        self.process = subprocess.Popen(
            line, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        note = json.loads(self.process.stdout.readline())["note"]
        self.port = re.search(r":(\d+)$", note)[1]

    def stop(self):
        """-> all that it said"""
        return self.process.communicate("books\nquit\n", timeout=20)[0]


def test_the_readme_leads_to_a_first_sale(bench, chips, boots, monkeypatch):  # noqa: F811
    monkeypatch.chdir(bench.folder)
    monkeypatch.setattr(bench, "image", bench.folder / "flash.bin")
    shutil.copy(bench.stock, bench.folder / "ESP32_GENERIC.bin")
    (bench.folder / "wifi.txt").write_text("a password\n")
    rom, acquirer, done = chips(), None, []
    started = boots(rom)
    try:
        for words in commands():
            done.append(words[0])
            if words[0] == "acquirer":
                acquirer = Acquirer(words, bench.folder)
                shutil.copy(bench.folder / "certs" / "ca.der", bench.folder)
                text = bench.config.read_text("utf-8").replace("Asia/Shanghai", noon())
                bench.config.write_text(text.replace("port = 7000", f"port = {acquirer.port}"))
                continue
            words = [rom.port if word == PORT else word for word in words]
            if words[0] == "flash":
                words += ["--no-stub"]
            if words[0] == "terminal":
                port = started[0].ports["counter"]
                words = [w.replace("BRIDGE:9001", f"127.0.0.1:{port}") for w in words]
                words[1:1] = ["--state", str(bench.folder / "t.json")]
            told = bench.run(*words, code=None)
            if words[-2] == "sale":
                assert "approved" in told.lower(), told
    finally:
        said = acquirer.stop() if acquirer else ""
    assert done == ["acquirer", "config", "image", "image", "flash", "doctor", "terminal",
                    "terminal", "status"]  # fmt: skip
    assert "1250" in said or "12.50" in said
    rom.check()
