//! JSON: one value a line, or values that span lines; rows as they are, or in the envelope of an export.
//!
//! Of a row only the requested keys are kept. A key may be dotted, nested, or both: `{"dst.port": 443}`, `{"dst": {"port": 443}}`. Guarantee: a key that is
//! there twice with different values, in whatever spelling, is malformed; keys that are not requested are counted.

use super::bytes::{self, Line, Source};
use super::collect::Collector;
use super::convert;
use super::envelope::{self, Opened};
use super::strict::Strict;
use super::{DataError, Place};
use crate::value::Value;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;
use std::collections::HashMap;
use std::fmt;
use std::io::{BufRead, Read};
use std::path::Path;

/// The largest JSON value that spans lines, in bytes: a whole response of a search, read at once.
const LARGEST: u64 = 64 << 20;
/// How many keys that are not requested are counted.
const MOST_UNKNOWN: usize = 4096;

/// How a file holds its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// One a line.
    Lines,
    /// Over several lines, or longer than a line may be.
    Values,
}

/// Looks at the beginning of a file.
pub(super) fn layout(source: &Source) -> Layout {
    let start = source
        .sample
        .iter()
        .position(|byte| !byte.is_ascii_whitespace());
    let rest = source.sample.get(start.unwrap_or(0)..).unwrap_or_default();
    let end = rest.iter().position(|byte| *byte == b'\n');
    match end {
        None if !source.whole => Layout::Values,
        end => {
            let line = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            let read = serde_json::from_slice::<IgnoredAny>(line);
            match read {
                Err(error) if error.is_eof() => Layout::Values,
                _ => Layout::Lines,
            }
        }
    }
}

/// The rows at the beginning of a text, for telling its form.
pub(super) fn sample(text: &[u8], on_lines: bool, most: usize) -> Opened {
    let mut all = Opened::default();
    let mut add = |json: Json| {
        let opened = envelope::open(json);
        all.envelope = all.envelope.or(opened.envelope);
        all.rows.extend(opened.rows);
        all.rows.len() < most
    };
    if on_lines {
        // The last line may be cut; then it is no JSON.
        let lines = text.split(|byte| *byte == b'\n');
        let values = |line| serde_json::Deserializer::from_slice(line).into_iter::<Json>();
        let mut values = lines.flat_map(|line| values(line).map_while(Result::ok));
        while values.next().is_some_and(&mut add) {}
    } else {
        let mut values = serde_json::Deserializer::from_slice(text).into_iter::<Json>();
        while values.next().is_some_and(|json| json.is_ok_and(&mut add)) {}
    }
    all
}

/// Why the first value of a text is no JSON.
pub(super) fn broken(text: &[u8], on_lines: bool) -> Option<String> {
    let error = if on_lines {
        let mut lines = text.split(|byte| *byte == b'\n');
        let line = lines.find(|line| !line.trim_ascii().is_empty())?;
        serde_json::from_slice::<Json>(line).err()?
    } else {
        let mut values = serde_json::Deserializer::from_slice(text).into_iter::<Json>();
        values.find_map(Result::err)?
    };
    Some(error.to_string().replace("line 1 ", ""))
}

/// All of a text whose values span lines.
pub(super) fn whole(name: &Path, source: Source) -> Result<Vec<u8>, DataError> {
    let mut text = Vec::new();
    let read = source.bytes.take(LARGEST + 1).read_to_end(&mut text);
    read.map_err(|error| bytes::failed(name, &error))?;
    if text.len() as u64 > LARGEST {
        let why = "JSON that spans lines is read whole, and this is more than 64 MiB";
        return Err(
            DataError::new(name, why).help("write one object a line, as `jq -c '.[]'` does")
        );
    }
    Ok(text)
}

/// Reads a file whose values are on lines.
pub(super) fn lines(
    name: &Path,
    mut bytes: Box<dyn BufRead>,
    collector: &mut Collector,
) -> Result<(), DataError> {
    let mut rows = Rows::new(collector);
    let mut line = Vec::new();
    for number in 1.. {
        let place = Place::Line(number);
        match bytes::next(&mut *bytes, &mut line).map_err(|error| bytes::failed(name, &error))? {
            Line::End => break,
            Line::TooLong => {
                collector.malformed(place, "the line is longer than 16 MiB".to_owned());
                continue;
            }
            Line::Read if line.iter().all(u8::is_ascii_whitespace) => continue,
            Line::Read => {}
        }
        rows.line(place, &line, collector);
    }
    rows.finish(collector);
    Ok(())
}

