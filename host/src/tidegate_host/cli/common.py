"""What every command shares: `--json`, how a result is printed and how a failure is told.

Exit codes: 0 ok, 1 a finding (mismatch, failed check), 2 usage or operating error, 3 no device,
4 time-out, 130 interrupted.
"""

import json
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import click

OK = 0
FINDING = 1
ERROR = 2
NO_DEVICE = 3
TIME_OUT = 4
INTERRUPTED = 130

SCHEMA = 1  # of every JSON object printed; raised when a key changes its meaning


class OperatingError(Exception):
    """Something outside this program is not as it should be: told in words, never as a traceback.

    `message` says what is wrong, `next_step` what to do about it (may be empty), `code` is the
    exit code.
    """

    def __init__(self, message: str, next_step: str = "", code: int = ERROR) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.code = code

    def show(self) -> None:
        """Print both to stderr."""
        click.secho(f"error: {self.message}", file=sys.stderr, fg="red")
        if self.next_step:
            click.echo(f"next: {self.next_step}", file=sys.stderr)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--json` to a command; its function gets it as `as_json`."""
    text = "Print one JSON object instead of text."
    return click.option("--json", "as_json", is_flag=True, help=text)(command)


def emit(
    result: dict[str, Any], as_json: bool, text: str | Callable[[], str] | None = None
) -> None:
    """Print the result of a command: as one JSON line with "schema", or as `text`.

    Without `text` the keys and values are printed, one a line.

        emit({"port": 9001}, as_json, lambda: f"listening on {port}")
    """
    if as_json:
        click.echo(json.dumps({"schema": SCHEMA, **result}, ensure_ascii=False))
    elif text is None:
        for key, value in result.items():
            click.echo(f"{key}: {value}")
    else:
        click.echo(text if isinstance(text, str) else text())


def fail(message: str, next_step: str = "", code: int = ERROR) -> NoReturn:
    """End the command with an OperatingError."""
    raise OperatingError(message, next_step, code)
