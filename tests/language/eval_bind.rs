//! A hunt bound to the columns of a schema finds in native rows what the hunt finds in the same rows read as neutral events.
//!
//! Both sides are run by the evaluator, so that no engine is needed: one over the plan that the backends print, the other over the neutral plan and
//! the reader of native data. The rows are random, full of blanks, unlisted words and sessions in both directions.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use huntc::internals::data::{self, Request, native};
use huntc::internals::eval::{self, Events};
use huntc::internals::hunt;
use huntc::internals::plan::passes::{Bound, ReadBack, bind, specialize};
use huntc::internals::plan::{Catalog, ExprKind, Plan, Type, lower};
use huntc::internals::schema::{Cast, How, Library, MemberStep, Schema, load};
use huntc::internals::source::Files;
use huntc::internals::syntax;
use huntc::internals::value::{Row, Table, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// 2020-10-22T12:00:00Z
const NOW: i64 = 1_603_368_000_000;

/// Rows of each trial.
const ROWS: usize = 800;

/// A small generator of numbers, the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % sides
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }
}

/// Texts that the hunts of the repository ask for, and near misses.
const TEXTS: [&str; 27] = [
    "",
    "a",
    "host-1",
    "host-2",
    "Tool.exe",
    "tool.EXE",
    "chrome.exe",
    "winlogon.exe",
    "c:\\windows\\system32\\svchost.exe",
    "powershell.exe",
    "4",
    "user",
    "CORP\\ann",
    "cmd.exe /c \"powershell.exe http://a.test\"",
    "C:\\Users\\ann\\explorer.exe",
    "winword.exe",
    "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run",
    "a.b.example.test.",
    "1",
    "0x10",
    "creation",
    "modification",
    "11",
    "13",
    "lsass.dmp",
    "C:\\Users\\ann\\AppData\\Local\\Temp\\version.dll",
    "version.dll",
];
const ADDRESSES: [&str; 8] = [
    "",
    "10.0.0.1",
    "10.0.0.2",
    "8.8.8.8",
    "8.8.4.4",
    "2606:4700::1111",
    "fe80::1",
    "100.0.1.1",
];
const NUMBERS: [i64; 14] = [
    4, 22, 53, 80, 88, 389, 443, 445, 3389, 5985, 9389, 8443, 49200, 50001,
];

/// The native words that a schema's mappings know for a column, and one that they do not.
fn words(schema: &Schema, column: &str) -> Vec<String> {
    let mut words = BTreeSet::new();
    for mapping in schema.mapping.fields.values() {
        if let How::Words {
            source,
            words: listed,
            ..
        } = &mapping.how
            && source.every_column().any(|c| c == column)
        {
            words.extend(listed.iter().flat_map(|(_, natives)| natives.clone()));
        }
    }
    let conditions = schema.mapping.rows.iter();
    let tells = conditions.filter(|condition| condition.column == column);
    words.extend(tells.flat_map(|condition| condition.values.clone()));
    if !words.is_empty() {
        words.insert("unlisted".to_owned());
    }
    words.into_iter().collect()
}

/// A word as a column of that type holds it.
fn typed(ty: &Type, word: &str) -> Value {
    match ty {
        Type::Int => Value::Int(word.parse().unwrap()),
        _ => Value::text(word),
    }
}

/// The texts that a plan asks for: rows without them say nothing of it.
fn asked_for(plan: &Plan) -> Vec<String> {
    let mut texts = BTreeSet::new();
    let mut add = |value: &Value| {
        if let Value::Text(text) = value {
            texts.insert(text.to_string());
        }
    };
    for step in &plan.steps {
        for expr in step.kind.expressions() {
            expr.visit(&mut |part| match &part.kind {
                ExprKind::Literal { value, .. } => add(value),
                ExprKind::In { items, .. } => items.iter().for_each(&mut add),
                _ => {}
            });
        }
    }
    texts.into_iter().collect()
}

