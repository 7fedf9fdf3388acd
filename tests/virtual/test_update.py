"""tidegate update: a signed release on a running bridge, and what is not let in."""

import zipfile
from pathlib import Path

import pytest
from device import Tool
from shop import card, plain, running, settings, terminal, until

from tidegate_host.device import board as boards
from tidegate_host.standins.acquirer import Acquirer

pytestmark = pytest.mark.usefixtures("code_in_heap")


@pytest.fixture
def publisher(tmp_path, own_home):
    """Keys, and a function that makes a release of the firmware."""
    tool = Tool()
    tool("update", "keygen", tmp_path / "p", device=False)

    def make(serial):
        path = tmp_path / f"release-{serial}.zip"
        sign = tmp_path / "p.private.pem"
        tool("update", "make", path, "--sign", sign, "--serial", serial, device=False)
        return path

    return make, tmp_path / "p.public.pem"


@pytest.fixture
def old(own_home):
    """A bridge whose firmware is another one than the tool's: a module has a byte more."""
    with Acquirer() as acquirer:
        config = settings(plain(acquirer))
        with running(own_home, config, TIDEGATE_TIME_SCALE="10") as bridge:
            module = bridge.folder / "board/tidegate/core/status.mpy"
            module.write_bytes(module.read_bytes() + b"\0")
            pos = terminal(bridge, wait_s=5)
            pos.sign_in()
            yield acquirer, bridge, pos


def slot(bridge):
    path = bridge.folder / "board" / "slot"
    return path.read_text().split()[0] if path.exists() else "."


def test_a_release_is_tried_kept_and_taken_back(publisher, old):
    (make, trust), (acquirer, bridge, pos), tool = publisher, old, Tool()
    path = make(12)
    assert make(12).read_bytes() == path.read_bytes()
    assert "serial: 12" in tool("update", "show", path, "--trust", trust, device=False)
    before = tool.json("status")["config"]
    assert "serial 12" in tool("update", "apply", path, "--trust", trust)
    assert slot(bridge) == "a" and tool.json("status")["config"] == before
    assert pos.sale(100, card(1)).approved
    assert "up to date" in tool("update", "apply", path, "--trust", trust)
    older = tool("update", "apply", make(11), "--trust", trust, code=2)
    assert "it is older (serial 11)" in older and slot(bridge) == "a"
    # A message stored by the new version is delivered by the one before, after a step back.
    acquirer.line(down=True)
    pos.offline_sale(500, card(2))
    pos.upload_advices()
    bridge.wait_for("stored")
    assert "1 stored messages wait" in tool("provision", "--rollback", code=2)
    tool("provision", "--rollback", "--force")
    assert slot(bridge) == "."
    acquirer.line(down=False)
    bridge.wait_for("item-done", 30)
    assert until(lambda: pos.upload_advices() and not pos.status()["waiting"], 20)
    assert acquirer.totals("TEST0001", 1) == pos.totals()


def test_nothing_waits_when_a_release_comes(publisher, old):
    (make, trust), (acquirer, bridge, pos), tool = publisher, old, Tool()
    acquirer.line(down=True)
    pos.offline_sale(500, card(2))
    pos.upload_advices()
    bridge.wait_for("stored")
    told = tool("update", "apply", make(12), "--trust", trust, code=2)
    assert "1 stored messages wait" in told and slot(bridge) == "."
    tool("update", "apply", make(12), "--trust", trust, "--force")
    acquirer.line(down=False)
    bridge.wait_for("item-done", 30)
    assert slot(bridge) == "a"


def changed(path: Path, name: str, data: bytes):
    """A copy of a release with one file replaced."""
    copy = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w") as new:
        for entry in old.namelist():
            new.writestr(entry, data if entry == name else old.read(entry))
    return copy


def test_what_is_not_from_the_publisher_does_not_reach_a_board(publisher, old, tmp_path):
    (make, trust), (_, bridge, _), tool = publisher, old, Tool()
    path = make(12)

    def refused(file, public=trust):
        return tool("update", "apply", file, "--trust", public, code=2)

    with zipfile.ZipFile(path) as archive:
        facts = archive.read("release.json")
    module = "modules/tidegate/core/status.mpy"
    assert "was changed" in refused(changed(path, module, b"word"))
    forged = changed(path, "release.json", facts.replace(b'"serial": 12', b'"serial": 99'))
    assert "not signed by this publisher" in refused(forged)
    tool("update", "keygen", tmp_path / "other", device=False)
    assert "not signed" in refused(path, tmp_path / "other.public.pem")
    (tmp_path / "word.zip").write_bytes(path.read_bytes()[:500])
    assert "no release" in refused(tmp_path / "word.zip")
    assert slot(bridge) == "."


def test_a_journal_that_the_version_before_cannot_read_is_not_written(publisher, old, monkeypatch):
    (make, trust), (_, bridge, _), tool = publisher, old, Tool()
    from tidegate_host.device import release

    monkeypatch.setattr(release, "VERSION", 2)
    told = tool("update", "apply", make(12), "--trust", trust, code=2)
    assert "the version before" in told and slot(bridge) == "."


def test_a_locked_board_wants_its_own_seal(publisher, own_home, tmp_path, monkeypatch):
    make, trust = publisher
    with Acquirer() as acquirer:
        config = settings(plain(acquirer), console="locked")
        with running(own_home, config, TIDEGATE_TIME_SCALE="10") as bridge:
            module = bridge.folder / "board/tidegate/core/status.mpy"
            module.write_bytes(module.read_bytes() + b"\0")
            key = tmp_path / "shop.key"
            key.write_text(bridge.keys_path.read_bytes()[44:76].hex())
            tool, words = Tool(), ("update", "apply", make(12), "--trust", trust, "--key", key)
            real = boards.Board.call

            def call(self, word, *arguments):
                if word == "activate":
                    arguments = (arguments[0], "00" * 32, arguments[2])
                return real(self, word, *arguments)

            monkeypatch.setattr(boards.Board, "call", call)
            assert "not sealed for this board" in tool(*words, code=2)
            assert slot(bridge) == "."
            monkeypatch.setattr(boards.Board, "call", real)
            assert "serial 12" in tool(*words)
            assert slot(bridge) == "a"
