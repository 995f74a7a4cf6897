#!/usr/bin/env bash
# One expects two readers of an event log to give the same events; of a log that was in use, python-evtx gives 41 of 358 and says nothing.
#
# A log that Windows had open when it was copied is marked dirty, and its header counts chunks of long ago (here 1). python-evtx 0.8.1 believes the
# header; the crate evtx, here as its Python package 0.14.0, reads on, and reports an error for every chunk that was allocated and never used.
# Input: tests/fixtures/evtx/sysmon.evtx.gz (see ATTRIBUTION.md beside it). Fails when either behaviour changes.
set -euo pipefail

log=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/tests/fixtures/evtx/sysmon.evtx.gz
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check python-evtx==0.8.1 evtx==0.14.0
gunzip -c "$log" >"$folder/log.evtx"

"$folder/venv/bin/python" - "$folder/log.evtx" <<'PYTHON' | tee "$folder/seen"
import sys
import Evtx.Evtx
import evtx

path = sys.argv[1]
with Evtx.Evtx.Evtx(path) as log:
    header = log.get_file_header()
    print("header: dirty", header.is_dirty(), "chunks", header.chunk_count())
    print("python-evtx 0.8.1:", sum(1 for _ in log.records()), "records")
    chunks = header.chunks(include_inactive=True)
    print("python-evtx 0.8.1, inactive chunks too:", sum(sum(1 for _ in chunk.records()) for chunk in chunks), "records")

records, errors = 0, 0
reader = evtx.PyEvtxParser(path).records_json()
while True:
    try:
        next(reader)
        records += 1
    except StopIteration:
        break
    except RuntimeError:
        errors += 1
print("evtx 0.14.0:", records, "records,", errors, "errors")
PYTHON

cat >"$folder/expected" <<'TEXT'
header: dirty True chunks 1
python-evtx 0.8.1: 41 records
python-evtx 0.8.1, inactive chunks too: 358 records
evtx 0.14.0: 358 records, 8 errors
TEXT
diff "$folder/expected" "$folder/seen" && echo "as recorded"
