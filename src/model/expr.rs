//! Typed expressions.
//!
//! Guarantee: predicates are two-valued. The semantics below are about values; how a platform with a third truth value says the same is the backend's work.

use super::types::Type;
use crate::net::Network;
use crate::pattern::Pattern;
use crate::source::Span;
use crate::value::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A typed expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// Which expression.
    pub kind: ExprKind,
    /// The type of its value.
    pub ty: Type,
    /// Whether its value may be missing. Predicates never are.
    pub nullable: bool,
    /// Whether its value is determined (language: undetermined columns).
    pub determined: bool,
    /// The text that made it; for text of a schema, the hunt's text that used it.
    pub span: Span,
}

/// Where a column's value comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// A field of the neutral event class: `process.name`.
    Field(String),
    /// A column made by an earlier step: `device_count`.
    Computed(String),
    /// A column of a platform's table; only after `bind`.
    Native(Arc<NativeColumn>),
}

impl Column {
    /// The name as the hunt (or, for a native column, the platform) spells it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Column::Field(name) | Column::Computed(name) => name,
            Column::Native(native) => &native.name,
        }
    }
}

/// What a backend needs to know of a platform's column.
#[derive(Clone, Debug, PartialEq)]
pub struct NativeColumn {
    /// The column's name on the platform, unquoted: `InitiatingProcessFileName`, `destination.ip`.
    pub name: String,
    /// The platform's own type word: `string`, `long`, `datetime`, `keyword`, `ip`.
    pub native_type: String,
    /// Whether rows may lack it.
    pub nullable: bool,
    /// Whether rows may hold the empty string in it, which is the same as lacking it.
    pub may_be_blank: bool,
    /// Whether it holds several values.
    pub multi: bool,
    /// Whether its values are addresses, whatever the platform's type is.
    pub address: bool,
}

/// Comparison of two values of one type. `!=` is `Not(Compare(Equal))`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

pub use crate::syntax::ast::{ArithmeticOp, TextTest};

/// The expressions. In what follows, *missing* is the one missing value; a predicate over it is false unless said otherwise.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A constant; never missing, except for the missing text that `""` would be, which the language refuses. `param` names the parameter it came from.
    Literal {
        /// The value.
        value: Value,
        /// The parameter that gave it.
        param: Option<String>,
    },
    /// The value of a column in the row at hand.
    Column(Column),
    /// The instant of the run.
    Now,
    /// True when all are; two or more, none itself an `And`.
    And(Vec<Expr>),
    /// True when one is; two or more, none itself an `Or`.
    Or(Vec<Expr>),
    /// True when the operand is false. Never directly a `Not`.
    Not(Box<Expr>),
    /// Both sides present and so compared. `fold`: after simple lower-casing of both sides (text only). Order only for int, float and time.
    Compare {
        /// The comparison.
        op: Comparison,
        /// Ignore case.
        fold: bool,
        /// Left side.
        left: Box<Expr>,
        /// Right side.
        right: Box<Expr>,
    },
    /// `low <= value <= high`, all present.
    Between {
        /// The value.
        value: Box<Expr>,
        /// Lower bound, inclusive.
        low: Box<Expr>,
        /// Upper bound, inclusive.
        high: Box<Expr>,
    },
    /// The value is present and equals an item. For a multi-valued column: some value does.
    In {
        /// The value.
        value: Box<Expr>,
        /// The items, at least one, of the value's type, without duplicates (after folding), in the author's order.
        items: Vec<Value>,
        /// Ignore case.
        fold: bool,
        /// The list it came from.
        list: Option<String>,
    },
    /// The address is present, valid, and in a network.
    InNetwork {
        /// The address.
        value: Box<Expr>,
        /// The networks, at least one.
        networks: Vec<Network>,
        /// The list it came from.
        list: Option<String>,
    },
    /// The text is present and has one of the needles where the test says. Needles are literals, or one expression that may be missing (then false).
    TextTest {
        /// Which test.
        test: TextTest,
        /// Ignore case.
        fold: bool,
        /// The text.
        value: Box<Expr>,
        /// One or more needles; shared, because a list of them is long and no step changes it.
        needles: Arc<[Expr]>,
    },
    /// The text is present and the pattern is found in it.
    Matches {
        /// The text.
        value: Box<Expr>,
        /// The pattern, which knows whether it ignores case.
        pattern: Arc<Pattern>,
    },
    /// The value is present.
    Exists(Box<Expr>),
    /// The value of the first arm whose condition holds, else `otherwise`.
    Case {
        /// Conditions and values.
        arms: Vec<(Expr, Expr)>,
        /// What holds when no arm does; `None` is missing (made by `bind` only).
        otherwise: Option<Box<Expr>>,
    },
    /// The map's value for the key; missing for a missing key and for a key not in the map.
    Lookup {
        /// The map's name in the hunt.
        map: String,
        /// Key and value of each row, keys distinct, in file order.
        rows: Arc<Vec<(Value, Arc<str>)>>,
        /// The key.
        key: Box<Expr>,
    },
    /// Missing when a side is; `/` by zero is missing, `/` on two ints is float division; time - duration, time + duration, time - time.
    Arithmetic {
        /// The operator.
        op: ArithmeticOp,
        /// Left side.
        left: Box<Expr>,
        /// Right side.
        right: Box<Expr>,
    },
    /// A function of grammar/functions.yaml, by its name there; its semantics are there. For `extract` the pattern is in `pattern`.
    Call {
        /// The function.
        function: String,
        /// The arguments.
        arguments: Vec<Expr>,
        /// The pattern of `extract`.
        pattern: Option<Arc<Pattern>>,
    },
}

