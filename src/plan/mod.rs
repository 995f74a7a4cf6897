//! The typed plan: what a hunt means.
//!
//! In: an untyped query, checked by `lower` against an event class, the hunt's parameters, lists and maps. Out: [`Plan`]. The doc comment of each
//! step and each expression ([`crate::model`]) is its semantics; the reference evaluator executes them, and every other executor is compared with it.
//! Guarantee: after lowering nothing blames the author; what fails later is a target's lack or our bug.
//!
//! # Semantics, for every target
//! 1. Absent, null and the empty string are one state, *missing*, for every type. Results are compared with `""` and null identified.
//! 2. Predicates are two-valued. A comparison with a missing side is false; `a != b` is `not (a == b)`, so true when a side is missing, or both.
//! 3. Arithmetic and functions on missing give missing; division by zero gives missing; `/` on two ints is float division; integers are 64-bit and
//!    overflow is an error of the run.
//! 4. Aggregates skip missing values, except `earliest` and `latest`, which give what the row with that time holds. `count()` counts rows; an empty
//!    `sum` is 0; an empty `min`, `max`, `avg`, `any` is missing; a set has no duplicates, no order, is never missing and may be empty.
//! 5. Case folding is simple Unicode lower-casing.
//! 6. Strings compare by code point. Missing is the least value: first ascending, last descending.
//! 7. Time is UTC in whole milliseconds; windows are counted back from `now`; rows after `now` do not exist.
//! 8. `any(e)`, `earliest`/`latest` under a tie and `set(e, n)` beyond n are undetermined: they may be output or pass through functions of that one
//!    column, and are refused in predicates, keys, sorts, aggregates and tie-breaks. An executor may give any allowed value. So are columns without an
//!    order (sets, fields of several values) after a `top` without the keys of a group: of rows that agree in all else any may have been cut.
//! 9. Regexes are the portable core of RE2; `.` excludes newline, `\d \w \s` are ASCII.
//! 10. `has_word w`: w occurs bounded by characters that are not letters or digits (`_` is a boundary). A letter or digit beyond ASCII beside w is
//!     outside the contract: where the test is a regex it is a boundary, and the text comes with a note.
//! 11. Addresses are canonical text; anything else is missing.
//! 12. Types are strict: nothing is cast silently.
//! 13. Multi-valued fields: only equality and membership against literals, meaning that some value matches; never a key or an aggregate argument.

pub(crate) mod check;
mod columns;
mod lower;
pub(crate) mod made_functions;
pub(crate) mod passes;
pub(crate) mod present;
pub(crate) mod rebuild;
pub(crate) mod schemas;
pub mod show;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod walk;
pub(crate) mod watchlist;

pub use crate::model::{
    ArithmeticOp, Column, Comparison, Expr, ExprKind, NativeColumn, TextTest, Type,
};
pub use columns::columns;
pub(crate) use columns::{TypedColumn, chosen_columns};
pub use lower::Catalog;
pub use lower::lower;
use lower::lower_expression;
pub use lower::name_platform_columns;
pub use show::show;
pub use watchlist::JoinTest;
pub use watchlist::Watchlist;
pub(crate) use watchlist::{Cell, WatchlistColumn};

use crate::source::Span;
use std::sync::Arc;

/// The name of the field that says when an event was, and of the column of a series that says when a window starts.
pub const TIME: &str = "time";

/// A checked hunt over one event class.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The event class: `network_session`.
    pub class: String,
    /// Steps in order.
    pub steps: Vec<Step>,
}

/// One step and its place.
#[derive(Clone, Debug)]
pub struct Step {
    /// Which step.
    pub kind: StepKind,
    /// The text that made it.
    pub span: Span,
}

