#!/usr/bin/env python3
"""Runs SQL on one real engine: sql_worker.py duckdb | postgres [--dsn HOST:PORT/DATABASE?user] | spark | clickhouse

In:  {"id", "table", "columns": [[name, type]...], "rows"}  -> {"id", "loaded": number of rows}
     {"id", "sql", "setup"?: [sql...], "tables"?: [...]}    -> {"id", "columns": [[name, type]...], "rows": [[...]]};
                                                               tables as above, loaded before anything is run
     {"id", "reset": true}                                  -> {"id", "reset": true}, every loaded table is gone
     {"id", "version": true}                                -> {"id", "version": text}
     anything that the engine refuses                       -> {"id", "error"}
Values: values.py. Types: the engine's own, in both directions.
Promises: one session, in UTC, for the life of the worker; a table that is loaded again is replaced.
"""

import argparse
import importlib

from jsonlines import answers, serve
from values import encode

ENGINES = ["duckdb", "postgres", "spark", "clickhouse"]


def main():
    """Serves requests with the engine named on the command line."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("engine", choices=ENGINES)
    arguments.add_argument("--dsn", help="postgres only: use this server instead of a private one")
    chosen = arguments.parse_args()
    out = answers()
    engine = importlib.import_module(f"engines.{chosen.engine}_engine").Engine(chosen.dsn)
    try:
        serve(lambda request: handle(engine, request), out)
    finally:
        engine.close()


def handle(engine, request):
    """One request to one answer."""
    if "table" in request:
        engine.load(request["table"], request["columns"], request["rows"])
        return {"loaded": len(request["rows"])}
    if request.get("reset"):
        engine.reset()
        return {"reset": True}
    if request.get("version"):
        return {"version": engine.version}
    for table in request.get("tables", []):
        engine.load(table["table"], table["columns"], table["rows"])
    for statement in request.get("setup", []):
        engine.run(statement)
    columns, rows = engine.run(request["sql"])
    return {"columns": columns, "rows": [[encode(value) for value in row] for row in rows]}


if __name__ == "__main__":
    main()
