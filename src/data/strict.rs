//! JSON whose keys are looked at twice: serde_json alone silently keeps the last of two equal keys.
//!
//! Guarantee: where an object has a key twice with different values, the key is dropped and listed; `null` beside a value and two equal values are
//! no contradiction.

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};
use std::fmt;

/// A value, and the keys within it that contradict themselves.
#[derive(Debug)]
pub(super) struct Strict {
    /// The value, without those keys.
    pub json: Json,
    /// Their paths, joined by dots.
    pub twice: Vec<String>,
}

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut walk = Walk::default();
        let json = Part(&mut walk).deserialize(deserializer)?;
        Ok(Strict {
            json,
            twice: walk.twice,
        })
    }
}

#[derive(Default)]
struct Walk {
    path: String,
    twice: Vec<String>,
}

struct Part<'a>(&'a mut Walk);

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut items: S) -> Result<Json, S::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element_seed(Part(&mut *self.0))? {
            all.push(item);
        }
        Ok(Json::Array(all))
    }

    fn visit_map<M: MapAccess<'de>>(self, mut entries: M) -> Result<Json, M::Error> {
        let mut map = Map::new();
        let base = self.0.path.len();
        let mut dropped: Vec<String> = Vec::new();
        while let Some(key) = entries.next_key::<String>()? {
            if base > 0 {
                self.0.path.push('.');
            }
            self.0.path.push_str(&key);
            let value = entries.next_value_seed(Part(&mut *self.0))?;
            match map.get_mut(&key) {
                None if dropped.contains(&key) => {}
                None => {
                    map.insert(key, value);
                }
                Some(held) if held.is_null() => *held = value,
                Some(held) if value.is_null() || *held == value => {}
                Some(_) => {
                    map.remove(&key);
                    self.0.twice.push(self.0.path.clone());
                    dropped.push(key);
                }
            }
            self.0.path.truncate(base);
        }
        Ok(Json::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_contradicts_itself_is_dropped_and_listed() {
        let text = r#"{"a":1,"a":1,"b":null,"b":2,"c":3,"c":null,"d":{"e":1,"e":2,"e":1},"f":0}"#;
        let strict: Strict = serde_json::from_str(text).unwrap();
        assert_eq!(
            strict.json.to_string(),
            r#"{"a":1,"b":2,"c":3,"d":{},"f":0}"#
        );
        assert_eq!(strict.twice, ["d.e"]);
    }
}
