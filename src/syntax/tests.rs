//! The reader as its users see it: what is accepted, how the tree looks, and what is said about the rest.

use super::scan::MAX_NESTING;
use super::*;
use std::fmt::Write;

/// The query printed again, or its errors in a short form.
fn read(text: &str) -> String {
    let mut files = Files::default();
    let file = files.add("q", text.to_owned());
    match parse(&files, Span::new(file, 0, text.len())) {
        // What a plan cannot be made of is reported later, together with what else is wrong.
        Ok(query) if !query.foreign.is_empty() => {
            let faults: Vec<Diagnostic> = query.foreign.into_values().collect();
            short(&files, &faults)
        }
        Ok(query) => print::query(&query),
        Err(faults) => short(&files, &faults),
    }
}

fn short(files: &Files, faults: &[Diagnostic]) -> String {
    let mut out = String::new();
    for fault in faults {
        let place = fault.primary.as_ref().unwrap();
        let at = files.position(place.span);
        writeln!(
            out,
            "{} {}:{} `{}` {}",
            fault.code,
            at.line,
            at.column,
            files.slice(place.span),
            fault.title
        )
        .unwrap();
        if !place.text.is_empty() {
            writeln!(out, "    label: {}", place.text).unwrap();
        }
        for help in &fault.help {
            writeln!(out, "    help: {help}").unwrap();
        }
        if let Some(fix) = &fault.fix {
            let mut text = files.text(fix.span.file).to_owned();
            text.replace_range(
                fix.span.start as usize..fix.span.end as usize,
                &fix.replacement,
            );
            let line = text[..fix.span.start as usize].matches('\n').count();
            writeln!(
                out,
                "    fix: {}: {}",
                fix.title,
                text.lines().nth(line).unwrap_or("").trim()
            )
            .unwrap();
        }
    }
    out
}

fn condition(text: &str) -> String {
    read(&format!("from c\n| where {text}"))
}

#[test]
fn every_step_is_read_and_printed() {
    insta::assert_snapshot!(read(
        r#"
        from network_session within $lookback // a comment | with a bar
        | where optional os.family == "windows" and
            dst.port not in [80, 443,]
        | derive high = dst.port > 1024, b = case { high -> "x", dst.port exists -> "y", else "z", },
        | select time, user.name optional, port = dst.port, high,
        | group by port, hour = bin(time, 1h), user.name optional {
            n = count(), who = set(user.name, 10) where user.name exists optional, last = latest(dst.ip),
          }
        | group by port
        | group { n = count() }
        | group by { n = count() }
        | enrich country = geo_country(dst.ip) optional
        | top 20 by n
        | rare $k by n
        | sort n desc, port
        "#
    ));
}

#[test]
fn precedence_is_that_of_the_language() {
    for (text, same) in [
        (
            "a or b and not c == d + e * -f exists",
            "a or (b and (not (c == (d + (e * (-(f exists)))))))",
        ),
        ("a between 1 and 2 and b", "(a between 1 and 2) and b"),
        ("not not a in [1]", "not (not (a in [1]))"),
        ("a - b - c == d / e / f", "((a - b) - c) == ((d / e) / f)"),
        ("- 5 == -5", "(-5) == (-5)"),
        ("$m[a] == lower(b)", "($m[a]) == (lower(b))"),
    ] {
        assert_eq!(condition(text), condition(same));
    }
    assert_eq!(
        condition("(a and b) and (c or d) or (e)"),
        "from c\n| where (a and b) and (c or d) or e"
    );
    assert_eq!(condition("-(5) < 3"), "from c\n| where -(5) < 3");
    assert_eq!(
        condition("(a + b) exists"),
        "from c\n| where (a + b) exists"
    );
    assert_eq!(condition("(a == b) == c"), "from c\n| where (a == b) == c");
    assert_eq!(condition("a -1 == 2"), "from c\n| where a - 1 == 2");
    assert_eq!(
        condition("a < -9223372036854775808"),
        "from c\n| where a < -9223372036854775808"
    );
    assert_eq!(
        condition("extract(a, /x\\/(y)/i) =~ \"\\u00e9\\n\""),
        "from c\n| where extract(a, /x\\/(y)/i) =~ \"é\\n\""
    );
    assert_eq!(
        condition("within_day < 90s or t > now - 1440m"),
        "from c\n| where within_day < 90s or t > now - 24h"
    );
}

