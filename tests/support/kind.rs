//! The oracles: what they are called, how they are started, whether they are installed.

use huntc::internals::verify::sql;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// An oracle that emitted text can be checked with or run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Microsoft's KQL parser and binder.
    Kql,
    /// Elastic's offline ES|QL validator.
    Esql,
    /// DuckDB, in memory.
    Duckdb,
    /// PostgreSQL, a private server.
    Postgres,
    /// Spark, local, in ANSI mode.
    Spark,
    /// ClickHouse, as a library.
    Clickhouse,
    /// Lucene's automata, which decide RLIKE and LIKE.
    Lucene,
}

impl Kind {
    /// Every oracle, in the order of the declaration.
    pub const ALL: [Kind; 7] = [
        Kind::Kql,
        Kind::Esql,
        Kind::Duckdb,
        Kind::Postgres,
        Kind::Spark,
        Kind::Clickhouse,
        Kind::Lucene,
    ];

    /// The name that `scripts/setup-oracles` knows it by.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Kql => "kql",
            Kind::Esql => "esql",
            Kind::Duckdb => "duckdb",
            Kind::Postgres => "postgres",
            Kind::Spark => "spark",
            Kind::Clickhouse => "clickhouse",
            Kind::Lucene => "lucene",
        }
    }

    /// Whether `scripts/setup-oracles` has finished installing it.
    pub fn is_installed(self) -> bool {
        sql::is_installed(self.name(), root())
    }

    /// How long an answer may take; the first one includes the start.
    pub fn patience(self) -> Duration {
        sql::patience(self.name())
    }

    /// The program that serves requests on standard input.
    pub fn command(self) -> Command {
        let (scripts, home) = (root().join("scripts/oracles"), sql::home(root()));
        let mut command = match self {
            Kind::Kql => Command::new("node"),
            Kind::Esql => Command::new(home.join("venv/bin/python")),
            Kind::Lucene => Command::new("java"),
            _ => return sql::command(self.name(), &scripts, &home),
        };
        match self {
            Kind::Kql => command.arg(scripts.join("kql_check.mjs")),
            Kind::Esql => command.arg(scripts.join("esql_check.py")),
            _ => command
                .args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp"])
                .arg(home.join("lucene"))
                .arg("LuceneOracle"),
        };
        command.env("HUNTC_ORACLES", home);
        command
    }
}

/// The root of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The browser that `scripts/setup-oracles` found or installed; it is no worker, but is told of in the same place.
pub fn browser() -> Option<PathBuf> {
    let mark = std::fs::read_to_string(sql::home(root()).join("ready/chromium")).ok()?;
    Some(PathBuf::from(mark.trim_end())).filter(|program| program.is_file())
}
