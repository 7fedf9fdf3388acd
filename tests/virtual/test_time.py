"""Where the time comes from, how far it is trusted, and what the windows make of it."""

import socket
import struct
import threading
import time
from contextlib import contextmanager

from shop import ask, card, console, plain, running, settings, shop, terminal

from tidegate_host.standins.acquirer import Acquirer

_NTP_TO_UNIX_S = 2208988800
_2020_S = 1577836800
NIGHT = {
    "name": "night", "days": 127, "from_min": 1380, "to_min": 360, "action": 2, "code": "58",
    "kinds": [1], "max_amount": 0, "route": 0,
}  # fmt: skip


@contextmanager
def ntp_server(ahead_s=0, silent=0):
    """A time server that is `ahead_s` ahead and does not answer the first `silent` questions."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def serve():
        asked = 0
        while True:
            try:
                data, peer = server.recvfrom(100)
            except OSError:
                return
            asked += 1
            if data and asked > silent:
                now = int(time.time()) + _NTP_TO_UNIX_S + ahead_s
                server.sendto(struct.pack("!BBbb11I", 0x24, 1, 6, -20, *[0] * 9, now, 0), peer)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.close()


def wall():
    return int(time.time()) - _2020_S


def test_a_cold_board_learns_the_time_from_its_host_and_keeps_a_floor(tmp_path):
    with Acquirer() as acquirer:
        config = settings(plain(acquirer))
        with running(tmp_path, config, TIDEGATE_CLOCK="none") as bridge:
            assert ask(bridge, "bridge.time.trust") == 0
            pos = terminal(bridge)
            pos.sign_in()
            bridge.wait_for("clock-set", a=3)
            assert abs(ask(bridge, "bridge.time.wall") - wall()) < 5
            assert pos.sale(100, card(1)).approved
            bridge.power_cut()
            floor = bridge.wait_for("clock-set", a=2)
            assert floor.b == 1 and abs(floor.wall_s - wall()) < 60
            assert pos.sale(100, card(2)).approved
            assert bridge.wait_for("clock-set", a=3).b == 2


def test_ntp_sets_a_cold_board(tmp_path):
    with Acquirer() as acquirer, ntp_server() as server:
        config = settings(plain(acquirer), clock={"ntp": server})
        with running(tmp_path, config, TIDEGATE_CLOCK="none") as bridge:
            assert bridge.wait_for("clock-set", a=4).b == 3
            assert abs(ask(bridge, "bridge.time.wall") - wall()) < 5


def test_a_host_that_disagrees_with_a_good_clock_is_told_and_not_followed(tmp_path):
    with shop(tmp_path) as (_, bridge):
        console(bridge, "resume", "exec", "port.clock.shift(7200)")
        assert terminal(bridge).sign_in().state == "done"
        assert abs(bridge.wait_for("clock-doubt", a=3).b + 7200) < 5
        assert abs(ask(bridge, "bridge.time.wall") - wall() - 7200) < 5


def test_eleven_at_night_passes_when_it_is_told_to(tmp_path):
    with Acquirer() as acquirer:
        config = settings(plain(acquirer), windows=[NIGHT])
        with running(tmp_path, config) as bridge:
            pos = terminal(bridge)
            pos.sign_in()
            local = "bridge.engine.schedule.local(bridge.time.wall)"
            hour = ask(bridge, local)[3]
            console(bridge, "resume", "exec", f"port.clock.shift({(12 - hour) * 3600})")
            assert pos.sale(100, card(1)).approved
            console(bridge, "resume", "exec", "port.clock.shift(11 * 3600)")
            assert pos.sale(200, card(2)).code == "58"
            console(bridge, "resume", "exec", "port.clock.shift(8 * 3600)")
            assert pos.sale(300, card(3)).approved
            assert len(acquirer.log.select(kind="sale", direction="in")) == 2


def test_timers_run_as_fast_as_they_are_told_to(tmp_path):
    with Acquirer() as acquirer:
        acquirer.fault("drop", kind=["sale"], times=1)
        config = settings(plain(acquirer))
        with running(tmp_path, config, TIDEGATE_TIME_SCALE="20") as bridge:
            pos = terminal(bridge, wait_s=2)
            pos.sign_in()
            pos.sale(100, card(1))
            # 18 s of the bridge's time in less than 2 s of ours.
            assert bridge.wait_for("live-unknown", 5)