/// Reads a text of values that span lines.
pub(super) fn values(name: &Path, text: &[u8], collector: &mut Collector) -> Result<(), DataError> {
    let mut rows = Rows::new(collector);
    let mut number = 0;
    for value in serde_json::Deserializer::from_slice(text).into_iter::<Strict>() {
        let strict = value.map_err(|error| {
            let why = format!("not JSON: {error}; nothing from there on can be read");
            DataError::new(name, &why)
        })?;
        let opened = rows.open(strict, Place::Row(number + 1), collector);
        for row in opened.rows {
            number += 1;
            rows.row(Place::Row(number), row, collector);
        }
    }
    rows.finish(collector);
    Ok(())
}

/// Gives rows to a collector.
pub(super) struct Rows {
    keys: Keys,
    slots: Vec<Json>,
    path: String,
    /// Keys that are not requested, and in how many rows they are.
    unknown: HashMap<String, u64>,
}

impl Rows {
    pub(super) fn new(collector: &Collector) -> Self {
        Rows {
            keys: Keys::of(collector),
            slots: Vec::new(),
            path: String::new(),
            unknown: HashMap::new(),
        }
    }

    /// Reports which keys were not requested.
    pub(super) fn finish(self, collector: &mut Collector) {
        for (key, rows) in &self.unknown {
            collector.other_key(key, *rows);
        }
    }

    /// One line.
    fn line(&mut self, place: Place, line: &[u8], collector: &mut Collector) {
        let is_array = line.trim_ascii_start().starts_with(b"[");
        if !is_array {
            let mut seen = Seen::default();
            let mut json = serde_json::Deserializer::from_slice(line);
            let read = self.fill(&mut json, &mut seen);
            match read.and_then(|()| json.end()) {
                Ok(()) if !seen.may_open => return self.take(place, None, seen, collector),
                Ok(()) => {}
                // Several values on one line are read as several; what else is wrong is wrong there too.
                Err(_) => {}
            }
        }
        for value in serde_json::Deserializer::from_slice(line).into_iter::<Strict>() {
            match value {
                Ok(strict) => {
                    let opened = self.open(strict, place, collector);
                    for row in opened.rows {
                        self.row(place, row, collector);
                    }
                }
                Err(error) => {
                    collector.malformed(place, error.to_string().replace("line 1 ", ""));
                    break;
                }
            }
        }
    }

    /// Opens an envelope and passes on what it says of itself.
    pub(super) fn open(
        &mut self,
        strict: Strict,
        place: Place,
        collector: &mut Collector,
    ) -> Opened {
        for path in &strict.twice {
            collector.malformed_value(
                place,
                format!("`{path}` is there twice with different values"),
            );
        }
        let opened = envelope::open(strict.json);
        collector.opened(&opened);
        opened
    }

    /// One row.
    pub(super) fn row(&mut self, place: Place, row: envelope::Row, collector: &mut Collector) {
        let map = match row.object {
            Ok(map) => Json::Object(map),
            Err(why) => return collector.malformed(place, why),
        };
        let mut seen = Seen::default();
        match self.fill(&map, &mut seen) {
            Ok(()) => self.take(place, row.table.as_deref(), seen, collector),
            Err(error) => collector.malformed(place, error.to_string()),
        }
    }

    /// Reads the wanted keys of an object.
    fn fill<'de, D: Deserializer<'de>>(
        &mut self,
        json: D,
        seen: &mut Seen,
    ) -> Result<(), D::Error> {
        self.slots.clear();
        self.slots.resize(self.keys.count, Json::Null);
        self.path.clear();
        let object = Object {
            keys: &self.keys,
            path: &mut self.path,
            slots: &mut self.slots,
            seen,
            unknown: &mut self.unknown,
        };
        object.deserialize(json)
    }

    fn take(
        &mut self,
        place: Place,
        table: Option<&str>,
        mut seen: Seen,
        collector: &mut Collector,
    ) {
        settle(seen.others, &mut self.slots, &mut seen.wrong);
        for slot in seen.twice {
            if let Some(slot) = self.slots.get_mut(slot) {
                *slot = Json::Null;
            }
        }
        collector.row(place, table, seen.wrong, |at, wanted, context| {
            let json = self.slots.get(at);
            json.map_or(Ok(Value::Missing), |json| {
                convert::json(json, wanted, context)
            })
        });
    }
}

/// What was met in an object beside the wanted values.
#[derive(Default)]
struct Seen {
    wrong: Vec<String>,
    others: Vec<OtherCase>,
    /// Slots that two values were given for.
    twice: Vec<usize>,
    /// Whether the object may be an envelope.
    may_open: bool,
}

/// A key that equals a requested one, ignoring case.
struct OtherCase {
    slot: usize,
    key: String,
    value: Json,
}

