"""Puts the report together: what was said, what the log shows, and what everybody's books say."""

from tidegate.core.schedule import ACTIONS, Schedule
from tidegate.proto.kinds import KIND_SALE
from tidegate_host.demo import books, trace
from tidegate_host.demo.evidence import BridgeEvidence
from tidegate_host.demo.stage import Stage
from tidegate_host.demo.tell import Teller
from tidegate_host.report import data

_STATES = {"decline": "closed", "maintenance": "closed", "night-channel": "night"}
_SYNCED = 3
_ORDINARY = 100  # minor units: a sale that no cap is about


def report(stage: Stage, tell: Teller, bridge: BridgeEvidence, made_with: str) -> data.Report:
    """Everything but the checks."""
    names = {stage.t1.tid: "t1", stage.t2.tid: "t2"}
    terminals = {"t1": stage.t1, "t2": stage.t2}
    amounts = {
        (name, row["stan"]): row["amount"]
        for name, terminal in terminals.items()
        for row in books.records_of(terminal)
    }
    seen = stage.watch.seen
    lanes = [names.get(terminal, terminal) for terminal in bridge.terminals]
    found = trace.read_all(seen, lanes, lambda name, stan: amounts.get((name, stan), -1))
    end_ms = max([int(s.at_ms) for s in seen] + [step.at_ms for step in tell.steps])
    return data.Report(
        title="Tidegate demo: one evening in a shop",
        title_zh="演示：店铺的一个夜晚",
        terminals=list(terminals),
        steps=tell.steps,
        line=_spans(stage.line_states, end_ms),
        power=_spans(stage.power_states, end_ms),
        windows=_spans(_windows(stage), end_ms),
        messages=found.messages,
        depth=[data.Depth(0, 0), *found.depth],
        books=books.compare(terminals, stage.acquirer, bridge),
        holds=[_named(hold, names) for hold in bridge.holds],
        attention=[_named(item, names) for item in bridge.attention],
        transcript=tell.lines,
        duration_ms=end_ms,
        made_with=made_with,
    )


def _named(item, names: dict[str, str]):
    # The names that the story uses, instead of F41.
    return type(item)(**{**item.__dict__, "terminal": names.get(item.terminal, item.terminal)})


def _spans(changes: list[tuple[int, str]], end_ms: int) -> list[data.Span]:
    # A list of (when, new state), the first at 0.
    ends = [at_ms for at_ms, _ in changes[1:]] + [end_ms]
    return [
        data.Span(at_ms, until_ms, state)
        for (at_ms, state), until_ms in zip(changes, ends, strict=True)
    ]


def _windows(stage: Stage) -> list[tuple[int, str]]:
    # What the bridge's own rules say at the time of every event in its log.
    schedule = Schedule(stage.config)
    changes = [(0, "open")]
    for seen in stage.watch.seen:
        decision = schedule.decide(KIND_SALE, _ORDINARY, seen.event.wall_s, _SYNCED)
        state = _STATES.get(ACTIONS[decision.action], "open")
        if state != changes[-1][1]:
            changes.append((int(seen.at_ms), state))
    return changes
