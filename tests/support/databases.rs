//! What the tests know of each database: one row for each, and every test of databases is made from the rows.
//!
//! In: a check, which is a function of a [`Kind`](super::Kind). Out: one test of it for each row. Promise: a database without a row fails
//! [`every_dialect_has_a_row`], so that none is compiled for and not tested.

use huntc::internals::verify::databases::{self, DatabaseProfile};

/// A database, to the tests.
pub struct Database {
    /// Its name among the databases of `huntc::verify::databases`.
    pub name: &'static str,
    /// Whether a query takes a second, so that a part of a test has to do.
    pub slow: bool,
    /// What surrounds a name.
    pub quote: char,
    /// Asks for its own list of keywords.
    pub keywords: &'static str,
    /// Whether a list that is null is loaded as an empty one.
    pub no_null_lists: bool,
    /// Statements before a query of a hundred columns.
    pub setup: &'static [&'static str],
}

/// Makes the rows, and `on_each_database`, which makes tests of a check.
macro_rules! rows {
    ($d:tt $($name:ident $speed:ident { $($fields:tt)* })*) => {
        /// All of them, in the order of its databases.
        pub static ALL: &[Database] = &[
            $(Database { name: stringify!($name), slow: is_slow!($speed), $($fields)* }),*
        ];

        /// `on_each_database!(joins)` makes `joins::duckdb` and so on, which call `joins(kind)`; `on_each_database!(joins, quick)` leaves out
        /// databases that are slow.
        macro_rules! on_each_database {
            ($d check:ident) => {
                mod $d check {
                    $(#[test] fn $name() { super::$d check($crate::support::Kind::Database(stringify!($name))); })*
                }
            };
            ($d check:ident, quick) => {
                mod $d check {
                    $($crate::support::databases::if_quick! { $speed
                        #[test] fn $name() { super::$d check($crate::support::Kind::Database(stringify!($name))); }
                    })*
                }
            };
        }
    };
}

macro_rules! is_slow {
    (slow) => {
        true
    };
    (quick) => {
        false
    };
}

#[allow(unused_macros)] // each test binary uses its own part
macro_rules! if_quick {
    (quick $test:item) => {
        $test
    };
    (slow $test:item) => {};
}

rows! { $
    duckdb quick {
        quote: '"',
        keywords: "select keyword_name from duckdb_keywords()",
        no_null_lists: false,
        setup: &[],
    }
    postgres quick {
        quote: '"',
        keywords: "select word from pg_get_keywords()",
        no_null_lists: false,
        setup: &[],
    }
    spark slow {
        quote: '`',
        keywords: "select keyword from sql_keywords()",
        no_null_lists: false,
        // It would compile each of them each time.
        setup: &[
            "SET spark.sql.codegen.wholeStage = false",
            "SET spark.sql.codegen.factoryMode = NO_CODEGEN",
        ],
    }
    clickhouse quick {
        quote: '"',
        // A keyword may be several words; each of them is one.
        keywords: "select distinct arrayJoin(splitByChar(' ', keyword)) from system.keywords",
        no_null_lists: true,
        setup: &[],
    }
}

#[allow(unused_imports)] // the same
pub(crate) use {if_quick, on_each_database};

impl Database {
    /// The row of a name.
    pub fn named(name: &str) -> Option<&'static Database> {
        ALL.iter().find(|database| database.name == name)
    }

    /// How the product speaks of it.
    pub fn profile(&self) -> &'static DatabaseProfile {
        databases::named(self.name)
            .unwrap_or_else(|| panic!("`{}` is no database of huntc", self.name))
    }
}

#[test]
fn every_dialect_has_a_row() {
    let profiles: Vec<&str> = databases::ALL.iter().map(|profile| profile.name).collect();
    let rows: Vec<&str> = ALL.iter().map(|database| database.name).collect();
    assert_eq!(rows, profiles);
}
