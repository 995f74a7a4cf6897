//! One target of the file.
//!
//! In: its mapping. Out: [`Configured`], or errors. Guarantee: backend, schema, product, stack and table fit each other, so what fails later is about a
//! hunt.

use super::unknown::unknown;
use super::{Configured, Reads, tables};
use crate::backend::{ColumnTypes, Dialect, Dialects, Target, Version};
use crate::diag::{Code, Diagnostic};
use crate::schema::{Library, Platform, Unmapped};
use crate::source::Spanned;
use crate::source::yaml::{Faults, Map, Node};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) const KEYS: &[&str] = &[
    "backend",
    "schema",
    "product",
    "stack",
    "indices",
    "table",
    "tables",
    "unmapped",
    "time",
    "addresses",
    "distinct",
    "rollup",
];

/// A time without zone, which is in UTC.
const USUAL_TIME: &str = "timestamp";
/// Addresses as canonical text.
const USUAL_ADDRESSES: &str = "text";

/// A dialect's name, the release of the engine and the types of time and address columns.
type DialectKey = (String, Option<Version>, Option<String>, Option<String>);

/// What is needed to read targets; dialects are loaded once each.
pub(super) struct Reader<'a> {
    library: &'a Library,
    dialects: &'a Dialects,
    loaded: BTreeMap<DialectKey, Arc<Dialect>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(library: &'a Library, dialects: &'a Dialects) -> Self {
        Reader {
            library,
            dialects,
            loaded: BTreeMap::new(),
        }
    }

    pub(super) fn target(
        &mut self,
        name: &Spanned<String>,
        node: &Node,
        faults: &mut Faults,
    ) -> Option<Configured> {
        let before = faults.all.len();
        if !is_name(&name.value) {
            faults.push(
                Diagnostic::at(Code::E0602, name.span, "this is no name for a target")
                    .help("it names a folder: letters, digits, `-`, `_` and `.`, beginning with a letter or digit"),
            );
        }
        let map = faults.map(node, "a mapping, as in `{ backend: kql, schema: asim }`")?;
        faults.known(map, "a target", KEYS);
        let backend = self.backend(name, map, faults);
        let platform = self.platform(name, map, faults);
        let stack = self.stack(backend.as_ref(), map, faults);
        let product = map
            .get("product")
            .and_then(|node| faults.text(node, "the name of a product"));
        let product = platform.and_then(|platform| self::product(platform, product, faults));
        let sketch = distinct(map, faults);
        let backend = backend?;
        let version = stack.as_ref().map(|(version, _)| version);
        let time = self.time(&backend, map, faults);
        let addresses = self.addresses(&backend, map, faults);
        let dialect = self.dialect(&backend, version, (time, addresses), faults)?;
        let platform = platform?;
        let tables = tables::tables(name.span, map, &dialect, platform, faults);
        let rollup = map
            .get("rollup")
            .and_then(|node| super::rollup::rollup(node, Some(&dialect), Some(platform), faults));
        let unmapped = tables::unmapped(map, &dialect, platform, faults);
        if faults.all.len() > before {
            return None;
        }
        let reads = tables?.into_iter().filter_map(|(class, table)| {
            let schema = platform.holds.get(&class)?;
            let unmapped = match &unmapped {
                Some(said) => said.clone(),
                None if dialect.file.extension == "esql" => schema.unmapped(&table),
                None => Unmapped::default(),
            };
            let rollup = rollup.as_ref().filter(|(of, _)| *of == class);
            let reads = Reads {
                table,
                rollup: rollup.map(|(_, rollup)| rollup.clone()),
                unmapped,
            };
            Some((class, reads))
        });
        let reads = reads.collect();
        Some(Configured {
            name: name.clone(),
            target: Target {
                name: name.value.clone(),
                dialect,
                product: product?,
                table: String::new(),
                now: None,
                sketch,
                rollup: None,
                unmapped: Unmapped::default(),
            },
            schema: platform.name.clone(),
            reads,
            stack: stack.map(|(_, text)| text.value),
        })
    }

    fn backend(
        &self,
        name: &Spanned<String>,
        map: &Map,
        faults: &mut Faults,
    ) -> Option<Spanned<String>> {
        let node = faults.required(map, name.span, "a target", "backend")?;
        let backend = faults.text(node, "the name of a backend")?;
        let names = self.dialects.names();
        if names.contains(&backend.value.as_str()) {
            return Some(backend);
        }
        let spellings = [
            ("kusto", "kql"),
            ("sentinel", "kql"),
            ("defender", "kql"),
            ("elastic", "esql"),
            ("es|ql", "esql"),
            ("elasticsearch", "esql"),
            ("postgresql", "postgres"),
            ("databricks", "spark"),
            ("sparksql", "spark"),
        ];
        let wanted = backend.value.to_lowercase();
        let near = spellings
            .iter()
            .find(|(spelling, _)| *spelling == wanted)
            .map(|(_, name)| *name)
            .filter(|name| names.contains(name));
        faults.push(unknown(Code::E0603, "backend", &backend, &names, near));
        None
    }

    fn platform(
        &self,
        name: &Spanned<String>,
        map: &Map,
        faults: &mut Faults,
    ) -> Option<&'a Platform> {
        let node = faults.required(map, name.span, "a target", "schema")?;
        let wanted = faults.text(node, "the name of a schema")?;
        let found = self.library.platform(&wanted.value);
        if found.is_none() {
            let all = self.library.platforms.values();
            let names: Vec<&str> = all
                .filter(|platform| !platform.is_of_files())
                .map(|platform| platform.name.as_str())
                .collect();
            faults.push(unknown(Code::E0604, "schema", &wanted, &names, None));
        }
        if found.is_some_and(Platform::is_of_files) {
            let title = format!(
                "schema `{}` describes files, and no platform has a table of it",
                wanted.value
            );
            let fault = Diagnostic::at(Code::E0604, wanted.span, title);
            faults.push(
                fault.help("`huntc run` reads such files; a target needs the schema of a table"),
            );
            return None;
        }
        found
    }

    /// The release of the platform: one for which the dialect says what holds.
    fn stack(
        &self,
        backend: Option<&Spanned<String>>,
        map: &Map,
        faults: &mut Faults,
    ) -> Option<(Version, Spanned<String>)> {
        let node = map.get("stack")?;
        let text = faults.text(node, "a release between quotes, as in \"9.3\"")?;
        let version = match text.value.parse::<Version>() {
            Ok(version) => version,
            Err(_) => {
                let fault = Diagnostic::at(
                    Code::E0607,
                    text.span,
                    format!("`{}` is not a release", text.value),
                )
                .help("it is numbers joined by dots, between quotes: \"9.3\"");
                faults.push(match backend {
                    Some(backend) => fault.help(self.known_releases(backend)),
                    None => fault,
                });
                return None;
            }
        };
        let backend = backend?;
        let releases = self.dialects.releases(&backend.value);
        let fault = match releases.first() {
            None => Diagnostic::at(
                Code::E0607,
                text.span,
                format!("the backend `{}` knows no releases", backend.value),
            )
            .help("remove `stack`: the text is the same for every release"),
            Some((oldest, written)) if version < *oldest => Diagnostic::at(
                Code::E0607,
                text.span,
                format!(
                    "the release {} is older than those that huntc knows",
                    text.value
                ),
            )
            .help(format!(
                "the oldest that the backend `{}` writes for is {written}",
                backend.value
            ))
            .help(self.known_releases(backend)),
            Some(_) => return Some((version, text)),
        };
        faults.push(fault);
        None
    }

    /// The releases that a backend distinguishes, in a sentence.
    fn known_releases(&self, backend: &Spanned<String>) -> String {
        let releases = self.dialects.releases(&backend.value);
        let written: Vec<&str> = releases.iter().map(|(_, text)| text.as_str()).collect();
        if written.is_empty() {
            format!("the backend `{}` takes no `stack`", backend.value)
        } else {
            format!(
                "releases at which its text changes: {}; those between and after them may be named too",
                written.join(", ")
            )
        }
    }

    /// The type of the table's time columns, where it is not the usual one.
    fn time(&self, backend: &Spanned<String>, map: &Map, faults: &mut Faults) -> Option<String> {
        let text = faults.text(map.get("time")?, "a type, as in `timestamptz`")?;
        let known = self.dialects.times(&backend.value);
        column_type(backend, ("time", "time"), &text, known, USUAL_TIME, faults)
    }

    /// The type of the table's address columns, where it is not text.
    fn addresses(
        &self,
        backend: &Spanned<String>,
        map: &Map,
        faults: &mut Faults,
    ) -> Option<String> {
        let text = faults.text(map.get("addresses")?, "a type, as in `inet`")?;
        let known = self.dialects.addresses(&backend.value);
        let what = ("addresses", "address");
        column_type(backend, what, &text, known, USUAL_ADDRESSES, faults)
    }

    fn dialect(
        &mut self,
        backend: &Spanned<String>,
        stack: Option<&Version>,
        (time, addresses): (Option<String>, Option<String>),
        faults: &mut Faults,
    ) -> Option<Arc<Dialect>> {
        let key = (backend.value.clone(), stack.cloned(), time, addresses);
        if let Some(dialect) = self.loaded.get(&key) {
            return Some(Arc::clone(dialect));
        }
        let types = ColumnTypes {
            time: key.2.as_deref(),
            addresses: key.3.as_deref(),
        };
        match self.dialects.load_for(&backend.value, stack, types) {
            Ok(dialect) => {
                let dialect = Arc::new(dialect);
                self.loaded.insert(key, Arc::clone(&dialect));
                Some(dialect)
            }
            Err(all) => {
                for fault in all {
                    let title = format!("a dialect is faulty: {}: {}", fault.place, fault.message);
                    faults.push(Diagnostic::at(Code::E0512, backend.span, title));
                }
                None
            }
        }
    }
}

