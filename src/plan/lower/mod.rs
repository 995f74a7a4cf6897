//! From the untyped tree to the typed plan: the last stage that can blame the author.
//!
//! In: a query, its hunt (parameters, lists, maps), the catalog (event classes, schemas), parameter values of the environment.
//! Out: a [`Plan`], or every error of the query in one go.
//! Guarantee: each mistake is reported once, at its place; whatever was made of a wrong part is taken as right. A plan that comes out follows the semantics of
//! [`crate::plan`] (asserted by `check` in tests).
//!
//! The work is in: `scope` (names), `step`, `group`, `expr`, `value` (literals, parameters, lists), `compare`, `text`, `call`.

use super::{Expr, Plan, Type};
use crate::diag::{Code, Diagnostic, suggest};
use crate::hunt::Hunt;
use crate::schema::{Class, Library, Schema};
use crate::source::{Files, Span, Spanned};
use crate::syntax::{ast, print};
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

mod call;
mod compare;
mod entities;
mod expr;
mod foreign;
mod group;
mod join;
mod literals;
mod member;
mod names;
mod scope;
mod series;
mod step;
mod text;
mod value;

use scope::Scope;

/// The event classes and platform schemas that a query is checked against.
#[derive(Clone, Debug, Default)]
pub struct Catalog<'a> {
    /// Event classes.
    pub classes: Vec<&'a Class>,
    /// Every class on every platform: native columns are names that a hunt may not take, code tables are maps.
    pub schemas: Vec<&'a Schema>,
}

impl<'a> Catalog<'a> {
    /// Everything of a library.
    #[must_use]
    pub fn library(library: &'a Library) -> Catalog<'a> {
        Catalog {
            classes: library.classes.values().collect(),
            schemas: library.schemas().collect(),
        }
    }
}

/// Checks a query and gives its plan. `overrides` are the environment's values for the hunt's parameters.
///
/// # Errors
/// Every mistake of the query and of the values it uses.
pub fn lower(
    query: &ast::Query,
    hunt: &Hunt,
    catalog: &Catalog<'_>,
    overrides: &BTreeMap<String, Spanned<Value>>,
) -> Result<Plan, Vec<Diagnostic>> {
    let mut lowering = Lowering::new(Some(hunt), catalog, None);
    lowering.check_overrides(hunt, overrides);
    let plan = lowering.query(query);
    if let Some(plan) = plan.as_ref().filter(|_| lowering.errors.is_empty())
        && let Some(class) = catalog
            .classes
            .iter()
            .find(|class| class.name == plan.class)
    {
        lowering.errors.extend(entities::unknown(plan, hunt, class));
    }
    if lowering.errors.is_empty() {
        plan.ok_or_else(Vec::new)
    } else {
        lowering
            .errors
            .sort_by_key(|error| error.primary.as_ref().map(|label| label.span));
        Err(lowering.errors)
    }
}

/// Checks one expression over the fields of a class, without parameters or lists: the derivations of a schema. `wanted` is the type it must have.
///
/// # Errors
/// Every mistake in it.
pub(crate) fn lower_expression(
    expr: &ast::Expr,
    class: &Class,
    wanted: Option<&Type>,
) -> Result<Expr, Vec<Diagnostic>> {
    let catalog = Catalog::default();
    let mut lowering = Lowering::new(None, &catalog, Some(class));
    let typed = if wanted == Some(&Type::Bool) {
        lowering.condition(expr)
    } else {
        lowering.expr(expr).and_then(|typed| match wanted {
            Some(ty) => lowering.coerce(typed, ty),
            None => Some(typed),
        })
    };
    if lowering.errors.is_empty() {
        typed.ok_or_else(Vec::new)
    } else {
        Err(lowering.errors)
    }
}

/// Findings of the parser, with its "not lower-case" made better where the word is a platform's column or table: then the field or the event class is
/// named instead. The parser cannot know schemas.
#[must_use]
pub fn name_platform_columns(
    found: Vec<Diagnostic>,
    files: &Files,
    catalog: &Catalog<'_>,
) -> Vec<Diagnostic> {
    let better = |finding: &Diagnostic| {
        let span = finding.primary.as_ref()?.span;
        if finding.code != Code::E0209 {
            return None;
        }
        let text = files.slice(span);
        let class = class_before(files, span, catalog);
        let mut lowering = Lowering::new(None, catalog, class);
        if lowering.table(text).is_some() {
            lowering.event_class(&ast::Name {
                text: text.to_owned(),
                span,
            });
            return lowering.errors.pop();
        }
        Some(lowering.unknown(text, span)).filter(|error| error.code == Code::E0303)
    };
    found
        .into_iter()
        .map(|finding| better(&finding).unwrap_or(finding))
        .collect()
}

/// The event class that a query that cannot be parsed names before a place.
fn class_before<'a>(files: &Files, span: Span, catalog: &Catalog<'a>) -> Option<&'a Class> {
    let text = files.text(span.file).get(..span.start as usize)?;
    let mut words = text.split_whitespace().rev();
    let named = words.find_map(|word| catalog.classes.iter().find(|class| class.name == word));
    named.copied()
}

