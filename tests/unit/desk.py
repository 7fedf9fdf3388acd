"""A bridge on a desk: the real engine, codec and journal over an emulated flash, driven by hand.

The test plays the terminal and the host. It sees what they would see: the frames that were
written to the host, the frames that came back to a terminal, and the journal after a power cut.
Time stands still unless the test moves it. Runs on CPython and MicroPython.
"""

from dialects_for_tests import dialect_data
from tidegate.core import services
from tidegate.core.engine import Engine
from tidegate.journal import bodies, records
from tidegate.journal.keys import KeyStore
from tidegate.journal.log import Journal
from tidegate.proto import codec, message
from tidegate.proto.dialect import Dialect
from tidegate_host.world.cipher import Cipher
from tidegate_host.world.flash import Flash

TERMINAL = "TEST0001"
MERCHANT = "TESTMERCHANT001"
CARD = "6299990000001239"
NOON = 200000000 - 200000000 % 86400 + 4 * 3600  # 12:00 in Shanghai, on some day of 2026


class Time:
    def __init__(self):
        self.ms = 1000
        self.wall = NOON
        self.trust = 3


def config(**changes):
    made = {
        "schema": 1,
        "name": "desk",
        "dialects": {n: dialect_data(n) for n in ("cup", "cup-accept", "iso87")},
        "terminals": [{"dialect": "cup"}, {"dialect": "cup-accept"}, {"dialect": "iso87"}],
        "routes": [{"name": "primary", "keep_open": False}, {"name": "night", "keep_open": False}],
        "lanes": [],
        "lanes_max": 4,
        "limits": {
            "answer_deadline_s": 18,
            "duplicate_window_s": 120,
            "reversal_guard_s": 60,
            "unknown_attention_min": 10,
            "storable_attempts_max": 20,
            "storable_age_max_h": 24,
            "stored_count_max": 4000,
            "stored_sum_max": 0,
            "frame_bytes_max": 2048,
            "backoff_s_max": 60,
            "stall_s": 20,
        },
        "decline": {
            "line": "91",
            "busy": "96",
            "maintenance": "90",
            "window": "58",
            "cap": "61",
        },
        "clock": {"offsets": [[0, 28800]], "cutover_min": 1380, "when_unknown": "allow"},
        "drain_before_cutover_min": 20,
        "windows": [],
    }
    for name, value in changes.items():
        if isinstance(value, dict) and name in made:
            made[name].update(value)
        else:
            made[name] = value
    return made


class Desk:
    def __init__(self, sectors=16, link_dialect=None, **changes):
        self.config = config(**changes)
        self.config["dialects"]["cup"].update(link_dialect or {})
        self.seen = []
        self.flash = Flash(sectors)
        self.key_flash = Flash(2)
        self.time = Time()
        spoken = [t["dialect"] for t in self.config["terminals"]]
        self.dialects = [Dialect(self.config["dialects"][name]) for name in spoken]
        self.boot(True)

    def boot(self, blank=False):
        # What a power-up does; RAM is new, the flash is what it was.
        keys = KeyStore(self.key_flash)
        if blank:
            keys.create(_entropy)
        else:
            keys.load()
        self.journal = Journal(self.flash, keys.sealers(Cipher()))
        self.engine = Engine(self.config, self.journal, keys.card_hash, _entropy, self.time)
        if blank:
            self.journal.format()
        self.report = self.journal.mount(self.engine.ledger.apply, self.engine.checkpoint)
        self.connects = []
        self.sent = []  # (lane, frame) in the order written to the host
        self.told = []  # (connection, frame) in the order given to terminals
        self.events = []
        self.perform(self.engine.start())

    def perform(self, actions):
        handed = []
        for action in actions:
            what = action[0]
            if what == services.CONNECT:
                self.connects.append(action[1:])
            elif what == services.SEND:
                self.sent.append((action[1], bytes(action[2])))
            elif what == services.REPLY:
                self.told.append((action[1], bytes(action[2])))
                handed.append(action[1])
            elif what == services.LOG:
                self.events.append(action[1:])
        for conn in handed:
            self.perform(self.engine.delivered(conn))

    # The terminal.

    def frame(self, fields, link=0):
        dialect = self.dialects[link]
        return codec.encode(dialect, {int(n): value for n, value in fields.items()})

    def ask(self, fields, conn=1, link=0):
        frame = self.frame(fields, link)
        self.perform(self.engine.terminal_frame(conn, link, memoryview(frame)))
        return frame

    # The line and the host.

    def up(self, lane=0):
        self.perform(self.engine.uplink_up(lane))

    def down(self, lane=0, reason=1):
        self.perform(self.engine.uplink_down(lane, reason))

    def host(self, fields, lane=0, link=0):
        frame = self.frame(fields, link)
        self.perform(self.engine.host_frame(lane, memoryview(frame)))
        return frame

    def wait(self, seconds):
        self.time.ms += int(seconds * 1000)
        self.time.wall += int(seconds)
        self.perform(self.engine.tick())

    def replies(self):
        # (connection, MTI, F39, STAN) of what the terminals were told so far; then forgotten.
        seen = [(c,) + self._meaning(f) for c, f in self.told]
        self.told.clear()
        return seen

    def written(self):
        seen = [(lane,) + self._meaning(f) for lane, f in self.sent]
        self.sent.clear()
        return seen

    def _meaning(self, frame):
        for dialect in self.dialects:
            try:
                fields = codec.decode(dialect, frame)
                return (fields[0], fields.get(39, ""), fields.get(11, ""))
            except ValueError:
                continue
        raise ValueError("a frame of no dialect")

    def attention(self):
        rows = self._rows(records.ATTENTION)
        return [(records.WHY_NAMES[row[7]], row[6]) for row in rows]

    def holds(self):
        return [
            (message.KIND_NAMES[row[2]], bodies.join(row[7], row[8]), _text(row[11]))
            for row in self._rows(records.HOLD)
        ]

    def _rows(self, entry_type):
        return [bodies.get(entry_type, i.body()) for i in self.journal.items(-1, 1 << entry_type)]

    def open(self):
        # (reversals, advices) that wait for the host.
        count = self.journal.open_count
        return count(-1, records.GROUP_REVERSAL), count(-1, records.GROUP_ADVICE)

    def saw(self, event):
        return event in [told[0] for told in self.events]


class Nth:
    # Calls through, but for the nth call of all it wraps: that one raises.
    def __init__(self, nth, error):
        self.nth = nth
        self.error = error
        self.calls = 0

    def wrap(self, real):
        def call(*values):
            self.calls += 1
            if self.calls == self.nth:
                raise self.error
            return real(*values)

        return call


def fail_at(journal, nth):
    # The journal's nth entry from now cannot be made durable.
    counter = Nth(nth, OSError(5))
    for name in ("append", "store", "attempt", "attend", "done"):
        setattr(journal, name, counter.wrap(getattr(journal, name)))
    return counter


def _text(code):
    return chr(code >> 8) + chr(code & 255)


def _entropy(count):
    return bytes([17 * i & 255 for i in range(count)])
