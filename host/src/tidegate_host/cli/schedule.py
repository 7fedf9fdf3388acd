"""`tidegate schedule`: what the trading hours say, and why."""

import datetime
import re
from dataclasses import asdict
from pathlib import Path

import click
import rich_click

from tidegate.core.schedule import Schedule
from tidegate.proto.kinds import KIND_NAMES
from tidegate_host.cli.common import emit, fail, json_option
from tidegate_host.cli.config import read_config
from tidegate_host.config import explain as hours
from tidegate_host.config import week as days
from tidegate_host.config import words
from tidegate_host.config.windows import LIVE_KINDS
from tidegate_host.report import codes
from tidegate_host.report import week as drawing

_YEAR = re.compile(r"(20[2-9]\d)-")


@click.group(cls=rich_click.RichGroup)
def command() -> None:
    """Ask the trading hours of a bridge.toml what happens to a transaction, and why.

    \b
    Example:
        tidegate schedule explain -c bridge.toml --at 23:30 --kind sale --amount 8000
        tidegate schedule week -c bridge.toml --html week.html
    """


@command.command(cls=rich_click.RichCommand)
@click.option(
    "--config", "-c", "path", required=True, type=click.Path(path_type=Path), metavar="FILE",
    help="The bridge.toml.",
)  # fmt: skip
@click.option(
    "--at", metavar="TIME",
    help="On the shop's clock: 23:30 (today) or 2027-02-16T23:30; or with an offset, such as"
    " 2027-02-16T15:30Z. Default: now.",
)  # fmt: skip
@click.option(
    "--kind", default="sale", show_default=True, metavar="KIND",
    type=click.Choice(KIND_NAMES[1:]),
    help="sale, void, refund, preauth, completion, ... (a wrong one prints them all).",
)  # fmt: skip
@click.option(
    "--amount", default=0, type=click.IntRange(0, 999_999_999_999), metavar="N",
    help="In minor units: 8000 is 80.00. Matters where a window has a cap.",
)  # fmt: skip
@click.option("--unknown-clock", is_flag=True, help="As if the bridge did not know the time.")
@json_option
def explain(
    path: Path, at: str | None, kind: str, amount: int, unknown_clock: bool, as_json: bool
) -> None:
    """Which window holds, which rule, what is decided, with which code, and until when.

    \b
    A sale of 80.00 at half past eleven tonight:
        tidegate schedule explain -c bridge.toml --at 23:30 --kind sale --amount 8000
    A refund on a holiday, as data:
        tidegate schedule explain -c bridge.toml --at 2027-02-16T12:00 --kind refund --json
    After a power cut, before the clock is set:
        tidegate schedule explain -c bridge.toml --unknown-clock

    The board runs the same code, so this is what it will do.
    """
    now = datetime.datetime.now(datetime.UTC)
    year = _YEAR.match(at or "")
    compiled = read_config(path, datetime.date(int(year[1]), 1, 1) if year else None)
    try:
        wall_s = hours.wall_of(at or now.isoformat(), Schedule(compiled), now)
    except hours.NoSuchTime as error:
        fail(str(error), "tidegate schedule explain --help shows how times are written")
    told = hours.explain(compiled, KIND_NAMES.index(kind), amount, wall_s, not unknown_clock)
    emit(told, as_json, lambda: words.explanation(told, compiled))


@command.command(cls=rich_click.RichCommand)
@click.option(
    "--config", "-c", "path", required=True, type=click.Path(path_type=Path), metavar="FILE",
    help="The bridge.toml.",
)  # fmt: skip
@click.option("--from", "first", metavar="DATE", help="2027-02-15. Default: today in the shop.")
@click.option(
    "--kind", default="sale", show_default=True, metavar="KIND",
    type=click.Choice([KIND_NAMES[kind] for kind in LIVE_KINDS]),
    help="Windows are about kinds: whose hours are wanted?",
)  # fmt: skip
@click.option(
    "--html", "page", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
    help="Draw it, into one file that needs nothing else.",
)  # fmt: skip
@json_option
def week(path: Path, first: str | None, kind: str, page: Path | None, as_json: bool) -> None:
    """Seven days of trading hours: what holds when, and where the business day ends.

    \b
        tidegate schedule week -c bridge.toml
    The week of the Spring Festival, as a picture:
        tidegate schedule week -c bridge.toml --from 2027-02-15 --html week.html
    """
    now = datetime.datetime.now(datetime.UTC)
    try:
        wanted = datetime.date.fromisoformat(first) if first else None
    except ValueError:
        fail(f'"{first}" is no date', "write it as 2027-02-15")
    compiled = read_config(path, wanted)
    found = days.week(compiled, wanted or days.today(compiled, now), KIND_NAMES.index(kind))
    if page:
        title = f"{compiled['name']}: {' '.join(codes.kind(kind))}"
        page.write_text(drawing.page(found, title), encoding="utf-8")
    told = [{**asdict(day), "date": day.date.isoformat()} for day in found]
    emit({"kind": kind, "days": told}, as_json, lambda: drawing.text(found))
