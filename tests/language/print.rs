//! The printed text of a tree is that tree: on random trees, and on the text once more.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use huntc::internals::diag::render::{Style, render_all};
use huntc::internals::source::{Files, Span};
use huntc::internals::syntax::ast::{
    AggregateItem, ArithmeticOp, Assignment, CompareOp, Expr, ExprKind, Name, OutputItem, Query,
    SortItem, Source, Step, StepKind, TextTest,
};
use huntc::internals::syntax::{parse, print};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn at() -> Span {
    Span::default()
}

fn expr(kind: ExprKind) -> Expr {
    Expr { kind, span: at() }
}

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "a",
        "b2",
        "_c",
        "index",
        "top_ports",
        "notable",
        "e5",
        "n",
    ])
    .prop_map(str::to_owned)
}

fn name() -> impl Strategy<Value = Name> {
    word().prop_map(|text| Name { text, span: at() })
}

fn field() -> impl Strategy<Value = String> {
    prop_oneof![
        word(),
        vec(word(), 2..4).prop_map(|parts| parts.join(".")),
        Just("in.bytes".to_owned())
    ]
}

fn leaf() -> impl Strategy<Value = Expr> {
    prop_oneof![
        any::<bool>().prop_map(ExprKind::Bool),
        prop_oneof![any::<i64>(), -3..4_i64, Just(i64::MIN)].prop_map(ExprKind::Int),
        prop_oneof![
            prop::num::f64::NORMAL,
            prop::num::f64::ZERO,
            Just(0.5),
            Just(-1.0),
            Just(1e16)
        ]
        .prop_map(ExprKind::Float),
        "[^\0]{0,6}".prop_map(ExprKind::Text),
        (0..100_000_i64).prop_map(|seconds| ExprKind::Duration(seconds * 1_000)),
        (0..50_i64).prop_map(|hours| ExprKind::Duration(hours * 3_600_000)),
        field().prop_map(ExprKind::Name),
        word().prop_map(ExprKind::Reference),
        Just(ExprKind::Reference("top".to_owned())),
        Just(ExprKind::Now),
    ]
    .prop_map(expr)
}

fn regex() -> impl Strategy<Value = Expr> {
    let source = vec(
        prop::sample::select(vec![
            "a", "/", "\\.", "\\\\", "[^/]", "é", "*", "(x|y)", "//",
        ]),
        1..5,
    );
    // A regex that begins with a star repeats nothing; it is refused later and looks like a comment.
    let source = source.prop_filter("a regex", |parts| parts[0] != "*");
    (source, any::<bool>()).prop_map(|(parts, ignore_case)| {
        expr(ExprKind::Regex {
            source: parts.concat(),
            ignore_case,
        })
    })
}

fn tree() -> impl Strategy<Value = Expr> {
    leaf().prop_recursive(6, 40, 4, |inner| {
        let boxed = inner.clone().prop_map(Box::new).boxed();
        let two = (boxed.clone(), boxed.clone());
        let compare = prop::sample::select(vec![
            (CompareOp::Equal, false),
            (CompareOp::Equal, true),
            (CompareOp::NotEqual, false),
            (CompareOp::NotEqual, true),
            (CompareOp::Less, false),
            (CompareOp::LessOrEqual, false),
            (CompareOp::Greater, false),
            (CompareOp::GreaterOrEqual, false),
        ]);
        let test = prop::sample::select(vec![
            TextTest::Contains,
            TextTest::StartsWith,
            TextTest::EndsWith,
            TextTest::HasWord,
        ]);
        let op = prop::sample::select(vec![
            ArithmeticOp::Add,
            ArithmeticOp::Subtract,
            ArithmeticOp::Multiply,
            ArithmeticOp::Divide,
        ]);
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(ExprKind::List),
            boxed.clone().prop_map(ExprKind::Not),
            vec(inner.clone(), 2..4).prop_map(ExprKind::And),
            vec(inner.clone(), 2..4).prop_map(ExprKind::Or),
            (compare, two.clone()).prop_map(|((op, fold), (left, right))| ExprKind::Compare {
                op,
                fold,
                op_span: at(),
                left,
                right
            }),
            (boxed.clone(), two.clone()).prop_map(|(value, (low, high))| ExprKind::Between {
                value,
                low,
                high
            }),
            (any::<bool>(), any::<bool>(), two.clone()).prop_map(
                |(negated, fold, (value, list))| ExprKind::In {
                    negated,
                    fold,
                    op_span: at(),
                    value,
                    list
                }
            ),
            (any::<bool>(), two.clone()).prop_map(|(negated, (value, networks))| {
                ExprKind::InNetwork {
                    negated,
                    value,
                    networks,
                }
            }),
            (test, any::<bool>(), two.clone()).prop_map(|(test, fold, (value, needle))| {
                ExprKind::TextTest {
                    test,
                    fold,
                    op_span: at(),
                    value,
                    needle,
                }
            }),
            (boxed.clone(), regex().prop_map(Box::new))
                .prop_map(|(value, regex)| ExprKind::Matches { value, regex }),
            (any::<bool>(), boxed.clone())
                .prop_map(|(negated, value)| ExprKind::Exists { negated, value }),
            (op, two).prop_map(|(op, (left, right))| ExprKind::Arithmetic { op, left, right }),
            boxed.clone().prop_map(ExprKind::Negate),
            (vec((inner.clone(), inner.clone()), 1..3), boxed.clone())
                .prop_map(|(arms, otherwise)| ExprKind::Case { arms, otherwise }),
            (name(), boxed).prop_map(|(map, key)| ExprKind::Lookup { map, key }),
            (name(), vec(inner.clone(), 0..3)).prop_map(|(function, arguments)| ExprKind::Call {
                function,
                arguments
            }),
            (inner, regex()).prop_map(|(text, regex)| ExprKind::Call {
                function: Name {
                    text: "extract".to_owned(),
                    span: at()
                },
                arguments: vec![text, regex],
            }),
        ]
        .prop_map(expr)
    })
}

