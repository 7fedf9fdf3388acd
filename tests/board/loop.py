"""A loop-back plug for boards that have none: a pseudo-terminal that sends everything back."""

import os
import threading
import tty


class Loop:
    def __init__(self):
        self._master, slave = os.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        self._slave = slave  # held open, or the other end would end with its first user
        threading.Thread(target=self._echo, daemon=True).start()

    def _echo(self):
        while True:
            data = os.read(self._master, 4096)
            if data == b"":
                return
            os.write(self._master, data)
