//! Small changes of a plan: a condition left out, a bound moved by one, a name taken off a list.
//!
//! A change is found in one plan by its path and applied to the same plan with other parameter values, whose shape is the same.

use huntc::internals::plan::{
    Aggregate, AggregateFunction, Comparison, Expr, ExprKind, Plan, Step, StepKind, Trend,
};
use huntc::internals::value::Value;

/// What a change is, and how it is made.
pub type Change = (String, Box<dyn Fn(&Plan) -> Plan>);

/// The changes of a plan.
pub fn of(plan: &Plan) -> Vec<Change> {
    let mut changes = Vec::new();
    for (at, step) in plan.steps.iter().enumerate() {
        let mut add = |what: String, change: Box<dyn Fn(&mut StepKind)>| {
            changes.push((
                format!("step {}: {what}", at + 1),
                Box::new(move |plan: &Plan| {
                    let mut plan = plan.clone();
                    change(&mut plan.steps[at].kind);
                    plan
                }) as Box<dyn Fn(&Plan) -> Plan>,
            ));
        };
        match &step.kind {
            StepKind::From { .. } => {
                // Older events than those of the series it does not read anyway.
                let series = |step: &Step| matches!(step.kind, StepKind::Series { .. });
                let most = if plan.steps.iter().any(series) { -1 } else { 1 };
                for by in [-1, 1].into_iter().filter(|by| *by <= most) {
                    add(
                        format!("the window {by:+} ms"),
                        Box::new(move |kind| {
                            let StepKind::From {
                                within: Some(within),
                                ..
                            } = kind
                            else {
                                unreachable!()
                            };
                            *within += by;
                        }),
                    );
                }
            }
            StepKind::Group { keys, aggregates } => {
                for key in 0..keys.len() {
                    add(
                        format!("without the key {}", keys[key].name),
                        Box::new(move |kind| {
                            let StepKind::Group { keys, .. } = kind else {
                                unreachable!()
                            };
                            keys[key].value = Expr {
                                kind: ExprKind::Literal {
                                    value: Value::Missing,
                                    param: None,
                                },
                                ..keys[key].value.clone()
                            };
                        }),
                    );
                }
                for (index, aggregate) in aggregates.iter().enumerate() {
                    of_aggregate(aggregate, index, &mut add);
                }
            }
            StepKind::Sort { keys } => {
                for key in 0..keys.len() {
                    add(
                        "sorted the other way".to_owned(),
                        Box::new(move |kind| {
                            let StepKind::Sort { keys } = kind else {
                                unreachable!()
                            };
                            keys[key].descending = !keys[key].descending;
                        }),
                    );
                }
            }
            StepKind::Top { .. } => {
                add(
                    "ranked the other way".to_owned(),
                    Box::new(|kind| {
                        let StepKind::Top { rare, .. } = kind else {
                            unreachable!()
                        };
                        *rare = !*rare;
                    }),
                );
                for more in [true, false] {
                    add(
                        format!("one row {}", if more { "more" } else { "less" }),
                        Box::new(move |kind| {
                            let StepKind::Top { count, .. } = kind else {
                                unreachable!()
                            };
                            *count = if more { *count + 1 } else { *count - 1 };
                        }),
                    );
                }
            }
            StepKind::Where { .. } => add(
                "without the condition".to_owned(),
                Box::new(|kind| {
                    let StepKind::Where { predicate, .. } = kind else {
                        unreachable!()
                    };
                    *predicate = truth(predicate);
                }),
            ),
            StepKind::Series { keys, .. } => {
                for key in 0..keys.len() {
                    add(
                        format!("without the key {}", keys[key].name),
                        Box::new(move |kind| {
                            let StepKind::Series { keys, .. } = kind else {
                                unreachable!()
                            };
                            keys[key].value = Expr {
                                kind: ExprKind::Literal {
                                    value: Value::Missing,
                                    param: None,
                                },
                                ..keys[key].value.clone()
                            };
                        }),
                    );
                }
            }
            StepKind::Anomaly { .. } => {
                for trend in [Trend::Average, Trend::None] {
                    add(
                        format!("the trend is {trend:?}"),
                        Box::new(move |kind| {
                            let StepKind::Anomaly { trend: own, .. } = kind else {
                                unreachable!()
                            };
                            *own = trend;
                        }),
                    );
                }
            }
            StepKind::Join { tests, .. } => {
                for test in 0..tests.len() {
                    add(
                        format!("without test {} of the join", test + 1),
                        Box::new(move |kind| {
                            let StepKind::Join { tests, .. } = kind else {
                                unreachable!()
                            };
                            tests.remove(test);
                        }),
                    );
                }
            }
            StepKind::Derive { .. }
            | StepKind::Select { .. }
            | StepKind::Repeat { .. }
            | StepKind::Enrich { .. } => {}
        }
        for (index, expr) in expressions(&mut step.kind.clone()).into_iter().enumerate() {
            for (what, change) in of_expr(expr) {
                add(
                    what,
                    Box::new(move |kind| {
                        let mut expressions = expressions(kind);
                        change(expressions[index]);
                    }),
                );
            }
        }
    }
    changes
}

