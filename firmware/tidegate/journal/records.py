"""The bodies of journal entries: what each type says, how long it lives, and its layout to the
byte.

One place for the format, read by the journal, the ledger and the host tool. A body begins with
its item id, so that following an item needs no decryption. Integers are little-endian; an
amount has five bytes (twelve digits fit), a date or time is decimal (mmdd, hhmmss), a wall time
counts seconds since 2020. A masked card is the first six and last four digits as BCD and the
length of the PAN.
"""

from struct import pack_into, unpack_from

from tidegate.compat import const

BOOT = const(1)  # the bridge started: reset cause, versions
CLOCK = const(2)  # wall time and its trust
LANE = const(3)  # a lane got a terminal: F41 and F42
SENT = const(4)  # a live request is about to be written to the host
ANSWER = const(5)  # the host answered it
DELIVER = const(6)  # the answer was handed to the terminal's connection
STORE = const(7)  # a storable message, sealed
ATTEMPT = const(8)  # a stored item is about to be written to the host
DONE = const(9)  # an item is closed, and how
HOLD = const(10)  # a live request was refused, and until when it may wait
ATTENTION = const(11)  # a person has to look at this
BATCH = const(12)  # a step of a batch: settlement written, answered, a new number
CHECKPOINT = const(13)  # one lane's books at this moment
CONFIG = const(14)  # the hash of the configuration in force
NOTE = const(15)  # anything else worth telling afterwards

TYPE_NAMES = (
    "free", "BOOT", "CLOCK", "LANE", "SENT", "ANSWER", "DELIVER", "STORE", "ATTEMPT", "DONE",
    "HOLD", "ATTENTION", "BATCH", "CHECKPOINT", "CONFIG", "NOTE",
)  # fmt: skip

# When an entry is dead (J7). OPEN: lives until a DONE names its id, and is copied forward until
# then. FOLDED: dead once a newer CHECKPOINT is complete. PASSING: history, never copied.
OPEN = const(1)
FOLDED = const(2)
PASSING = const(3)
RULES = (0, 3, 2, 2, 2, 2, 2, 1, 3, 2, 1, 1, 2, 2, 2, 3)

# Of the room that the ring keeps back: all of it, for what a person has to be told.
TELLING = const(2)

# How an item was closed (DONE), three bits.
HOW_CONFIRMED = const(0)  # the host took it (00 or an approval of that kind)
HOW_REPEAT = const(1)  # 94 after an earlier attempt
HOW_NO_ORIGINAL = const(2)  # 25 or 12 on a reversal, with the guard satisfied
HOW_REPLACED = const(3)  # newer bytes of the same message took its place
HOW_UPLOADED = const(4)  # the terminal's own batch upload named it
HOW_PERSON = const(5)  # a person recorded how it was resolved
HOW_SUCCEEDED = const(6)  # a hold: the same card and amount went through later
HOW_EXPIRED = const(7)  # a hold: its time is over
HOW_NAMES = (
    "confirmed", "repeat", "no-original", "replaced", "uploaded", "person", "succeeded", "expired",
)  # fmt: skip

# Why something is in attention.
WHY_UNKNOWN = const(1)  # a live request was written and never answered
WHY_UNPROVEN = const(2)  # an approval that the terminal may not have received
WHY_REFUSED = const(3)  # the host refused a stored item for good
WHY_STALE_KEY = const(4)  # its MAC died with the keys of a sign-in
WHY_DIFFERS = const(5)  # a repeat with other content after the first was attempted
WHY_TOO_MANY = const(6)  # more attempts than allowed while the route answers others
WHY_TOO_OLD = const(7)  # older than allowed while the route answers others
WHY_SETTLED = const(8)  # its batch was settled before it could be delivered
WHY_NOT_REPEATABLE = const(9)  # written, unanswered, and the host books repeats
WHY_DAMAGED = const(10)  # its frame could not be read back
WHY_RESTORED = const(11)  # it comes from a backup, and may have arrived since that was made
WHY_TAKEN_BACK = const(12)  # a stand-in approval that was reversed while its advice was out
WHY_NAMES = (
    "", "unknown", "unproven", "refused", "stale-key", "differs", "too-many-attempts", "too-old",
    "settled-before", "not-repeatable", "damaged", "restored",
    "taken-back",
)  # fmt: skip

# What a BATCH entry reports.
BATCH_SETTLING = const(1)  # 0500 is about to be written
BATCH_ANSWERED = const(2)  # 0510 came: the flags of F48
BATCH_NUMBER = const(3)  # the batch number changed
BATCH_KEYS = const(4)  # a sign-in was answered with keys: a new key epoch
BATCH_LATE = const(6)  # a stored message of the batch before was confirmed
BATCH_REVERSED = const(5)  # an approval older than the newest was taken back
BATCH_TERMINAL = const(7)  # the totals of a 0500, domestic (flags 0) or foreign cards (1)
BATCH_HOST = const(8)  # the totals of a 0510 where they are others
BATCH_NAMED = const(9)  # a batch upload named a transaction, and the host took it
BATCH_UPLOADED = const(10)  # the end of the upload was answered

