//! An Elasticsearch.
//!
//! In: tables, texts. Out: what the server answers. Guarantee: rows are in indices made for them, which are deleted when the next ones come, when something
//! fails and when the run ends; a text reads these and nothing else.
//!
//! `POST /_query` with `query` and `columnar`; the answer has `columns` (names and types), `values` (rows) and, where a part of the data was not read,
//! `is_partial` (<https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-esql-query>).

use super::super::engine::{Engine, Failure};
use super::super::interpreters::told;
use super::super::rows::EngineTable;
use super::http::{Client, Question, Trouble};
use super::index::{Index, Names, delete_of};
use super::source;
use crate::interp::Answer;
use crate::plan::passes::BoundOutput;
use serde_json::{Value as Json, json};

/// Elasticsearch, and the indices that the next text reads.
#[derive(Debug)]
pub(crate) struct Elasticsearch {
    client: Client,
    names: Names,
    loaded: Vec<EngineTable>,
    /// Each with the name of its table.
    indices: Vec<(String, Index)>,
    /// Why nothing more is asked.
    gone: Option<String>,
}

impl Elasticsearch {
    /// One that nothing was asked yet.
    #[must_use]
    pub(crate) fn new(client: Client) -> Elasticsearch {
        Elasticsearch {
            client,
            names: Names::default(),
            loaded: Vec::new(),
            indices: Vec::new(),
            gone: None,
        }
    }

    fn there(&self) -> Result<(), Failure> {
        self.gone
            .as_ref()
            .map_or(Ok(()), |why| Err(Failure::Absent(why.clone())))
    }

    /// What a trouble means for this text and for the next ones.
    fn failed(&mut self, trouble: &Trouble) -> Failure {
        if trouble.lasts() {
            self.gone = Some(trouble.text().to_owned());
            self.clear();
        }
        trouble.failure()
    }

    fn make(&mut self, engine_table: &EngineTable) -> Result<(), Trouble> {
        let index = Index::create(&self.client, &self.names.fresh(), engine_table)?;
        let filled = index.fill(engine_table);
        self.indices.push((engine_table.name.clone(), index));
        filled
    }

    fn clear(&mut self) {
        self.loaded.clear();
        self.indices.drain(..).for_each(|(_, index)| index.delete());
    }
}

impl Drop for Elasticsearch {
    fn drop(&mut self) {
        // After `end` there is nothing left to do; without it, as in a panic, there is nobody to be told.
        self.end();
    }
}

impl Engine for Elasticsearch {
    fn name(&self) -> &str {
        "elasticsearch"
    }

    fn dialects(&self) -> &[&str] {
        &["esql"]
    }

    fn load(&mut self, engine_tables: &[EngineTable]) -> Result<(), Failure> {
        self.there()?;
        if self.loaded == engine_tables {
            return Ok(());
        }
        self.clear();
        for engine_table in engine_tables {
            if let Err(trouble) = self.make(engine_table) {
                self.clear();
                return Err(self.failed(&trouble));
            }
        }
        self.loaded = engine_tables.to_vec();
        Ok(())
    }

    fn run(&mut self, text: &str, _now: i64, outputs: &[BoundOutput]) -> Result<Json, Failure> {
        self.there()?;
        let names: Vec<(String, String)> = self
            .indices
            .iter()
            .map(|(engine_table, index)| (engine_table.clone(), index.name.clone()))
            .collect();
        let query = source::over(text, &names).map_err(Failure::Refused)?;
        let body = json!({ "query": query, "columnar": false }).to_string();
        let asked = self.client.ask(&Question {
            method: "POST",
            path: "/_query",
            body: Some(("application/json", &body)),
            headers: &[],
        });
        let read = asked.and_then(|answer| table(&answer));
        match read {
            Ok(answer) => Ok(told(&answer, outputs)),
            Err(trouble) => Err(self.failed(&trouble)),
        }
    }

    fn end(&mut self) -> Vec<String> {
        self.clear();
        delete_of(&self.names)
    }
}

/// The rows of an answer.
fn table(answer: &Json) -> Result<Answer, Trouble> {
    let form = |why: &str| Trouble::Broken(format!("the answer is not Elasticsearch's: {why}"));
    let list = |key: &str| answer.get(key).and_then(Json::as_array);
    if answer.get("is_partial").and_then(Json::as_bool) == Some(true) {
        return Err(Trouble::Broken("the answer is partial".to_owned()));
    }
    let columns: Option<Vec<(String, String)>> = list("columns")
        .ok_or_else(|| form("no columns"))?
        .iter()
        .map(|column| {
            let text = |key: &str| column.get(key)?.as_str().map(str::to_owned);
            Some((text("name")?, text("type")?))
        })
        .collect();
    let columns = columns.ok_or_else(|| form("a column without name or type"))?;
    if let Some((name, _)) = columns.iter().find(|(_, ty)| ty == "unsupported") {
        let why = format!("the column {name} has a type that ES|QL does not read");
        return Err(Trouble::Refused("unsupported".to_owned(), why));
    }
    let rows: Option<Vec<Vec<Json>>> = list("values")
        .ok_or_else(|| form("no values"))?
        .iter()
        .map(|row| {
            row.as_array()
                .filter(|row| row.len() == columns.len())
                .cloned()
        })
        .collect();
    Ok(Answer {
        rows: rows.ok_or_else(|| form("a row of another length"))?,
        columns,
        ..Answer::default()
    })
}
