"""Backup and restore: what was confirmed meanwhile is never sent again."""

import pytest
from device import Tool
from shop import ROWS, card, leaks, plain, running, settings, terminal, until

from tidegate_host.device import board as boards
from tidegate_host.device.errors import DeviceError
from tidegate_host.standins.acquirer import Acquirer


def count(bridge, name):
    return sum(event.name == name for event in bridge.events())


@pytest.fixture
def saved(own_home, tmp_path, room_for_a_doctor):
    """A backup with two open advices that have arrived since; everybody agrees."""
    limits = {"answer_deadline_s": 5, "backoff_s_max": 2}
    with Acquirer() as acquirer, running(own_home, settings(plain(acquirer), limits=limits)) as b:
        pos = terminal(b, wait_s=7, advice_attempts_max=50, advice_retry_codes=("96",))
        pos.sign_in()
        assert pos.sale(1000, card(1)).approved
        acquirer.line(down=True)
        for n in (2, 3):
            pos.offline_sale(500 + n, card(n))
        assert until(lambda: pos.upload_advices() and count(b, "stored") == 2)
        tool, file = Tool(), tmp_path / "shop.backup"
        assert "2 open" in tool("backup", file)
        acquirer.line(down=False)
        assert until(lambda: count(b, "item-done") == 2, 30)
        assert until(lambda: pos.upload_advices() and not pos.status()["waiting"], 30)
        assert acquirer.totals("TEST0001", 1) == pos.totals()
        yield acquirer, b, pos, tool, file


def nothing_moved(acquirer, bridge, pos, tool, code=1):
    """The acquirer heard of no advice again, and trade goes on."""
    assert acquirer.totals("TEST0001", 1) == pos.totals()
    arrived = len(acquirer.log.select(kind="offline-sale", direction="in"))
    assert pos.sale(900, card(9)).approved
    # Longer than every pause of a replay.
    assert not until(
        lambda: len(acquirer.log.select(kind="offline-sale", direction="in")) > arrived, 3
    )
    assert acquirer.totals("TEST0001", 1) == pos.totals()
    status = tool.json("status", code=code)
    assert status["lanes"][0]["advices"] == 0
    return status["people"][0][0]


def test_nothing_of_a_restored_journal_is_replayed(saved, tmp_path):
    acquirer, bridge, pos, tool, file = saved
    told = tool("restore", file)
    assert "2 items are in attention" in told
    assert nothing_moved(acquirer, bridge, pos, tool) == 2
    journal = tmp_path / "now.bin"
    assert "sound" in tool("journal", "pull", journal)
    shown = tool("journal", "show", journal, "--type", "ATTENTION", device=False)
    assert shown.count("why restored") == 2 and "amount 502" in shown
    assert "what restored  detail 2" in tool("logs")
    # And not after a power cut either.
    bridge.power_cut()
    assert nothing_moved(acquirer, bridge, pos, tool) == 2
    # What was on the board before is there, too.
    assert "sound" in tool("journal", "verify", f"{file}.before", device=False)
    assert leaks([file], [card(n).pan for n in (1, 2, 3)]) == []


def test_open_items_of_the_board_are_not_set_aside_silently(saved):
    acquirer, bridge, pos, tool, file = saved
    acquirer.line(down=True)
    pos.offline_sale(700, card(4))
    pos.upload_advices()
    assert until(lambda: tool.json("status")["lanes"][0]["advices"] == 1)
    assert "1 open items" in tool("restore", file, code=2)
    assert tool.json("status")["lanes"][0]["advices"] == 1


@pytest.mark.parametrize("word", ["replace", "bring", "replaced"])
def test_the_power_goes_during_a_restore(saved, monkeypatch, word):
    acquirer, bridge, pos, tool, file = saved
    real = boards.Board.call
    count = [0]

    def call(self, said, *arguments):
        if not bridge.pid:
            raise DeviceError("nothing gets there without power")
        answer = real(self, said, *arguments)
        count[0] += said == word
        if said == word and count[0] in (1, 5):
            if word == "replaced":
                bridge.wait_for("reset")
                bridge.wait_for("reset")
            bridge.kill()
            raise DeviceError("the power went")
        return answer

    monkeypatch.setattr(boards.Board, "call", call)
    assert "the power went" in tool("restore", file, code=2)
    monkeypatch.setattr(boards.Board, "call", real)
    bridge.power_on()
    if word != "replaced":
        # As it was before, and it works.
        assert nothing_moved(acquirer, bridge, pos, tool, code=0) == 0
        assert not (bridge.folder / "board" / "restore.bin").exists()
        tool("restore", file)
    assert nothing_moved(acquirer, bridge, pos, tool) == 2


def test_a_tool_that_fails_lets_the_board_go_on(saved, monkeypatch):
    acquirer, bridge, pos, tool, file = saved
    real = boards.Board.call

    def call(self, said, *arguments):
        if said == "replaced":
            assert not bridge.state()["ready"] and "under way" in real(self, "hello")["problem"]
            raise DeviceError("the tool was ended")
        return real(self, said, *arguments)

    monkeypatch.setattr(boards.Board, "call", call)
    assert "the tool was ended" in tool("restore", file, code=2)
    assert until(lambda: bridge.state()["ready"])
    assert nothing_moved(acquirer, bridge, pos, tool, code=0) == 0


def test_what_is_no_backup_of_this_board_is_refused(saved, tmp_path):
    acquirer, bridge, pos, tool, file = saved
    other = tmp_path / "other"
    other.write_bytes(file.read_bytes()[:-40])
    assert "no backup" in tool("restore", other, code=2)
    other.write_bytes(b"word")
    assert "no backup" in tool("restore", other, code=2)
    assert "there already" in tool("backup", file, code=2)
    assert nothing_moved(acquirer, bridge, pos, tool, code=0) == 0


def test_the_configuration_comes_back_too(saved, tmp_path):
    acquirer, bridge, pos, tool, file = saved
    before = tool.json("status")["config"]
    text = ROWS.read_text().replace("port = 7000", f"port = {acquirer.port}")
    for link, old in (("t1", 9001), ("t2", 9002)):
        text = text.replace(f"port = {old}", f"port = {bridge.ports[link]}")
    toml = tmp_path / "bridge.toml"
    toml.write_text(text)
    tool("provision", "-c", toml)
    assert tool.json("status")["config"] != before
    assert "the configuration of test" in tool("restore", file, "--config-only")
    assert tool.json("status")["config"] == before
    assert nothing_moved(acquirer, bridge, pos, tool, code=0) == 0