fn of_aggregate(
    aggregate: &Aggregate,
    index: usize,
    add: &mut impl FnMut(String, Box<dyn Fn(&mut StepKind)>),
) {
    let name = &aggregate.name;
    let set = move |kind: &mut StepKind, change: &dyn Fn(&mut Aggregate)| {
        let StepKind::Group { aggregates, .. } = kind else {
            unreachable!()
        };
        change(&mut aggregates[index]);
    };
    if aggregate.filter.is_some() {
        add(
            format!("{name} of all rows"),
            Box::new(move |kind| set(kind, &|aggregate| aggregate.filter = None)),
        );
    }
    let others: Vec<AggregateFunction> = match aggregate.function {
        AggregateFunction::Latest => vec![AggregateFunction::Earliest, AggregateFunction::Any],
        AggregateFunction::Count => Vec::new(),
        AggregateFunction::CountDistinct => vec![AggregateFunction::Count],
        AggregateFunction::Set(None) => vec![AggregateFunction::Set(Some(1))],
        AggregateFunction::Set(Some(most)) => vec![
            AggregateFunction::Set(Some(most - 1)),
            AggregateFunction::Set(Some(most + 1)),
        ],
        AggregateFunction::Sum => vec![AggregateFunction::Max],
        AggregateFunction::Max => vec![AggregateFunction::Min],
        other => panic!("no changes are known for {other:?}"),
    };
    for other in others {
        add(
            format!("{name} is {other:?}"),
            Box::new(move |kind| set(kind, &|aggregate| aggregate.function = other)),
        );
    }
}

/// The expressions of a step that decide something.
fn expressions(kind: &mut StepKind) -> Vec<&mut Expr> {
    match kind {
        StepKind::Where { predicate, .. } => vec![predicate],
        StepKind::Derive { columns } => columns.iter_mut().map(|(_, value)| value).collect(),
        StepKind::Group { keys, aggregates } => {
            let keys = keys.iter_mut().map(|key| &mut key.value);
            keys.chain(
                aggregates
                    .iter_mut()
                    .filter_map(|aggregate| aggregate.filter.as_mut()),
            )
            .collect()
        }
        StepKind::From { .. }
        | StepKind::Select { .. }
        | StepKind::Series { .. }
        | StepKind::Anomaly { .. }
        | StepKind::Join { .. }
        | StepKind::Repeat { .. }
        | StepKind::Sort { .. }
        | StepKind::Top { .. }
        | StepKind::Enrich { .. } => Vec::new(),
    }
}

type ExprChange = (String, std::rc::Rc<dyn Fn(&mut Expr)>);

