"""`make soak`: power cuts, updates, worlds, fuzzing, one after another, for their figures.

    python tests/soak.py [--cuts N] [--seeds N] [--runs N] [--workers N] [PART ...]

Every part prints its figures; the last lines repeat them. Exit code 1 when one of them has found
something or could not run.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
FIRST_SEED = 20261123


def arguments():
    parser = argparse.ArgumentParser(description="What takes too long for every day")
    parser.add_argument("parts", nargs="*", help="cuts, update, worlds, fuzz; all without one")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--cuts", type=int, default=100000, help="cut runs, at least")
    parser.add_argument("--seeds", type=int, default=1000, help="worlds")
    parser.add_argument("--runs", type=int, default=1000000, help="executions of the fuzzer")
    return parser.parse_args()


def cuts(options):
    """Run the cut tests with one seed after another until there were enough cut runs."""
    runs = failures = 0
    seed = FIRST_SEED
    with ThreadPoolExecutor(options.workers) as pool:
        while runs < options.cuts and not failures:
            seeds = range(seed, seed + options.workers)
            for number, row in zip(seeds, pool.map(_cut_runs, seeds), strict=True):
                runs += row[0]
                failures += row[1]
                print("cuts: seed {}  {} cut runs, {} failures{}".format(number, *row), flush=True)
            seed += options.workers
    last = seed - 1
    return failures, f"{runs} cut runs, {failures} failures (TIDEGATE_SEED {FIRST_SEED} to {last})"


def _cut_runs(seed):
    # -> (cut runs, failures, what a failure says). The tests print the count at their end.
    command = [sys.executable, "-m", "pytest", "-s", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "--timeout=3600", str(TESTS / "world" / "cuts")],
        env={**os.environ, "TIDEGATE_SEED": str(seed)},
        text=True, capture_output=True, check=False,
    )  # fmt: skip
    counts = [int(number) for number in re.findall(r"'cut runs': (\d+)", done.stdout)]
    failed = len(re.findall(r"^FAILED ", done.stdout, re.M))
    if done.returncode and not failed or not counts:
        failed = 1
    told = "\n" + "\n".join(done.stdout.splitlines()[-12:]) if failed else ""
    return sum(counts), failed, told


def worlds(options):
    """Run the worlds on every core, as `tidegate world` does."""
    command = [
        str(Path(sys.executable).parent / "tidegate"), "world", "--json",
        "--seeds", f"0:{options.seeds}", "--workers", str(options.workers),
    ]  # fmt: skip
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    try:
        found = json.loads(done.stdout)
    except ValueError:
        return 1, "\n".join((done.stdout + done.stderr).splitlines()[-12:])
    broken = found["violations"]
    for row in broken:
        print(f"worlds: seed {row['seed']}: {row['rule']} {row['text']}")
        print(f"  replay: {row['replay']}")
    return len(broken), (
        f"{found['seeds']} worlds (seeds 0:{options.seeds}), {found['simulated_days']} days, "
        f"{found['messages']} messages, {found['power_cuts']} power cuts, "
        f"{len(broken)} violations, digest {found['digest']}, "
        f"{found['worlds_per_s']} worlds a second"
    )


def fuzz(options):
    """Run the coverage-guided fuzzer."""
    command = [sys.executable, str(TESTS / "fuzz" / "soak.py"), f"--runs={options.runs}"]
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, check=False)
    lines = done.stdout.splitlines() or ["fuzz: said nothing"]
    print("\n".join(lines[:-1]), flush=True)
    return done.returncode, lines[-1].removeprefix("fuzz: ")


def update(_options):
    """Cut an update at each of its flash operations, in each mode that LittleFS is made for."""
    sys.path.insert(0, str(TESTS / "world" / "update"))
    import update_cuts

    seeds = range(FIRST_SEED, FIRST_SEED + update_cuts.SEEDS)
    rows = [update_cuts.run(seed) for seed in seeds]
    for _, failures, told in rows:
        if failures:
            print(told)
    runs, failures = sum(row[0] for row in rows), sum(row[1] for row in rows)
    return failures, f"{runs} cut runs of an update, {failures} failures"


PARTS = {"cuts": cuts, "update": update, "worlds": worlds, "fuzz": fuzz}


def main():
    options = arguments()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        told = f"soak: no {', '.join(sorted(unknown))}. Allowed: {', '.join(PARTS)}"
        print(told, file=sys.stderr)
        return 2
    summary = []
    failed = 0
    for name, run in PARTS.items():
        if options.parts and name not in options.parts:
            continue
        print(f"soak: {name}", flush=True)
        began = time.monotonic()
        findings, figures = run(options)
        failed += bool(findings)
        minutes = (time.monotonic() - began) / 60
        summary.append(f"soak: {name:<7} {minutes:>5.1f} min  {figures}")
        print(summary[-1], flush=True)
    describe = ["git", "describe", "--always", "--dirty"]
    commit = subprocess.run(describe, cwd=ROOT, text=True, capture_output=True, check=False)
    print(f"\nsoak: {time.strftime('%Y-%m-%d')} commit {commit.stdout.strip() or 'unknown'}")
    print("\n".join(summary))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
