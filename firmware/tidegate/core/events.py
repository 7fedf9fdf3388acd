"""What the engine tells the log: an event id and three small integers; the host makes the text.

A log line never carries a frame or a card. In the comments, `lane` is the lane's index, `stan` the
terminal's trace number, `code` two response-code characters as one integer (high byte first).
"""

from tidegate.compat import const

LIVE_IN = const(1)  # lane kind stan: a live request arrived
LIVE_SENT = const(2)  # lane kind stan: written to the host, once
LIVE_ANSWER = const(3)  # lane code stan: the host answered in time
LIVE_LATE = const(4)  # lane code stan: answered after the wait was over, recorded only
LIVE_DECLINED = const(5)  # lane code stan: refused by the bridge, a hold was recorded
LIVE_UNKNOWN = const(6)  # lane kind stan: written and not answered
LIVE_JOINED = const(7)  # lane kind stan: a repeat joined the request in flight
LIVE_REMEMBERED = const(8)  # lane kind stan: a repeat got the remembered answer
LIVE_DROPPED = const(9)  # lane kind stan: given up before anything was written
DELIVERED = const(10)  # lane code stan: the answer was handed to the terminal
STORED = const(11)  # lane kind stan: durable in the journal
STORED_AGAIN = const(12)  # lane kind stan: the same bytes, stored once
REPLACED = const(13)  # lane kind stan: newer bytes took the older one's place
STORE_REFUSED = const(14)  # lane kind stan: not storable, or no room
ITEM_SENT = const(15)  # lane kind stan: a stored item was written to the host
ITEM_DONE = const(16)  # lane how stan: closed
ITEM_AGAIN = const(17)  # lane code stan: to be tried again
ACCEPTED = const(18)  # lane code stan: the acceptance setting answered the terminal
ATTENTION = const(19)  # lane why stan: a person has to look
SESSION_PASSED = const(20)  # lane kind stan: written to the host
SESSION_ANSWER = const(21)  # lane kind code: answered, handed on
SESSION_HELD = const(22)  # lane kind stan: waits for the lane's store to drain
SESSION_REFUSED = const(23)  # lane kind stan: 96, or silence for a settlement
LINE_UP = const(24)  # lane route 0
LINE_DOWN = const(25)  # lane route reason
STRAY = const(26)  # lane mti stan: a host answer that matches nothing
BAD_FRAME = const(27)  # conn field offset: not a message of this dialect
BAD_HOST_FRAME = const(28)  # lane field offset
UNNAMED = const(29)  # conn mti 0: a message without a terminal
NO_LANE = const(30)  # conn mti 0: more terminals than lanes
SECOND_TERMINAL = const(31)  # conn lane 0: another terminal on the same connection
KEYS = const(32)  # lane epoch 0: a sign-in was answered with keys
BATCH = const(33)  # lane step batch: a step of a settlement
HOLD_CLOSED = const(34)  # lane how stan
DRAIN_DUE = const(35)  # open 0 0: the cut-over is near and items wait
JOURNAL_FAILED = const(36)  # type 0 0: an entry could not be made durable
OTHER_PASSED = const(37)  # lane mti stan: neither financial nor known, passed untouched
LIMIT = const(38)  # lane limit stan: number and, lowest bit, 0 refused or 1 only marked
CHANGE_DUE = const(39)  # minutes code 0: sales are soon treated in another way; 0 allowed
SETTLE_DUE = const(40)  # lane count batch: the hour at which the shop settles
BATCH_OLD = const(41)  # lane count batch: not settled for too long
BATCH_FULL = const(42)  # lane count batch: as many as a terminal should hold
HOLD_DUE = const(43)  # lane 0 stan: its time has come
STOOD_IN = const(44)  # lane kind stan: approved by the bridge, the advice is stored
TAKEN_BACK = const(45)  # lane 0 stan: that approval was reversed before its advice was written
SETTLES = const(46)  # lane 0 0: the bridge asks for the settlement of a terminal without batches

NAMES = (
    "", "live-in", "live-sent", "live-answer", "live-late", "live-declined", "live-unknown",
    "live-joined", "live-remembered", "live-dropped", "delivered", "stored", "stored-again",
    "replaced", "store-refused", "item-sent", "item-done", "item-again", "accepted", "attention",
    "session-passed", "session-answer", "session-held", "session-refused", "line-up", "line-down",
    "stray", "bad-frame", "bad-host-frame", "unnamed", "no-lane", "second-terminal", "keys",
    "batch", "hold-closed", "drain-due", "journal-failed", "other-passed", "limit",
    "change-due", "settle-due", "batch-old", "batch-full", "hold-due",
    "stood-in", "taken-back", "settles",
)  # fmt: skip
