//! Indices that are made for a comparison and deleted after it.
//!
//! In: tables. Out: indices that hold their rows. Guarantee: a name is `huntc-verify-`, 128 random bits and a number, so that it is nobody else's; deleted is
//! what was made under that very name, never a pattern; what is made is written down first, so that an interrupt can take it away too.
//!
//! `PUT /{index}` with `settings` and `mappings` (<https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-create>), `POST
//! /{index}/_bulk?refresh=true` with a line for the action and one for the document
//! (<https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk>), `DELETE /{index}`
//! (<https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-delete>). A dot in a field's name makes an object
//! (<https://www.elastic.co/docs/reference/elasticsearch/mapping-reference/object>).

use super::super::interpreters::{Language, sample};
use super::super::rows::{EngineTable, Missing};
use super::http::{Client, Question, Trouble};
use serde_json::{Map, Value as Json, json};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How every name begins.
pub(crate) const PREFIX: &str = "huntc-verify-";

/// How many bytes of documents are sent at once; a server takes 100 MB (<https://www.elastic.co/docs/reference/elasticsearch/configuration-reference/networking-settings>).
const AT_ONCE: usize = 4 << 20;

/// What exists, or may. Held while one is made or deleted, so that an interrupt finds either nothing or everything.
static OPEN: Mutex<Vec<(Client, String)>> = Mutex::new(Vec::new());

fn open() -> MutexGuard<'static, Vec<(Client, String)>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Names of one run.
#[derive(Debug)]
pub(crate) struct Names {
    random: String,
    given: usize,
}

impl Default for Names {
    fn default() -> Names {
        // The hasher's keys come from the system's random numbers.
        let number = || RandomState::new().build_hasher().finish();
        Names {
            random: format!("{:016x}{:016x}", number(), number()),
            given: 0,
        }
    }
}

impl Names {
    /// The next name.
    pub(crate) fn fresh(&mut self) -> String {
        self.given += 1;
        format!("{PREFIX}{}-{}", self.random, self.given)
    }
}

/// An index that is there.
#[derive(Debug)]
pub(crate) struct Index {
    client: Client,
    /// Its name.
    pub name: String,
}

impl Index {
    /// Makes one.
    ///
    /// # Errors
    /// The server refuses; where it is not known whether the index was made all the same, it is deleted.
    pub(crate) fn create(
        client: &Client,
        name: &str,
        engine_table: &EngineTable,
    ) -> Result<Index, Trouble> {
        let body = mapping(engine_table).map_err(Trouble::Unfit)?;
        let mut open = open();
        open.push((client.clone(), name.to_owned()));
        let made = client.ask(&Question {
            method: "PUT",
            path: &format!("/{name}"),
            body: Some(("application/json", &body.to_string())),
            headers: &[],
        });
        let Err(trouble) = made else {
            return Ok(Index {
                client: client.clone(),
                name: name.to_owned(),
            });
        };
        let nothing = match &trouble {
            Trouble::Unreached(_)
            | Trouble::Denied(_)
            | Trouble::Refused(..)
            | Trouble::Nothing(_)
            | Trouble::Unfit(_) => true,
            Trouble::TooLarge(_) | Trouble::Broken(_) => false,
        };
        if nothing || delete(client, name).is_ok() {
            open.retain(|(_, own)| own != name);
        }
        Err(match trouble {
            // An index that is not made is no evidence about a query.
            Trouble::Refused(_, why) => Trouble::Unfit(why),
            other => other,
        })
    }

    /// Puts the rows of a table in.
    ///
    /// # Errors
    /// The server does not take a row, or breaks.
    pub(crate) fn fill(&self, engine_table: &EngineTable) -> Result<(), Trouble> {
        let mut lines = String::new();
        let mut count = 0;
        for document in documents(engine_table) {
            lines.push_str("{\"index\":{}}\n");
            lines.push_str(&document.to_string());
            lines.push('\n');
            count += 1;
            if lines.len() >= AT_ONCE {
                self.bulk(&lines, count)?;
                lines.clear();
                count = 0;
            }
        }
        match count {
            0 => Ok(()),
            _ => self.bulk(&lines, count),
        }
    }

