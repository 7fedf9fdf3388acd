"""Looks for a world that breaks a money rule: `worlds.py FROM TO`, exit code 1 for the first."""

import sys

from tidegate_host.world import run


def main(first, last):
    known = run.compiled()
    for seed in range(first, last):
        found = run.one(seed, run.Plan(), known)
        if isinstance(found, run.Failure):
            print(f"world {seed}: {found.rule}")
            return 1
    return 0


sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
