//! Questions asked of an engine, and what it answers otherwise than the evaluator.

use super::questions::{FUNCTIONS, PAIRED, QUESTIONS, Question, call};
use super::strings::{self, visible};
use crate::support::expression::{self, Asked, Columns, NOW, TIME, selected};
use crate::support::repository::Repository;
use crate::support::table::{self, Missing, NativeRow};
use crate::support::{Kind, Worker};
use huntc::internals::backend::{Origin, Target, emit};
use huntc::internals::diag::Code;
use huntc::internals::eval::compare;
use huntc::internals::plan::{Expr, NativeColumn, Type};
use huntc::internals::schema::ColumnInfo;
use huntc::internals::value::{Table, Value};
use huntc::internals::verify::engine::Engine as _;
use huntc::internals::verify::interpreters::{Interpreter, Language};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::{Arc, Mutex, OnceLock};

/// Who answers.
pub enum Engine<'a> {
    /// A database; the text column may get a collation.
    Sql(Kind, &'a Worker, Option<&'a str>),
    /// The reader of KQL.
    Kql,
    /// The reader of ES|QL, on a stack.
    Esql(&'a str),
}

impl Engine<'_> {
    fn target(&self, repository: &Repository) -> Target {
        match self {
            Engine::Sql(kind, _, _) => repository.target(kind.name(), None, "", "samples"),
            Engine::Kql => repository.target("kql", None, "", "Samples"),
            Engine::Esql(stack) => repository.target("esql", Some(stack), "", "samples"),
        }
    }

    /// The platform's word for a type; a database gets its own.
    fn native_type(&self, ty: &Type) -> &'static str {
        match (self, ty) {
            (Engine::Sql(..), _) => "",
            (_, Type::Int) => "long",
            (Engine::Kql, Type::Time) => "datetime",
            (Engine::Kql, _) => "string",
            (Engine::Esql(_), Type::Time) => "date",
            (Engine::Esql(_), _) => "keyword",
        }
    }

    /// The rows of the answer, by the number of the row.
    fn answers(&self, asked: &Asked, text: &str, target: &Target, rows: &[Vec<Value>]) -> Table {
        let columns: Vec<_> = COLUMNS
            .map(|(name, ty)| ColumnInfo {
                native: Arc::new(NativeColumn {
                    native_type: self.native_type(&ty).to_owned(),
                    ..(*expression::described(name, &ty).native).clone()
                }),
                ..expression::described(name, &ty)
            })
            .into();
        let columns: Vec<_> = columns.iter().collect();
        let named = |row: &Vec<Value>| -> NativeRow {
            let cells = COLUMNS.iter().zip(row);
            let cells = cells.map(|((name, _), value)| ((*name).to_owned(), value.clone()));
            cells.collect()
        };
        let rows: Vec<NativeRow> = rows.iter().map(named).collect();
        let answer = match self {
            Engine::Sql(kind, worker, collation) => {
                table::load(worker, *kind, &target.table, &columns, &rows, Missing::Null).unwrap();
                if let Some(collation) = collation {
                    for column in ["x", "y"] {
                        let sql = format!(
                            "ALTER TABLE {} ALTER COLUMN {column} TYPE text COLLATE \"{collation}\"",
                            target.table
                        );
                        worker.ask(&json!({"sql": sql})).unwrap();
                    }
                }
                let setup = kind.database().setup;
                worker.ask(&json!({"setup": setup, "sql": text}))
            }
            Engine::Kql | Engine::Esql(_) => {
                let language = match self {
                    Engine::Kql => Language::Kql,
                    _ => Language::Esql,
                };
                let mut reader = Interpreter::with(language, Missing::Null);
                if let Engine::Esql(stack) = self {
                    reader.release(Some(stack));
                }
                reader
                    .load(&[table::engine_table(&target.table, &columns, "", &rows)])
                    .unwrap();
                let answer = reader.run(text, NOW, &asked.bound.outputs);
                answer.map_err(|failure| format!("{failure:?}"))
            }
        };
        let answer = answer.unwrap_or_else(|why| panic!("{why}\n{text}"));
        let mut found = table::read_result(&answer, &asked.bound.outputs, &Default::default())
            .unwrap_or_else(|why| panic!("{why}\n{text}"));
        found.rows.sort_by_key(|row| number(&row[0]));
        found
    }
}