impl Expr {
    /// A literal.
    #[must_use]
    pub fn literal(value: Value, ty: Type, span: Span) -> Expr {
        Expr {
            kind: ExprKind::Literal { value, param: None },
            ty,
            nullable: false,
            determined: true,
            span,
        }
    }

    /// A predicate.
    #[must_use]
    pub fn predicate(kind: ExprKind, span: Span) -> Expr {
        Expr {
            kind,
            ty: Type::Bool,
            nullable: false,
            determined: true,
            span,
        }
    }

    /// The negation, folded into an inner `Not`.
    #[must_use]
    pub fn negate(self) -> Expr {
        let span = self.span;
        match self.kind {
            ExprKind::Not(inner) => *inner,
            kind => Expr::predicate(
                ExprKind::Not(Box::new(Expr {
                    kind,
                    ..Expr::predicate(ExprKind::Now, span)
                })),
                span,
            ),
        }
    }

    /// The conjunction of `parts`, flattened; `None` when there is none.
    #[must_use]
    pub fn all(parts: Vec<Expr>) -> Option<Expr> {
        let mut flat = Vec::new();
        for part in parts {
            match part.kind {
                ExprKind::And(inner) => flat.extend(inner),
                kind => flat.push(Expr { kind, ..part }),
            }
        }
        let span = flat.first()?.span;
        if flat.len() == 1 {
            flat.pop()
        } else {
            Some(Expr::predicate(ExprKind::And(flat), span))
        }
    }

    /// The disjunction of `parts`, flattened; `None` when there is none.
    #[must_use]
    pub fn any(parts: Vec<Expr>) -> Option<Expr> {
        let mut flat = Vec::new();
        for part in parts {
            match part.kind {
                ExprKind::Or(inner) => flat.extend(inner),
                kind => flat.push(Expr { kind, ..part }),
            }
        }
        let span = flat.first()?.span;
        if flat.len() == 1 {
            flat.pop()
        } else {
            Some(Expr::predicate(ExprKind::Or(flat), span))
        }
    }

    /// The direct parts.
    #[must_use]
    pub fn children(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::Literal { .. } | ExprKind::Column(_) | ExprKind::Now => Vec::new(),
            ExprKind::And(parts)
            | ExprKind::Or(parts)
            | ExprKind::Call {
                arguments: parts, ..
            } => parts.iter().collect(),
            ExprKind::Not(inner) | ExprKind::Exists(inner) => vec![inner],
            ExprKind::Compare { left, right, .. } | ExprKind::Arithmetic { left, right, .. } => {
                vec![left, right]
            }
            ExprKind::Between { value, low, high } => vec![value, low, high],
            ExprKind::In { value, .. }
            | ExprKind::InNetwork { value, .. }
            | ExprKind::Matches { value, .. }
            | ExprKind::Lookup { key: value, .. } => vec![value],
            ExprKind::TextTest { value, needles, .. } => {
                std::iter::once(&**value).chain(needles.iter()).collect()
            }
            ExprKind::Case { arms, otherwise } => arms
                .iter()
                .flat_map(|(condition, value)| [condition, value])
                .chain(otherwise.as_deref())
                .collect(),
        }
    }

    /// Visits this expression and every part of it, outermost first.
    pub fn visit<'a>(&'a self, see: &mut impl FnMut(&'a Expr)) {
        see(self);
        for child in self.children() {
            child.visit(see);
        }
    }

    /// The fields of the event class that it names.
    #[must_use]
    pub(crate) fn fields(&self) -> BTreeSet<String> {
        let mut fields = BTreeSet::new();
        self.visit(&mut |part| {
            if let ExprKind::Column(Column::Field(name)) = &part.kind {
                fields.insert(name.clone());
            }
        });
        fields
    }
}
