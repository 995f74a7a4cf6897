//! Expressions as tokens and places where lines may break.
//!
//! In: an expression. Out: a [`Doc`]. Guarantee: precedence is that of the tree; a match over all kinds, so that a new one is printed before it compiles.

use super::super::ast::{ArithmeticOp, Expr, ExprKind, Name};
use super::layout::{Doc, group, token};
use super::source::Source;
use super::spelling::{regex, string};
use crate::source::Span;
use crate::value::duration;

/// How tightly a form holds together; without a source, a part looser than its place is put in parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
    Test,
    Sum,
    Product,
    Minus,
    Postfix,
    Primary,
}

/// Prints trees, with their source where there is one.
pub(super) struct Printer<'a> {
    source: Option<Source<'a>>,
}

/// Items with commas and possible ends of lines between them.
pub(super) fn separated(items: impl Iterator<Item = Doc>) -> Vec<Doc> {
    let mut docs = Vec::new();
    for item in items {
        if !docs.is_empty() {
            docs.extend([token(","), Doc::Line]);
        }
        docs.push(item);
    }
    docs
}

impl<'a> Printer<'a> {
    /// A printer of trees, of this source if they have one.
    pub(super) fn new(source: Option<Source<'a>>) -> Self {
        Printer { source }
    }

    /// The source of the trees.
    pub(super) fn source(&self) -> Option<&Source<'a>> {
        self.source.as_ref()
    }

    /// An expression where any is allowed.
    pub(super) fn expression(&self, expr: &Expr) -> Doc {
        self.part(expr, Level::Or)
    }

    /// A call of a function or an aggregate.
    pub(super) fn call(&self, function: &Name, arguments: &[Expr]) -> Doc {
        if let Some(source) = &self.source {
            source.call(function.span);
        }
        let mut parts = vec![token(&function.text), token("(")];
        if !arguments.is_empty() {
            let mut items = vec![Doc::Soft];
            items.extend(self.items(arguments));
            items.push(Doc::Comma);
            parts.extend([Doc::Indent(items), Doc::Soft]);
        }
        parts.push(token(")"));
        group(parts)
    }

    fn items(&self, items: &[Expr]) -> Vec<Doc> {
        separated(items.iter().map(|item| self.expression(item)))
    }

    /// Parentheses around an expression, in a place that takes forms of `least` and tighter.
    fn parentheses(&self, expr: &Expr, least: Level) -> usize {
        match &self.source {
            Some(source) => source.parentheses(expr.span),
            None => usize::from(level(&expr.kind) < least),
        }
    }

    /// An expression in a place that takes forms of `least` and tighter.
    fn part(&self, expr: &Expr, least: Level) -> Doc {
        self.enclosed(self.parentheses(expr, least), expr)
    }

    fn enclosed(&self, parentheses: usize, expr: &Expr) -> Doc {
        let mut parts: Vec<Doc> = (0..parentheses).map(|_| token("(")).collect();
        parts.push(self.bare(expr));
        parts.extend((0..parentheses).map(|_| token(")")));
        Doc::All(parts)
    }

    /// A literal as it was written, else as it is usually written.
    fn literal(&self, span: Span, usual: impl FnOnce() -> String) -> Doc {
        match &self.source {
            Some(source) => Doc::All(source.words(span).map(token).collect()),
            None => token(&usual()),
        }
    }

    fn bare(&self, expr: &Expr) -> Doc {
        let literal = |usual: &dyn Fn() -> String| self.literal(expr.span, usual);
        match &expr.kind {
            ExprKind::Bool(value) => token(if *value { "true" } else { "false" }),
            ExprKind::Int(number) => literal(&|| number.to_string()),
            ExprKind::Float(number) => literal(&|| format!("{number:?}")),
            ExprKind::Text(text) => literal(&|| {
                let mut out = String::new();
                string(&mut out, text);
                out
            }),
            ExprKind::Duration(milliseconds) => literal(&|| duration(*milliseconds)),
            ExprKind::Regex {
                source,
                ignore_case,
            } => literal(&|| regex(source, *ignore_case)),
            ExprKind::List(items) => self.list(items),
            ExprKind::Name(name) => token(name),
            ExprKind::Reference(name) => token(&format!("${name}")),
            ExprKind::Now => token("now"),
            ExprKind::Not(inner) => words(vec![token("not"), self.part(inner, Level::Not)]),
            // An `and` directly inside an `and` was in parentheses, else it would be part of it.
            ExprKind::And(items) => self.chain("and", items, Level::Not),
            ExprKind::Or(items) => self.chain("or", items, Level::And),
            ExprKind::Compare {
                op,
                fold,
                left,
                right,
                ..
            } => self.infix(left, &[op.sign(*fold)], right),
            ExprKind::Between { value, low, high } => words(vec![
                self.part(value, Level::Sum),
                token("between"),
                self.part(low, Level::Sum),
                token("and"),
                self.part(high, Level::Sum),
            ]),
            ExprKind::In {
                negated,
                fold,
                value,
                list,
                ..
            } => {
                let op = if *fold { "in~" } else { "in" };
                self.infix(value, negatable(*negated, &["not", op]), list)
            }
            ExprKind::InNetwork {
                negated,
                value,
                networks,
            } => self.infix(value, negatable(*negated, &["not", "in_cidr"]), networks),
            ExprKind::TextTest {
                test,
                fold,
                value,
                needle,
                ..
            } => {
                let op = format!("{}{}", test.word(), if *fold { "~" } else { "" });
                self.infix(value, &[&op], needle)
            }
            ExprKind::Matches { value, regex } => self.infix(value, &["matches"], regex),
            ExprKind::Exists { negated, value } => {
                let mut parts = vec![self.part(value, Level::Primary)];
                match negated {
                    true => parts.extend([token("is"), token("missing")]),
                    false => parts.push(token("exists")),
                }
                words(parts)
            }
            ExprKind::Arithmetic { .. } => self.sum(expr),
            ExprKind::Negate(inner) => self.negation(inner),
            ExprKind::Case { arms, otherwise } => self.case(arms, otherwise),
            ExprKind::Lookup { map, key } => Doc::All(vec![
                token(&format!("${}", map.text)),
                token("["),
                self.expression(key),
                token("]"),
            ]),
            ExprKind::Call {
                function,
                arguments,
            } => self.call(function, arguments),
        }
    }

    fn list(&self, items: &[Expr]) -> Doc {
        if items.is_empty() {
            return Doc::All(vec![token("["), token("]")]);
        }
        let items = vec![Doc::Soft, Doc::Fill(self.items(items)), Doc::Comma];
        group(vec![token("["), Doc::Indent(items), Doc::Soft, token("]")])
    }

    /// Operands between the same word; each has a line if one line is not enough.
    fn chain(&self, op: &str, items: &[Expr], least: Level) -> Doc {
        let mut items = items.iter().map(|item| self.part(item, least));
        let mut parts: Vec<Doc> = items.next().into_iter().collect();
        let rest = items.flat_map(|item| [Doc::Line, token(op), Doc::Space, item]);
        parts.push(Doc::Indent(rest.collect()));
        group(parts)
    }

    fn infix(&self, left: &Expr, ops: &[&str], right: &Expr) -> Doc {
        let mut parts = vec![self.part(left, Level::Sum)];
        parts.extend(ops.iter().map(|op| token(op)));
        parts.push(self.part(right, Level::Sum));
        words(parts)
    }

    /// `a + b - c`, `a * b`: left to right.
    fn sum(&self, expr: &Expr) -> Doc {
        let mut rest = Vec::new();
        let mut first = expr;
        let mut least = Level::Or;
        while let ExprKind::Arithmetic { op, left, right } = &first.kind {
            let own = level(&first.kind);
            // A product in a sum is an operand of it.
            if !rest.is_empty() && (own != level(&expr.kind) || self.parentheses(first, own) > 0) {
                break;
            }
            let of_right = match own {
                Level::Sum => Level::Product,
                _ => Level::Minus,
            };
            rest.push((op.sign(), right, of_right));
            first = left;
            least = own;
        }
        let rest = rest.into_iter().rev().flat_map(|(sign, right, of_right)| {
            let right = self.part(right, of_right);
            [Doc::Line, token(sign), Doc::Space, right]
        });
        let rest: Vec<Doc> = rest.collect();
        group(vec![self.part(first, least), Doc::Indent(rest)])
    }

    fn negation(&self, inner: &Expr) -> Doc {
        // `-5` is a number; the negation of the number 5 keeps its parentheses.
        let is_number = matches!(&inner.kind, ExprKind::Int(number) if *number >= 0)
            || matches!(&inner.kind, ExprKind::Float(number) if number.is_sign_positive());
        let parentheses = match &self.source {
            None if is_number => 1,
            _ => self.parentheses(inner, Level::Minus),
        };
        Doc::All(vec![token("-"), self.enclosed(parentheses, inner)])
    }

    fn case(&self, arms: &[(Expr, Expr)], otherwise: &Expr) -> Doc {
        let mut items = Vec::new();
        for (condition, value) in arms {
            items.push(Doc::Line);
            items.push(words(vec![
                self.expression(condition),
                token("->"),
                self.expression(value),
            ]));
            items.push(token(","));
        }
        items.push(Doc::Line);
        items.push(words(vec![token("else"), self.expression(otherwise)]));
        items.push(Doc::Comma);
        group(vec![
            token("case"),
            Doc::Space,
            token("{"),
            Doc::Indent(items),
            Doc::Line,
            token("}"),
        ])
    }
}

