"""What `voucher`, `why`, `exceptions` and `evidence` share: journal, story and calendar."""

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from tidegate_host.cli.common import fail
from tidegate_host.cli.config import read_config
from tidegate_host.cli.source import read_with
from tidegate_host.config.clock import EPOCH
from tidegate_host.config.explain import NoSuchTime, wall_of
from tidegate_host.ledger import finding, story
from tidegate_host.ledger.arrival import Calendar, now_s
from tidegate_host.ledger.finding import BadKeyError
from tidegate_host.ledger.story import Story, Transaction, since

KEYS = "a trace number, a reference number, AMOUNT@TIME such as 66.00@21:55, or #ITEM"


def story_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--journal`, `--device`, `--key` and `--config` to a command."""
    file = click.Path(path_type=Path, dir_okay=False)
    for option in (
        click.option("--config", "-c", "config_path", type=file, metavar="FILE",
                     help="The bridge.toml: hours, cut-over, holidays, arrival. Without it:"
                     " +08:00, cut-over at 23:00, T+1."),
        click.option("--key", "key_path", type=file, metavar="FILE", envvar="TIDEGATE_KEY",
                     help="Console key of a locked board ($TIDEGATE_KEY)."),
        click.option("--device", "-d", metavar="WHERE",
                     help="A bridge: serial port, rfc2217://, socket:// or virtual:NAME."),
        click.option("--journal", "-j", "path", type=file, metavar="FILE",
                     help="A journal that was pulled, instead of a bridge."),
    ):  # fmt: skip
        command = option(command)
    return command


def on_the_clock(item: dict[str, Any], calendar: Calendar) -> dict[str, Any]:
    """The same with its times as the shop's clock shows them; they come in UTC."""
    times = {name: calendar.stamp(since(item.get(name) or "")) for name in ("at", "until")}
    return {**item, **times}


def terminal_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--terminal`, which tells transactions with the same number apart."""
    return click.option("--terminal", default="", metavar="F41", help="Of this terminal.")(command)


def day_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--day`."""
    return click.option(
        "--day", required=True, metavar="DATE", help="2027-02-15, on the shop's clock."
    )(command)


def told(
    path: Path | None, device: str | None, key_path: Path | None, config_path: Path | None
) -> tuple[Story, Calendar]:
    """The story of the journal that the options name, and the calendar to read it with."""
    calendar = calendar_of(config_path)
    return read_with(story.read, path, device, key_path), calendar


def calendar_of(config_path: Path | None) -> Calendar:
    """Of a bridge.toml, or the usual one."""
    return Calendar(read_config(config_path) if config_path else None)


def one(found: Story, key: str, calendar: Calendar, terminal: str) -> Transaction:
    """The transaction that KEY names, or an operating error."""
    try:
        return finding.find(found, key, calendar, terminal)
    except BadKeyError as error:
        fail(str(error), f"KEY is {KEYS}; --terminal tells them apart")


def date(text: str) -> datetime.date:
    """A date, or an operating error."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        fail(f'"{text[:20]}" is no date', "write it as 2027-02-15")


def of_day(found: Story, day: datetime.date, calendar: Calendar) -> list[Transaction]:
    """The transactions of a day on the shop's clock; those without any time are in every day."""
    return [
        t for t in found.transactions if not t.at_s or calendar.local(t.at_s).date() == day
    ]  # fmt: skip


def moment(text: str | None, calendar: Calendar) -> int:
    """`--at` -> seconds since 2020; without it, now."""
    if not text:
        return now_s()
    try:
        now = EPOCH + datetime.timedelta(seconds=now_s())
        return wall_of(text, calendar.hours, now)
    except NoSuchTime as error:
        fail(str(error), "write it as 2027-02-15T09:00")
