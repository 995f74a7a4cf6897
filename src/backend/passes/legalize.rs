//! A bound plan in the constructs that a dialect has.
//!
//! In: a bound plan and a dialect. Out: a plan with the same meaning. Guarantee: only what the semantics make equal is exchanged: a regex that is a list of
//! strings becomes a test on strings, columns of addresses have the type that the target says, `is_private` and `is_public` become the written tables, networks are split by family where the engine does, and
//! become tests on the address's text where it has no test of its own, and what ignores case beyond ASCII becomes a regex where the engine would not.

use super::addresses;
use crate::backend::dialect::loaded::Dialect;
use crate::backend::dialect::rules::Folding;
use crate::backend::print::fold;
use crate::backend::print::lengths;
use crate::net::{self, Network};
use crate::pattern::{Pattern, Simple};
use crate::plan::TextTest;
use crate::plan::rebuild::rebuilt;
use crate::plan::{Column, Comparison, Expr, ExprKind, NativeColumn, Plan, Step, StepKind, Type};
use crate::value::Value;
use std::sync::Arc;

/// The plan in the dialect's words.
#[must_use]
pub(crate) fn legalize(plan: &Plan, dialect: &Dialect) -> Plan {
    let change = |expr: Expr| {
        flat(rebuilt(addresses::spell_out(expr), &mut |part| {
            legal(part, dialect)
        }))
    };
    let steps = plan
        .steps
        .iter()
        .map(|step| Step {
            kind: kind(&step.kind, &change),
            span: step.span,
        })
        .collect();
    Plan {
        class: plan.class.clone(),
        steps,
    }
}

fn kind(kind: &StepKind, change: &impl Fn(Expr) -> Expr) -> StepKind {
    let mut copy = kind.clone();
    for expr in copy.expressions_mut() {
        let blank = Expr::predicate(ExprKind::Now, expr.span);
        *expr = change(std::mem::replace(expr, blank));
    }
    copy
}

fn legal(expr: Expr, dialect: &Dialect) -> Expr {
    let span = expr.span;
    if let Some(spelled) = fold::spelled(&expr, dialect.can().folds) {
        return spelled;
    }
    if let (ExprKind::Column(Column::Native(native)), Some(addresses)) =
        (&expr.kind, &dialect.addresses)
        && native.address
        && native.native_type != *addresses
    {
        let kind = ExprKind::Column(Column::Native(Arc::new(NativeColumn {
            native_type: addresses.clone(),
            nullable: native.nullable || native.may_be_blank,
            may_be_blank: false,
            ..(**native).clone()
        })));
        return Expr { kind, ..expr };
    }
    if let Some(unguarded) = lengths::unguarded(&expr) {
        return unguarded;
    }
    match &expr.kind {
        // What ignores case may be asked of the text as it is.
        ExprKind::Matches { value, pattern } if pattern.ignores_case() => {
            let value = fold::raw(value);
            let matches = |pattern: Arc<Pattern>| {
                let value = Box::new(value.clone());
                Expr::predicate(ExprKind::Matches { value, pattern }, span)
            };
            let spelled = dialect
                .regex_dialect(false)
                .and_then(|regexes| fold::both_cases(pattern, regexes, dialect.can().folds));
            match spelled {
                Some(pattern) => matches(Arc::new(pattern)),
                None => simple(value, pattern).unwrap_or_else(|| matches(pattern.clone())),
            }
        }
        ExprKind::Call {
            function,
            arguments,
            pattern: Some(pattern),
        } => {
            let spelled = dialect
                .regex_dialect(true)
                .and_then(|regexes| fold::both_cases(pattern, regexes, Folding::Letters));
            match spelled {
                Some(pattern) => Expr {
                    kind: ExprKind::Call {
                        function: function.clone(),
                        arguments: arguments.clone(),
                        pattern: Some(Arc::new(pattern)),
                    },
                    ..expr
                },
                None => expr,
            }
        }
        ExprKind::Matches { value, pattern } => simple(value, pattern).unwrap_or(expr),
        ExprKind::InNetwork {
            value,
            networks,
            list,
        } if dialect.operator("in_network", &["v4"]).is_none() => {
            as_text(value, networks, list.as_deref(), span)
        }
        ExprKind::InNetwork {
            value,
            networks,
            list,
        } => by_family(value, networks, list.as_deref(), dialect),
        _ => expr,
    }
}

fn in_networks(address: &Expr, networks: Vec<Network>, list: Option<String>) -> Expr {
    Expr::predicate(
        ExprKind::InNetwork {
            value: Box::new(address.clone()),
            networks,
            list,
        },
        address.span,
    )
}

fn either(parts: Vec<Expr>) -> Expr {
    let span = parts.first().map(|p| p.span).unwrap_or_default();
    Expr::any(parts).unwrap_or_else(|| Expr::literal(Value::Bool(false), Type::Bool, span))
}

fn both(parts: Vec<Expr>) -> Expr {
    let span = parts.first().map(|p| p.span).unwrap_or_default();
    Expr::all(parts).unwrap_or_else(|| Expr::literal(Value::Bool(true), Type::Bool, span))
}

