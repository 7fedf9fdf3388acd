"""Where `--device` may point, and what is told when nobody, or somebody else, is there."""

import os
import pty
import selectors
import socket
import threading
import tty
from contextlib import contextmanager, suppress

import pytest
import serial
import serial.rfc2217
from device import Tool
from shop import plain, running, settings

from tidegate_host.standins.acquirer import Acquirer


@pytest.fixture
def bridge(own_home):
    with Acquirer() as acquirer, running(own_home, settings(plain(acquirer))) as bridge:
        yield bridge


@contextmanager
def served(path, answer):
    """A console on a TCP port; `answer(line, peer)` carries what comes, until the peer goes."""
    line = serial.Serial(path, timeout=0.05)
    with line, socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            peer, _ = server.accept()
            with peer, suppress(OSError):
                answer(line, peer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(10)


def raw(line, peer):
    with selectors.DefaultSelector() as selector:
        selector.register(peer, selectors.EVENT_READ)
        while True:
            peer.sendall(line.read(4096))
            if selector.select(0):
                data = peer.recv(4096)
                if not data:
                    return
                line.write(data)


class Wire:
    def __init__(self, peer):
        self.peer = peer

    def write(self, data):
        self.peer.sendall(data)


class Settings(serial.Serial):
    """A pseudo-terminal has no modem lines."""

    rts = dtr = break_condition = False
    cts = dsr = ri = cd = False


def rfc2217(line, peer):
    manager = serial.rfc2217.PortManager(line, Wire(peer))
    with selectors.DefaultSelector() as selector:
        selector.register(peer, selectors.EVENT_READ)
        while True:
            peer.sendall(b"".join(manager.escape(line.read(4096))))
            if selector.select(0):
                data = peer.recv(4096)
                if not data:
                    return
                line.write(b"".join(manager.filter(data)))


def test_a_console_behind_a_plain_socket(bridge):
    with served(bridge.console_path, raw) as port:
        told = Tool()("status", "-d", f"socket://127.0.0.1:{port}", device=False)
    assert told.startswith("bridge    test on virtual")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_console_behind_rfc2217(bridge, monkeypatch):
    monkeypatch.setattr(serial, "Serial", Settings)
    with served(bridge.console_path, rfc2217) as port:
        told = Tool()("status", "-d", f"rfc2217://127.0.0.1:{port}", device=False)
    assert told.startswith("bridge    test on virtual")


def test_a_port_in_use_says_so(bridge):
    with serial.Serial(bridge.console_path, exclusive=True):
        assert "in use by another program" in Tool()("status", code=3)


def test_a_port_that_says_nothing_is_a_time_out():
    master, slave = pty.openpty()
    try:
        tty.setraw(slave)
        told = Tool()("status", "-d", os.ttyname(slave), code=4, device=False)
        assert "no console answers" in told and "powered" in told
    finally:
        os.close(master)
        os.close(slave)
