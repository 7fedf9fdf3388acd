"""What is measured, set up beside its peers: the host, the relays, the bridge. Each a process."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from tidegate_host import config, paths
from tidegate_host.device import virtual
from tidegate_host.device.virtual import VirtualBridge
from tidegate_host.standins.tls import make_ca

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ROWS = HERE.parent / "virtual" / "bridge.toml"
_READY_S = 20


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextlib.contextmanager
def connected(port):
    with socket.create_connection(("127.0.0.1", port), 60) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield sock


def frame_from(sock):
    """The next frame's payload; b"" when the connection ended."""
    rest = b""
    while len(rest) < 2 or len(rest) < 2 + int.from_bytes(rest[:2], "big"):
        data = sock.recv(4096)
        if not data:
            return b""
        rest += data
    return rest[2:]


def at_once(calls):
    """Call (function, *arguments) each in a thread of its own; the first failure is raised."""
    failures = []

    def work(function, *arguments):
        try:
            function(*arguments)
        except (OSError, AssertionError) as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise AssertionError(f"{len(failures)} of {len(calls)} stopped: {failures[0]}")


@contextlib.contextmanager
def process(*words, **more):
    """A child that ends with the block; its input and output are pipes."""
    child = subprocess.Popen(
        [str(word) for word in words],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **more,
    )  # fmt: skip
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


@contextlib.contextmanager
def host(delay_ms=0, ca=None, port=0):
    """-> (port, a function that tells how many advices came, when the first and the last, and how
    long they were held)."""
    path = os.pathsep.join(str(ROOT / p) for p in ("tests/unit", "tests/bench"))
    words = [ca.cert_pem, ca.key_pem] if ca else []
    with process(
        sys.executable, HERE / "host_stub.py", delay_ms, port, *words,
        env={**os.environ, "PYTHONPATH": path},
    ) as child:  # fmt: skip
        port = int(child.stdout.readline())

        def came():
            child.stdin.write("\n")
            child.stdin.flush()
            count, *seconds = child.stdout.readline().split()
            return int(count), *map(float, seconds)

        yield port, came


@contextlib.contextmanager
def bare_relay(host_port, heap_kb, ca=None):
    """The relay on the same interpreter as the bridge, with the same heap."""
    port = free_port()
    tls = [ca.ca_der, ca.server_name] if ca else []
    with _heap(heap_kb):
        command = virtual.interpreter(tls=ca is not None)
    with process(*command, HERE / "relay.py", port, host_port, *tls) as child:
        assert child.stdout.readline() == "ready\n"
        yield port


def socat():
    """The command, or None: the system's, or the one that make qemu-m3 unpacked."""
    unpacked = ROOT / ".tools" / "bin" / "socat"
    return str(unpacked) if unpacked.exists() else shutil.which("socat")


@contextlib.contextmanager
def socat_relay(host_port, ca=None):
    port = free_port()
    far = f"TCP:127.0.0.1:{host_port},nodelay"
    if ca:
        far = f"OPENSSL:127.0.0.1:{host_port},cafile={ca.ca_pem},nodelay"
    near = f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork,nodelay"
    with process(socat(), near, far, stderr=subprocess.DEVNULL):
        _until_it_listens(port)
        yield port


def _until_it_listens(port):
    until = time.monotonic() + _READY_S
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise AssertionError("a relay does not listen")


def settings(host_port, terminals=1, ca=None, **limits):
    """A configuration with one link for `cup` and one for `cup-accept`, the route kept open."""
    compiled = json.loads(json.dumps(config.load(ROWS)))
    compiled["terminals"] = [t for t in compiled["terminals"] if t["type"] == "tcp"]
    for terminal in compiled["terminals"]:
        terminal["port"] = 0
        terminal["conns_max"] = max(terminals, 3)
    compiled["lanes_max"] = max(terminals, 2)
    route = compiled["routes"][0]
    route["keep_open"] = True
    route["hosts"] = [{"host": "127.0.0.1", "port": host_port, "tls": False}]
    if ca:
        route["hosts"][0].update(tls=True, ca="ca.der", server_name=ca.server_name)
    compiled["limits"].update(limits)
    return compiled


@contextlib.contextmanager
def _heap(heap_kb, code="flash"):
    before = virtual.HEAP_KB, virtual.CODE
    virtual.HEAP_KB, virtual.CODE = heap_kb, code
    try:
        yield
    finally:
        virtual.HEAP_KB, virtual.CODE = before


@contextlib.contextmanager
def bridge(folder, compiled, ca=None, heap_kb=112, arch=None, code="flash", **environment):
    """A virtual bridge; `heap_kb` is what its Python gets beside TLS."""
    made = VirtualBridge(
        folder, compiled, {"ca.der": ca.ca_der} if ca else {}, environment, arch
    )  # fmt: skip
    with _heap(heap_kb, code):
        made.start()
    try:
        yield made
    finally:
        made.stop()


def authority(folder):
    return make_ca(folder)


def not_frozen():
    """Why there is no MicroPython with the firmware frozen in; "" when there is one."""
    try:
        with _heap(112, "frozen"):
            virtual.interpreter("i386")
        return ""
    except paths.MissingTool as problem:
        return str(problem)


def has_micropython(arch):
    try:
        return bool(paths.micropython(arch))
    except paths.MissingTool:
        return False
