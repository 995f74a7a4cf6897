//! Any string survives quoting in every dialect: what an engine reads back from the printed literal is the string, and a name is that column.
//!
//! The SQL engines say themselves what they read. Microsoft's parser and Elastic's validator say that each literal is one literal; a decoder after the
//! vendors' own rules for escapes, written here and shared with nothing, says which string it is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // clippy.toml frees test functions, not their helpers

use crate::support::databases::{Database, on_each_database};
use crate::support::expression::{expr, native, selected, selected_as};
use crate::support::repository::Repository;
use crate::support::table::{Missing, columns_read, engine_table};
use crate::support::{Kind, oracle_or_skip};
use huntc::internals::backend::{Origin, Printer, Target, is_hidden};
use huntc::internals::plan::{ArithmeticOp, Expr, ExprKind, Type};
use huntc::internals::source::Span;
use huntc::internals::value::Value;
use huntc::internals::verify::rows::EngineTable;
use huntc::internals::verify::sql;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::json;
use std::collections::BTreeSet;

/// What breaks quoting somewhere: quotes, escapes, comments, ends of lines, wildcards, templates, code of queries.
const PIECES: &[&str] = &[
    "'",
    "''",
    "\"",
    "\"\"\"",
    "`",
    "\\",
    "\\\\",
    "\\n",
    "\\'",
    "\\u0041",
    "\\x41",
    "\n",
    "\r\n",
    "\t",
    "\r",
    "\u{b}",
    "\u{7f}",
    "\u{1}",
    "\u{1b}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{2029}",
    "\u{feff}",
    "\u{200b}",
    "\u{202e}",
    "\u{2066}",
    "\u{ad}",
    "\u{e0041}",
    "😀",
    "é",
    "e\u{301}",
    "İ",
    "ß",
    "--",
    "//",
    "/*",
    "*/",
    "#",
    ";",
    "%",
    "_",
    "*",
    "?",
    "{{",
    "}}",
    "{% x %}",
    "${x}",
    "$1",
    "$$",
    ":x",
    "@\"",
    "h\"",
    "e'",
    "|",
    "| take 1",
    "' or 1=1 --",
    "\" or true //",
    " ",
    "a",
    "Z",
    "0",
    "null",
    "[",
    "]",
    "(",
    ")",
    "\u{10ffff}",
    "\u{fffd}",
];

/// Strings made of such pieces and of any characters, always the same ones. A text is never empty (that is a missing value) and without NUL.
fn strings(count: usize) -> Vec<String> {
    let piece = prop_oneof![
        4 => prop::sample::select(PIECES).prop_map(str::to_owned),
        1 => any::<char>().prop_filter("NUL is refused", |c| *c != '\0').prop_map(String::from),
    ];
    made(
        prop::collection::vec(piece, 1..8).prop_map(|pieces| pieces.concat()),
        count,
    )
}

fn made(strategy: impl Strategy<Value = String>, count: usize) -> Vec<String> {
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        TestRng::deterministic_rng(RngAlgorithm::ChaCha),
    );
    let mut strings: Vec<String> = PIECES.iter().map(|piece| (*piece).to_owned()).collect();
    strings.extend((0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()));
    strings
}

fn literal(text: &str) -> Expr {
    Expr::literal(Value::text(text), Type::Text, Span::default())
}

fn printed(target: &Target, text: &str) -> String {
    let printer = Printer::new(&target.dialect, target);
    let fragment = printer.text(text, Span::default());
    fragment
        .unwrap_or_else(|why| panic!("{text:?}: {why:?}"))
        .as_str()
        .to_owned()
}

fn strings_read_back(kind: Kind) {
    let count = if kind.is_slow() { 1_000 } else { 3_000 };
    let Some(worker) = oracle_or_skip(kind) else {
        return;
    };
    let repository = Repository::load();
    let target = repository.target(kind.name(), None, "", "quoting");
    let strings = strings(count);
    for batch in strings.chunks(200) {
        let asked = selected(&|_| batch.iter().map(|text| literal(text)).collect());
        let found = asked.run((kind, worker), &target, &[], &[Vec::new()]);
        let found = found.unwrap_or_else(|why| panic!("{why}"));
        assert_eq!(found.rows.len(), 1);
        for (text, cell) in batch.iter().zip(&found.rows[0]) {
            assert_eq!(
                *cell,
                Value::text(text),
                "printed as {}",
                printed(&target, text)
            );
        }
    }
    println!("{} strings read back by {}", strings.len(), kind.name());
}