/// The state of one run.
struct Lowering<'a> {
    hunt: Option<&'a Hunt>,
    catalog: &'a Catalog<'a>,
    class: Option<&'a Class>,
    scope: Scope,
    params: BTreeMap<String, Value>,
    errors: Vec<Diagnostic>,
    /// Names already told to be unknown.
    told: BTreeSet<String>,
    /// Columns that the group being read makes.
    pending: Vec<String>,
    /// The text of the query, for what the tree does not keep.
    source: ast::Source,
    /// What is to be said of calls of functions that other languages have, by the place of the name.
    foreign: BTreeMap<Span, Diagnostic>,
    /// Whether the step before is a `series`, right or wrong.
    after_series: bool,
}

impl<'a> Lowering<'a> {
    fn new(hunt: Option<&'a Hunt>, catalog: &'a Catalog<'a>, class: Option<&'a Class>) -> Self {
        let params = hunt
            .map(|hunt| {
                let default = |(name, param): (&String, &crate::hunt::Param)| {
                    (name.clone(), param.default.value.clone())
                };
                hunt.params.iter().map(default).collect()
            })
            .unwrap_or_default();
        Lowering {
            hunt,
            catalog,
            class,
            scope: Scope::events(),
            params,
            errors: Vec::new(),
            told: BTreeSet::new(),
            pending: Vec::new(),
            source: ast::Source::default(),
            foreign: BTreeMap::new(),
            after_series: false,
        }
    }

