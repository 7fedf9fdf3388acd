"""A person who looks after the bridge: sees what stands in attention and in holds, and decides.

What is settled was looked up in the acquirer's books first, and what could be booked twice is sent
again only when it is not there: that is what the tool tells a person to do.
"""

from tidegate.core import persons
from tidegate.journal import records
from tidegate.proto import message
from tidegate_host.world import faults

_EVERY_MS = 7200000


class Manager:
    def __init__(self, world, prng):
        self.world = world
        self.prng = prng
        self.ended = {}  # (lane, STAN) -> True: what a person has ended, or tried to
        world.agenda.after(prng.between(_EVERY_MS // 2, _EVERY_MS), self.look)

    def look(self):
        self.world.agenda.after(self.prng.between(_EVERY_MS // 2, 2 * _EVERY_MS), self.look)
        box = self.world.box
        if not box.alive:
            return
        self.world.learn_lanes()
        rows = [(i.id, i.lane, i.type, i.kind, i.stan) for i in box.journal.items()]
        attended = [i.id for i in box.journal.items(-1, attention=True)]
        for item_id, lane, entry_type, kind, stan in rows:
            if entry_type == records.HOLD:
                if self.world.faults.hit(faults.PERSON):
                    self._hold(item_id)
            elif item_id in attended and self.world.faults.hit(faults.PERSON):
                attended = [other for other in attended if other != item_id]
                self._attention(item_id, lane, kind, stan)

    def _hold(self, item_id):
        what = self.prng.below(4)
        if what == 0:
            self.world.box.decide(persons.release, item_id, "m", "")
        elif what == 1:
            self.world.box.decide(persons.cancel, item_id, "m", "")
        else:
            until = self.world.wall() + self.prng.between(600, 40000)
            self.world.box.decide(persons.defer, item_id, until, "m", "")

    def _attention(self, item_id, lane, kind, stan):
        terminal = self.world.terminal_by_lane(lane)
        entry = self.world.acquirer.accounts[terminal.number].find_any(stan)
        there = entry is not None and entry.effects > 0
        booked = not there if kind == message.KIND_REVERSAL else there
        if booked or self.prng.chance(500):
            self.ended[(lane, stan)] = True
            self.world.box.decide(persons.settle, item_id, booked, "m", "")
        else:
            self.world.checks.sent_again_by_person(lane, stan)
            self.world.box.decide(persons.retry, item_id, True, "m", "")
