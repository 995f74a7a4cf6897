//! A neutral plan fitted to what a schema has.
//!
//! In: a plan, a schema, the look-ups that the target's backend knows. Out: the plan without the optional parts that the schema lacks, and a note on
//! each. Guarantee: it is still a neutral plan, so that the evaluator runs just what the target is asked for; what is lacking and not optional is an
//! error that names the field, the schema and the near fields that exist.

use super::remarks::{Lack, LeftOut, Narrowed, Remarks};
use crate::diag::{Code, Diagnostic};
use crate::plan::walk::{Part, Role};
use crate::plan::{Column, Expr, ExprKind, JoinTest, Plan, Step, StepKind, Watchlist};
use crate::schema::Schema;
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

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
        let mut step = step.clone();
        if let StepKind::Join { table, tests, .. } = &mut step.kind {
            for test in tests {
                *test = self.test(test, table);
            }
            return Some(step);
        }
        step.retain(&mut |part| self.keeps(part)).then_some(step)
    }

    /// Whether the schema and the target have what a part of a step needs.
    fn keeps(&mut self, part: &Part<'_>) -> bool {
        let what = match part.role {
            Role::LookUp(function) if !self.lookups.contains(&function) => {
                self.leave_out_lookup(function, part);
                return false;
            }
            Role::Tie => return part.reads.iter().all(|read| self.lacking(read).is_none()),
            Role::Condition => "this condition",
            Role::SortKey => "this sort key",
            Role::Ranking => "this ranking",
            Role::JoinTest => "this test",
            Role::Column | Role::Measure | Role::LookUp(_) => part.makes.unwrap_or("this column"),
        };
        // A series without what it measures is none.
        let optional = part.optional && part.role != Role::Measure;
        self.keep(what, optional, part.span, &part.reads, part.makes)
    }

    fn leave_out_lookup(&mut self, function: &str, part: &Part<'_>) {
        let name = part.makes.unwrap_or_default().to_owned();
        let title = format!("`{name}` is left out: this target has no look-up `{function}`");
        self.gone
            .insert(name.clone(), format!("the look-up `{function}`"));
        if part.optional {
            self.notes
                .push(Diagnostic::at(Code::N0503, part.span, title));
            self.remarks.left_out.push(LeftOut {
                column: Some(name),
                lack: Lack::Lookup(function.to_owned()),
            });
        } else {
            self.errors.push(
                Diagnostic::at(Code::E0504, part.span, format!("this target has no look-up `{function}`"))
                    .help("mark the column as `optional` to leave it out on platforms that lack the look-up"),
            );
        }
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
                    lack: parse_lack(&lack),
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
                lack: parse_lack(&lack),
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
fn parse_lack(lack: &str) -> Lack {
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
