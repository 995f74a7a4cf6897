"""ClickHouse, in this process and in a temporary folder (chdb).

In: SQL text, tables. Out: column names and types, rows of Python values.
Promises: the session's zone is UTC; the other settings say only how results are written. A loaded table is a view of
one whose columns have plain names: ClickHouse takes `a.b` and `a.c` for parts of one Nested column where both are
arrays, and these must then have the same length.
"""

import datetime as dt
import json
import re
from decimal import Decimal

from jsonlines import missing
from values import decode, element_wise, instant

try:
    from chdb import session
except ImportError:
    missing("chdb")

SETTINGS = {
    "session_timezone": "UTC",
    "date_time_output_format": "iso",
    "output_format_json_quote_64bit_integers": "0",
    "output_format_json_quote_decimals": "1",
    "output_format_json_quote_denormals": "1",
}
FORM = "JSONCompactEachRowWithNamesAndTypes"
WRAPPER = re.compile(r"(?:Nullable|LowCardinality)\((.*)\)$")


class ClickHouseError(Exception):
    """What ClickHouse refused."""


class Engine:
    """One session."""

    def __init__(self, _dsn):
        self.session = session.Session()
        for name, value in SETTINGS.items():
            self.ask(f"SET {name} = '{value}'")
        self.version = self.run("SELECT version()")[1][0][0]
        self.loaded = set()

    def ask(self, sql):
        """Runs one statement; gives the text of its result."""
        try:
            return self.session.query(sql, FORM).bytes().decode("utf-8")
        except Exception as error:  # chdb raises no narrower one
            raise ClickHouseError(str(error)) from None

    def run(self, sql):
        """Runs one statement."""
        lines = [json.loads(line, parse_int=number) for line in self.ask(sql).split("\n") if line]
        if not lines:
            return [], []
        names, kinds, *rows = lines
        return list(map(list, zip(names, kinds))), [[read(*cell) for cell in zip(kinds, row)] for row in rows]

    def load(self, table, columns, rows):
        """Makes a table and the view that is read."""
        name, below = quoted(table), quoted(f"{table} rows")
        self.drop(table)
        declared = ", ".join(f"c{index} {kind}" for index, (_, kind) in enumerate(columns))
        named = ", ".join(f"c{index} AS {quoted(column)}" for index, (column, _) in enumerate(columns))
        self.ask(f"CREATE TABLE {below} ({declared}) ENGINE = Memory")
        self.loaded.add(table)
        self.ask(f"CREATE VIEW {name} AS SELECT {named} FROM {below}")
        if rows:
            kinds = [kind for _, kind in columns]
            wired = [[write(*cell) for cell in zip(kinds, row)] for row in rows]
            lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in wired)
            self.ask(f"INSERT INTO {below} FORMAT JSONCompactEachRow\n{lines}")

    def drop(self, table):
        """Drops a loaded table."""
        self.ask(f"DROP VIEW IF EXISTS {quoted(table)}")
        self.ask(f"DROP TABLE IF EXISTS {quoted(f'{table} rows')}")

    def reset(self):
        """Drops every table that was loaded."""
        for table in self.loaded:
            self.drop(table)
        self.loaded.clear()

    def close(self):
        """Ends the session."""
        self.session.close()


def quoted(name):
    """A name as an identifier: a backslash escapes in it."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def number(text):
    """A whole number, or the float that is written like one."""
    return -0.0 if text == "-0" else int(text)


def read(kind, value):
    """A value of a result by its type."""
    while wrapped := WRAPPER.match(kind):
        kind = wrapped[1]
    if value is None:
        return None
    if kind.startswith("Array("):
        return [read(kind[6:-1], inner) for inner in value]
    if kind.startswith("DateTime"):
        return dt.datetime.fromisoformat(value)
    if kind.startswith("Float"):
        return float(value)
    if kind.startswith("Decimal"):
        return Decimal(value)
    if kind in ("Bool", "String", "Nothing") or re.fullmatch(r"U?Int\d+", kind):
        return value
    raise TypeError(f"a value of type {kind} is not read here")


def write(kind, value):
    """A value as JSON for a column of this type: no array is null."""
    if value is None and kind.startswith("Array("):
        return []
    if "DateTime64" in kind:
        return element_wise(lambda ms: instant(ms).strftime("%Y-%m-%d %H:%M:%S.%f"), decode(value))
    if "Float" in kind:
        return element_wise(float, decode(value))
    return decode(value)
