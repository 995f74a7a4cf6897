//! The oracles: what they are called, how they are started, whether they are installed.

use super::databases::Database;
use huntc::internals::verify::databases::DatabaseProfile;
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
    /// Lucene's automata, which decide RLIKE and LIKE.
    Lucene,
    /// A database that texts are run on, by its name.
    Database(&'static str),
}

impl Kind {
    /// DuckDB, in memory.
    pub const DUCKDB: Kind = Kind::Database("duckdb");
    /// PostgreSQL, a private server.
    pub const POSTGRES: Kind = Kind::Database("postgres");
    /// Spark, local, in ANSI mode.
    pub const SPARK: Kind = Kind::Database("spark");
    /// ClickHouse, as a library.
    pub const CLICKHOUSE: Kind = Kind::Database("clickhouse");

    /// The name that `scripts/setup-oracles` knows it by.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Kql => "kql",
            Kind::Esql => "esql",
            Kind::Lucene => "lucene",
            Kind::Database(name) => name,
        }
    }

    /// What the tests know of a database.
    pub fn database(self) -> &'static Database {
        Database::named(self.name()).unwrap_or_else(|| panic!("`{}` is no database", self.name()))
    }

    /// How the product speaks of a database.
    pub fn profile(self) -> &'static DatabaseProfile {
        self.database().profile()
    }

    /// Whether a query takes so long that a part of a test has to do.
    pub fn is_slow(self) -> bool {
        self.database().slow
    }

    /// Whether `scripts/setup-oracles` has finished installing it.
    pub fn is_installed(self) -> bool {
        sql::is_installed(self.name(), root())
    }

    /// How long an answer may take; the first one includes the start.
    pub fn patience(self) -> Duration {
        match self {
            Kind::Database(_) => sql::patience(self.profile()),
            _ => Duration::from_secs(120),
        }
    }

    /// The program that serves requests on standard input.
    pub fn command(self) -> Command {
        let (scripts, home) = (root().join("scripts/oracles"), sql::home(root()));
        let mut command = match self {
            Kind::Kql => Command::new("node"),
            Kind::Esql => Command::new(home.join("venv/bin/python")),
            Kind::Lucene => Command::new("java"),
            Kind::Database(name) => return sql::command(name, &scripts, &home),
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

/// The browser that `scripts/setup-oracles` found or installed; it is no worker, but is reported in the same place.
pub fn browser() -> Option<PathBuf> {
    let mark = std::fs::read_to_string(sql::home(root()).join("ready/chromium")).ok()?;
    Some(PathBuf::from(mark.trim_end())).filter(|program| program.is_file())
}
