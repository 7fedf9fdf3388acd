"""`tidegate terminal`: a card terminal to try and test with."""

import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import rich_click

from tidegate_host import dialects
from tidegate_host.cli.common import (
    ERROR,
    FINDING,
    TIME_OUT,
    OperatingError,
    emit,
    fail,
    json_option,
)
from tidegate_host.report import codes
from tidegate_host.standins import tape as states
from tidegate_host.standins.cards import ENTRIES, Card, make_card
from tidegate_host.standins.flows import NO_ANSWER, NOT_STARTED, Outcome
from tidegate_host.standins.links import SerialLink, TcpLink
from tidegate_host.standins.terminal import MERCHANT, Terminal

_NEXT_STEPS = {
    "line": "is the other side listening? Check --connect or --serial",
    "sign-in": "run: tidegate terminal sign-in",
    "reversal": "try again: the reversal that is due goes first",
    "settle": "run: tidegate terminal settle (an upload was broken off)",
    "full": "run: tidegate terminal settle",
    "advices": "try again, or: tidegate terminal settle --force",
    "keys": "the host's keys are for another master key, or for another kind of sign-in",
}


@click.group(cls=rich_click.RichGroup)
@click.option("--connect", metavar="HOST:PORT", default="127.0.0.1:9001", show_default=True,
              help="Where the bridge (or the acquirer) listens.")  # fmt: skip
@click.option("--serial", "serial_path", metavar="PATH",
              help="A serial line or pseudo-terminal instead.")  # fmt: skip
@click.option("--framing", type=click.Choice(["len2", "stx"]),
              help="Default: len2 on TCP, stx on a serial line.")  # fmt: skip
@click.option("--ca", type=click.Path(exists=True, dir_okay=False), metavar="FILE",
              help="Speak TLS and trust this authority (PEM or DER).")  # fmt: skip
@click.option("--server-name", default="", help="The name in the host's certificate.")
@click.option("--tid", default="TEST0001", show_default=True, help="Terminal id, F41.")
@click.option("--mid", default=MERCHANT, show_default=True, help="Merchant id, F42.")
@click.option("--dialect", default="cup", show_default=True, help="A dialect, or a TOML file.")
@click.option("--state", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Its memory. Default: one file for each terminal id, in "
              "~/.local/state/tidegate/terminal.")  # fmt: skip
@click.option("--wait-s", default=30.0, show_default=True, help="Wait for an answer, in seconds.")
@click.pass_context
def command(
    ctx: click.Context, connect: str, serial_path: str | None, framing: str | None,
    ca: str | None, server_name: str, tid: str, mid: str, dialect: str, state: Path | None,
    wait_s: float,
) -> None:  # fmt: skip
    """A card terminal with synthetic cards. It remembers its batch between calls.

    \b
        tidegate terminal --connect 127.0.0.1:7000 sign-in
        tidegate terminal --connect 127.0.0.1:7000 sale 1250
        tidegate terminal --connect 127.0.0.1:7000 settle

    Exit codes: 0 approved or done, 1 declined or not balanced, 2 not started, 4 no answer.
    """
    if ctx.obj is not None:
        return  # a line of the shell: the terminal is there already
    if len(tid) != 8 or len(mid) != 15:
        fail("a terminal id has 8 characters and a merchant id 15")
    if serial_path:
        link: TcpLink | SerialLink = SerialLink(serial_path, framing=framing or "stx")
    else:
        host, _, port = connect.rpartition(":")
        if not host or not port.isdigit():
            fail(f"{connect} is not HOST:PORT", "for example --connect 127.0.0.1:7000")
        link = TcpLink(host, int(port), tls=ca, server_name=server_name, framing=framing or "len2")
    state = state or _home() / "terminal" / f"{tid}.json"
    state.parent.mkdir(parents=True, exist_ok=True)
    try:
        ctx.obj = Terminal(link, tid, mid, dialect=dialect, state=state, wait_s=wait_s)
    except dialects.DialectError as error:
        fail(str(error))
    except (ValueError, KeyError):
        fail(f"{state} is not the memory of a terminal", "name another --state")
    ctx.call_on_close(ctx.obj.close)


