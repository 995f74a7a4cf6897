//! What lints look at: the hunt, and where its tests and the entries of its lists are.
//!
//! In: a [`LintInput`]. Out: [`Subject`], which answers each question about a place in the time of one search, so that a list of 20,000 entries is read
//! once and not once per entry.

use super::LintInput;
use super::place::{each_node, folded};
use crate::hunt::Hunt;
use crate::plan::{Expr, ExprKind, Plan};
use crate::schema::Class;
use crate::source::Span;
use crate::syntax::ast;
use crate::value::Value;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// The entries of a list by their values in lower case, each with the place of the first.
type Entries = Rc<HashMap<String, Span>>;

/// A hunt as lints see it.
pub(super) struct Subject<'a> {
    /// The hunt.
    pub(super) hunt: &'a Hunt,
    /// Its query as written.
    pub(super) query: &'a ast::Query,
    /// Its query as meant.
    pub(super) plan: &'a Plan,
    /// Its event class.
    pub(super) class: &'a Class,
    /// Comparisons, memberships and text tests of the tree, by place.
    tests: HashMap<Span, &'a ast::Expr>,
    /// The entries of the hunt's lists that were asked for, by name.
    lists: RefCell<HashMap<String, Entries>>,
    /// The entries of lists in brackets that were asked for, by the place of their test.
    brackets: RefCell<HashMap<Span, Entries>>,
}

impl<'a> Subject<'a> {
    pub(super) fn new(input: &LintInput<'a>) -> Subject<'a> {
        let mut tests = HashMap::new();
        each_node(input.query, &mut |node| {
            if matches!(
                node.kind,
                ast::ExprKind::Compare { .. }
                    | ast::ExprKind::In { .. }
                    | ast::ExprKind::TextTest { .. }
                    | ast::ExprKind::Matches { .. }
            ) {
                tests.entry(node.span).or_insert(node);
            }
        });
        Subject {
            hunt: input.hunt,
            query: input.query,
            plan: input.plan,
            class: input.class,
            tests,
            lists: RefCell::default(),
            brackets: RefCell::default(),
        }
    }

    /// The test of the tree that is at that place: comparison, membership or text test.
    pub(super) fn test_at(&self, span: Span) -> Option<&'a ast::Expr> {
        self.tests.get(&span).copied()
    }

    /// The place of the entry of an `in` that has this value: in the hunt's list, or in the brackets; else of the whole test.
    pub(super) fn entry(&self, test: &Expr, value: &Value) -> Span {
        self.entries(test)
            .and_then(|entries| entries.get(&folded(value)).copied())
            .unwrap_or(test.span)
    }

    fn entries(&self, test: &Expr) -> Option<Entries> {
        let ExprKind::In { list, .. } = &test.kind else {
            return None;
        };
        if let Some(name) = list
            && let Some(list) = self.hunt.lists.get(name)
        {
            let mut known = self.lists.borrow_mut();
            if let Some(entries) = known.get(name) {
                return Some(Rc::clone(entries));
            }
            let entries = list
                .values
                .iter()
                .map(|entry| (folded(&entry.value), entry.span));
            let entries = first_of_each(entries);
            known.insert(name.clone(), Rc::clone(&entries));
            return Some(entries);
        }
        let ast::ExprKind::In { list, .. } = &self.test_at(test.span)?.kind else {
            return None;
        };
        let ast::ExprKind::List(items) = &list.kind else {
            return None;
        };
        let mut known = self.brackets.borrow_mut();
        let entries = known.entry(test.span).or_insert_with(|| {
            first_of_each(items.iter().filter_map(|item| match &item.kind {
                ast::ExprKind::Text(text) => Some((folded(&Value::text(text)), item.span)),
                ast::ExprKind::Int(number) => Some((folded(&Value::Int(*number)), item.span)),
                _ => None,
            }))
        });
        Some(Rc::clone(entries))
    }
}

fn first_of_each(entries: impl Iterator<Item = (String, Span)>) -> Entries {
    let mut first = HashMap::new();
    for (value, span) in entries {
        first.entry(value).or_insert(span);
    }
    Rc::new(first)
}

/// Visits every expression of the plan and its parts, in order.
pub(super) fn each<'a>(input: &Subject<'a>, see: &mut impl FnMut(&'a Expr)) {
    for step in &input.plan.steps {
        for expr in step.kind.expressions() {
            expr.visit(see);
        }
    }
}
