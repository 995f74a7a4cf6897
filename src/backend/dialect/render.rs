//! Filling the holes of patterns and steps.
//!
//! In: templates of a dialect and the fragments for their holes. Out: text. Guarantee: a template can print fragments only; a hole prints its fragment in
//! parentheses unless it is an atom, `|arg` prints it bare (inside brackets of a call), `|at("level")` asks for a level. Forgetting a filter costs
//! parentheses, never meaning.

use super::fragment::{Fragment, Level};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Rest};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};
use std::collections::BTreeMap;

/// What the holes of a pattern are filled with.
#[derive(Clone, Debug, Default)]
pub struct Holes(BTreeMap<&'static str, Value>);

impl Holes {
    /// No holes.
    #[must_use]
    pub fn new() -> Holes {
        Holes::default()
    }

    /// One more.
    #[must_use]
    pub fn with(mut self, name: &'static str, fragment: &Fragment) -> Holes {
        self.0.insert(name, Value::from_object(fragment.clone()));
        self
    }

    /// One more, which may be absent: a template asks `{% if name %}`.
    #[must_use]
    pub fn maybe(mut self, name: &'static str, fragment: Option<&Fragment>) -> Holes {
        let value = fragment.map_or(Value::from(false), |f| Value::from_object(f.clone()));
        self.0.insert(name, value);
        self
    }

    /// A list of fragments.
    #[must_use]
    pub fn list<'a>(
        mut self,
        name: &'static str,
        fragments: impl IntoIterator<Item = &'a Fragment>,
    ) -> Holes {
        self.0.insert(name, list(fragments));
        self
    }

    /// A list of records, each with holes of its own: `{% for arm in arms %}{{ arm.condition }}`.
    #[must_use]
    pub fn records(mut self, name: &'static str, records: Vec<Holes>) -> Holes {
        let records: Vec<Value> = records
            .into_iter()
            .map(|record| Value::from(record.0))
            .collect();
        self.0.insert(name, Value::from(records));
        self
    }

    /// These holes and those.
    #[must_use]
    pub fn and(mut self, more: Holes) -> Holes {
        self.0.extend(more.0);
        self
    }

    /// A fact to branch on; it cannot be printed.
    #[must_use]
    pub fn fact(mut self, name: &'static str, holds: bool) -> Holes {
        self.0.insert(name, Value::from(holds));
        self
    }
}

fn list<'a>(fragments: impl IntoIterator<Item = &'a Fragment>) -> Value {
    Value::from(
        fragments
            .into_iter()
            .map(|f| Value::from_object(f.clone()))
            .collect::<Vec<Value>>(),
    )
}

/// The rules that all templates of a dialect share.
pub(super) fn environment(precedence: &[String]) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    if let Ok(syntax) = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()
    {
        environment.set_syntax(syntax);
    }
    environment.set_formatter(|out, _, value| {
        let fragment = fragment(value)?;
        out.write_str(fragment.at(Level::ATOM).as_str())
            .map_err(Error::from)
    });
    environment.add_filter("arg", |value: Value| -> Result<Value, Error> {
        Ok(Value::from_object(fragment(&value)?.bare()))
    });
    let levels = precedence.to_vec();
    environment.add_filter(
        "at",
        move |value: Value, level: &str| -> Result<Value, Error> {
            let level = named(&levels, level)?;
            Ok(Value::from_object(fragment(&value)?.at(level)))
        },
    );
    let levels = precedence.to_vec();
    environment.add_filter(
        "joined",
        move |values: Value,
              separator: &str,
              level: Rest<String>,
              options: Kwargs|
              -> Result<Value, Error> {
            options.assert_all_used()?;
            let level = level.first().map(|name| named(&levels, name)).transpose()?;
            joined(&values, separator, level)
        },
    );
    environment.add_filter(
        "flowed",
        |values: Value, indent: usize, most: Rest<usize>| -> Result<Value, Error> {
            flowed(&values, indent, most.first().copied().unwrap_or(SHORT))
        },
    );
    environment.add_filter(
        "indented",
        |value: Value, by: usize| -> Result<Value, Error> {
            let fragment = fragment(&value)?;
            // Literals have no line breaks of their own in them, so every one is layout.
            let text = fragment
                .as_str()
                .replace('\n', &format!("\n{}", " ".repeat(by)));
            Ok(Value::from_object(Fragment::rendered(text, Level::ATOM)))
        },
    );
    environment.add_filter("width", |values: Value| -> Result<usize, Error> {
        if let Some(one) = values.downcast_object_ref::<Fragment>() {
            return Ok(one.width());
        }
        let mut sum = 0;
        for value in values.try_iter()? {
            sum += item_width(&value)? + 2;
        }
        Ok(sum)
    });
    environment
}

