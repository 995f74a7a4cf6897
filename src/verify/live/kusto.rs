//! A Kusto cluster, or the emulator.
//!
//! In: tables, texts. Out: what the server answers. Guarantee: nothing is made there: rows travel in the query, which is asked for as one that only reads; an
//! answer that breaks off, or holds an error beside rows, is no answer.
//!
//! `POST /v2/rest/query` with `db`, `csl` and `properties` (<https://learn.microsoft.com/kusto/api/rest/request>, options:
//! <https://learn.microsoft.com/kusto/api/rest/request-properties>). The second version of the answer
//! (<https://learn.microsoft.com/kusto/api/rest/response-v2>) is a list of frames that says which table is the result and whether it is whole; the first
//! version says neither. A status of 200 only says that the run began; an error after that is among the rows
//! (<https://learn.microsoft.com/kusto/concepts/partial-query-failures>).

use super::super::engine::{Engine, Failure};
use super::super::interpreters::told;
use super::super::rows::EngineTable;
use super::datatable::{Written, statements};
use super::http::{Client, Question};
use crate::interp::Answer;
use crate::plan::passes::BoundOutput;
use serde_json::{Value as Json, json};

/// How long a query may be. No page of Microsoft's names Kusto's own limit; what a server finds too large (413) is reported in the same words.
const LONGEST: usize = 2_000_000;

/// Kusto, and the rows that the next text reads.
#[derive(Debug)]
pub(crate) struct Kusto {
    client: Client,
    database: String,
    loaded: Vec<EngineTable>,
    written: Vec<Written>,
    /// Whether it has answered a query that is right everywhere.
    ready: bool,
    /// Why nothing more is asked.
    gone: Option<String>,
}

impl Kusto {
    /// One that nothing was asked yet.
    #[must_use]
    pub(crate) fn new(client: Client, database: String) -> Kusto {
        Kusto {
            client,
            database,
            loaded: Vec::new(),
            written: Vec::new(),
            ready: false,
            gone: None,
        }
    }

    fn asked(&mut self, query: &str) -> Result<Json, Failure> {
        if let Some(why) = &self.gone {
            return Err(Failure::Absent(why.clone()));
        }
        let body = json!({
            "db": self.database,
            "csl": query,
            "properties": { "Options": {
                "request_readonly": true,
                "results_progressive_enabled": false,
                "servertimeout": "1m",
            } },
        });
        let question = Question {
            method: "POST",
            path: "/v2/rest/query",
            body: Some(("application/json; charset=utf-8", &body.to_string())),
            headers: &[("x-ms-app", "huntc"), ("x-ms-readonly", "true")],
        };
        self.client.ask(&question).map_err(|trouble| {
            if trouble.lasts() {
                self.gone = Some(trouble.text().to_owned());
            }
            trouble.failure()
        })
    }
}

impl Kusto {
    /// Asks something that no server refuses: what fails here, such as a database that is not there, is no error in a text.
    fn prove(&mut self) -> Result<(), Failure> {
        if self.ready {
            return Ok(());
        }
        let why = match self.answered("print ready = 1") {
            Ok(_) => {
                self.ready = true;
                return Ok(());
            }
            Err(
                Failure::Absent(why)
                | Failure::Lost(why)
                | Failure::Refused(why)
                | Failure::Malformed(why),
            ) => why,
        };
        self.gone = Some(why.clone());
        Err(Failure::Absent(why))
    }

    fn answered(&mut self, query: &str) -> Result<Answer, Failure> {
        let frames = self.asked(query)?;
        match table(&frames) {
            Ok(answer) => Ok(answer),
            Err(Wrong::Query(why)) => {
                let why = self.client.shown(&why);
                match why.contains("E_QUERY_RESULT_SET_TOO_LARGE") {
                    true => Err(Failure::Absent(format!("too large: {why}"))),
                    false => Err(Failure::Refused(why)),
                }
            }
            Err(Wrong::Form(why)) => {
                let why = format!("the answer is not Kusto's: {why}");
                self.gone = Some(why.clone());
                Err(Failure::Absent(why))
            }
        }
    }
}

