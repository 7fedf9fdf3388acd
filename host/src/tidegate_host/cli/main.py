"""The group of all commands. A command's module is imported when it is needed, not before.

A module that is not installed is left out of the list. One that is there and cannot be imported is
a fault of ours and is shown as such.
"""

import errno
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module, metadata
from importlib.util import find_spec
from typing import Any

import click
import rich_click

from tidegate_host.cli.common import ERROR, INTERRUPTED, TIME_OUT, OperatingError

_COMMANDS = {
    "demo": "tidegate_host.cli.demo:command",
    "config": "tidegate_host.cli.config:command",
    "schedule": "tidegate_host.cli.schedule:command",
    "decode": "tidegate_host.cli.decode:command",
    "virtual": "tidegate_host.cli.virtual:command",
    "acquirer": "tidegate_host.cli.acquirer:command",
    "terminal": "tidegate_host.cli.terminal:command",
    "boards": "tidegate_host.cli.boards:command",
    "image": "tidegate_host.cli.image:command",
    "flash": "tidegate_host.cli.flash:command",
    "provision": "tidegate_host.cli.provision:command",
    "update": "tidegate_host.cli.update:command",
    "backup": "tidegate_host.cli.backup:command",
    "restore": "tidegate_host.cli.restore:command",
    "doctor": "tidegate_host.cli.doctor:command",
    "status": "tidegate_host.cli.status:command",
    "logs": "tidegate_host.cli.logs:command",
    "journal": "tidegate_host.cli.journal:command",
    "queue": "tidegate_host.cli.queue:command",
    "holds": "tidegate_host.cli.holds:command",
    "ledger": "tidegate_host.cli.ledger:command",
    "voucher": "tidegate_host.cli.voucher:command",
    "why": "tidegate_host.cli.why:command",
    "exceptions": "tidegate_host.cli.exceptions:command",
    "evidence": "tidegate_host.cli.evidence:command",
    "world": "tidegate_host.cli.world:command",
}


class LazyGroup(rich_click.RichGroup):
    """A group of commands that are named by "module:attribute" and imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name, place in _COMMANDS.items() if find_spec(place.split(":")[0])]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module, attribute = _COMMANDS[cmd_name].split(":")
        found: click.Command = getattr(import_module(module), attribute)
        found.name = cmd_name  # every module calls its own "command"
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            near = get_close_matches(args[0], known, 1)
            hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(known)}."
            ctx.fail(f"No such command '{args[0]}'. {hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except OperatingError as error:
            failure = error
        except KeyboardInterrupt:
            failure = OperatingError("interrupted", code=INTERRUPTED)
        except TimeoutError as error:
            failure = OperatingError(str(error) or "it took too long", code=TIME_OUT)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # the reader of our output has gone; click ends quietly
            failure = OperatingError(_told(error), _STEPS.get(error.errno or 0, ""), ERROR)
        failure.show()
        return ctx.exit(failure.code)


_STEPS = {
    errno.ENOENT: "look at the path",
    errno.EACCES: "another folder, or the rights to this one",
    errno.EROFS: "another folder: nothing can be written here",
    errno.ENOSPC: "make room there",
    errno.EISDIR: "name a file in that folder",
}


def _told(error: OSError) -> str:
    # Files are written beside their place and renamed: the name of the place is the known one.
    where = f"{error.filename}: ".replace(".new: ", ": ") if error.filename else ""
    return where + (error.strerror or str(error) or type(error).__name__)


def _version() -> str:
    try:
        return metadata.version("tidegate")
    except metadata.PackageNotFoundError:  # run from the source tree
        return "of the source tree"


@click.group(
    cls=LazyGroup, name="tidegate", context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(_version(), prog_name="tidegate", message="%(prog)s %(version)s")
def group() -> None:
    """Bridges between card terminals and the acquirer: try, configure, run and audit them.

    \b
    See the whole thing work, no board needed:
        tidegate demo
    Ask what happens to a sale of 80.00 at half past eleven in the evening:
        tidegate schedule explain -c bridge.toml --at 23:30 --kind sale --amount 8000
    Look into a message:
        tidegate decode 080000200000000000100000010011000000010030

    Exit codes: 0 ok, 1 a finding, 2 usage or operating error, 3 no device, 4 time-out.
    """


def main(args: Sequence[str] | None = None) -> None:
    """The console script; ends the process with the exit code."""
    group.main(args=args, prog_name="tidegate")


if __name__ == "__main__":
    main()