    fn bulk(&self, lines: &str, count: usize) -> Result<(), Trouble> {
        let answer = self.client.ask(&Question {
            method: "POST",
            path: &format!("/{}/_bulk?refresh=true", self.name),
            body: Some(("application/x-ndjson", lines)),
            headers: &[],
        })?;
        let items = answer.get("items").and_then(Json::as_array);
        let taken = items.map_or(0, Vec::len);
        match answer.get("errors").and_then(Json::as_bool) {
            Some(false) if taken == count => Ok(()),
            Some(true) => {
                let mut reasons = items.into_iter().flatten().filter_map(|item| {
                    let error = item.get("index")?.get("error")?;
                    error.get("reason").and_then(Json::as_str)
                });
                let reason = reasons.next().unwrap_or("it does not say why");
                let why = format!("a row is not taken: {}", self.client.shown(reason));
                Err(Trouble::Refused("bulk".to_owned(), why))
            }
            _ => Err(Trouble::Broken(
                "the answer to a bulk request is not Elasticsearch's".to_owned(),
            )),
        }
    }

    /// Deletes it; where that fails, the end of the run tries again.
    pub(crate) fn delete(self) {
        let mut open = open();
        if delete(&self.client, &self.name).is_ok() {
            open.retain(|(_, own)| *own != self.name);
        }
    }
}

/// Deletes what is still there of one run, once more, and gives what stays, and why.
pub(crate) fn delete_of(names: &Names) -> Vec<String> {
    let own = format!("{PREFIX}{}-", names.random);
    let mut left = Vec::new();
    open().retain(|(client, name)| {
        if name.starts_with(&own)
            && let Err(why) = delete(client, name)
        {
            left.push(format!("the index `{name}`: {why}"));
        }
        // What is reported is not tried again.
        !name.starts_with(&own)
    });
    left
}

/// Deletes all that is there, for an interrupt. Gives what is left; nothing can be made while that is kept.
#[must_use]
pub(crate) fn delete_all() -> Left {
    let mut open = open();
    open.retain(|(client, name)| delete(client, name).is_err());
    Left(open)
}

/// Indices that are still there.
pub(crate) struct Left(MutexGuard<'static, Vec<(Client, String)>>);

impl Left {
    /// Their names.
    #[must_use]
    pub(crate) fn names(&self) -> Vec<String> {
        self.0.iter().map(|(_, name)| name.clone()).collect()
    }
}

fn delete(client: &Client, name: &str) -> Result<(), String> {
    let done = client.ask(&Question {
        method: "DELETE",
        path: &format!("/{name}"),
        body: None,
        headers: &[],
    });
    match done {
        // Gone is gone, no matter who deleted it.
        Ok(_) | Err(Trouble::Nothing(_)) => Ok(()),
        Err(trouble) => Err(trouble.text().to_owned()),
    }
}

/// Settings, and the type of each column; a field that no column names is refused by the server.
fn mapping(engine_table: &EngineTable) -> Result<Json, String> {
    let mut fields = Map::new();
    for (name, ty) in sample(engine_table, Language::Esql, Missing::Blank).columns {
        let field = match ty.as_str() {
            "keyword" | "wildcard" | "ip" | "date" | "boolean" | "long" | "integer" | "short"
            | "byte" | "double" | "float" | "half_float" | "match_only_text" | "text"
            | "version" => json!({ "type": ty }),
            // One value for all rows is a property of an index, not of its columns.
            "constant_keyword" => json!({ "type": "keyword" }),
            "scaled_float" => json!({ "type": ty, "scaling_factor": 1000 }),
            _ => {
                return Err(format!(
                    "the column {name} has the type {ty}, of which no field is made"
                ));
            }
        };
        fields.insert(name, field);
    }
    Ok(json!({
        "settings": { "number_of_shards": 1, "number_of_replicas": 0 },
        "mappings": { "dynamic": "strict", "properties": fields },
    }))
}

/// A document for each row; what is missing is not there.
fn documents(engine_table: &EngineTable) -> Vec<Json> {
    let sample = sample(engine_table, Language::Esql, Missing::Blank);
    let names: Vec<&String> = sample.columns.iter().map(|(name, _)| name).collect();
    let document = |row: Vec<Json>| -> Json {
        let cells = names.iter().zip(row).filter(|(_, cell)| !cell.is_null());
        let fields = cells.map(|(name, cell)| ((*name).clone(), cell));
        Json::Object(fields.collect())
    };
    sample.rows.into_iter().map(document).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_never_the_same() {
        let (mut one, mut other) = (Names::default(), Names::default());
        let names = [one.fresh(), one.fresh(), other.fresh()];
        for (at, name) in names.iter().enumerate() {
            let rest = name.strip_prefix(PREFIX).unwrap();
            assert!(
                rest.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'),
                "{name}"
            );
            assert_eq!(rest.split('-').next().unwrap().len(), 32);
            assert!(!names[..at].contains(name));
        }
    }
}
