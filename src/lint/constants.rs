//! Every constant that a hunt compares something with, and what the values of that something are.
//!
//! In: the plan, the hunt's lists, maps and tables. Out: [`Constant`]s in the order of the plan. Guarantee: each is at its own place (the entry of a
//! list, the row of a table); the role of a value is that of the field it came from, as the event class says it, also under another name.

use super::subject::Subject;
use crate::hunt::{Cell, MapOrigin};
use crate::plan::{Column, Comparison, Expr, ExprKind, StepKind, TextTest};
use crate::schema::Role;
use crate::source::Span;
use crate::syntax::ast;
use crate::value::Value;
use std::collections::BTreeMap;

/// How a constant is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// `==`, `<` and similar.
    Compare(Comparison),
    /// A bound of `between`.
    Bound,
    /// An entry of `in [..]` or of a list.
    Member,
    /// The needle of a test on text.
    Text(TextTest),
    /// A key of a map that is looked up.
    Key,
    /// A cell of a table that is joined.
    Cell,
}

impl How {
    /// Whether the whole value must be the constant.
    pub(super) fn is_whole(self) -> bool {
        match self {
            How::Compare(op) => op == Comparison::Equal,
            How::Member | How::Key | How::Cell => true,
            How::Bound | How::Text(_) => false,
        }
    }
}

/// A constant and what it is compared with.
pub(super) struct Constant<'a> {
    /// What it is compared with.
    pub(super) tested: &'a Expr,
    /// What the values of that are, where the event class says it.
    pub(super) role: Option<Role>,
    /// The constant.
    pub(super) value: Value,
    /// Where it is.
    pub(super) span: Span,
    /// How they are compared.
    pub(super) how: How,
    /// Ignoring case.
    pub(super) fold: bool,
    /// The test as written, when it is one of the query.
    pub(super) test: Option<&'a ast::Expr>,
}

/// Visits every constant.
pub(super) fn each_constant<'a>(input: &Subject<'a>, see: &mut impl FnMut(Constant<'a>)) {
    let mut roles = Roles {
        input,
        computed: BTreeMap::new(),
    };
    for step in &input.plan.steps {
        for expr in step.kind.expressions() {
            expr.visit(&mut |expr| of_expression(input, &roles, expr, see));
        }
        if let Some((table, tests)) = step.kind.table()
            && let Some(declared) = input.hunt.tables.get(&table.name)
        {
            for test in tests {
                let Some(tested) = &test.value else { continue };
                for row in &declared.rows {
                    let values = match row.cells.get(test.column) {
                        Some(Cell::One(value)) => std::slice::from_ref(value),
                        Some(Cell::Several(values)) => values,
                        _ => continue,
                    };
                    for value in values {
                        see(Constant {
                            tested,
                            role: roles.role_of(tested),
                            value: value.clone(),
                            span: row.span,
                            how: How::Cell,
                            fold: test.fold,
                            test: None,
                        });
                    }
                }
            }
        }
        roles.after(&step.kind);
    }
}

fn of_expression<'a>(
    input: &Subject<'a>,
    roles: &Roles<'_, 'a>,
    expr: &'a Expr,
    see: &mut impl FnMut(Constant<'a>),
) {
    let test = input.test_at(expr.span);
    let mut tell = |tested: &'a Expr, value: &Value, span, how, fold| {
        see(Constant {
            tested,
            role: roles.role_of(tested),
            value: value.clone(),
            span,
            how,
            fold,
            test,
        });
    };
    let literal = |expr: &'a Expr| match &expr.kind {
        ExprKind::Literal { value, .. } => Some((value, expr.span)),
        _ => None,
    };
    match &expr.kind {
        ExprKind::Compare {
            op,
            fold,
            left,
            right,
        } => {
            if let Some((value, span)) = literal(right) {
                tell(left, value, span, How::Compare(*op), *fold);
            }
        }
        ExprKind::Between { value, low, high } => {
            for (bound, span) in [low, high].into_iter().filter_map(|bound| literal(bound)) {
                tell(value, bound, span, How::Bound, false);
            }
        }
        ExprKind::In {
            value, items, fold, ..
        } => {
            for item in items {
                tell(value, item, input.entry(expr, item), How::Member, *fold);
            }
        }
        ExprKind::TextTest {
            test,
            fold,
            value,
            needles,
        } => {
            for (needle, span) in needles.iter().filter_map(literal) {
                tell(value, needle, span, How::Text(*test), *fold);
            }
        }
        ExprKind::Lookup { map, key, .. } => {
            if let Some(MapOrigin::Rows { rows, .. }) =
                input.hunt.maps.get(map).map(|map| &map.origin)
            {
                for (row, _) in rows {
                    tell(key, &row.value, row.span, How::Key, false);
                }
            }
        }
        _ => {}
    }
}

/// The roles of values: those of fields, and those that computed columns have from them.
struct Roles<'s, 'a> {
    input: &'s Subject<'a>,
    computed: BTreeMap<String, Role>,
}

impl<'a> Roles<'_, 'a> {
    fn role_of(&self, expr: &Expr) -> Option<Role> {
        match &expr.kind {
            ExprKind::Column(Column::Field(name)) => self.input.class.fields.get(name)?.role,
            ExprKind::Column(Column::Computed(name)) => self.computed.get(name.as_str()).copied(),
            // Another case is still the same kind of value.
            ExprKind::Call {
                function,
                arguments,
                ..
            } if matches!(function.as_str(), "lower" | "upper") => self.role_of(arguments.first()?),
            _ => None,
        }
    }

    /// Takes in the columns that a step makes.
    fn after(&mut self, step: &'a StepKind) {
        for made in step.made() {
            let name = made.name.to_string();
            match made.value().and_then(|value| self.role_of(value)) {
                Some(role) => self.computed.insert(name, role),
                None => self.computed.remove(&name),
            };
        }
    }
}

/// The field beside another that has a role: `process.path` beside `process.name`.
pub(super) fn sibling(input: &Subject<'_>, tested: &Expr, role: Role) -> Option<String> {
    let ExprKind::Column(Column::Field(name)) = &tested.kind else {
        return None;
    };
    let family = |name: &str| name.rsplit_once('.').map(|(family, _)| family.to_owned());
    let beside = input
        .class
        .fields
        .values()
        .filter(|field| field.role == Some(role))
        .find(|field| family(&field.name).is_some() && family(&field.name) == family(name))?;
    Some(beside.name.clone())
}
