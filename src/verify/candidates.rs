//! Values that matter to the conditions of a plan.
//!
//! In: a plan, its event class, an instant. Out: for each field that the plan reads the constants it is compared with and their neighbours, and how many rows
//! its thresholds count. Guarantee: every value can be held by its field: a word of a closed set, a canonical address, an integer of its own size; letters whose
//! case platforms fold differently are left out.

use crate::eval::{fields_of, needs};
use crate::net::Network;
use crate::plan::walk::MadeFrom;
use crate::plan::{Cell, Column, Expr, ExprKind, Plan, StepKind, Type};
use crate::schema::{Class, Field};
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

const TEN_MINUTES: i64 = 600_000;
/// As many values are kept for a field.
const MOST: usize = 400;
/// Text that quoting, folding and splitting stumble over.
const TEXTS: [&str; 7] = [
    "a",
    "A",
    "O'Brien \"x\"",
    "c:\\temp\\new",
    "Ünï-日本",
    "50% _",
    "two words",
];
const ADDRESSES: [&str; 14] = [
    "8.8.8.8",
    "10.0.0.0",
    "9.255.255.255",
    "172.16.0.0",
    "172.32.0.0",
    "192.168.255.255",
    "127.0.0.1",
    "169.254.0.1",
    "255.255.255.255",
    "224.0.0.1",
    "::1",
    "fe80::1",
    "fc00::1",
    "2001:4860:4860::8888",
];

/// What is known of a plan's taste.
#[derive(Clone, Debug, Default)]
pub(super) struct Candidates {
    /// Values by field.
    pub values: BTreeMap<String, Vec<Value>>,
    /// Fields of which aggregates count or collect values.
    pub aggregated: Vec<String>,
    /// Fields that rows are grouped by.
    pub keys: Vec<String>,
    /// How many rows or values are worth having in a group.
    pub sizes: Vec<usize>,
}

/// Looks through a plan.
#[must_use]
pub(super) fn candidates(plan: &Plan, class: &Class, now: i64) -> Candidates {
    let mut made = Candidates::default();
    for name in needs(plan).fields {
        if let Some(field) = class.fields.get(&name) {
            made.values.insert(name, plain(field, now));
        }
    }
    let mut sources: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut aggregated = BTreeSet::new();
    let mut sizes = BTreeSet::from([2, 3]);
    for step in &plan.steps {
        for expr in step.kind.expressions() {
            expr.visit(&mut |part| constants(part, &sources, class, now, &mut made, &mut sizes));
        }
        match &step.kind {
            StepKind::From { within, .. } => {
                let start = within.map(|within| now - within);
                made.instants(start.into_iter().chain([now]));
            }
            StepKind::Series { every, over, .. } => {
                made.instants([now - over, now - every, now - 2 * every]);
                // A rolled-up table may end there.
                made.instants([now - now.rem_euclid(TEN_MINUTES) - TEN_MINUTES]);
                sizes.insert(20);
            }
            // Columns and tables of any step are read below.
            _ => {}
        }
        for column in step.kind.made() {
            let of = match column.from {
                MadeFrom::Row(value) => origin(value, &sources),
                MadeFrom::Key(value) => {
                    let of = origin(value, &sources);
                    made.keys.extend(of.clone());
                    of
                }
                MadeFrom::Aggregate(aggregate) => {
                    let argument = aggregate.argument.iter();
                    let of = argument.flat_map(|value| origin(value, &sources));
                    let of: BTreeSet<String> = of.collect();
                    aggregated.extend(of.clone());
                    of
                }
                MadeFrom::Measured(_) | MadeFrom::Added { .. } => continue,
            };
            sources.insert(column.name.into_owned(), of);
        }
        if let Some((table, tests)) = step.kind.table() {
            for test in tests {
                let fields = test.value.iter().flat_map(|value| origin(value, &sources));
                let fields: BTreeSet<String> = fields.collect();
                for cell in table.rows.iter().filter_map(|row| row.get(test.column)) {
                    match cell {
                        Cell::One(value) => made.near(&fields, value, class, now),
                        Cell::Several(values) => values
                            .iter()
                            .for_each(|value| made.near(&fields, value, class, now)),
                        Cell::Missing | Cell::Anything => {}
                    }
                }
            }
        }
    }
    made.aggregated = aggregated
        .into_iter()
        .filter(|name| made.values.contains_key(name))
        .collect();
    made.keys.sort();
    made.keys.dedup();
    made.sizes = sizes.into_iter().filter(|size| *size <= 60).collect();
    made
}

/// The fields that an expression comes from, through columns made before.
fn origin(expr: &Expr, sources: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let mut fields = fields_of(expr);
    expr.visit(&mut |part| {
        if let ExprKind::Column(Column::Computed(name)) = &part.kind {
            fields.extend(sources.get(name).cloned().unwrap_or_default());
        }
    });
    fields
}

