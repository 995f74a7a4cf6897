//! L0102: entries of a list that an earlier exclusion makes unreachable, and exclusions of what a later condition never keeps.

use super::place::folded;
use super::subject::Subject;
use crate::diag::{Code, Diagnostic};
use crate::plan::walk::MadeFrom;
use crate::plan::{Comparison, Expr, ExprKind, StepKind, show};
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// `x not in [..]` or `x != a`, as a conjunct of a `where`.
struct Exclusion<'a> {
    /// The text of what is tested.
    tested: String,
    test: &'a Expr,
    values: Vec<Value>,
    fold: bool,
}

/// All exclusions so far, and which of them is the first that removes a value.
#[derive(Default)]
struct Exclusions<'a> {
    all: Vec<Exclusion<'a>>,
    /// What is tested, and the values of exact exclusions of it.
    exact: HashMap<String, HashMap<String, usize>>,
    /// The same for exclusions that ignore case, in lower case.
    folded: HashMap<String, HashMap<String, usize>>,
}

impl<'a> Exclusions<'a> {
    fn push(&mut self, new: Exclusion<'a>) {
        let at = self.all.len();
        let (index, key): (_, fn(&Value) -> String) = if new.fold {
            (&mut self.folded, folded)
        } else {
            (&mut self.exact, show::value)
        };
        let values = index.entry(new.tested.clone()).or_default();
        for value in &new.values {
            values.entry(key(value)).or_insert(at);
        }
        self.all.push(new);
    }

    /// The first exclusion that removes this value before a test asks for it.
    fn removing(&self, tested: &str, value: &Value, fold: bool) -> Option<&Exclusion<'a>> {
        let folding = self
            .folded
            .get(tested)
            .and_then(|of| of.get(&folded(value)));
        let exact = (self.exact.get(tested))
            .filter(|_| !fold)
            .and_then(|of| of.get(&show::value(value)));
        let first = folding.into_iter().chain(exact).min()?;
        self.all.get(*first)
    }
}

pub(super) fn check(input: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let mut derived: BTreeMap<String, &Expr> = BTreeMap::new();
    let mut exclusions = Exclusions::default();
    // Exclusions before the `where` at hand, with the values that it and later ones keep.
    for step in &input.plan.steps {
        if let StepKind::Where {
            predicate,
            optional: false,
        } = &step.kind
        {
            let parts: Vec<&Expr> = match &predicate.kind {
                ExprKind::And(parts) => parts.iter().collect(),
                _ => vec![predicate],
            };
            let new: Vec<Exclusion<'_>> = parts.iter().filter_map(|part| exclusion(part)).collect();
            new.into_iter().for_each(|new| exclusions.push(new));
            for part in parts.into_iter().filter(|part| exclusion(part).is_none()) {
                unreachable(input, part, &exclusions, found);
                idle(&kept(part, &derived), &exclusions.all, found);
            }
        }
        if step.kind.chooses() {
            derived.clear();
            continue;
        }
        for made in step.kind.made() {
            if let MadeFrom::Row(value) = made.from {
                unreachable(input, value, &exclusions, found);
                derived.insert(made.name.into_owned(), value);
            }
        }
    }
}

fn exclusion(part: &Expr) -> Option<Exclusion<'_>> {
    let ExprKind::Not(inner) = &part.kind else {
        return None;
    };
    let (tested, values, fold) = member(inner)?;
    Some(Exclusion {
        tested,
        test: inner,
        values,
        fold,
    })
}

/// What is tested, against which values, and whether case is ignored: `in`, and `==` with a literal.
fn member(test: &Expr) -> Option<(String, Vec<Value>, bool)> {
    match &test.kind {
        ExprKind::In {
            value, items, fold, ..
        } => Some((show::expr(value), items.clone(), *fold)),
        ExprKind::Compare {
            op: Comparison::Equal,
            fold,
            left,
            right,
        } => match &right.kind {
            ExprKind::Literal { value, .. } => Some((show::expr(left), vec![value.clone()], *fold)),
            _ => None,
        },
        _ => None,
    }
}

