//! The tree of a query.
//!
//! In: what the parser read. Out: [`Expr`] for scalar and tabular expressions alike, [`Op`] for what follows a pipe. Guarantee: every expression has
//! its bytes; no meaning is decided here.

use super::cell::{Cell, Type};
use std::ops::Range;
use std::rc::Rc;

/// An expression and its bytes.
#[derive(Clone, Debug)]
pub(super) struct Expr {
    pub kind: Kind,
    pub span: Range<usize>,
}

/// Kinds of expressions; the last ones are tabular.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Literal(Cell, Type),
    Name(String),
    Star,
    Path(Box<Expr>, String),
    Index(Box<Expr>, Box<Expr>),
    Call(String, Vec<Argument>),
    Negate(Box<Expr>),
    Binary(String, Box<Expr>, Box<Expr>),
    /// A chain of `and` or of `or`.
    Logic(Logic, Vec<Expr>),
    /// `in`, `has_any` and their kin.
    Among(String, Box<Expr>, Vec<Expr>),
    /// `between`; the flag: negated.
    Between(bool, Box<Expr>, Box<Expr>, Box<Expr>),
    Pipe(Box<Expr>, Vec<Op>),
    Datatable(Vec<(String, Type)>, Vec<Expr>),
    Print(Vec<Named>),
    Range(String, Box<Expr>, Box<Expr>, Box<Expr>),
    Union(Union),
    Search(Search),
    /// `T*` among the tables of a union.
    Wildcard(String),
    /// `externaldata`: columns, and where the rows lie.
    External(Vec<(String, Type)>, Vec<String>),
}

/// Which connective.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Logic {
    And,
    Or,
}

/// An argument, named or not.
#[derive(Clone, Debug)]
pub(super) struct Argument {
    pub name: Option<String>,
    pub value: Expr,
}

/// `x`, `a = x`, `(a, b) = x`
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub names: Vec<String>,
    /// Whether the names are in parentheses.
    pub tuple: bool,
    pub value: Expr,
}

/// A word with its bytes.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub text: String,
    pub span: Range<usize>,
}

/// An expression to sort by.
#[derive(Clone, Debug)]
pub(super) struct By {
    pub value: Expr,
    pub descending: bool,
    pub nulls_first: Option<bool>,
}

/// `union`
#[derive(Clone, Debug)]
pub(super) struct Union {
    pub inner: bool,
    pub source_column: Option<String>,
    pub fuzzy: bool,
    pub tables: Vec<Expr>,
}

impl Union {
    /// A plain union of tables.
    pub(super) fn of(tables: Vec<Expr>) -> Union {
        Union {
            inner: false,
            source_column: None,
            fuzzy: false,
            tables,
        }
    }
}

/// `search`
#[derive(Clone, Debug)]
pub(super) struct Search {
    pub case_sensitive: bool,
    /// What `in (…)` names.
    pub tables: Vec<Expr>,
    pub predicate: Box<Expr>,
}

/// An operator and its bytes.
#[derive(Clone, Debug)]
pub(super) struct Op {
    pub kind: OpKind,
    pub span: Range<usize>,
}

/// What follows a pipe.
#[derive(Clone, Debug)]
pub(super) enum OpKind {
    Where(Expr),
    Extend(Vec<Named>),
    Serialize(Vec<Named>),
    Project(Vec<Named>),
    ProjectAway(Vec<Word>),
    ProjectKeep(Vec<Word>),
    ProjectReorder(Vec<(Word, Option<bool>)>),
    ProjectRename(Vec<Named>),
    Summarize(Vec<Named>, Vec<Named>),
    Distinct(Vec<Named>),
    Take(Expr),
    Top(Expr, By),
    Sort(Vec<By>),
    Count(Option<String>),
    Join(Join),
    Lookup(Join),
    Union(Union),
    Search(Search),
    Expand(Expand),
    Apply(Expand, Rc<Vec<Op>>),
    Series(Box<Series>),
    Parse(Parse),
    Evaluate(String, Vec<Argument>, Option<OutputSchema>),
    Invoke(String, Vec<Argument>),
    TopNested(Vec<Level>),
    Schema,
    As(String),
    Render,
}

/// `join` and `lookup`
#[derive(Clone, Debug)]
pub(super) struct Join {
    pub kind: Option<Word>,
    pub right: Box<Expr>,
    pub on: Vec<Expr>,
}

/// `mv-expand`
#[derive(Clone, Debug)]
pub(super) struct Expand {
    pub bags_as_arrays: bool,
    pub index: Option<String>,
    pub columns: Vec<(Named, Option<Type>)>,
    pub limit: Option<Expr>,
}

/// What `evaluate` says of its columns: whether those of the source come first, and the others.
#[derive(Clone, Debug)]
pub(super) struct OutputSchema {
    pub all: bool,
    pub columns: Vec<(String, Type)>,
}

/// A clause of `top-nested`
#[derive(Clone, Debug)]
pub(super) struct Level {
    pub count: Option<Expr>,
    pub of: Named,
    pub others: Option<Expr>,
    pub by: Named,
    pub descending: bool,
}

/// `make-series`
#[derive(Clone, Debug)]
pub(super) struct Series {
    pub nonempty: bool,
    pub aggregates: Vec<(Named, Option<Expr>)>,
    pub axis: Expr,
    pub from: Option<Expr>,
    pub to: Option<Expr>,
    pub step: Expr,
    /// `in range(…)`, whose end is part of it.
    pub inclusive: bool,
    pub by: Vec<Named>,
}

/// `parse` and `parse-where`
#[derive(Clone, Debug)]
pub(super) struct Parse {
    pub mode: ParseMode,
    /// Flags of the regular expression, such as `Ui`; of `kind=regex` only.
    pub flags: String,
    pub filters: bool,
    pub source: Expr,
    pub pattern: Vec<Piece>,
}

/// Kinds of `parse`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ParseMode {
    Simple,
    Regex,
    Relaxed,
}

/// A piece of a pattern.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    Star,
    Text(String),
    Column(String, Type),
}

/// A statement.
#[derive(Clone, Debug)]
pub(super) enum Statement {
    Let(Word, Expr),
    Function(Word, Rc<Function>),
    Query(Expr),
}

/// A function that a query defines.
#[derive(Debug)]
pub(super) struct Function {
    pub view: bool,
    /// Name, type (`None`: tabular), default.
    pub parameters: Vec<(String, Option<Type>, Option<Expr>)>,
    pub body: Vec<Statement>,
}