/// JSON that holds the members that fields stand on.
fn members(dice: &mut Dice, ways: &[(&[MemberStep], bool)], texts: &[String]) -> Value {
    let mut json = serde_json::Value::Null;
    for (way, is_decimal) in ways {
        if dice.roll(8) == 0 {
            continue;
        }
        let mut at = &mut json;
        for step in *way {
            at = match step {
                MemberStep::Key(key) => &mut at[key.as_str()],
                MemberStep::Place(place) => {
                    if at.is_null() {
                        *at = serde_json::json!([{}, {}]);
                    }
                    &mut at[*place as usize]
                }
            };
        }
        let text = match is_decimal {
            true => Value::text(&dice.pick(&NUMBERS).to_string()),
            false => cell(dice, &Type::Text, &[], texts),
        };
        *at = match text {
            Value::Missing => serde_json::Value::Null,
            text => text.to_string().into(),
        };
    }
    match json {
        serde_json::Value::Null => Value::Missing,
        json => Value::text(&json.to_string()),
    }
}

fn cell(dice: &mut Dice, ty: &Type, words: &[String], texts: &[String]) -> Value {
    if dice.roll(8) == 0 {
        return Value::Missing;
    }
    match ty {
        Type::Time => Value::Time(NOW - 1000 * i64::try_from(dice.roll(40_000)).unwrap()),
        Type::Int => words
            .get(dice.roll(words.len() + 1))
            .and_then(|word| word.parse().ok())
            .map_or_else(|| Value::Int(dice.pick(&NUMBERS)), Value::Int),
        Type::Float => Value::Float(0.5),
        Type::Bool => Value::Bool(dice.roll(2) == 0),
        Type::Ip => Value::text(dice.pick(&ADDRESSES)),
        _ if !words.is_empty() => Value::text(&words[dice.roll(words.len())]),
        _ if !texts.is_empty() && dice.roll(3) != 0 => Value::text(&texts[dice.roll(texts.len())]),
        _ if dice.roll(3) == 0 => Value::text(&dice.pick(&NUMBERS).to_string()),
        _ => Value::text(dice.pick(&TEXTS)),
    }
}

/// Random rows; text columns that hold numbers are decimal or blank, as the schema promises.
fn rows(schema: &Schema, product: &str, whole: &Bound, texts: &[String], seed: u64) -> Table {
    let time = &whole.time.name;
    let mut dice = Dice(seed);
    let mapping = &schema.mapping;
    let decimal: BTreeSet<&str> = mapping
        .fields
        .values()
        .filter_map(|mapping| match &mapping.how {
            How::Column {
                source,
                cast: huntc::internals::schema::Cast::TextToInt,
            } => Some([Some(source.column(product)), source.switched_column()]),
            _ => None,
        })
        .flatten()
        .flatten()
        .collect();
    let mut mapped: BTreeSet<&str> = mapping.rows.iter().map(|c| c.column.as_str()).collect();
    for how in mapping.fields.values().map(|mapping| &mapping.how) {
        if let How::Column { source, .. } | How::Words { source, .. } = how {
            mapped.insert(source.column(product));
            mapped.extend(source.switched_column());
        }
    }
    let columns: Vec<_> = schema
        .columns
        .iter()
        .filter(|c| {
            mapped.contains(c.native.name.as_str())
                && (c.products.is_empty() || c.products.iter().any(|p| p == product))
        })
        .collect();
    let known: Vec<Vec<String>> = columns
        .iter()
        .map(|c| words(schema, &c.native.name))
        .collect();
    let mut made: Vec<Row> = Vec::new();
    for _ in 0..ROWS {
        let mut row: Row = Vec::new();
        for (column, known) in columns.iter().zip(&known) {
            let name = column.native.name.as_str();
            let mut conditions = mapping.rows.iter();
            let is_class = conditions.find(|condition| condition.column == name);
            let is_class = is_class.map(|condition| &condition.values[0]);
            let value = match is_class {
                Some(word) if dice.roll(8) != 0 && !column.native.multi => typed(&column.ty, word),
                Some(word) if dice.roll(8) != 0 && column.native.multi => {
                    Value::set([Value::text(word), cell(&mut dice, &column.ty, known, texts)])
                }
                _ if name == *time => {
                    Value::Time(NOW - 1000 * i64::try_from(dice.roll(4000)).unwrap())
                }
                _ if column.ty == Type::Json => {
                    let fields = mapping.fields.values();
                    let sources = fields.filter_map(|mapping| match &mapping.how {
                        How::Column { source, cast } => Some((source, *cast == Cast::TextToInt)),
                        How::Words { source, .. } => Some((source, false)),
                        _ => None,
                    });
                    let on_it = sources.filter(|(source, _)| source.column(product) == name);
                    let ways: Vec<_> = on_it
                        .map(|(source, is_decimal)| (&source.member[..], is_decimal))
                        .collect();
                    members(&mut dice, &ways, texts)
                }
                _ if decimal.contains(name) => Value::text(&dice.pick(&NUMBERS).to_string()),
                _ if column.native.multi => {
                    let some: Vec<Value> = (0..dice.roll(4))
                        .map(|_| cell(&mut dice, &column.ty, known, texts))
                        .collect();
                    match Value::set(some) {
                        Value::Set(none) if none.is_empty() => Value::Missing,
                        set => set,
                    }
                }
                _ => cell(&mut dice, &column.ty, known, texts),
            };
            row.push(value);
        }
        made.push(row);
    }
    Table {
        columns: columns.iter().map(|c| c.native.name.clone()).collect(),
        rows: made,
    }
}

