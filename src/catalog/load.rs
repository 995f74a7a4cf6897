//! grammar/functions.yaml, read.
//!
//! In: its text. Out: functions by name. Guarantee: what is not understood is an error that names the function; nothing is guessed.

use super::{Accepts, Function, MissingRule, Parameter, Returns, examples};
use crate::model::Type;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// What is wrong in grammar/functions.yaml.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LoadError(String);

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "grammar/functions.yaml: {}", self.0)
    }
}

impl std::error::Error for LoadError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    args: Vec<BTreeMap<String, String>>,
    #[serde(default)]
    least: Option<usize>,
    returns: String,
    missing: String,
    says: String,
    examples: Vec<String>,
}

/// Reads the whole file.
pub(super) fn load(text: &str) -> Result<BTreeMap<String, Function>, LoadError> {
    let rows: BTreeMap<String, Row> =
        serde_saphyr::from_str(text).map_err(|error| LoadError(error.to_string()))?;
    rows.into_iter()
        .map(|(name, row)| {
            let function =
                function(&name, row).map_err(|what| LoadError(format!("{name}: {what}")))?;
            Ok((name, function))
        })
        .collect()
}

fn function(name: &str, row: Row) -> Result<Function, String> {
    let mut parameters = Vec::new();
    let mut least = 0;
    let mut repeated = false;
    for pair in row.args {
        let (parameter, spec) = pair
            .into_iter()
            .next()
            .ok_or("an argument is `name: type`")?;
        let mut words: Vec<&str> = spec.split_whitespace().filter(|w| *w != "|").collect();
        let literal = words.first() == Some(&"literal");
        words.retain(|word| *word != "literal");
        let ending = words.last().copied().unwrap_or_default();
        repeated = ending == "repeated";
        least += usize::from(ending != "optional");
        words.retain(|word| !["optional", "repeated"].contains(word));
        let accepts = words
            .iter()
            .map(|word| accepts(word).ok_or_else(|| format!("no type `{word}`")))
            .collect::<Result<Vec<_>, _>>()?;
        if accepts.is_empty() {
            return Err(format!("argument `{parameter}` has no type"));
        }
        parameters.push(Parameter {
            name: parameter,
            accepts,
            literal,
        });
    }
    let returns = match row.returns.as_str() {
        "same" => Returns::Same,
        word => Returns::Type(
            accepts(word)
                .and_then(Accepts::ty)
                .ok_or_else(|| format!("no type `{word}`"))?,
        ),
    };
    let missing = match row.missing.as_str() {
        "propagates" => MissingRule::Propagates,
        "partial" => MissingRule::Partial,
        "fallback" => MissingRule::Fallback,
        "false" => MissingRule::False,
        "never" => MissingRule::Never,
        word => return Err(format!("no missing rule `{word}`")),
    };
    if (missing == MissingRule::False) != (returns == Returns::Type(Type::Bool)) {
        return Err("`missing: false` is for predicates, and predicates have it".to_owned());
    }
    let most = (!repeated).then_some(parameters.len());
    let mut function = Function {
        name: name.to_owned(),
        parameters,
        least: row.least.unwrap_or(least),
        most,
        returns,
        missing,
        says: row.says,
        examples: Vec::new(),
    };
    function.examples = row
        .examples
        .iter()
        .map(|text| examples::read(text, &function).map_err(|what| format!("`{text}`: {what}")))
        .collect::<Result<_, _>>()?;
    Ok(function)
}

fn accepts(word: &str) -> Option<Accepts> {
    Some(match word {
        "bool" => Accepts::Bool,
        "int" => Accepts::Int,
        "float" => Accepts::Float,
        "string" => Accepts::Text,
        "time" => Accepts::Time,
        "duration" => Accepts::Duration,
        "ip" => Accepts::Ip,
        "set" => Accepts::Set,
        "regex" => Accepts::Regex,
        _ => return None,
    })
}
