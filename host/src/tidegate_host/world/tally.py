"""What happened in a world, as numbers: its report, and the proof that everything did happen."""

from tidegate.core import events
from tidegate.journal import records
from tidegate_host.world import faults, habits

# Rules of the bridge that a world cannot reach: two terminals on one connection, a hold of more
# than a week, a backup, a frame beyond repair (one wrong bit is mended), settlement by the bridge
# (these terminals settle themselves), and a stand-in approval that is reversed in the seconds in
# which its advice is out.
# A host that books repeats never gets one; a gap in the journal takes more than one wrong bit.
_UNREACHED_HABITS = ("repeat-booked-again", "entries-missing")
_UNREACHED_EVENTS = ("", "second-terminal", "settles")
_UNREACHED_HOWS = ("expired", "replaced")
_UNREACHED_WHYS = ("", "damaged", "restored", "taken-back")

COUNTS = (
    "messages", "live", "stored", "reversals", "replays", "batches", "power_cuts", "link_faults",
    "holds", "compared", "events",
)  # fmt: skip


def tally(world):
    """Return the numbers of one world: counts, and rows of counters by name."""
    checks = world.checks
    found = checks.events
    line = (faults.REFUSED, faults.PARTITION + 1)
    return {
        "seed": world.seed,
        "digest": world.agenda.digest,
        "counts": {
            "messages": world.acquirer.messages,
            "live": checks.live_writes,
            "stored": len(checks.stored_order),
            "reversals": len([row for row in checks.stored_order if row[2] == 12]),
            "replays": checks.replays,
            "batches": world.batches,
            "power_cuts": world.box.cuts,
            "link_faults": sum(world.faults.counts[line[0] : line[1]]),
            "holds": found[events.HOLD_CLOSED] + open_holds(world),
            "compared": checks.compared,
            "events": world.agenda.events,
        },
        "attention": dict(zip(records.WHY_NAMES, checks.whys)),
        "ended": dict(zip(records.HOW_NAMES, checks.hows)),
        "rules": dict(zip(events.NAMES, found)),
        "faults": dict(zip(faults.NAMES, world.faults.counts)),
        "habits": dict(zip(habits.NAMES, world.habits.counts)),
    }


def open_holds(world):
    if world.box.journal is None:
        return 0
    return len([1 for _ in world.box.journal.items(-1, 1 << records.HOLD)])


def total(tallies):
    """Add up the numbers of many worlds."""
    summed = {"seeds": len(tallies)}
    for part in ("counts", "attention", "ended", "rules", "faults", "habits"):
        rows = {}
        for one in tallies:
            for name in one[part]:
                rows[name] = rows.get(name, 0) + one[part][name]
        summed[part] = rows
    return summed


def never(summed):
    """Return the names of what did not occur: faults, rules, ends, reasons; as "part: name"."""
    missing = []
    for part, unreached in (
        ("faults", ()),
        ("habits", _UNREACHED_HABITS),
        ("rules", _UNREACHED_EVENTS),
        ("ended", _UNREACHED_HOWS),
        ("attention", _UNREACHED_WHYS),
    ):
        for name in sorted(summed[part]):
            if not summed[part][name] and name not in unreached:
                missing.append(f"{part}: {name}")
    return missing
