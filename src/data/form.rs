//! In whose columns a file of events is written, by the keys of its first rows.
//!
//! In: keys, the tables that envelopes name, the event class, the schemas. Out: the one form that fits, or what is missing for each that nearly does.
//! Guarantee: rows are neutral only when their keys are fields of the class; what fits no form, or two equally well, is refused; the caller reports which
//! form was recognised, and `--as` overrides it.

use super::Request;
use super::envelope::Row;
use crate::diag::suggest;
use crate::schema::{Class, How, Library, Schema};
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

/// In whose columns rows are written.
#[derive(Clone, Copy, Debug)]
pub enum Form<'a> {
    /// Fields of the event class.
    Neutral,
    /// Columns of a schema.
    Native {
        /// The schema.
        schema: &'a Schema,
        /// Its product form; empty where there is one only.
        product: &'a str,
    },
}

impl<'a> Form<'a> {
    /// The form that a request says.
    pub(super) fn of_request(request: &Request<'a>) -> Self {
        match request.native {
            None => Form::Neutral,
            Some((schema, product)) => Form::Native { schema, product },
        }
    }

    /// The name, as `--as` takes it.
    #[must_use]
    pub(crate) fn name(self) -> String {
        match self {
            Form::Neutral => "neutral".to_owned(),
            Form::Native {
                schema,
                product: "",
            } => schema.name.clone(),
            Form::Native { schema, product } => format!("{}:{product}", schema.name),
        }
    }

    /// The schema and product, of rows that are not neutral.
    #[must_use]
    pub fn native(self) -> Option<(&'a Schema, &'a str)> {
        match self {
            Form::Neutral => None,
            Form::Native { schema, product } => Some((schema, product)),
        }
    }
}

/// What the beginning of a file looks like.
#[derive(Default)]
pub(super) struct Look {
    /// Why its first row could not be read.
    pub broken: Option<String>,
    /// Keys of rows, nested ones joined by dots.
    keys: BTreeSet<String>,
    /// Tables that envelopes name.
    tables: BTreeSet<String>,
    /// Rows that could be read.
    rows: usize,
    /// The keys of each row.
    each: Vec<BTreeSet<String>>,
}

impl Look {
    /// Looks at rows of JSON.
    pub(super) fn rows(&mut self, rows: &[Row]) {
        for row in rows {
            match &row.object {
                Ok(object) => {
                    let mut keys = BTreeSet::new();
                    flatten("", object, &mut keys, 0);
                    self.keys.extend(keys.iter().cloned());
                    self.each.push(keys);
                    self.tables.extend(row.table.clone());
                    self.rows += 1;
                }
                Err(why) => {
                    self.broken.get_or_insert_with(|| why.clone());
                }
            }
        }
    }

    /// Looks at the names of columns.
    pub(super) fn header<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        self.keys.extend(names.into_iter().map(str::to_owned));
        self.rows += 1;
    }

    fn has(&self, key: &str) -> bool {
        Look::holds(&self.keys, key)
    }

    /// In how many rows one of some keys is.
    fn count(&self, keys: &[String]) -> usize {
        let holds = |row: &&BTreeSet<String>| keys.iter().any(|key| Look::holds(row, key));
        self.each.iter().filter(holds).count()
    }

    fn holds(keys: &BTreeSet<String>, key: &str) -> bool {
        let below = |known: &String| {
            known
                .strip_prefix(key)
                .is_some_and(|rest| rest.starts_with('.'))
        };
        keys.contains(key)
            || keys.iter().any(below)
            || (!key.contains('.') && keys.iter().any(|known| known.eq_ignore_ascii_case(key)))
    }
}

/// The form of a file, and what told it.
#[derive(Debug)]
pub(super) struct Told<'a> {
    pub form: Form<'a>,
    pub by: String,
}

/// No form fits.
#[derive(Debug)]
pub(super) struct Unknown {
    pub why: String,
    pub help: String,
}

/// A schema that might be it.
struct Candidate<'a> {
    form: Form<'a>,
    /// How many keys of the rows are columns of it.
    known: usize,
    /// The columns that gave it away.
    by: String,
    /// Whether columns that nothing else has gave it away.
    marked: bool,
    /// Whether the rows have its time.
    timed: bool,
    /// What it lacks to be it.
    lacks: Option<String>,
}

