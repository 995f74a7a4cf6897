//! Members of a column that holds JSON.
//!
//! In: the cell and the way to a member, or values and their ways. Out: the member as text, or the JSON that holds all of them. Guarantee: what is put into
//! JSON is read from it again; a value that a field cannot be, an object or an array, is an error and no text.

use super::super::intern::Texts;
use crate::schema::MemberStep;
use crate::value::Value;
use serde_json::{Map, Value as Json};

/// The text of a member: a text as it is, a whole number and a truth value as JSON writes them. Missing where there is none, or `null`.
///
/// # Errors
/// The cell is no JSON; the member is an object, an array or a number with a fraction.
pub(super) fn text(cell: &Value, way: &[MemberStep], texts: &mut Texts) -> Result<Value, String> {
    let Value::Text(text) = cell else {
        return Ok(Value::Missing);
    };
    let read: Json = serde_json::from_str(text)
        .map_err(|error| format!("the column does not hold JSON: {error}"))?;
    let mut held = Some(&read);
    for step in way {
        held = held.and_then(|held| match step {
            MemberStep::Key(key) => held.get(key),
            MemberStep::Place(place) => held.get(usize::try_from(*place).ok()?),
        });
    }
    match held {
        None | Some(Json::Null) => Ok(Value::Missing),
        Some(Json::String(text)) if text.is_empty() => Ok(Value::Missing),
        Some(Json::String(text)) => Ok(texts.value(text)),
        Some(Json::Bool(truth)) => Ok(texts.value(&truth.to_string())),
        Some(Json::Number(number)) if number.is_i64() => Ok(texts.value(&number.to_string())),
        Some(other) => Err(format!("{other} is no text")),
    }
}

/// Puts a text where the way leads, making what is around it.
///
/// # Errors
/// Another value is there, or on the way.
pub(super) fn put(into: &mut Json, way: &[MemberStep], text: &str) -> Result<(), String> {
    let taken = || "another field says something else of the same member".to_owned();
    let Some((step, rest)) = way.split_first() else {
        return match into {
            Json::Null => {
                *into = Json::from(text);
                Ok(())
            }
            Json::String(held) if held == text => Ok(()),
            _ => Err(taken()),
        };
    };
    match step {
        MemberStep::Key(key) => {
            if into.is_null() {
                *into = Json::Object(Map::new());
            }
            let object = into.as_object_mut().ok_or_else(taken)?;
            put(object.entry(key.clone()).or_insert(Json::Null), rest, text)
        }
        MemberStep::Place(place) => {
            if into.is_null() {
                *into = Json::Array(Vec::new());
            }
            let array = into.as_array_mut().ok_or_else(taken)?;
            let place = usize::try_from(*place).map_err(|error| error.to_string())?;
            while array.len() <= place {
                array.push(Json::Null);
            }
            array
                .get_mut(place)
                .map_or(Ok(()), |held| put(held, rest, text))
        }
    }
}
