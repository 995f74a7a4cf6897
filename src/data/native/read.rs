//! Native cells to an event.

use super::super::intern::Texts;
use super::{is_word, members};
use crate::eval::{field_truth, field_value, fields_of};
use crate::plan::Expr;
use crate::schema::{Cast, Class, ClassMapping, ColumnInfo, How, Schema, Source};
use crate::value::{Row, Value};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What is unusual about a row.
pub(crate) struct Odd<'a> {
    /// Values that are not read, in words.
    pub wrong: Vec<String>,
    /// Columns, and words in them that the schema does not list.
    pub words: Vec<(&'a str, String)>,
}

/// Reads events of one class from rows of one schema.
pub(crate) struct Reader<'a> {
    class: &'a Class,
    mapping: &'a ClassMapping,
    product: &'a str,
    columns: Vec<&'a ColumnInfo>,
    /// Fields in an order in which each comes after those it is computed from.
    fields: Vec<String>,
    /// Where each wanted field is among `fields`.
    wanted: Vec<Option<usize>>,
}

impl<'a> Reader<'a> {
    /// `None` if the schema does not hold the class.
    pub(crate) fn new(
        class: &'a Class,
        schema: &'a Schema,
        product: &'a str,
        wanted: &[String],
    ) -> Option<Self> {
        let mut reader = Reader {
            class,
            mapping: schema.of_class(&class.name)?,
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
        let names = reader.column_names();
        let has = |column: &&ColumnInfo| {
            names.contains(column.native.name.as_str())
                && (column.products.is_empty() || column.products.iter().any(|p| p == product))
        };
        reader.columns = schema.columns.iter().filter(has).collect();
        Some(reader)
    }

    /// The native columns to read, in the order in which [`Reader::event`] takes their cells.
    pub(crate) fn columns(&self) -> Vec<&'a ColumnInfo> {
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

    /// Every column that is read.
    fn column_names(&self) -> BTreeSet<&'a str> {
        let fields = self.fields.iter();
        let sources = fields.filter_map(|field| self.mapping.fields.get(field)?.how.source());
        let product = self.product;
        let columns = sources.flat_map(|source| {
            std::iter::once(source.column(product)).chain(source.switched_column())
        });
        let class = (self.mapping.rows.iter()).map(|condition| condition.column.as_str());
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
    pub(crate) fn is_of_class(&self, cells: &[Value]) -> bool {
        self.mapping.rows.iter().all(|condition| {
            let cell = self.cell(cells, &condition.column);
            condition
                .values
                .iter()
                .any(|value| is_word(cell, value, false))
        })
    }

    /// The columns that a field is read from; none where it is computed.
    pub(crate) fn sources_of(&self, field: &str) -> Vec<String> {
        let Some(mapping) = self.mapping.fields.get(field) else {
            return Vec::new();
        };
        if let Some(source) = mapping.how.source() {
            return vec![source.column(self.product).to_owned()];
        }
        let formulas = mapping.how.formulas().into_iter();
        let inputs: BTreeSet<String> = formulas.flat_map(fields_of).collect();
        inputs
            .iter()
            .flat_map(|field| self.sources_of(field))
            .collect()
    }

    /// The wanted fields that read words of a column.
    pub(crate) fn fields_by_words(&self, column: &str) -> BTreeSet<String> {
        let reads = |field: &&String| {
            matches!(self.mapping.fields.get(*field).map(|mapping| &mapping.how),
                Some(How::Words { source, .. }) if self.columns_of(source).any(|name| name == column))
        };
        self.fields.iter().filter(reads).cloned().collect()
    }

    /// The words that the schema lists for a column.
    pub(crate) fn words_of(&self, column: &str) -> Vec<String> {
        let info = self
            .columns
            .iter()
            .find(|known| known.native.name == column);
        let mut listed: Vec<String> = info.map_or_else(Vec::new, |info| info.values.clone());
        for field in self.fields_by_words(column) {
            let mapping = self.mapping.fields.get(&field);
            let words = mapping.into_iter().flat_map(|mapping| mapping.how.words());
            listed.extend(words.flat_map(|(_, natives)| natives.clone()));
        }
        listed
    }

    fn columns_of<'s>(&'s self, source: &'s Source) -> impl Iterator<Item = &'s str> {
        std::iter::once(source.column(self.product)).chain(source.switched_column())
    }

    /// Notes the words of a cell that neither a mapping nor the column's vocabulary lists.
    fn note_words<'s>(
        &'s self,
        source: &'s Source,
        native: &Value,
        is_listed: impl Fn(&Value) -> bool,
        odd: &mut Odd<'s>,
    ) {
        let column = source.column(self.product);
        let known = self
            .columns
            .iter()
            .find(|known| known.native.name == column);
        let elements = match native {
            Value::Set(elements) => elements.as_slice(),
            Value::Missing => &[],
            one => std::slice::from_ref(one),
        };
        for element in elements.iter().filter(|element| !is_listed(element)) {
            let word = element.to_string();
            let in_vocabulary = known.is_some_and(|known| known.values.contains(&word));
            let noted = odd
                .words
                .iter()
                .any(|(other, held)| *other == column && *held == word);
            if !in_vocabulary && !noted {
                odd.words.push((column, word));
            }
        }
    }