/// The product form: the one named, or the first of the schema.
fn product(
    schema: &Platform,
    named: Option<Spanned<String>>,
    faults: &mut Faults,
) -> Option<String> {
    let Some(named) = named else {
        return Some(schema.products.first().cloned().unwrap_or_default());
    };
    if schema.products.contains(&named.value) {
        return Some(named.value);
    }
    let names: Vec<&str> = schema.products.iter().map(String::as_str).collect();
    faults.push(if names.is_empty() {
        Diagnostic::at(
            Code::E0604,
            named.span,
            format!("the schema `{}` has one form only", schema.name),
        )
        .help("remove `product`")
    } else {
        unknown(Code::E0604, "product", &named, &names, None)
    });
    None
}

/// `distinct: sketch` lets distinct values be counted approximately.
fn distinct(map: &Map, faults: &mut Faults) -> bool {
    let Some(text) = map
        .get("distinct")
        .and_then(|node| faults.text(node, "`exact` or `sketch`"))
    else {
        return false;
    };
    if !["exact", "sketch"].contains(&text.value.as_str()) {
        faults.push(unknown(
            Code::E0608,
            "way to count distinct values",
            &text,
            &["exact", "sketch"],
            None,
        ));
    }
    text.value == "sketch"
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.len() <= 100
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// A type of columns that the backend has beside the usual one. `key` is that of the target, `what` the columns.
fn column_type(
    backend: &Spanned<String>,
    (key, what): (&str, &str),
    text: &Spanned<String>,
    mut known: Vec<String>,
    usual: &str,
    faults: &mut Faults,
) -> Option<String> {
    if known.is_empty() {
        let title = format!(
            "the backend `{}` knows one type of {what} columns only",
            backend.value
        );
        faults.push(Diagnostic::at(Code::E0612, text.span, title).help(format!("remove `{key}`")));
        return None;
    }
    known.insert(0, usual.to_owned());
    if !known.contains(&text.value) {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let what = format!("type of {what} columns");
        faults.push(unknown(Code::E0612, &what, text, &known, None));
        return None;
    }
    Some(text.value.clone()).filter(|chosen| chosen != usual)
}
