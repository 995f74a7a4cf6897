//! An answer of the published text beside the evaluator's result.
//!
//! In: both. Out: [`Difference`]. Promise: columns that correspond are compared as values of ours, nothing converted but numbers told as text and the
//! platform's words where the table says so; columns that one of them lacks are told apart from rows.

use super::bench::{Bench, Trial};
use super::table::{Number, Pair};
use crate::support::repository::CLASS;
use huntc::internals::eval::{Output, compare};
use huntc::internals::plan::Type;
use huntc::internals::plan::passes::BoundOutput;
use huntc::internals::schema::How;
use huntc::internals::value::Table;
use huntc::internals::verify::rows;
use huntc_interp::Answer;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// How an answer differs.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// The text is refused, and why.
    pub refused: Option<String>,
    /// In the rows, over the columns that both have.
    pub rows: Option<String>,
    /// Columns of ours that the answer lacks.
    pub lacking: Vec<String>,
    /// Columns of the answer that correspond to none of ours.
    pub extra: Vec<String>,
}

impl Difference {
    pub fn is_none(&self) -> bool {
        self.refused.is_none()
            && self.rows.is_none()
            && self.lacking.is_empty()
            && self.extra.is_empty()
    }
}

impl Bench<'_> {
    /// An answer beside ours.
    pub fn difference(&self, trial: &Trial, answer: &Answer) -> Difference {
        let mut difference = Difference::default();
        let mut both: Vec<(&Pair, usize)> = Vec::new();
        for pair in &self.table.columns {
            match answer
                .columns
                .iter()
                .position(|(name, _)| *name == pair.published)
            {
                Some(at) => both.push((pair, at)),
                None => difference.lacking.push(pair.here.clone()),
            }
        }
        let known: BTreeSet<&String> = self
            .table
            .columns
            .iter()
            .map(|pair| &pair.published)
            .collect();
        let more = answer.columns.iter().map(|(name, _)| name);
        let more = more
            .filter(|name| !known.contains(name) && !self.table.published_only.contains_key(*name));
        difference.extra = more.cloned().collect();
        difference.rows = self.rows_differ(trial, answer, &both).err();
        difference
    }

    fn rows_differ(
        &self,
        trial: &Trial,
        answer: &Answer,
        both: &[(&Pair, usize)],
    ) -> Result<(), String> {
        let ours = &trial.expected.table;
        let places: Vec<usize> = both
            .iter()
            .map(|(pair, _)| ours.columns.iter().position(|name| *name == pair.here))
            .map(|at| at.expect("a column of ours"))
            .collect();
        let outputs: Vec<BoundOutput> = both
            .iter()
            .map(|(pair, _)| {
                trial
                    .outputs
                    .iter()
                    .find(|output| output.neutral == pair.here)
            })
            .map(|output| output.expect("a column of ours").clone())
            .collect();
        let expected = Output {
            table: Table {
                columns: outputs
                    .iter()
                    .map(|output| output.neutral.clone())
                    .collect(),
                rows: ours
                    .rows
                    .iter()
                    .map(|row| places.iter().map(|at| row[*at].clone()).collect())
                    .collect(),
            },
            ties: trial.expected.ties.clone().filter(|_| self.table.ordered),
            ..Output::default()
        };
        let columns: Vec<Json> = outputs
            .iter()
            .map(|output| json!([output.name, ""]))
            .collect();
        let cells = answer.rows.iter().map(|row| -> Vec<Json> {
            let cells = both.iter().zip(&outputs);
            cells
                .map(|((pair, at), output)| {
                    self.cell(&row[*at], &answer.columns[*at].1, pair, output)
                })
                .collect()
        });
        let told = json!({"columns": columns, "rows": cells.collect::<Vec<_>>()});
        let folded = rows::folded(self.schema(), CLASS, &self.table.product);
        let found = rows::read_result(&told, &outputs, &folded)?;
        compare::compare(&expected, &found).map_err(|difference| difference.to_string())
    }

    /// A cell in the form in which engines tell theirs.
    fn cell(&self, cell: &Json, native: &str, pair: &Pair, output: &BoundOutput) -> Json {
        let mut cell = match (cell, native) {
            (Json::String(text), "datetime" | "date") => {
                json!({"t": huntc::internals::data::time::instant(text)})
            }
            (Json::String(text), _) if pair.kind == Some(Number::Int) => text
                .parse::<i64>()
                .map_or_else(|_| json!(text), |number| json!(number)),
            (Json::Bool(_) | Json::Number(_), "int" | "long") if output.ty == Type::Bool => {
                json!(cell == &json!(1))
            }
            _ => cell.clone(),
        };
        if let (Some(field), Json::Array(items)) = (&pair.words_of, &cell) {
            let words: BTreeSet<String> = items
                .iter()
                .filter_map(|item| self.word(field, item.as_str()?))
                .collect();
            cell = json!(words);
        }
        match cell {
            Json::Null if matches!(output.ty, Type::Set(_)) => json!([]),
            single if matches!(output.ty, Type::Set(_)) && !single.is_array() => json!([single]),
            other => other,
        }
    }

    /// The neutral word for the platform's.
    fn word(&self, field: &str, native: &str) -> Option<String> {
        let mapping = &self.schema().mapping.fields[field];
        let How::Words { words, .. } = &mapping.how else {
            panic!("{field} has no words");
        };
        let found = words
            .iter()
            .find(|(_, natives)| natives.iter().any(|own| own == native));
        found.map(|(word, _)| word.clone())
    }
}
