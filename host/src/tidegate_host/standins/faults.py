"""What the acquirer does wrong, and when: a plan of rules, read from TOML or made in Python.

    [[rule]]
    kind = ["sale", "void"]     # name or list; also mti = "0200", terminal = "TEST0001", stan = 12
    nth = 2                     # only the second message that matches (number or list)
    times = 1                   # how often it may happen; 0 always; 1 unless `nth` is given
    do = "drop"

What it can do:
    delay      answer after `delay_ms`
    late       answer after `after_s`
    drop       no answer
    half       half a frame, then nothing
    duplicate  the answer twice
    refuse     answer with `code`, nothing booked
    reset      reset the connection instead of answering
    close      close the listener and reset all connections, for `for_s` seconds (0: until told)
    bad-mac    an answer whose MAC is wrong
With `book = false` the request is lost before the acquirer looks at it: for drop, half, reset and
close. Otherwise it is booked and only the answer suffers.
"""

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from tidegate.proto.kinds import KIND_NAMES
from tidegate_host.standins.request import Request

ACTIONS = ("delay", "late", "drop", "half", "duplicate", "refuse", "reset", "close", "bad-mac")
_LISTS = ("kind", "mti", "terminal", "stan", "nth")


class FaultPlanError(ValueError):
    """A rule says something impossible; the text names the rule and what is allowed."""


@dataclass
class Rule:
    """One rule; empty lists match everything. `fired` counts how often it happened."""

    do: str
    kind: list[str] = field(default_factory=list)
    mti: list[str] = field(default_factory=list)
    terminal: list[str] = field(default_factory=list)
    stan: list[int] = field(default_factory=list)
    nth: list[int] = field(default_factory=list)
    times: int = -1
    delay_ms: int = 0
    after_s: float = 0
    for_s: float = 0
    code: str = "96"
    book: bool = True
    name: str = ""
    seen: int = 0
    fired: int = 0

    def matches(self, request: Request) -> bool:
        """Whether this message is the rule's; counts it."""
        f41 = request.terminal[:8]
        same = (
            (not self.kind or request.kind_name in self.kind)
            and (not self.mti or request.fields[0] in self.mti)
            and (not self.terminal or f41 in self.terminal or request.terminal in self.terminal)
            and (not self.stan or request.stan in self.stan)
        )
        if not same:
            return False
        self.seen += 1
        if self.nth and self.seen not in self.nth:
            return False
        times = self.times if self.times >= 0 else (0 if self.nth else 1)
        if times and self.fired >= times:
            return False
        self.fired += 1
        return True

    @property
    def wait_s(self) -> float:
        """How long the answer is held back."""
        return self.delay_ms / 1000 if self.do == "delay" else self.after_s


class Plan:
    """Rules in order; for each message the first that matches happens."""

    def __init__(self, rules: list[Rule] | None = None) -> None:
        self.rules = rules or []

    def add(self, do: str, **settings: Any) -> Rule:
        """Add a rule by the names of the TOML file and return it. Raises FaultPlanError."""
        rule = make_rule({"do": do, **settings}, len(self.rules) + 1)
        self.rules.append(rule)
        return rule

    def clear(self) -> None:
        self.rules.clear()

    def pick(self, request: Request) -> Rule | None:
        """The rule that happens to this message."""
        if not request.is_request:
            return None
        for rule in self.rules:
            if rule.matches(request):
                return rule
        return None


def load(path: Path | str) -> Plan:
    """Read a plan from a TOML file. Raises FaultPlanError."""
    try:
        data = tomllib.loads(Path(path).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FaultPlanError(f"cannot read fault plan {path}: {error}") from None
    unknown = sorted(set(data) - {"rule"})
    if unknown:
        raise FaultPlanError(f"{unknown[0]} is not part of a fault plan; it has [[rule]] tables")
    return Plan([make_rule(row, i + 1) for i, row in enumerate(data.get("rule", []))])


def make_rule(row: dict[str, Any], number: int) -> Rule:
    """A rule from its settings. Raises FaultPlanError."""
    allowed = [f.name for f in fields(Rule) if f.name not in ("seen", "fired")]
    for key in row:
        if key not in allowed:
            raise FaultPlanError(f"rule {number}: {key} is not a setting; allowed: "
                                 f"{', '.join(allowed)}")  # fmt: skip
    if row.get("do") not in ACTIONS:
        raise FaultPlanError(f"rule {number}: do is one of {', '.join(ACTIONS)}")
    settings = dict(row)
    for key in _LISTS:
        value = settings.get(key, [])
        settings[key] = list(value) if isinstance(value, (list, tuple)) else [value]
    for name in settings["kind"]:
        if name not in KIND_NAMES:
            raise FaultPlanError(f"rule {number}: kind is one of {', '.join(KIND_NAMES[1:])}")
    settings["mti"] = [f"{mti:04d}" if isinstance(mti, int) else mti for mti in settings["mti"]]
    for key, needs in (("delay", "delay_ms"), ("late", "after_s")):
        if row["do"] == key and not row.get(needs):
            raise FaultPlanError(f"rule {number}: {key} needs {needs}")
    return Rule(**settings)