/// Recognises the form.
pub(super) fn tell<'a>(
    look: &Look,
    class: &str,
    library: &'a Library,
) -> Result<Told<'a>, Unknown> {
    if look.rows == 0 {
        let why = look.broken.as_deref().unwrap_or("it holds no row");
        return Err(Unknown {
            why: format!("no row could be read in its beginning: {why}"),
            help: "the file should hold JSON objects or CSV with a header line".to_owned(),
        });
    }
    let candidates: Vec<Candidate<'a>> = (library.schemas_of(class))
        .flat_map(|schema| candidates(look, class, schema))
        .chain(
            library
                .classes
                .get(class)
                .and_then(|class| neutral(look, class)),
        )
        .collect();
    let (fitting, nearly): (Vec<&Candidate>, Vec<&Candidate>) = candidates
        .iter()
        .partition(|candidate| candidate.lacks.is_none());
    let marked = fitting.iter().any(|candidate| candidate.marked);
    if let Some(mixed) = mixed(look, &fitting) {
        return Err(mixed);
    }
    let fitting = fitting
        .into_iter()
        .filter(|candidate| candidate.marked == marked);
    let fitting: Vec<&Candidate> = fitting.collect();
    let most = fitting.iter().map(|candidate| candidate.known).max();
    let mut best: Vec<&&Candidate> = (fitting.iter())
        .filter(|candidate| Some(candidate.known) == most)
        .collect();
    // Rows that hold the time columns of both product forms of a schema are of its first.
    best.dedup_by_key(|candidate| {
        candidate
            .form
            .native()
            .map(|(schema, _)| schema.name.as_str())
    });
    match best.as_slice() {
        [one] => Ok(Told {
            form: one.form,
            by: format!("{} and {}", one.by, counted(one.known.saturating_sub(1))),
        }),
        [] => Err(unknown(look, class, library, &nearly)),
        several => {
            let names: Vec<String> = several.iter().map(|c| c.form.name()).collect();
            Err(Unknown {
                why: format!("the rows could be of {}", names.join(" or ")),
                help: format!(
                    "say which with `--as {}`",
                    names.first().map_or("", String::as_str)
                ),
            })
        }
    }
}

/// Whether some rows have the marks of one form and the others fit another.
fn mixed(look: &Look, fitting: &[&Candidate]) -> Option<Unknown> {
    let (marked, others): (Vec<&Candidate>, Vec<&Candidate>) =
        fitting.iter().partition(|candidate| candidate.marked);
    let (marked, other) = (marked.first()?, others.first()?);
    let (schema, _) = marked.form.native()?;
    let keys = schema.reading.spellings(schema.reading.marks.first()?);
    let (count, all) = (look.count(&keys), look.each.len());
    let (one, two) = (marked.form.name(), other.form.name());
    (count > 0 && count < all).then(|| Unknown {
        why: format!("of the first {all} rows {count} look like {one} and the others like {two}"),
        help: format!(
            "part them into two files, or read the rows of one with `--as {one}` or `--as {two}`"
        ),
    })
}

fn counted(others: usize) -> String {
    match others {
        0 => "no other known key".to_owned(),
        1 => "1 more key".to_owned(),
        others => format!("{others} more keys"),
    }
}

fn candidates<'a>(look: &Look, class: &str, schema: &'a Schema) -> Vec<Candidate<'a>> {
    let Some(mapping) = schema.of_class(class) else {
        return Vec::new();
    };
    let Some(How::Column { source, .. }) = mapping.fields.get("time").map(|time| &time.how) else {
        return Vec::new();
    };
    let reading = &schema.reading;
    let has = |column: &str| reading.spellings(column).iter().any(|key| look.has(key));
    if reading.unless.iter().any(|key| look.has(key)) {
        return Vec::new();
    }
    let table = schema.tables.get("kql");
    let is_named = table.is_some_and(|table| look.tables.contains(table));
    if !look.tables.is_empty() && !is_named {
        return Vec::new();
    }
    let known = (schema.columns.iter())
        .filter(|column| has(&column.native.name))
        .count();
    let marked = !reading.marks.is_empty() && reading.marks.iter().all(|mark| has(mark));
    let products = if schema.products.is_empty() {
        vec![""]
    } else {
        schema.products.iter().map(String::as_str).collect()
    };
    let candidate = |product: &'a str| {
        let time = source.column(product);
        let by = if marked {
            reading
                .marks
                .iter()
                .map(|mark| format!("`{mark}`"))
                .collect::<Vec<_>>()
                .join(", ")
        } else {
            format!("`{time}`")
        };
        let of_class =
            mapping.known_by.is_empty() || mapping.known_by.iter().any(|column| has(column));
        let lacks = if !reading.marks.is_empty() && !marked {
            Some(format!("`{}`", reading.marks.join("`, `")))
        } else if !marked && !has(time) {
            Some(format!("`{time}`"))
        } else if !of_class && !is_named && !marked {
            Some(format!("any of `{}`", mapping.known_by.join("`, `")))
        } else {
            None
        };
        Candidate {
            form: Form::Native { schema, product },
            known,
            by,
            marked,
            timed: has(time),
            lacks,
        }
    };
    products.into_iter().map(candidate).collect()
}