def _home() -> Path:
    chosen = os.environ.get("TIDEGATE_HOME")
    return Path(chosen) if chosen else Path.home() / ".local/state/tidegate"


def _action(name: str) -> Callable[..., Any]:
    # One verb: gets the terminal, gives an Outcome.
    def wrap(function: Callable[..., Any]) -> click.Command:
        return command.command(name, cls=rich_click.RichCommand)(
            json_option(click.pass_obj(function))
        )

    return wrap


def _card_options(function: Callable[..., Any]) -> Callable[..., Any]:
    function = click.option(
        "--card", default=1, show_default=True, type=click.IntRange(0, 99_999_999),
        help="Which synthetic card: another number, another card.",
    )(function)  # fmt: skip
    return click.option(
        "--entry", default=ENTRIES[0], show_default=True, type=click.Choice(ENTRIES),
        help="How it is read.",
    )(function)  # fmt: skip


def _amount(required: bool = True) -> Callable[..., Any]:
    kind = click.IntRange(1, 999_999_999_999)
    return click.argument("amount", type=kind, required=required, default=None if required else 0)


@_action("sign-in")
def sign_in(terminal: Terminal, as_json: bool) -> None:
    """Get new working keys from the host."""
    _tell(terminal.sign_in(), as_json)


@_action("sign-off")
def sign_off(terminal: Terminal, as_json: bool) -> None:
    """End the session."""
    _tell(terminal.sign_off(), as_json)


@_action("echo")
def echo(terminal: Terminal, as_json: bool) -> None:
    """Ask whether the host is there."""
    _tell(terminal.echo(), as_json)


@_action("sale")
@_amount()
@_card_options
def sale(terminal: Terminal, amount: int, card: int, entry: str, as_json: bool) -> None:
    """Sell for AMOUNT (minor units)."""
    _tell(terminal.sale(amount, _card(card, entry)), as_json)


@_action("preauth")
@_amount()
@_card_options
def preauth(terminal: Terminal, amount: int, card: int, entry: str, as_json: bool) -> None:
    """Reserve AMOUNT (minor units)."""
    _tell(terminal.preauth(amount, _card(card, entry)), as_json)


@_action("offline-sale")
@_amount()
@_card_options
def offline_sale(terminal: Terminal, amount: int, card: int, entry: str, as_json: bool) -> None:
    """Sell for AMOUNT without asking the host; it is uploaded later."""
    _tell(terminal.offline_sale(amount, _card(card, entry)), as_json)


@_action("balance")
@_card_options
def balance(terminal: Terminal, card: int, entry: str, as_json: bool) -> None:
    """Ask for the balance of a card."""
    _tell(terminal.balance(_card(card, entry)), as_json)


@_action("void")
@click.argument("stan", type=int)
def void(terminal: Terminal, stan: int, as_json: bool) -> None:
    """Undo transaction STAN of this batch."""
    _tell(_about(terminal.void, stan), as_json)


@_action("refund")
@click.argument("stan", type=int)
@_amount(required=False)
def refund(terminal: Terminal, stan: int, amount: int, as_json: bool) -> None:
    """Give back sale STAN, or AMOUNT of it."""
    _tell(_about(terminal.refund, stan, amount), as_json)


@_action("complete")
@click.argument("stan", type=int)
@_amount(required=False)
@click.option("--advice", is_flag=True, help="As an advice (0220) instead of a request.")
def complete(terminal: Terminal, stan: int, amount: int, advice: bool, as_json: bool) -> None:
    """Complete pre-authorization STAN, with AMOUNT if it is another."""
    _tell(_about(terminal.complete, stan, amount, advice=advice), as_json)


@_action("adjust")
@click.argument("stan", type=int)
@_amount()
def adjust(terminal: Terminal, stan: int, amount: int, as_json: bool) -> None:
    """Change the amount of sale STAN to AMOUNT (a tip)."""
    _tell(_about(terminal.adjust, stan, amount), as_json)


@_action("upload")
def upload(terminal: Terminal, as_json: bool) -> None:
    """Send the reversal that is due and everything that was made off-line."""
    _tell(terminal.upload_advices(), as_json)


@_action("reversal")
def reversal(terminal: Terminal, as_json: bool) -> None:
    """Send the reversal that is due, now instead of before the next transaction."""
    _tell(terminal.reverse(), as_json)


