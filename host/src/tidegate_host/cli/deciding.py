"""What `queue retry|settle` and `holds defer|release|cancel` share: ITEM, who, why, and the board.

The decision is an entry in the journal of the board, so it needs the board, not a pulled FILE.
"""

import datetime
import getpass
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from tidegate_host.cli.common import emit, fail
from tidegate_host.cli.device_options import device_options, opened
from tidegate_host.config.clock import since_2020

_TEXT_BYTES_MAX = 90  # of both together, as the journal keeps them
_CARD = re.compile(r"\d{9,}")
_AFTER = re.compile(r"(\d+)\s*(min|h|d)")
_UNIT_S = {"min": 60, "h": 3600, "d": 86400}


def decision_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ITEM, `--by`, `--reason`, `--device` and `--key` to a command."""
    command = click.option(
        "--reason", "why", required=True, metavar="TEXT",
        help="Why, in a few words; it stays in the journal.",
    )(command)  # fmt: skip
    command = click.option(
        "--by", "who", default=getpass.getuser, show_default="your user name", metavar="NAME",
        help="Who decides.",
    )(command)  # fmt: skip
    return click.argument("item", type=click.IntRange(1))(device_options(command))


def decide(
    device: str, key_path: Path | None, said: tuple[str, int, list[Any]], as_json: bool, text: str
) -> None:
    """Say it to the board and tell what was done. `said`: word, item, values with who and why."""
    word, item, values = said
    who, why = values[-2:]
    if _CARD.search(f"{who} {why}"):
        fail("the reason holds a long number, and card numbers never go into the journal")
    if len(f"{who}\n{why}".encode()) > _TEXT_BYTES_MAX:
        fail(f"name and reason are longer than {_TEXT_BYTES_MAX} bytes together", "say it shorter")
    with opened(device, key_path) as board:
        board.call(word, item, *values)
    emit({"item": item, "decision": word, "by": who, "reason": why}, as_json, text)


def moment(text: str, now: datetime.datetime) -> tuple[int, str]:
    """A time as people write it: "2h", "23:30", "2027-02-16T09:00+08:00".

    -> (seconds since 2020, the time as it is said back). Without an offset it is meant on this
    computer's clock; a bare time of day is the next one.
    """
    after = _AFTER.fullmatch(text)
    try:
        if after:
            found = now.astimezone() + datetime.timedelta(
                seconds=int(after[1]) * _UNIT_S[after[2]]
            )
        elif re.fullmatch(r"\d\d:\d\d", text):
            day = now.astimezone().replace(second=0, microsecond=0)
            found = day.replace(hour=int(text[:2]), minute=int(text[3:]))
            found += datetime.timedelta(days=found <= now)
        else:
            found = datetime.datetime.fromisoformat(text)
            found = found if found.tzinfo else found.astimezone()
    except (ValueError, OverflowError):
        fail(f'"{text}" is no time', "write 2h, 09:00 or 2027-02-16T09:00+08:00")
    return since_2020(found), found.isoformat(" ", "minutes")
