"""The network between the bridge and the acquirer, and the wires between terminals and the bridge.

An uplink is one connection of one lane, or none. What is written to it arrives in order, later, or
not at all. What is on its way when one side closes still arrives, and the other may or may not
hear of it. Different connections know nothing of each other: a request on an old one can arrive
after what was written to a new one. Nothing travels longer than `_TRAVEL_MS_MAX`.
"""

from tidegate_host.world import faults, habits, wire

_TRAVEL_MS_MAX = 40000  # below the guard time of a reversal
_SEGMENT_MS = 3600000  # how often the line as a whole may fall ill


class Connection:
    # One TCP connection, seen from both ends.
    def __init__(self, lane, route, number):
        self.lane = lane
        self.route = route
        self.number = number
        self.open = True  # the bridge has it open
        self.reached = True  # what the bridge writes gets to the host
        self.answers = True  # what the host writes gets to the bridge
        self.peer = True  # the host's end is there
        self.told_down = False  # the bridge's end has got the peer's reset
        self.out_ms = 0  # when the newest frame arrives, each way: the order is kept
        self.back_ms = 0


class Network:
    def __init__(self, world, prng):
        self.world = world
        self.agenda = world.agenda
        self.faults = world.faults
        self.prng = prng
        self.lines = [None] * world.lanes_max
        self.generation = [0] * world.lanes_max  # of each lane's connects: an older event is stale
        self.made = 0
        self.down_until_ms = [0, 0]  # by route
        self.agenda.after(_SEGMENT_MS // 2, self.weather)

    # What the bridge's side calls.

    def connect(self, lane, route):
        line = self.lines[lane]
        self.generation[lane] += 1
        generation = self.generation[lane]
        if line is not None and line.open and line.route == route and not line.told_down:
            self.agenda.after(1, self._up, lane, generation, line)
            return
        if line is not None:
            self.hang_up(lane)
            generation = self.generation[lane]
        delay_ms = self._travel_ms() * 2
        if self.agenda.now_ms < self.down_until_ms[route]:
            refused = self.prng.chance(500)
            self.agenda.after(delay_ms if refused else 5000, self._down, lane, generation, 1)
        elif self.faults.hit(faults.REFUSED):
            self.agenda.after(delay_ms, self._down, lane, generation, 2)
        elif self.faults.hit(faults.CONNECT_SILENT):
            self.agenda.after(self.prng.between(5000, 30000), self._down, lane, generation, 3)
        else:
            self.made += 1
            line = Connection(lane, route, self.made)
            self.agenda.after(delay_ms, self._up, lane, generation, line)

    def hang_up(self, lane):
        # The bridge closes: nothing more comes up to it, what is written still travels.
        self.generation[lane] += 1
        line = self.lines[lane]
        self.lines[lane] = None
        if line is not None:
            line.open = False

    def send(self, lane, frame):
        # False: the write failed.
        line = self.lines[lane]
        if line is None or not line.open or line.told_down:
            return False
        if self.faults.hit(faults.HALF_OPEN):
            line.reached = line.answers = False
        if self.faults.hit(faults.HALF_REQUEST):
            # Some bytes arrive, the frame does not; the host drops a half frame with its line.
            line.reached = False
            self._reset(line)
        lost = self.faults.hit(faults.REQUEST_LOST)
        if lost:
            line.reached = False
        if line.reached and self.agenda.now_ms >= self.down_until_ms[line.route]:
            travel_ms = self._travel_ms()
            if self.faults.hit(faults.REQUEST_CREEPS):
                # Longer than everybody waits: what is sent on a new line overtakes it.
                travel_ms = self.prng.between(_TRAVEL_MS_MAX // 2, _TRAVEL_MS_MAX - 1000)
            line.out_ms = max(line.out_ms, self.agenda.now_ms + travel_ms)
            self.agenda.at(line.out_ms, self._arrive, line, frame)
        if self.faults.hit(faults.RESET):
            self._reset(line)
        return True

    def cut(self):
        # The bridge lost its power: all its connections are dead at its end.
        for lane in range(len(self.lines)):
            self.hang_up(lane)

    # What the host's side calls.

    def answer(self, line, frame):
        if not line.peer:
            return
        if self.faults.hit(faults.ANSWER_LOST):
            line.answers = False
        if self.faults.hit(faults.HALF_ANSWER):
            line.answers = False
            self._reset(line)
        if self.faults.hit(faults.HOST_NOISE):
            self._post_back(line, frame[: self.prng.between(1, len(frame) - 1)])
        for _ in range(2 if self.faults.hit(faults.ANSWER_TWICE) else 1):
            self._post_back(line, frame)

    def _post_back(self, line, frame):
        line.back_ms = max(line.back_ms, self.agenda.now_ms + self._travel_ms())
        self.agenda.at(line.back_ms, self._come, line, frame)

    def reset_all(self):
        # The host restarts: every connection is reset, some without anybody being told.
        for line in self.lines:
            if line is not None:
                line.peer = False
                if self.prng.chance(700):
                    self._reset(line)
                else:
                    line.answers = False

    # What travels.

    def _travel_ms(self):
        if self.faults.hit(faults.SLOW):
            return self.prng.between(2000, _TRAVEL_MS_MAX // 2)
        return self.prng.between(20, 300)

    def _up(self, lane, generation, line):
        if generation != self.generation[lane]:
            line.peer = False  # given up while it opened
            return
        if line.told_down:
            self._down(lane, generation, 4)
            return
        self.lines[lane] = line
        self.world.box.uplink_up(lane)

    def _down(self, lane, generation, reason):
        if generation == self.generation[lane]:
            self.world.box.uplink_down(lane, reason)

    def _arrive(self, line, frame):
        if line.peer:
            self.world.acquirer.arrive(line, frame)

    def _come(self, line, frame):
        # At the bridge, when it still listens on this very connection.
        if line.open and line.answers and self.lines[line.lane] is line:
            if self.agenda.now_ms >= self.down_until_ms[line.route]:
                self.world.box.host_frame(line.lane, frame)
        elif line.answers:
            self.world.habits.saw(habits.ANSWER_UNHEARD)

    def _reset(self, line):
        line.peer = False
        self.agenda.after(self._travel_ms(), self._feel_reset, line)

    def _feel_reset(self, line):
        line.told_down = True
        if line.open and self.lines[line.lane] is line:
            self.lines[line.lane] = None
            line.open = False
            self.world.box.uplink_down(line.lane, 5)

    # The line as a whole.

    def weather(self):
        self.agenda.after(_SEGMENT_MS, self.weather)
        if self.faults.hit(faults.OUTAGE):
            self.blackout((0, 1), self.prng.between(2, 150) * 60000)
        if self.faults.hit(faults.PARTITION):
            self.blackout((0,), self.prng.between(2, 90) * 60000)
        if self.faults.hit(faults.FLAPPING):
            at = 0
            for _ in range(self.prng.between(3, 20)):
                at += self.prng.between(5000, 90000)
                self.agenda.after(at, self.blackout, (0, 1), self.prng.between(1000, 40000))

    def blackout(self, routes, length_ms):
        if not self.faults.on:
            return
        for route in routes:
            until = self.agenda.now_ms + length_ms
            self.down_until_ms[route] = max(self.down_until_ms[route], until)
        self.agenda.note(b"blackout", len(routes), length_ms)
        if self.prng.chance(400):
            for line in self.lines:
                if line is not None and line.route in routes:
                    self._reset(line)

    def mend(self):
        self.down_until_ms = [0, 0]


class Wire:
    # Between one terminal and the bridge: connections that the terminal opens and closes.
    def __init__(self, world, link, prng):
        self.world = world
        self.agenda = world.agenda
        self.faults = world.faults
        self.prng = prng
        self.link = link
        self.terminal = None
        self.newest = None  # what the terminal sent last: only that is ever repeated
        self.conn = -1
        self.boot = -1

    def open(self):
        # True when the bridge takes the connection.
        box = self.world.box
        if self.conn >= 0 and self.boot == box.boots and box.alive:
            return True
        if not box.alive:
            self.conn = -1
            return False
        self.conn = box.new_conn(self.link)
        self.boot = box.boots
        return True

    def send(self, frame):
        self.newest = frame
        if self.faults.hit(faults.FRAME_LOST):
            return
        if self.faults.hit(faults.NOISE):
            # What the framing let through: never a whole message of another terminal.
            noisy = bytearray(frame[: self.prng.between(1, len(frame) - 1)])
            noisy[self.prng.below(len(noisy))] ^= 1 << self.prng.below(8)
            self._post(bytes(noisy))
        if self.faults.hit(faults.UNNAMED):
            self._post(wire.nameless(self.terminal.dialect))
        self._post(frame)
        if self.faults.hit(faults.LINK_REPEAT):
            self.agenda.after(self.prng.between(500, 25000), self._again, self.conn, frame)

    def _post(self, frame):
        self.agenda.after(self.prng.between(2, 40), self._arrive, self.conn, self.boot, frame)

    def _again(self, conn, frame):
        if conn == self.conn and frame is self.newest:
            self._post(frame)

    def _arrive(self, conn, boot, frame):
        box = self.world.box
        if box.alive and boot == box.boots:
            box.terminal_frame(conn, self.link, frame)

    def drop(self, conn):
        # The bridge closes.
        if conn == self.conn:
            self.conn = -1

    def close(self):
        # The terminal closes; the bridge hears of it a little later, or never.
        conn, self.conn = self.conn, -1
        if conn >= 0 and not self.faults.hit(faults.CLOSE_UNSEEN):
            self.agenda.after(self.prng.between(2, 40), self._closed, conn, self.boot)

    def _closed(self, conn, boot):
        box = self.world.box
        if box.alive and boot == box.boots:
            box.terminal_closed(conn)

    def deliver(self, conn, frame):
        # From the bridge.
        if self.faults.hit(faults.REPLY_LOST):
            return
        self.agenda.after(self.prng.between(2, 40), self._come, conn, frame)

    def _come(self, conn, frame):
        if conn == self.conn:
            self.terminal.hear(frame)