/// The columns of the table: a number, the value, a second value and the time.
const COLUMNS: [(&str, Type); 4] = [
    ("id", Type::Int),
    ("x", Type::Text),
    ("y", Type::Text),
    (TIME, Type::Time),
];

fn number(value: &Value) -> i64 {
    match value {
        Value::Int(number) => *number,
        other => panic!("a number: {other:?}"),
    }
}

/// One row for each pair of texts.
fn rows<'t>(pairs: impl IntoIterator<Item = (&'t str, &'t str)>) -> Vec<Vec<Value>> {
    (0..)
        .zip(pairs)
        .map(|(id, (x, y))| {
            vec![
                Value::Int(id),
                Value::text(x),
                Value::text(y),
                Value::Time(NOW),
            ]
        })
        .collect()
}

/// The number of the row, then the expressions.
pub fn numbered(build: &dyn Fn(Columns) -> Vec<Expr>) -> Asked {
    selected(&|columns| {
        let mut all = vec![columns("id", &Type::Int)];
        all.extend(build(columns));
        all
    })
}

/// The codes of the notes on a text.
fn notes(asked: &Asked, target: &Target) -> BTreeSet<Code> {
    let query = emit(&asked.bound, target, &Origin::default()).unwrap();
    query.notes.iter().map(|note| note.code).collect()
}

/// What an engine answers otherwise than the evaluator.
#[derive(Default)]
struct Differences {
    /// Values with a sign that the engine takes for a letter of ASCII where the language does not, or the other way round: the exceptions of the page.
    signs: BTreeSet<char>,
    /// Others, and the notes that report them.
    noted: Vec<String>,
    codes: BTreeSet<Code>,
}

impl Differences {
    /// A cell of the table.
    fn told(&self) -> String {
        let mut parts = Vec::new();
        if !self.signs.is_empty() {
            let signs = self
                .signs
                .iter()
                .map(|c| format!("`{}`", visible(&c.to_string())));
            parts.push(signs.collect::<Vec<_>>().join(" "));
        }
        if !self.noted.is_empty() {
            let codes: Vec<String> = self.codes.iter().map(ToString::to_string).collect();
            parts.push(format!("{}: {}", codes.join(" "), self.noted.join(", ")));
        }
        match parts.is_empty() {
            true => "equal".to_owned(),
            false => parts.join("; "),
        }
    }
}

/// The Kelvin sign, the dotted capital and the long s.
const SIGNS: [char; 3] = ['\u{212a}', 'İ', 'ſ'];

/// The notes that report folding, or of the neighbours of a word.
const TELLING: [Code; 3] = [Code::N0511, Code::N0517, Code::N0519];

/// A question's rows: the evaluator's answers, by value and constant.
struct Asking {
    name: String,
    asked: Asked,
    rows: Vec<Vec<Value>>,
    wanted: Table,
}

