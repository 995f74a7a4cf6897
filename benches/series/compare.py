#!/usr/bin/env python3
"""Times the compiled hunt against SQL written by hand, on DuckDB: compare.py [--events N] [--rounds N] [--huntc PROGRAM] [--other FILE...]

In:  hunt.yaml, compiled by this repository's program for the target duckdb-asim; hand_written.sql; perhaps more files like it.
Out: for each text the median seconds of its runs and the processor seconds; the ratios to hand_written.sql.
Promises: the events are the same in every run; the texts take turns; it fails when their rows differ, to the last bit, and never for the time.
Python: the one that scripts/setup-oracles installs, which has the driver.
"""

import argparse
import pathlib
import resource
import statistics
import subprocess
import sys
import time

import duckdb

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
NOW = "2026-03-02T12:00:00Z"

# 20,000 series: each port from 1 to 5000 with two protocols and two directions; its action goes with the port. A quarter of the events are spread over
# all series and the rest over the first 5,000. Every 97th series is seen on the last day only. `hash` is a function of the number alone.
TABLE = """
create table asim_network_session as
with numbers as (
  select i, hash(i) as first, hash(i + 1000000000) as second
  from range({events}) as r(i)
),
series as (
  select second, case when first % 4 = 0 then first // 4 % 20000 else first // 4 % 5000 end as s
  from numbers
)
select
  timestamp '2026-03-02 12:00:00'
    - to_milliseconds(cast(1 + second % (case when s % 97 = 0 then 86400000 else 1209600000 end) as bigint)) as TimeGenerated,
  cast(1 + s // 4 as integer) as DstPortNumber,
  case s % 2 when 0 then 'TCP' else 'UDP' end as NetworkProtocol,
  case s // 2 % 2 when 0 then 'Outbound' else 'Inbound' end as NetworkDirection,
  case s // 4 % 5 when 0 then 'Deny' when 1 then 'Reset Source' when 2 then '' else 'Allow' end as DvcAction
from series
"""


def main():
    """Makes the events, runs the texts in turns, says what was seen."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--events", type=int, default=5_000_000)
    arguments.add_argument("--rounds", type=int, default=9)
    arguments.add_argument("--huntc", help="a program that was built before, in place of cargo run")
    arguments.add_argument("--other", nargs="*", default=[], help="more files of SQL to compare")
    chosen = arguments.parse_args()
    texts = {"emitted": emitted(chosen.huntc), "hand_written": (HERE / "hand_written.sql").read_text()}
    texts.update({pathlib.Path(path).stem: pathlib.Path(path).read_text() for path in chosen.other})

    database = duckdb.connect(":memory:", config={"threads": 2, "memory_limit": "3GB"})
    database.execute("set TimeZone = 'UTC'")
    database.execute(TABLE.format(events=chosen.events))
    keys = "DstPortNumber, NetworkProtocol, NetworkDirection, DvcAction"
    series = database.execute(f"select count(*) from (select distinct {keys} from asim_network_session)").fetchone()[0]
    print(f"DuckDB {duckdb.__version__}, {chosen.events} events, {series} series, {chosen.rounds} rounds")

    seconds = {name: [] for name in texts}
    processor = {name: [] for name in texts}
    rows = {}
    order = list(texts)
    for turn in range(chosen.rounds + 1):
        for name in order:
            before, used = time.perf_counter(), processor_seconds()
            found = database.execute(texts[name]).fetchall()
            # The first turn warms up.
            if turn:
                seconds[name].append(time.perf_counter() - before)
                processor[name].append(processor_seconds() - used)
            rows[name] = sorted(found, key=repr)
        order.reverse()

    same = all(rows[name] == rows["hand_written"] for name in texts)
    for name in texts:
        wall, work = statistics.median(seconds[name]), statistics.median(processor[name])
        wall_ratio = wall / statistics.median(seconds["hand_written"])
        work_ratio = work / statistics.median(processor["hand_written"])
        print(
            f"{name:20} {len(rows[name])} rows, median {wall:.3f} s, processor {work:.3f} s,"
            f" to hand_written {wall_ratio:.2f} and {work_ratio:.2f}, least {min(processor[name]):.3f} s"
        )
    if not same:
        for name in texts:
            differing = [row for row in rows[name] if row not in rows["hand_written"]]
            print(f"{name}: rows that hand_written has not: {differing[:3]}", file=sys.stderr)
    return 0 if same and rows["hand_written"] else 1


def emitted(program):
    """The text of the hunt, with a literal in place of the engine's clock."""
    command = [program] if program else ["cargo", "run", "--quiet", "--"]
    command += ["compile", str(HERE), "--target", "duckdb-asim", "--print", "--now", NOW]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def processor_seconds():
    """What this process has used of the processors, in all its threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
