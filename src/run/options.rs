//! The options of a run, as text: its instant, its zone, its form, its parameters.
//!
//! In: words of a command line. Out: values, or what is wrong with the words. Guarantee: nothing is guessed; names get suggestions.

use crate::compiler::Params;
use crate::data::form::Form;
use crate::data::time::{self, Clock, DateOrder};
use crate::diag::{Code, Diagnostic, suggest};
use crate::hunt::{Hunt, ItemType};
use crate::schema::Library;
use crate::source::{Files, Span, Spanned};
use crate::value::{Value, parse_duration};
use std::collections::BTreeMap;

/// How times are to be read.
pub(super) fn clock(
    zone: Option<&str>,
    order: Option<DateOrder>,
) -> Result<Clock, Box<Diagnostic>> {
    let Some(text) = zone else {
        return Ok(Clock::new(None, order));
    };
    let zone = time::zone(text).ok_or_else(|| {
        let error = Diagnostic::new(
            Code::E0649,
            format!("`--zone {text}` is not an offset from UTC"),
        );
        Box::new(error.help("write it like `UTC`, `+09:00` or `-0330`"))
    })?;
    Ok(Clock::new(Some(zone), order))
}

/// The instant of the run.
pub(super) fn now(given: Option<&str>) -> Result<i64, Box<Diagnostic>> {
    let Some(text) = given else {
        return Ok(jiff::Timestamp::now().as_millisecond());
    };
    let is_number = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let instant = if is_number {
        Clock::default().parse(text, true).ok()
    } else {
        time::instant(text)
    };
    instant.ok_or_else(|| {
        let error = Diagnostic::new(Code::E0655, format!("`--now {text}` is not an instant"));
        Box::new(error.help("write it like `2020-10-22T09:00:00Z` or `2020-10-22`"))
    })
}

/// The form that `--as` names.
pub(super) fn form<'a>(
    text: &str,
    class: &str,
    library: &'a Library,
) -> Result<Form<'a>, Box<Diagnostic>> {
    if text == "neutral" {
        return Ok(Form::Neutral);
    }
    let (name, product) = text.split_once(':').unwrap_or((text, ""));
    let unknown = |title: String, word: &str, known: Vec<&str>| {
        let error = Diagnostic::new(Code::E0657, title);
        let help = match suggest::nearest(word, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => format!("it has one form only: write `--as {name}`"),
            None => format!("there are: {}", known.join(", ")),
        };
        Box::new(error.help(help))
    };
    let platform = library.platform(name).ok_or_else(|| {
        let names = library.platform_names();
        let known = std::iter::once("neutral").chain(names).collect();
        unknown(format!("there is no schema `{name}`"), name, known)
    })?;
    let schema = platform.holds.get(class).ok_or_else(|| {
        let title = format!("schema `{name}` holds no events of class `{class}`");
        Box::new(Diagnostic::new(Code::E0657, title).help(platform.lacks(class)))
    })?;
    let products: Vec<&str> = schema.products.iter().map(String::as_str).collect();
    match (product, products.first()) {
        ("", first) => {
            let product = first.copied().unwrap_or("");
            Ok(Form::Native { schema, product })
        }
        (product, _) if products.contains(&product) => {
            let product = schema.product(Some(product)).unwrap_or("");
            Ok(Form::Native { schema, product })
        }
        (product, _) => Err(unknown(
            format!("schema `{name}` has no product form `{product}`"),
            product,
            products,
        )),
    }
}

/// The values that `--param` gives, by the types that the hunt declares; whether they are allowed is for `lower` to say.
pub(super) fn overrides(
    given: &[String],
    hunt: &Hunt,
    files: &mut Files,
) -> Result<Params, Vec<Diagnostic>> {
    let mut values = BTreeMap::new();
    let mut errors = Vec::new();
    for text in given {
        let file = files.add("--param", text.clone());
        let span = Span::new(file, 0, text.len());
        let Some((name, value)) = text.split_once('=') else {
            let title = "a parameter is given as `name=value`";
            errors.push(Diagnostic::at(Code::E0656, span, title));
            continue;
        };
        let ty = hunt
            .params
            .get(name)
            .map_or(ItemType::Text, |param| param.ty);
        match parameter(ty, value) {
            Some(value) => {
                values.insert(name.to_owned(), Spanned::new(value, span));
            }
            None => {
                let place = Span::new(file, name.len() + 1, text.len());
                let title = format!("`{value}` is not {}", what(ty));
                errors.push(Diagnostic::at(Code::E0656, place, title));
            }
        }
    }
    if errors.is_empty() {
        Ok(values)
    } else {
        Err(errors)
    }
}

fn parameter(ty: ItemType, text: &str) -> Option<Value> {
    match ty {
        ItemType::Bool => text.parse().ok().map(Value::Bool),
        ItemType::Int => text.parse().ok().map(Value::Int),
        ItemType::Float => text
            .parse()
            .ok()
            .map(Value::float)
            .filter(|v| !v.is_missing()),
        ItemType::Text | ItemType::Network => Some(Value::text(text)).filter(|v| !v.is_missing()),
        ItemType::Ip => crate::net::canonical(text).map(|text| Value::text(&text)),
        ItemType::Duration => parse_duration(text).map(Value::Duration),
    }
}

fn what(ty: ItemType) -> &'static str {
    match ty {
        ItemType::Bool => "`true` or `false`",
        ItemType::Int => "a whole number",
        ItemType::Float => "a number",
        ItemType::Text => "a text that is not empty",
        ItemType::Duration => "a duration such as `24h`",
        ItemType::Ip => "an address",
        ItemType::Network => "a network",
    }
}
