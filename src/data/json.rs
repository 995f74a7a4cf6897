//! NDJSON: one object per line, of which only the wanted keys are kept.
//!
//! A key may be dotted, nested, or both: `{"dst.port": 443}`, `{"dst": {"port": 443}}`.

use super::DataError;
use super::collect::Collector;
use super::convert;
use super::lines::{self, Line};
use crate::value::Value;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;
use std::collections::HashMap;
use std::fmt;
use std::io::BufRead;
use std::path::Path;

/// Reads the lines of a file.
pub(super) fn read(
    name: &Path,
    mut bytes: Box<dyn BufRead>,
    collector: &mut Collector,
) -> Result<(), DataError> {
    let keys = Keys::of(collector);
    let mut slots: Vec<Json> = Vec::new();
    let mut path = String::new();
    let mut line = Vec::new();
    for number in 1.. {
        match lines::next(&mut *bytes, &mut line).map_err(|error| lines::failed(name, &error))? {
            Line::End => break,
            Line::TooLong => {
                collector.malformed(number, "the line is longer than 16 MiB".to_owned());
                continue;
            }
            Line::Read if line.iter().all(u8::is_ascii_whitespace) => continue,
            Line::Read => {}
        }
        if number == 1 && line.trim_ascii_start().starts_with(b"[") {
            let why = "a JSON array; one object per line is wanted, as `jq -c '.[]'` writes it";
            return Err(DataError {
                file: name.to_owned(),
                why: why.to_owned(),
            });
        }
        slots.clear();
        slots.resize(keys.count, Json::Null);
        path.clear();
        let mut wrong = Vec::new();
        let mut others = Vec::new();
        let object = Object {
            keys: &keys,
            path: &mut path,
            slots: &mut slots,
            others: &mut others,
            wrong: &mut wrong,
        };
        let mut json = serde_json::Deserializer::from_slice(&line);
        match object.deserialize(&mut json).and_then(|()| json.end()) {
            Ok(()) => {
                settle(others, &mut slots, &mut wrong);
                collector.row(number, wrong, |at, wanted, texts| {
                    let json = slots.get(at);
                    json.map_or(Ok(Value::Missing), |json| {
                        convert::json(json, wanted, texts)
                    })
                });
            }
            Err(error) => collector.malformed(number, error.to_string().replace("line 1 ", "")),
        }
    }
    Ok(())
}

/// A key that a wanted one equals but for case.
struct OtherCase {
    slot: usize,
    key: String,
    value: Json,
}

/// An exact key wins; of two that differ in case only, neither is taken.
fn settle(mut others: Vec<OtherCase>, slots: &mut [Json], wrong: &mut Vec<String>) {
    while let Some(OtherCase { slot, key, value }) = others.pop() {
        let Some(empty @ Json::Null) = slots.get_mut(slot) else {
            continue;
        };
        if others.iter().any(|other| other.slot == slot) {
            wrong.push(format!(
                "`{key}` is there more than once, in different case"
            ));
            others.retain(|other| other.slot != slot);
        } else {
            *empty = value;
        }
    }
}

/// What a path leads to.
enum Place {
    /// A wanted key.
    Slot(usize),
    /// Wanted keys below it.
    Branch,
}

struct Keys {
    count: usize,
    paths: HashMap<String, Place>,
    /// Keys in lower case, where case may differ.
    folded: HashMap<String, usize>,
}

impl Keys {
    fn of(collector: &Collector) -> Keys {
        let mut keys = Keys {
            count: 0,
            paths: HashMap::new(),
            folded: HashMap::new(),
        };
        for key in collector.keys() {
            for (dot, _) in key.match_indices('.') {
                let above = key.get(..dot).unwrap_or_default().to_owned();
                keys.paths.entry(above).or_insert(Place::Branch);
            }
            keys.paths.insert(key.to_owned(), Place::Slot(keys.count));
            if collector.case_may_differ() {
                keys.folded.insert(key.to_ascii_lowercase(), keys.count);
            }
            keys.count += 1;
        }
        keys
    }
}

/// An object at some path of a line.
struct Object<'a> {
    keys: &'a Keys,
    path: &'a mut String,
    slots: &'a mut Vec<Json>,
    others: &'a mut Vec<OtherCase>,
    wrong: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl Object<'_> {
    /// Something else where an object is wanted: fatal for the line, and only a wrong value below it.
    fn refuse<E: Error>(self) -> Result<(), E> {
        let Some(path) = self.path.strip_suffix('.') else {
            return Err(E::custom("a JSON object is wanted"));
        };
        self.wrong.push(format!("`{path}` is not an object"));
        Ok(())
    }

    /// A key that no wanted one equals: perhaps one does but for case.
    fn other<'de, M: MapAccess<'de>>(&mut self, map: &mut M) -> Result<(), M::Error> {
        let folded = &self.keys.folded;
        let slot = (!folded.is_empty()).then(|| folded.get(&self.path.to_ascii_lowercase()));
        let Some(&slot) = slot.flatten() else {
            return map.next_value::<IgnoredAny>().map(|_| ());
        };
        let key = self.path.clone();
        let value = map.next_value()?;
        self.others.push(OtherCase { slot, key, value });
        Ok(())
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<M: MapAccess<'de>>(mut self, mut map: M) -> Result<(), M::Error> {
        let base = self.path.len();
        while map.next_key_seed(Append(self.path))?.is_some() {
            match self.keys.paths.get(self.path.as_str()) {
                Some(Place::Slot(at)) => {
                    let value = map.next_value()?;
                    if let Some(slot) = self.slots.get_mut(*at) {
                        *slot = value;
                    }
                }
                Some(Place::Branch) => {
                    self.path.push('.');
                    map.next_value_seed(Object {
                        keys: self.keys,
                        path: self.path,
                        slots: self.slots,
                        others: self.others,
                        wrong: self.wrong,
                    })?;
                }
                None => self.other(&mut map)?,
            }
            self.path.truncate(base);
        }
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        if self.path.is_empty() {
            return self.refuse();
        }
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut items: S) -> Result<(), S::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        self.refuse()
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.refuse()
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.refuse()
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.refuse()
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.refuse()
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        self.refuse()
    }
}

/// Appends a key to a path.
struct Append<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for Append<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<(), D::Error> {
        key.deserialize_str(self)
    }
}

impl Visitor<'_> for Append<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<(), E> {
        self.0.push_str(key);
        Ok(())
    }
}
