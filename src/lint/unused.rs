//! L0112: a parameter, list, map or table that the query never uses.

use super::place::each_node;
use super::subject::Subject;
use crate::diag::{Code, Diagnostic};
use crate::syntax::ast;
use std::collections::BTreeSet;

pub(super) fn check(input: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let mut used: BTreeSet<&str> = BTreeSet::new();
    each_node(input.query, &mut |node| match &node.kind {
        ast::ExprKind::Reference(name) => {
            used.insert(name);
        }
        ast::ExprKind::Lookup { map, .. } => {
            used.insert(&map.text);
        }
        _ => {}
    });
    for step in &input.query.steps {
        if let ast::StepKind::Join { table, .. } = &step.kind {
            used.insert(&table.text);
        }
    }
    let hunt = input.hunt;
    let declared = (hunt
        .params
        .iter()
        .map(|(name, param)| ("parameter", name, param.name_span)))
    .chain(
        hunt.lists
            .iter()
            .map(|(name, list)| ("list", name, list.name_span)),
    )
    .chain(
        hunt.maps
            .iter()
            .map(|(name, map)| ("map", name, map.name_span)),
    )
    .chain(
        hunt.tables
            .iter()
            .map(|(name, table)| ("table", name, table.name_span)),
    );
    for (what, name, span) in declared {
        if !used.contains(name.as_str()) {
            found.push(
                Diagnostic::at(
                    Code::L0112,
                    span,
                    format!("the {what} `${name}` is never used"),
                )
                .label("not in the query")
                .help("changing it changes nothing; use it, or take it out"),
            );
        }
    }
}
