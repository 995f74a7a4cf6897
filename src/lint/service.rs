//! L0108: a column named after one service whose condition tests the port of another.

use super::place::fold;
use super::services::{SERVICES, Service};
use super::subject::Subject;
use crate::diag::{Code, Diagnostic};
use crate::plan::walk::MadeFrom;
use crate::plan::{Comparison, Expr, ExprKind};
use crate::value::Value;

pub(super) fn check(input: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for step in &input.plan.steps {
        for made in step.kind.made() {
            match made.from {
                MadeFrom::Row(value) => column(&made.name, &[value], found),
                MadeFrom::Aggregate(aggregate) => {
                    let parts: Vec<&Expr> = aggregate.expressions().collect();
                    column(&made.name, &parts, found);
                }
                MadeFrom::Key(_) | MadeFrom::Measured(_) | MadeFrom::Added { .. } => {}
            }
        }
    }
}

fn column(name: &str, parts: &[&Expr], found: &mut Vec<Diagnostic>) {
    let folded = fold(name);
    let named: Vec<&Service> = SERVICES
        .iter()
        .filter(|service| {
            folded
                .split(['_', '.'])
                .any(|word| service.words.contains(&word))
        })
        .collect();
    let Some(service) = named.first() else { return };
    for part in parts {
        part.visit(&mut |expr| {
            for (port, literal) in ports(expr) {
                let known = named.iter().any(|service| service.ports.contains(&port));
                let Some(other) = SERVICES.iter().find(|other| other.ports.contains(&port)) else {
                    continue;
                };
                if known {
                    continue;
                }
                let usual = service.ports.first().copied().unwrap_or_default();
                let finding = Diagnostic::at(
                    Code::L0108,
                    literal.unwrap_or(expr.span),
                    format!(
                        "`{name}` is named after {}, and {port} is the port of {}",
                        service.title, other.title
                    ),
                )
                .label(format!("{} is {usual}", service.title));
                found.push(match literal {
                    Some(place) => finding.fix(
                        place,
                        usual.to_string(),
                        format!("the port of {}", service.title),
                    ),
                    None => finding
                        .help("take the port out of the list, or give the column another name"),
                });
            }
        });
    }
}

/// Ports that a test keeps: `dst.port == 389`, `dst.port in [..]`, with the place of a literal.
fn ports(expr: &Expr) -> Vec<(i64, Option<crate::source::Span>)> {
    let is_port = |value: &Expr| matches!(&value.kind, ExprKind::Column(column) if column.name().split(['.', '_']).any(|part| part == "port"));
    match &expr.kind {
        ExprKind::Compare {
            op: Comparison::Equal,
            left,
            right,
            ..
        } if is_port(left) => match &right.kind {
            ExprKind::Literal {
                value: Value::Int(port),
                param,
            } => {
                vec![(*port, param.is_none().then_some(right.span))]
            }
            _ => Vec::new(),
        },
        ExprKind::In { value, items, .. } if is_port(value) => items
            .iter()
            .filter_map(|item| {
                if let Value::Int(port) = item {
                    Some((*port, None))
                } else {
                    None
                }
            })
            .collect(),
        _ => Vec::new(),
    }
}
