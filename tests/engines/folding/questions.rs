//! Everything in the language that ignores case, as questions about one text and a constant.

use crate::support::expression::expr;
use huntc::internals::pattern::Pattern;
use huntc::internals::plan::expr::TextTest;
use huntc::internals::plan::{Comparison, Expr, ExprKind, Type};
use huntc::internals::source::Span;
use huntc::internals::value::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// A question about a column and a constant; none where the language does not allow the constant.
pub struct Question {
    /// As a hunt writes it, where `c` is the constant.
    pub name: &'static str,
    /// The predicate.
    pub build: fn(Expr, &str) -> Option<Expr>,
}

/// All of them.
pub const QUESTIONS: &[Question] = &[
    Question {
        name: "x =~ c",
        build: |x, c| Some(equal(true, x, text(c))),
    },
    Question {
        name: "x !~ c",
        build: |x, c| Some(not(equal(true, x, text(c)))),
    },
    Question {
        name: "x in~ [c, \"one\"]",
        build: |x, c| Some(one_of(x, c)),
    },
    Question {
        name: "x not in~ [c, \"one\"]",
        build: |x, c| Some(not(one_of(x, c))),
    },
    Question {
        name: "x contains~ c",
        build: |x, c| Some(test(TextTest::Contains, x, text(c))),
    },
    Question {
        name: "not x contains~ c",
        build: |x, c| Some(not(test(TextTest::Contains, x, text(c)))),
    },
    Question {
        name: "x starts_with~ c",
        build: |x, c| Some(test(TextTest::StartsWith, x, text(c))),
    },
    Question {
        name: "x ends_with~ c",
        build: |x, c| Some(test(TextTest::EndsWith, x, text(c))),
    },
    Question {
        name: "x has_word~ c",
        build: |x, c| {
            let ends = [c.chars().next()?, c.chars().next_back()?];
            let word = ends.iter().all(|c| c.is_alphanumeric());
            word.then(|| test(TextTest::HasWord, x, text(c)))
        },
    },
    Question {
        name: "x matches /^c$/i",
        build: |x, c| matches(x, &format!("^{}$", Pattern::literal(c))),
    },
    Question {
        name: "x matches /c.?$/i",
        build: |x, c| matches(x, &format!("{}.?$", Pattern::literal(c))),
    },
    Question {
        name: "x matches /^[c]+$/i",
        build: |x, c| matches(x, &format!("^[{}]+$", class(c))),
    },
    Question {
        name: "x matches /[^c]/i",
        build: |x, c| matches(x, &format!("[^{}]", class(c))),
    },
    Question {
        name: "x matches /^[r]+$/i",
        build: |x, c| matches(x, &format!("^[{}]+$", range(c)?)),
    },
    Question {
        name: "extract(x, /(c)/i)",
        build: |x, c| {
            let kind = ExprKind::Call {
                function: "extract".to_owned(),
                arguments: vec![x],
                pattern: Some(pattern(&format!("({})", Pattern::literal(c)))),
            };
            Some(expr(kind, Type::Text))
        },
    },
    Question {
        name: "lower(x) == c",
        build: |x, c| Some(equal(false, call("lower", x), text(c))),
    },
    Question {
        name: "upper(x) == c",
        build: |x, c| Some(equal(false, call("upper", x), text(c))),
    },
];

/// A predicate of two columns.
pub type Pair = fn(Expr, Expr) -> Expr;

/// Where two columns are compared.
pub const PAIRED: &[(&str, Pair)] = &[
    ("x =~ y", |x, y| equal(true, x, y)),
    ("x contains~ y", |x, y| test(TextTest::Contains, x, y)),
];

/// Functions of a column.
pub const FUNCTIONS: &[&str] = &["lower", "upper"];

/// The function of the column.
pub fn call(function: &str, x: Expr) -> Expr {
    let kind = ExprKind::Call {
        function: function.to_owned(),
        arguments: vec![x],
        pattern: None,
    };
    expr(kind, Type::Text)
}

fn equal(fold: bool, left: Expr, right: Expr) -> Expr {
    Expr::predicate(
        ExprKind::Compare {
            op: Comparison::Equal,
            fold,
            left: Box::new(left),
            right: Box::new(right),
        },
        Span::default(),
    )
}

fn one_of(value: Expr, c: &str) -> Expr {
    Expr::predicate(
        ExprKind::In {
            value: Box::new(value),
            items: vec![Value::text(c), Value::text("one")],
            fold: true,
            list: None,
        },
        Span::default(),
    )
}

fn test(test: TextTest, value: Expr, needle: Expr) -> Expr {
    Expr::predicate(
        ExprKind::TextTest {
            test,
            fold: true,
            value: Box::new(value),
            needles: vec![needle].into(),
        },
        Span::default(),
    )
}

fn not(inner: Expr) -> Expr {
    Expr::predicate(ExprKind::Not(Box::new(inner)), Span::default())
}

fn matches(value: Expr, source: &str) -> Option<Expr> {
    Some(Expr::predicate(
        ExprKind::Matches {
            value: Box::new(value),
            pattern: pattern(source),
        },
        Span::default(),
    ))
}

/// The regex, read once: every engine is asked the same ones.
fn pattern(source: &str) -> Arc<Pattern> {
    static READ: Mutex<BTreeMap<String, Arc<Pattern>>> = Mutex::new(BTreeMap::new());
    let mut read = READ.lock().unwrap();
    let parsed = || Arc::new(Pattern::parse(source, true).expect("a regex"));
    read.entry(source.to_owned()).or_insert_with(parsed).clone()
}

fn text(text: &str) -> Expr {
    Expr::literal(Value::text(text), Type::Text, Span::default())
}

/// The characters as the inside of a class.
fn class(text: &str) -> String {
    text.chars()
        .map(|c| match c.is_alphanumeric() {
            true => c.to_string(),
            false => format!("\\x{{{:X}}}", u32::from(c)),
        })
        .collect()
}

/// The range from the first letter to the last one, where that is one.
fn range(text: &str) -> Option<String> {
    let (first, last) = (text.chars().next()?, text.chars().next_back()?);
    (first < last && first.is_alphabetic() && last.is_alphabetic())
        .then(|| format!("{first}-{last}"))
}
