"""DuckDB, in this process and in memory.

In: SQL text, tables. Out: column names and types, rows of Python values.
Promises: the session's zone is UTC; nothing is fetched from elsewhere (no extension is installed or loaded).
"""

from jsonlines import missing
from values import decode, element_wise, quoted

try:
    import duckdb
    import pytz  # noqa: F401: the driver needs it for timestamps with a zone
except ImportError:
    missing("duckdb")


class Engine:
    """One in-memory database."""

    def __init__(self, _dsn):
        offline = {"autoinstall_known_extensions": False, "autoload_known_extensions": False, "threads": 2}
        self.connection = duckdb.connect(":memory:", config=offline)
        self.connection.execute("SET TimeZone = 'UTC'")
        self.version = duckdb.__version__
        self.loaded = set()

    def run(self, sql):
        """Runs statements; gives the result of the last one."""
        cursor = self.connection.execute(sql)
        columns = [[name, str(kind)] for name, kind, *_ in cursor.description or []]
        return columns, cursor.fetchall()

    def load(self, table, columns, rows):
        """Makes a temporary table: each column travels as one list, and unnesting makes rows of the lists."""
        name = quoted(table)
        declared = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns)
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({declared})")
        self.loaded.add(table)
        if not rows:
            return
        lists, cells = [], []
        for index, (_, kind) in enumerate(columns):
            values = [decode(row[index]) for row in rows]
            wire, cell = kind, f"c{index}"
            if kind.upper().startswith("TIMESTAMP"):
                wire = "BIGINT" + kind[kind.index("["):] if "[" in kind else "BIGINT"
                cell = f"list_transform(c{index}, lambda ms: epoch_ms(ms))" if "[" in kind else f"epoch_ms(c{index})"
                if kind.upper() in ("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE"):
                    cell = f"({cell} at time zone 'UTC')"
            elif kind.upper().startswith(("DOUBLE", "FLOAT")):
                values = element_wise(float, values)
            lists.append(values)
            cells.append((f"unnest(${index + 1}::{wire}[]) AS c{index}", f"{cell}::{kind}"))
        inner = ", ".join(unnested for unnested, _ in cells)
        outer = ", ".join(cell for _, cell in cells)
        self.connection.execute(f"INSERT INTO {name} SELECT {outer} FROM (SELECT {inner})", lists)

    def reset(self):
        """Drops every table that was loaded."""
        for table in self.loaded:
            self.connection.execute(f"DROP TABLE IF EXISTS {quoted(table)}")
        self.loaded.clear()

    def close(self):
        """Ends the database."""
        self.connection.close()