on_each_database!(strings_read_back);

/// PostgreSQL has no text with NUL: nobody is given one.
#[test]
fn nul_is_refused_or_survives() {
    let repository = Repository::load();
    for dialect in repository.dialects.names() {
        let target = repository.target(dialect, None, "", "t");
        let printer = Printer::new(&target.dialect, &target);
        match printer.text("a\0b", Span::default()) {
            Err(refusal) => assert!(!refusal.help.is_empty(), "{dialect} says no reason"),
            Ok(fragment) => {
                assert!(
                    !fragment.as_str().contains('\0'),
                    "{dialect} prints NUL raw"
                );
                assert!(Database::named(dialect).is_none(), "{dialect} takes NUL");
            }
        }
    }
}

#[test]
fn strings_are_one_literal_to_microsoft() {
    let Some(worker) = oracle_or_skip(Kind::Kql) else {
        return;
    };
    let repository = Repository::load();
    let target = repository.target("kql", None, "", "T");
    for batch in strings(2_000).chunks(200) {
        let mut query = String::from("print ");
        for (at, text) in batch.iter().enumerate() {
            let literal = printed(&target, text);
            assert_eq!(kusto(&literal).as_deref(), Some(text.as_str()), "{literal}");
            query += &format!("{}e{at} = {literal}", if at == 0 { "" } else { ", " });
        }
        let answer = worker.ask(&json!({"query": query})).unwrap();
        assert_eq!(answer["errors"], json!([]), "{query}");
        let columns: Vec<_> = (0..batch.len())
            .map(|at| json!([format!("e{at}"), "string"]))
            .collect();
        assert_eq!(answer["columns"], json!(columns), "{query}");
    }
}

#[test]
fn strings_are_one_literal_to_elastic() {
    let Some(worker) = oracle_or_skip(Kind::Esql) else {
        return;
    };
    let repository = Repository::load();
    let target = repository.target("esql", Some("8.19"), "", "t");
    // The language has escapes for three control characters; what holds others is refused.
    let has_no_escape = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
    let (refused, strings): (Vec<String>, Vec<String>) = strings(2_000)
        .into_iter()
        .partition(|text| text.contains(has_no_escape));
    let printer = Printer::new(&target.dialect, &target);
    for text in &refused {
        let refusal = printer.text(text, Span::default()).unwrap_err();
        assert_eq!(
            refusal.code,
            huntc::internals::diag::Code::E0511,
            "{text:?}"
        );
    }
    assert!(!refused.is_empty());
    for batch in strings.chunks(200) {
        let mut query = String::from("ROW ");
        for (at, text) in batch.iter().enumerate() {
            let literal = printed(&target, text);
            assert_eq!(
                elastic(&literal).as_deref(),
                Some(text.as_str()),
                "{literal}"
            );
            query += &format!("{}e{at} = {literal}", if at == 0 { "" } else { ", " });
        }
        let answer = worker
            .ask(&json!({"query": query, "stacks": ["8.19.0", "9.3.0"]}))
            .unwrap();
        for result in answer["results"].as_array().unwrap() {
            assert_eq!(result["ok"], json!(true), "{result}\n{query}");
        }
    }
}

/// A Kusto string literal, by its reference page: `"…"` or `'…'` with `\\ \" \' \t \n \r \uXXXX`, or `@"…"` where a quote is doubled.
fn kusto(literal: &str) -> Option<String> {
    if let Some(verbatim) = literal.strip_prefix("@\"") {
        let inner = verbatim.strip_suffix('"')?;
        let parts: Vec<&str> = inner.split("\"\"").collect();
        return (!parts.iter().any(|part| part.contains('"'))).then(|| parts.join("\""));
    }
    backslashed(literal, true)
}