/// The steps. Each takes the rows of the step before it and gives rows.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// The rows of the event class with `now - within <= time <= now` (`None`: with `time <= now`). Always and only the first step.
    From {
        /// The lookback in milliseconds.
        within: Option<i64>,
        /// The parameter that gave it.
        param: Option<String>,
        /// Made by backends only: rows at `now` itself are left out, because what follows has no use for them.
        before_now: bool,
    },
    /// The rows for which the predicate is true. Dropped for a schema that lacks one of its fields when `optional`.
    Where {
        /// The predicate.
        predicate: Expr,
        /// Whether a schema may drop it.
        optional: bool,
    },
    /// Each row with more columns, computed left to right; none replaces a column.
    Derive {
        /// Name and value of each.
        columns: Vec<(String, Expr)>,
    },
    /// Each row with exactly these columns.
    Select {
        /// The columns.
        columns: Vec<Output>,
    },
    /// One row per distinct tuple of keys (missing is a distinct key value); without keys exactly one row, also over no rows.
    Group {
        /// The keys.
        keys: Vec<Output>,
        /// The aggregates over the rows of each group.
        aggregates: Vec<Aggregate>,
    },
    /// Per distinct tuple of keys that has a row with `now - over <= time < now`: one row for each of the `over / every` whole windows
    /// `[start, end)` counted back from `now`, oldest first. Columns: the keys, `time` (the window's start), the measure over the window's rows; a
    /// window without rows measures 0.
    Series {
        /// What each point measures: `count()`, `count_distinct(e)` or `sum(e)` of an int.
        measure: Aggregate,
        /// Length of a window in milliseconds.
        every: i64,
        /// Length of all windows in milliseconds; a multiple of `every`.
        over: i64,
        /// The keys.
        keys: Vec<Output>,
    },
    /// Each point of each series with two more columns: how far it lies outside of what the series lets expect, and what it lets expect. Always
    /// directly after a `Series`.
    ///
    /// Over the `n` points `y[0..n]` of one series: with season `p`, `s[i]` is the median of the points of `i`'s phase (`i mod p`), else 0; the
    /// trend `t[i]` is fitted to `y - s`; the baseline is `s + t`, the residual `e = y - s - t`. `q1` and `q2` are the 10 % and 90 % quantiles of
    /// `e` (linear between the order statistics around `p(n-1)`). The score is `K (e - q2)/(q2 - q1)` above `q2`, `K (e - q1)/(q2 - q1)` (negative)
    /// below `q1`, else 0; 0 everywhere when `q1 = q2`. All of it in integers except for one division at the end.
    Anomaly {
        /// The measure of the series.
        series: String,
        /// How many points a series has; at least 4.
        points: u32,
        /// The trend.
        trend: Trend,
        /// The season.
        season: Season,
        /// The column of the score, a float.
        score: String,
        /// The column of the baseline, a float.
        baseline: String,
    },
    /// Each row once for each row of the table for which every test holds, with the table's columns that hold one value as `alias_column`. A row of
    /// the table whose `filter` is not true takes no part.
    Join {
        /// The table.
        table: Arc<Watchlist>,
        /// What its columns are called by.
        alias: String,
        /// The tests, at least one on a column without wildcard.
        tests: Vec<JoinTest>,
        /// What the table's own columns must meet; put here by `bind` from the conditions that follow.
        filter: Option<Expr>,
    },
    /// Each row once for each number from 0 below `count`, in the column `name`. Made by backends only.
    Repeat {
        /// The column.
        name: String,
        /// How often.
        count: u32,
    },
    /// The same rows in order; rows with equal keys are in no order. Missing is the least value.
    Sort {
        /// The keys, the first decides first.
        keys: Vec<SortKey>,
    },
    /// The `count` rows with the greatest (`rare`: the least) `by`; rows whose `by` is missing are dropped; ties are broken by `ties`, ascending.
    /// The result is in that order.
    Top {
        /// How many rows.
        count: u64,
        /// Whether the least are kept.
        rare: bool,
        /// What ranks them; int, float or time.
        by: Expr,
        /// The keys of the nearest group before, while they are all there and no join came after it; else all determined columns that have an order,
        /// in order of appearance.
        ties: Vec<Expr>,
        /// Columns that are undetermined afterwards, because nothing orders them and no key stands for them.
        loose: Vec<String>,
    },
    /// Each row with one more column, looked up on the platform: `geo_country`. Undetermined: only a platform knows it.
    Enrich {
        /// The new column.
        name: String,
        /// The look-up: `geo_country`.
        function: String,
        /// What is looked up.
        argument: Expr,
        /// Whether a target without the look-up drops the column.
        optional: bool,
    },
}

/// What is fitted to a series without its season.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trend {
    /// The line of least squares.
    Linefit,
    /// The mean.
    Average,
    /// Zero.
    None,
}

/// What repeats in a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Season {
    /// Nothing.
    None,
    /// A period of that many points, from 2 to half of the series.
    Every(u32),
    /// What the platform's own detection finds: only KQL can say it, and the evaluator refuses it.
    Auto,
}

/// A column of `select` or a key of `group`.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its name: the field's (dotted) when it passes through, else the one given.
    pub name: String,
    /// Its value.
    pub value: Expr,
    /// Whether a schema that lacks a field of it drops it.
    pub optional: bool,
}

/// One aggregate of a group.
#[derive(Clone, Debug)]
pub struct Aggregate {
    /// The column made.
    pub name: String,
    /// The function.
    pub function: AggregateFunction,
    /// What is aggregated; `None` for `count()`.
    pub argument: Option<Expr>,
    /// Only rows for which this is true take part.
    pub filter: Option<Expr>,
    /// Whether a schema that lacks a field of it drops it.
    pub optional: bool,
    /// The type of the result.
    pub ty: Type,
    /// Whether the result may be missing.
    pub nullable: bool,
    /// The text that made it.
    pub span: Span,
}

/// The aggregates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AggregateFunction {
    /// Rows.
    Count,
    /// Distinct present values, exactly.
    CountDistinct,
    /// Sum of the present numbers; 0 when there is none.
    Sum,
    /// Least present value; int, float, time.
    Min,
    /// Greatest present value; int, float, time.
    Max,
    /// Mean of the present numbers, a float.
    Avg,
    /// The distinct present values; at most this many, any of them, when a limit is given.
    Set(Option<u64>),
    /// Any present value.
    Any,
    /// What a row with the least time holds, missing included.
    Earliest,
    /// What a row with the greatest time holds, missing included.
    Latest,
}

/// One key of a sort.
#[derive(Clone, Debug)]
pub struct SortKey {
    /// What is sorted by.
    pub value: Expr,
    /// Greatest first.
    pub descending: bool,
}

impl AggregateFunction {
    /// Whether it gives one value only, whatever the platform.
    #[must_use]
    pub(crate) fn is_determined(self) -> bool {
        match self {
            AggregateFunction::Any
            | AggregateFunction::Earliest
            | AggregateFunction::Latest
            | AggregateFunction::Set(Some(_)) => false,
            AggregateFunction::Count
            | AggregateFunction::CountDistinct
            | AggregateFunction::Sum
            | AggregateFunction::Min
            | AggregateFunction::Max
            | AggregateFunction::Avg
            | AggregateFunction::Set(None) => true,
        }
    }

    /// Whether the result is what one of the rows holds.
    pub(crate) fn gives_a_value_of_a_row(self) -> bool {
        match self {
            AggregateFunction::Min
            | AggregateFunction::Max
            | AggregateFunction::Any
            | AggregateFunction::Earliest
            | AggregateFunction::Latest => true,
            AggregateFunction::Count
            | AggregateFunction::CountDistinct
            | AggregateFunction::Sum
            | AggregateFunction::Avg
            | AggregateFunction::Set(_) => false,
        }
    }
}