#[test]
fn places_are_exact() {
    let text =
        "from c\n  | where  ( a  ==  \"é\" )  and  b   in   [ 1 , 2 ]   // end\n  | sort a  desc\n";
    let mut files = Files::default();
    let file = files.add("q", text.to_owned());
    let query = parse(&files, Span::new(file, 0, text.len())).unwrap();
    let steps: Vec<&str> = query
        .steps
        .iter()
        .map(|step| files.slice(step.span))
        .collect();
    assert_eq!(
        steps,
        [
            "from c",
            "where  ( a  ==  \"é\" )  and  b   in   [ 1 , 2 ]",
            "sort a  desc"
        ]
    );
    let ast::StepKind::Where { predicate, .. } = &query.steps[1].kind else {
        panic!()
    };
    assert_eq!(
        files.slice(predicate.span),
        "( a  ==  \"é\" )  and  b   in   [ 1 , 2 ]"
    );
    let ast::ExprKind::And(sides) = &predicate.kind else {
        panic!()
    };
    assert_eq!(files.slice(sides[0].span), "a  ==  \"é\"");
    let ast::ExprKind::In { op_span, list, .. } = &sides[1].kind else {
        panic!()
    };
    assert_eq!(
        (files.slice(*op_span), files.slice(list.span)),
        ("in", "[ 1 , 2 ]")
    );
}

#[test]
fn an_expression_alone_is_read_at_its_place() {
    let text = "when: \"a == 'x'\"\nother: a == 5 and b";
    let mut files = Files::default();
    let file = files.add("s.yaml", text.to_owned());
    let at = text.find("a == 5").unwrap();
    let expr = parse_expression(&files, Span::new(file, at, text.len())).unwrap();
    assert_eq!(
        (print::expression(&expr).as_str(), files.slice(expr.span)),
        ("a == 5 and b", "a == 5 and b")
    );
    let faults = parse_expression(&files, Span::new(file, at, text.len() - 1)).unwrap_err();
    insta::assert_snapshot!(short(&files, &faults));
    let only = files.add("t", "a == 5 | where b".to_owned());
    let faults = parse_expression(&files, Span::new(only, 0, 16)).unwrap_err();
    insta::assert_snapshot!(short(&files, &faults));
}

#[test]
fn what_people_write_instead_is_understood() {
    let mut out = String::new();
    for text in [
        "a = 5",
        "a == 5 && b == 6",
        "a == 5 || b == 6",
        "!a",
        "a !in [1]",
        "a !contains \"x\"",
        "a <> 5",
        "a == 'it\"s \\x'",
        "a == 5 AND b == 6",
        "DeviceName == \"x\"",
        "a == CMD.EXE and b =~ Admin and c in [TCP, \"a\"] and d contains~ Mimi and e == AND",
        "a !contains \"x\" and a !has_cs \"x\" and a !startswith \"y\" and a !between 1",
        "a startswith \"x\" or a endswith_cs \"y\" or a has_any [\"z\"]",
        "a matches regex \"x.*\"",
        "a between (1 .. 5) or a between (1..5)",
        "a in (80, 443) and b == 1",
        "a in~ (\"x\", \"y\",) and b == 1",
        "a contains (\"x\", lower(b))",
        "f(a, (b, c))",
        "a == 10.0.0.1 or a in [10.0.0.1, 10.0.0.0/8]",
        "a is null",
        "a is not null",
        "a is not missing",
        "a == null",
        "a != null and b",
        "coalesce(a, null) == 1",
        "isnotempty(user.name)",
        "isempty(user.name) or b",
        "a like \"%x%\"",
        "a startswith \"x\"",
        "a has \"x\"",
        "a contans \"x\"",
        "a not contains \"x\"",
        "a matches \"^x$\"",
        "a == /x/",
        "a matches /x/g",
        "lower(/x/) == \"x\"",
        "a == b == c",
        "1000 <= a <= 2000",
        "a in [1] contains 2",
        "case { a -> 1 } == 1",
        "case { a -> 1, } == 1",
        "a in~ [\"x\"] and b ~ \"x\"",
        "a == 10.0.0.0/8",
        "t > now - 1h30m",
        "t > now - 2weeks",
        "a == 99999999999999999999",
        "a == \"C:\\Windows\"",
        "a == \"not closed",
        "a == \"\\ud800\"",
        "a == \u{201c}x\u{201d}",
        "a\u{a0}== 1",
        "a == 1;",
        "a == 1 # comment",
        "a == 1 /* comment */",
        "(a == 1",
        "a == 1)",
        "(a in [1)",
        "a ==",
        "== 5",
        "top == 5",
        "a.B.c == 1",
        "$Lookback == 1",
        "a == 1 b == 2",
        "iff(a, 1, 2) == 1",
        "a and",
        "not",
        "",
        "a == [1 2]",
        "a -> b",
    ] {
        writeln!(out, "{text}\n{}", condition(text)).unwrap();
    }
    insta::assert_snapshot!(out);
}

/// The replacement of an error is as long as it, whatever its letters: later errors keep their places.
#[test]
fn faults_of_characters_do_not_hide_those_of_the_grammar() {
    let mut out = String::new();
    for text in [
        "from c | where a == 'éü' AND b = 1",
        "from c\u{a0}| where x !contains \"a\" && y == 1 and b = 1",
        "from c | where a == 1; # é\n| derive b",
        "from c | where Ä == 1 and b = 1",
        "from c | where a === 1 || $Foo <> 'a\"b' and b = 1",
        "from c | where a == 'x' | summarize n | where n => 2weeks AND",
    ] {
        writeln!(out, "{text}\n{}", read(text)).unwrap();
    }
    insta::assert_snapshot!(out);
}