/// An ES|QL string literal, by its reference page: `"…"` with `\\ \" \t \n \r`, or `"""…"""` as it is.
fn elastic(literal: &str) -> Option<String> {
    match literal.strip_prefix("\"\"\"") {
        Some(raw) => raw
            .strip_suffix("\"\"\"")
            .filter(|inner| !inner.contains("\"\"\""))
            .map(str::to_owned),
        None => backslashed(literal, false),
    }
}

/// Between double quotes, with escapes; nothing where a bare quote, an end of line or an unknown escape stands inside.
fn backslashed(literal: &str, hex: bool) -> Option<String> {
    let mut characters = literal.strip_prefix('"')?.strip_suffix('"')?.chars();
    let mut text = String::new();
    while let Some(c) = characters.next() {
        match c {
            '"' | '\n' | '\r' => return None,
            '\\' => match characters.next()? {
                'n' => text.push('\n'),
                'r' => text.push('\r'),
                't' => text.push('\t'),
                '\\' => text.push('\\'),
                '"' => text.push('"'),
                '\'' if hex => text.push('\''),
                'u' if hex => {
                    let digits: String = characters.by_ref().take(4).collect();
                    text.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
                }
                _ => return None,
            },
            other => text.push(other),
        }
    }
    Some(text)
}

/// Column names: words that a grammar reserves, capitals, and whatever a SQL engine lets a name be.
fn names(count: usize) -> Vec<String> {
    let words = [
        "select",
        "from",
        "where",
        "order",
        "group",
        "user",
        "time",
        "end",
        "Timestamp",
        "all",
        "case",
        "table",
        "limit",
        "desc",
        "by",
        "interval",
        "date",
        "timestamp",
        "null",
        "true",
        "not",
        "in",
        "is",
        "like",
        "left",
        "cross",
        "using",
        "window",
        "values",
        "MiXed",
        "a.b",
        "a.b.c",
        "@timestamp",
        "with space",
        "quo\"te",
        "tick`",
        "it's",
        "back\\slash",
        "-- x",
        "/* x */",
        "é",
        "😀",
        "1a",
        "{{x}}",
    ];
    let piece = prop::sample::select(vec![
        "a", "B", "\"", "`", "'", ".", " ", "-", "\\", "é", "1", "_", "$", "[", "]", "--", ";",
    ]);
    let strategy = prop::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat());
    let mut seen = BTreeSet::from(["time".to_owned()]);
    let all = words
        .iter()
        .map(|word| (*word).to_owned())
        .chain(made(strategy, count).into_iter().skip(PIECES.len()));
    // Engines ignore case in names, or differ in whether they do; a name of blanks is none.
    all.filter(|name| !name.trim().is_empty() && seen.insert(name.to_lowercase()))
        .collect()
}

