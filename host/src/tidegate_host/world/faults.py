"""What can go wrong in a world, as a table, and how often each of it did.

A world has some of these faults and not others (its seed decides), so that one fault does not hide
what another one would show. A fault that is switched off draws no chance, and one that fires is
counted: a fault that never fired has tested nothing.
"""

REFUSED = 0
CONNECT_SILENT = 1
REQUEST_LOST = 2
ANSWER_LOST = 3
HALF_REQUEST = 4
HALF_ANSWER = 5
RESET = 6
HALF_OPEN = 7
SLOW = 8
ANSWER_TWICE = 9
OUTAGE = 10
FLAPPING = 11
PARTITION = 12
DECLINE = 13
BUSY = 14
LATE = 15
VERY_LATE = 16
HOST_RESTART = 17
CUT_OVER = 18
ADVICE_REFUSED = 19
REVERSAL_REFUSED = 20
KEYS_LOST = 21
LINK_REPEAT = 22
REPLY_LOST = 23
FRAME_LOST = 24
NOISE = 25
IMPATIENT = 26
TERMINAL_REBOOT = 27
CLOSE_UNSEEN = 28
CHIP_DECLINE = 29
SECRET_ADVICE = 30
OPERATOR_REPEAT = 31
CUT_AT_EVENT = 32
CUT_AT_ACTION = 33
CUT_AT_FLASH = 34
CUTS_IN_A_ROW = 35
WATCHDOG = 36
CLOCK_UNKNOWN = 37
CLOCK_JUMP = 38
CLOCK_DRIFT = 39
RECONFIGURED = 40
STUCK = 41
REBUILT_ADVICE = 42
PARTIAL = 43
UNKNOWN_OUTCOME = 44
PROGRAM_FAILS = 45
SECTOR_DIES = 46
BIT_FLIPS = 47
STORM = 48
HOST_NOISE = 49
UNNAMED = 50
ODD_MESSAGE = 51
LANES_SHORT = 52
SEAL_GARBLED = 53
REVERSED_AT_ONCE = 54
REQUEST_CREEPS = 55
LIMITS = 56
PERSON = 57
STAND_IN = 58
NO_MEMORY = 59

# What came later draws from streams of its own: a world without it is as it was before.
FIRST_LATER = SEAL_GARBLED
FIRST_LATEST = NO_MEMORY
EARLIER = (1 << FIRST_LATER) - 1
LATER = (1 << FIRST_LATEST) - 1

# Name, and how often out of a thousand chances; a chance is what the name speaks of (a frame, a
# connection, a transaction, an hour).
TABLE = (
    ("refused", 40), ("connect-silent", 20), ("request-lost", 20), ("answer-lost", 20),
    ("half-request", 15), ("half-answer", 15), ("reset", 20), ("half-open", 15), ("slow", 30),
    ("answer-twice", 30), ("outage", 60), ("flapping", 40), ("partition", 40), ("decline", 80),
    ("busy", 40), ("late", 20), ("very-late", 15), ("host-restart", 40), ("cut-over", 1000),
    ("advice-refused", 30), ("reversal-refused", 20), ("keys-lost", 100), ("link-repeat", 40),
    ("reply-lost", 20), ("frame-lost", 15), ("noise", 10), ("impatient", 40),
    ("terminal-reboot", 15), ("close-unseen", 300), ("chip-decline", 30), ("secret-advice", 60),
    ("operator-repeat", 30), ("cut-at-event", 1), ("cut-at-action", 1), ("cut-at-flash", 1),
    ("cuts-in-a-row", 300), ("watchdog", 30), ("clock-unknown", 300), ("clock-jump", 30),
    ("clock-drift", 300), ("reconfigured", 200), ("stuck", 25), ("rebuilt-advice", 20),
    ("partial", 20), ("unknown-outcome", 20), ("program-fails", 60), ("sector-dies", 20),
    ("bit-flips", 30), ("storm", 8), ("host-noise", 5), ("unnamed", 8), ("odd-message", 10),
    ("lanes-short", 250), ("seal-garbled", 20), ("reversed-at-once", 400), ("request-creeps", 20),
    ("limits", 700), ("person-decides", 300),
    ("stand-in", 700), ("no-memory", 1),
)  # fmt: skip
NAMES = tuple([name for name, _ in TABLE])
ALL = (1 << len(TABLE)) - 1


class Faults:
    def __init__(self, streams, mask):
        # Bit n of `mask` permits fault n; the world's chance picks among the permitted.
        since = (0, FIRST_LATER, FIRST_LATEST, len(TABLE))
        self._streams = []
        for stream, first, end in zip(streams, since, since[1:]):
            self._streams += [stream] * (end - first)
        self.on = bool(mask)
        self.counts = [0] * len(TABLE)
        self.rates = []
        for number, (_, rate) in enumerate(TABLE):
            chosen = self._streams[number].chance(650)
            strength = self._streams[number].pick((1, 2, 2, 4, 6))
            used = chosen and mask >> number & 1
            self.rates.append(min(rate * strength // 2, 1000) if used else 0)

    def hit(self, fault):
        rate = self.rates[fault]
        if not rate or not self.on or not self._streams[fault].chance(rate):
            return False
        self.counts[fault] += 1
        return True

    def end(self):
        # From here on everything works.
        self.on = False


def mask_of(names):
    """Return the mask that permits the faults of these names. Raises ValueError for others."""
    mask = 0
    for name in names:
        mask |= 1 << NAMES.index(name)
    return mask


def names_of(mask):
    """Return the names of the faults that a mask permits, in the order of the table."""
    return [name for number, name in enumerate(NAMES) if mask >> number & 1]
