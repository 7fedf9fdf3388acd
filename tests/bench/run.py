"""`make bench`: measure, then a table on the terminal, bench.json and bench.html in build/bench.

    .venv/bin/python tests/bench/run.py [ROW ...]     rows: latency journal replay heap codec
                                                      instructions world; all without a name

Rows that are not measured keep the figures of the run before, so that one can be looked at again.
"""

import datetime
import json
import os
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OUT = ROOT / "build" / "bench"
sys.path[:0] = [str(HERE), str(HERE.parent / "unit")]

import page  # noqa: E402
import rows  # noqa: E402
import table  # noqa: E402

import dialects_for_tests  # noqa: E402


def main(names):
    unknown = [name for name in names if name not in rows.ROWS]
    if unknown:
        sys.exit(f"bench: no row {unknown[0]}. Next: one of {', '.join(rows.ROWS)}")
    OUT.mkdir(parents=True, exist_ok=True)
    os.environ["TIDEGATE_HOME"] = str(OUT / "home")
    (OUT / "home" / "firmware").mkdir(parents=True, exist_ok=True)
    dialects_for_tests.build(str(ROOT / "build" / "dialects.json"))
    path = OUT / "bench.json"
    found = json.loads(path.read_text("utf-8")) if names and path.exists() else {"schema": 1}
    with tempfile.TemporaryDirectory(dir=OUT) as folder:
        for name in names or rows.ROWS:
            began = time.monotonic()
            print(f"bench: {name}", flush=True)
            found[name] = rows.ROWS[name](Path(folder))
            print(f"bench: {name} took {time.monotonic() - began:.0f} s", flush=True)
            found["commit"] = rows.commit()
            found["date"] = datetime.date.today().isoformat()
            path.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    (OUT / "bench.html").write_text(page.page(found), "utf-8")
    print(table.text(found))
    print(f"figures: {path.relative_to(ROOT)}; picture: build/bench/bench.html")


main(sys.argv[1:])