/// What one expression says of the fields in it.
fn constants(
    expr: &Expr,
    sources: &BTreeMap<String, BTreeSet<String>>,
    class: &Class,
    now: i64,
    made: &mut Candidates,
    sizes: &mut BTreeSet<usize>,
) {
    let fields = || origin(expr, sources);
    let mut thresholds = |value: &Value| {
        if let Value::Int(number) = value
            && let Ok(size) = usize::try_from(*number)
        {
            sizes.extend([size.saturating_sub(1), size, size + 1]);
        }
    };
    match &expr.kind {
        ExprKind::Compare { .. } | ExprKind::Between { .. } | ExprKind::TextTest { .. } => {
            let fields = fields();
            expr.visit(&mut |part| {
                if let ExprKind::Literal { value, .. } = &part.kind {
                    thresholds(value);
                    made.near(&fields, value, class, now);
                }
            });
        }
        ExprKind::In { items, .. } => {
            let fields = fields();
            items
                .iter()
                .for_each(|item| made.near(&fields, item, class, now));
        }
        ExprKind::Lookup { rows, .. } => {
            let fields = fields();
            rows.iter()
                .take(40)
                .for_each(|(key, _)| made.near(&fields, key, class, now));
        }
        ExprKind::InNetwork { networks, .. } => {
            let fields = fields();
            for network in networks {
                for address in edges(network) {
                    made.put(&fields, &Value::text(&address.to_string()), class);
                }
            }
        }
        ExprKind::Matches { pattern, .. } => {
            let fields = fields();
            // Not a match for certain, but near one: what is left of a pattern without its signs.
            let bare: String = pattern
                .source()
                .chars()
                .filter(|letter| letter.is_alphanumeric() || " .-_/".contains(*letter))
                .collect();
            made.near(&fields, &Value::text(&bare), class, now);
        }
        _ => {}
    }
}

impl Candidates {
    /// A constant and its neighbours.
    fn near(&mut self, fields: &BTreeSet<String>, value: &Value, class: &Class, now: i64) {
        let around: Vec<Value> = match value {
            Value::Int(number) => [-1, 0, 1]
                .iter()
                .map(|step| Value::Int(number.saturating_add(*step)))
                .collect(),
            Value::Float(number) => vec![
                Value::float(*number),
                Value::float(number + 0.5),
                Value::float(number - 0.5),
            ],
            Value::Text(text) => spellings(text),
            Value::Duration(length) => return self.instants([now - length]),
            Value::Time(at) => return self.instants([*at]),
            other => vec![other.clone()],
        };
        around.iter().for_each(|one| self.put(fields, one, class));
    }

    /// Instants and those a millisecond beside them.
    fn instants(&mut self, edges: impl IntoIterator<Item = i64>) {
        let times = self.values.entry(crate::plan::TIME.to_owned()).or_default();
        for edge in edges {
            times.extend([-1, 0, 1].map(|step| Value::Time(edge.saturating_add(step))));
        }
    }

    fn put(&mut self, fields: &BTreeSet<String>, value: &Value, class: &Class) {
        for name in fields {
            let (Some(field), Some(values)) = (class.fields.get(name), self.values.get_mut(name))
            else {
                continue;
            };
            let fits = match (&field.ty, value) {
                (Type::Text, Value::Text(_))
                | (Type::Float, Value::Float(_))
                | (Type::Bool, Value::Bool(_)) => true,
                (Type::Int, Value::Int(number)) => i32::try_from(*number).is_ok(),
                (Type::Ip, Value::Text(text)) => crate::net::is_canonical(text),
                (Type::Enum(_), Value::Text(word)) => field.words.iter().any(|w| **w == **word),
                _ => false,
            };
            if fits && values.len() < MOST && !values.contains(value) {
                values.push(value.clone());
            }
        }
    }
}

/// The values that any field of a type is worth trying with.
fn plain(field: &Field, now: i64) -> Vec<Value> {
    match &field.ty {
        Type::Enum(_) => field.words.iter().map(|word| Value::text(word)).collect(),
        Type::Text => TEXTS.map(Value::text).to_vec(),
        Type::Ip => ADDRESSES.map(Value::text).to_vec(),
        Type::Int => [0, 1, 443, 65_535].map(Value::Int).to_vec(),
        Type::Float => [0.0, 1.5].map(Value::float).to_vec(),
        Type::Bool => [true, false].map(Value::Bool).to_vec(),
        Type::Time => vec![Value::Time(now - 1)],
        Type::Duration | Type::Json | Type::Set(_) => Vec::new(),
    }
}

/// A text, in other letters, and beside it.
fn spellings(text: &str) -> Vec<Value> {
    let shorter: String = text.chars().skip(1).collect();
    let all = [
        text.to_owned(),
        text.to_ascii_uppercase(),
        text.to_ascii_lowercase(),
        format!("{text}x"),
        format!("x{text}"),
        format!("x {text} y"),
        format!("{text}.exe"),
        shorter,
    ];
    all.iter().map(|text| Value::text(text)).collect()
}

/// The first and the last address of a network, and those before and after.
fn edges(network: &Network) -> Vec<IpAddr> {
    let step = |address: IpAddr, forward: bool| match address {
        IpAddr::V4(four) => {
            let number = u32::from(four);
            let next = if forward {
                number.checked_add(1)
            } else {
                number.checked_sub(1)
            };
            next.map(|next| IpAddr::V4(next.into()))
        }
        IpAddr::V6(six) => {
            let number = u128::from(six);
            let next = if forward {
                number.checked_add(1)
            } else {
                number.checked_sub(1)
            };
            next.map(|next| IpAddr::V6(next.into()))
        }
    };
    let (first, last) = (network.first(), network.last());
    let beside = [step(first, false), step(last, true)];
    [first, last]
        .into_iter()
        .chain(beside.into_iter().flatten())
        .collect()
}
