//! In: nothing. Out: the tree of a query, untyped: commands and expressions with their places.
//! Guarantee: two expressions that are written alike are equal, wherever they are.

use std::ops::Range;

use super::lex::Part;

/// A byte range that never makes two trees differ.
#[derive(Clone, Debug, Default)]
pub(super) struct Place(pub Range<usize>);

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it is.
    pub place: Place,
    /// How many expressions are nested in one another, this one included.
    pub depth: usize,
}

impl Expr {
    /// Its byte range.
    pub(super) fn span(&self) -> Range<usize> {
        self.place.0.clone()
    }

    /// The expressions directly inside of this one.
    pub(super) fn inner(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::Call(_, arguments) => arguments.iter().collect(),
            ExprKind::Negate(of)
            | ExprKind::Not(of)
            | ExprKind::IsNull(of)
            | ExprKind::Cast(of, _)
            | ExprKind::Match(of, _)
            | ExprKind::Like { of, .. } => vec![of],
            ExprKind::Binary(_, left, right) => vec![left, right],
            ExprKind::In(of, items) => std::iter::once(of.as_ref()).chain(items).collect(),
            ExprKind::Literal(_)
            | ExprKind::List(_)
            | ExprKind::Column(_)
            | ExprKind::Star
            | ExprKind::Options(_) => Vec::new(),
        }
    }

    /// The names of columns in this expression, in order, each as often as it occurs.
    pub(super) fn names(&self) -> Vec<&str> {
        if let ExprKind::Column(name) = &self.kind {
            return vec![name];
        }
        self.inner().into_iter().flat_map(Expr::names).collect()
    }
}

/// A constant as written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Boolean(bool),
    /// Digits, with a sign folded in: the size decides the type.
    Whole(i128),
    /// A number with a point or an exponent, or one too large for 64 bits.
    Decimal(f64),
    /// A string.
    Text(String),
    /// A number and a unit of time.
    Span(i64, String),
}

/// Two-sided operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
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
    /// `AND`
    And,
    /// `OR`
    Or,
}

/// Kinds of expressions.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ExprKind {
    /// A constant.
    Literal(Literal),
    /// `[1, 2]`
    List(Vec<Literal>),
    /// A column by name.
    Column(String),
    /// `*` as an argument.
    Star,
    /// `{"name": constant}` behind the arguments of a function.
    Options(Vec<(String, Literal)>),
    /// A function, its name in lower case.
    Call(String, Vec<Expr>),
    /// `-x`
    Negate(Box<Expr>),
    /// `NOT x`
    Not(Box<Expr>),
    /// Two sides.
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// `x IN (…)`
    In(Box<Expr>, Vec<Expr>),
    /// `x LIKE …` or, when `regex`, `x RLIKE …`; one pattern or several.
    Like {
        /// What is matched.
        of: Box<Expr>,
        /// The patterns.
        patterns: Vec<String>,
        /// Whether they are regular expressions.
        regex: bool,
    },
    /// `x IS NULL`
    IsNull(Box<Expr>),
    /// `x::type`, the type in lower case.
    Cast(Box<Expr>, String),
    /// `field : constant`
    Match(Box<Expr>, Literal),
}

/// `name = expression`, or an expression that is named by its text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    /// The name to the left of `=`, or the name that the text gives.
    pub name: String,
    /// The expression.
    pub value: Expr,
    /// `WHERE` after an aggregate.
    pub filter: Option<Expr>,
}

/// A name with stars.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Name {
    /// Text and stars.
    pub parts: Vec<Part>,
    /// Where it is.
    pub place: Place,
}

impl Name {
    /// The text, when there is no star.
    pub(super) fn plain(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }
}

/// One key of an order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SortKey {
    /// What is compared.
    pub value: Expr,
    /// `DESC`
    pub descending: bool,
    /// `NULLS FIRST`, or what the direction implies.
    pub nulls_first: bool,
}

/// What a look-up compares.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum JoinOn {
    /// Columns that both sides have.
    Columns(Vec<(String, Range<usize>)>),
    /// A condition over both sides.
    Condition(Box<Expr>),
}

/// A command and where it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Command {
    /// What it does.
    pub kind: CommandKind,
    /// From its word to its last token.
    pub span: Range<usize>,
}

/// Commands.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum CommandKind {
    /// `FROM patterns METADATA fields`
    From(Vec<(String, Range<usize>)>, Vec<(String, Range<usize>)>),
    /// `ROW`
    Row(Vec<Field>),
    /// `WHERE`
    Where(Expr),
    /// `EVAL`
    Eval(Vec<Field>),
    /// `KEEP`
    Keep(Vec<Name>),
    /// `DROP`
    Drop(Vec<Name>),
    /// `RENAME`, pairs of old and new.
    Rename(Vec<(Name, Name)>),
    /// `SORT`
    Sort(Vec<SortKey>),
    /// `LIMIT`
    Limit(usize),
    /// `STATS … BY`, or `INLINE STATS`.
    Stats {
        /// What is computed.
        fields: Vec<Field>,
        /// What the groups are.
        keys: Vec<Field>,
        /// Whether rows are kept.
        inline: bool,
    },
    /// `MV_EXPAND`
    Expand(String),
    /// `LOOKUP JOIN`
    Join(String, JoinOn),
    /// `DISSECT input "pattern" APPEND_SEPARATOR="…"`
    Dissect(Expr, String, String),
    /// `GROK input "pattern"`, several in newer releases.
    Grok(Expr, Vec<String>),
    /// `URI_PARTS prefix = expression`
    UriParts(String, Expr),
    /// `FILLNULL value ON names`; no value is `DEFAULT`.
    FillNull(Option<Literal>, Vec<Name>),
    /// `FORK (…) (…)`: the commands of each branch.
    Fork(Vec<Vec<Command>>),
}

/// A query: directives, then commands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Query {
    /// `SET unmapped_fields = "nullify"`
    pub nullify: bool,
    /// Where the first `SET` is.
    pub directive: Option<Range<usize>>,
    /// Commands in order.
    pub commands: Vec<Command>,
}
