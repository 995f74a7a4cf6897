//! Advice: a hunt that compiles, and probably does not do what its author means.
//!
//! In: a hunt, its tree and its plan. Out: findings of code L01xx, without those that the hunt allows. Guarantee: one lint, one file, one page; a lint
//! speaks only of what it can show in the text, and an `allow` that allows nothing is itself a finding.

mod attack;
mod case;
mod cells;
mod constants;
mod contradiction;
mod duplicates;
mod exclusion;
mod fallback;
mod hash;
mod identifier;
mod longer;
mod path;
mod place;
mod port;
mod repeated;
mod service;
mod services;
mod subject;
mod tautology;
mod unused;
mod wildcard;

#[cfg(test)]
mod tests;

use crate::diag::{Code, Diagnostic, suggest};
use crate::hunt::Hunt;
use crate::plan::Plan;
use crate::schema::Class;
use crate::syntax::ast;
use std::collections::HashSet;
use subject::Subject;

/// What lints look at.
#[derive(Clone, Copy, Debug)]
pub struct LintInput<'a> {
    /// The hunt.
    pub hunt: &'a Hunt,
    /// Its query as written.
    pub query: &'a ast::Query,
    /// Its query as meant.
    pub plan: &'a Plan,
    /// Its event class.
    pub class: &'a Class,
}

type Lint = fn(&Subject<'_>, &mut Vec<Diagnostic>);

/// Every lint, in the order of its code.
const LINTS: &[Lint] = &[
    repeated::check,
    exclusion::check,
    fallback::case,
    fallback::names,
    case::check,
    attack::check,
    service::check,
    contradiction::check,
    tautology::check,
    duplicates::check,
    unused::check,
    wildcard::check,
    cells::check,
    port::check,
    hash::check,
    path::check,
    longer::check,
    identifier::check,
];

/// The findings that the hunt does not allow, by place; and the `allow`s that allow nothing.
#[must_use]
pub fn check(input: &LintInput<'_>) -> Vec<Diagnostic> {
    let subject = Subject::new(input);
    let mut found = Vec::new();
    for lint in LINTS {
        lint(&subject, &mut found);
    }
    let codes: HashSet<Code> = found.iter().map(|finding| finding.code).collect();
    let mut allowed: HashSet<Code> = HashSet::new();
    let mut kept: Vec<Diagnostic> = Vec::new();
    for allow in &input.hunt.allow {
        match codes.iter().find(|code| is(&allow.lint.value, **code)) {
            Some(code) => {
                allowed.insert(*code);
            }
            None => kept.push(idle(allow)),
        }
    }
    kept.extend(
        found
            .into_iter()
            .filter(|finding| !allowed.contains(&finding.code)),
    );
    kept.sort_by_key(|finding| {
        (
            finding.primary.as_ref().map(|label| label.span),
            finding.code,
        )
    });
    kept.dedup();
    kept
}

fn is(written: &str, code: Code) -> bool {
    code.as_str().eq_ignore_ascii_case(written)
}

/// An `allow` without a finding.
fn idle(allow: &crate::hunt::Allow) -> Diagnostic {
    let codes: Vec<&str> = Code::ALL
        .iter()
        .map(|code| code.as_str())
        .filter(|code| code.starts_with("L01"))
        .collect();
    let written = &allow.lint.value;
    if codes.iter().any(|code| code.eq_ignore_ascii_case(written)) {
        return Diagnostic::at(
            Code::L0113,
            allow.lint.span,
            format!("nothing in this hunt is found by {written}"),
        )
        .label("allows nothing")
        .help("take it out, so that the next finding is seen");
    }
    let finding = Diagnostic::at(
        Code::L0113,
        allow.lint.span,
        format!("there is no lint `{written}`"),
    )
    .label("allows nothing");
    match suggest::nearest(written, codes.iter().copied()) {
        Some(near) => finding.help(format!("a lint with a similar code exists: {near}")),
        None => finding.help("a lint is named by its code, such as L0105"),
    }
}
