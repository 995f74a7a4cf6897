#!/usr/bin/env bash
# One expects ECS's event.category and event.type, two lists that have nothing to do with each other, to be two Array columns of a ClickHouse table; columns
# whose names share what stands before a dot are one Nested structure there, and an event with one category and two types cannot be inserted (error 190),
# whatever flatten_nested says. Without dots in the names the same row goes in.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "chdb==4.4.0" "chdb-core==26.9.0"
seen=$("$folder/venv/bin/python" - "$folder/data" <<'PYTHON'
import sys
from chdb import session

engine = session.Session(sys.argv[1])


def asked(query):
    try:
        return str(engine.query(query)).strip() or "done"
    except Exception as error:
        return "refused: " + next(part for part in str(error).split() if part.strip("()").isupper() and "_" in part)


print(asked("select version()"))
engine.query("create database d")
for flatten in (1, 0):
    engine.query(f"set flatten_nested = {flatten}")
    for name, dot in (("dots", "."), ("underscores", "_")):
        engine.query(
            f"create table d.{name}{flatten} (`event{dot}category` Array(String), `event{dot}type` Array(String))"
            " engine = MergeTree order by tuple()"
        )
        print(flatten, name, asked(f"insert into d.{name}{flatten} values (['network'], ['connection', 'start'])"))
PYTHON
)
echo "$seen"
[ "$seen" = '"26.9.2.1"
1 dots refused: (SIZES_OF_ARRAYS_DONT_MATCH)
1 underscores done
0 dots refused: (SIZES_OF_ARRAYS_DONT_MATCH)
0 underscores done' ]
echo "as recorded"