/// Everything that is asked, with what the evaluator says: it is the same for all engines.
fn askings() -> &'static [Asking] {
    static ASKINGS: OnceLock<Vec<Asking>> = OnceLock::new();
    ASKINGS.get_or_init(|| {
        let odd = strings::all();
        let alone = || rows(odd.iter().map(|odd| (odd.text.as_str(), "")));
        let asking = |name: &str, rows: Vec<Vec<Value>>, asked: Asked| Asking {
            name: name.to_owned(),
            wanted: asked.evaluated(&columns(), &without_time(&rows)).table,
            asked,
            rows,
        };
        let questions = QUESTIONS.iter().map(|question| {
            let constants = constants(question);
            let asked = numbered(&|columns| {
                let built = constants.iter().map(|c| predicate(question, c, columns));
                built.collect()
            });
            asking(question.name, alone(), asked)
        });
        let functions = FUNCTIONS.iter().map(|function| {
            let asked = numbered(&|columns| vec![call(function, columns("x", &Type::Text))]);
            asking(&format!("{function}(x)"), alone(), asked)
        });
        let paired = PAIRED.iter().map(|(name, build)| {
            let asked = numbered(&|columns| {
                vec![build(columns("x", &Type::Text), columns("y", &Type::Text))]
            });
            let near = odd.iter().flat_map(|x| {
                let near = odd.iter().filter(|y| y.family == x.family);
                near.map(|y| (x.text.as_str(), y.text.as_str()))
            });
            asking(name, rows(near), asked)
        });
        questions.chain(functions).chain(paired).collect()
    })
}

/// The text of what is asked; the locales of PostgreSQL share theirs.
fn text(name: &str, asking: &Asking, target: &Target) -> String {
    static TEXTS: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
    let made = || {
        let text = asking.asked.text(target);
        text.unwrap_or_else(|faults| panic!("{faults:?}"))
    };
    match name.starts_with("postgres") {
        true => {
            let mut texts = TEXTS.lock().unwrap();
            texts
                .entry(asking.name.clone())
                .or_insert_with(made)
                .clone()
        }
        false => made(),
    }
}

/// The strings that a question may have as its constant.
pub fn constants(question: &Question) -> Vec<String> {
    let field = || expression::field("x", &Type::Text);
    let texts = strings::all().into_iter().map(|odd| odd.text);
    texts
        .filter(|text| (question.build)(field(), text).is_some())
        .collect()
}

/// The question with the constant.
pub fn predicate(question: &Question, constant: &str, columns: Columns) -> Expr {
    (question.build)(columns("x", &Type::Text), constant).expect("a constant of the question")
}

/// Asks everything of an engine; what differs and is not noted fails, and the rest is held against the snapshot.
pub fn settle(name: &str, engine: &Engine) {
    let repository = Repository::load();
    let target = engine.target(&repository);
    let (mut told, mut unsaid) = (String::new(), Vec::new());
    for asking in askings() {
        let text = text(name, asking, &target);
        let found = engine.answers(&asking.asked, &text, &target, &asking.rows);
        assert_eq!(found.rows.len(), asking.rows.len());
        let question = QUESTIONS
            .iter()
            .find(|question| question.name == asking.name);
        let constants = question.map(constants);
        let mut differences = Differences::default();
        let mut values = BTreeSet::new();
        for at in 1..asking.wanted.columns.len() {
            let constant = constants
                .as_ref()
                .map(|constants| constants[at - 1].as_str());
            let differing: Vec<usize> = (0..asking.rows.len())
                .filter(|row| {
                    !compare::allows(&asking.wanted.rows[*row][at], &found.rows[*row][at])
                })
                .collect();
            let signs = |row: usize| match constant {
                Some(constant) => lacking(&asking.rows[row][1].to_string(), constant),
                None => Vec::new(),
            };
            let (excepted, others): (Vec<usize>, Vec<usize>) = differing
                .into_iter()
                .partition(|row| !signs(*row).is_empty());
            differences
                .signs
                .extend(excepted.into_iter().flat_map(signs));
            if others.is_empty() {
                continue;
            }
            let codes = match (question, constant) {
                (Some(question), Some(constant)) => {
                    let alone = numbered(&|columns| vec![predicate(question, constant, columns)]);
                    notes(&alone, &target)
                }
                _ => notes(&asking.asked, &target),
            };
            let codes: BTreeSet<Code> = codes.into_iter().filter(|c| TELLING.contains(c)).collect();
            let texts: Vec<String> = others.iter().map(|row| shown(asking, *row)).collect();
            if codes.is_empty() {
                let constant = visible(constant.unwrap_or_default());
                unsaid.push(format!("{}: {constant}: {}", asking.name, texts.join(", ")));
            }
            differences.codes.extend(codes);
            values.extend(others);
        }
        differences.noted = values.into_iter().map(|row| shown(asking, row)).collect();
        writeln!(told, "{} | {}", asking.name, differences.told()).unwrap();
    }
    assert!(
        unsaid.is_empty(),
        "{name} answers otherwise, and no note tells:\n{}",
        unsaid.join("\n")
    );
    insta::assert_snapshot!(name, told);
}

