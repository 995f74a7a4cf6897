//! The printed text of a tree is that tree: on random trees, and on the text once more; with comments, they are all there.

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

/// A text with comments, empty lines and spaces in its gaps, and the comments. `choices` says which; a gap is a space, a line break, or what is directly after an
/// opening bracket or before a comma.
fn disturbed(text: &str, choices: &[u8]) -> (String, Vec<String>) {
    let mut out = String::new();
    let mut comments = Vec::new();
    let mut choices = choices.iter().copied().cycle();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let before = text[..text.len() - rest.len()].trim_end();
        let is_regex = c == '/' && (before.ends_with(',') || before.ends_with("matches"));
        if c == '"' || is_regex {
            let close = if is_regex { '/' } else { '"' };
            let mut escaped = false;
            let end = rest.char_indices().skip(1).find(|(_, c)| {
                let is_end = *c == close && !escaped;
                escaped = *c == '\\' && !escaped;
                is_end
            });
            let (literal, after) = rest.split_at(end.unwrap().0 + 1);
            out.push_str(literal);
            rest = after;
            continue;
        }
        rest = &rest[c.len_utf8()..];
        let is_gap = c == ' ' || c == '\n';
        if c == ',' || is_gap || "([{".contains(c) {
            let mut gap = String::new();
            for _ in 0..choices.next().unwrap() % 3 {
                match choices.next().unwrap() % 6 {
                    0 => gap.push_str("\n\n\n"),
                    1 => gap.push('\n'),
                    2 => gap.push_str("  \t"),
                    choice => {
                        let comment = format!("// ¶{}", comments.len());
                        let start = if choice == 3 { "" } else { "\n" };
                        gap.push_str(&format!("{start}{comment} \r\n"));
                        comments.push(comment);
                    }
                }
            }
            out.push_str(&match c {
                ',' => format!("{gap},"),
                _ => format!("{c}{gap}"),
            });
        } else {
            out.push(c);
        }
    }
    (out, comments)
}

fn comments(text: &str) -> Vec<String> {
    let comment = regex::Regex::new("// ¶\\d+").unwrap();
    comment
        .find_iter(text)
        .map(|found| found.as_str().to_owned())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_formatted_text_keeps_the_tree_and_every_comment(tree in query(), choices in vec(any::<u8>(), 1..60)) {
        let (text, written) = disturbed(&print::query(&tree), &choices);
        let read_once = read(&text)?;
        prop_assert_eq!(shape(&read_once), shape(&tree), "{}", text);
        let formatted = print::formatted(&read_once);
        prop_assert!(formatted.is_some(), "{}", text);
        let formatted = formatted.unwrap();
        prop_assert_eq!(comments(&formatted), written, "{}", formatted);
        let read_again = read(&formatted)?;
        prop_assert_eq!(shape(&read_again), shape(&tree), "{}", formatted);
        prop_assert_eq!(print::formatted(&read_again).unwrap(), &*formatted, "{}", text);
        let is_tidy = formatted.lines().all(|line| line.trim_end() == line);
        prop_assert!(is_tidy && !formatted.contains("\n\n\n"), "{}", formatted);
    }
}

#[track_caller]
fn becomes(text: &str, expected: &str) {
    let formatted = |text: &str| print::formatted(&read(text).unwrap()).unwrap();
    let once = formatted(text);
    assert_eq!(once, expected.trim_matches('\n'), "\n{once}\n");
    assert_eq!(formatted(&once), once);
}

#[test]
fn comments_stay_with_what_they_are_about() {
    becomes(
        r#"// about all
from c within 24h   // within

// about the step
  | // behind the bar
  where // behind the word
   a in [ // behind the bracket
     "x" // before the comma
     , // behind the comma
     "y"
     // at the end
   ]
   and // behind the operator
     b == 1
| group by a { // behind the brace

    n = count(), // n


    // longer
    longest = set(b)
    // at the end
  } // behind the group


// at the very end"#,
        r#"
// about all
from c within 24h // within

// about the step
// behind the bar
| where // behind the word
    a in [ // behind the bracket
    "x", // before the comma
    // behind the comma
    "y",
    // at the end
  ]
    and // behind the operator
      b == 1
| group by a { // behind the brace

    n       = count(), // n

    // longer
    longest = set(b),
    // at the end
  } // behind the group

// at the very end
"#,
    );
}

#[test]
fn literals_and_parentheses_stay_as_they_were_written() {
    becomes(
        r"from c within 1440m|where ((a==-05 or b== - 1.50e3))and(c matches /a\/b/i)and d=='x'and e not in~[]".replace('\'', "\"").as_str(),
        r#"
from c within 1440m
| where ((a == -05 or b == -1.50e3)) and (c matches /a\/b/i) and d == "x" and e not in~ []
"#,
    );
    becomes(
        "from c | where lower((a)) == f((a), (b),) and f(((a))) exists and (a) + (b) > (a + b) + c - -(1)",
        "
from c
| where lower((a)) == f((a), (b)) and f(((a))) exists and (a) + (b) > (a + b) + c - -(1)
",
    );
}

#[test]
fn long_lines_are_broken_and_short_ones_joined() {
    becomes(
        r#"from c
| where
    a == 1
    and b == 2
| where first_long_name == "a long constant" and second_long_name == "another one" or third_long_name in ["aaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "cccccccccccccccccccccccccccccccccccc", "d"]
| derive x = case { a == 1 -> "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", b == 1 -> "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", else "c" }
| derive short = 1, longer = long_function_name(first_long_name, second_long_name), another = first + second + third + fourth_name
| join $ports as p on dst.port in p.ports and dst.app in~ p.apps and transport in~ p.protocols and direction in~ p.directions and action in~ p.actions
| series n = count() every 24h over 14d by some_long_name = a, another_long_name = b, a_third_long_name = c optional, d
| group by { n = count() where a == 1 }
| select first_long_name, second_long_name,
  third_long_name, fourth_long_name, fifth_long_name, sixth_long_name, seventh_long_name, the_last
| sort a desc,
   b | top 5 by a"#,
        r#"
from c
| where a == 1 and b == 2
| where first_long_name == "a long constant" and second_long_name == "another one"
    or third_long_name in [
      "aaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "cccccccccccccccccccccccccccccccccccc", "d",
    ]
| derive x = case {
    a == 1 -> "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    b == 1 -> "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
    else "c",
  }
| derive
    short   = 1,
    longer  = long_function_name(first_long_name, second_long_name),
    another = first + second + third + fourth_name,
| join $ports as p
    on dst.port in p.ports
      and dst.app in~ p.apps
      and transport in~ p.protocols
      and direction in~ p.directions
      and action in~ p.actions
| series n = count() every 24h over 14d
    by some_long_name = a, another_long_name = b, a_third_long_name = c optional, d
| group {
    n = count() where a == 1,
  }
| select
    first_long_name, second_long_name,
    third_long_name, fourth_long_name, fifth_long_name, sixth_long_name, seventh_long_name, the_last,
| sort a desc, b
| top 5 by a
"#,
    );
}
