"""One line of `tidegate doctor`: what was looked at, how it is, and what to do about it."""

from dataclasses import asdict, dataclass
from typing import Any

OK, WARN, FAIL = "ok", "warn", "fail"


@dataclass
class Finding:
    """`verdict` is OK, WARN or FAIL; `next_step` is empty when nothing has to be done."""

    what: str
    verdict: str
    text: str
    next_step: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def line(self) -> str:
        """The line for people, the next step below."""
        step = f"\n{'':17}next: {self.next_step}" if self.next_step else ""
        return f"{self.verdict:<5}{self.what:<12}{self.text}{step}"


def ok(what: str, text: str) -> Finding:
    """All is well."""
    return Finding(what, OK, text)


def warn(what: str, text: str, next_step: str) -> Finding:
    """It works, and should not stay so."""
    return Finding(what, WARN, text, next_step)


def fail(what: str, text: str, next_step: str) -> Finding:
    """It does not do what it is there for."""
    return Finding(what, FAIL, text, next_step)
