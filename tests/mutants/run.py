"""`make mutants`: apply each mutation to a copy of the sources and see whether the tests notice.

    python tests/mutants/run.py [--workers N] [--list] [NAME...]

Exit code 1 when one survives, does not apply or cannot be judged; 2 when the tests fail without
any mutation.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from queue import SimpleQueue

import mutation
from workplace import KILLED, SURVIVED, Workplace


def arguments():
    parser = argparse.ArgumentParser(description="Do the tests notice what they should?")
    parser.add_argument("names", nargs="*", help="mutants to run; all without one")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--list", action="store_true", help="only say what there is")
    return parser.parse_args()


def chosen(names):
    mutants = mutation.load()
    unknown = set(names) - {m.name for m in mutants}
    if unknown:
        print(f"mutants: no {', '.join(sorted(unknown))}. Next: --list", file=sys.stderr)
        sys.exit(2)
    return [m for m in mutants if not names or m.name in names]


def check_original(mutants):
    """What fails without a mutation cannot tell anything."""
    tests = sorted({test for m in mutants for test in m.tests})
    ranges = [m.worlds for m in mutants if m.worlds[0] < m.worlds[1]]
    worlds = (min(r[0] for r in ranges), max(r[1] for r in ranges)) if ranges else (0, 0)
    place = Workplace()
    try:
        for selection, seeds in ((tests, (0, 0)), ((), worlds)):
            if not selection and seeds[0] == seeds[1]:
                continue
            verdict, told = place.judge(selection, seeds)
            if verdict != SURVIVED:
                print(f"mutants: without any mutation: {told}", file=sys.stderr)
                sys.exit(2)
    finally:
        place.close()


def run_all(mutants, workers):
    """Yield (mutant, verdict, who noticed, seconds) as they come."""
    places = SimpleQueue()
    made = [Workplace() for _ in range(min(workers, len(mutants)))]
    for place in made:
        places.put(place)

    def one(mutant):
        place = places.get()
        began = time.monotonic()
        try:
            return mutant, *place.verdict(mutant), time.monotonic() - began
        finally:
            places.put(place)

    try:
        with ThreadPoolExecutor(len(made)) as pool:
            for job in as_completed([pool.submit(one, m) for m in mutants]):
                yield job.result()
    finally:
        for place in made:
            place.close()


def main():
    options = arguments()
    mutants = chosen(options.names)
    width = max(len(m.name) for m in mutants)
    if options.list:
        for m in mutants:
            print(f"{m.name:<{width}}  {m.rule:<5} {m.says}")
        return 0
    print(f"mutants: {len(mutants)}, first the tests without any", flush=True)
    check_original(mutants)
    killed = 0
    results = run_all(mutants, options.workers)
    for number, (mutant, verdict, told, seconds) in enumerate(results, 1):
        killed += verdict == KILLED
        print(
            f"{number:>3}/{len(mutants)}  {mutant.name:<{width}}  {mutant.rule:<5} "
            f"{verdict:<8} {seconds:>5.1f} s  {told}",
            flush=True,
        )
    print(f"mutants: {killed} of {len(mutants)} killed")
    return 0 if killed == len(mutants) else 1


if __name__ == "__main__":
    sys.exit(main())
