"""A host that answers at once, so that what is measured is the way to it. One process of its own.

    python host_stub.py DELAY_MS PORT [SERVER.pem SERVER.key]

Prints its port. It answers a sale (0200) with 0210 and an advice (0220) with 0230; trace number
and terminal are copied into an answer that was made once. A line on its input is answered with
what came so far: how many advices, when the first and the newest came, in seconds of the machine's
own clock, and how long all answers together were held back.
"""

import asyncio
import socket
import ssl
import sys
import time

import samples

_HEAD_BYTES = 11  # TPDU and header
_TAKES = {0x0200: samples.answer, 0x0220: samples.advice_answer}


def places(frame):
    """Where the trace number and the terminal's name stand: found by making it twice."""
    one, two = frame("TEST0001", 111111), frame("TEST0001", 222222)
    stan = next(i for i in range(len(one)) if one[i] != two[i])
    return stan, one.index(b"TEST0001")


ASKED = {0x0200: places(samples.sale), 0x0220: places(samples.advice)}
MADE = {mti: (bytearray(make()), *places(make)) for mti, make in _TAKES.items()}


def answer(payload):
    mti = payload[_HEAD_BYTES] << 8 | payload[_HEAD_BYTES + 1]
    stan, terminal = ASKED[mti]
    made, to_stan, to_terminal = MADE[mti]
    made[to_stan : to_stan + 3] = payload[stan : stan + 3]
    made[to_terminal : to_terminal + 8] = payload[terminal : terminal + 8]
    return len(made).to_bytes(2, "big") + made


class Wire(asyncio.Protocol):
    delay_s = 0.0
    came = [0, 0.0, 0.0, 0.0]  # how many advices, the first, the newest, how long all were held

    def connection_made(self, transport):
        self.transport = transport
        self.rest = b""
        raw = transport.get_extra_info("socket")
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data):
        self.rest += data
        while len(self.rest) >= 2:
            size = int.from_bytes(self.rest[:2], "big")
            if len(self.rest) < 2 + size:
                return
            payload, self.rest = self.rest[2 : 2 + size], self.rest[2 + size :]
            self.take(payload)

    def take(self, payload):
        if self.delay_s:
            now = time.monotonic()
            self.came[0] += 1
            self.came[1] = self.came[1] or now
            self.came[2] = now
            asyncio.get_running_loop().call_later(self.delay_s, self.give, answer(payload), now)
        else:
            self.transport.write(answer(payload))

    def give(self, answer, since):
        # A timer is late now and then: what it held the answer for counts, not what it was told.
        self.came[3] += time.monotonic() - since
        self.transport.write(answer)


async def main(delay_ms, port, cert=None, key=None):
    Wire.delay_s = float(delay_ms) / 1000
    context = None
    if cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Wire, "127.0.0.1", int(port), ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    # Any line that comes is answered with what came so far; the end of the input is the end.
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(*Wire.came, flush=True)


asyncio.run(main(*sys.argv[1:]))
