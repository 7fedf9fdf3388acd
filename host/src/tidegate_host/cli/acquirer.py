"""`tidegate acquirer`: an acquirer's host to try and test with."""

import json
import re
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import click
import rich_click

from tidegate_host import dialects
from tidegate_host.cli.common import SCHEMA, fail, json_option
from tidegate_host.standins.acquirer import Acquirer
from tidegate_host.standins.faults import FaultPlanError
from tidegate_host.standins.messages import Logged
from tidegate_host.standins.ruling import ACQUIRER_KINDS, Limits
from tidegate_host.standins.terminal import MERCHANT

_ORDERS = "down, up, hang-up, keys TERMINAL, books, quit"


@click.command(cls=rich_click.RichCommand)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=7000, show_default=True, type=click.IntRange(0, 65535),
              help="Port to listen on; 0 takes a free one.")  # fmt: skip
@click.option("--tls", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
              help="Speak TLS with the certificates in this folder; they are made if missing.",
              )  # fmt: skip
@click.option("--dialect", default="cup", show_default=True, help="A dialect, or a TOML file.")
@click.option("--faults", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="A plan of faults in TOML.")  # fmt: skip
@click.option("--books", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Keep the books in this JSON file and go on with what is in it.")  # fmt: skip
@click.option("--kind", default=ACQUIRER_KINDS[0], type=click.Choice(ACQUIRER_KINDS),
              show_default=True, help="What becomes of an advice that comes again.")  # fmt: skip
@click.option("--cutover", default="23:00", show_default=True, metavar="HH:MM",
              help="When the settlement date turns, shop time.")  # fmt: skip
@click.option("--amount-max", default=5_000_000, show_default=True, type=click.IntRange(0),
              help="Refuse more than this with 61, in minor units; 0: no limit.")  # fmt: skip
@click.option("--terminal", "terminals", multiple=True, metavar="F41",
              help="Registered terminal; may be repeated. Default: every terminal.")  # fmt: skip
@click.option("--seed", default=1, show_default=True, help="For the working keys.")
@json_option
def command(
    host: str, port: int, tls: Path | None, dialect: str, faults: Path | None, books: Path | None,
    kind: str, cutover: str, amount_max: int, terminals: tuple[str, ...], seed: int, as_json: bool,
) -> None:  # fmt: skip
    """Run an acquirer's host: it signs terminals in, checks their seals and keeps books.

    \b
    Plain, on port 7000:
        tidegate acquirer
    With TLS, faults and books that survive:
        tidegate acquirer --tls certs --faults plan.toml --books books.json

    Every message is shown as it happens (with --json: one object a line), card numbers masked.
    It takes orders on standard input: down, up, hang-up, keys TERMINAL, books, quit.
    """
    show = _show_json if as_json else _show
    try:
        acquirer = Acquirer(
            host, port, tls=tls, dialect=dialect, faults=faults, books=books, kind=kind,
            cutover_min=_minutes(cutover), limits=Limits(amount_max),
            terminals=list(terminals) or None, seed=seed, on_message=show,
        )  # fmt: skip
        acquirer.start()
    except (FaultPlanError, dialects.DialectError) as error:
        fail(str(error))
    except (ValueError, KeyError):
        fail(f"{books} does not hold books", "name another file, or move this one away")
    except OSError as error:
        fail(f"cannot listen on {host}:{port}: {error.strerror}", "choose another --port")
    if not as_json and acquirer.tls:
        click.echo(f"terminals and bridges trust {acquirer.tls.ca_der}", err=True)
    if not as_json:
        click.echo(f"a terminal for it: tidegate terminal --connect {host}:{acquirer.port} "
                   f"--tid TEST0001 --mid {MERCHANT} sign-in", err=True)  # fmt: skip
    try:
        _obey(acquirer, as_json)
    finally:
        acquirer.stop()
        _tell_books(acquirer, as_json)


def _minutes(text: str) -> int:
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", text)
    if match is None:
        fail(f"{text} is not a time of day", "write it as HH:MM, for example 23:00")
    return int(match[1]) * 60 + int(match[2])


def _obey(acquirer: Acquirer, as_json: bool) -> None:
    # Until it is told to stop, by an order or by a signal.
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())

    def listen() -> None:
        for line in sys.stdin:
            if not _order(acquirer, line.split(), as_json):
                done.set()
                return

    threading.Thread(target=listen, daemon=True).start()
    done.wait()


def _order(acquirer: Acquirer, words: list[str], as_json: bool) -> bool:
    match words:
        case ["down"]:
            acquirer.line(down=True)
        case ["up"]:
            acquirer.line(down=False)
        case ["hang-up"]:
            acquirer.hang_up()
        case ["keys", terminal]:
            acquirer.change_keys(terminal)
        case ["books"]:
            _tell_books(acquirer, as_json)
        case ["quit"]:
            return False
        case []:
            pass
        case _:
            click.echo(f"orders are {_ORDERS}", err=True)
    return True


def _show(entry: Logged) -> None:
    click.echo(entry.text())


def _show_json(entry: Logged) -> None:
    _print({"event": "message", **entry.as_dict()})


def _print(value: dict[str, Any]) -> None:
    click.echo(json.dumps({"schema": SCHEMA, **value}))


def _tell_books(acquirer: Acquirer, as_json: bool) -> None:
    books = acquirer.books()
    if as_json:
        _print({"event": "books", **books})
        return
    for row in books["batches"]:
        click.echo(
            f"{row['terminal']} batch {row['batch']:06d}: "
            f"{row['debit_count']} debits {row['debit_sum'] / 100:.2f}, "
            f"{row['credit_count']} credits {row['credit_sum'] / 100:.2f}"
        )
    for finding in books["findings"]:
        click.echo(f"finding: {finding}")
