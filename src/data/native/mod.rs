//! Between the native columns of a schema and neutral fields.
//!
//! Guarantee: reading follows the schema's mapping as the compiler does, so that a hunt run over rows read here is what its query is over the same
//! rows; writing makes rows that read back as what was written, as far as the schema can hold it, and says what it cannot.

mod members;
pub(super) mod read;
mod write;

pub use write::{to_json, write};

use crate::value::Value;

/// How a native word is compared: by its text, whatever the column's type.
fn is_word(value: &Value, word: &str, fold: bool) -> bool {
    let same = |text: &str| {
        if fold {
            text.to_lowercase() == word.to_lowercase()
        } else {
            text == word
        }
    };
    match value {
        Value::Text(text) => same(text),
        Value::Set(elements) => elements.iter().any(|element| is_word(element, word, fold)),
        Value::Missing => false,
        other => same(&other.to_string()),
    }
}
