# Started after boot.py on a board, and by the runner of a virtual one. Provisioning never writes
# this file. It picks the version that runs: `slot` holds "NOW BACK LEFT", folders, "." for what
# was flashed. LEFT is "-" for a version that is trusted; one on trial has so many starts left to
# prove itself, and then BACK runs again ("x"). tidegate/app/slots.py and trial.py do the rest.
import gc
import os
import sys


def version():
    # -> (folder, is it on trial?)
    try:
        with open("slot") as file:
            now, back, left = file.read().split()
    except (OSError, ValueError):
        return ".", False
    if left in "-x":
        return now, False
    if left == "0":
        now, back, left = back, now, "x"
    else:
        left = str(int(left) - 1)
    with open("slot.new", "w") as file:
        file.write(" ".join((now, back, left)))
    os.rename("slot.new", "slot")
    return now, left != "x"


folder, on_trial = version()
if folder != ".":
    os.chdir(folder)
    sys.path.insert(0, "")

# Collected early and often, garbage leaves no holes between what stays, and a small heap keeps
# room for the few big buffers. Said before the imports, because they make the most of it.
gc.threshold(4096)

from tidegate.app.run import forever  # noqa: E402

if sys.platform == "esp32":
    from tidegate.port.esp32 import Port
else:
    from tidegate.port.unix import Port

forever(Port(), on_trial)
