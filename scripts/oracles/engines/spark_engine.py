"""Spark, local, in a Java process that belongs to the worker.

In: SQL text, tables. Out: column names and types, rows of Python values.
Promises: ANSI mode, UTC. The other settings only make small data quick (two threads, two shuffle partitions, no
adaptive re-planning, no web page); none of them changes what a query means.
"""

import json
import math
import os
import shutil
import tempfile
import time

from jsonlines import missing
from values import decode, element_wise, float_text, instant, quoted

try:
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession
except ImportError:
    missing("pyspark")

SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": "-Duser.timezone=UTC -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xss4m"
    # Every query is compiled to code of its own; with one tier alone the room for it is 48 MB, and when it is full Java compiles nothing more.
    " -XX:ReservedCodeCacheSize=512m",
}
READ_ROWS = "SELECT from_json(:rows, :shape, map('mode', 'FAILFAST'))"


class SparkError(Exception):
    """What Spark said no to, without the Java stack."""


class Engine:
    """One Spark session."""

    def __init__(self, _dsn):
        if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
            missing("Java (Debian package default-jdk-headless)")
        os.environ["TZ"] = "UTC"
        time.tzset()
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        self.folder = tempfile.mkdtemp(prefix="huntc-spark-")
        builder = SparkSession.builder.master("local[2]").appName("huntc")
        local = {"spark.local.dir": self.folder, "spark.sql.warehouse.dir": f"{self.folder}/warehouse"}
        for name, value in {**SETTINGS, **local}.items():
            builder = builder.config(name, value)
        self.session = builder.getOrCreate()
        self.session.sparkContext.setLogLevel("OFF")
        self.version = self.session.version
        self.loaded = set()

    def run(self, sql):
        """Runs one statement."""
        try:
            frame = self.session.sql(sql)
            columns = [[field.name, field.dataType.simpleString()] for field in frame.schema.fields]
            return columns, frame.collect()
        except PySparkException as error:
            raise SparkError(without_stack(error)) from None

    def load(self, table, columns, rows):
        """Makes a temporary view: the rows travel as one JSON text, which Spark reads as typed rows and keeps.

        (`createDataFrame` would start Python processes for every query that reads the view.)
        """
        shape = "array<struct<" + ", ".join(f"c{index}: {kind}" for index, (_, kind) in enumerate(columns)) + ">>"
        objects = [{f"c{i}": wire(kind, row[i]) for i, (_, kind) in enumerate(columns)} for row in rows]
        text = json.dumps(objects, ensure_ascii=False, allow_nan=False)
        named = "".join(f", c{index} AS {quoted(name, '`')}" for index, (name, _) in enumerate(columns))
        try:
            read = self.session.sql(READ_ROWS, args={"rows": text, "shape": shape})._jdf.collectAsList().get(0)
        except (PySparkException, Py4JJavaError) as error:
            raise SparkError(without_stack(error)) from None
        empty = self.session.sql(f"SELECT {named[2:]} FROM (SELECT inline(from_json('[]', '{shape}')))")
        view = self.session._jsparkSession.createDataFrame(read.getList(0), empty._jdf.schema())
        view.createOrReplaceTempView(quoted(table, "`"))
        self.loaded.add(table)

    def reset(self):
        """Drops every view that was loaded."""
        for table in self.loaded:
            self.session.sql(f"DROP VIEW IF EXISTS {quoted(table, '`')}")
        self.loaded.clear()

    def close(self):
        """Ends the session and the Java process."""
        self.session.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def without_stack(error):
    """What Spark said, up to where Java's stack begins; with the cause, which is where a bad cell is named."""
    lines = str(error).split("\n\nJVM stacktrace:")[0].splitlines()
    return "\n".join(line for line in lines if not line.startswith(("\tat ", "\t...")))


def wire(kind, value):
    """A value as Spark's JSON reader wants it for a column of this type."""
    value, kind = decode(value), kind.lower()
    if "timestamp_ntz" in kind:
        return element_wise(lambda ms: instant(ms).replace(tzinfo=None).isoformat(timespec="milliseconds"), value)
    if "timestamp" in kind:
        return element_wise(lambda ms: instant(ms).isoformat(timespec="milliseconds"), value)
    if "double" in kind or "float" in kind:
        return element_wise(lambda number: finite(float(number)), value)
    if "decimal" in kind:
        return element_wise(str, value)
    return value


def finite(number):
    """A float as a JSON number, or as the word for what is no JSON number."""
    return number if math.isfinite(number) else float_text(number)