@_action("settle")
@click.option("--force", is_flag=True, help="Although off-line sales are still waiting.")
def settle(terminal: Terminal, force: bool, as_json: bool) -> None:
    """Settle the batch and upload it, or go on with an upload that was broken off."""
    outcome = terminal.settle(force)
    _tell(outcome, as_json)
    if outcome.approved and outcome.reason != "balanced":
        click.get_current_context().exit(FINDING)


@_action("status")
def status(terminal: Terminal, as_json: bool) -> None:
    """Show the batch: totals, transactions, what is due."""
    told = terminal.status()
    emit(told, as_json, lambda: _status_text(told))


@_action("shell")
def shell(terminal: Terminal, as_json: bool) -> None:
    """Read commands from standard input, one a line: sale 1250, void 2, settle, ..."""
    verbs = ", ".join(name for name in command.commands if name != "shell")
    for line in sys.stdin:
        words = shlex.split(line, comments=True)
        if not words:
            continue
        if words[0] in ("quit", "exit"):
            return
        if words[0] not in command.commands or words[0] == "shell":
            click.echo(f"commands are {verbs}, quit", err=True)
            continue
        try:
            extra = ["--json"] if as_json and "--json" not in words else []
            command.main([*words, *extra], "terminal", standalone_mode=False, obj=terminal)
        except OperatingError as error:
            error.show()
        except click.ClickException as error:
            error.show()


def _card(number: int, entry: str) -> Card:
    return make_card(number, entry)


def _about(action: Callable[..., Outcome], stan: int, *args: Any, **more: Any) -> Outcome:
    try:
        return action(stan, *args, **more)
    except LookupError as error:
        fail(str(error.args[0]), "tidegate terminal status shows what it has")


def _tell(outcome: Outcome, as_json: bool) -> None:
    emit(outcome.as_dict(), as_json, lambda: _text(outcome))
    if outcome.state == NOT_STARTED:
        why = outcome.reason
        if why == "line":
            why = f"no connection ({click.get_current_context().obj.link.failure})"
        fail(f"not started: {why}", _NEXT_STEPS.get(outcome.reason, ""), ERROR)
    if outcome.state in (NO_ANSWER, states.UNKNOWN):
        if outcome.state == states.UNKNOWN:
            fail("no usable answer", "a reversal is due; it goes before the next one", TIME_OUT)
        fail(f"no answer: {outcome.reason}".rstrip(": "), "try again", TIME_OUT)
    if outcome.state in (states.DECLINED, states.FAILED):
        click.get_current_context().exit(FINDING)


def _text(outcome: Outcome) -> str:
    parts = [outcome.state]
    if outcome.kind:
        parts.append(f"{outcome.kind} {outcome.stan:06d}")
    if outcome.amount >= 0:
        parts.append(f"{outcome.amount / 100:.2f}")
    if outcome.code:
        parts.append(f"code {outcome.code} ({codes.response(outcome.code)[0]})")
    if outcome.rrn:
        parts.append(f"reference {outcome.rrn}")
    if outcome.reason:
        parts.append(outcome.reason)
    return "  ".join(parts)


def _status_text(told: dict[str, Any]) -> str:
    totals = told["totals"]
    lines = [
        f"terminal {told['terminal']}  batch {told['batch']:06d}  "
        f"{'signed in' if told['signed_in'] else 'not signed in'}",
        f"{totals['debit_count']} debits {totals['debit_sum'] / 100:.2f}  "
        f"{totals['credit_count']} credits {totals['credit_sum'] / 100:.2f}  "
        f"{told['waiting']} to upload",
    ]
    if told["reversal"]:
        due = told["reversal"]
        lines.append(f"reversal of {due['stan']:06d} is due, {due['attempts']} attempts")
    lines += [f"reversal of {row['stan']:06d} was given up" for row in told["dropped"]]
    for row in told["transactions"]:
        amount = f"{row['amount'] / 100:.2f}"
        lines.append(
            f"{row['stan']:06d}  {row['kind']:17}  {amount:>12}  {row['state']}  {row['code']}"
        )
    return "\n".join(lines)
