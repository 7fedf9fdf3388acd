"""A bare relay on asyncio, without parsing or journal: the floor of the language.

    micropython relay.py PORT HOST_PORT [CA.der SERVER_NAME]

Each terminal that connects gets a connection of its own to the host; bytes go both ways.
"""

import asyncio
import sys

_PIECE_BYTES = 2048


async def pump(reader, writer):
    buf = bytearray(_PIECE_BYTES)
    view = memoryview(buf)
    while True:
        count = await reader.readinto(buf)
        if count is None:
            continue  # something of TLS itself, no data
        if not count:
            break
        writer.write(view[:count])
        await writer.drain()
    writer.close()


def at_once(stream):
    stream.s.setsockopt(6, 1, 1)  # TCP_NODELAY


def trusting(ca):
    import tls

    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    context.verify_mode = tls.CERT_REQUIRED
    with open(ca, "rb") as file:
        context.load_verify_locations(file.read())
    return context


async def main(port, host_port, ca=None, name=None):
    async def accept(reader, writer):
        at_once(reader)
        if ca:
            far = await asyncio.open_connection(
                "127.0.0.1", int(host_port), ssl=trusting(ca), server_hostname=name
            )
        else:
            far = await asyncio.open_connection("127.0.0.1", int(host_port))
            at_once(far[0])
        back = asyncio.create_task(pump(far[0], writer))
        await pump(reader, far[1])
        await back

    server = await asyncio.start_server(accept, "127.0.0.1", int(port), 16)
    print("ready")
    await server.wait_closed()


def room_for_polling(count):
    # The unix port's poll() crashes when it has to grow while it watches a TLS socket: it gets the
    # room at once.
    poller = asyncio.core._io_queue.poller
    for fd in range(1000, 1000 + count):
        poller.register(fd)
    for fd in range(1000, 1000 + count):
        poller.unregister(fd)


room_for_polling(64)
asyncio.run(main(*sys.argv[1:]))