    /// The wanted fields of a row; values that the mapping cannot read are missing and noted, and so are words that it does not list.
    pub(crate) fn event<'s>(
        &'s self,
        cells: &[Value],
        texts: &mut Texts,
        odd: &mut Odd<'s>,
    ) -> Row {
        let mut event: Row = Vec::with_capacity(self.fields.len());
        for field in &self.fields {
            let value = match self.mapping.fields.get(field).map(|mapping| &mapping.how) {
                Some(how) => self.field(how, cells, &event, texts, odd),
                None => Ok(Value::Missing),
            };
            let value = value.unwrap_or_else(|why| {
                odd.wrong.push(format!("`{field}`: {why}"));
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

    fn field<'s>(
        &'s self,
        how: &'s How,
        cells: &[Value],
        event: &Row,
        texts: &mut Texts,
        odd: &mut Odd<'s>,
    ) -> Result<Value, String> {
        match how {
            How::Column { source, cast } => {
                let native = self.source(source, cells, event, texts)?;
                cast_value(&native, *cast, texts)
            }
            How::Words {
                source,
                words,
                otherwise,
                fold,
            } => {
                let native = &*self.source(source, cells, event, texts)?;
                let is_listed = |value: &Value| {
                    let mut natives = words.iter().flat_map(|(_, natives)| natives);
                    natives.any(|word| is_word(value, word, *fold))
                };
                self.note_words(source, native, is_listed, odd);
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

    /// The cell of a mapping's column: the other one of a pair where the row is switched.
    fn source<'c>(
        &self,
        source: &Source,
        cells: &'c [Value],
        event: &Row,
        texts: &mut Texts,
    ) -> Result<Cow<'c, Value>, String> {
        let usual = self.cell(cells, source.column(self.product));
        if !source.member.is_empty() {
            return Ok(Cow::Owned(members::text(usual, &source.member, texts)?));
        }
        let Some(other) = &source.switched else {
            return Ok(Cow::Borrowed(usual));
        };
        let at = (self.fields.iter()).position(|field| *field == other.when.field);
        let word = at.and_then(|at| event.get(at));
        Ok(Cow::Borrowed(match word {
            Some(Value::Text(word)) if **word == *other.when.word => {
                self.cell(cells, &other.column)
            }
            _ => usual,
        }))
    }
}

/// The fields that must be known first.
fn inputs(how: &How) -> BTreeSet<String> {
    if let Some(source) = how.source() {
        let switched = source.switched.iter();
        return switched.map(|other| other.when.field.clone()).collect();
    }
    how.formulas().into_iter().flat_map(fields_of).collect()
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
        (Cast::Part(part), Value::Text(text)) => Ok(part
            .extract_from(text)
            .map_or(Value::Missing, |part| texts.value(part))),
        (Cast::TextToInt | Cast::Part(_), other) => Err(format!("{other} is not text")),
        (Cast::IntToText | Cast::Scaled(_), other) => Err(format!("{other} is not a whole number")),
    }
}
