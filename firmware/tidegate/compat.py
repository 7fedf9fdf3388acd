"""What the pure modules need from an interpreter, on MicroPython and CPython alike."""

try:
    from micropython import const  # pyright: ignore[reportAssignmentType]
except ImportError:  # CPython: the same source runs in the host tool and its tests

    def const(value):
        return value