fn names_found(kind: Kind) {
    let Some(worker) = oracle_or_skip(kind) else {
        return;
    };
    let repository = Repository::load();
    let target = repository.target(kind.name(), None, "", "names");
    let mut names = names(300);
    assert!(names.len() > 200);
    // Every word of the engine's own list of keywords.
    let listed = kind.database().keywords;
    let answer = worker.ask(&json!({"sql": listed})).unwrap();
    let keywords = answer["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row[0].as_str().unwrap().to_lowercase());
    let keywords: BTreeSet<String> = keywords.filter(|word| word != "time").collect();
    assert!(keywords.len() > 200, "{keywords:?}");
    names.retain(|name| !keywords.contains(&name.to_lowercase()));
    names.extend(keywords);
    for batch in names.chunks(60) {
        let columns: Vec<(String, Type)> =
            batch.iter().map(|name| (name.clone(), Type::Int)).collect();
        let row: Vec<Value> = (0..batch.len())
            .map(|at| Value::Int(i64::try_from(at).unwrap()))
            .collect();
        let here = (kind, worker);
        // As columns of the table, as names of the result, within an expression.
        let columns_only =
            selected(&|_| batch.iter().map(|name| native(name, &Type::Int)).collect());
        let renamed = selected_as(batch, &|_| {
            batch.iter().map(|name| native(name, &Type::Int)).collect()
        });
        let summed = selected(&|_| {
            batch
                .iter()
                .map(|name| twice(native(name, &Type::Int)))
                .collect()
        });
        for asked in [columns_only, renamed] {
            let found = asked.run(here, &target, &columns, std::slice::from_ref(&row));
            assert_eq!(
                found.unwrap_or_else(|why| panic!("{why}")).rows,
                [row.as_slice()],
                "{batch:?}"
            );
        }
        let found = summed.run(here, &target, &columns, std::slice::from_ref(&row));
        let doubled: Vec<Value> = (0..batch.len())
            .map(|at| Value::Int(2 * i64::try_from(at).unwrap()))
            .collect();
        assert_eq!(
            found.unwrap_or_else(|why| panic!("{why}")).rows,
            [doubled],
            "{batch:?}"
        );
    }
    println!("{} names found by {}", names.len(), kind.name());
}

fn twice(number: Expr) -> Expr {
    let kind = ExprKind::Arithmetic {
        op: ArithmeticOp::Add,
        left: Box::new(number.clone()),
        right: Box::new(number),
    };
    expr(kind, Type::Int)
}

on_each_database!(names_found);

/// What Kusto and Elasticsearch let a name be is narrower; the words of their grammars are what matters.
#[test]
fn names_are_columns_to_the_vendors() {
    let words = [
        "and",
        "as",
        "asc",
        "between",
        "by",
        "case",
        "contains",
        "count",
        "datatable",
        "desc",
        "distinct",
        "eval",
        "extend",
        "false",
        "first",
        "from",
        "has",
        "in",
        "is",
        "join",
        "keep",
        "kind",
        "last",
        "let",
        "like",
        "limit",
        "metadata",
        "not",
        "null",
        "of",
        "on",
        "or",
        "order",
        "print",
        "project",
        "range",
        "rename",
        "rlike",
        "row",
        "set",
        "sort",
        "stats",
        "summarize",
        "take",
        "to",
        "top",
        "true",
        "type",
        "union",
        "using",
        "where",
        "with",
        "with-dash",
        "1a",
        "Mixed",
        "x_y",
        "@x",
        "a b",
        "lookup",
        "materialize",
        "typeof",
        "int",
        "long",
        "string",
        "datetime",
        "timespan",
        "dynamic",
        "guid",
        "real",
        "bool",
        "pack",
        "view",
        "pattern",
        "alias",
        "declare",
        "step",
    ];
    let repository = Repository::load();
    let asked = selected(&|_| words.iter().map(|name| native(name, &Type::Int)).collect());
    if let Some(worker) = oracle_or_skip(Kind::Kql) {
        let mut table: serde_json::Map<String, serde_json::Value> = words
            .iter()
            .map(|word| ((*word).to_owned(), json!("long")))
            .collect();
        table.insert("time".to_owned(), json!("datetime"));
        let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("names.json");
        std::fs::write(&path, json!({"tables": {"Names": table}}).to_string()).unwrap();
        let text = asked
            .text(&repository.target("kql", None, "", "Names"))
            .unwrap();
        let answer = worker.ask(&json!({"query": text, "schema": path})).unwrap();
        assert_eq!(answer["errors"], json!([]), "{text}");
        let columns: Vec<_> = (0..words.len())
            .map(|at| json!([format!("e{at}"), "long"]))
            .collect();
        assert_eq!(answer["columns"], json!(columns), "{text}");
    }
    if let Some(worker) = oracle_or_skip(Kind::Esql) {
        let target = repository.target("esql", Some("8.19"), "", "names");
        for word in words {
            let asked = selected(&|_| vec![native(word, &Type::Int)]);
            let text = asked.text(&target).unwrap();
            let fields = json!({"fields": {word: "long", "time": "date"}});
            let answer = worker
                .ask(&json!({"query": text, "schema": fields, "stacks": ["8.19.0", "9.3.0"]}))
                .unwrap();
            for result in answer["results"].as_array().unwrap() {
                assert_eq!(result["ok"], json!(true), "{word}: {result}\n{text}");
            }
        }
    }
}

/// The first hunt that SQL can hold, under a name and a path that an author made.
fn headed(
    repository: &mut Repository,
    dialect: &str,
    origin: &Origin,
) -> Vec<(String, Vec<EngineTable>)> {
    let cases = repository.cases();
    let case = &cases[0];
    let plan = repository.plan(case, &Default::default());
    let target = repository.target(dialect, None, "", "network_events");
    let fits = repository.fits(case, &plan, &target.dialect.abilities(""));
    let texts = fits.iter().filter_map(|fitted| {
        let target = Target {
            product: fitted.product.clone(),
            ..target.clone()
        };
        let query = huntc::internals::backend::emit(&fitted.bound, &target, origin).ok()?;
        let columns = columns_read(&fitted.bound, fitted.schema);
        let engine_table = engine_table("network_events", &columns, &fitted.product, &[]);
        Some((query.text, vec![engine_table]))
    });
    texts.take(1).collect()
}

fn named(text: &str) -> Origin {
    Origin {
        name: text.to_owned(),
        version: text.to_owned(),
        path: text.to_owned(),
        ..Origin::default()
    }
}

/// What follows the header.
fn below<'a>(text: &'a str, comment: &str) -> Vec<&'a str> {
    let lines = text.split('\n');
    lines.skip_while(|line| line.starts_with(comment)).collect()
}

