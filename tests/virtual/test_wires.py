"""Real messages over every kind of wire, and what a wire brings that is no message."""

import threading
import time

import pytest
from shop import (
    card,
    connect,
    console,
    files,
    plain,
    running,
    secure,
    settings,
    shop,
    terminal,
    until,
)

from tidegate.proto.framing import framer
from tidegate_host.device import virtual
from tidegate_host.standins.acquirer import Acquirer
from tidegate_host.standins.terminal import PowerCut


def frame(payload, framing="len2"):
    out = bytearray(len(payload) + 8)
    return bytes(out[: framer(framing).wrap_into(payload, out)])


@pytest.mark.parametrize("tls", [False, True], ids=["tcp", "tls"])
@pytest.mark.parametrize("keep_open", [False, True], ids=["one-by-one", "kept"])
def test_a_trading_day_balances_on_all_wires(tmp_path, tls, keep_open):
    with shop(tmp_path, tls=tls, keep_open=keep_open) as (acquirer, bridge):
        for link, tid in (("t1", "TEST0001"), ("t2", "TEST0002"), ("s1", "TEST0003")):
            pos = terminal(bridge, link, tid)
            assert pos.sign_in().state == "done"
            stans = [pos.sale(1000 + n, card(n)).stan for n in range(3)]
            assert pos.void(stans[0]).approved
            assert acquirer.totals(tid, 1) == pos.totals()
            assert pos.settle().reason == "balanced"
            pos.close()


def test_terminals_do_not_wait_for_each_other(tmp_path):
    with shop(tmp_path) as (acquirer, bridge):
        slow, quick = terminal(bridge, tid="TEST0001"), terminal(bridge, tid="TEST0002")
        slow.sign_in()
        quick.sign_in()
        late = acquirer.fault("delay", terminal="TEST0001", kind="sale", delay_ms=3000)
        sale = threading.Thread(target=slow.sale, args=(100, card(1)))
        sale.start()
        bridge.wait_for("live-sent")
        assert until(lambda: late.fired)
        began = time.monotonic()
        assert all(quick.sale(200 + n, card(2)).approved for n in range(5))
        assert time.monotonic() - began < 2
        sale.join(10)
        assert acquirer.totals("TEST0001", 1) == slow.totals()


def test_six_lanes_on_tls_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr(virtual, "TLS_KB", 480)
    with shop(tmp_path, tls=True, keep_open=True, lanes_max=6) as (_, bridge):
        kept = [terminal(bridge, f"t{1 + n % 2}", f"TEST000{n}") for n in range(6)]
        assert [pos.sign_in().state for pos in kept] == ["done"] * 6
        assert all(pos.sale(100, card(1)).approved for pos in kept)
        assert bridge.state()["starts"] == 1


@pytest.mark.parametrize("name", ["other.test", "acquirer.test"])
def test_a_host_with_another_name_or_another_authority_gets_nothing(tmp_path, name):
    with Acquirer(tls=tmp_path / "ca") as acquirer:
        given = files(acquirer)
        if name == "acquirer.test":
            with Acquirer(tls=tmp_path / "stranger") as stranger:
                given = files(stranger)
        config = settings(secure(acquirer, name))
        with running(tmp_path / "bridge", config, given) as bridge:
            assert terminal(bridge).sign_in().code == "96"
            assert bridge.wait_for("dial-failed").c == 201
            assert not acquirer.log.select(direction="in")


def test_the_backup_takes_over_and_a_dead_host_is_tried_last(tmp_path):
    with Acquirer() as dead, Acquirer() as backup:
        config = settings(plain(dead), plain(backup), probe="tcp")
        with running(tmp_path / "bridge", config) as bridge:
            dead.line(down=True)
            pos = terminal(bridge)
            assert pos.sign_in().state == "done"
            bridge.wait_for("dial-failed", b=0)
            assert pos.sale(500, card(1)).approved
            bridge.wait_for("dial", c=1)
            dead.line(down=False)
            bridge.wait_for("host-back", b=0)
            assert backup.totals("TEST0001", 1) == pos.totals()


