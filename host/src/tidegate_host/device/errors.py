"""What can go wrong between the tool and a board.

DeviceError
  NoDevice       nothing there to talk to
  NoAnswer       somebody is there and says nothing in time
  Refused        the board understood and says no
  NoMemory       its memory did not suffice for the answer at this moment
  WrongKey       the locked console does not know this key
"""


class DeviceError(Exception):
    """An operating error with the next step; the text says what happened."""

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step


class NoDevice(DeviceError):
    """The port is not there, or is not a bridge's."""


class NoAnswer(DeviceError):
    """Nothing came in time."""


class Refused(DeviceError):
    """The board said no; the text is its own."""


class NoMemory(DeviceError):
    """Nothing was done: asked for less, or later, it may work."""


class WrongKey(DeviceError):
    """The locked console and the key do not fit, or it has no key at all."""
