"""Which transaction is meant: by trace number, reference number, amount and time, or item."""

import datetime
import re

from tidegate_host.ledger.arrival import Calendar
from tidegate_host.ledger.story import Story, Transaction

_NEAR_S = 15 * 60
_AMOUNT = re.compile(r"(\d{1,10})\.(\d\d)@(.+)")
_TIME = re.compile(r"\d\d:\d\d(:\d\d)?")


class BadKeyError(ValueError):
    """The key is none, or names no transaction or several; the text says which."""


def find(story: Story, key: str, calendar: Calendar, terminal: str = "") -> Transaction:
    """The one transaction that `key` names. Raises BadKeyError.

    "000041" or "41" is a trace number (the original, not its reversal), twelve characters a
    reference number, "66.00@21:55" or "66.00@2027-02-16T21:55" an amount and the shop's time
    within a quarter of an hour, "#7" an item.
    """
    found = [t for t in _matches(story, key, calendar) if not terminal or t.terminal == terminal]
    main = [t for t in found if t.kind != "reversal"] or found
    if not main:
        raise BadKeyError(f"no transaction in this journal is {key}")
    if len(main) > 1:
        named = ", ".join(f"#{t.item} {t.terminal} {calendar.stamp(t.at_s)}" for t in main[-6:])
        raise BadKeyError(f"{len(main)} transactions are {key}: {named}")
    return main[0]


def _matches(story: Story, key: str, calendar: Calendar) -> list[Transaction]:
    everything = story.transactions
    amount = _AMOUNT.fullmatch(key)
    if amount:
        return _at(everything, int(amount[1] + amount[2]), amount[3], calendar)
    if key.startswith("#") and key[1:].isascii() and key[1:].isdigit():
        return [t for t in everything if t.item == int(key[1:])]
    if key.isascii() and key.isdigit() and len(key) <= 6:
        return [t for t in everything if t.stan == key.zfill(6)]
    if re.fullmatch(r"[0-9A-Za-z]{12}", key):
        return [t for t in everything if t.rrn == key]
    shown = key if len(key) < 13 else key[:4] + "…"  # a card number is not said back
    raise BadKeyError(f'"{shown}" is no trace number, reference number, #item or AMOUNT@TIME')


def _at(
    everything: list[Transaction], amount: int, text: str, calendar: Calendar
) -> list[Transaction]:
    near = []
    for t in everything:
        if t.amount != amount or not t.at_s:
            continue
        local = calendar.local(t.at_s)
        try:
            if _TIME.fullmatch(text):
                wanted = datetime.datetime.combine(
                    local.date(), datetime.time.fromisoformat(text), local.tzinfo
                )
            else:
                wanted = datetime.datetime.fromisoformat(text)
        except ValueError:
            raise BadKeyError(f'"{text}" is no time; write 21:55 or 2027-02-16T21:55') from None
        wanted = wanted if wanted.tzinfo else wanted.replace(tzinfo=local.tzinfo)
        away = abs((wanted - local).total_seconds())
        if away <= _NEAR_S:
            near.append((away, t.item, t))
    closest = min((away for away, _, _ in near), default=0)
    return [t for away, _, t in near if away == closest]