/// Parts with a space between each two.
fn words(parts: Vec<Doc>) -> Doc {
    let mut docs = Vec::with_capacity(parts.len() * 2);
    for part in parts {
        if !docs.is_empty() {
            docs.push(Doc::Space);
        }
        docs.push(part);
    }
    Doc::All(docs)
}

/// The words of an operator, with the first of them only where it is negated.
fn negatable<'w>(is_negated: bool, words: &'w [&'w str]) -> &'w [&'w str] {
    let skipped = usize::from(!is_negated);
    words.get(skipped..).unwrap_or_default()
}

fn level(kind: &ExprKind) -> Level {
    match kind {
        ExprKind::Or(_) => Level::Or,
        ExprKind::And(_) => Level::And,
        ExprKind::Not(_) => Level::Not,
        ExprKind::Compare { .. }
        | ExprKind::Between { .. }
        | ExprKind::In { .. }
        | ExprKind::InNetwork { .. }
        | ExprKind::TextTest { .. }
        | ExprKind::Matches { .. } => Level::Test,
        ExprKind::Arithmetic {
            op: ArithmeticOp::Add | ArithmeticOp::Subtract,
            ..
        } => Level::Sum,
        ExprKind::Arithmetic {
            op: ArithmeticOp::Multiply | ArithmeticOp::Divide,
            ..
        } => Level::Product,
        ExprKind::Negate(_) => Level::Minus,
        // A negative number is written with a minus, so it is as loose as one.
        ExprKind::Int(number) if *number < 0 => Level::Minus,
        ExprKind::Float(number) if number.is_sign_negative() => Level::Minus,
        ExprKind::Exists { .. } => Level::Postfix,
        ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Text(_)
        | ExprKind::Duration(_)
        | ExprKind::Regex { .. }
        | ExprKind::List(_)
        | ExprKind::Name(_)
        | ExprKind::Reference(_)
        | ExprKind::Now
        | ExprKind::Case { .. }
        | ExprKind::Lookup { .. }
        | ExprKind::Call { .. } => Level::Primary,
    }
}
