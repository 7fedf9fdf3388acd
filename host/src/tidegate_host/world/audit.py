"""All is quiet: the books of terminals, acquirer and bridge side by side (M1, M3, M8).

Two books may differ only in what an open attention item names, or in what the bridge never had: a
reversal that a terminal gave up before one of its tries arrived.
"""

from tidegate.journal import bodies, records
from tidegate.proto import message
from tidegate_host.world import books
from tidegate_host.world.device import DONE
from tidegate_host.world.terminal import NEVER_REVERSED

_KEYS_KNOWN = 48  # of a lane, in the journal: 64, less a block and what a cut kept untold


def audit(world, when):
    box = world.box
    if not box.alive:
        world.checks.fail("M8", "the bridge does not come up")
    named = _named(world)
    for lane in range(world.lanes_max):
        waiting = [
            i.stan for i in box.journal.items(lane, 1 << records.STORE, False)
        ]  # fmt: skip
        if waiting:
            world.checks.fail("M1", "%s: lane %d still holds %s" % (when, lane, waiting))
    for number, terminal in enumerate(world.terminals):
        lane = world.lane_of(terminal)
        differs = _compare(world, terminal, world.acquirer.accounts[number], lane, named, when)
        _ledger(world, terminal, lane, (differs, named), when)
    _stored(world, named, when)


def _named(world):
    # (lane, STAN) of everything a person is asked to look at, or has ended.
    rows = dict(world.manager.ended)
    for item in world.box.journal.items(-1, 1 << records.ATTENTION):
        values = bodies.get(records.ATTENTION, item.body())
        rows[(values[1], values[6])] = values[7]
    return rows


def _compare(world, terminal, account, lane, named, when):
    # -> batches in which something differs, each difference being named.
    memory = terminal.memory
    ours = {}
    for t in memory.closed + memory.log:
        if t.state == DONE:
            ours[(t.batch, t.stan)] = t
    differs = {}
    for entry in account.entries:
        t = ours.get((entry.batch, entry.stan))
        if entry.effects > 1 and not _told_twice(entry, lane, named):
            world.checks.fail(
                "M2", "%s: %d moved money %d times" % (when, entry.stan, entry.effects)
            )
        if entry.kind == message.KIND_BALANCE:
            continue
        if entry.effects == (1 if t else 0) and (not t or t.amount == entry.amount):
            continue
        differs[entry.batch] = True
        _must_be_named(world, terminal, lane, entry.stan, entry.kind, named, when, "host")
    for t in memory.closed + memory.log:
        if t.state == DONE and t.kind != message.KIND_BALANCE:
            if account.find(t.batch, t.stan) is None:
                differs[t.batch] = True
                _must_be_named(world, terminal, lane, t.stan, t.kind, named, when, "terminal")
    return differs


def _told_twice(entry, lane, named):
    # The terminal's own upload overtook what the bridge had written once: a person is told.
    return entry.via == books.UPLOAD and entry.effects == 2 and (lane, entry.stan) in named


def _must_be_named(world, terminal, lane, stan, kind, named, when, who):
    if (lane, stan) in named:
        return
    if kind in NEVER_REVERSED and (lane, stan) in world.checks.handed:
        return  # the answer was lost behind the bridge, and such a request is never taken back
    if who == "terminal" and (lane, stan) in world.checks.refused:
        return  # the bridge said 96 and never had it: it is the terminal's to bring
    for t in terminal.memory.abandoned:
        if t.stan == stan and (lane, stan) not in world.checks.stored:
            return
    if who == "terminal" and not _arrived(world, lane, stan):
        return
    text = "%s: only the %s has %s %d of lane %d, and nothing names it"
    world.checks.fail("M3", text % (when, who, message.KIND_NAMES[kind], stan, lane))


def _arrived(world, lane, stan):
    return (lane, stan) in world.checks.stored or (lane, stan) in world.checks.live_stans


def _ledger(world, terminal, lane, known, when):
    # The bridge's own totals, where it has had everything of the batch.
    if lane < 0:
        return
    if world.checks.stores[lane] > _KEYS_KNOWN:
        return  # older copies than the journal remembers may have been counted again
    differs, named = known
    kept = world.box.engine.ledger.lanes[lane]
    memory = terminal.memory
    for batch, log in ((memory.batch, memory.log), (memory.batch - 1, memory.closed)):
        ledger = kept.books if kept.books.batch == batch else kept.settled
        if batch in differs or ledger.batch != batch:
            continue
        sums = [0, 0, 0, 0]
        for t in log:
            if t.batch == batch and t.state == DONE:
                if (lane, t.stan) in named:
                    break  # a person has it
                if not t.online and (lane, t.stan) not in world.checks.stored:
                    break
                books.add(sums, t.kind, t.amount, 1)
        else:
            _same(world, when, lane, batch, ledger, sums)


def _same(world, when, lane, batch, ledger, sums):
    world.checks.compared += 1
    have = [ledger.debit_sum, ledger.debit_count, ledger.credit_sum, ledger.credit_count]
    if have != sums:
        text = "%s: lane %d batch %d: the bridge has %s, the terminal %s"
        world.checks.fail("M3", text % (when, lane, batch, have, sums))


def _stored(world, named, when):
    # M1: what was stored has moved the money at the host, or is with a person.
    known = world.checks.stored
    for lane, stan, kind in world.checks.stored_order:
        terminal = world.terminal_by_lane(lane)
        entry = world.acquirer.accounts[terminal.number].find_any(stan)
        if (lane, stan) in world.checks.stood_in and (lane, stan, message.KIND_REVERSAL) in known:
            kind = message.KIND_REVERSAL  # what the bridge had approved was taken back
        if kind == message.KIND_REVERSAL:
            there = entry is None or entry.effects == 0
        else:
            there = entry is not None and entry.effects > 0
        if not there and (lane, stan) not in named:
            text = "%s: %s %d of lane %d was stored and did not arrive"
            world.checks.fail("M1", text % (when, message.KIND_NAMES[kind], stan, lane))
