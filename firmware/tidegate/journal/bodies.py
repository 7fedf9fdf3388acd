"""The bodies that tell the story of a lane: live requests, holds, attention, batches, checkpoints.

They are layouts only; what they mean is the ledger's business. An amount is a u32 and a u8 (low,
high), so that twelve digits fit in five bytes; `wall` is seconds since 2020. Every body begins
with the item id, or zero where it follows no item, and the lane.
"""

from struct import pack_into, unpack_from

from tidegate.journal.records import (
    ANSWER,
    ATTENTION,
    BATCH,
    CHECKPOINT,
    CHECKPOINT_BYTES,
    CLOCK,
    DELIVER,
    HOLD,
    LANE,
    SENT,
)

# id lane kind route trust window flags link stan batch orig_stan wall amount(2) masked | card key
# hash
_SENT = "<IBBBBBBHIIIIIB6sx8s8s8s"
# id lane flags code wall settle_date rrn auth amount(2)
_ANSWER = "<IBBHIHxx12s6sIB9x"
# id lane wall
_DELIVER = "<IBxxxI4x"
# envelope; amount(2) masked why code window wall until card
_HOLD = "<IBBBBIIIB6sBHBxII8s"
# envelope; why code wall amount(2) masked batch rrn
_ATTENTION = "<IBBBBIIBxHIIB6sxI8s"
# id lane step flags debit_count credit_count batch wall debit(2) credit(2) stan domestic foreign
_BATCH = "<IBBBxHHIIIBIBIBB12x"
# id lane terminal dialect (low 16 bits of the CRC32 of its name)
_LANE = "<IB23sH2x"
# id wall trust
_CLOCK = "<IIB3x"
# id lane live_state live_flags code | batch debits(count, 2) credits(count, 2) | the same, settled
# | settle_flags key_epoch stale_id settling batch_route | live: id kind route window trust stan
# batch orig_stan wall amount(2) masked card key hash | fingerprints of earlier live requests
# | highest trace number of a stored advice | since when it is not settled
_CHECKPOINT = "<IBBBxHIHIBHIBIHIBHIBHHIIBIBBBBIIIIIB6s8s8s8s64sII"

FORMATS = {
    SENT: _SENT,
    ANSWER: _ANSWER,
    DELIVER: _DELIVER,
    HOLD: _HOLD,
    ATTENTION: _ATTENTION,
    BATCH: _BATCH,
    LANE: _LANE,
    CLOCK: _CLOCK,
    CHECKPOINT: _CHECKPOINT,
}


_ZEROS = memoryview(bytes(CHECKPOINT_BYTES))


def put(entry_type, body, *values):
    # MicroPython skips the gaps of a layout, where the body before would still stand.
    body[:] = _ZEROS[: len(body)]
    pack_into(FORMATS[entry_type], body, 0, *values)


def get(entry_type, body):
    return unpack_from(FORMATS[entry_type], body, 0)


def split(amount):
    return (amount & 0xFFFFFFFF, amount >> 32) if amount > 0 else (0, 0)


def join(low, high):
    return low | high << 32
