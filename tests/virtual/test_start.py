"""What a start needs, and what happens when it is not there."""

import json

import pytest
from shop import ask, card, console, free_port, plain, running, settings, shop, terminal

from tidegate_host.device.virtual import VirtualBridge, VirtualError
from tidegate_host.standins.acquirer import Acquirer


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, 1),
        ("{not json", 2),
        ('{"schema": 99}', 3),
        ("[]", 3),
        ('{"schema": 1}', 4),
    ],
    ids=["missing", "broken", "other-schema", "no-object", "incomplete"],
)
def test_without_a_configuration_nothing_is_passed_and_the_console_says_why(
    tmp_path, text, reason
):
    with running(tmp_path, text or "") as bridge:
        if text is None:
            (tmp_path / "board" / "bridge.json").unlink()
            console(bridge, "exec", "pass")
        assert bridge.wait_for("config-bad", a=reason)
        assert "config" in bridge.problem
        assert "configuration" in ask(bridge, "board.problem")


def test_a_configuration_is_mended_over_the_console(tmp_path):
    with Acquirer() as acquirer, running(tmp_path / "bridge", "") as bridge:
        good = settings(plain(acquirer))
        good["terminals"] = good["terminals"][:1]
        good["terminals"][0]["port"] = bridge.ports["t1"] = free_port()
        mended = tmp_path / "bridge.json"
        mended.write_text(json.dumps(good))
        console(bridge, "resume", "fs", "cp", str(mended), ":bridge.json")
        console(bridge, "exec", "pass")
        bridge.wait_for("ready")
        assert terminal(bridge).sign_in().state == "done"


def test_damaged_keys_and_journals_are_never_replaced(tmp_path):
    with shop(tmp_path) as (_, bridge):
        assert terminal(bridge).sign_in().state == "done"
        bridge.kill()
        bridge.keys_path.write_bytes(b"\0" * bridge.keys_path.stat().st_size)
        before = bridge.flash_path.read_bytes()
        bridge.power_on()
        assert bridge.problem.startswith("keys-bad")
        assert bridge.flash_path.read_bytes() == before
        bridge.kill()
        bridge.keys_path.write_bytes(b"\xff" * bridge.keys_path.stat().st_size)
        bridge.flash_path.write_bytes(b"\x5a" * len(before))
        bridge.power_on()
        assert bridge.problem.startswith("journal-bad")
        assert bridge.flash_path.read_bytes() == b"\x5a" * len(before)


def test_a_dead_task_is_started_again_and_counted(tmp_path):
    with shop(tmp_path) as (acquirer, bridge):
        pos = terminal(bridge)
        pos.sign_in()
        for name in ("timer", "keep", "t1", "s1"):
            index = [task for task, _ in ask(bridge, "board.status()['tasks']")].index(name)
            console(bridge, "resume", "exec", f"bridge.supervisor.kill('{name}')")
            died = bridge.wait_for("task-died", a=index)
            assert died.c == 1
        assert pos.sale(100, card(1)).approved
        assert terminal(bridge, "s1", "TEST0003").sign_in().state == "done"
        assert dict(ask(bridge, "board.status()['tasks']"))["timer"] == 1


def test_a_fault_of_a_rule_costs_one_connection_only(tmp_path):
    # The engine is made to fail by hand: the error is told without the bytes that caused it.
    with shop(tmp_path) as (acquirer, bridge):
        pos = terminal(bridge)
        pos.sign_in()
        console(
            bridge, "resume", "exec",
            "def fail(*a): raise ValueError('6299990000001239')\n"
            "real = bridge.engine.terminal_frame\n"
            "bridge.engine.terminal_frame = fail",
        )  # fmt: skip
        assert pos.sale(100, card(1)).state != "approved"
        bridge.wait_for("task-died")
        console(bridge, "resume", "exec", "bridge.engine.terminal_frame = real")
        assert pos.sale(200, card(2)).approved
        assert "6299990000001239" not in bridge.log_path.read_text()
        assert "# ValueError" in bridge.log_path.read_text()
        # The board knows short names only; whoever reads the log sees those of the sources.
        assert any(
            "app_bridge.Bridge" in str(line) or "_hand_on" in str(line)
            for line in bridge.told()
            if isinstance(line, str)
        )


def test_no_memory_after_a_message_was_stored_makes_it_begin_anew(tmp_path):
    with shop(tmp_path) as (acquirer, bridge):
        pos = terminal(bridge)
        pos.sign_in()
        acquirer.line(down=True)
        console(
            bridge, "resume", "exec",
            "real = bridge.engine.terminal_frame\n"
            "def late(*a):\n"
            "    real(*a)\n"
            "    raise MemoryError\n"
            "bridge.engine.terminal_frame = late",
        )  # fmt: skip
        bridge.wait_for("console-run")
        pos.offline_sale(300, card(1))
        pos.upload_advices()
        bridge.wait_for("boot")
        bridge.wait_for("ready")
        assert bridge.state()["starts"] == 2
        assert "# MemoryError" in bridge.log_path.read_text()
        acquirer.line(down=False)
        bridge.wait_for("item-done", timeout_s=30)
        assert pos.sale(200, card(2)).approved
        assert acquirer.totals("TEST0001", 1) == pos.totals()
        assert [entry.amount for entry in acquirer.entries("TEST0001")] == [300, 200]


def test_code_that_is_loaded_into_the_heap_runs_too(tmp_path, code_in_heap):
    with shop(tmp_path) as (acquirer, bridge):
        pos = terminal(bridge)
        assert pos.sign_in().state == "done"
        assert pos.sale(100, card(1)).approved
        assert acquirer.totals("TEST0001", 1) == pos.totals()


def test_start_refuses_what_runs_already_and_stop_is_idle_twice(tmp_path):
    with running(tmp_path, settings({"host": "127.0.0.1", "port": 1, "tls": False})) as bridge:
        with pytest.raises(VirtualError, match="already"):
            VirtualBridge(tmp_path).start()
        assert bridge.pid
    assert not bridge.running
    bridge.stop()


def test_the_interpreter_has_the_objects_of_a_32_bit_board(tmp_path):
    with shop(tmp_path) as (_, bridge):
        if ask(bridge, "__import__('sys').maxsize") != 2**31 - 1:
            pytest.skip("only the 64-bit MicroPython is here\n  Next: make clean-tools setup")
