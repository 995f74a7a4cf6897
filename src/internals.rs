//! What the program's own tests access each stage through: unstable, and no part of the interface.
//!
//! In: every stage. Out: their names, under the modules they live in. Guarantee: what is not listed here or in the crate's root is `pub(crate)`
//! (`unreachable_pub` is an error).

pub mod backend {
    pub use crate::backend::{
        ColumnTypes, Dialects, Origin, Printer, Query, Rollup, Target, Tier, emit, is_hidden,
    };
}
pub mod catalog {
    pub use crate::catalog::{Example, Function, functions};
}
#[cfg(feature = "chart")]
pub mod chart {
    pub use crate::chart::{ChartError, Series, svg};
}
#[cfg(feature = "cli")]
pub mod cli {
    pub use crate::cli::Arguments;
    pub mod output {
        pub use crate::cli::output::ResultFormat;
    }
    pub mod run {
        pub use crate::cli::run::{RunArguments, Sparklines, Told, run};
    }
    pub mod schema {
        pub use crate::cli::schema::{Command, run};
    }
}
pub mod compiler {
    pub use crate::compiler::{Analysis, Binding, Meaning, bind_plan};
}
pub mod config {
    pub use crate::config::{Config, KEYS, read};
}
pub mod data {
    pub use crate::data::{Loaded, REPORTED, Request, load, load_text, open, read};
    pub mod native {
        pub use crate::data::native::{to_json, write};
    }
    pub mod time {
        pub use crate::data::time::{Clock, instant, zone};
    }
}
pub mod diag {
    pub use crate::diag::{Code, Diagnostic, Severity};
    pub mod render {
        pub use crate::diag::render::{Style, render, render_all, to_json};
    }
}
pub mod driver {
    pub use crate::driver::{Outcome, Project};
}
pub mod eval {
    pub use crate::eval::{EvalError, Events, Output, TIME, needs, run};
    pub mod anomaly {
        pub use crate::eval::anomaly::{FACTOR, Scored, scores};
    }
    pub mod compare {
        pub use crate::eval::compare::{Difference, allows, compare};
    }
}
pub mod fixture {
    pub use crate::fixture::{
        Claim, Fixture, Given, KEYS, Published, PublishedResult, PublishedRow, list, read,
    };
}
pub mod hunt {
    pub use crate::hunt::{DeclaredTable, Hunt, KEYS, MapOrigin, read};
}
pub mod assess {
    pub use crate::assess::{Assessed, Fixtures, Ready};
    pub mod show {
        pub use crate::assess::show::difference;
    }
}
pub mod lint {
    pub use crate::lint::{LintInput, check};
}
pub mod net {
    pub use crate::net::{
        Network, canonical, is_canonical, is_private, is_public, parse_address, private_networks,
        public_exceptions, public_exclusions,
    };
}
pub mod pattern {
    pub use crate::pattern::{Pattern, RegexDialect, lower};
    pub mod testing {
        pub use crate::pattern::testing::{Rng, likely_text, pattern, text};
    }
}
pub mod plan {
    pub use crate::plan::{
        Aggregate, AggregateFunction, ArithmeticOp, Catalog, Column, Comparison, Expr, ExprKind,
        JoinTest, NativeColumn, Output, Plan, Season, Step, StepKind, TextTest, Trend, Type,
        Watchlist, columns, lower, name_platform_columns, show,
    };
    pub mod check {
        pub use crate::plan::check::check;
    }
    pub mod expr {
        pub use crate::model::{ArithmeticOp, TextTest};
    }
    pub mod passes {
        pub use crate::plan::passes::{
            Abilities, Bound, BoundOutput, ReadBack, bind, rolled, specialize,
        };
    }
}
pub mod schema {
    pub use crate::schema::{
        Cast, Class, ClassMapping, ColumnInfo, Fidelity, How, Library, MemberStep, Role, Schema,
        Standing,
    };
    pub mod export {
        pub use crate::schema::export::{Form, export};
    }
    pub mod load {
        pub use crate::plan::schemas::{embedded, overlay};
    }
}
pub mod source {
    pub use crate::source::{Files, Span, Spanned};
}
pub mod syntax {
    pub use crate::syntax::{KEYWORDS, parse};
    pub mod ast {
        pub use crate::syntax::ast::{
            AggregateItem, ArithmeticOp, Assignment, CompareOp, Expr, ExprKind, Name, OutputItem,
            Query, SortItem, Source, Step, StepKind, TextTest,
        };
    }
    pub mod print {
        pub use crate::syntax::print::{formatted, query};
    }
}
pub mod value {
    pub use crate::value::{Row, Table, Value, instant};
    pub mod order {
        pub use crate::value::order::{Key, compare};
    }
}
#[cfg(feature = "verify")]
pub mod verify {
    pub use crate::verify::{Options, Report, verify};
    pub mod compare {
        pub use crate::verify::compare::{digits, same};
    }
    pub mod databases {
        pub use crate::verify::databases::{ALL, DatabaseProfile, named};
    }
    pub mod engine {
        pub use crate::verify::engine::{Engine, Failure};
        pub use crate::verify::engines::all;
    }
    pub mod generate {
        pub use crate::verify::generate::generate;
    }
    pub mod html {
        pub use crate::verify::html::{Run, page};
    }
    pub mod interpreters {
        pub use crate::verify::interpreters::{Interpreter, Language, sample};
    }
    pub mod live {
        pub use crate::verify::live::Live;
        pub mod datatable {
            pub use crate::verify::live::datatable::{Written, statements};
        }
    }
    pub mod matrix {
        pub use crate::verify::matrix::{absent, details};
    }
    pub mod rows {
        pub use crate::verify::rows::{
            EngineColumn, EngineTable, Missing, NativeRow, columns_read, folded, load_request,
            native_rows, ndjson, read_result,
        };
    }
    pub mod engine_tables {
        pub use crate::verify::engine_tables::{rolled_up, watchlist};
    }
    pub mod sql {
        pub use crate::verify::sql::{
            answer, answer_over, command, home, is_installed, load, patience,
        };
    }
    pub mod trial {
        pub use crate::verify::trial::written;
    }
    pub mod worker {
        pub use crate::verify::worker::Worker;
    }
}
