//! What corresponds in a published text and in ours, read from a table beside this file.
//!
//! In: `<hunt>.yaml`, the folder of published texts. Out: [`Correspondence`], texts. Promise: an edit matches as often as it says, or nothing is compared.

use super::bench::State;
use regex::Regex;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The whole table of a hunt.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correspondence {
    /// The file of the published hunt.
    pub seed: String,
    /// Where the query is in it.
    text: Cut,
    pub reader: Language,
    pub schema: String,
    #[serde(default)]
    pub product: String,
    /// The table that the text reads.
    pub table: String,
    /// Whether both sort alike.
    #[serde(default)]
    pub ordered: bool,
    pub columns: Vec<Pair>,
    /// Columns that ours lacks, and why.
    #[serde(default)]
    pub published_only: BTreeMap<String, String>,
    /// Columns that only ours has, and why.
    #[serde(default)]
    pub here_only: BTreeMap<String, String>,
    /// Columns that neutral events do not fill, and from which they are taken.
    #[serde(default)]
    pub copies: BTreeMap<String, String>,
    /// Columns of a watchlist that ours does not declare.
    #[serde(default)]
    pub blank: Vec<String>,
    pub summary: Option<Summary>,
    #[serde(default)]
    pub without_summary: Vec<String>,
    /// Deviations without whose mend the text does not run.
    #[serde(default)]
    pub to_run: Vec<String>,
    /// Where a parameter is in the text.
    #[serde(default)]
    pub params: BTreeMap<String, Edit>,
    /// Peculiarities of the published hunt that make no deviation, and why.
    #[serde(default)]
    pub no_deviation: BTreeMap<String, String>,
    /// The edits that make the published text mean what ours means, in order.
    pub mends: Vec<Mend>,
    /// The same hunt as it was published for other products.
    #[serde(default)]
    forms: Vec<Form>,
}

/// Another text of the same hunt.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    product: String,
    text: Cut,
    /// Words of the edits that are others here.
    words: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Kql,
    Esql,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, untagged)]
enum Cut {
    /// The rest of the line that begins so is the text, quoted.
    Quoted { quoted_after: String },
    /// Between the first of the one and the next of the other.
    Between { after: String, before: String },
}

/// A column of ours and a published one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    pub here: String,
    pub published: String,
    /// The published one is text of a number.
    #[serde(default, rename = "as")]
    pub kind: Option<Number>,
    /// The published one holds the platform's words of this field.
    pub words_of: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Number {
    Int,
}

/// A table that the platform makes of the events.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    pub table: String,
    pub grain_minutes: i64,
    pub time: String,
    pub count: String,
    pub columns: Vec<Summed>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summed {
    pub event: String,
    pub summary: String,
    #[serde(rename = "type")]
    pub native_type: Option<String>,
}

/// The edits that undo one deviation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mend {
    /// As the hunt's deviation says.
    pub about: String,
    /// What the platform must hold for it to show.
    pub state: Option<State>,
    pub edits: Vec<Edit>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    find: String,
    with: String,
    #[serde(default = "once")]
    times: usize,
}

fn once() -> usize {
    1
}

impl Edit {
    fn apply(&self, text: &str, with: &str) -> Result<String, String> {
        let pattern = Regex::new(&self.find).map_err(|error| error.to_string())?;
        match pattern.find_iter(text).count() {
            found if found == self.times => Ok(pattern.replace_all(text, with).into_owned()),
            found => Err(format!(
                "`{}` is there {found} times, not {}",
                self.find, self.times
            )),
        }
    }
}

impl Correspondence {
    pub fn read(slug: &str) -> Correspondence {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/engines/fidelity")
            .join(slug)
            .with_extension("yaml");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{slug}: {e}"));
        serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{slug}: {error}"))
    }

    /// Every form of the hunt that was published.
    pub fn all(slug: &str) -> Vec<Correspondence> {
        let mut all = vec![Correspondence::read(slug)];
        for at in 0..all[0].forms.len() {
            let mut table = Correspondence::read(slug);
            let form = table.forms.swap_remove(at);
            let edits = table.mends.iter_mut().flat_map(|mend| &mut mend.edits);
            for edit in edits {
                for (word, other) in &form.words {
                    edit.with = edit.with.replace(word, other);
                }
            }
            all.push(Correspondence {
                text: form.text,
                product: form.product,
                ..table
            });
        }
        all
    }

    /// The published query.
    pub fn published(&self, folder: &Path) -> String {
        let path = folder.join(&self.seed);
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        match &self.text {
            Cut::Quoted { quoted_after } => {
                let line = text
                    .lines()
                    .find_map(|line| line.strip_prefix(quoted_after));
                let query: String = serde_json::from_str(line.expect("a line")).expect("a string");
                let query = query.trim_start_matches("```kusto");
                query.trim_end_matches("```").to_owned()
            }
            Cut::Between { after, before } => {
                let (_, rest) = text.split_once(after).expect("where the query begins");
                let (query, _) = rest.split_once(before).expect("where the query ends");
                query.to_owned()
            }
        }
    }

    /// The text with a parameter.
    pub fn with_param(
        &self,
        text: &str,
        name: &str,
        value: &huntc::internals::value::Value,
    ) -> String {
        let edit = self
            .params
            .get(name)
            .unwrap_or_else(|| panic!("{}: no place for ${name}", self.seed));
        let with = match value {
            huntc::internals::value::Value::Duration(length) => edit
                .with
                .replace("{hours}", &(length / 3_600_000).to_string()),
            other => edit.with.replace("{}", &other.to_string()),
        };
        edit.apply(text, &with)
            .unwrap_or_else(|why| panic!("{}: ${name}: {why}", self.seed))
    }

    /// The text with the requested mends.
    pub fn mended(&self, text: &str, wanted: &dyn Fn(&str) -> bool) -> Result<String, String> {
        let mut text = text.to_owned();
        for mend in self.mends.iter().filter(|mend| wanted(&mend.about)) {
            for edit in &mend.edits {
                text = edit
                    .apply(&text, &edit.with)
                    .map_err(|why| format!("{}: {why}", mend.about))?;
            }
        }
        Ok(text)
    }
}

/// The folder of published texts, or none after saying so.
pub fn published_texts() -> Option<PathBuf> {
    let folder = match std::env::var_os("HUNTC_SEEDS") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/seeds"),
    };
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!(
        "the published hunts are not at {}: nothing is compared",
        folder.display()
    );
    None
}
