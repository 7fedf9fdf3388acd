"""`tidegate schedule`: what the trading hours say, and why."""

import datetime
import re
from pathlib import Path

import click
import rich_click

from tidegate.core.schedule import Schedule
from tidegate.proto.kinds import KIND_NAMES
from tidegate_host.cli.common import emit, fail, json_option
from tidegate_host.cli.config import read_config
from tidegate_host.config import explain as hours
from tidegate_host.config import words

_YEAR = re.compile(r"(20[2-9]\d)-")


@click.group(cls=rich_click.RichGroup)
def command() -> None:
    """Ask the trading hours of a bridge.toml what happens to a transaction, and why.

    \b
    Example:
        tidegate schedule explain -c bridge.toml --at 23:30 --kind sale --amount 8000
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
