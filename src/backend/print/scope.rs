//! What the columns at hand may hold, as the target stores it.
//!
//! In: expressions over native and computed columns, and what earlier steps made sure of. Out: [`Facts`]: the kind of a value, and how it looks when
//! it is missing. Guarantee: `null` and `blank` are never false of a value that may be so.

use super::lengths;
use crate::backend::dialect::fragment::Fragment;
use crate::backend::dialect::loaded::{Dialect, Kind};
use crate::backend::dialect::signature;
use crate::catalog::MissingRule;
use crate::plan::made_functions::{LENGTH_OF_ANY, MEMBER_TEXT, NTH_LEAST, SORTED_NUMBERS};
use crate::plan::present;
use crate::plan::{ArithmeticOp, Column, Expr, ExprKind, Type};
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What it is stored as.
    pub kind: Kind,
    /// Whether it may be null.
    pub null: bool,
    /// Whether it may be the empty text, which is missing too.
    pub blank: bool,
    /// The engine's type word, of a column of a table.
    pub native: Option<String>,
    /// Whether it is a whole number of 32 bits or fewer, where arithmetic keeps to those.
    pub narrow: bool,
}

impl Facts {
    /// A value that is always present.
    #[must_use]
    pub fn present(kind: Kind) -> Facts {
        Facts {
            kind,
            null: false,
            blank: false,
            native: None,
            narrow: false,
        }
    }

    /// Whether it may be missing in any form.
    #[must_use]
    pub fn missing(&self) -> bool {
        self.null || self.blank
    }
}

/// A column that a step made.
#[derive(Clone, Debug)]
pub struct ScopeColumn {
    /// What is known of it.
    pub facts: Facts,
    /// How it is written where that is not just its name (a qualified name).
    pub text: Option<Fragment>,
}

/// The columns at hand. Native columns need not be listed; what is listed hides a native column of the same name.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    columns: BTreeMap<String, ScopeColumn>,
    present: BTreeSet<String>,
}

impl Scope {
    /// The rows of the table, of which nothing is known yet.
    #[must_use]
    pub fn new() -> Scope {
        Scope::default()
    }

    /// Adds or replaces a column.
    pub fn set(&mut self, name: &str, column: ScopeColumn) {
        // Also what is known of its address family.
        self.present
            .retain(|known| known != name && !known.ends_with(&format!(" {name}")));
        self.columns.insert(name.to_owned(), column);
    }

    /// Notes what a filter that every row has passed says.
    pub fn passed(&mut self, predicate: &Expr) {
        self.present.extend(present::when_true(predicate));
    }

    /// Names of columns known to be present.
    #[must_use]
    pub fn known_present(&self) -> &BTreeSet<String> {
        &self.present
    }

    /// This scope with more columns known to be present.
    #[must_use]
    pub fn knowing(&self, present: &BTreeSet<String>) -> Scope {
        let mut more = self.clone();
        more.present.extend(present.iter().cloned());
        more
    }

