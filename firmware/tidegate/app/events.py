"""What the edges tell the log: an event id and three small integers, beside those of the
engine."""

from tidegate.compat import const

FIRST = const(100)
BOOT = const(100)  # cause wall_trust heap_free: the firmware started
READY = const(101)  # links routes heap_free: terminals can connect
CONFIG_BAD = const(102)  # reason 0 0: nothing is passed; reasons below
JOURNAL_MOUNTED = const(103)  # open_items damaged gaps
JOURNAL_BAD = const(104)  # reason 0 0: nothing is passed
KEYS_BAD = const(105)  # reason 0 0: nothing is passed
CONN_OPEN = const(106)  # conn link open_connections
CONN_CLOSED = const(107)  # conn reason frames
CONN_REFUSED = const(108)  # link open_connections 0: the limit of the link
CONN_STALLED = const(109)  # conn bytes 0: an answer was not taken, the connection is dropped
PARTIAL_DROPPED = const(110)  # conn bytes 0: the rest of a frame did not come
NOISE = const(111)  # conn garbage_bytes errors: sums since the connection began
DIAL = const(112)  # lane route host: a connection is tried
DIAL_FAILED = const(113)  # lane host reason
HOST_BACK = const(114)  # route host 0: a probe found a failed host again
TASK_DIED = const(115)  # task reason deaths: it is started again
TASK_STUCK = const(116)  # task ms 0: the watchdog is not fed
CLOCK_SET = const(117)  # source trust jump_s: the wall clock was moved or its trust changed
CLOCK_DOUBT = const(118)  # source difference_s 0: a source disagrees and is not believed
CONSOLE_RUN = const(119)  # bytes failed 0: a command ran on the console
RESET = const(120)  # cause 0 0: the firmware ends and starts again
TIDIED = const(121)  # steps 0 0: housekeeping of the journal came to its end
KEY_DESTROYED = const(122)  # key 0 0: nothing that was sealed with it is open any more
SAFE_MODE = const(123)  # crashes 0 0: only the console is started, see crashes
BOARD_BAD = const(124)  # 0 0 0: how the board is wired cannot be read; nothing is passed
NETWORK_AGAIN = const(125)  # state seconds 0: the interface is switched off and on, see upkeep
NETWORK_AWAY = const(126)  # 0 0 0: the interface says that it is not connected any more

NAMES = (
    "boot", "ready", "config-bad", "journal-mounted", "journal-bad", "keys-bad", "conn-open",
    "conn-closed", "conn-refused", "conn-stalled", "partial-dropped", "noise", "dial",
    "dial-failed", "host-back", "task-died", "task-stuck", "clock-set", "clock-doubt",
    "console-run", "reset", "tidied", "key-destroyed", "safe-mode", "board-bad", "network-again",
    "network-away",
)  # fmt: skip

# Reasons of a bad configuration.
CONFIG_MISSING = const(1)
CONFIG_NOT_JSON = const(2)
CONFIG_SCHEMA = const(3)
CONFIG_REFUSED = const(4)  # the engine does not accept it

# Reasons of a closed line beside the errno values (all below 200) of the system.
EOF = const(200)
TLS = const(201)
NOT_TAKEN = const(202)  # a frame was not taken whole by one write
CRASHED = const(203)
NO_HOST = const(204)  # the route has no host that could be tried
CANCELLED = const(205)

# Causes of a start.
CAUSE_POWER = const(0)
CAUSE_RESET = const(1)  # asked for on the console
CAUSE_ENDED = const(2)  # the main loop ended, or the system below it failed
CAUSE_WATCHDOG = const(3)
CAUSE_UNKNOWN = const(4)
CAUSE_NAMES = ("power", "reset", "crash", "watchdog", "unknown")
# What the port keeps from one start to the next, but not without power.
KEPT_CRASHES = const(0)  # how long ago each was, in seconds
KEPT_FAILURES = const(1)  # wrong keys in a row on a locked console

CRASHES = (CAUSE_ENDED, CAUSE_WATCHDOG)


def reason_of(error):
    # What an OSError says as a small positive number; TLS errors have codes of their own.
    number = error.errno if isinstance(error, OSError) else None
    if not isinstance(number, int):
        # A JournalError has words, the TLS layer raises ValueError for a certificate.
        return TLS if isinstance(error, ValueError) else CRASHED
    return number if 0 < number < EOF else TLS
