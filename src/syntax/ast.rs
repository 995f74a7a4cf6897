//! The untyped tree of a query: what the author wrote, nothing resolved.
//!
//! In: made by `parse` only. Out: read by `plan::lower` and `print`. Guarantee: every node carries the byte range of the file that made it; names are
//! as written; nothing here knows a type, a schema or a platform.

use crate::diag::Diagnostic;
use crate::source::Span;
use std::collections::BTreeMap;

/// A whole query: `from … | … | …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Steps in order; the first is `from`.
    pub steps: Vec<Step>,
    /// From the first step to the last.
    pub span: Span,
    /// The text it was read from.
    pub source: Source,
    /// Calls of functions that other languages have, by the place of the function's name: what is to be said of them. A tree can be made of such a call,
    /// and a plan cannot, so they are reported together with all else that is wrong.
    pub foreign: BTreeMap<Span, Diagnostic>,
}

/// The text of a query, for what a tree does not keep: how a number was spelled, how an argument was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    text: String,
    start: u32,
}

impl Source {
    /// A text and where it is in its file.
    #[must_use]
    pub fn new(text: &str, place: Span) -> Source {
        Source {
            text: text.to_owned(),
            start: place.start,
        }
    }

    /// The whole text.
    #[must_use]
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The byte of the file at which it begins.
    #[must_use]
    pub(crate) fn start(&self) -> usize {
        self.start as usize
    }

    /// What was written at a place of the query; `None` for a place outside of it.
    #[must_use]
    pub fn at(&self, span: Span) -> Option<&str> {
        let offset = |at: u32| Some(at.checked_sub(self.start)? as usize);
        self.text.get(offset(span.start)?..offset(span.end)?)
    }
}

/// One step between bars.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Which step, with its parts.
    pub kind: StepKind,
    /// The whole step.
    pub span: Span,
}

/// The steps of the language.
#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    /// `from network_session within 24h`
    From {
        /// The event class.
        class: Name,
        /// The lookback: a duration or a parameter.
        within: Option<Expr>,
    },
    /// `where optional os.family == "windows"`
    Where {
        /// Place of the word `optional`.
        optional: Option<Span>,
        /// The condition.
        predicate: Expr,
    },
    /// `derive a = e, b = e`
    Derive {
        /// Columns, computed left to right.
        columns: Vec<Assignment>,
    },
    /// `select time, user.name optional, port = dst.port`
    Select {
        /// Exactly the output columns.
        columns: Vec<OutputItem>,
    },
    /// `group by k, n = e { x = count() }`; no keys: one row; no block: the distinct keys
    Group {
        /// Key columns.
        keys: Vec<OutputItem>,
        /// Aggregates, in order.
        aggregates: Vec<AggregateItem>,
    },
    /// `sort a, b desc`
    Sort {
        /// Keys, the first decides first.
        keys: Vec<SortItem>,
    },
    /// `top 20 by e` or `rare 20 by e`
    Top {
        /// Whether the least are kept.
        rare: bool,
        /// How many rows.
        count: Expr,
        /// What ranks them.
        by: Expr,
    },
    /// `series n = count() every 1d over 14d by k`
    Series {
        /// What each point measures.
        measure: AggregateItem,
        /// Length of a window.
        every: Expr,
        /// Length of all of them.
        over: Expr,
        /// Key columns: one series each.
        keys: Vec<OutputItem>,
    },
    /// `anomaly n trend linefit season none as score, baseline`
    Anomaly {
        /// The column of the series.
        series: Name,
        /// The word after `trend`.
        trend: Option<Name>,
        /// What follows `season`: a word or a number.
        season: Option<Expr>,
        /// The column of scores.
        score: Name,
        /// The column of what was to be expected.
        baseline: Name,
    },
    /// `join $monitored as m on dst.port in m.ports`
    Join {
        /// The table.
        table: Name,
        /// What its columns are called by.
        alias: Name,
        /// Which of its rows belong to an event.
        on: Expr,
    },
    /// `enrich country = geo_country(ip) optional`
    Enrich {
        /// The new column.
        name: Name,
        /// The look-up.
        function: Name,
        /// What is looked up.
        argument: Expr,
        /// Place of the word `optional`.
        optional: Option<Span>,
    },
}

