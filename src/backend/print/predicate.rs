//! Predicates as text.
//!
//! In: a predicate. Out: [`Printer::truth`], which is true exactly where the predicate is (for filters and conditions), and [`Printer::exact`], which
//! is never null besides (for columns). Guarantee: those of [`super::logic`], which decides where null is closed; here atoms get their words.

use super::bindings::{named_after, networks_of};
use super::fold;
use super::logic::{self, Atoms, Formula, When};
use super::printer::{Printer, Refusal};
use super::scope::Facts;
use super::values::{is_multi, root};
use crate::backend::dialect::fragment::Fragment;
use crate::backend::dialect::loaded::{Kind, NullBehavior, variants_of};
use crate::backend::dialect::quote;
use crate::backend::dialect::render::Holes;
use crate::plan::present;
use crate::plan::{Comparison, Expr, ExprKind};
use crate::value::Value;
use std::collections::{BTreeSet, HashSet};

impl Printer<'_> {
    /// True exactly where the predicate is true; null or false elsewhere.
    ///
    /// # Errors
    /// What the target cannot say.
    pub fn truth(&self, predicate: &Expr) -> Result<Fragment, Refusal> {
        let formula = logic::truth(predicate, self, self.scope.known_present());
        self.formula(&formula, predicate)
    }

    /// True exactly where the predicate is true, false elsewhere.
    ///
    /// # Errors
    /// What the target cannot say.
    pub fn exact(&self, predicate: &Expr) -> Result<Fragment, Refusal> {
        let formula = logic::exact(predicate, self, self.scope.known_present());
        self.formula(&formula, predicate)
    }

    /// The conjuncts of a filter, the cheap ones first; each alone is true exactly where it should be, given that the others are.
    ///
    /// # Errors
    /// What the target cannot say.
    pub fn conjuncts(&self, predicate: &Expr) -> Result<Vec<Fragment>, Refusal> {
        let mut parts = match logic::truth(predicate, self, self.scope.known_present()) {
            Formula::And(parts) => parts,
            other => vec![other],
        };
        parts.sort_by_cached_key(super::cost::of_formula);
        let mut printed = Vec::new();
        let mut seen = HashSet::new();
        for part in &parts {
            let fragment = match part {
                Formula::Atom(atom)
                    if self.first_filter.get() && self.dialect.can().search_member =>
                {
                    match &atom.kind {
                        ExprKind::In {
                            value, items, fold, ..
                        } if is_multi(value) => {
                            self.members("member", &["search"], value, items, *fold)?
                        }
                        _ => self.formula(part, predicate)?,
                    }
                }
                _ => self.formula(part, predicate)?,
            };
            if seen.insert(fragment.as_str().to_owned()) {
                printed.push(fragment);
            }
        }
        Ok(printed)
    }

    /// The value is present; for a value of which it is not known.
    ///
    /// # Errors
    /// The dialect is faulty.
    pub fn exists(&self, value: &Expr) -> Result<Fragment, Refusal> {
        self.presence("exists", value)
    }

    /// The forms of a test of presence: where the text may be blank, where a single field may hold several values, which are none.
    fn presence_variants(&self, value: &Expr, facts: &Facts) -> Vec<&'static str> {
        let mut variants = vec![facts.kind.as_str()];
        if facts.blank {
            variants.insert(0, "blank");
        } else if root(value).is_some_and(|column| self.may_be_several(column)) {
            variants.insert(0, "several");
        }
        variants
    }

    fn presence(&self, operator: &str, value: &Expr) -> Result<Fragment, Refusal> {
        let facts = self.facts(value);
        let text = self.value(value)?;
        let variants = self.presence_variants(value, &facts);
        self.operator(
            operator,
            &variants,
            Holes::new().with("value", &text),
            value.span,
        )
    }

    fn formula(&self, formula: &Formula<'_>, whole: &Expr) -> Result<Fragment, Refusal> {
        let span = whole.span;
        let all = |parts: &[Formula<'_>]| -> Result<Vec<Fragment>, Refusal> {
            parts.iter().map(|part| self.formula(part, whole)).collect()
        };
        match formula {
            Formula::Atom(atom) => self.atom(atom, false),
            Formula::Negated(atom) => self.atom(atom, true),
            Formula::Missing(value) => self.presence("missing", value),
            Formula::Null(column) => {
                let facts = self.facts(column);
                let holes = Holes::new().with("value", &self.value(column)?);
                self.operator("missing", &[facts.kind.as_str()], holes, column.span)
            }
            Formula::Not(inner) => {
                let inner = self.formula(inner, whole)?;
                self.operator("not", &[], Holes::new().with("value", &inner), span)
            }
            Formula::And(parts) => {
                self.operator("and", &[], Holes::new().list("parts", &all(parts)?), span)
            }
            Formula::Or(parts) => {
                self.operator("or", &[], Holes::new().list("parts", &all(parts)?), span)
            }
            Formula::Else(inner, otherwise) => {
                let holes = Holes::new()
                    .with("value", &self.formula(inner, whole)?)
                    .with(
                        "otherwise",
                        &self.literal(&Value::Bool(*otherwise), Kind::Bool, span)?,
                    );
                self.operator("otherwise", &[], holes, span)
            }
        }
    }

    /// The operator of an atom, with the variants to look for.
    fn operator_of(&self, atom: &Expr) -> Option<(&'static str, bool, Vec<&'static str>)> {
        let kind = |value: &Expr| self.facts(value).kind.as_str();
        Some(match &atom.kind {
            ExprKind::Compare {
                op,
                fold,
                left,
                right,
            } => {
                let name = match op {
                    Comparison::Equal => "equal",
                    Comparison::Less => "less",
                    Comparison::LessOrEqual => "less_or_equal",
                    Comparison::Greater => "greater",
                    Comparison::GreaterOrEqual => "greater_or_equal",
                };
                let kind = if matches!(left.kind, ExprKind::Literal { .. }) {
                    kind(right)
                } else {
                    kind(left)
                };
                (name, *fold, vec![kind])
            }
            ExprKind::Between { value, .. } => ("between", false, vec![kind(value)]),
            ExprKind::In { value, fold, .. } if is_multi(value) => ("member", *fold, vec![]),
            ExprKind::In { value, fold, .. } => ("in", *fold, vec![kind(value)]),
            ExprKind::InNetwork {
                value, networks, ..
            } => {
                let family = match networks.first() {
                    Some(first) if first.is_ipv4() => "v4",
                    _ => "v6",
                };
                ("in_network", false, vec![kind(value), family])
            }
            ExprKind::TextTest {
                test,
                fold,
                needles,
                ..
            } => {
                let literal = needles
                    .iter()
                    .all(|n| matches!(n.kind, ExprKind::Literal { .. }));
                let variant = match (literal, needles.len()) {
                    (false, _) => vec!["expression"],
                    (true, 1) => vec![],
                    (true, _) => vec!["any"],
                };
                (test.word(), *fold, variant)
            }
            ExprKind::Matches { pattern, .. } => ("matches", pattern.ignores_case(), vec![]),
            ExprKind::Exists(value) => {
                let facts = self.facts(value);
                ("exists", false, self.presence_variants(value, &facts))
            }
            _ => return None,
        })
    }

    /// `name`, or `name_fold` where case is ignored and the dialect has a form for that (else both sides are lowered).
    pub(crate) fn spelled(&self, name: &str, fold: bool) -> (String, bool) {
        let folded = format!("{name}_fold");
        if !fold {
            (name.to_owned(), false)
        } else if self.has(&folded, &[]) {
            (folded, false)
        } else {
            (name.to_owned(), true)
        }
    }

    fn atom(&self, atom: &Expr, negated: bool) -> Result<Fragment, Refusal> {
        let Some((name, fold, variants)) = self.operator_of(atom) else {
            let value = match &atom.kind {
                ExprKind::Call { .. } => self.call(atom)?,
                _ => self.value(atom)?,
            };
            return if negated {
                self.negation(&value, atom)
            } else {
                Ok(value)
            };
        };
        let (name, lower) = self.spelled(name, fold);
        let guard = self.atom_guard(atom)?;
        let opposite = format!("not_{name}");
        if negated && guard.is_none() && self.has(&opposite, &variants) && name != "member" {
            return self.say(&opposite, lower, &variants, atom);
        }
        let mut said = self.say(&name, lower, &variants, atom)?;
        if let Some(guard) = guard {
            said = self.operator(
                "and",
                &[],
                Holes::new().list("parts", &[guard, said]),
                atom.span,
            )?;
        }
        if negated {
            self.negation(&said, atom)
        } else {
            Ok(said)
        }
    }

    fn negation(&self, value: &Fragment, atom: &Expr) -> Result<Fragment, Refusal> {
        self.operator("not", &[], Holes::new().with("value", value), atom.span)
    }

    /// Where missing text is the empty one, two missing sides would be equal, and a missing needle be found: one of them must be present.
    fn atom_guard(&self, atom: &Expr) -> Result<Option<Fragment>, Refusal> {
        if !self.dialect.can().text_is_never_null {
            return Ok(None);
        }
        let risky = match &atom.kind {
            ExprKind::Compare {
                op: Comparison::Equal,
                left,
                right,
                ..
            } if self.facts(left).blank && self.facts(right).blank => left,
            ExprKind::TextTest { needles, .. } => match &**needles {
                [needle] if self.facts(needle).blank => needle,
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        self.exists(risky).map(Some)
    }

    fn say(
        &self,
        operator: &str,
        lower: bool,
        variants: &[&'static str],
        atom: &Expr,
    ) -> Result<Fragment, Refusal> {
        let span = atom.span;
        let side = |value: &Expr| {
            if lower {
                self.lowered(value)
            } else {
                self.value(value)
            }
        };
        match &atom.kind {
            ExprKind::Compare {
                fold, left, right, ..
            } => {
                if *fold {
                    self.note_case(left, right);
                }
                let (left, right) = self.sides(left, right, lower)?;
                let holes = Holes::new().with("left", &left).with("right", &right);
                self.operator(operator, variants, holes, span)
            }
            ExprKind::Between { value, low, high } => {
                let holes = Holes::new()
                    .with("value", &self.value(value)?)
                    .with("low", &self.value(low)?)
                    .with("high", &self.value(high)?);
                self.operator(operator, variants, holes, span)
            }
            ExprKind::In {
                value, items, list, ..
            } if !is_multi(value) => {
                let kind = self.facts(value).kind;
                let wide = items.iter().any(fold::is_wide);
                let folding = self.dialect.can().folds;
                if operator.ends_with("_fold") && items.iter().any(|i| folding.needs_note(i)) {
                    self.note_variants(span);
                }
                let items = items
                    .iter()
                    .map(|item| {
                        let item = if lower {
                            quote::lower_value(item)
                        } else {
                            item.clone()
                        };
                        self.literal(&item, kind, span)
                    })
                    .collect::<Result<Vec<_>, _>>()?;
                let items = self.list(list.as_deref(), || named_after(value), items);
                let holes = Holes::new()
                    .with(
                        "value",
                        &match wide && !lower && fold::is_cased_text(value) {
                            true => self.shielded(value, true)?,
                            false => side(value)?,
                        },
                    )
                    .list("items", &items);
                self.operator(operator, variants, holes, span)
            }
            ExprKind::In { value, items, .. } => {
                self.members(operator, variants, value, items, lower)
            }
            ExprKind::InNetwork {
                value,
                networks,
                list,
            } => {
                let networks = networks
                    .iter()
                    .map(|network| self.text(&network.to_string(), span))
                    .collect::<Result<Vec<_>, _>>()?;
                let networks = self.list(list.as_deref(), || networks_of(value), networks);
                let holes = Holes::new()
                    .with("value", &self.value(value)?)
                    .list("networks", &networks);
                self.operator(operator, variants, holes, span)
            }
            ExprKind::TextTest {
                test,
                value,
                needles,
                ..
            } => self.text_test(operator, *test, lower, variants, value, needles, span),
            ExprKind::Matches { value, pattern } => {
                let regex = self.search_regex(pattern, span)?;
                let value = if lower {
                    self.lowered(value)?
                } else {
                    self.shielded(value, true)?
                };
                let holes = Holes::new()
                    .with("value", &value)
                    .with("regex", &regex)
                    .with("body", &self.regex_body(pattern, span)?);
                self.operator(operator, variants, holes, span)
            }
            ExprKind::Exists(value) => self.operator(
                operator,
                variants,
                Holes::new().with("value", &self.value(value)?),
                span,
            ),
            _ => self.value(atom),
        }
    }

    /// The items, or the one name that was given to them.
    pub(crate) fn list(
        &self,
        given: Option<&str>,
        otherwise: impl FnOnce() -> String,
        items: Vec<Fragment>,
    ) -> Vec<Fragment> {
        if !self.dialect.can().bindings {
            return items;
        }
        match self.bindings.borrow_mut().list(given, otherwise, &items) {
            Some(name) => vec![self.name(&name)],
            None => items,
        }
    }

    /// Some value of the column is one of the items.
    fn members(
        &self,
        operator: &str,
        variants: &[&'static str],
        value: &Expr,
        items: &[Value],
        lower: bool,
    ) -> Result<Fragment, Refusal> {
        if lower {
            return Err(self.refuse(
                value.span,
                "a test that ignores case on a field with several values",
                "write the words as they are in the data",
            ));
        }
        let column = self.value(value)?;
        let mut variants = variants.to_vec();
        if self.elements(value) == Some(Kind::Ip) {
            variants.push("ip");
        }
        let variants = variants.as_slice();
        let mut tests = Vec::new();
        for item in items {
            let item = self.literal(item, Kind::Text, value.span)?;
            let holes = Holes::new().with("value", &column).with("item", &item);
            tests.push(self.operator(operator, variants, holes, value.span)?);
        }
        match tests.as_slice() {
            [one] => Ok(one.clone()),
            many => self.operator("or", &[], Holes::new().list("parts", many), value.span),
        }
    }

    /// The kind of the column's values, where the engine has its own type for it.
    fn elements(&self, value: &Expr) -> Option<Kind> {
        let native = self.facts(value).native?;
        self.dialect.file.kinds.get(&native).copied()
    }

    /// Two sides that are compared: text with text, and never two blanks.
    fn sides(
        &self,
        left: &Expr,
        right: &Expr,
        lower: bool,
    ) -> Result<(Fragment, Fragment), Refusal> {
        let facts = (self.facts(left), self.facts(right));
        let literal = |e: &Expr| matches!(e.kind, ExprKind::Literal { .. });
        if lower {
            return Ok((self.lowered_present(left, &facts.1)?, self.lowered(right)?));
        }
        if fold::is_cased_text(left) && fold::is_wide_literal(right) {
            return Ok((self.shielded(left, true)?, self.value(right)?));
        }
        if facts.0.kind != facts.1.kind && !literal(left) && !literal(right) {
            return Ok((self.textual(left)?, self.textual(right)?));
        }
        if facts.0.blank && facts.1.blank {
            return Ok((self.normalised(left)?, self.value(right)?));
        }
        Ok((self.value(left)?, self.value(right)?))
    }

    fn lowered_present(
        &self,
        value: &Expr,
        other: &super::scope::Facts,
    ) -> Result<Fragment, Refusal> {
        if self.facts(value).blank && other.blank && !self.dialect.can().text_is_never_null {
            let inner = self.normalised(value)?;
            return self.apply("lower", &[inner], &[Kind::Text], value.span);
        }
        self.lowered(value)
    }

    /// The values that decide an atom.
    fn operands(atom: &Expr) -> Vec<&Expr> {
        match &atom.kind {
            ExprKind::TextTest { value, needles, .. } if needles.len() == 1 => {
                std::iter::once(&**value).chain(needles.iter()).collect()
            }
            ExprKind::TextTest { value, .. } => vec![value],
            // Null only where all of its arguments are.
            ExprKind::Call { function, .. } if function == "coalesce" => vec![atom],
            ExprKind::Column(_) | ExprKind::Case { .. } | ExprKind::Literal { .. } => vec![atom],
            _ => atom.children(),
        }
    }
}

impl Atoms for Printer<'_> {
    fn null_when<'a>(&self, atom: &'a Expr, present: &BTreeSet<String>) -> When<'a> {
        let scope = self.scope.knowing(present);
        let null_when = match (&atom.kind, self.operator_of(atom)) {
            (_, Some((name, fold, variants))) => {
                let (name, _) = self.spelled(name, fold);
                self.dialect
                    .operator(&name, &variants)
                    .map(|(_, entry)| self.dialect.null_when(entry))
            }
            (ExprKind::Call { function, .. }, None) => self
                .dialect
                .entry("functions", &variants_of(function, &[]))
                .map(|(_, entry)| self.dialect.null_when(entry)),
            _ => Some(NullBehavior::Missing),
        };
        let operands = Self::operands(atom);
        let side_by_side = matches!(
            &atom.kind,
            ExprKind::Compare { .. } | ExprKind::TextTest { .. }
        ) && operands.len() == 2;
        // Where two sides may be blank, one is made null; so is a needle that may be blank. What is printed knows the scope, not what a
        // neighbouring conjunct says, so the scope decides here too.
        let blank = |at: usize| {
            operands
                .get(at)
                .is_some_and(|operand| self.facts(operand).blank)
        };
        let normalised = side_by_side
            && !self.dialect.can().text_is_never_null
            && blank(1)
            && (blank(0) || matches!(atom.kind, ExprKind::TextTest { .. }));
        let nullable: Vec<&&Expr> = operands
            .iter()
            .filter(|operand| scope.facts(operand, self.dialect).null)
            .collect();
        match null_when.unwrap_or_default() {
            NullBehavior::Never => When::Never,
            // Nothing of the other family can come.
            NullBehavior::Any if family_known(atom, present) => When::Never,
            NullBehavior::Any => When::Other,
            NullBehavior::Both if nullable.len() < operands.len() => When::Never,
            NullBehavior::Both => When::Other,
            NullBehavior::Missing if normalised => When::Other,
            NullBehavior::Missing => match nullable.as_slice() {
                [] => When::Never,
                [one] => match root(one) {
                    // A blank text that the function made null: the column itself is not null there.
                    Some(column)
                        if scope.facts(column, self.dialect).blank
                            && !scope.facts(one, self.dialect).blank
                            && !super::lengths::is_unguarded(one) =>
                    {
                        When::Other
                    }
                    // Null where the column holds several values, too.
                    Some(column) if self.may_be_several(column) => When::Other,
                    Some(column) => When::Null(column),
                    None => When::Other,
                },
                _ => When::Other,
            },
        }
    }
}

/// Whether the address is known to be of the family that is tested.
fn family_known(atom: &Expr, present: &BTreeSet<String>) -> bool {
    match &atom.kind {
        ExprKind::InNetwork {
            value, networks, ..
        } => networks
            .first()
            .and_then(|network| present::family_of(value, network.is_ipv4()))
            .is_some_and(|family| present.contains(&family)),
        _ => false,
    }
}
