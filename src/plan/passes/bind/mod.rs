//! From the neutral plan to the columns of one schema.
//!
//! In: a plan that `specialize` fitted to the schema, the schema, a product form. Out: [`Bound`]: the same steps over native columns, the names and
//! meanings of the result columns, and notes on what the schema cannot say exactly. Guarantee: over rows of the schema the bound plan gives what the
//! neutral plan gives over the same rows read as neutral events; a condition that the schema can never meet is an error, never an empty result.
//!
//! What happens here: value maps become tests on native words, several of them on one column are intersected (`outcome`, `direction` and `activity`
//! on `ActionType`), columns that swap with the direction are chosen by a conjunct that pins it or by a `case`, derived fields are written out, and
//! the condition that selects the class's rows is put first.

mod binder;
mod dead_branches;
pub(crate) mod expression;
mod output;
mod repeated;
pub(crate) mod simplify;
mod visible;
mod words;

pub use visible::{BoundOutput, ReadBack};

pub(crate) use crate::schema::Unmapped;

use super::remarks::Remarks;
use crate::diag::{Code, Diagnostic};
use crate::plan::walk::Role;
use crate::plan::{Expr, ExprKind, NativeColumn, Plan, Step, StepKind};
use crate::schema::{Class, Schema};
use crate::source::Span;
use binder::Binder;
use std::sync::Arc;

/// What a target can do at run time.
#[derive(Clone, Debug, Default)]
pub struct Abilities<'a> {
    /// What it can look up: `geo_country`.
    pub lookups: Vec<&'a str>,
    /// Which of a table's platform objects it reads: `kql`, `esql`, `sql`; empty for none.
    pub watchlists: &'a str,
    /// Which of them are its platform's.
    pub platform: &'a str,
    /// Columns that it cannot name, because no index that it reads maps them.
    pub unmapped: Option<&'a Unmapped>,
}

/// A plan over native columns.
#[derive(Clone, Debug)]
pub struct Bound {
    /// The steps; every [`Column`](crate::plan::Column) is native or computed. Native conditions of the class stand in the first `where`. `where` steps that follow each
    /// other are one.
    pub plan: Plan,
    /// The column of the event's time.
    pub time: Arc<NativeColumn>,
    /// The result columns in order; empty when the hunt neither selects nor groups, so that every column of the table is given.
    pub outputs: Vec<BoundOutput>,
    /// What the schema cannot say exactly.
    pub notes: Vec<Diagnostic>,
    /// What the header of the text says of the schema.
    pub remarks: Remarks,
}

/// Binds a plan to a schema.
///
/// # Errors
/// Conditions that no row of the schema can meet.
pub fn bind(
    plan: &Plan,
    class: &Class,
    schema: &Schema,
    product: &str,
) -> Result<Bound, Vec<Diagnostic>> {
    let Some(mapping) = schema.of_class(&plan.class) else {
        let span = plan
            .steps
            .first()
            .map_or_else(Span::default, |step| step.span);
        return Err(vec![Diagnostic::at(
            Code::E0502,
            span,
            format!(
                "schema `{}` holds no events of class `{}`",
                schema.name, plan.class
            ),
        )]);
    };
    let mut binder = Binder::new(class, schema, mapping, product);
    let mut steps = binder.steps(plan);
    if !binder.errors.is_empty() {
        return Err(binder.errors);
    }
    let Some(time) = binder.time_column() else {
        let span = plan
            .steps
            .first()
            .map_or_else(Span::default, |step| step.span);
        return Err(vec![Diagnostic::at(
            Code::E0502,
            span,
            format!(
                "schema `{}` has no column for the time of an event",
                schema.name
            ),
        )]);
    };
    dead_branches::drop_dead_branches(&mut steps);
    let outputs = binder.visible.outputs();
    let mut remarks = Remarks::default();
    remarks.add_effects(plan, mapping);
    Ok(Bound {
        plan: repeated::name_repeated(&Plan {
            class: plan.class.clone(),
            steps,
        }),
        time,
        outputs,
        notes: binder.notes,
        remarks,
    })
}

