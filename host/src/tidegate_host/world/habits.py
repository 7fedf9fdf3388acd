"""What hosts, terminals and flash did that nobody switches on, and how often each was seen.

A fault is drawn; a habit follows from what went on. Worlds that never showed one have not tested
what the bridge makes of it.
"""

REVERSAL_UNSEEN = 0
ORIGINAL_TRAILS = 1
REPEAT_94 = 2
REPEAT_00 = 3
BOOKED_AGAIN = 4  # never: that is what the bridge is for
REVERSED_AGAIN = 5
SEAL_DEAD = 6
PUT_OFF_AT_CUT_OVER = 7
NEXT_DAY = 8
OUT_OF_BALANCE = 9
ANSWER_UNHEARD = 10
SLOT_SENT = 11
SLOT_GIVEN_UP = 12
ADVICE_GIVEN_UP = 13
SEAL_DOUBTED = 14
UPLOAD_RESUMED = 15
TORN = 16
MENDED = 17
GAP = 18
SECTOR_BAD = 19
GIVEN_BACK = 20
NEARLY_FULL = 21
WRITE_FAULT = 22

NAMES = (
    "reversal-of-the-unseen", "original-after-its-reversal", "repeat-answered-94",
    "repeat-answered-00", "repeat-booked-again", "reversed-again", "seal-of-dead-keys",
    "put-off-at-cut-over", "settlement-date-of-tomorrow", "out-of-balance",
    "answer-to-a-closed-line", "reversal-by-the-terminal", "reversal-given-up", "advice-given-up",
    "seal-doubted", "upload-resumed", "entry-torn", "bit-mended", "entries-missing",
    "sector-bad", "sector-given-back", "ring-nearly-full", "program-repeated",
)  # fmt: skip


class Habits:
    def __init__(self):
        self.counts = [0] * len(NAMES)

    def saw(self, habit, times=1):
        self.counts[habit] += times
