#!/usr/bin/env bash
# One expects epoch_ms(timestamp) to cut what is finer than a millisecond, in every release; DuckDB 1.5 cuts and 2.0 rounds, so that an event at
# 23:59:59.9996 is in the next day. epoch_us(…) // 1000 and date_trunc('milliseconds', …) cut in both.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

asked="select epoch_ms(t), epoch_us(t) // 1000, epoch_ms(date_trunc('milliseconds', t)), cast(make_timestamp_ms(epoch_ms(t)) as date)
from (select timestamp '2026-01-01 23:59:59.9996' as t)"

answer() {
    python3 -m venv "$folder/$1"
    "$folder/$1/bin/pip" install --quiet --disable-pip-version-check "duckdb==$1"
    "$folder/$1/bin/python" -c '
import sys, duckdb
print(*duckdb.execute(sys.argv[1]).fetchone())' "$asked"
}

old=$(answer 1.5.6)
new=$(answer 2.0.0)
echo "DuckDB 1.5.6: $old"
echo "DuckDB 2.0.0: $new"
[ "$old" = "1767311999999 1767311999999 1767311999999 2026-01-01" ]
[ "$new" = "1767312000000 1767311999999 1767311999999 2026-01-02" ]
echo "as recorded"
