//! In: samples and the patterns that name them. Out: [`Frame`], the rows that commands hand on.
//! Guarantee: columns of several indices are united by name, in alphabetical order as FROM gives them; one name with two types cannot be
//! used until it is dropped (Elastic docs, "FROM", "ES|QL multi-index queries"). Metadata is there when it is asked for only; a
//! table that has no columns of such names is one of documents that were indexed once, with nothing ignored.

use std::collections::BTreeMap;
use std::ops::Range;

use super::cell::{Cell, Value};
use super::like::Like;
use super::refuse::{failed, invalid, unknown};
use super::scope::Column;
use super::types::Type;
use crate::{Refusal, Sample};

/// How many rows a run may hold, so that a query cannot take all memory: the platform breaks off too, at its own size.
pub(super) const MOST_ROWS: usize = 1_000_000;

/// How many values or bytes a cell may hold.
pub(super) const LARGEST_CELL: usize = 8_000_000;

/// Rows under named columns.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame {
    /// Names and types.
    pub columns: Vec<Column>,
    /// Rows, each as long as the columns.
    pub rows: Vec<Vec<Cell>>,
    /// Whether the order of the rows is the query's.
    pub ordered: bool,
}

impl Frame {
    /// The place of a column.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }

    /// Takes a column away.
    pub(super) fn remove(&mut self, at: usize) {
        if at < self.columns.len() {
            self.columns.remove(at);
            for row in &mut self.rows {
                if at < row.len() {
                    row.remove(at);
                }
            }
        }
    }

    /// Only these columns, in this order.
    pub(super) fn pick(&mut self, places: &[usize]) {
        self.columns = places
            .iter()
            .filter_map(|at| self.columns.get(*at).cloned())
            .collect();
        for row in &mut self.rows {
            *row = places
                .iter()
                .map(|at| row.get(*at).cloned().unwrap_or_default())
                .collect();
        }
    }

    /// No column is a field as it was read any more.
    pub(super) fn computed(&mut self) {
        for column in &mut self.columns {
            column.field = false;
        }
    }
}

/// Columns that are no fields.
const METADATA: &[&str] = &[
    "_index",
    "_id",
    "_version",
    "_source",
    "_ignored",
    "_index_mode",
    "_score",
    "_size",
    "_tier",
    "_tsid",
];

/// The type of what is known of a document without being a field of it (Elastic docs, "ES|QL metadata fields"); `given` when the
/// table itself has a column of the name. A table without such columns is taken for documents that were indexed once and whole.
fn metadata_type(name: &str, given: bool) -> Option<Type> {
    match name {
        "_index" | "_id" | "_ignored" => Some(Type::Keyword),
        "_version" => Some(Type::Long),
        "_source" if !given => Some(Type::Source),
        "_index_mode" | "_tier" if given => Some(Type::Keyword),
        "_size" if given => Some(Type::Integer),
        "_score" if given => Some(Type::Double),
        _ => None,
    }
}

/// The document that a row is: every column with a value, under its name.
fn document(table: &Sample, row: &[serde_json::Value]) -> Cell {
    let fields = table.columns.iter().zip(row);
    let fields =
        fields.filter(|((name, _), json)| !METADATA.contains(&name.as_str()) && !json.is_null());
    let object: serde_json::Map<String, serde_json::Value> = fields
        .map(|((name, _), json)| (name.clone(), json.clone()))
        .collect();
    Cell::One(Value::text(&serde_json::Value::Object(object).to_string()))
}

