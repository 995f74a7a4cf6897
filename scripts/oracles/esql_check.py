#!/usr/bin/env python3
"""Checks ES|QL text with Elastic's own offline validator (PyPI detection-rules-esql-py).

In:  {"id", "query", "schema"?: path or object, "stacks"?: ["8.19.0", "9.3.0"]} per line (schema: README.md here).
Out: {"id", "results": [{"stack", "ok", "error"}]}, error being null or {"kind", "line", "column", "message"}.
Promises: the verdict is the validator's, for each stack version that was asked for; a version older than its oldest
grammar is an error, because the validator would answer by a grammar that is not that version's. Without a schema only syntax
and version gates are checked. The validator stops at the first error, so there is at most one per stack.
"""

import json

from jsonlines import answers, missing, serve

try:
    import esql
    from esql.grammar_registry import GRAMMAR_SNAPSHOTS
    from esql.versions import Version
except ImportError:
    missing("detection-rules-esql-py")

STACKS = ["8.19.0", "9.3.0"]
OLDEST = GRAMMAR_SNAPSHOTS[0][0]
_schemas = {}


def schema_of(source):
    """The validator's schema for a path or an inline object; each is built once."""
    if source is None:
        return None
    key = source if isinstance(source, str) else json.dumps(source, sort_keys=True)
    if key not in _schemas:
        if isinstance(source, str):
            with open(source, encoding="utf-8") as file:
                source = json.load(file)
        _schemas[key] = esql.Schema(source["fields"], lookups=source.get("lookups"))
    return _schemas[key]


def verdict(query, stack, schema):
    """What the validator of one stack version says."""
    if stack != "latest" and Version.parse(stack) < OLDEST:
        raise ValueError(f"no grammar for stack {stack}: the oldest is that of {OLDEST}")
    try:
        with esql.ParserConfig(min_stack_version=stack):
            if schema is None:
                esql.parse_query(query)
            else:
                with schema:
                    esql.parse_query(query)
    except esql.EsqlError as error:
        place = {"line": error.line + 1, "column": error.column + 1} if hasattr(error, "line") else {}
        text = getattr(error, "error_msg", None) or str(error)
        return {"stack": stack, "ok": False, "error": {"kind": type(error).__name__, **place, "message": text}}
    return {"stack": stack, "ok": True, "error": None}


def handle(request):
    """Checks one query against every stack version asked for."""
    schema = schema_of(request.get("schema"))
    return {"results": [verdict(request["query"], stack, schema) for stack in request.get("stacks", STACKS)]}


if __name__ == "__main__":
    serve(handle, answers())
