"""Coverage-guided fuzzing of the codec, the framing and the message, over all cores.

    python tests/fuzz/soak.py [--runs 1000000] [--workers N] [--seed N]
    python tests/fuzz/soak.py --replay CHECK HEX

Exit code 1 for a finding, with the command that replays it; 2 when there is no fuzzer here. What
was learned about reaching code stays in build/fuzz, so that the next run begins with it.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent / "unit")]

import seeds  # noqa: E402
import targets  # noqa: E402

# A frame, and what chooses how it is read. A stream of small frames shows all that framing does.
_INPUT_BYTES_MAX = {"codec": 2100, "framing": 700, "message": 2100}
_HANG_S = 10
_SECONDS_MAX = 3600


def arguments():
    parser = argparse.ArgumentParser(description="Coverage-guided fuzzing")
    parser.add_argument("--runs", type=int, default=1000000, help="executions of all checks")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--replay", nargs=2, metavar=("CHECK", "HEX"), help="one input, once")
    return parser.parse_args()


def fuzz(check, runs, seed):
    """Run one check. -> (executions, a line about it, the input that failed or None)."""
    folder = ROOT / "build" / "fuzz" / check
    for name in ("seeds", "found"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(seeds.begin(check)):
        (folder / "seeds" / str(number)).write_bytes(data)
    for old in folder.glob(f"{seed}-*"):
        old.unlink()
    command = [
        sys.executable, str(HERE / "guided.py"), check, f"-runs={runs}", f"-seed={seed}",
        f"-max_len={_INPUT_BYTES_MAX[check]}", f"-timeout={_HANG_S}", "-print_final_stats=1",
        f"-artifact_prefix={folder}/{seed}-", str(folder / "found"), str(folder / "seeds"),
    ]  # fmt: skip
    done = subprocess.run(
        command, text=True, capture_output=True, errors="replace", timeout=_SECONDS_MAX,
        check=False,
    )  # fmt: skip
    output = done.stdout + done.stderr
    executed = re.search(r"^stat::number_of_executed_units: (\d+)", output, re.M)
    reached = re.findall(r" cov: (\d+) ft: (\d+) ", output)
    failed = next(iter(folder.glob(f"{seed}-*")), None)
    count = int(executed.group(1)) if executed else 0
    what = "{} places, {} paths reached".format(*reached[-1]) if reached else "nothing reached"
    if failed is None and (done.returncode or not executed):
        what += "\n" + "\n".join(output.splitlines()[-12:])
    return count, what, failed


def jobs(runs, workers, seed):
    """Split the executions: each check once for every worker, with a seed of its own."""
    rows = [(check, seed + worker) for check in targets.CHECKS for worker in range(workers)]
    each = -(-runs // len(rows))
    return [(check, each, number) for check, number in rows]


def main():
    options = arguments()
    if options.replay:
        targets.CHECKS[options.replay[0]](bytes.fromhex(options.replay[1]))
        return 0
    installer = str(ROOT / "host" / "setup" / "fuzzer.py")
    if subprocess.run([sys.executable, installer], check=False).returncode:
        return 2
    began = time.monotonic()
    planned = jobs(options.runs, options.workers, options.seed)
    total = findings = 0
    with ThreadPoolExecutor(options.workers) as pool:
        results = pool.map(lambda job: (job, fuzz(*job)), planned)
        for (check, runs, seed), (count, what, failed) in results:
            total += count
            print(f"fuzz: {check:<8} seed {seed}  {count} executions, {what}", flush=True)
            if failed is not None:
                print(f"  replay: {sys.argv[0]} --replay {check} {failed.read_bytes().hex()}")
            findings += failed is not None or count < runs
    seconds = time.monotonic() - began
    print(f"fuzz: {total} executions in {seconds:.0f} s, {findings} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