/// A name as written: dotted for fields, plain for computed columns, without the `$` for references.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// The name.
    pub text: String,
    /// Its place.
    pub span: Span,
}

/// `name = value`
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// The column made.
    pub name: Name,
    /// Its value.
    pub value: Expr,
}

/// `name = value optional`; a column of `select` or a key of `group by`. Without a name the value is a column, which keeps its own.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputItem {
    /// The name given, if any.
    pub name: Option<Name>,
    /// The value.
    pub value: Expr,
    /// Place of the word `optional`.
    pub optional: Option<Span>,
}

/// `name = function(arguments) where filter optional`
#[derive(Clone, Debug, PartialEq)]
pub struct AggregateItem {
    /// The column made.
    pub name: Name,
    /// The aggregate function.
    pub function: Name,
    /// Its arguments.
    pub arguments: Vec<Expr>,
    /// Rows that take part.
    pub filter: Option<Expr>,
    /// Place of the word `optional`.
    pub optional: Option<Span>,
    /// The whole item.
    pub span: Span,
}

/// `value desc`
#[derive(Clone, Debug, PartialEq)]
pub struct SortItem {
    /// What is sorted by.
    pub value: Expr,
    /// Greatest first.
    pub descending: bool,
}

/// An expression and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Which expression, with its parts.
    pub kind: ExprKind,
    /// The whole expression, without surrounding parentheses.
    pub span: Span,
}

/// `==`, `!=`, `<`, `<=`, `>`, `>=`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl CompareOp {
    /// All of them.
    pub(super) const ALL: [CompareOp; 6] = [
        CompareOp::Equal,
        CompareOp::NotEqual,
        CompareOp::Less,
        CompareOp::LessOrEqual,
        CompareOp::Greater,
        CompareOp::GreaterOrEqual,
    ];

    /// As it is written; only `==` and `!=` can ignore case.
    #[must_use]
    pub(crate) fn sign(self, fold: bool) -> &'static str {
        match (self, fold) {
            (CompareOp::Equal, false) => "==",
            (CompareOp::Equal, true) => "=~",
            (CompareOp::NotEqual, false) => "!=",
            (CompareOp::NotEqual, true) => "!~",
            (CompareOp::Less, _) => "<",
            (CompareOp::LessOrEqual, _) => "<=",
            (CompareOp::Greater, _) => ">",
            (CompareOp::GreaterOrEqual, _) => ">=",
        }
    }
}

/// `+`, `-`, `*`, `/`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArithmeticOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

impl ArithmeticOp {
    /// All of them.
    pub(super) const ALL: [ArithmeticOp; 4] = [
        ArithmeticOp::Add,
        ArithmeticOp::Subtract,
        ArithmeticOp::Multiply,
        ArithmeticOp::Divide,
    ];

    /// As it is written.
    #[must_use]
    pub(crate) fn sign(self) -> &'static str {
        match self {
            ArithmeticOp::Add => "+",
            ArithmeticOp::Subtract => "-",
            ArithmeticOp::Multiply => "*",
            ArithmeticOp::Divide => "/",
        }
    }
}

/// `contains`, `starts_with`, `ends_with`, `has_word`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextTest {
    /// `contains`
    Contains,
    /// `starts_with`
    StartsWith,
    /// `ends_with`
    EndsWith,
    /// `has_word`
    HasWord,
}

impl TextTest {
    /// All of them.
    pub(super) const ALL: [TextTest; 4] = [
        TextTest::Contains,
        TextTest::StartsWith,
        TextTest::EndsWith,
        TextTest::HasWord,
    ];

