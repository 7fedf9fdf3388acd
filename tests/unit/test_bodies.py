"""What is written is what was meant: nothing of the body before stays in the gaps of a layout."""

import unittest

from tidegate.journal import bodies, records

SIZES = {
    records.SENT: records.SENT_BYTES,
    records.ANSWER: records.ANSWER_BYTES,
    records.DELIVER: records.DELIVER_BYTES,
    records.HOLD: records.HOLD_BYTES,
    records.ATTENTION: records.ATTENTION_BYTES,
    records.BATCH: records.BATCH_BYTES,
    records.LANE: records.LANE_BYTES,
    records.CLOCK: records.CLOCK_BYTES,
    records.CHECKPOINT: records.CHECKPOINT_BYTES,
}


class Bodies(unittest.TestCase):
    def test_nothing_of_the_body_before_stays(self):
        for kind in sorted(SIZES):
            blank = memoryview(bytearray(SIZES[kind]))
            values = bodies.get(kind, blank)
            used = memoryview(bytearray(b"\x55" * SIZES[kind]))
            bodies.put(kind, used, *values)
            self.assertEqual(bytes(used), bytes(blank), kind)


if __name__ == "__main__":
    unittest.main()