/// Reports entries of positive tests in `expr` that an exclusion has already removed.
fn unreachable(
    input: &Subject<'_>,
    expr: &Expr,
    exclusions: &Exclusions<'_>,
    found: &mut Vec<Diagnostic>,
) {
    if let ExprKind::Not(_) = expr.kind {
        return;
    }
    if let Some((tested, values, fold)) = member(expr) {
        for value in &values {
            let by = exclusions.removing(&tested, value, fold);
            if let Some(by) = by {
                let place = input.entry(expr, value);
                let mut finding = Diagnostic::at(
                    Code::L0102,
                    place,
                    format!(
                        "{} can never match here: an earlier condition removes it",
                        show::value(value)
                    ),
                )
                .label("never reached")
                .also(input.entry(by.test, value), "excluded here");
                if expr.span != place {
                    finding = finding.also(expr.span, "this test can then not be met by it");
                }
                found.push(finding.help("take it out of the exclusion if it should be found, or out of this list if it should not"));
            }
        }
        return;
    }
    for child in expr.children() {
        unreachable(input, child, exclusions, found);
    }
}

/// For columns that a condition limits to certain values: those values, in lower case.
fn kept(expr: &Expr, derived: &BTreeMap<String, &Expr>) -> BTreeMap<String, BTreeSet<String>> {
    if let Some((tested, values, _)) = member(expr) {
        return BTreeMap::from([(tested, values.iter().map(folded).collect())]);
    }
    match &expr.kind {
        ExprKind::Column(column) => derived
            .get(column.name())
            .map(|value| kept(value, derived))
            .unwrap_or_default(),
        ExprKind::And(parts) => {
            let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for (tested, values) in parts.iter().flat_map(|part| kept(part, derived)) {
                let both = match all.get(&tested) {
                    Some(before) => before.intersection(&values).cloned().collect(),
                    None => values,
                };
                all.insert(tested, both);
            }
            all
        }
        ExprKind::Or(parts) => {
            let mut arms = parts.iter().map(|part| kept(part, derived));
            let first = arms.next().unwrap_or_default();
            arms.fold(first, |all, arm| {
                all.into_iter()
                    .filter_map(|(tested, mut values)| {
                        values.extend(arm.get(&tested)?.iter().cloned());
                        Some((tested, values))
                    })
                    .collect()
            })
        }
        _ => BTreeMap::new(),
    }
}

/// Reports exclusions, all or some of whose entries a condition keeps in no case.
fn idle(
    kept: &BTreeMap<String, BTreeSet<String>>,
    exclusions: &[Exclusion<'_>],
    found: &mut Vec<Diagnostic>,
) {
    for exclusion in exclusions {
        let Some(values) = kept.get(&exclusion.tested) else {
            continue;
        };
        let dead: Vec<String> = exclusion
            .values
            .iter()
            .filter(|value| !values.contains(&folded(value)))
            .map(show::value)
            .collect();
        if dead.is_empty() {
            continue;
        }
        let all = exclusion.values.len();
        let title = if dead.len() == all {
            "this exclusion removes nothing: another condition keeps none of its entries anyway"
                .to_owned()
        } else {
            format!(
                "{} of the {all} entries of this exclusion remove nothing: another condition keeps none of them anyway",
                dead.len()
            )
        };
        let shown: Vec<&str> = dead.iter().take(6).map(String::as_str).collect();
        let more = if dead.len() > 6 {
            format!(" and {} more", dead.len() - 6)
        } else {
            String::new()
        };
        found.push(
            Diagnostic::at(Code::L0102, exclusion.test.span, title)
                .label("has no effect")
                .help(format!("without effect: {}{more}", shown.join(", "))),
        );
    }
}
