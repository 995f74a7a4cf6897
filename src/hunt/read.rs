//! The envelope: YAML to [`Hunt`].
//!
//! In: the path of a hunt file. Out: the hunt, or every error in its envelope at once. Guarantee: no key is skipped, no value is guessed, and the
//! query is not looked into (that is `syntax`).

use super::{Allow, DerivedFrom, Deviation, Hunt, HuntSeverity, maps, query, tables, values};
use crate::diag::{Code, Diagnostic, suggest};
use crate::source::yaml::{self, Faults, Map, Node};
use crate::source::{Files, Source, Span, Spanned};
use std::collections::BTreeMap;
use std::path::Path;

/// The languages that this version reads.
const LANGUAGES: &[i64] = &[1];
/// The language of a hunt that does not say it; it stays the same when there are newer ones.
const DEFAULT_LANGUAGE: i64 = 1;

/// Keys of a hunt file, in the order they are usually written.
pub const KEYS: &[&str] = &[
    "hunt",
    "language",
    "id",
    "version",
    "name",
    "description",
    "severity",
    "attack",
    "author",
    "references",
    "derived_from",
    "deviations",
    "false_positives",
    "portable_to",
    "params",
    "lists",
    "maps",
    "tables",
    "entities",
    "allow",
    "query",
];

/// Reads a hunt file and the CSV files it names.
///
/// # Errors
/// Every error in the envelope (E01xx).
pub fn read(files: &mut Files, path: &Path) -> Result<Hunt, Vec<Diagnostic>> {
    let examined = examine(files, &Source::disk(path));
    match examined.hunt {
        Some(hunt) if examined.faults.is_empty() => Ok(hunt),
        _ => Err(examined.faults),
    }
}

/// A hunt file that was read as far as it goes.
#[derive(Debug)]
pub(crate) struct Examined {
    /// The hunt, if it has a query. Where there are errors, what they concern is left out of it or empty: it is there to look for the errors of the
    /// query in the same run, and for nothing else.
    pub hunt: Option<Hunt>,
    /// Every error in the envelope (E01xx), in the order of the file.
    pub faults: Vec<Diagnostic>,
}

/// Reads a hunt file and the CSV files it names, whatever is wrong with it.
pub(crate) fn examine(files: &mut Files, source: &Source) -> Examined {
    match examined(files, source) {
        Ok(examined) => examined,
        Err(faults) => Examined { hunt: None, faults },
    }
}

fn examined(files: &mut Files, source: &Source) -> Result<Examined, Vec<Diagnostic>> {
    let file = source.open(files).map_err(|fault| vec![fault])?;
    let root = yaml::parse(files, file)?;
    let mut faults = Faults::default();
    let hunt = faults
        .map(&root, "a mapping, beginning with `hunt:`")
        .and_then(|map| {
            Envelope {
                files,
                source,
                map,
                faults: &mut faults,
            }
            .hunt()
        });
    faults
        .all
        .sort_by_key(|fault| fault.primary.as_ref().map(|label| label.span));
    Ok(Examined {
        hunt,
        faults: faults.all,
    })
}

struct Envelope<'a> {
    files: &'a mut Files,
    source: &'a Source,
    map: &'a Map,
    faults: &'a mut Faults,
}

