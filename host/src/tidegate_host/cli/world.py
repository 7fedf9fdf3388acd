"""`tidegate world`: whole simulated worlds, each from one seed, with the money rules watched."""

from typing import Any

import click

from tidegate_host.cli.common import FINDING, emit, fail, json_option
from tidegate_host.world import faults, run, tally


def _range(_ctx, _param, value: str) -> tuple[int, int]:
    first, colon, last = value.partition(":")
    try:
        begin = int(first)
        end = int(last) if colon else begin + 1
    except ValueError as error:
        raise click.BadParameter("two numbers, as in 0:100") from error
    if begin < 0 or end <= begin:
        raise click.BadParameter("the first seed comes before the last")
    return begin, end


def _mask(_ctx, _param, value: str) -> int:
    if value == "all":
        return faults.ALL
    if value == "none":
        return 0
    try:
        return faults.mask_of(value.split(","))
    except ValueError as error:
        raise click.BadParameter(f"among: {', '.join(faults.NAMES)}") from error


@click.command(name="world")
@click.option(
    "--seeds", default="0:50", show_default=True, callback=_range, help="A:B, without B."
)
@click.option("--days", default=1, show_default=True, help="Days of each world.")
@click.option("--terminals", default=3, show_default=True, help="Terminals of each world.")
@click.option(
    "--faults", "mask", default="all", show_default=True, callback=_mask,
    help="What may go wrong: all, none, or names with commas.",
)  # fmt: skip
@click.option("--shrink", is_flag=True, help="Look for a smaller world that still fails.")
@click.option("--workers", default=0, help="Processes; 0 uses every core.")
@json_option
@click.pass_context
def command(ctx, seeds, days, terminals, mask, shrink, workers, as_json) -> None:
    """Simulate bridge, terminals, network and acquirer, with faults, and check the money rules.

    Every seed is one whole world in virtual time, the same on every machine. A broken rule is
    told with the command that replays it, and ends this one with exit code 1.

    \b
        tidegate world --seeds 0:200
        tidegate world --seeds 17:18 --shrink
        tidegate world --seeds 0:50 --faults none --json
    """
    if days < 1 or terminals < 1 or terminals > 8:
        fail("a world has at least one day, and one to eight terminals")
    plan = run.Plan(days, terminals, mask)
    tallies, failures, seconds = run.many(seeds[0], seeds[1], plan, workers)
    if shrink:
        failures = [run.shrink(failure) for failure in failures]
    result = _result(tallies, failures, seconds, days)
    emit(result, as_json, lambda: _text(result, failures))
    if failures:
        ctx.exit(FINDING)


def _result(tallies, failures, seconds, days) -> dict:
    summed: dict[str, Any] = dict(tally.total(tallies))
    worlds = len(tallies) + len(failures)
    return {
        "seeds": worlds,
        "simulated_days": worlds * days,
        "seconds": round(seconds, 1),
        "worlds_per_s": round(worlds / max(seconds, 0.001), 2),
        "simulated_days_per_s": round(worlds * days / max(seconds, 0.001), 2),
        **summed["counts"],
        "attention": {k: v for k, v in summed["attention"].items() if v},
        "ended": {k: v for k, v in summed["ended"].items() if v},
        "faults": summed["faults"],
        "habits": summed["habits"],
        "never": tally.never(summed) if tallies else [],
        "digest": _digest(tallies),
        "violations": [
            {
                "seed": f.seed,
                "rule": f.rule,
                "text": f.text,
                "replay": f.command(),
                "last": f.trail,
            }
            for f in failures
        ],
    }


def _digest(tallies) -> str:
    digest = 0
    for one in tallies:
        digest = (digest * 31 + one["digest"]) & 0xFFFFFFFF
    return f"{digest:08x}"


def _text(result: dict, failures: list) -> str:
    lines = []
    for f in failures:
        lines += [
            *f.trail,
            f"seed {f.seed}: {f.rule} broken: {f.text}",
            f"replay: {f.command()}",
            "",
        ]
    lines.append(
        f"{result['seeds']} worlds, {result['simulated_days']} days in {result['seconds']} s "
        f"({result['simulated_days_per_s']} days/s), digest {result['digest']}"
    )
    for key in tally.COUNTS:
        lines.append(f"  {key.replace('_', ' '):<12} {result.get(key, 0)}")
    reasons = ", ".join(f"{name} {count}" for name, count in result["attention"].items())
    lines.append(f"  attention    {reasons or 'none'}")
    if result["never"]:
        lines.append(f"  never seen   {', '.join(result['never'])}")
    lines.append(f"  violations   {len(failures)}")
    return "\n".join(lines)
