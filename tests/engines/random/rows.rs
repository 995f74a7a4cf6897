//! Random native rows for a random hunt: the words that hunts and rows share, the words that the schema knows, edges of the window, missing cells.
//!
//! Promise: a cell is one that the schema allows in its column; what a schema forbids is not what is compared here.

use super::words;
use crate::support::repository::Fitted;
use crate::support::table::{self, NativeRow, expressions};
use huntc::internals::net;
use huntc::internals::pattern::testing::Rng;
use huntc::internals::plan::{Column, ExprKind, StepKind, Type};
use huntc::internals::schema::{Cast, ColumnInfo, How};
use huntc::internals::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The instant of every run.
pub const NOW: i64 = 1_772_458_245_678;

/// Makes rows for one fitted hunt.
pub struct Rows<'a> {
    columns: Vec<&'a ColumnInfo>,
    /// What a cell of a column may hold.
    pools: BTreeMap<String, Vec<Value>>,
    /// What the text compares a column with: these come more often.
    wanted: BTreeMap<String, Vec<Value>>,
    time: String,
    within: i64,
}

impl<'a> Rows<'a> {
    pub fn of(fitted: &'a Fitted) -> Rows<'a> {
        let columns = table::columns_read(&fitted.bound, fitted.schema);
        let mut digits = BTreeSet::new();
        let mut known: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for mapping in fitted.schema.mapping.fields.values() {
            match &mapping.how {
                How::Column {
                    source,
                    cast: Cast::TextToInt,
                } => {
                    digits.insert(source.column(&fitted.product).to_owned());
                    digits.extend(source.switched_column().map(str::to_owned));
                }
                How::Words { source, words, .. } => {
                    let native = words
                        .iter()
                        .flat_map(|(_, native)| native)
                        .map(|word| Value::text(word));
                    let both = [
                        Some(source.column(&fitted.product).to_owned()),
                        source.switched_column().map(str::to_owned),
                    ];
                    let native: Vec<Value> = native.collect();
                    for column in both.into_iter().flatten() {
                        known.entry(column).or_default().extend(native.clone());
                    }
                }
                _ => {}
            }
        }
        let pool = |column: &&ColumnInfo| {
            let name = &column.native.name;
            let known = known.get(name).map_or(&[][..], Vec::as_slice);
            (name.clone(), pool(column, digits.contains(name), known))
        };
        let within = match fitted.plan.steps.first().map(|step| &step.kind) {
            Some(StepKind::From {
                within: Some(within),
                ..
            }) => *within,
            _ => 86_400_000,
        };
        Rows {
            pools: columns.iter().map(pool).collect(),
            wanted: wanted(fitted),
            columns,
            time: fitted.bound.time.name.clone(),
            within,
        }
    }

    pub fn rows(&self, rng: &mut Rng, count: usize) -> Vec<NativeRow> {
        let mut rows: Vec<NativeRow> = Vec::new();
        while rows.len() < count {
            let row = match rng.below(4) {
                // A row like one before it, so that groups have several rows.
                0 | 1 if !rows.is_empty() => {
                    let mut row = rows[rng.below(rows.len())].clone();
                    for _ in 0..1 + rng.below(2) {
                        let column = self.columns[rng.below(self.columns.len())];
                        let value = self.cell(rng, column);
                        row.insert(column.native.name.clone(), value);
                    }
                    row
                }
                _ => self
                    .columns
                    .iter()
                    .map(|column| (column.native.name.clone(), self.cell(rng, column)))
                    .collect(),
            };
            rows.push(row);
        }
        rows
    }

    fn cell(&self, rng: &mut Rng, column: &ColumnInfo) -> Value {
        let name = &column.native.name;
        if *name == self.time {
            let edges = [
                0,
                1,
                -1,
                self.within,
                self.within + 1,
                self.within - 1,
                3_600_000,
                3_599_999,
                5_400_000,
            ];
            return Value::Time(
                NOW - if rng.below(3) == 0 {
                    edges[rng.below(edges.len())]
                } else {
                    i64::try_from(rng.below(10_800_000)).unwrap_or(0)
                },
            );
        }
        let wanted = self.wanted.get(name).map_or(&[][..], Vec::as_slice);
        let wanted: Vec<&Value> = wanted.iter().filter(|value| holds(column, value)).collect();
        let pool = &self.pools[name];
        let value = match rng.below(10) {
            0 => Value::Missing,
            1..=5 if !wanted.is_empty() => wanted[rng.below(wanted.len())].clone(),
            _ if pool.is_empty() => Value::Missing,
            _ => pool[rng.below(pool.len())].clone(),
        };
        let value = if column.case_varies {
            other_case(rng, value)
        } else {
            value
        };
        match (column.native.multi, value.is_missing()) {
            (true, false) if rng.below(3) == 0 && !pool.is_empty() => {
                Value::set([value, pool[rng.below(pool.len())].clone()])
            }
            (true, false) => Value::set([value]),
            _ => value,
        }
    }
}

/// Whether the native type of the column has room for the value.
fn holds(column: &ColumnInfo, value: &Value) -> bool {
    let narrow = matches!(column.native.native_type.as_str(), "int" | "integer");
    match value {
        Value::Int(number) => !narrow || i32::try_from(*number).is_ok(),
        _ => true,
    }
}

fn other_case(rng: &mut Rng, value: Value) -> Value {
    match (&value, rng.below(6)) {
        (Value::Text(text), 0) => Value::text(&text.to_ascii_uppercase()),
        (Value::Text(text), 1) => Value::text(&text.to_ascii_lowercase()),
        _ => value,
    }
}

/// What the bound plan compares each column with.
fn wanted(fitted: &Fitted) -> BTreeMap<String, Vec<Value>> {
    let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let kinds: BTreeMap<&str, &ColumnInfo> = fitted
        .schema
        .columns
        .iter()
        .map(|c| (c.native.name.as_str(), c))
        .collect();
    for expr in expressions(&fitted.bound.plan) {
        expr.visit(&mut |part| {
            let (column, values) = match &part.kind {
                ExprKind::In { value, items, .. } => (value, items.clone()),
                ExprKind::Compare { left, right, .. } => match &right.kind {
                    ExprKind::Literal { value, .. } => (left, vec![value.clone()]),
                    _ => return,
                },
                _ => return,
            };
            if let ExprKind::Column(Column::Native(native)) = &column.kind
                && column.ty == kinds[native.name.as_str()].ty
                && column.ty != Type::Time
            {
                all.entry(native.name.clone()).or_default().extend(values);
            }
        });
    }
    all
}

/// What a column may hold.
fn pool(column: &ColumnInfo, digits: bool, known: &[Value]) -> Vec<Value> {
    let texts =
        |from: &[&str]| -> Vec<Value> { from.iter().map(|text| Value::text(text)).collect() };
    let words = column
        .values
        .iter()
        .map(|word| match (&column.ty, word.parse()) {
            (Type::Int, Ok(number)) => Value::Int(number),
            _ => Value::text(word),
        });
    let mut pool: Vec<Value> = words.collect();
    match &column.ty {
        Type::Int => {
            let numbers = words::NUMBERS.iter().map(|number| Value::Int(*number));
            pool.extend(numbers.filter(|number| holds(column, number)));
        }
        Type::Float => pool.extend([0.0, -1.5, 80.0].map(Value::float)),
        Type::Bool => pool.extend([true, false].map(Value::Bool)),
        Type::Time => {
            pool.extend([0, 1, 3_600_000, 86_400_000, -3_600_000].map(|ago| Value::Time(NOW - ago)))
        }
        Type::Ip => {
            assert!(
                words::ADDRESSES
                    .iter()
                    .all(|address| net::is_canonical(address))
            );
            pool.extend(texts(words::ADDRESSES));
        }
        _ if digits => {
            pool.clear();
            pool.extend(
                words::NUMBERS
                    .iter()
                    .map(|number| Value::text(&number.to_string())),
            );
            pool.extend(texts(&["007", "-0"]));
        }
        _ if column.closed => {}
        _ => {
            pool.extend(known.iter().cloned());
            pool.extend(known.iter().cloned());
            pool.extend(texts(words::TEXTS));
        }
    }
    pool
}
