//! Native cells to an event.

use super::super::intern::Texts;
use super::is_word;
use crate::eval::{field_truth, field_value, fields_of};
use crate::plan::Expr;
use crate::schema::{Cast, Class, ClassMapping, ColumnInfo, How, Schema, Source};
use crate::value::{Row, Value};
use std::collections::BTreeSet;

/// The field that says which way a session went, by which columns swap.
const DIRECTION: &str = "direction";

/// Reads events of one class from rows of one schema.
pub(crate) struct Reader<'a> {
    class: &'a Class,
    mapping: &'a ClassMapping,
    product: &'a str,
    columns: Vec<&'a ColumnInfo>,
    /// Fields in an order in which each comes after those it is computed from.
    fields: Vec<String>,
    /// Where each wanted field stands among `fields`.
    wanted: Vec<Option<usize>>,
}

impl<'a> Reader<'a> {
    /// `None` if the schema does not hold the class.
    pub fn new(
        class: &'a Class,
        schema: &'a Schema,
        product: &'a str,
        wanted: &[String],
    ) -> Option<Self> {
        let mut reader = Reader {
            class,
            mapping: schema.classes.get(&class.name)?,
            product,
            columns: Vec::new(),
            fields: Vec::new(),
            wanted: Vec::new(),
        };
        let mut seen = BTreeSet::new();
        for field in wanted {
            reader.add(field, &mut seen);
        }
        let place = |field: &String| reader.fields.iter().position(|known| known == field);
        reader.wanted = wanted.iter().map(place).collect();
        let names = reader.column_names(true);
        let has = |column: &&ColumnInfo| {
            names.contains(column.native.name.as_str())
                && (column.products.is_empty() || column.products.iter().any(|p| p == product))
        };
        reader.columns = schema.columns.iter().filter(has).collect();
        Some(reader)
    }