/// The rows of `FROM`.
pub(super) fn from(
    patterns: &[(String, Range<usize>)],
    metadata: &[(String, Range<usize>)],
    tables: &[Sample],
) -> Result<Frame, Refusal> {
    let chosen = choose(patterns, tables)?;
    let mut types: BTreeMap<&str, (Option<Type>, Option<String>)> = BTreeMap::new();
    for table in &chosen {
        for (name, mapping) in &table.columns {
            if METADATA.contains(&name.as_str()) {
                continue;
            }
            let ty = Type::of_mapping(mapping);
            let entry = types.entry(name).or_insert((ty, None));
            if ty.is_none() {
                entry.1 = Some(format!("fields of type {mapping} are not known here"));
            } else if entry.0 != ty && entry.1.is_none() {
                let first = entry.0.map_or("", Type::name);
                let second = ty.map_or("", Type::name);
                entry.1 = Some(format!(
                    "`{name}` is {first} in one index and {second} in another"
                ));
            }
        }
    }
    let mut columns: Vec<Column> = types
        .into_iter()
        .map(|(name, (ty, trouble))| Column {
            name: name.to_owned(),
            ty: ty.unwrap_or(Type::Null),
            field: true,
            trouble,
            constant: None,
        })
        .collect();
    let fields = columns.len();
    for (name, span) in metadata {
        let given = |table: &&Sample| table.columns.iter().any(|(column, _)| column == name);
        let Some(ty) = metadata_type(name, chosen.iter().all(given)) else {
            return Err(if METADATA.contains(&name.as_str()) {
                let message = format!("the tables do not say what {name} is");
                unknown(name, message, span.clone())
            } else {
                invalid(name, format!("{name} is no metadata"), span.clone())
            });
        };
        columns.push(Column::computed(name, ty));
    }
    let mut frame = Frame {
        columns,
        ..Frame::default()
    };
    for table in chosen {
        let places: Vec<Option<usize>> = frame
            .columns
            .iter()
            .map(|column| table.columns.iter().position(|(n, _)| *n == column.name))
            .collect();
        for (number, source) in table.rows.iter().enumerate() {
            let mut row = Vec::with_capacity(frame.columns.len());
            for (at, (column, place)) in frame.columns.iter().zip(&places).enumerate() {
                let json = place.and_then(|p| source.get(p));
                row.push(match (json, column.name.as_str()) {
                    (_, "_index") if at >= fields => Cell::One(Value::text(&table.name)),
                    (None, "_id") if at >= fields => Cell::One(Value::text(&number.to_string())),
                    (None, "_version") if at >= fields => Cell::One(Value::Whole(1)),
                    (_, "_source") if at >= fields => document(table, source),
                    (None, _) => Cell::Null,
                    (Some(_), _) if column.trouble.is_some() => Cell::Null,
                    (Some(json), _) => {
                        let cell = Cell::from_json(json, column.ty).map_err(|message| {
                            failed(
                                &column.name,
                                format!("row {number} of {}: {message}", table.name),
                                first_span(patterns),
                            )
                        })?;
                        let float = place.and_then(|p| table.columns.get(p));
                        if float.is_some_and(|(_, mapping)| mapping == "float") {
                            narrow(&cell)
                        } else {
                            cell
                        }
                    }
                });
            }
            frame.rows.push(row);
        }
    }
    Ok(frame)
}

/// A field of type `float` holds 32 bits, which is seen when it is read as a double.
fn narrow(cell: &Cell) -> Cell {
    let values = cell.values().iter();
    Cell::of(
        values
            .map(|value| match value {
                Value::Double(v) => Value::Double(f64::from(*v as f32)),
                other => other.clone(),
            })
            .collect(),
    )
}

fn first_span(patterns: &[(String, Range<usize>)]) -> Range<usize> {
    patterns.first().map(|(_, s)| s.clone()).unwrap_or_default()
}

/// The tables that patterns name, each once, in the order of the patterns.
fn choose<'t>(
    patterns: &[(String, Range<usize>)],
    tables: &'t [Sample],
) -> Result<Vec<&'t Sample>, Refusal> {
    let mut chosen: Vec<&Sample> = Vec::new();
    for (list, span) in patterns {
        for pattern in list.split(',').map(str::trim) {
            if pattern.starts_with('<') || pattern.contains(':') {
                return Err(unknown(
                    pattern,
                    "other clusters, selectors and date math are not known here",
                    span.clone(),
                ));
            }
            let excluded = pattern.strip_prefix('-').filter(|_| !chosen.is_empty());
            let wanted = excluded.unwrap_or(pattern);
            // Names of indices have no other sign than the star.
            let like = Like::new(&wanted.replace('\\', "\\\\").replace('?', "\\?"));
            if excluded.is_some() {
                chosen.retain(|table| !like.matches(&table.name));
                continue;
            }
            let mut met = false;
            for table in tables.iter().filter(|t| like.matches(&t.name)) {
                met = true;
                if !chosen.iter().any(|c| c.name == table.name) {
                    chosen.push(table);
                }
            }
            if !met && !wanted.contains('*') {
                return Err(invalid(
                    wanted,
                    format!("there is no index {wanted}"),
                    span.clone(),
                ));
            }
        }
    }
    if chosen.is_empty() {
        let names: Vec<&str> = patterns.iter().map(|(p, _)| p.as_str()).collect();
        let names = names.join(",");
        return Err(invalid(
            &names,
            format!("no index is like {names}"),
            first_span(patterns),
        ));
    }
    Ok(chosen)
}