    /// Looks for the mistakes in parts whose whole is wrong already: one error does not hide another.
    fn examine<'e>(&mut self, parts: impl IntoIterator<Item = &'e ast::Expr>) {
        for part in parts {
            match &part.kind {
                // Right where they belong, and the whole is not.
                ast::ExprKind::List(items) => self.examine(items),
                ast::ExprKind::Regex { .. } | ast::ExprKind::Reference(_) => {}
                _ => {
                    self.operand(part);
                }
            }
        }
    }

    /// Reports an error; `None`, so that it can end an expression.
    fn fail<T>(&mut self, error: Diagnostic) -> Option<T> {
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
        None
    }

    /// Finds the class of `from`, then lowers step by step. Without a class no name can be judged: that error stands alone.
    fn query(&mut self, query: &ast::Query) -> Option<Plan> {
        self.source = query.source.clone();
        self.foreign = query.foreign.clone();
        let mut steps = Vec::new();
        let mut sorted: Option<Span> = None;
        for (at, step) in query.steps.iter().enumerate() {
            if let ast::StepKind::From { class, .. } = &step.kind {
                if at > 0 {
                    self.fail::<()>(
                        Diagnostic::at(Code::E0312, step.span, "`from` is only the first step")
                            .help("one hunt reads one event class"),
                    );
                    continue;
                }
                self.event_class(class)?;
            } else if at == 0 {
                return self.fail(
                    Diagnostic::at(Code::E0312, step.span, "a hunt begins with `from`")
                        .help("for example `from network_session within 24h`"),
                );
            }
            if let Some(sort) = sorted
                && !matches!(step.kind, ast::StepKind::Select { .. })
            {
                self.fail::<()>(
                    Diagnostic::at(Code::E0312, sort, "`sort` is the last step, but for `select`")
                        .label("what follows does not keep this order")
                        .also(step.span, "this step comes after it")
                        .help("move `sort` to the end; for the greatest or least rows use `top N by …` or `rare N by …`"),
                );
                sorted = None;
            }
            if matches!(step.kind, ast::StepKind::Sort { .. }) {
                sorted = Some(step.span);
            }
            if !matches!(step.kind, ast::StepKind::Anomaly { .. }) {
                self.scope.series = None;
            }
            if let Some(kind) = self.step(step) {
                steps.push(super::Step {
                    kind,
                    span: step.span,
                });
            }
            self.after_series = matches!(step.kind, ast::StepKind::Series { .. });
        }
        Some(Plan {
            class: self.class?.name.clone(),
            steps,
        })
    }

    /// The schema that a word names, itself or by a table of it, and the event classes that it or the table holds.
    fn table(&self, word: &str) -> Option<(String, BTreeSet<&str>)> {
        let held = self.catalog.schemas.iter().filter(|schema| {
            schema.name == word || schema.tables.values().any(|t| t.eq_ignore_ascii_case(word))
        });
        let mut schema = None;
        let mut classes = BTreeSet::new();
        for one in held {
            schema.get_or_insert_with(|| one.name.clone());
            classes.insert(one.class.as_str());
        }
        Some((schema?, classes))
    }

    fn event_class(&mut self, name: &ast::Name) -> Option<()> {
        if let Some(class) = self
            .catalog
            .classes
            .iter()
            .find(|class| class.name == name.text)
        {
            self.class = Some(class);
            return Some(());
        }
        let names: Vec<&str> = self
            .catalog
            .classes
            .iter()
            .map(|class| class.name.as_str())
            .collect();
        let mut error = Diagnostic::at(
            Code::E0301,
            name.span,
            format!("no event class `{}`", name.text),
        )
        .label("not an event class");
        if let Some((schema, classes)) = self.table(&name.text) {
            error = error.help(format!(
                "`{}` is of schema `{schema}`; a hunt names the event class, and the target names the table",
                name.text
            ));
            let held: Vec<&str> = classes.into_iter().collect();
            error = match held.as_slice() {
                [class] => error.fix(name.span, *class, "the event class of its rows"),
                several => error.help(format!("it holds {}", quoted(several))),
            };
        } else if let Some(near) = suggest::nearest(&name.text, names.iter().copied()) {
            error = error.fix(name.span, near, "an event class with a similar name exists");
        }
        self.fail(error.help(format!("event classes: {}", quoted(&names))))
    }
}

/// Names in backquotes, at most a dozen.
fn quoted<S: AsRef<str>>(names: &[S]) -> String {
    let mut list: Vec<String> = names
        .iter()
        .take(12)
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    if names.len() > 12 {
        list.push(format!("and {} more", names.len() - 12));
    }
    list.join(", ")
}

/// A type with its article: `an int`, `a string`.
fn a(ty: &Type) -> String {
    match ty {
        Type::Int | Type::Ip => format!("an {ty}"),
        Type::Enum(field) => format!("a word of `{field}`"),
        _ => format!("a {ty}"),
    }
}

/// Text as a literal of the language.
fn literal(text: &str) -> String {
    let mut literal = String::new();
    print::string(&mut literal, text);
    literal
}

/// Milliseconds as a literal of the language.
pub(super) fn duration(ms: i64) -> String {
    crate::value::duration(ms)
}

#[cfg(test)]
mod tests;