/// An exact key wins; of two that differ in case only, neither is taken.
fn settle(mut others: Vec<OtherCase>, slots: &mut [Json], wrong: &mut Vec<String>) {
    while let Some(OtherCase { slot, key, value }) = others.pop() {
        let empty = match slots.get_mut(slot) {
            Some(empty @ Json::Null) => empty,
            Some(held) if *held != value && !value.is_null() => {
                wrong.push(format!(
                    "`{key}` is there more than once, in different case"
                ));
                *held = Json::Null;
                others.retain(|other| other.slot != slot);
                continue;
            }
            _ => continue,
        };
        let mut same = others.iter().filter(|other| other.slot == slot);
        if same.any(|other| other.value != value && !other.value.is_null()) {
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
enum Step {
    /// A wanted key.
    Slot(usize),
    /// Wanted keys below it.
    Branch,
    /// Both: `Event.System.EventID` is a number, or an object that holds it as `#text`.
    Both(usize),
}

struct Keys {
    count: usize,
    paths: HashMap<String, Step>,
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
        for (_, paths) in collector.keys() {
            for path in paths {
                for (dot, _) in path.match_indices('.') {
                    let above = path.get(..dot).unwrap_or_default().to_owned();
                    let step = keys.paths.entry(above).or_insert(Step::Branch);
                    if let Step::Slot(at) = step {
                        *step = Step::Both(*at);
                    }
                }
                match keys.paths.get_mut(path) {
                    Some(step) => *step = Step::Both(keys.count),
                    None => {
                        keys.paths.insert(path.clone(), Step::Slot(keys.count));
                    }
                }
                if collector.case_may_differ() && !path.contains('.') {
                    keys.folded.insert(path.to_ascii_lowercase(), keys.count);
                }
            }
            keys.count += 1;
        }
        keys
    }
}

/// An object at some path of a row.
struct Object<'a> {
    keys: &'a Keys,
    path: &'a mut String,
    slots: &'a mut Vec<Json>,
    seen: &'a mut Seen,
    unknown: &'a mut HashMap<String, u64>,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl Object<'_> {
    /// Something else where an object is expected: fatal for the row, and only a wrong value below it.
    fn refuse<E: Error>(self) -> Result<(), E> {
        let Some(path) = self.path.strip_suffix('.') else {
            return Err(E::custom("expected a JSON object"));
        };
        self.seen.wrong.push(format!("`{path}` is not an object"));
        Ok(())
    }

    /// A value for a wanted key.
    fn put(&mut self, slot: usize, value: Json) {
        let Some(held) = self.slots.get_mut(slot) else {
            return;
        };
        if held.is_null() {
            *held = value;
        } else if !value.is_null() && *held != value && !self.seen.twice.contains(&slot) {
            self.seen.twice.push(slot);
            let path = &self.path;
            let why = format!("`{path}` is there twice with different values");
            self.seen.wrong.push(why);
        }
    }

    /// A key that equals no requested one: perhaps one does, ignoring case.
    fn other<'de, M: MapAccess<'de>>(&mut self, map: &mut M) -> Result<(), M::Error> {
        self.seen.may_open |= envelope::may_open(self.path);
        let folded = &self.keys.folded;
        let slot = (!folded.is_empty()).then(|| folded.get(&self.path.to_ascii_lowercase()));
        let Some(&slot) = slot.flatten() else {
            if let Some(count) = self.unknown.get_mut(self.path.as_str()) {
                *count += 1;
            } else if self.unknown.len() < MOST_UNKNOWN {
                self.unknown.insert(self.path.clone(), 1);
            }
            return map.next_value::<IgnoredAny>().map(|_| ());
        };
        let key = self.path.clone();
        let value = map.next_value()?;
        self.seen.others.push(OtherCase { slot, key, value });
        Ok(())
    }

    fn below<'b>(&'b mut self) -> Object<'b> {
        self.path.push('.');
        Object {
            keys: self.keys,
            path: self.path,
            slots: self.slots,
            seen: self.seen,
            unknown: self.unknown,
        }
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<M: MapAccess<'de>>(mut self, mut map: M) -> Result<(), M::Error> {
        let base = self.path.len();
        let keys = self.keys;
        while map.next_key_seed(Append(self.path))?.is_some() {
            match keys.paths.get(self.path.as_str()) {
                Some(Step::Slot(at)) => {
                    let value = map.next_value()?;
                    self.put(*at, value);
                }
                Some(Step::Branch) => map.next_value_seed(self.below())?,
                Some(Step::Both(at)) => match map.next_value::<Json>()? {
                    object @ Json::Object(_) => {
                        let read = self.below().deserialize(&object);
                        read.map_err(M::Error::custom)?;
                    }
                    value => self.put(*at, value),
                },
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

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        if text.is_empty() && !self.path.is_empty() {
            // Event logs without data write `"EventData": ""`.
            return Ok(());
        }
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
