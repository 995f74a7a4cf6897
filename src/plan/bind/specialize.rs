//! A neutral plan fitted to what a schema has.
//!
//! In: a plan, a schema, the look-ups that the target's backend knows. Out: the plan without the optional parts that the schema lacks, and a note on
//! each. Promise: it is still a neutral plan, so that the evaluator runs just what the target is asked for; what is lacking and not optional is an
//! error that names the field, the schema and the near fields that exist.

use super::remarks::{Lack, LeftOut, Narrowed, Remarks};
use crate::diag::{Code, Diagnostic};
use crate::plan::{
    Aggregate, Column, Expr, ExprKind, JoinTest, Output, Plan, SortKey, Step, StepKind, Watchlist,
};
use crate::schema::Schema;
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A plan that a schema can hold.
#[derive(Clone, Debug)]
pub struct Specialized {
    /// The plan without what was dropped.
    pub plan: Plan,
    /// What was dropped, and why.
    pub notes: Vec<Diagnostic>,
    /// The same for the header of a text.
    pub remarks: Remarks,
}

/// Fits a plan to a schema. `lookups` names the platform look-ups (`geo_country`) that the target has.
///
/// # Errors
/// Fields that the schema lacks in parts that are not optional, and look-ups that the target lacks and that are not optional.
pub fn specialize(
    plan: &Plan,
    schema: &Schema,
    lookups: &[&str],
) -> Result<Specialized, Vec<Diagnostic>> {
    let mut fit = Fit {
        plan,
        schema,
        lookups,
        gone: BTreeMap::new(),
        notes: Vec::new(),
        remarks: Remarks::default(),
        errors: Vec::new(),
        blamed: BTreeSet::new(),
    };
    let steps = plan
        .steps
        .iter()
        .filter_map(|step| fit.step(step))
        .collect();
    if fit.errors.is_empty() {
        Ok(Specialized {
            plan: Plan {
                class: plan.class.clone(),
                steps,
            },
            notes: fit.notes,
            remarks: fit.remarks,
        })
    } else {
        Err(fit.errors)
    }
}

struct Fit<'a> {
    plan: &'a Plan,
    schema: &'a Schema,
    lookups: &'a [&'a str],
    /// Columns that were dropped, with what they lack.
    gone: BTreeMap<String, String>,
    notes: Vec<Diagnostic>,
    remarks: Remarks,
    errors: Vec<Diagnostic>,
    blamed: BTreeSet<String>,
}