    /// The native columns to read, in the order in which [`Reader::event`] takes their cells.
    pub fn columns(&self) -> Vec<&'a ColumnInfo> {
        self.columns.clone()
    }

    fn add(&mut self, field: &str, seen: &mut BTreeSet<String>) {
        let Some(mapping) = self.mapping.fields.get(field) else {
            return;
        };
        if !seen.insert(field.to_owned()) {
            return;
        }
        for input in inputs(&mapping.how) {
            self.add(&input, seen);
        }
        self.fields.push(field.to_owned());
    }

    /// Columns that any row may fill, so not those that only inbound sessions are read from.
    pub fn expected(&self) -> BTreeSet<&'a str> {
        self.column_names(false)
    }

    fn column_names(&self, with_inbound: bool) -> BTreeSet<&'a str> {
        let sources =
            self.fields
                .iter()
                .filter_map(|field| match &self.mapping.fields.get(field)?.how {
                    How::Column { source, .. } | How::Words { source, .. } => Some(source),
                    How::Predicates { .. } | How::Computed(_) => None,
                });
        let product = self.product;
        let columns = sources.flat_map(|source| {
            let inbound = source.inbound.as_deref().filter(|_| with_inbound);
            std::iter::once(source.column(product)).chain(inbound)
        });
        let class = self
            .mapping
            .predicate
            .iter()
            .map(|(column, _)| column.as_str());
        columns.chain(class).collect()
    }

    fn cell<'c>(&self, cells: &'c [Value], column: &str) -> &'c Value {
        let at = self
            .columns
            .iter()
            .position(|known| known.native.name == column);
        at.and_then(|at| cells.get(at)).unwrap_or(&Value::Missing)
    }

    /// Whether every native condition of the class holds.
    pub fn is_of_class(&self, cells: &[Value]) -> bool {
        let mut conditions = self.mapping.predicate.iter();
        conditions.all(|(column, word)| is_word(self.cell(cells, column), word, false))
    }

    /// The wanted fields of a row; values that the mapping cannot read are missing, each with a word in `wrong`.
    pub fn event(&self, cells: &[Value], texts: &mut Texts, wrong: &mut Vec<String>) -> Row {
        let mut event: Row = Vec::with_capacity(self.fields.len());
        for field in &self.fields {
            let value = match self.mapping.fields.get(field).map(|mapping| &mapping.how) {
                Some(how) => self.field(how, cells, &event, texts),
                None => Ok(Value::Missing),
            };
            let value = value.unwrap_or_else(|why| {
                wrong.push(format!("`{field}`: {why}"));
                Value::Missing
            });
            event.push(self.as_many(field, value));
        }
        let wanted = self.wanted.iter();
        wanted
            .map(|at| {
                at.and_then(|at| event.get(at))
                    .cloned()
                    .unwrap_or(Value::Missing)
            })
            .collect()
    }

    /// A single value of a field that may hold several is a set of one.
    fn as_many(&self, field: &str, value: Value) -> Value {
        let multi = self
            .class
            .fields
            .get(field)
            .is_some_and(|field| field.multi);
        if multi && !matches!(value, Value::Missing | Value::Set(_)) {
            Value::Set(vec![value])
        } else {
            value
        }
    }

    fn field(
        &self,
        how: &How,
        cells: &[Value],
        event: &Row,
        texts: &mut Texts,
    ) -> Result<Value, String> {
        match how {
            How::Column { source, cast } => {
                cast_value(self.source(source, cells, event), *cast, texts)
            }
            How::Words {
                source,
                words,
                otherwise,
                fold,
            } => {
                let native = self.source(source, cells, event);
                let known = words
                    .iter()
                    .find(|(_, natives)| natives.iter().any(|word| is_word(native, word, *fold)))
                    .map(|(word, _)| word)
                    .or(otherwise.as_ref().filter(|_| !native.is_missing()));
                Ok(known.map_or(Value::Missing, |word| texts.value(word)))
            }
            How::Predicates { words, otherwise } => {
                self.by_predicates(words, otherwise.as_deref(), event, texts)
            }
            How::Computed(expr) => {
                field_value(expr, &self.fields, event).map_err(|error| error.to_string())
            }
        }
    }

    /// The word whose predicate is true; where none is and every input is present, the other word.
    fn by_predicates(
        &self,
        words: &[(String, Expr)],
        otherwise: Option<&str>,
        event: &Row,
        texts: &mut Texts,
    ) -> Result<Value, String> {
        for (word, predicate) in words {
            let holds = field_truth(predicate, &self.fields, event);
            if holds.map_err(|error| error.to_string())? {
                return Ok(texts.value(word));
            }
        }
        let inputs = words.iter().flat_map(|(_, predicate)| fields_of(predicate));
        let mut inputs = inputs.collect::<BTreeSet<_>>().into_iter();
        let all_present = inputs.all(|input| {
            let at = self.fields.iter().position(|field| *field == input);
            at.and_then(|at| event.get(at))
                .is_some_and(|value| !value.is_missing())
        });
        Ok(match otherwise {
            Some(word) if all_present => texts.value(word),
            _ => Value::Missing,
        })
    }

    /// The cell of a mapping's column: that for inbound sessions where it has one and the row's direction is inbound.
    fn source<'c>(&self, source: &Source, cells: &'c [Value], event: &Row) -> &'c Value {
        let direction = self.fields.iter().position(|field| field == DIRECTION);
        let direction = direction.and_then(|at| event.get(at));
        match &source.inbound {
            Some(inbound) if matches!(direction, Some(Value::Text(word)) if &**word == "inbound") => {
                self.cell(cells, inbound)
            }
            _ => self.cell(cells, source.column(self.product)),
        }
    }
}

/// The fields that must be known first.
fn inputs(how: &How) -> BTreeSet<String> {
    match how {
        How::Column { source, .. } | How::Words { source, .. } => {
            let swaps = source.inbound.is_some();
            swaps.then(|| DIRECTION.to_owned()).into_iter().collect()
        }
        How::Predicates { words, .. } => words.iter().flat_map(|(_, p)| fields_of(p)).collect(),
        How::Computed(expr) => fields_of(expr),
    }
}

fn cast_value(native: &Value, cast: Cast, texts: &mut Texts) -> Result<Value, String> {
    match (cast, native) {
        (Cast::None, _) | (_, Value::Missing) => Ok(native.clone()),
        (Cast::TextToInt, Value::Text(text)) => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let is_decimal = digits.len() <= 18 && digits.bytes().all(|b| b.is_ascii_digit());
            let number = text.parse().ok().filter(|_| is_decimal);
            number
                .map(Value::Int)
                .ok_or_else(|| format!("{text:?} is not a whole number"))
        }
        (Cast::IntToText, Value::Int(number)) => Ok(texts.value(&number.to_string())),
        (Cast::Scaled(factor), Value::Int(number)) => {
            let scaled = number.checked_div(factor);
            scaled
                .map(Value::Int)
                .ok_or_else(|| "the schema scales by nothing".to_owned())
        }
        (Cast::TextToInt, other) => Err(format!("{other} is not text")),
        (Cast::IntToText | Cast::Scaled(_), other) => Err(format!("{other} is not a whole number")),
    }
}