/// Whether the keys are fields of the class: the time, and another field unless there is no other key.
fn neutral<'a>(look: &Look, class: &Class) -> Option<Candidate<'a>> {
    let known = look
        .keys
        .iter()
        .filter(|key| class.fields.contains_key(*key))
        .count();
    let has_time = look.keys.contains("time");
    if !has_time || !look.tables.is_empty() {
        return None;
    }
    let fits = known > 1 || look.keys.len() == 1;
    Some(Candidate {
        form: Form::Neutral,
        known,
        by: "`time`".to_owned(),
        marked: false,
        timed: true,
        lacks: (!fits).then(|| format!("any other field of `{}`", class.name)),
    })
}

fn unknown(look: &Look, class: &str, library: &Library, nearly: &[&Candidate]) -> Unknown {
    if !look.tables.is_empty() {
        let tables: Vec<String> = look
            .tables
            .iter()
            .map(|table| format!("`{table}`"))
            .collect();
        return Unknown {
            why: format!(
                "the first rows are of {}, and no schema reads `{class}` from there",
                tables.join(", ")
            ),
            help: known_forms(library, class),
        };
    }
    let shown: Vec<String> = look
        .keys
        .iter()
        .take(8)
        .map(|key| format!("`{key}`"))
        .collect();
    let more = look.keys.len().saturating_sub(shown.len());
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let near = nearly
        .iter()
        .filter(|candidate| candidate.known > 1)
        .max_by_key(|candidate| (candidate.timed, candidate.known));
    let near = near.and_then(|near| {
        let lacks = near.lacks.as_ref()?;
        Some(format!(
            "; nearest is {}, but no row has {lacks}",
            near.form.name()
        ))
    });
    let times = ["time", "@timestamp", "Timestamp", "TimeGenerated"];
    let misspelt = look.keys.iter().find_map(|key| {
        let near = suggest::nearest(key, times)?;
        (!times.contains(&key.as_str())).then(|| format!("; `{key}` is near to `{near}`"))
    });
    let hint = near.or(misspelt).unwrap_or_default();
    Unknown {
        why: format!(
            "the rows are in no form that is known for `{class}`: they have {}{more}{hint}",
            shown.join(", ")
        ),
        help: known_forms(library, class),
    }
}

fn known_forms(library: &Library, class: &str) -> String {
    let schemas = library.schemas_of(class);
    let names: Vec<&str> = schemas.map(|schema| schema.name.as_str()).collect();
    format!("`--as` names a form: neutral, {}", names.join(", "))
}

fn flatten(before: &str, row: &Map<String, Json>, keys: &mut BTreeSet<String>, depth: usize) {
    for (key, value) in row {
        let name = if before.is_empty() {
            key.clone()
        } else {
            format!("{before}.{key}")
        };
        match value {
            Json::Object(inner) if depth < 8 => flatten(&name, inner, keys, depth + 1),
            _ => {
                keys.insert(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Files;

    fn told(keys: &[&str]) -> Result<String, String> {
        let library = crate::plan::schemas::embedded(&mut Files::default()).unwrap();
        let mut look = Look::default();
        look.header(keys.iter().copied());
        tell(&look, "network_session", &library)
            .map(|told| told.form.name())
            .map_err(|unknown| unknown.why)
    }

    #[test]
    fn the_time_column_and_the_other_keys_tell_the_form() {
        let is = |name: &str| Ok(name.to_owned());
        assert_eq!(told(&["@timestamp", "process.name"]), is("ecs"));
        let defender = is("defender:defender");
        assert_eq!(told(&["Timestamp", "ActionType", "RemoteIP"]), defender);
        assert_eq!(told(&["timestamp", "actiontype", "remoteip"]), defender);
        assert_eq!(
            told(&["TimeGenerated", "ActionType", "RemoteIP"]),
            is("defender:sentinel")
        );
        assert_eq!(
            told(&["TimeGenerated", "EventResult", "SrcIpAddr", "DstIpAddr"]),
            is("asim:sentinel")
        );
        assert_eq!(told(&["time", "dst.port"]), is("neutral"));
        assert_eq!(
            told(&["EventID", "Hostname", "@timestamp", "Image"]),
            is("windows_event")
        );
        assert_eq!(
            told(&["@timestamp", "winlog.event_id", "winlog.event_data.Image"]),
            is("windows_event")
        );
        assert_eq!(
            told(&[
                "@timestamp",
                "winlog.event_id",
                "winlog.event_data.Image",
                "destination.ip"
            ]),
            is("ecs")
        );
        assert_eq!(
            told(&["ts", "id.orig_h", "id.resp_p", "conn_state"]),
            is("zeek_conn")
        );
    }

    #[test]
    fn what_fits_no_form_is_refused() {
        for keys in [
            &["when", "what"][..],
            &["TimeGenerated", "OperationName", "Identity"],
            &[
                "Timestamp",
                "DeviceName",
                "ActionType",
                "FileName",
                "ProcessCommandLine",
            ],
            &["time", "tenantId", "category"],
        ] {
            let why = told(keys).unwrap_err();
            assert!(why.contains("no form"), "{why}");
        }
    }
}
