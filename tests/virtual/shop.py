"""A shop for the tests: an acquirer, a virtual bridge with three terminal links, and terminals."""

import json
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from tidegate_host import config
from tidegate_host.device.virtual import VirtualBridge
from tidegate_host.standins.acquirer import Acquirer
from tidegate_host.standins.cards import Card
from tidegate_host.standins.links import SerialLink, TcpLink
from tidegate_host.standins.terminal import Terminal

MPREMOTE = [sys.executable, "-m", "mpremote"]
ROWS = Path(__file__).with_name("bridge.toml")


def settings(*hosts, **changes):
    """The compiled bridge.toml of the tests with these hosts on its route, and free ports."""
    compiled = json.loads(json.dumps(config.load(ROWS)))
    for terminal in compiled["terminals"]:
        terminal["port"] = 0
    route = compiled["routes"][0]
    route["hosts"] = list(hosts)
    for name, value in changes.items():
        if name in route:
            route[name] = value
        elif isinstance(value, dict):
            compiled[name].update(value)
        else:
            compiled[name] = value
    return compiled


def plain(acquirer):
    return {"host": "127.0.0.1", "port": acquirer.port, "tls": False}


def secure(acquirer, name="acquirer.test"):
    return {**plain(acquirer), "tls": True, "ca": "ca.der", "server_name": name}


def files(acquirer):
    """What the board needs of the acquirer's TLS."""
    return {"ca.der": acquirer.tls.ca_der} if acquirer.tls else {}


@contextmanager
def running(folder, compiled, files=None, **environment):
    """A started bridge; its log is printed when the test fails, and it is stopped in any case."""
    bridge = VirtualBridge(folder, compiled, files, environment)
    bridge.start()
    try:
        yield bridge
    except BaseException:
        print(f"log of {folder}:")
        print("\n".join(bridge.log_path.read_text().splitlines()[-60:]))
        print("\n".join(event.text() for event in bridge.events()[-60:]))
        raise
    finally:
        bridge.stop()


@contextmanager
def shop(folder, *, tls=False, **changes):
    """An acquirer and a bridge in front of it."""
    with Acquirer(tls=folder / "ca" if tls else None) as acquirer:
        host = secure(acquirer) if tls else plain(acquirer)
        with running(folder / "bridge", settings(host, **changes), files(acquirer)) as bridge:
            yield acquirer, bridge


def terminal(bridge, link="t1", tid="TEST0001", **settings):
    """A terminal on a TCP link, or on the serial one; `t2` speaks cup-accept."""
    if link == "s1":
        wire = SerialLink(bridge.serial_path)
    else:
        wire = TcpLink("127.0.0.1", bridge.ports[link], keep_open=settings.pop("keep_open", True))
    dialect = "cup-accept" if link == "t2" else "cup"
    return Terminal(wire, tid, dialect=dialect, **settings)


def card(number):
    """One of many synthetic cards, so that a test can look for each of them."""
    body = f"629999{number:09d}"
    total = 0
    for i, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if i % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return Card(body + str(-total % 10))


def console(bridge, *words):
    """Run mpremote on the bridge as a person would, and give back what it prints."""
    command = [*MPREMOTE, "connect", bridge.console_path, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ask(bridge, expression):
    """A value from inside the bridge."""
    return eval(console(bridge, "resume", "exec", f"print(repr({expression}))"))


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def connect(bridge, link="t1"):
    """A bare connection to a TCP link."""
    peer = socket.create_connection(("127.0.0.1", bridge.ports[link]), 5)
    peer.settimeout(10)
    return peer


def until(true, timeout_s=10.0):
    """Wait for something that no event tells; False when the time is over."""
    end = time.monotonic() + timeout_s
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def leaks(paths, digits):
    """(file, form) for each digit string found in a file: text, packed, or text written in hex."""
    found = []
    for path in paths:
        data = path.read_bytes()
        packed, text = data.hex(), data.decode("latin-1").lower()
        for each in digits:
            forms = {"text": each in text, "packed": each in packed}
            forms["hex"] = each.encode().hex() in text
            found += [(path.name, form) for form, there in forms.items() if there]
    return found
