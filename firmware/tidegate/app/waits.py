"""Waiting for wires: until there is something to read or room to write, and for how long at most.

Reading and waiting are two steps here. The wait takes no bytes, so it may be cancelled at any
time, and the read that follows happens at once, into the buffer of that moment. (A time-out
around a stream read loses what was already taken: micropython #17351.)
"""

import asyncio


def readable(wire):
    yield asyncio.core._io_queue.queue_read(wire)  # type: ignore


def writable(wire):
    yield asyncio.core._io_queue.queue_write(wire)  # type: ignore


def at_once(sock):
    # IPPROTO_TCP, TCP_NODELAY: a frame is written whole and waits for no acknowledgement of the
    # one before (measured: 40 ms in each transaction).
    sock.setsockopt(6, 1, 1)


class Deadline:
    # Bounds the `with` block. It can end in five ways:
    #   1 done: the timer is cancelled, nothing else happens
    #   2 time over: the timer cancelled the task; OSError (ETIMEDOUT) comes out
    #   3 an error of the block: the timer is cancelled, the error passes
    #   4 cancelled by somebody else: the timer is cancelled, the cancellation passes
    #   5 cancelled and time over at once: OSError as in 2; the owner looks at its own state
    def __init__(self, ms):
        self._ms = ms
        self._over = False
        self._task = None
        self._timer = None

    async def _watch(self):
        await asyncio.sleep_ms(self._ms)  # type: ignore
        self._over = True
        self._task.cancel()

    def __enter__(self):
        self._task = asyncio.current_task()
        self._timer = asyncio.create_task(self._watch())
        return self

    def __exit__(self, kind, _error, _trace):
        if not self._over:
            self._timer.cancel()
        elif kind is asyncio.CancelledError:
            raise OSError(110)  # ETIMEDOUT
        return False
