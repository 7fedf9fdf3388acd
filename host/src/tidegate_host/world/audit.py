"""All is quiet: the books of terminals, acquirer and bridge side by side (M1, M3, M8).

Two books may differ only in what an open attention item names, or in what the bridge never had: a
reversal that a terminal gave up before one of its tries arrived.
"""

from tidegate.journal import bodies, records
from tidegate.proto import message
from tidegate_host.world import books
from tidegate_host.world.device import DONE

_LANE_STAN = (1, 6)


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
        _ledger(world, terminal, lane, differs, when)
    _stored(world, named, when)


def _named(world):
    # (lane, STAN) of everything a person is asked to look at.
    rows = {}
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
        if entry.effects > 1:
            world.checks.fail("M2", "%s: %d moved money %d times" % (when, entry.stan, entry.effects))
        if entry.effects == (1 if t else 0) and (not t or t.amount == entry.amount):
            continue
        if (entry.kind == message.KIND_BALANCE):
            continue
        differs[entry.batch] = True
        _must_be_named(world, terminal, lane, entry.stan, entry.kind, named, when, "host")
    for t in memory.closed + memory.log:
        if t.state == DONE and t.kind != message.KIND_BALANCE:
            if account.find(t.batch, t.stan) is None:
                differs[t.batch] = True
                _must_be_named(world, terminal, lane, t.stan, t.kind, named, when, "terminal")
    return differs


def _must_be_named(world, terminal, lane, stan, kind, named, when, who):
    if (lane, stan) in named:
        return
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


def _ledger(world, terminal, lane, differs, when):
    # The bridge's own totals, where nothing is open about the batch.
    if lane < 0:
        return
    kept = world.box.engine.ledger.lanes[lane]
    memory = terminal.memory
    for ledger, batch, log in (
        (kept.books, memory.batch, memory.log),
        (kept.settled, memory.batch - 1, memory.closed),
    ):
        if batch in differs or ledger.batch != batch or world.checks.clouded(lane, batch):
            continue
        sums = [0, 0, 0, 0]
        for t in log:
            if t.batch == batch and t.state == DONE:
                books.add(sums, t.kind, t.amount, 1)
        have = [ledger.debit_sum, ledger.debit_count, ledger.credit_sum, ledger.credit_count]
        if have != sums:
            text = "%s: lane %d batch %d: the bridge has %s, the terminal %s"
            world.checks.fail("M3", text % (when, lane, batch, have, sums))
        world.checks.compared += 1


def _stored(world, named, when):
    # M1: what was stored is at the host, or with a person, or was named by an upload.
    for lane, stan, kind in world.checks.stored_order:
        if (lane, stan) in named or (lane, stan, kind) in world.checks.ended:
            continue
        text = "%s: %s %d of lane %d was stored and ended nowhere"
        world.checks.fail("M1", text % (when, message.KIND_NAMES[kind], stan, lane))