# What a NOTE tells: what people did to the board, and what became of it.
NOTE_LET_IN = const(1)  # somebody proved the console key
NOTE_TURNED_AWAY = const(2)  # somebody did not; the detail counts since the start
NOTE_USED = const(3)  # a word of the locked console; the detail is its first four letters
NOTE_ACTIVATED = const(4)  # a new version is to be tried at the next start
NOTE_TRUSTED = const(5)  # it passed its self-test
NOTE_FAILED = const(6)  # it did not; the one before runs again
NOTE_ROLLED_BACK = const(7)  # a person went back to the version before
NOTE_RESTORED = const(8)  # the journal comes from a backup; what was open is in attention
# What people decide about an item: its id stands in front, who and why behind.
NOTE_SETTLED_BOOKED = const(9)  # resolved outside: the acquirer has it
NOTE_SETTLED_NOT = const(10)  # resolved outside: the acquirer does not have it
NOTE_RETRIED = const(11)  # sent once more
NOTE_DEFERRED = const(12)  # a hold is remembered at a time, which is the detail
NOTE_RELEASED = const(13)  # a hold: the customer was served in another way
NOTE_CANCELLED = const(14)  # a hold: nobody wants it any more
NOTE_STOOD_IN = const(15)  # a sale approved by the bridge: its amount is the detail, card, code
NOTE_NAMES = (
    "", "let-in", "turned-away", "used", "version-activated", "version-trusted", "version-failed",
    "rolled-back", "restored", "settled-booked", "settled-not-booked", "retried", "deferred",
    "released", "cancelled", "stood-in",
)  # fmt: skip

# The two queues of a lane.
GROUP_REVERSAL = const(0)
GROUP_ADVICE = const(1)

# The clear envelope of an OPEN entry, 16 bytes: item id, lane, kind, key id, flags, tag, STAN.
ENVELOPE_BYTES = const(16)
_ENVELOPE = "<IBBBBII"
FLAG_ATTEMPTED = const(1)  # set in a copy: the original had an ATTEMPT
FLAG_ATTENTION = const(2)  # set in a copy: the original is in attention
FLAG_COPY = const(4)
FLAG_REPEAT = const(8)  # the host had confirmed it before: it has no second effect on the books
FLAG_DOUBT = const(16)  # a person decides before it goes out, although no ATTENTION may say so yet
FLAG_PERSON = const(32)  # a person sends it, whatever speaks against it; of a HOLD: deferred
FLAG_STAND_IN = const(64)  # an advice of what the bridge approved itself
FLAGS_SEALED = const(24)

# A copy of an ATTENTION keeps its own envelope; what it is about is named by its item id.
SENT_BYTES = const(64)
ANSWER_BYTES = const(48)
DELIVER_BYTES = const(16)
HOLD_BYTES = const(48)
ATTENTION_BYTES = const(48)
BATCH_BYTES = const(48)
LANE_BYTES = const(32)
CLOCK_BYTES = const(12)
CHECKPOINT_BYTES = const(190)

# Flags of an ANSWER.
ANSWER_LATE = const(1)  # it came when the wait was over: recorded, not handed on
ANSWER_APPROVED = const(2)


def put_envelope(body, item_id, lane, kind, key_id, flags, tag, stan):
    pack_into(_ENVELOPE, body, 0, item_id, lane, kind, key_id, flags, tag, stan & 0xFFFFFFFF)


def get_envelope(body):
    return unpack_from(_ENVELOPE, body, 0)


def item_id(body):
    return unpack_from("<I", body, 0)[0]


# ATTEMPT and DONE, 16 bytes each. Where the item stands is in the entry's header. A DONE may close
# a second entry of the same item, its ATTENTION, by the place `partner`; with `returns` it closes
# only the ATTENTION, and the item at `partner` waits for the host again.
ATTEMPT_BYTES = const(16)
DONE_BYTES = const(16)
_ATTEMPT = "<IBBIBIB"
_DONE = "<IBBIBHBH"


def put_attempt(body, item_id, lane, kind, amount, wall_s):
    amount = max(amount, 0)
    pack_into(_ATTEMPT, body, 0, item_id, lane, kind, amount & 0xFFFFFFFF, amount >> 32, wall_s, 0)


def get_attempt(body):
    # -> item id, lane, kind, amount, wall time
    values = unpack_from(_ATTEMPT, body, 0)
    return values[0], values[1], values[2], values[3] | values[4] << 32, values[5]


def put_done(body, item_id, lane, how, kind, amount, partner, returns, wall_s):
    amount = max(amount, 0)
    pack_into(
        _DONE, body, 0, item_id, lane, how << 5 | kind & 31, amount & 0xFFFFFFFF, amount >> 32,
        partner, returns, wall_s & 0xFFFF,
    )  # fmt: skip


def get_done(body):
    # -> item id, lane, how, kind, amount, partner, returns, low half of the wall time
    item_id, lane, how, low, high, partner, returns, wall = unpack_from(_DONE, body, 0)
    return item_id, lane, how >> 5, how & 31, low | high << 32, partner, returns, wall
