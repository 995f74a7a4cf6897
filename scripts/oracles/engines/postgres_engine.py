"""PostgreSQL, through a private server of the worker's own or one given by --dsn.

In: SQL text, tables. Out: column names and types, rows of Python values.
Promises: text is sent as it is (the simple protocol: no placeholder is looked for); the zone is UTC; loaded tables
are temporary. A refused statement changes nothing.
"""

import json
import time
from urllib.parse import urlsplit, unquote

from engines.postgres_server import Server
from jsonlines import missing
from values import decode, element_wise, instant, quoted, float_text

try:
    import pg8000.native
    from pg8000.exceptions import DatabaseError, InterfaceError
except ImportError:
    missing("pg8000")


class PostgresError(Exception):
    """What the server said no to."""


class Engine:
    """One connection, with its server when that is private."""

    def __init__(self, dsn):
        self.type_names = {}
        self.server = None if dsn else Server()
        self.connection = connect_to(dsn) if dsn else self.first_connection()
        self.run("SET TimeZone = 'UTC'")
        self.version = self.run("SHOW server_version")[1][0][0]
        self.loaded = set()

    def first_connection(self):
        """A server takes a moment between making its socket and letting anyone in."""
        for _ in range(500):
            try:
                return pg8000.native.Connection("postgres", database="postgres", unix_sock=self.server.socket)
            except (DatabaseError, InterfaceError, OSError):
                time.sleep(0.02)
        raise RuntimeError("the server was started but lets nobody in")

    def run(self, sql):
        """Runs a statement; several are possible only where none gives rows, or the rows would come as one heap."""
        try:
            context = self.connection.execute_simple(sql)
        except DatabaseError as error:
            raise PostgresError(server_message(error)) from error
        columns = [[column["name"], self.type_name(column)] for column in context.columns or []]
        return columns, context.rows or []

    def type_name(self, column):
        """The server's own name of a type, asked for once."""
        oid, modifier = column["type_oid"], column["type_modifier"]
        if (oid, modifier) not in self.type_names:
            asked = self.connection.execute_simple(f"SELECT format_type({oid}, {modifier})")
            self.type_names[oid, modifier] = asked.rows[0][0]
        return self.type_names[oid, modifier]

    def load(self, table, columns, rows):
        """Makes a temporary table: the rows travel as one JSON text, which the server reads as typed rows."""
        name = quoted(table)
        declared = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns)
        self.run(f"DROP TABLE IF EXISTS pg_temp.{name}; CREATE TEMP TABLE {name} ({declared})")
        self.loaded.add(table)
        if not rows:
            return
        read = ", ".join(f"c{index} {kind}" for index, (_, kind) in enumerate(columns))
        objects = [{f"c{i}": wire(kind, row[i]) for i, (_, kind) in enumerate(columns)} for row in rows]
        text = json.dumps(objects, ensure_ascii=False, allow_nan=False)
        literal = "'" + text.replace("'", "''") + "'"
        self.run(f"INSERT INTO {name} SELECT * FROM json_to_recordset({literal}::json) AS r({read})")

    def reset(self):
        """Drops every table that was loaded."""
        for table in self.loaded:
            self.run(f"DROP TABLE IF EXISTS pg_temp.{quoted(table)}")
        self.loaded.clear()

    def close(self):
        """Ends the connection and the private server."""
        self.connection.close()
        if self.server:
            self.server.close()


def connect_to(dsn):
    """A connection to a server given as HOST:PORT/DATABASE?user or a postgresql:// address."""
    parts = urlsplit(dsn if "://" in dsn else f"postgresql://{dsn}")
    return pg8000.native.Connection(
        unquote(parts.username or parts.query or "postgres"),
        host=parts.hostname or "localhost",
        port=parts.port or 5432,
        database=parts.path.lstrip("/") or "postgres",
        password=parts.password,
    )


def server_message(error):
    """SQLSTATE and message, with detail, hint and place when the server gave them."""
    fields = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    if not fields:
        return str(error)
    text = f"{fields.get('C', '')} {fields.get('M', '')}"
    labels = {"D": "detail", "H": "hint", "P": "position"}
    return text + "".join(f"; {label}: {fields[key]}" for key, label in labels.items() if key in fields)


def wire(kind, value):
    """A value as the server's JSON reader wants it for a column of this type."""
    value, kind = decode(value), kind.lower()
    if kind.startswith("timestamp"):
        return element_wise(lambda ms: instant(ms).isoformat(), value)
    if kind.startswith(("double", "float", "real")):
        return element_wise(lambda number: float_text(float(number)), value)
    if kind.startswith("numeric"):
        return element_wise(str, value)
    if kind == "jsonb" and isinstance(value, str):
        return json.loads(value)
    return value
