"""The cable carries bytes both ways, breaks at once, and comes back on the same port."""

import contextlib
import socket
import threading

import pytest

from tidegate_host.demo.cable import Cable


@contextlib.contextmanager
def echo_server():
    server = socket.create_server(("127.0.0.1", 0))

    def echo(peer):
        with peer, contextlib.suppress(OSError):
            while data := peer.recv(4096):
                peer.sendall(data)

    def serve():
        with contextlib.suppress(OSError):
            while True:
                peer, _ = server.accept()
                threading.Thread(target=echo, args=(peer,), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)


def say(port, text):
    with socket.create_connection(("127.0.0.1", port), 5) as peer:
        peer.sendall(text)
        return peer.recv(4096)


def test_bytes_go_through_before_and_after_a_cut_and_never_during_one():
    with echo_server() as port, Cable("127.0.0.1", port) as cable:
        assert say(cable.port, b"before") == b"before"
        for turn in range(3):
            cable.cut()
            with pytest.raises(ConnectionRefusedError):
                say(cable.port, b"during")
            cable.mend()
            assert say(cable.port, b"after %d" % turn) == b"after %d" % turn


def test_a_cut_resets_what_is_open():
    with (
        echo_server() as port,
        Cable("127.0.0.1", port) as cable,
        socket.create_connection(("127.0.0.1", cable.port), 5) as peer,
    ):
        peer.sendall(b"hello")
        assert peer.recv(4096) == b"hello"
        cable.cut()
        with pytest.raises(ConnectionResetError):
            while peer.recv(4096):
                pass


def test_the_far_end_hears_that_the_near_one_has_finished():
    server = socket.create_server(("127.0.0.1", 0))
    with (
        server,
        Cable("127.0.0.1", server.getsockname()[1]) as cable,
        socket.create_connection(("127.0.0.1", cable.port), 5) as near,
    ):
        far, _ = server.accept()
        with far:
            near.sendall(b"all")
            near.shutdown(socket.SHUT_WR)
            far.settimeout(5)
            assert far.recv(4096) == b"all"
            assert far.recv(4096) == b""
            far.sendall(b"heard")
            assert near.recv(4096) == b"heard"


def test_a_far_end_that_does_not_listen_is_a_broken_line():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with (
            Cable("127.0.0.1", nobody.getsockname()[1]) as cable,
            pytest.raises(ConnectionResetError),
        ):
            say(cable.port, b"anybody?")


def test_a_line_that_only_seems_up_takes_connections_and_says_nothing():
    with echo_server() as port, Cable("127.0.0.1", port) as cable:
        cable.cut()
        cable.hush()
        with socket.create_connection(("127.0.0.1", cable.port), 5) as peer:
            peer.sendall(b"anybody?")
            peer.settimeout(0.2)
            with pytest.raises(TimeoutError):
                peer.recv(4096)
        cable.cut()
        cable.mend()
        assert say(cable.port, b"again") == b"again"