impl Engine for Kusto {
    fn name(&self) -> &str {
        "kusto"
    }

    fn dialects(&self) -> &[&str] {
        &["kql"]
    }

    fn load(&mut self, engine_tables: &[EngineTable]) -> Result<(), Failure> {
        if self.loaded == engine_tables {
            return Ok(());
        }
        self.loaded.clear();
        let written: Result<Vec<Written>, String> = engine_tables.iter().map(Written::of).collect();
        self.written = written.map_err(Failure::Refused)?;
        within(self.written.iter().map(Written::length).sum())?;
        self.loaded = engine_tables.to_vec();
        Ok(())
    }

    fn run(&mut self, text: &str, _now: i64, outputs: &[BoundOutput]) -> Result<Json, Failure> {
        let before = statements(&self.written, text).map_err(Failure::Refused)?;
        let query = format!("{before}{text}");
        within(query.len())?;
        self.prove()?;
        let answer = self.answered(&query)?;
        Ok(told_of(answer, outputs))
    }
}

fn within(length: usize) -> Result<(), Failure> {
    match length <= LONGEST {
        true => Ok(()),
        false => Err(Failure::Absent(format!(
            "too large: the query with its rows has {length} bytes, more than {LONGEST}"
        ))),
    }
}

/// What is wrong with an answer.
enum Wrong {
    /// The run failed.
    Query(String),
    /// It is not of the form.
    Form(String),
}

/// The result among the frames.
fn table(frames: &Json) -> Result<Answer, Wrong> {
    let form = |why: &str| Wrong::Form(why.to_owned());
    let frames = frames.as_array().ok_or_else(|| form("no list of frames"))?;
    let of_kind = |key: &str, kind: &str| -> Vec<&Json> {
        let has = |frame: &&Json| frame.get(key).and_then(Json::as_str) == Some(kind);
        frames.iter().filter(has).collect()
    };
    // Errors first: a table beside one is not to be read.
    let ends = of_kind("FrameType", "DataSetCompletion");
    let [end] = ends.as_slice() else {
        return Err(form("it breaks off, or ends twice"));
    };
    let flag = |name: &str| end.get(name).and_then(Json::as_bool).unwrap_or(false);
    if flag("HasErrors") || flag("Cancelled") {
        return Err(Wrong::Query(error(end)));
    }
    let results = of_kind("TableKind", "PrimaryResult");
    let [result] = results.as_slice() else {
        return Err(Wrong::Form(format!("{} results", results.len())));
    };
    let list = |key: &str| result.get(key).and_then(Json::as_array);
    let columns = list("Columns").ok_or_else(|| form("no columns"))?;
    let columns: Option<Vec<(String, String)>> = columns
        .iter()
        .map(|column| {
            let text = |key: &str| column.get(key)?.as_str().map(str::to_owned);
            Some((text("ColumnName")?, text("ColumnType")?))
        })
        .collect();
    let columns = columns.ok_or_else(|| form("a column without name or type"))?;
    let mut rows = Vec::new();
    for row in list("Rows").ok_or_else(|| form("no rows"))? {
        match row {
            Json::Array(cells) if cells.len() == columns.len() => rows.push(cells.clone()),
            Json::Array(_) => return Err(form("a row of another length")),
            other => return Err(Wrong::Query(error(other))),
        }
    }
    Ok(Answer {
        columns,
        rows,
        ..Answer::default()
    })
}

/// The sentence of the first error in `OneApiErrors`.
fn error(holder: &Json) -> String {
    let first = holder.get("OneApiErrors").and_then(|errors| errors.get(0));
    let inner = first.and_then(|first| first.get("error"));
    let said = ["@message", "message", "code"].iter();
    let said = inner.and_then(|inner| said.clone().find_map(|name| inner.get(name)?.as_str()));
    said.map_or_else(|| format!("the run failed: {holder}"), str::to_owned)
}

