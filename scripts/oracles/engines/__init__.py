"""One module per SQL engine; each has a class with `run(sql)`, `load(table, columns, rows)`, `reset()`, `close()`."""