/// One test for each family where the dialect has operators by family; a network that would hold IPv4 addresses in the engine's eyes says that it does not.
fn by_family(value: &Expr, networks: &[Network], list: Option<&str>, dialect: &Dialect) -> Expr {
    let one_for_all = dialect
        .operator("in_network", &["v4"])
        .is_none_or(|(name, _)| name == "in_network");
    let (wide, plain): (Vec<Network>, Vec<Network>) =
        networks.iter().cloned().partition(Network::covers_mapped);
    let mut parts = Vec::new();
    if one_for_all {
        if !plain.is_empty() {
            parts.push(in_networks(value, plain, list.map(str::to_owned)));
        }
    } else {
        let (v4, v6): (Vec<Network>, Vec<Network>) = plain.into_iter().partition(Network::is_ipv4);
        let mixed = !v4.is_empty() && !v6.is_empty();
        if !v4.is_empty() {
            parts.push(in_networks(value, v4, list.map(str::to_owned)));
        }
        if !v6.is_empty() {
            let name = list.map(|l| {
                if mixed {
                    format!("{l}_v6")
                } else {
                    l.to_owned()
                }
            });
            parts.push(in_networks(value, v6, name));
        }
    }
    if !wide.is_empty() {
        let is_ipv6 = Expr::predicate(
            ExprKind::Call {
                function: "is_ipv6".to_owned(),
                arguments: vec![value.clone()],
                pattern: None,
            },
            value.span,
        );
        parts.push(both(vec![is_ipv6, in_networks(value, wide, None)]));
    }
    either(parts)
}

/// Tests on the text of an address, which is canonical (rule 11 of the semantics).
fn as_text(
    value: &Expr,
    networks: &[Network],
    list: Option<&str>,
    span: crate::source::Span,
) -> Expr {
    let mut test = net::text_test(networks);
    join_prefixes(&mut test);
    let mut parts = Vec::new();
    if !test.equals.is_empty() {
        parts.push(one_of(value, &test.equals, false, list));
    }
    if !test.starts_with.is_empty() {
        parts.push(text_test(
            value,
            TextTest::StartsWith,
            &test.starts_with,
            false,
        ));
    }
    for regex in &test.matches {
        if let Ok(pattern) = Pattern::parse(regex, false) {
            parts.push(Expr::predicate(
                ExprKind::Matches {
                    value: Box::new(value.clone()),
                    pattern: Arc::new(pattern),
                },
                span,
            ));
        }
    }
    either(parts)
}

/// More than three prefixes, or several beside a regex that is open at its end, read better as one regex.
fn join_prefixes(test: &mut net::TextTest) {
    let open = test.matches.iter().position(|regex| !regex.ends_with('$'));
    let many = test.starts_with.len() > 3 || test.starts_with.len() > 1 && open.is_some();
    if !many {
        return;
    }
    let mut parts: Vec<String> = std::mem::take(&mut test.starts_with)
        .iter()
        .map(|prefix| prefix.replace('.', "\\."))
        .collect();
    if let Some(at) = open {
        let regex = test.matches.remove(at);
        let body = regex.trim_start_matches('^');
        parts.push(alternatives(body).unwrap_or(body).to_owned());
    }
    test.matches.insert(0, format!("^({})", parts.join("|")));
}

/// What is in the one pair of parentheses that is all of a regex.
fn alternatives(regex: &str) -> Option<&str> {
    let inner = regex.strip_prefix('(')?.strip_suffix(')')?;
    let mut depth = 0_usize;
    for c in inner.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    Some(inner)
}

/// The cheaper operator for a regex that is a list of strings.
fn simple(value: &Expr, pattern: &Pattern) -> Option<Expr> {
    let fold = pattern.ignores_case();
    Some(match pattern.simple()? {
        Simple::FiniteSet(strings) => one_of(value, &strings, fold, None),
        Simple::Prefix(strings) => text_test(value, TextTest::StartsWith, &strings, fold),
        Simple::Suffix(strings) => text_test(value, TextTest::EndsWith, &strings, fold),
        Simple::Substring(strings) => text_test(value, TextTest::Contains, &strings, fold),
    })
}

fn one_of(value: &Expr, strings: &[String], fold: bool, list: Option<&str>) -> Expr {
    let kind = match strings {
        [one] => ExprKind::Compare {
            op: Comparison::Equal,
            fold,
            left: Box::new(value.clone()),
            right: Box::new(text_literal(one, value)),
        },
        _ => ExprKind::In {
            value: Box::new(value.clone()),
            items: strings.iter().map(|s| Value::text(s)).collect(),
            fold,
            list: list.map(str::to_owned),
        },
    };
    Expr::predicate(kind, value.span)
}

fn text_test(value: &Expr, test: TextTest, strings: &[String], fold: bool) -> Expr {
    Expr::predicate(
        ExprKind::TextTest {
            test,
            fold,
            value: Box::new(value.clone()),
            needles: strings.iter().map(|s| text_literal(s, value)).collect(),
        },
        value.span,
    )
}

fn text_literal(text: &str, at: &Expr) -> Expr {
    Expr::literal(Value::text(text), Type::Text, at.span)
}

/// No conjunction directly in a conjunction, no `not` directly in a `not`, as everywhere in a plan.
fn flat(expr: Expr) -> Expr {
    rebuilt(expr, &mut |part| {
        let span = part.span;
        match part.kind {
            ExprKind::And(parts) => Expr {
                span,
                ..both(parts)
            },
            ExprKind::Or(parts) => Expr {
                span,
                ..either(parts)
            },
            ExprKind::Not(inner) => match inner.kind {
                ExprKind::Not(inner) => *inner,
                kind => Expr {
                    kind: ExprKind::Not(Box::new(Expr { kind, ..*inner })),
                    ..Expr::predicate(ExprKind::Now, span)
                },
            },
            kind => Expr { kind, ..part },
        }
    })
}

/// Whether the expression is a column, and so needs no name of its own.
#[must_use]
pub(crate) fn column_of(expr: &Expr) -> Option<&Column> {
    match &expr.kind {
        ExprKind::Column(column) => Some(column),
        _ => None,
    }
}