impl Binder<'_> {
    fn steps(&mut self, plan: &Plan) -> Vec<Step> {
        let mut bound: Vec<Step> = Vec::new();
        for (at, step) in plan.steps.iter().enumerate() {
            let later = plan.steps.get(at + 1..).unwrap_or_default();
            let Some(kind) = self.step(&step.kind, step.span, later) else {
                continue;
            };
            let class_condition = matches!(kind, StepKind::From { .. })
                .then(|| self.class_condition(step.span))
                .flatten();
            bound.push(Step {
                kind,
                span: step.span,
            });
            bound.extend(class_condition.map(|predicate| Step {
                kind: StepKind::Where {
                    predicate,
                    optional: false,
                },
                span: step.span,
            }));
        }
        merge_filters(bound)
    }

    /// `None` for a step that has become needless.
    fn step(&mut self, kind: &StepKind, span: Span, later: &[Step]) -> Option<StepKind> {
        Some(match kind {
            StepKind::Where { predicate, .. } => {
                // What this filter pins holds within it (elsewhere the row is dropped anyway) and after it.
                for (field, allowed) in self.facts_of(predicate) {
                    let known = self.facts.entry(field).or_insert_with(|| allowed.clone());
                    known.retain(|word| allowed.contains(word));
                }
                let predicate = self.predicate(predicate);
                match simplify::truth(&predicate) {
                    Some(true) => return None,
                    Some(false) => {
                        self.errors.push(
                            Diagnostic::at(Code::E0503, span, format!("this condition can never be true in schema `{}`", self.schema.name))
                                .label("no row meets it")
                                .help("a hunt that can return nothing is refused; leave the condition out for this schema with `where optional`, or test another word"),
                        );
                        return None;
                    }
                    None => {}
                }
                StepKind::Where {
                    predicate,
                    optional: false,
                }
            }
            StepKind::Derive { columns } => {
                let mut bound = Vec::new();
                for (name, value) in columns {
                    let value = self.value(value);
                    self.visible.computed(name, &value);
                    bound.push((name.clone(), value));
                }
                StepKind::Derive { columns: bound }
            }
            StepKind::Select { columns } => StepKind::Select {
                columns: self.select(columns, later),
            },
            StepKind::Group { keys, aggregates } => {
                let (keys, aggregates) = self.group(keys, aggregates);
                StepKind::Group { keys, aggregates }
            }
            StepKind::Series {
                measure,
                every,
                over,
                keys,
            } => {
                let (keys, measure) = self.series(keys, measure);
                StepKind::Series {
                    measure,
                    every: *every,
                    over: *over,
                    keys,
                }
            }
            StepKind::Join {
                table,
                alias,
                tests,
                filter,
            } => {
                let tests = tests
                    .iter()
                    .map(|test| crate::plan::JoinTest {
                        value: test.value.as_ref().map(|value| self.value(value)),
                        ..test.clone()
                    })
                    .collect();
                for made in kind.made() {
                    self.visible.added(&made, span);
                }
                StepKind::Join {
                    table: Arc::clone(table),
                    alias: alias.clone(),
                    tests,
                    // It reads the table's own columns only.
                    filter: filter.clone(),
                }
            }
            // These read values, and add columns to each row if they make any.
            StepKind::From { .. }
            | StepKind::Anomaly { .. }
            | StepKind::Repeat { .. }
            | StepKind::Sort { .. }
            | StepKind::Top { .. }
            | StepKind::Enrich { .. } => {
                let mut bound = Step {
                    kind: kind.clone(),
                    span,
                };
                for expr in bound.kind.expressions_mut() {
                    *expr = self.value(expr);
                }
                for made in kind.made() {
                    self.visible.added(&made, span);
                }
                // What a schema makes a constant orders nothing, and a platform may take its number for the place of a column.
                let stays = bound.retain(&mut |part| {
                    let orders = matches!(part.role, Role::SortKey | Role::Tie);
                    !(orders && part.reads.iter().all(|value| is_literal(value)))
                });
                if !stays {
                    return None;
                }
                bound.kind
            }
        })
    }

    fn class_condition(&self, span: Span) -> Option<Expr> {
        let conditions = self.mapping.rows.iter().filter_map(|condition| {
            let column = self.native(&condition.column, span)?;
            let value = |text: &String| words::native_value(text, &column.ty);
            let values = condition.values.iter().map(value).collect();
            Some(simplify::one_of(column, values, false, span))
        });
        Expr::all(conditions.collect())
    }
}

/// Makes each run of `where` steps one, in one pass: a hunt of many short conditions is as quick as one long one.
fn merge_filters(steps: Vec<Step>) -> Vec<Step> {
    let mut merged: Vec<Step> = Vec::new();
    let mut steps = steps.into_iter().peekable();
    while let Some(step) = steps.next() {
        let StepKind::Where {
            predicate: first,
            optional,
        } = step.kind
        else {
            merged.push(step);
            continue;
        };
        let mut run = vec![first];
        while let Some(next) = steps.next_if(|next| matches!(next.kind, StepKind::Where { .. })) {
            if let StepKind::Where { predicate, .. } = next.kind {
                run.push(predicate);
            }
        }
        let alone = run.len() == 1;
        let Some(whole) = Expr::all(run) else {
            continue;
        };
        merged.push(Step {
            kind: StepKind::Where {
                predicate: if alone {
                    whole
                } else {
                    simplify::intersect(whole)
                },
                optional,
            },
            span: step.span,
        });
    }
    merged
}

/// Whether the value is the same in every row.
fn is_literal(value: &Expr) -> bool {
    matches!(value.kind, ExprKind::Literal { .. })
}