/// The answer in the form of the workers. A `dynamic` cell comes as it is or as text that holds JSON; a `timespan` as `[-][d.]hh:mm:ss[.fffffff]`.
fn told_of(mut answer: Answer, outputs: &[BoundOutput]) -> Json {
    for row in &mut answer.rows {
        for (cell, (_, ty)) in row.iter_mut().zip(&answer.columns) {
            let Json::String(text) = &*cell else { continue };
            let read = match ty.as_str() {
                "dynamic" => match serde_json::from_str::<Json>(text) {
                    Ok(nested @ (Json::Array(_) | Json::Object(_))) => Some(nested),
                    _ => None,
                },
                "timespan" => milliseconds(text).map(|span| json!({ "span": span })),
                _ => None,
            };
            if let Some(read) = read {
                *cell = read;
            }
        }
    }
    told(&answer, outputs)
}

/// A timespan in whole milliseconds; `None`: it is none, or finer.
fn milliseconds(text: &str) -> Option<i64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let mut parts = rest.split(':');
    let (first, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (days, hours) = first.split_once('.').unwrap_or(("0", first));
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let number = |digits: &str| -> Option<i64> {
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse().ok()).flatten()
    };
    let ticks = number(&format!("{fraction:0<7}"))?;
    if fraction.len() > 7 || ticks % 10_000 != 0 {
        return None;
    }
    let whole = ((number(days)? * 24 + number(hours)?) * 60 + number(minutes)?) * 60;
    Some(sign * ((whole + number(seconds)?) * 1000 + ticks / 10_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timespans_are_read_to_the_millisecond() {
        for (text, wanted) in [
            ("00:00:01", Some(1000)),
            ("1.02:03:04.0050000", Some(93_784_005)),
            ("-00:10:00", Some(-600_000)),
            ("00:00:00.0000001", None),
            ("1:2", None),
            ("x:00:00", None),
        ] {
            assert_eq!(milliseconds(text), wanted, "{text}");
        }
    }

    fn wrong(frames: &Json) -> String {
        match table(frames) {
            Ok(answer) => format!("{answer:?}"),
            Err(Wrong::Query(why)) => format!("query: {why}"),
            Err(Wrong::Form(why)) => format!("form: {why}"),
        }
    }

    #[test]
    fn an_answer_with_an_error_or_without_an_end_is_none() {
        let result = json!({ "FrameType": "DataTable", "TableKind": "PrimaryResult",
            "Columns": [{ "ColumnName": "n", "ColumnType": "long" }], "Rows": [[1]] });
        let end =
            json!({ "FrameType": "DataSetCompletion", "HasErrors": false, "Cancelled": false });
        let good = table(&json!([result, end])).ok().unwrap();
        assert_eq!(good.rows, [[json!(1)]]);
        assert_eq!(
            wrong(&json!([result])),
            "form: it breaks off, or ends twice"
        );
        assert_eq!(wrong(&json!([end])), "form: 0 results");
        assert_eq!(wrong(&json!([result, result, end])), "form: 2 results");
        assert_eq!(wrong(&json!({"error": 1})), "form: no list of frames");
        let errors = json!([{ "error": { "@message": "E_RUNAWAY_QUERY" } }]);
        let failed =
            json!({ "FrameType": "DataSetCompletion", "HasErrors": true, "OneApiErrors": errors });
        assert_eq!(wrong(&json!([result, failed])), "query: E_RUNAWAY_QUERY");
        let mut among = result.clone();
        among["Rows"] = json!([[1], { "OneApiErrors": errors }]);
        assert_eq!(wrong(&json!([among, end])), "query: E_RUNAWAY_QUERY");
        among["Rows"] = json!([[1, 2]]);
        assert_eq!(wrong(&json!([among, end])), "form: a row of another length");
    }
}