/// The same rows as neutral events, by way of NDJSON.
fn neutral(library: &Library, schema: &Schema, product: &str, plan: &Plan, rows: &Table) -> Events {
    let lines = rows.rows.iter().map(|row| {
        let cells = rows
            .columns
            .iter()
            .cloned()
            .zip(row.iter().map(native::to_json));
        format!("{}\n", serde_json::Value::Object(cells.collect()))
    });
    let request = Request {
        class: &library.classes[&plan.class],
        fields: &eval::needs(plan).fields,
        native: Some((schema, product)),
        from: None,
        to: i64::MAX,
    };
    let text: String = lines.collect();
    let loaded = data::load_text(Path::new("rows"), &text, request).unwrap();
    assert_eq!(loaded.problems, []);
    loaded.events
}

/// A result of the bound plan in the words of the hunt, with one allowed value for what is undetermined.
fn read_back(bound: &Bound, table: Table) -> Table {
    let rows = table.rows.into_iter().map(|row| {
        let cells = row.into_iter().zip(&bound.outputs);
        cells
            .map(|(value, output)| settled(value, &output.read))
            .collect()
    });
    Table {
        rows: rows.collect(),
        columns: bound
            .outputs
            .iter()
            .map(|output| output.neutral.clone())
            .collect(),
    }
}

fn settled(value: Value, read: &ReadBack) -> Value {
    match (value, read) {
        (Value::OneOf(mut all), _) => settled(all.swap_remove(0), read),
        (Value::SomeOf { count, of }, _) => settled(Value::Set(of[..count].to_vec()), read),
        (Value::Set(all), _) => Value::set(all.into_iter().map(|one| settled(one, read))),
        (Value::Missing, _) => Value::Missing,
        (value, ReadBack::Words(words)) => {
            let word = words
                .iter()
                .find(|(_, natives)| natives.contains(&value.to_string()));
            word.map_or(Value::Missing, |(word, _)| Value::text(word))
        }
        (Value::Text(text), ReadBack::TextToInt) => Value::Int(text.parse().unwrap()),
        (Value::Int(number), ReadBack::IntToText) => Value::text(&number.to_string()),
        (value, _) => value,
    }
}

/// The first steps of a plan, as many as asked.
fn beginning(plan: &Plan, steps: usize) -> Plan {
    Plan {
        class: plan.class.clone(),
        steps: plan.steps[..steps].to_vec(),
    }
}

