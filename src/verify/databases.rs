//! The databases that texts are run on: one entry each, and nothing else in `src/` knows them by name.
//!
//! In: the name of a dialect. Out: how that database spells the types of the language, and what its sessions need. Guarantee: every entry is an engine of
//! `huntc verify` (`engine.rs`), and its name is that of its dialect, of its worker in `scripts/oracles/engines/` and of its mark in `.oracles/ready/`.

use crate::plan::Type;

/// PostgreSQL's type for addresses.
pub(crate) const INET: &str = "inet";

/// A database and its own words.
#[derive(Debug)]
pub struct DatabaseProfile {
    /// The name of its dialect.
    pub name: &'static str,
    /// A truth value that may be missing.
    pub truth: &'static str,
    /// A whole number of 64 bits.
    pub int: &'static str,
    /// A number of 64 bits with a fraction.
    pub float: &'static str,
    /// A time without a zone, which is in UTC.
    pub time: &'static str,
    /// A text of any length.
    pub text: &'static str,
    /// JSON.
    json: &'static str,
    /// What is before and after the type of the elements in the type of a list.
    pub list: (&'static str, &'static str),
    /// Puts a session into a zone far from UTC: texts say themselves which zone they mean.
    pub far_zone: &'static str,
    /// How many seconds an answer may take; the first one includes the start.
    pub patience: u64,
}

/// All of them, in the order of reports.
pub static ALL: [DatabaseProfile; 4] = [
    DatabaseProfile {
        name: "duckdb",
        truth: "boolean",
        int: "bigint",
        float: "double",
        time: "timestamp",
        text: "varchar",
        json: "json",
        list: ("", "[]"),
        far_zone: "set timezone = 'Asia/Tokyo'",
        patience: 120,
    },
    DatabaseProfile {
        name: "postgres",
        truth: "boolean",
        int: "bigint",
        float: "double precision",
        time: "timestamp",
        text: "text",
        json: "jsonb",
        list: ("", "[]"),
        far_zone: "set timezone = 'Asia/Tokyo'",
        patience: 120,
    },
    DatabaseProfile {
        name: "spark",
        truth: "boolean",
        int: "bigint",
        float: "double",
        time: "timestamp",
        text: "string",
        json: "string",
        list: ("array<", ">"),
        far_zone: "set time zone 'Asia/Tokyo'",
        patience: 300,
    },
    // Its types hold no null unless they say so, and an array is never null.
    DatabaseProfile {
        name: "clickhouse",
        truth: "Nullable(Bool)",
        int: "Nullable(Int64)",
        float: "Nullable(Float64)",
        time: "Nullable(DateTime64(3, 'UTC'))",
        text: "Nullable(String)",
        json: "Nullable(String)",
        list: ("Array(", ")"),
        far_zone: "set session_timezone = 'Asia/Tokyo'",
        patience: 120,
    },
];

/// The database whose texts a dialect prints.
#[must_use]
pub fn named(name: &str) -> Option<&'static DatabaseProfile> {
    ALL.iter().find(|profile| profile.name == name)
}

impl DatabaseProfile {
    /// The type of a column. `native` is the type that the target says (`time`, `addresses` in `huntc.yaml`), where the database has several.
    #[must_use]
    pub fn column_type(&self, ty: &Type, native: &str, multi: bool) -> String {
        let one = match (ty, native) {
            (Type::Time, "timestamptz" | "timestamp_ns") | (Type::Ip, INET) => native,
            (Type::Bool, _) => self.truth,
            (Type::Int | Type::Duration, _) => self.int,
            (Type::Float, _) => self.float,
            (Type::Time, _) => self.time,
            (Type::Json, _) => self.json,
            (Type::Text | Type::Ip | Type::Enum(_) | Type::Set(_), _) => self.text,
        };
        match multi {
            false => one.to_owned(),
            true => format!("{}{one}{}", self.list.0, self.list.1),
        }
    }
}