#[test]
fn a_header_is_a_comment_whatever_it_names() {
    let mut repository = Repository::load();
    let names: Vec<String> = repository
        .dialects
        .names()
        .iter()
        .map(|n| (*n).into())
        .collect();
    let mut strings = strings(60);
    strings.extend([
        "${system:line.separator}select 1".to_owned(),
        "$${x}".to_owned(),
    ]);
    strings.extend(["\u{202e}x\u{2066}".to_owned(), "\u{c}\u{200b}".to_owned()]);
    let whole = strings.concat();
    for dialect in names {
        let comment = repository
            .dialects
            .load(&dialect, None)
            .unwrap()
            .file
            .comment;
        let plain = headed(&mut repository, &dialect, &Origin::default());
        let told = headed(&mut repository, &dialect, &named(&whole));
        let ((plain, _), (told, _)) = (&plain[0], &told[0]);
        assert_eq!(below(told, &comment), below(plain, &comment), "{dialect}");
        assert_eq!(told.lines().count(), plain.lines().count(), "{dialect}");
        let header: String = told
            .lines()
            .take_while(|l| l.starts_with(&comment))
            .collect();
        let ends = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || is_hidden(c);
        assert_eq!(header.find(ends), None, "{dialect}: {header:?}");
        assert!(!header.contains("${"), "{dialect}: {header}");
    }
}

/// A text with a header that is out to end its comment.
fn headers_run_on(kind: Kind, strings: &[String]) {
    let Some(worker) = oracle_or_skip(kind) else {
        return;
    };
    let mut repository = Repository::load();
    for text in [strings.concat()].iter().chain(strings) {
        for (query, engine_tables) in headed(&mut repository, kind.name(), &named(text)) {
            let answer = sql::answer_over(
                worker,
                kind.profile(),
                &engine_tables,
                Missing::Null,
                &query,
            );
            let answer = answer.unwrap_or_else(|why| panic!("{why}\n{query}"));
            assert_eq!(answer["rows"], json!([]), "{query}");
        }
    }
}

fn headers_run(kind: Kind) {
    headers_run_on(kind, &strings(3));
}

on_each_database!(headers_run, quick);

/// Spark puts variables into the whole text before it reads it, comments and literals too; a property of every Java is a line break.
#[test]
fn headers_run_on_spark() {
    let Some(worker) = oracle_or_skip(Kind::SPARK) else {
        return;
    };
    let break_out = "a ${system:line.separator} select 42 as smuggled --";
    let raw = worker
        .ask(&json!({"sql": format!("-- {break_out}\n")}))
        .unwrap();
    assert_eq!(
        raw["rows"],
        json!([[42]]),
        "the variable is no way out any more"
    );
    headers_run_on(Kind::SPARK, &[break_out.to_owned()]);
    // In a literal it stays what it is.
    let repository = Repository::load();
    let target = repository.target("spark", None, "", "t");
    let literal = printed(&target, break_out);
    let read = worker
        .ask(&json!({"sql": format!("select {literal} as a")}))
        .unwrap();
    assert_eq!(read["rows"], json!([[break_out]]));
}