    /// As it is written, without the `~` that ignores case.
    #[must_use]
    pub(crate) fn word(self) -> &'static str {
        match self {
            TextTest::Contains => "contains",
            TextTest::StartsWith => "starts_with",
            TextTest::EndsWith => "ends_with",
            TextTest::HasWord => "has_word",
        }
    }
}

/// The expressions of the language.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `true`
    Bool(bool),
    /// `443`
    Int(i64),
    /// `0.5`
    Float(f64),
    /// `"text"`, decoded
    Text(String),
    /// `24h`, in milliseconds
    Duration(i64),
    /// `/re/i`, as written between the slashes with `\/` made `/`
    Regex {
        /// The pattern.
        source: String,
        /// Whether `i` follows.
        ignore_case: bool,
    },
    /// `[1, 2]`
    List(Vec<Expr>),
    /// `dst.port`: a field or a computed column
    Name(String),
    /// `$browsers`: a parameter or a list
    Reference(String),
    /// `now`
    Now,
    /// `not e`
    Not(Box<Expr>),
    /// `a and b and c`: two or more, flattened only where written side by side
    And(Vec<Expr>),
    /// `a or b or c`
    Or(Vec<Expr>),
    /// `a == b`, `a =~ b`
    Compare {
        /// The operator.
        op: CompareOp,
        /// Whether it ignores case.
        fold: bool,
        /// Place of the operator.
        op_span: Span,
        /// Left side.
        left: Box<Expr>,
        /// Right side.
        right: Box<Expr>,
    },
    /// `e between a and b`, both inclusive
    Between {
        /// The value tested.
        value: Box<Expr>,
        /// Lower bound.
        low: Box<Expr>,
        /// Upper bound.
        high: Box<Expr>,
    },
    /// `e in [..]`, `e not in~ $list`
    In {
        /// `not in`.
        negated: bool,
        /// Whether it ignores case.
        fold: bool,
        /// Place of the operator.
        op_span: Span,
        /// The value tested.
        value: Box<Expr>,
        /// A list or a reference to one.
        list: Box<Expr>,
    },
    /// `e in_cidr "10.0.0.0/8"`, `e not in_cidr $networks`
    InNetwork {
        /// `not in_cidr`.
        negated: bool,
        /// The address tested.
        value: Box<Expr>,
        /// A string, a list or a reference to one.
        networks: Box<Expr>,
    },
    /// `e contains~ "x"`, `e ends_with [".exe", ".dll"]`
    TextTest {
        /// The test.
        test: TextTest,
        /// Whether it ignores case.
        fold: bool,
        /// Place of the operator.
        op_span: Span,
        /// The text tested.
        value: Box<Expr>,
        /// A string, a list, a reference, or any text expression.
        needle: Box<Expr>,
    },
    /// `e matches /re/`
    Matches {
        /// The text tested.
        value: Box<Expr>,
        /// A regex literal.
        regex: Box<Expr>,
    },
    /// `e exists`, `e is missing`
    Exists {
        /// `is missing`.
        negated: bool,
        /// The value tested.
        value: Box<Expr>,
    },
    /// `a + b`
    Arithmetic {
        /// The operator.
        op: ArithmeticOp,
        /// Left side.
        left: Box<Expr>,
        /// Right side.
        right: Box<Expr>,
    },
    /// `-e`
    Negate(Box<Expr>),
    /// `case { P -> e, else e }`
    Case {
        /// Conditions and values, the first that holds wins.
        arms: Vec<(Expr, Expr)>,
        /// The mandatory `else`.
        otherwise: Box<Expr>,
    },
    /// `$map[e]`
    Lookup {
        /// The map's name without `$`.
        map: Name,
        /// The key.
        key: Box<Expr>,
    },
    /// `lower(e)`
    Call {
        /// The function.
        function: Name,
        /// Its arguments.
        arguments: Vec<Expr>,
    },
}