    /// The column's entry, if a step made it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ScopeColumn> {
        self.columns.get(name)
    }

    /// What is known of a value in a row at hand.
    #[must_use]
    pub fn facts(&self, value: &Expr, dialect: &Dialect) -> Facts {
        let facts = self.stored(value, dialect);
        // Where text is never null, a missing text is the empty one.
        if dialect.can().text_is_never_null && facts.kind == Kind::Text {
            return Facts {
                blank: facts.missing(),
                null: false,
                ..facts
            };
        }
        facts
    }

    fn stored(&self, value: &Expr, dialect: &Dialect) -> Facts {
        let kind = kind_of(&value.ty);
        let with = |null: bool, blank: bool| Facts {
            kind,
            null,
            blank,
            native: None,
            narrow: false,
        };
        match &value.kind {
            ExprKind::Literal { value, .. } => Facts {
                narrow: matches!(value, Value::Int(number) if i32::try_from(*number).is_ok()),
                ..with(matches!(value, Value::Missing), false)
            },
            ExprKind::Column(column) => self.column(column, value, dialect),
            ExprKind::Case { arms, otherwise } => {
                let branches: Vec<Facts> = arms
                    .iter()
                    .map(|(_, branch)| branch)
                    .chain(otherwise.as_deref())
                    .map(|branch| self.facts(branch, dialect))
                    .collect();
                let mut facts = together(&branches, kind);
                facts.null |= otherwise.is_none();
                facts
            }
            ExprKind::Lookup { .. } => with(true, false),
            ExprKind::Arithmetic { op, left, right } => {
                let sides = [self.facts(left, dialect), self.facts(right, dialect)];
                let by_zero = *op == ArithmeticOp::Divide && !never_zero(right);
                with(sides.iter().any(Facts::missing) || by_zero, false)
            }
            ExprKind::Call {
                function,
                arguments,
                ..
            } => self.call(function, arguments, kind, dialect),
            // Predicates are printed two-valued where they become values.
            _ => with(false, false),
        }
    }

    fn column(&self, column: &Column, value: &Expr, dialect: &Dialect) -> Facts {
        let mut facts = match (self.columns.get(column.name()), column) {
            (Some(made), _) => made.facts.clone(),
            (None, Column::Native(native)) => Facts {
                kind: if native.multi {
                    Kind::Set
                } else {
                    dialect
                        .file
                        .kinds
                        .get(&native.native_type)
                        .copied()
                        .unwrap_or_else(|| kind_of(&value.ty))
                },
                null: native.nullable,
                blank: native.may_be_blank,
                narrow: is_narrow(&native.native_type),
                native: Some(native.native_type.clone()),
            },
            (None, _) => Facts {
                kind: kind_of(&value.ty),
                null: value.nullable,
                blank: false,
                native: None,
                narrow: false,
            },
        };
        if self.present.contains(column.name()) {
            facts.null = false;
            facts.blank = false;
        }
        facts
    }

    fn call(&self, function: &str, arguments: &[Expr], kind: Kind, dialect: &Dialect) -> Facts {
        let facts: Vec<Facts> = arguments.iter().map(|a| self.facts(a, dialect)).collect();
        let some_missing = facts.iter().any(Facts::missing);
        let guarded = dialect
            .entry("functions", &[function.to_owned()])
            .is_some_and(|(_, entry)| entry.guard);
        let (null, blank) = match (function, signature::missing_rule(function)) {
            ("coalesce", _) => {
                let all = facts.iter().all(Facts::missing);
                let mut together = together(&facts, kind);
                together.null = all;
                together.blank = all && facts.last().is_some_and(|last| last.blank);
                return together;
            }
            ("ip", _) => {
                return Facts {
                    kind: dialect.file.kinds.get("ip()").copied().unwrap_or(kind),
                    null: true,
                    blank: false,
                    native: None,
                    narrow: false,
                };
            }
            (LENGTH_OF_ANY, _) => (facts.iter().any(|f| f.null), false),
            // What is left of a text may be nothing.
            (MEMBER_TEXT, _) => (true, true),
            ("substring" | "replace" | "extract", _) => {
                (facts.iter().any(|f| f.null) || function == "extract", true)
            }
            (_, Some(MissingRule::Propagates)) if kind == Kind::Text && !guarded => {
                (facts.iter().any(|f| f.null), facts.iter().any(|f| f.blank))
            }
            (_, Some(MissingRule::Propagates)) => (some_missing, false),
            (_, Some(MissingRule::False | MissingRule::Never)) => (false, false),
            _ => (true, false),
        };
        let native = gives(dialect, "functions", lengths::entry_name(function));
        Facts {
            kind,
            null,
            blank,
            narrow: native.as_deref().is_some_and(is_narrow)
                || matches!(function, SORTED_NUMBERS | NTH_LEAST)
                    && facts.iter().all(|argument| argument.narrow),
            native,
        }
    }
}

/// Whether the word is that of a whole number of 32 bits or fewer: `int` of Kusto and SQL, the others of Elasticsearch.
#[must_use]
pub(crate) fn is_narrow(native_type: &str) -> bool {
    matches!(native_type, "int" | "integer" | "short" | "byte")
}

/// The engine's type word of what an entry gives, where it is not the usual one of its kind.
#[must_use]
pub(crate) fn gives(dialect: &Dialect, section: &str, name: &str) -> Option<String> {
    dialect
        .entry(section, &[name.to_owned()])
        .and_then(|(_, entry)| entry.gives.clone())
}

/// The kind of branches that must agree: an address stays one only where all are.
fn together(branches: &[Facts], kind: Kind) -> Facts {
    let all_ip = !branches.is_empty() && branches.iter().all(|b| b.kind == Kind::Ip);
    Facts {
        kind: if all_ip { Kind::Ip } else { kind },
        null: branches.iter().any(|b| b.null),
        blank: branches.iter().any(|b| b.blank),
        native: None,
        narrow: branches.iter().all(|b| b.narrow),
    }
}

/// What a type is stored as where no native type says otherwise.
#[must_use]
pub(crate) fn kind_of(ty: &Type) -> Kind {
    match ty {
        Type::Bool => Kind::Bool,
        Type::Int => Kind::Int,
        Type::Float => Kind::Float,
        Type::Text | Type::Ip | Type::Enum(_) | Type::Json => Kind::Text,
        Type::Time => Kind::Time,
        Type::Duration => Kind::Duration,
        Type::Set(_) => Kind::Set,
    }
}

/// Whether a divisor is a literal other than zero.
#[must_use]
pub(crate) fn never_zero(divisor: &Expr) -> bool {
    match &divisor.kind {
        ExprKind::Literal { value, .. } => match value {
            Value::Int(number) => *number != 0,
            Value::Float(number) => *number != 0.0,
            _ => false,
        },
        _ => false,
    }
}