def test_a_kept_connection_that_ended_meanwhile_costs_no_sale(tmp_path):
    with shop(tmp_path, keep_open=True) as (acquirer, bridge):
        pos = terminal(bridge)
        pos.sign_in()
        for n in range(5):
            acquirer.hang_up()
            assert pos.sale(100 + n, card(n)).approved
        assert acquirer.totals("TEST0001", 1) == pos.totals()


def test_a_dead_line_is_a_decline_at_once_and_nothing_is_unknown(tmp_path):
    with shop(tmp_path) as (acquirer, bridge):
        pos = terminal(bridge)
        pos.sign_in()
        acquirer.line(down=True)
        outcome = pos.sale(500, card(7))
        assert (outcome.state, outcome.code) == ("declined", "91")
        acquirer.line(down=False)
        assert pos.sale(500, card(7)).approved
        assert not [e for e in bridge.events() if e.name == "live-unknown"]


def test_garbage_half_frames_and_oversize_do_no_harm(tmp_path, seed):
    from random import Random

    random = Random(seed)
    with shop(tmp_path) as (acquirer, bridge):
        pos = terminal(bridge)
        pos.sign_in()
        good = frame(bytes.fromhex("600003000060310031000008") + b"\x08\x00" + bytes(8))
        for bad in (
            random.randbytes(5000),
            good[:-3],
            b"\xff\xff" + random.randbytes(4000),
            b"\x00\x00" * 500,
            frame(b"\x60" + random.randbytes(300)),
        ):
            peer = connect(bridge)
            peer.sendall(bad)
            peer.close()
        assert pos.sale(100, card(1)).approved
        bridge.wait_for("noise")
        assert not [e for e in bridge.events() if e.name == "task-died"]
        assert "('t1', 0)" in console(bridge, "resume", "exec", "print(board.status())")


def test_the_rest_of_a_half_frame_is_given_up(tmp_path):
    with shop(tmp_path) as (_, bridge):
        peer = connect(bridge)
        peer.sendall(b"\x00\x50\x60\x00\x03")
        gone = bridge.wait_for("partial-dropped")
        assert gone.b == 5
        peer.close()


def test_a_flood_does_not_starve_the_others(tmp_path):
    with shop(tmp_path) as (acquirer, bridge):
        pos = terminal(bridge, "s1")
        pos.sign_in()
        noise = frame(b"\x60" + bytes(30)) * 500
        over = threading.Event()

        def flood():
            peer = connect(bridge)
            try:
                while not over.is_set():
                    peer.sendall(noise)
            except OSError:
                pass
            peer.close()

        flooding = threading.Thread(target=flood)
        flooding.start()
        bridge.wait_for("bad-frame")
        took = []
        for n in range(10):
            began = time.monotonic()
            assert pos.sale(100 + n, card(n)).approved
            took.append(time.monotonic() - began)
        over.set()
        flooding.join(10)
        assert max(took) < 1, took


def test_the_limit_of_connections_is_kept(tmp_path):
    with shop(tmp_path) as (_, bridge):
        kept = [connect(bridge) for _ in range(3)]
        for _ in kept:
            bridge.wait_for("conn-open", b=0)
        refused = connect(bridge)
        assert refused.recv(1) == b""
        bridge.wait_for("conn-refused")
        kept[0].close()
        bridge.wait_for("conn-closed")
        pos = terminal(bridge)
        assert pos.sign_in().state == "done"


def test_a_terminal_that_lost_its_power_reverses_and_goes_on(tmp_path):
    with shop(tmp_path) as (acquirer, bridge):
        pos = terminal(bridge)
        pos.sign_in()
        acquirer.fault("delay", kind="sale", delay_ms=1000)

        def interrupted():
            with pytest.raises(PowerCut):
                pos.sale(100, card(1))

        sale = threading.Thread(target=interrupted)
        sale.start()
        bridge.wait_for("live-sent")
        pos.power_cut()
        sale.join(10)
        bridge.wait_for("live-answer")
        pos.reverse()
        assert pos.sale(200, card(2)).approved
        assert acquirer.totals("TEST0001", 1) == pos.totals()