/// Native rows as the evaluator wants events: with their time under its neutral name too.
fn with_time(bound: &Bound, mut rows: Table) -> Table {
    let at = rows
        .columns
        .iter()
        .position(|c| *c == bound.time.name)
        .unwrap();
    rows.columns.push(eval::TIME.to_owned());
    for row in &mut rows.rows {
        let time = row[at].clone();
        row.push(time);
    }
    rows
}

/// Compares a hunt, and each beginning of it, on random rows of one form of a schema; how many rows were found in all.
fn agrees(
    library: &Library,
    schema: &Schema,
    product: &str,
    plan: &Plan,
    seed: u64,
) -> Result<usize, String> {
    let class = &library.classes[&plan.class];
    let Ok(whole) = bind(plan, class, schema, product) else {
        return Ok(0);
    };
    let texts: Vec<String> = [plan, &whole.plan]
        .into_iter()
        .flat_map(asked_for)
        .collect();
    let native = rows(schema, product, &whole, &texts, seed);
    let events = neutral(library, schema, product, plan, &native);
    let native = with_time(&whole, native);
    let mut found = 0;
    for steps in 1..=plan.steps.len() {
        let plan = beginning(plan, steps);
        let bound =
            bind(&plan, class, schema, product).map_err(|faults| faults[0].title.clone())?;
        let expected = eval::run(&plan, &events, NOW).unwrap();
        let result = eval::run(&bound.plan, &native, NOW).unwrap().table;
        found += if steps > 1 { result.rows.len() } else { 0 };
        let about = format!("{} {product} {seed}, {steps} steps", schema.name);
        if bound.outputs.is_empty() {
            // Whole events: native columns on one side, neutral fields on the other.
            let (ours, theirs) = (expected.table.rows.len(), result.rows.len());
            if ours != theirs {
                return Err(format!("{about}: {ours} rows, and {theirs} bound"));
            }
        } else {
            eval::compare::compare(&expected, &read_back(&bound, result))
                .map_err(|difference| format!("{about}: {difference}"))?;
        }
    }
    Ok(found)
}

#[test]
fn a_bound_hunt_finds_in_native_rows_what_the_hunt_finds_in_events() {
    let mut files = Files::default();
    let library = load::embedded(&mut files).unwrap();
    let detections = Path::new(env!("CARGO_MANIFEST_DIR")).join("detections");
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let mut classes: BTreeMap<String, usize> = BTreeMap::new();
    for slug in std::fs::read_dir(detections).unwrap() {
        let hunt = hunt::read(&mut files, &slug.unwrap().path().join("hunt.yaml")).unwrap();
        let query = syntax::parse(&files, hunt.query).unwrap();
        let plan = lower(&query, &hunt, &Catalog::library(&library), &BTreeMap::new()).unwrap();
        // A schema of files has no table to bind a hunt to.
        let tables = library
            .schemas_of(&plan.class)
            .filter(|schema| !schema.is_of_files());
        for schema in tables {
            let Ok(fitted) = specialize(&plan, schema, &[]) else {
                continue;
            };
            let one_form = [String::new()];
            let products = if schema.products.is_empty() {
                &one_form[..]
            } else {
                &schema.products
            };
            for (product, seed) in products
                .iter()
                .flat_map(|product| [(product, 1), (product, 2)])
            {
                let rows = agrees(&library, schema, product, &fitted.plan, seed)
                    .unwrap_or_else(|difference| panic!("{}: {difference}", hunt.slug.value));
                let of = format!("{} in {}", hunt.slug.value, schema.name);
                *found.entry(of).or_default() += rows;
                let of = format!("{} in {}", plan.class, schema.name);
                *classes.entry(of).or_default() += rows;
            }
        }
    }
    assert!(found.len() >= 9, "{found:?}");
    // Random rows seldom meet the rarer conditions; of each class on each platform some hunt finds rows.
    assert!(classes.len() >= 20, "{classes:?}");
    assert!(classes.values().all(|rows| *rows > 0), "{classes:?}");
}