/// Longest line of a list that is broken into lines.
const LINE: usize = 100;
/// Longest list that stays on its line.
const SHORT: usize = 80;

/// The items between commas; when they are longer than `most`, on lines of their own, indented.
fn flowed(values: &Value, indent: usize, most: usize) -> Result<Value, Error> {
    let mut items = Vec::new();
    for value in values.try_iter()? {
        let item = fragment(&value)?.clone();
        let width = item.width();
        items.push((item, width));
    }
    let width: usize = items.iter().map(|(_, width)| width + 2).sum();
    let mut text = String::new();
    let mut column = usize::MAX;
    for (at, (item, item_width)) in items.iter().enumerate() {
        let separator = if at == 0 { "" } else { "," };
        if width <= most {
            text.push_str(separator);
            text.push_str(if at == 0 { "" } else { " " });
        } else if column.saturating_add(*item_width) > LINE {
            text.push_str(&format!("{separator}\n{}", " ".repeat(indent)));
            column = indent;
        } else {
            text.push_str(", ");
        }
        text.push_str(item.as_str());
        column = column.saturating_add(item_width + 2);
    }
    Ok(Value::from_object(Fragment::rendered(text, Level::ATOM)))
}

/// Characters of an item of a list: of a fragment, or of a record's `name = value`.
fn item_width(item: &Value) -> Result<usize, Error> {
    let own = |value: &Value| -> Result<usize, Error> {
        let fragment = fragment(value)?;
        // A text of several lines is never fit for one line.
        Ok(if fragment.as_str().contains('\n') {
            1000
        } else {
            fragment.width()
        })
    };
    if item.downcast_object_ref::<Fragment>().is_some() {
        return own(item);
    }
    let width = own(&item.get_attr("value")?)?;
    if item.get_attr("bare")?.is_true() {
        return Ok(width);
    }
    let name = item.get_attr("name")?;
    Ok(width
        + if name.is_undefined() {
            0
        } else {
            own(&name)? + 3
        })
}

/// The parts between separators, each at the level; a single part stands alone and so needs no level.
fn joined(values: &Value, separator: &str, level: Option<Level>) -> Result<Value, Error> {
    let mut parts = Vec::new();
    for value in values.try_iter()? {
        parts.push(fragment(&value)?.clone());
    }
    if let (Some(level), [_, _, ..]) = (level, parts.as_slice()) {
        parts.iter_mut().for_each(|part| *part = part.at(level));
    }
    let text: Vec<&str> = parts.iter().map(Fragment::as_str).collect();
    Ok(Value::from_object(Fragment::rendered(
        text.join(separator),
        Level::ATOM,
    )))
}

fn named(levels: &[String], name: &str) -> Result<Level, Error> {
    Level::named(levels, Some(name)).ok_or_else(|| {
        Error::new(
            ErrorKind::InvalidOperation,
            format!("`{name}` is not in `precedence`"),
        )
    })
}

fn fragment(value: &Value) -> Result<&Fragment, Error> {
    value.downcast_object_ref::<Fragment>().ok_or_else(|| {
        Error::new(
            ErrorKind::InvalidOperation,
            format!(
                "a template may print fragments only, and this is a {}",
                value.kind()
            ),
        )
    })
}

/// The text of a template for each of the holes.
pub(crate) fn render_each(
    environment: &Environment<'static>,
    place: &str,
    holes: impl IntoIterator<Item = Holes>,
) -> Result<Vec<String>, String> {
    let template = environment
        .get_template(place)
        .map_err(|error| describe(&error))?;
    let mut texts = Vec::new();
    for holes in holes {
        let text = template.render(Value::from(holes.0));
        texts.push(text.map_err(|error| describe(&error))?);
    }
    Ok(texts)
}

/// The error with its line.
pub(crate) fn describe(error: &Error) -> String {
    match error.line() {
        Some(line) => format!("{error} (line {line})"),
        None => error.to_string(),
    }
}
