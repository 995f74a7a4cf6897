//! The tables of `docs/folding.md`, made of the snapshots and of the strings. Between its marks the page is generated; the rest is written by hand.

use super::questions::QUESTIONS;
use super::strings;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// What each column of the tables is called, and the snapshot it is made of.
const TARGETS: [(&str, &str); 9] = [
    ("KQL", "kql"),
    ("ES\\|QL 8.19", "esql-8.19"),
    ("ES\\|QL 9.3", "esql-9.3"),
    ("DuckDB", "duckdb"),
    ("PostgreSQL, C.UTF-8", "postgres"),
    ("PostgreSQL, C", "postgres-c"),
    ("PostgreSQL, ICU", "postgres-icu"),
    ("Spark", "spark"),
    ("ClickHouse", "clickhouse"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The lines of a snapshot: question and answer, in the order of the questions.
fn answers(name: &str) -> Vec<(String, String)> {
    let path = root().join(format!(
        "tests/engines/folding/snapshots/engines__folding__answers__{name}.snap"
    ));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{name}: {why}"));
    let (_, body) = text[3..].split_once("\n---\n").expect("a header");
    let line = |line: &str| {
        let (question, answer) = line.split_once(" | ").expect("two parts");
        (question.to_owned(), answer.to_owned())
    };
    body.lines().map(line).collect()
}

/// A cell: `equal`, the signs that are exceptions, the notes.
fn cell(answer: &str) -> String {
    let parts = answer.split("; ").map(|part| match part.split_once(": ") {
        Some((codes, _)) => codes.to_owned(),
        None => part.replace("`\\u{212A}`", "K").replace('`', ""),
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn table_of_operators() -> String {
    let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    let mut table = format!("| `c` is the constant | {} |\n", names.join(" | "));
    writeln!(table, "|---|{}", "---|".repeat(TARGETS.len())).unwrap();
    let columns: Vec<Vec<(String, String)>> =
        TARGETS.iter().map(|(_, file)| answers(file)).collect();
    for (row, (question, _)) in columns[0].iter().enumerate() {
        let cells: Vec<String> = columns.iter().map(|column| cell(&column[row].1)).collect();
        writeln!(table, "| `{question}` | {} |", cells.join(" | ")).unwrap();
    }
    table
}

/// Which values a note is about, for the questions that have the same.
fn table_of_notes() -> String {
    let mut table =
        "| target | note | where | values that differ |\n|---|---|---|---|\n".to_owned();
    for (name, file) in TARGETS {
        let mut groups: BTreeMap<usize, (String, String, Vec<String>)> = BTreeMap::new();
        for (at, (question, answer)) in answers(file).into_iter().enumerate() {
            let Some((codes, values)) = answer.split("; ").find_map(|part| part.split_once(": "))
            else {
                continue;
            };
            let pairs = values.contains(" and ");
            let values = match pairs {
                true => format!("{} pairs", values.split(", ").count()),
                false => values.to_owned(),
            };
            let same = groups
                .values_mut()
                .find(|(c, v, _)| (c.as_str(), v) == (codes, &values));
            match same {
                Some((_, _, questions)) => questions.push(question),
                None => {
                    groups.insert(at, (codes.to_owned(), values, vec![question]));
                }
            }
        }
        for (codes, values, questions) in groups.into_values() {
            let questions: Vec<String> = questions.iter().map(|q| format!("`{q}`")).collect();
            writeln!(
                table,
                "| {name} | {codes} | {} | {values} |",
                questions.join(", ")
            )
            .unwrap();
        }
    }
    table
}

fn table_of_strings() -> String {
    let mut table = "| | string | what it is |\n|---|---|---|\n".to_owned();
    let mut before = String::new();
    for odd in strings::all() {
        let family = if odd.family == before {
            ""
        } else {
            &odd.family
        };
        writeln!(table, "| {family} | `{}` | {} |", odd.written, odd.what).unwrap();
        before = odd.family;
    }
    table
}

/// The page with its tables as they should be.
fn made(page: &str) -> String {
    let mut made = page.to_owned();
    let tables = [
        ("operators", table_of_operators()),
        ("notes", table_of_notes()),
        ("strings", table_of_strings()),
    ];
    for (name, table) in tables {
        let (start, end) = (
            format!("<!-- {name}: made by tests/engines/folding -->\n\n"),
            "\n<!-- end -->",
        );
        let from = made
            .find(&start)
            .unwrap_or_else(|| panic!("no mark of {name}"))
            + start.len();
        let to = from + made[from..].find(end).expect("an end");
        made.replace_range(from..to, &table);
    }
    made
}

/// `INSTA_UPDATE=always` writes the page, after the snapshots: run it twice.
#[test]
fn the_page_shows_what_was_found() {
    let path = root().join("docs/folding.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let made = made(&page);
    if page != made && std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always") {
        std::fs::write(&path, &made).expect("the page is written");
        return;
    }
    assert!(
        page == made,
        "run `INSTA_UPDATE=always cargo test --test engines folding` twice and commit docs/folding.md"
    );
}

#[test]
fn every_question_has_a_line_on_every_target() {
    for (_, file) in TARGETS {
        let answers = answers(file);
        for (question, (asked, _)) in QUESTIONS.iter().zip(&answers) {
            assert_eq!(question.name, asked, "{file}");
        }
    }
}
