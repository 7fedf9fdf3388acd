# Started after boot.py on a board, and by the runner of a virtual one.
import sys

from tidegate.app.run import forever

if sys.platform == "esp32":
    from tidegate.port.esp32 import Port
else:
    from tidegate.port.unix import Port

forever(Port())
