# Started by MicroPython on a board, and by the runner of a virtual one. Provisioning never writes
# this file. It picks the version that runs: `slot` holds "NOW BACK LEFT", folders, "." for what
# was flashed. LEFT is "-" for a version that is trusted; one on trial has so many starts left to
# prove itself, and then BACK runs again ("x"). tidegate/app/slots.py and trial.py do the rest.
#
# A board whose console is locked never comes out at MicroPython's prompt, whatever fails here. The
# file `locked` says that it is (an image brings it, tidegate/app/starting.py keeps it right):
# a file that is there can be seen before anything is loaded that may be damaged. Such a board
# listens to no Ctrl-C from its first line on, and a start that fails is a crash: it is made again
# after a pause, by which a weak supply or a flash that reads badly may have recovered. An open
# board gives the prompt. There is no boot.py, because a Ctrl-C that meets one ends the start
# before this file has a say.
import micropython

micropython.kbd_intr(-1)
locked, on_trial = True, False  # until it is known

import gc  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402


def version(locked):
    # -> (folder, is it on trial?)
    try:
        with open("slot") as file:
            now, back, left = file.read().split()
        on_trial = left not in "-x"
        if on_trial:
            left = int(left)
    except (OSError, ValueError) as error:
        # What was flashed may have an open console: a locked board does not fall back to it.
        if locked and getattr(error, "errno", 0) != 2:
            raise
        return ".", False
    if not on_trial:
        return now, False
    now, back, left = (now, back, left - 1) if left else (back, now, "x")  # type: ignore
    with open("slot.new", "w") as file:
        file.write(" ".join((now, back, str(left))))
    os.rename("slot.new", "slot")
    return now, left != "x"


try:
    try:
        os.stat("locked")
    except OSError as error:
        locked = error.errno != 2  # only a file that is surely missing makes a board open
    if not locked:
        micropython.kbd_intr(3)
    folder, on_trial = version(locked)
    if folder != ".":
        os.chdir(folder)
        sys.path.insert(0, "")

    # Collected early and often, garbage leaves no holes between what stays, and a small heap
    # keeps room for the few big buffers. Said before the imports, because they make the most.
    gc.threshold(4096)

    from tidegate.app.run import forever

    if sys.platform == "esp32":
        from tidegate.port.esp32 import Port
    else:
        from tidegate.port.unix import Port

    forever(Port(), on_trial)
except BaseException as error:
    # On a computer SystemExit is a reset; on an ESP32 it may end at the prompt.
    if isinstance(error, SystemExit) and not (locked and sys.platform == "esp32"):
        raise
    # A version on trial has so few tries that nobody is locked out by them.
    if not locked and (not on_trial or isinstance(error, KeyboardInterrupt)):
        raise
    try:
        print("Tidegate does not start:", type(error).__name__)
    finally:
        time.sleep(0 if on_trial else 5)
        if sys.platform == "esp32":
            import machine

            machine.reset()
        sys.exit(74)
