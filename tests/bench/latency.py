"""How long a sale takes: directly, through socat, through a bare relay, through the bridge.

The four take turns, a few sales each, so that what else the machine does meets all of them.
"""

import contextlib
import socket
import ssl
import time

import places
import samples

SALES = 2000
TURN = 100  # sales of one peer before it is the next one's turn
PEERS = ("direct", "socat", "bare relay", "bridge")
_HEAD_BYTES = 2
# A chip does TLS outside the heap of Python, a computer's MicroPython in it, some 50 KB each.
_TLS_KB_EACH = 80


class Terminal:
    """One connection that sells as fast as it gets answers; the frame is made once."""

    def __init__(self, port, number, ca=None):
        self.tid = samples.terminal(number + 1)
        sock = socket.create_connection(("127.0.0.1", port), 20)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if ca:
            context = ssl.create_default_context(cafile=ca.ca_pem)
            sock = context.wrap_socket(sock, server_hostname=ca.server_name)
        self.sock = sock
        one, two = samples.sale(self.tid, 111111), samples.sale(self.tid, 222222)
        self.at = _HEAD_BYTES + next(i for i in range(len(one)) if one[i] != two[i])
        self.frame = bytearray(len(one).to_bytes(_HEAD_BYTES, "big") + one)
        answer = samples.answer(self.tid, 111111)
        self.answer_bytes = _HEAD_BYTES + len(answer)
        self.answer_at = _HEAD_BYTES + answer.index(b"\x11\x11\x11")
        self.stan = 0
        self.spent_ms = []

    def sell(self, count):
        frame, sock = self.frame, self.sock
        for _ in range(count):
            self.stan += 1
            stan = bytes.fromhex(f"{self.stan:06d}")
            frame[self.at : self.at + 3] = stan
            began = time.perf_counter()
            sock.sendall(frame)
            answer = b""
            while len(answer) < self.answer_bytes:
                data = sock.recv(4096)
                if not data:
                    raise AssertionError("the connection ended")
                answer += data
            self.spent_ms.append((time.perf_counter() - began) * 1000)
            if len(answer) != self.answer_bytes or answer[self.answer_at :][:3] != stan:
                raise AssertionError(f"another answer: {answer.hex()}")

    def close(self):
        self.sock.close()


def _turn(terminals, count):
    """All terminals of one peer sell at the same time."""
    places.at_once([(terminal.sell, count) for terminal in terminals])


def measure(folder, tls, count, sales=SALES):
    """-> {peer: latencies in ms, in order}; a peer that is not on this machine is missing."""
    with contextlib.ExitStack() as stack:
        ca = places.authority(folder / "ca") if tls else None
        port, _ = stack.enter_context(places.host(0, ca))
        ports = {"direct": port}
        if places.socat():
            ports["socat"] = stack.enter_context(places.socat_relay(port, ca))
        heap_kb = 112 + 8 * count + (_TLS_KB_EACH * (count - 1) if tls else 0)
        ports["bare relay"] = stack.enter_context(places.bare_relay(port, heap_kb, ca))
        compiled = places.settings(port, count, ca)
        running = stack.enter_context(
            places.bridge(folder / f"bridge-{tls:d}{count}", compiled, ca, heap_kb)
        )
        ports["bridge"] = running.ports["t1"]
        peers = {
            name: [Terminal(at, i, ca if name == "direct" else None) for i in range(count)]
            for name, at in ports.items()
        }
        turn = max(TURN // count, 1)
        for terminals in peers.values():
            _turn(terminals, turn)  # the first ones dial
            for terminal in terminals:
                terminal.spent_ms.clear()
        for _ in range(-(-sales // (turn * count))):
            for terminals in peers.values():
                _turn(terminals, turn)
        for terminals in peers.values():
            for terminal in terminals:
                terminal.close()
        return {n: [ms for t in some for ms in t.spent_ms] for n, some in peers.items()}


def summary(spent_ms):
    ordered = sorted(spent_ms)
    return {
        "count": len(ordered),
        "p50_ms": ordered[len(ordered) // 2],
        "p99_ms": ordered[len(ordered) * 99 // 100],
        "max_ms": ordered[-1],
    }
