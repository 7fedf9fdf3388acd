"""Safe mode: a firmware that crashes three times in a row starts its console and nothing else."""

import os
import signal
import socket

import pytest
from device import Tool
from shop import card, plain, running, settings, terminal

from tidegate_host.standins.acquirer import Acquirer


def crash(bridge):
    """End the interpreter as a fault of the system would, and wait for what starts then."""
    os.kill(bridge.pid, signal.SIGSEGV)
    assert bridge.wait_for("boot").a == 2


def test_three_crashes_leave_the_console_and_the_journal(own_home, tmp_path):
    with Acquirer() as acquirer, running(own_home, settings(plain(acquirer))) as bridge:
        bridge.wait_for("ready")
        tool = Tool()
        pos = terminal(bridge)
        pos.sign_in()
        assert pos.sale(100, card(1)).approved
        for _ in range(2):
            crash(bridge)
            bridge.wait_for("ready")
        assert pos.sale(200, card(2)).approved
        crash(bridge)
        assert bridge.wait_for("safe-mode").a == 3
        before = bridge.flash_path.read_bytes()
        assert "safe mode" in tool("status", code=1)
        assert "safe mode" in tool("doctor", code=1)
        tool("journal", "pull", tmp_path / "j.bin")
        assert "sound" in tool("journal", "verify", tmp_path / "j.bin", device=False)
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", bridge.ports["t1"]), 5)
        # Another crash changes nothing; nothing was written either.
        crash(bridge)
        bridge.wait_for("safe-mode")
        assert bridge.flash_path.read_bytes() == before
        # Off and on, and it works again.
        bridge.power_cut()
        assert not bridge.problem
        assert pos.sale(300, card(3)).approved
        assert acquirer.totals("TEST0001", 1) == pos.totals()