#[test]
fn steps_that_are_wrong() {
    let mut out = String::new();
    for text in [
        "| where a",
        "where a",
        "from c |",
        "from c | join kind=inner x on y",
        "from c | group by a { n = count(*) }",
        "from c | | where a",
        "from c | from d",
        "from c, d",
        "from c within",
        "from c where a",
        "from c within 24h\nwhere a == 1\nselect a",
        "from c | wehre a",
        "from c | summarize n = count() by a",
        "from c | series n = count() every 1h over 1d by a",
        "from c | join $t as t on t.a == a",
        "from c | anomaly n as score, baseline",
        "from c | limit 10",
        "from c | 5",
        "from c | derive a",
        "from c | derive a == 1",
        "from c | derive over = 1",
        "from c | derive a = 1 b = 2",
        "from c | select",
        "from c | select a optional optional",
        "from c | select a as b",
        "from c | group",
        "from c | group by",
        "from c | group by a { count() }",
        "from c | group by a { n = 5 }",
        "from c | group by a { }",
        "from c | group a { n = count() }",
        "from c | group by a { n = dcount(b) }",
        "from c | sort a asc",
        "from c | sort a asc, b",
        "from c | top by a",
        "from c | top 5 a",
        "from c | enrich a = geo_country(ip",
        "from c | where (a | select b = | sort",
        "",
        "   // only a comment\n",
        "from c | where x // and\n | sort y desc z",
    ] {
        writeln!(out, "{text}\n{}", read(text)).unwrap();
    }
    insta::assert_snapshot!(out);
}

#[test]
fn whatever_is_nested_the_answer_is_quick() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("case { a -> ", ", else 1 }"),
        ("$m[", "]"),
        ("f(", ")"),
        ("not (", ")"),
    ] {
        for count in [MAX_NESTING, MAX_NESTING + 1, 10_000] {
            let text = format!("{}1{}", open.repeat(count), close.repeat(count));
            let answer = condition(&text);
            let refused = answer.starts_with("E0203");
            assert_eq!(
                refused,
                count > MAX_NESTING,
                "{open} {count}: {}",
                &answer[..answer.len().min(200)]
            );
        }
        assert!(condition(&open.repeat(10_000)).starts_with("E0203"));
    }
    for prefix in ["not ", "- ", "1 + ", "a * ", "not - "] {
        let answer = condition(&format!("{}1", prefix.repeat(10_000)));
        assert!(
            answer.starts_with("E0"),
            "{prefix}: {}",
            &answer[..answer.len().min(200)]
        );
    }
    // Wide is not deep.
    assert!(condition(&format!("a in [{}1]", "1, ".repeat(20_000))).starts_with("from"));
    assert!(condition(&format!("{}a", "a or ".repeat(20_000))).starts_with("from"));
    assert!(condition(&"a".repeat(MAX_LENGTH)).starts_with("E0202"));
}

/// Every place where the grammar can give up in these texts, and nothing said there is a rule's own name.
#[test]
fn what_is_expected_is_said_in_words() {
    let whole = r#"from c within 24h | where optional a == 1 and not b in ["x", $l] or c between 1 and 2 * -3
        | derive x = case { a exists -> lower(b), else $m[a] }, y = extract(a, /x/i) | select a optional, b = c
        | group by a, b = bin(t, 1h) optional { n = count() where a is missing optional, s = set(b, 3) }
        | enrich g = geo_country(ip) optional | top 5 by n | sort n desc, a"#;
    let mut labels = std::collections::BTreeSet::new();
    let tokens: Vec<&str> = scan::scan(
        whole,
        Span::new(crate::source::FileId::default(), 0, whole.len()),
    )
    .tokens
    .iter()
    .map(|token| token.text)
    .collect();
    let strange = [
        "", "optional", "5", "\"t\"", ",", "==", "=", "->", "in", "else", "b.c", "desc", "is",
        "within", "$r",
    ];
    for cut in 1..tokens.len() {
        let mut open = Vec::new();
        for token in &tokens[..cut] {
            match *token {
                "(" => open.push(" )"),
                "[" => open.push(" ]"),
                "{" => open.push(" }"),
                ")" | "]" | "}" => drop(open.pop()),
                _ => {}
            }
        }
        let closing: String = open.into_iter().rev().collect();
        for last in strange {
            let end = if last.is_empty() { " | sort z" } else { "" };
            let text = format!("{} {last}{closing}{end}", tokens[..cut].join(" "));
            for line in read(&text).lines() {
                assert!(!line.contains("defect"), "{text}\n{line}");
                if let Some(label) = line.trim().strip_prefix("label: expected ") {
                    labels.insert(label.to_owned());
                }
            }
        }
    }
    for label in &labels {
        let plain: String = label.split('`').step_by(2).collect();
        assert!(
            !plain.contains('_') && !plain.contains("a space") && !plain.contains("something else"),
            "{label}"
        );
    }
    insta::assert_snapshot!(labels.into_iter().collect::<Vec<_>>().join("\n"));
}