impl Envelope<'_> {
    fn hunt(mut self) -> Option<Hunt> {
        self.faults.known(self.map, "a hunt", KEYS);
        let language = self.language();
        let slug = self.slug();
        let id = self.id();
        let version = self.version();
        let name = self.required("name", "a text");
        let description = self.required("description", "a text");
        let severity = self.severity();
        let params = values::params(self.map, self.faults);
        let lists = values::lists(self.map, self.faults);
        let maps = maps::maps(self.files, self.map, self.source, self.faults);
        let tables = tables::tables(self.files, self.map, self.source, self.faults);
        self.one_namespace();
        let query = self
            .faults
            .required(self.map, self.place(), "a hunt", "query")
            .and_then(|node| query::slice(self.files, self.map.key("query"), node, self.faults));
        let derived_from = self.derived_from();
        let place = self.place();
        // What has an error stays empty; nothing reads it.
        let text = |read: Option<Spanned<String>>| {
            read.unwrap_or_else(|| Spanned::new(String::new(), place))
        };
        Some(Hunt {
            attack: self.texts("attack", "a list of ATT&CK technique ids"),
            author: self.optional("author", "a text"),
            references: self.texts("references", "a list of links"),
            derived_from,
            deviations: self.deviations(),
            false_positives: self.texts("false_positives", "a list of texts"),
            portable_to: self.texts("portable_to", "a list of schemas"),
            entities: self.entities(),
            allow: self.allow(),
            params,
            lists,
            maps,
            tables,
            language,
            slug: text(slug),
            id: text(id),
            version: text(version),
            name: text(name),
            description: text(description),
            severity: severity.unwrap_or(HuntSeverity::Low),
            query: query?,
        })
    }

    /// Where a missing key is shown: the first key.
    fn place(&self) -> Span {
        self.map
            .entries
            .first()
            .map_or_else(Span::default, |(key, _)| key.span)
    }

    fn required(&mut self, key: &str, wanted: &str) -> Option<Spanned<String>> {
        let node = self
            .faults
            .required(self.map, self.place(), "a hunt", key)?;
        self.faults.text(node, wanted)
    }

    fn optional(&mut self, key: &str, wanted: &str) -> Option<Spanned<String>> {
        self.map
            .get(key)
            .and_then(|node| self.faults.text(node, wanted))
    }

    fn texts(&mut self, key: &str, wanted: &str) -> Vec<Spanned<String>> {
        self.map
            .get(key)
            .map(|node| self.faults.texts(node, wanted))
            .unwrap_or_default()
    }

    fn slug(&mut self) -> Option<Spanned<String>> {
        let slug = self.required(
            "hunt",
            "the hunt's short name, as in `rare-outbound-process`",
        )?;
        if !is_slug(&slug.value) {
            self.faults.push(
                Diagnostic::at(Code::E0110, slug.span, "this is not a short name")
                    .help("it is lower-case words and digits joined by `-`, as in `rare-outbound-process`"),
            );
            return None;
        }
        if let Some(folder) = self.source.real_folder_name()
            && folder != slug.value
        {
            let mut fault = Diagnostic::at(
                Code::E0110,
                slug.span,
                "the hunt and its folder have different names",
            )
            .label(format!("the folder is `{folder}`"))
            .help("files made from a hunt are named after it, so the two are one name");
            if is_slug(&folder) {
                fault = fault.fix(slug.span, folder.clone(), "the name of the folder");
            }
            self.faults.push(fault);
        }
        Some(slug)
    }

    /// A hunt that names its language is refused by a version that does not read it.
    fn language(&mut self) -> i64 {
        let Some(node) = self.map.get("language") else {
            return DEFAULT_LANGUAGE;
        };
        let Some(language) = self.faults.int(node) else {
            return DEFAULT_LANGUAGE;
        };
        if !LANGUAGES.contains(&language.value) {
            let known: Vec<String> = LANGUAGES.iter().map(i64::to_string).collect();
            let known = known.join(", ");
            let title = format!("unknown language {}", language.value);
            let help = "`language` is the version of the hunt language, not that of the hunt; a newer huntc may read it";
            let fault = Diagnostic::at(Code::E0122, language.span, title);
            self.faults.push(
                fault
                    .label(format!("this version of huntc reads language {known}"))
                    .help(help),
            );
        }
        language.value
    }

    fn id(&mut self) -> Option<Spanned<String>> {
        let id = self.required("id", "a UUID")?;
        let parts: Vec<&str> = id.value.split('-').collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        let digits = parts
            .iter()
            .all(|part| part.chars().all(|c| c.is_ascii_hexdigit()));
        if lengths != [8, 4, 4, 4, 12] || !digits {
            self.faults.push(
                Diagnostic::at(Code::E0110, id.span, "this is not a UUID")
                    .help("it has 8, 4, 4, 4 and 12 hexadecimal digits: 7c0e5f5e-4f0a-4c6e-9d5b-0a1b2c3d4e5f"),
            );
            return None;
        }
        Some(Spanned::new(id.value.to_ascii_lowercase(), id.span))
    }

    fn version(&mut self) -> Option<Spanned<String>> {
        let node = self
            .faults
            .required(self.map, self.place(), "a hunt", "version")?;
        let written = self.files.slice(node.span).to_owned();
        let number = |part: &str| {
            !part.is_empty()
                && part.len() < 10
                && part.chars().all(|c| c.is_ascii_digit())
                && (part == "0" || !part.starts_with('0'))
        };
        let text = match &node.kind {
            yaml::Kind::Scalar(scalar) => scalar.text.as_str(),
            yaml::Kind::List(_) | yaml::Kind::Map(_) => "",
        };
        if text.split('.').count() == 3 && text.split('.').all(number) {
            return Some(Spanned::new(text.to_owned(), node.span));
        }
        let mut fault = Diagnostic::at(Code::E0110, node.span, "this is not a version")
            .help("it is `major.minor.patch`, as in 1.0.0");
        let parts = text.split('.').count();
        if parts < 3 && text.split('.').all(number) {
            fault = fault.fix(
                node.span,
                format!("{written}{}", ".0".repeat(3 - parts)),
                "with all three numbers",
            );
        }
        self.faults.push(fault);
        None
    }

    fn severity(&mut self) -> Option<HuntSeverity> {
        let wanted = "informational, low, medium or high";
        let text = self.required("severity", wanted)?;
        let found = match text.value.as_str() {
            "informational" => Some(HuntSeverity::Informational),
            "low" => Some(HuntSeverity::Low),
            "medium" => Some(HuntSeverity::Medium),
            "high" => Some(HuntSeverity::High),
            _ => None,
        };
        if found.is_none() {
            let fault = Diagnostic::at(
                Code::E0110,
                text.span,
                format!("`{}` is not a severity", text.value),
            )
            .help(format!("it is {wanted}"));
            let near = match text.value.to_lowercase().as_str() {
                "critical" => Some("high"),
                "info" => Some("informational"),
                other => suggest::nearest(other, ["informational", "low", "medium", "high"]),
            };
            self.faults.push(match near {
                Some(near) => fault.fix(text.span, near, "the nearest"),
                None => fault,
            });
        }
        found
    }

    fn derived_from(&mut self) -> Option<DerivedFrom> {
        let node = self.map.get("derived_from")?;
        let what = "`derived_from`";
        let map = self
            .faults
            .map(node, "a mapping with `name`, `url` and `licence`")?;
        self.faults.known(map, what, &["name", "url", "licence"]);
        let name = self.faults.required(map, node.span, what, "name");
        let url = map
            .get("url")
            .and_then(|url| self.faults.text(url, "a link"));
        let licence = map
            .get("licence")
            .and_then(|licence| self.faults.text(licence, "a text"));
        Some(DerivedFrom {
            name: self.faults.text(name?, "a text")?,
            url,
            licence,
        })
    }

    fn deviations(&mut self) -> Vec<Deviation> {
        let what = "a deviation";
        let read = |faults: &mut Faults, node: &Node| {
            let map = faults.map(
                node,
                "a mapping with `about`, `published`, `here` and `fixture`",
            )?;
            faults.known(map, what, &["about", "published", "here", "fixture"]);
            let mut text = |key: &str| {
                let node = faults.required(map, map.key_or(node.span), what, key)?;
                faults.text(node, "a text")
            };
            let (about, published, here) = (text("about"), text("published"), text("here"));
            let fixture = map
                .get("fixture")
                .and_then(|node| faults.text(node, "the name of a fixture"));
            Some(Deviation {
                about: about?,
                published: published?,
                here: here?,
                fixture,
            })
        };
        self.each("deviations", "a list of deviations", read)
    }

    fn allow(&mut self) -> Vec<Allow> {
        let what = "an allowed finding";
        let read =
            |faults: &mut Faults, node: &Node| {
                let map = faults.map(node, "a mapping with `lint` and `because`")?;
                faults.known(map, what, &["lint", "because"]);
                let mut text = |key: &str, wanted: &str| {
                    let node = faults.required(map, map.key_or(node.span), what, key)?;
                    faults.text(node, wanted)
                };
                let (lint, because) = (
                    text("lint", "the code of a lint, as in L0103"),
                    text("because", "a reason"),
                );
                let (lint, because) = (lint?, because?);
                let digits = lint.value.strip_prefix('L').unwrap_or("");
                if digits.len() != 4 || !digits.chars().all(|c| c.is_ascii_digit()) {
                    let fault = Diagnostic::at(
                        Code::E0110,
                        lint.span,
                        format!("`{}` is not the code of a lint", lint.value),
                    );
                    faults.push(fault.help(
                        "only lints, whose codes begin with L, can be allowed; an error cannot",
                    ));
                }
                Some(Allow { lint, because })
            };
        self.each("allow", "a list of allowed findings", read)
    }

    fn each<T>(
        &mut self,
        key: &str,
        wanted: &str,
        read: impl Fn(&mut Faults, &Node) -> Option<T>,
    ) -> Vec<T> {
        let Some(node) = self.map.get(key) else {
            return Vec::new();
        };
        let items = self.faults.list(node, wanted).unwrap_or_default();
        items
            .iter()
            .filter_map(|item| read(self.faults, item))
            .collect()
    }

    fn entities(&mut self) -> BTreeMap<String, Spanned<String>> {
        let Some(node) = self.map.get("entities") else {
            return BTreeMap::new();
        };
        let Some(map) = self
            .faults
            .map(node, "a mapping from a kind of entity to a column")
        else {
            return BTreeMap::new();
        };
        let entries = map.entries.iter();
        entries
            .filter_map(|(key, node)| {
                Some((key.value.clone(), self.faults.text(node, "a column")?))
            })
            .collect()
    }

    /// `$name` is a parameter, a list, a map or a table, never two of them.
    fn one_namespace(&mut self) {
        let mut seen: BTreeMap<&str, (&str, Span)> = BTreeMap::new();
        for section in ["params", "lists", "maps", "tables"] {
            let Some(yaml::Kind::Map(names)) = self.map.get(section).map(|node| &node.kind) else {
                continue;
            };
            for (name, _) in &names.entries {
                if let Some((before, place)) = seen.get(name.value.as_str()) {
                    self.faults.push(
                        Diagnostic::at(
                            Code::E0106,
                            name.span,
                            format!("`${}` is declared twice", name.value),
                        )
                        .label(format!("under `{section}`"))
                        .also(*place, format!("under `{before}`")),
                    );
                } else {
                    seen.insert(&name.value, (section, name.span));
                }
            }
        }
    }
}

/// `rare-outbound-process`
fn is_slug(text: &str) -> bool {
    text.len() <= 100
        && text.split('-').all(|word| {
            !word.is_empty()
                && word
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        })
}