impl Fit<'_> {
    fn step(&mut self, step: &Step) -> Option<Step> {
        let kind = match &step.kind {
            StepKind::From { .. } => step.kind.clone(),
            StepKind::Where {
                predicate,
                optional,
            } => self
                .keep("this condition", *optional, step.span, &[predicate], None)
                .then(|| step.kind.clone())?,
            StepKind::Derive { columns } => {
                let kept: Vec<_> = columns
                    .iter()
                    .filter(|(name, value)| {
                        self.keep(name, false, value.span, &[value], Some(name))
                    })
                    .cloned()
                    .collect();
                StepKind::Derive { columns: kept }
            }
            StepKind::Select { columns } => StepKind::Select {
                columns: self.outputs(columns),
            },
            StepKind::Group { keys, aggregates } => {
                let bound: Vec<Aggregate> = aggregates
                    .iter()
                    .filter(|a| {
                        let parts: Vec<&Expr> = a.argument.iter().chain(&a.filter).collect();
                        self.keep(&a.name, a.optional, a.span, &parts, Some(&a.name))
                    })
                    .cloned()
                    .collect();
                StepKind::Group {
                    keys: self.outputs(keys),
                    aggregates: bound,
                }
            }
            StepKind::Series {
                measure,
                every,
                over,
                keys,
            } => {
                let parts: Vec<&Expr> = measure.argument.iter().chain(&measure.filter).collect();
                self.keep(
                    &measure.name,
                    false,
                    measure.span,
                    &parts,
                    Some(&measure.name),
                );
                StepKind::Series {
                    measure: measure.clone(),
                    every: *every,
                    over: *over,
                    keys: self.outputs(keys),
                }
            }
            StepKind::Anomaly { .. } | StepKind::Repeat { .. } => step.kind.clone(),
            StepKind::Join {
                table,
                alias,
                tests,
                filter,
            } => StepKind::Join {
                table: Arc::clone(table),
                alias: alias.clone(),
                tests: tests.iter().map(|test| self.test(test, table)).collect(),
                filter: filter.clone(),
            },
            StepKind::Sort { keys } => {
                let kept: Vec<SortKey> = keys
                    .iter()
                    .filter(|key| {
                        self.keep("this sort key", false, key.value.span, &[&key.value], None)
                    })
                    .cloned()
                    .collect();
                StepKind::Sort { keys: kept }
            }
            StepKind::Top {
                count,
                rare,
                by,
                ties,
                loose,
            } => {
                self.keep("this ranking", false, by.span, &[by], None);
                let ties = ties
                    .iter()
                    .filter(|tie| self.lacking(tie).is_none())
                    .cloned()
                    .collect();
                StepKind::Top {
                    count: *count,
                    rare: *rare,
                    by: by.clone(),
                    ties,
                    loose: loose.clone(),
                }
            }
            StepKind::Enrich {
                name,
                function,
                argument,
                optional,
            } => {
                if !self.lookups.contains(&function.as_str()) {
                    self.gone
                        .insert(name.clone(), format!("the look-up `{function}`"));
                    let title =
                        format!("`{name}` is left out: this target has no look-up `{function}`");
                    if *optional {
                        self.notes
                            .push(Diagnostic::at(Code::N0503, step.span, title));
                        self.remarks.left_out.push(LeftOut {
                            column: Some(name.clone()),
                            lack: Lack::Lookup(function.clone()),
                        });
                    } else {
                        self.errors.push(
                            Diagnostic::at(Code::E0504, step.span, format!("this target has no look-up `{function}`"))
                                .help("mark the column as `optional` to leave it out on platforms that lack the look-up"),
                        );
                    }
                    return None;
                }
                self.keep(name, *optional, step.span, &[argument], Some(name))
                    .then(|| step.kind.clone())?
            }
        };
        Some(Step {
            kind,
            span: step.span,
        })
    }

    /// A field that the schema lacks is missing in every event, so that of a column with wildcards only `*` is met.
    fn test(&mut self, test: &JoinTest, table: &Watchlist) -> JoinTest {
        let column = table.columns.get(test.column);
        let lack = test.value.as_ref().and_then(|value| self.lacking(value));
        match (lack, column) {
            (Some((lack, place)), Some(column)) if column.wildcard => {
                let title = format!(
                    "of `${}.{}` only `*` is met: {}",
                    table.name,
                    column.name,
                    self.lacks(&lack)
                );
                self.notes.push(Diagnostic::at(Code::N0503, place, title));
                self.remarks.narrowed.push(Narrowed {
                    table: table.name.clone(),
                    column: column.name.clone(),
                    lack: read(&lack),
                });
                JoinTest {
                    value: None,
                    ..test.clone()
                }
            }
            (Some((lack, place)), _) => {
                if self.blamed.insert(lack.clone()) {
                    self.errors.push(self.lack_error(&lack, place));
                }
                test.clone()
            }
            (None, _) => test.clone(),
        }
    }

    fn outputs(&mut self, columns: &[Output]) -> Vec<Output> {
        let kept = columns
            .iter()
            .filter(|c| {
                self.keep(
                    &c.name,
                    c.optional,
                    c.value.span,
                    &[&c.value],
                    Some(&c.name),
                )
            })
            .cloned();
        kept.collect()
    }

    /// Whether a part stays. What goes is noted when optional, an error when not.
    fn keep(
        &mut self,
        what: &str,
        optional: bool,
        span: Span,
        parts: &[&Expr],
        makes: Option<&str>,
    ) -> bool {
        let Some((lack, place)) = parts.iter().find_map(|part| self.lacking(part)) else {
            return true;
        };
        if let Some(name) = makes {
            self.gone.insert(name.to_owned(), lack.clone());
        }
        if optional {
            let what = if makes.is_some() {
                format!("`{what}`")
            } else {
                what.to_owned()
            };
            let title = format!("{what} is left out: {}", self.lacks(&lack));
            self.notes.push(Diagnostic::at(Code::N0503, span, title));
            self.remarks.left_out.push(LeftOut {
                column: makes.map(str::to_owned),
                lack: read(&lack),
            });
        } else if self.blamed.insert(lack.clone()) {
            self.errors.push(self.lack_error(&lack, place));
        }
        false
    }

    /// What is lacking, as a clause.
    fn lacks(&self, lack: &str) -> String {
        match self.is_unmapped(lack) {
            true => format!("no index of the target maps {lack}"),
            false => format!("schema `{}` lacks {lack}", self.schema.name),
        }
    }

    /// Whether the schema has what is lacking, and only the target's indices have it not.
    fn is_unmapped(&self, lack: &str) -> bool {
        let class = self.schema.of_class(&self.plan.class);
        class
            .and_then(|class| class.absent.get(field_of(lack)))
            .is_some_and(|absent| absent.unmapped)
    }

    fn lack_error(&self, lack: &str, place: Span) -> Diagnostic {
        let schema = &self.schema.name;
        let field = field_of(lack);
        let (code, label) = match self.is_unmapped(lack) {
            true => (Code::E0506, "not mapped".to_owned()),
            false => (Code::E0501, format!("not in schema `{schema}`")),
        };
        let mut error = Diagnostic::at(code, place, self.lacks(lack)).label(label);
        if let Some(class) = self.schema.of_class(&self.plan.class) {
            if let Some(absent) = class.absent.get(field) {
                error = error.help(absent.why.clone());
            }
            let near: Vec<String> = class
                .near(field)
                .iter()
                .map(|name| format!("`{name}`"))
                .collect();
            if !near.is_empty() {
                error = error.help(format!(
                    "near fields that `{schema}` has: {}",
                    near.join(", ")
                ));
            }
        }
        error.help("a part that a schema may lack can be marked `optional`; it is then left out there, with a note")
    }

    /// What an expression needs and the schema lacks: words for it, and where.
    fn lacking(&self, expr: &Expr) -> Option<(String, Span)> {
        let fields = self
            .schema
            .of_class(&self.plan.class)
            .map(|class| &class.fields);
        let mut lack = None;
        expr.visit(&mut |part| {
            if lack.is_some() {
                return;
            }
            if let ExprKind::Column(column) = &part.kind {
                if let Some(why) = self.gone.get(column.name()) {
                    lack = Some((why.clone(), part.span));
                } else if let Column::Field(name) = column
                    && !fields.is_some_and(|fields| fields.contains_key(name))
                {
                    lack = Some((format!("the field `{name}`"), part.span));
                }
            }
        });
        lack
    }
}

/// What the words of `lacking` name.
fn read(lack: &str) -> Lack {
    let name = |text: &str| text.trim_matches('`').to_owned();
    match lack.strip_prefix("the look-up ") {
        Some(lookup) => Lack::Lookup(name(lookup)),
        None => Lack::Field(name(lack.trim_start_matches("the field "))),
    }
}

/// The name in the words for a field that is lacking.
fn field_of(lack: &str) -> &str {
    lack.trim_start_matches("the field `").trim_end_matches('`')
}