fn optional() -> impl Strategy<Value = Option<Span>> {
    option::of(Just(at()))
}

fn output_item() -> impl Strategy<Value = OutputItem> {
    (option::of(name()), tree(), optional()).prop_map(|(name, value, optional)| OutputItem {
        name,
        value,
        optional,
    })
}

fn aggregate() -> impl Strategy<Value = AggregateItem> {
    (
        name(),
        name(),
        vec(tree(), 0..3),
        option::of(tree()),
        optional(),
    )
        .prop_map(
            |(name, function, arguments, filter, optional)| AggregateItem {
                name,
                function,
                arguments,
                filter,
                optional,
                span: at(),
            },
        )
}

fn step() -> impl Strategy<Value = StepKind> {
    let keys = (vec(output_item(), 0..3), vec(aggregate(), 0..3))
        .prop_filter("something", |(k, a)| !k.is_empty() || !a.is_empty());
    prop_oneof![
        (optional(), tree()).prop_map(|(optional, predicate)| StepKind::Where {
            optional,
            predicate
        }),
        vec(
            (name(), tree()).prop_map(|(name, value)| Assignment { name, value }),
            1..3
        )
        .prop_map(|columns| StepKind::Derive { columns }),
        vec(output_item(), 1..4).prop_map(|columns| StepKind::Select { columns }),
        keys.prop_map(|(keys, aggregates)| StepKind::Group { keys, aggregates }),
        vec(
            (tree(), any::<bool>()).prop_map(|(value, descending)| SortItem { value, descending }),
            1..3
        )
        .prop_map(|keys| StepKind::Sort { keys }),
        (any::<bool>(), tree(), tree()).prop_map(|(rare, count, by)| StepKind::Top {
            rare,
            count,
            by
        }),
        (name(), name(), tree(), optional()).prop_map(|(name, function, argument, optional)| {
            StepKind::Enrich {
                name,
                function,
                argument,
                optional,
            }
        }),
    ]
}

fn query() -> impl Strategy<Value = Query> {
    let from =
        (name(), option::of(tree())).prop_map(|(class, within)| StepKind::From { class, within });
    (from, vec(step(), 0..4)).prop_map(|(from, rest)| {
        let steps = std::iter::once(from)
            .chain(rest)
            .map(|kind| Step { kind, span: at() })
            .collect();
        Query {
            steps,
            span: at(),
            source: Source::default(),
            foreign: BTreeMap::new(),
        }
    })
}

/// A tree without its places.
fn shape(query: &Query) -> String {
    let places =
        regex::Regex::new(r"Span \{ file: FileId\(\d+\), start: \d+, end: \d+ \}").unwrap();
    places
        .replace_all(&format!("{:?}", query.steps), "_")
        .into_owned()
}

fn read(text: &str) -> Result<Query, TestCaseError> {
    let mut files = Files::default();
    let file = files.add("q", text.to_owned());
    parse(&files, Span::new(file, 0, text.len())).map_err(|faults| {
        TestCaseError::fail(format!(
            "{text}\n{}",
            render_all(&faults, &files, Style::Plain)
        ))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_is_read_as_the_same_tree(tree in query()) {
        let text = print::query(&tree);
        let read_back = read(&text)?;
        prop_assert_eq!(shape(&read_back), shape(&tree), "{}", text);
        prop_assert_eq!(print::query(&read_back), text);
    }

    #[test]
    fn no_parentheses_can_be_left_out(tree in query()) {
        let text = print::query(&tree);
        let quoted = regex::Regex::new(r#""(\\.|[^"\\])*"|/(\\.|[^/\\])*/"#).unwrap();
        let bare = quoted.replace_all(&text, |found: &regex::Captures<'_>| "q".repeat(found[0].len()));
        // A parenthesis not after a name groups; without the pair the text must mean something else, or nothing.
        let mut open = Vec::new();
        for (at, c) in bare.char_indices() {
            let call = bare[..at].chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
            match c {
                '(' => open.push((at, call)),
                ')' => if let Some((start, false)) = open.pop() {
                    let without = format!("{} {} {}", &text[..start], &text[start + 1..at], &text[at + 1..]);
                    if let Ok(other) = read(&without) {
                        prop_assert_ne!(shape(&other), shape(&tree), "{}", text);
                    }
                }
                _ => {}
            }
        }
    }
}
