//! What `compile` writes of a query: the output formats there are.
//!
//! In: a [`Query`] with its result columns, entities and notes. Out: the text of a file. Guarantee: a format decides nothing of the query, whose text it
//! carries byte for byte; a format is one file here and one folder of templates under `templates/artefacts/`, and is listed in [`FORMATS`].

mod plain;

use crate::compiler::Query;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use serde_json::{Value as Json, json};

/// An output format.
pub(crate) trait Format: Sync {
    /// Its name: `plain`.
    #[cfg_attr(
        not(test),
        expect(
            dead_code,
            reason = "one format leaves nothing to choose from: compile writes DEFAULT"
        )
    )]
    fn name(&self) -> &'static str;

    /// The ending of its files; `query` is the usual one of the query's own text.
    fn extension<'a>(&self, query: &'a str) -> &'a str;

    /// The text of the file.
    ///
    /// # Errors
    /// The template is faulty, which tests exclude.
    fn render(&self, query: &Query) -> Result<String, minijinja::Error>;
}

/// Every format; the first is what `compile` writes.
#[cfg_attr(
    not(test),
    expect(
        dead_code,
        reason = "one format leaves nothing to choose from: compile writes DEFAULT"
    )
)]
pub(crate) const FORMATS: &[&dyn Format] = &[&plain::Plain];

/// What `compile` writes.
pub(crate) const DEFAULT: &dyn Format = &plain::Plain;

/// Fills a template with a query.
fn fill(template: &str, query: &Query) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.render_str(template, context! { query => Serde(members(query)) })
}

/// What templates see of a query.
fn members(query: &Query) -> Json {
    let column = |column: &crate::compiler::ResultColumn| {
        json!({
            "name": column.name,
            "neutral": column.neutral,
            "type": column.ty.to_string(),
        })
    };
    json!({
        "text": query.text,
        "extension": query.extension,
        "target": query.target,
        "columns": query.columns.iter().map(column).collect::<Vec<_>>(),
        "entities": query.entities,
        "notes": query.notes.iter().map(|note| &note.title).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::{DEFAULT, FORMATS};
    use crate::compiler::Query;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn names_are_unique_and_the_first_is_the_default() {
        let names: BTreeSet<&str> = FORMATS.iter().map(|format| format.name()).collect();
        assert_eq!(names.len(), FORMATS.len());
        assert_eq!(FORMATS[0].name(), DEFAULT.name());
    }

    /// Neither templates nor escaping change what a dialect printed.
    #[test]
    fn plain_is_the_text_byte_for_byte() {
        let text = "T\n| where a == \"<{{ x }}>&'\\n\"\n\n";
        let query = Query {
            text: text.to_owned(),
            extension: "kql".to_owned(),
            target: "t".to_owned(),
            columns: Vec::new(),
            entities: BTreeMap::new(),
            notes: Vec::new(),
        };
        assert_eq!(DEFAULT.render(&query).unwrap(), text);
        assert_eq!(DEFAULT.extension("kql"), "kql");
    }
}