/// The signs of the value that the constant lacks.
fn lacking(text: &str, constant: &str) -> Vec<char> {
    let own = |sign: &char| text.contains(*sign) && !constant.contains(*sign);
    SIGNS.into_iter().filter(own).collect()
}

/// The regexes of ES|QL's texts, decided by Lucene itself, which runs them. Gives how many were asked.
pub fn settle_lucene(lucene: &Worker) -> usize {
    let repository = Repository::load();
    let target = Engine::Esql("9.3").target(&repository);
    let values: Vec<String> = strings::all().into_iter().map(|odd| odd.text).collect();
    let (mut asked, mut wrong) = (0, Vec::new());
    for question in QUESTIONS {
        let asking = askings()
            .iter()
            .find(|asking| asking.name == question.name)
            .unwrap();
        for (at, constant) in constants(question).iter().enumerate() {
            let alone = numbered(&|columns| vec![predicate(question, constant, columns)]);
            let text = alone.text(&target).unwrap();
            let Some(pattern) = only_regex(&text) else {
                continue;
            };
            asked += 1;
            let request = json!({"kind": "rlike", "pattern": pattern, "texts": values});
            let answer = lucene
                .ask(&request)
                .unwrap_or_else(|why| panic!("{why}\n{text}"));
            let negated = text.contains("NOT x RLIKE");
            for (row, value) in values.iter().enumerate() {
                let says = answer["matches"][row] == !negated;
                let wanted = asking.wanted.rows[row][at + 1] == Value::Bool(true);
                let noted = question.name.contains("has_word") && !value.is_ascii();
                if says != wanted && lacking(value, constant).is_empty() && !noted {
                    wrong.push(format!(
                        "{}: {constant} on {value}: {pattern}",
                        question.name
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differences\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    asked
}

/// The one regex that a text has, if it is all that the text tests.
fn only_regex(text: &str) -> Option<String> {
    let (_, after) = text.split_once("x RLIKE ")?;
    if text.contains("TO_LOWER") || text.contains("TO_UPPER") || after.contains("RLIKE") {
        return None;
    }
    if let Some(raw) = after.strip_prefix("\"\"\"") {
        return raw
            .split_once("\"\"\"")
            .map(|(pattern, _)| pattern.to_owned());
    }
    let literal = serde_json::Deserializer::from_str(after)
        .into_iter::<String>()
        .next();
    Some(literal.expect("a literal").expect("a literal"))
}

/// The value, or the two values, of a row.
fn shown(asking: &Asking, row: usize) -> String {
    let [_, x, y, _] = &asking.rows[row][..] else {
        panic!("four cells");
    };
    match y.to_string() {
        y if y.is_empty() => visible(&x.to_string()),
        y => format!("{} and {}", visible(&x.to_string()), visible(&y)),
    }
}

fn columns() -> Vec<(String, Type)> {
    let named = COLUMNS[..3].iter();
    named
        .map(|(name, ty)| ((*name).to_owned(), ty.clone()))
        .collect()
}

fn without_time(rows: &[Vec<Value>]) -> Vec<Vec<Value>> {
    rows.iter().map(|row| row[..3].to_vec()).collect()
}
