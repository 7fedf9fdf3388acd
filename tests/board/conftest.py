"""The kinds of boards that the suite runs on: a virtual one always, a real one where it is given.

A real board gets the suite's configuration and, at the end, its own again. Its journal keeps what
the tests did: it belongs on a bench, not in a shop.
"""

import os
import shlex
import sys
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from bench import Bench
from tidegate_host import config, paths
from tidegate_host.cli.common import ERROR, NO_DEVICE
from tidegate_host.device import virtual
from tidegate_host.device.board import read_key
from tidegate_host.device.errors import DeviceError, NoDevice
from tidegate_host.image import boards

BUILD = Path(__file__).parents[2] / "build"
TIDEGATE = shlex.join([sys.executable, "-m", "tidegate_host.cli.main"])


@contextmanager
def virtual_board(folder, _options):
    """A virtual board as a real one is seen: a serial port, and a switch for its power."""
    try:
        virtual.interpreter()
    except paths.MissingTool as problem:
        pytest.skip(str(problem))
    patch = pytest.MonkeyPatch()
    patch.setenv("TIDEGATE_HOME", str(folder))
    shared = BUILD / "tidegate-home" / "firmware"
    shared.mkdir(parents=True, exist_ok=True)
    (folder / "firmware").symlink_to(shared)
    before = config.load(paths.boards_root() / "virtual" / "bridge.toml")
    before = {**before, "terminals": before["terminals"][:1]}
    before["terminals"][0]["port"] = 0
    place = virtual.folder_of("bench")
    bridge = virtual.VirtualBridge(place, before, {}, {"TIDEGATE_TIME_SCALE": "10"})
    place.parent.mkdir()
    bridge.start()
    switch = (
        f"case {{}} in off) {TIDEGATE} virtual power-cut --no-restart bench;;"
        f" on) {TIDEGATE} virtual power-on bench;; esac"
    )
    try:
        bench = Bench(bridge.console_path, folder, "", switch)
        bench.listen, bench.at = "127.0.0.1", next(iter(bridge.ports.values()))
        bench.find_network()
        yield bench
    finally:
        bridge.stop()
        patch.undo()


@contextmanager
def real_board(folder, options):
    """The board on the port that was given."""
    port = options.getoption("--port")
    if not port:
        pytest.skip("no board is given\n  Next: make board PORT=/dev/ttyUSB0")
    path = options.getoption("--uart")
    if not path:
        uart = boards.load(options.getoption("--board")).facts["uart"][0]
        path = f"{uart['number']}:{uart['tx']}:{uart['rx']}"
    key = os.environ.get("TIDEGATE_KEY")
    bench = Bench(port, folder, path, options.getoption("--power-cmd") or "")
    if key:
        bench.key = read_key(key)
        (folder / "key").write_text(bench.key.hex())
    ssid = options.getoption("--ssid")
    if ssid:
        bench.join(ssid, os.environ.get("TIDEGATE_WIFI_PASSWORD", ""))
    bench.find_network(bool(ssid))
    yield bench


@contextmanager
def not_there_is_the_end():
    """What is wrong with the port is said once, not for every test."""
    try:
        yield
    except NoDevice as problem:
        pytest.exit(f"board: {problem.message}\n  Next: {problem.next_step}", NO_DEVICE)
    except (DeviceError, boards.BoardError) as problem:
        pytest.exit(f"board: {problem}", ERROR)


KINDS = {"virtual": virtual_board, "serial": real_board}


def pytest_generate_tests(metafunc):
    # A board that is given is what is tested; otherwise the missing one is told about.
    if "bench" in metafunc.fixturenames:
        kinds = ["serial"] if metafunc.config.getoption("--port") else list(KINDS)
        metafunc.parametrize("bench", kinds, indirect=True, scope="session")


@pytest.fixture(scope="session")
def bench(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    careful = not_there_is_the_end() if request.param == "serial" else nullcontext()
    with careful, KINDS[request.param](folder, request.config) as found:
        found.plan = found.provision()
        try:
            yield found
        finally:
            found.end()


@pytest.fixture
def open_console(bench):
    """For tests that run Python on the board."""
    with bench.board() as board:
        if board.call("hello")["locked"]:
            pytest.skip("its console is locked\n  Next: provision it with an open one")