/// The changes of an expression and of its parts.
fn of_expr(expr: &Expr) -> Vec<ExprChange> {
    let mut changes: Vec<ExprChange> = Vec::new();
    let mut add = |what: String, change: fn(&mut Expr, usize), index: usize| {
        changes.push((
            what,
            std::rc::Rc::new(move |expr: &mut Expr| change(expr, index)),
        ));
    };
    match &expr.kind {
        ExprKind::And(parts) => {
            for index in 0..parts.len() {
                add(
                    format!("without part {} of an and", index + 1),
                    |expr, index| {
                        let ExprKind::And(parts) = &mut expr.kind else {
                            unreachable!()
                        };
                        parts[index] = truth(&parts[index]);
                    },
                    index,
                );
            }
        }
        ExprKind::Or(parts) => {
            for index in 0..parts.len() {
                add(
                    format!("without part {} of an or", index + 1),
                    |expr, index| {
                        let ExprKind::Or(parts) = &mut expr.kind else {
                            unreachable!()
                        };
                        parts[index] = truth(&parts[index]).negate();
                    },
                    index,
                );
            }
        }
        ExprKind::Literal {
            value: Value::Int(number),
            ..
        } => {
            for (index, by) in ["less one", "plus one"].iter().enumerate() {
                add(
                    format!("{number} {by}"),
                    |expr, index| {
                        let ExprKind::Literal {
                            value: Value::Int(number),
                            ..
                        } = &mut expr.kind
                        else {
                            unreachable!()
                        };
                        *number += if index == 0 { -1 } else { 1 };
                    },
                    index,
                );
            }
        }
        ExprKind::Compare { op, .. } => {
            let other = match op {
                Comparison::Less => Comparison::LessOrEqual,
                Comparison::LessOrEqual => Comparison::Less,
                Comparison::Greater => Comparison::GreaterOrEqual,
                Comparison::GreaterOrEqual => Comparison::Greater,
                Comparison::Equal => Comparison::Equal,
            };
            if other != *op {
                add(
                    format!("{op:?} is {other:?}"),
                    |expr, index| {
                        let ExprKind::Compare { op, .. } = &mut expr.kind else {
                            unreachable!()
                        };
                        *op = [
                            Comparison::Less,
                            Comparison::LessOrEqual,
                            Comparison::Greater,
                            Comparison::GreaterOrEqual,
                        ][index];
                    },
                    [
                        Comparison::Less,
                        Comparison::LessOrEqual,
                        Comparison::Greater,
                        Comparison::GreaterOrEqual,
                    ]
                    .iter()
                    .position(|one| *one == other)
                    .unwrap(),
                );
            }
        }
        ExprKind::In {
            items, fold, list, ..
        } => {
            for (index, item) in items.iter().enumerate() {
                add(
                    format!("{item} not in {list:?}"),
                    |expr, index| {
                        let ExprKind::In { items, .. } = &mut expr.kind else {
                            unreachable!()
                        };
                        items.remove(index);
                    },
                    index,
                );
            }
            if *fold {
                add(
                    format!("{list:?} in the case written"),
                    |expr, _| {
                        let ExprKind::In { fold, .. } = &mut expr.kind else {
                            unreachable!()
                        };
                        *fold = false;
                    },
                    0,
                );
            }
        }
        ExprKind::InNetwork { networks, .. } => {
            for index in 0..networks.len() {
                add(
                    format!("without network {}", index + 1),
                    |expr, index| {
                        let ExprKind::InNetwork { networks, .. } = &mut expr.kind else {
                            unreachable!()
                        };
                        networks.remove(index);
                    },
                    index,
                );
            }
        }
        ExprKind::TextTest { fold: true, .. } => add(
            "the text in the case written".to_owned(),
            |expr, _| {
                let ExprKind::TextTest { fold, .. } = &mut expr.kind else {
                    unreachable!()
                };
                *fold = false;
            },
            0,
        ),
        ExprKind::Not(_) => add(
            "without a not".to_owned(),
            |expr, _| *expr = expr.clone().negate(),
            0,
        ),
        ExprKind::Call { function, .. } if function == "lower" => add(
            "not in lower case".to_owned(),
            |expr, _| {
                let ExprKind::Call { arguments, .. } = &mut expr.kind else {
                    unreachable!()
                };
                *expr = arguments.remove(0);
            },
            0,
        ),
        _ => {}
    }
    for index in 0..expr.children().len() {
        for (what, change) in of_expr(expr.children()[index]) {
            changes.push((
                what,
                std::rc::Rc::new(move |expr: &mut Expr| change(child(expr, index))),
            ));
        }
    }
    changes
}

/// The part of an expression that `children` gives at `index`.
fn child(expr: &mut Expr, index: usize) -> &mut Expr {
    match &mut expr.kind {
        ExprKind::And(parts)
        | ExprKind::Or(parts)
        | ExprKind::Call {
            arguments: parts, ..
        } => &mut parts[index],
        ExprKind::Not(inner) | ExprKind::Exists(inner) => inner,
        ExprKind::Compare { left, right, .. } | ExprKind::Arithmetic { left, right, .. } => {
            if index == 0 { left } else { right }
        }
        ExprKind::In { value, .. }
        | ExprKind::InNetwork { value, .. }
        | ExprKind::Lookup { key: value, .. } => value,
        ExprKind::TextTest { value, needles, .. } => {
            if index == 0 {
                value
            } else {
                &mut std::sync::Arc::make_mut(needles)[index - 1]
            }
        }
        other => panic!("no parts are known of {other:?}"),
    }
}

/// What is always true, in place of a predicate: something exists or does not.
fn truth(like: &Expr) -> Expr {
    let exists = Expr {
        kind: ExprKind::Exists(Box::new(Expr {
            kind: ExprKind::Now,
            ..like.clone()
        })),
        ..like.clone()
    };
    Expr::any(vec![exists.clone(), exists.negate()]).unwrap()
}
