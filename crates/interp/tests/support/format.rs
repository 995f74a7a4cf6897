//! Cases as text.
//!
//! In: a file of `tests/cases/` (its README has the format). Out: [`Case`]s, each with its line. Promise: a line that fits no rule stops the run with its place.

use serde_json::Value as Json;

/// What a case is run with; it holds for all cases below it in the file.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// The folders of its tables, below `tables/`.
    pub tables: String,
    /// The instant that is now.
    pub now: String,
    /// The release whose optimizer is modelled (ES|QL).
    pub release: Option<String>,
    /// Whether what is newer than that release is refused.
    pub refuse_newer: bool,
    /// What queries that begin with `|` continue.
    pub source: String,
}

/// What a query must give.
#[derive(Clone, Debug)]
pub enum Expected {
    Answer {
        columns: String,
        rows: Vec<Json>,
        ordered: Option<bool>,
        warnings: Vec<String>,
    },
    Value {
        ty: String,
        value: Json,
    },
    Refusal {
        kind: String,
        construct: String,
        at: Option<String>,
        says: Vec<String>,
    },
}

#[derive(Clone, Debug)]
pub struct Case {
    pub line: usize,
    /// The text above it that begins with `==`.
    pub group: String,
    pub setting: Setting,
    pub query: String,
    pub expected: Expected,
}

/// Reads a file; panics with the line of what it does not understand.
pub fn read(path: &str, text: &str) -> Vec<Case> {
    let mut reader = Reader {
        path,
        lines: text.lines().enumerate(),
        setting: Setting::default(),
        header: None,
        group: String::new(),
        found: Vec::new(),
    };
    reader.all();
    reader.found
}

struct Reader<'t> {
    path: &'t str,
    lines: std::iter::Enumerate<std::str::Lines<'t>>,
    setting: Setting,
    /// The settings above the first group.
    header: Option<Setting>,
    group: String,
    found: Vec<Case>,
}

impl<'t> Reader<'t> {
    fn fail(&self, line: usize, what: &str) -> ! {
        panic!("{}:{}: {what}", self.path, line + 1)
    }

    fn all(&mut self) {
        while let Some((number, line)) = self.lines.next() {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "" | "#" | "page" => {}
                "==" => {
                    rest.clone_into(&mut self.group);
                    let header = self.header.get_or_insert_with(|| self.setting.clone());
                    self.setting = header.clone();
                }
                "tables" => self.setting.tables = rest.to_owned(),
                "now" => self.setting.now = rest.to_owned(),
                "release" => self.setting.release = Some(rest.to_owned()),
                "stack" => {
                    self.setting.release = Some(rest.to_owned());
                    self.setting.refuse_newer = true;
                }
                "source" => self.setting.source = rest.to_owned(),
                "query" => self.query(number, None),
                "refused" => {
                    let (kind, construct) = rest
                        .split_once(' ')
                        .unwrap_or_else(|| self.fail(number, "`refused KIND CONSTRUCT`"));
                    self.query(number, Some((kind, construct)));
                }
                "values" => self.values(),
                _ => self.fail(number, "what is this?"),
            }
        }
    }

    /// Lines up to an empty one.
    fn block(&mut self) -> Vec<(usize, &'t str)> {
        let mut found = Vec::new();
        for (number, line) in self.lines.by_ref() {
            if line.is_empty() {
                break;
            }
            found.push((number, line));
        }
        found
    }

    fn query(&mut self, start: usize, refusal: Option<(&str, &str)>) {
        let block = self.block();
        let mut parts = block.split(|(_, line)| *line == "----");
        let query: Vec<&str> = parts
            .next()
            .unwrap_or_default()
            .iter()
            .map(|(_, line)| *line)
            .collect();
        let mut query = query.join("\n");
        if query.starts_with('|') {
            query = format!("{} {query}", self.setting.source);
        }
        let below = parts.next().unwrap_or_default();
        let expected = match refusal {
            Some((kind, construct)) => self.refusal(kind, construct, below),
            None => self.answer(start, below),
        };
        self.push(start, query, expected);
    }

    fn refusal(&self, kind: &str, construct: &str, below: &[(usize, &str)]) -> Expected {
        let (mut at, mut says) = (None, Vec::new());
        for (number, line) in below {
            match line.split_once(' ') {
                Some(("at", text)) => at = Some(text.to_owned()),
                Some(("says", text)) => says.push(text.to_owned()),
                _ => self.fail(*number, "`at TEXT` or `says TEXT`"),
            }
        }
        Expected::Refusal {
            kind: kind.to_owned(),
            construct: construct.to_owned(),
            at,
            says,
        }
    }

    fn answer(&self, start: usize, below: &[(usize, &str)]) -> Expected {
        let Some(((_, columns), rest)) = below.split_first() else {
            self.fail(start, "the columns are missing: `----`, then `name:type …`");
        };
        let (mut rows, mut ordered, mut warnings) = (Vec::new(), None, Vec::new());
        for (number, line) in rest {
            match line.split_once(' ') {
                Some(("warns", text)) => warnings.push(text.to_owned()),
                None if *line == "ordered" => ordered = Some(true),
                None if *line == "unordered" => ordered = Some(false),
                _ => rows.push(self.json(*number, line)),
            }
        }
        Expected::Answer {
            columns: (*columns).to_owned(),
            rows,
            ordered,
            warnings,
        }
    }

    /// `EXPRESSION => TYPE VALUE`.
    fn values(&mut self) {
        for (number, line) in self.block() {
            let Some((expression, value)) = line.rsplit_once(" => ") else {
                self.fail(number, "`EXPRESSION => TYPE VALUE`");
            };
            let Some((ty, value)) = value.split_once(' ') else {
                self.fail(number, "`EXPRESSION => TYPE VALUE`");
            };
            let value = self.json(number, value);
            self.push(
                number,
                expression.to_owned(),
                Expected::Value {
                    ty: ty.to_owned(),
                    value,
                },
            );
        }
    }

    fn json(&self, line: usize, text: &str) -> Json {
        serde_json::from_str(text)
            .unwrap_or_else(|error| self.fail(line, &format!("{error}: {text}")))
    }

    fn push(&mut self, line: usize, query: String, expected: Expected) {
        self.found.push(Case {
            line: line + 1,
            group: self.group.clone(),
            setting: self.setting.clone(),
            query,
            expected,
        });
    }
}
