//! Parameters and lists: typed values from YAML.
//!
//! In: the mappings `params` and `lists`. Out: [`Param`]s and [`List`]s. Guarantee: a value has its declared type, addresses and networks are canonical,
//! nothing is missing, and a default lies within its bounds.

use super::{ItemType, List, Param};
use crate::diag::{Code, Diagnostic, suggest};
use crate::net::{self, Network, NetworkError};
use crate::source::yaml::{Faults, Map, Node, Resolved};
use crate::source::{Span, Spanned};
use crate::syntax::KEYWORDS;
use crate::value::{Value, parse_duration};
use std::cmp::Ordering;
use std::collections::BTreeMap;

const TYPES: &[(&str, ItemType)] = &[
    ("bool", ItemType::Bool),
    ("int", ItemType::Int),
    ("float", ItemType::Float),
    ("string", ItemType::Text),
    ("duration", ItemType::Duration),
    ("ip", ItemType::Ip),
    ("cidr", ItemType::Network),
];

/// The parameters of a hunt.
pub(super) fn params(hunt: &Map, faults: &mut Faults) -> BTreeMap<String, Param> {
    section(hunt, "params", faults, |name, node, faults| {
        let what = format!("the parameter `{}`", name.value);
        let map = faults.map(node, "a mapping with `type` and `default`")?;
        faults.known(map, &what, &["type", "default", "min", "max"]);
        let ty = item_type(map, node.span, &what, faults, |ty| ty != ItemType::Network);
        let default = faults.required(map, map.key_or(node.span), &what, "default");
        let (ty, default) = (ty?, default?);
        let default = value(ty, default, Code::E0115, faults);
        let mut bound = |key: &str| {
            let node = map.get(key)?;
            if !matches!(ty, ItemType::Int | ItemType::Float | ItemType::Duration) {
                let place = map.key(key).unwrap_or(node.span);
                faults.push(Diagnostic::at(
                    Code::E0115,
                    place,
                    format!("a {} has no `{key}`", word(ty)),
                ));
                return None;
            }
            value(ty, node, Code::E0115, faults)
        };
        let (min, max) = (bound("min"), bound("max"));
        let default = default?;
        let param = Param {
            ty,
            default,
            min: min.map(|m| m.value),
            max: max.map(|m| m.value),
            name_span: name.span,
        };
        if let Err(why) = fits(&param, &param.default.value) {
            faults.push(Diagnostic::at(
                Code::E0115,
                param.default.span,
                format!("the default of `{}` {why}", name.value),
            ));
        }
        Some(param)
    })
}

/// Whether a value lies within the bounds of a parameter; the words that say why not follow the value's name.
///
/// # Errors
/// `is less than `min`` and its like.
pub(crate) fn fits(param: &Param, value: &Value) -> Result<(), &'static str> {
    let compare = |bound: &Value| match (value, bound) {
        (Value::Int(a), Value::Int(b)) | (Value::Duration(a), Value::Duration(b)) => Some(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        _ => None,
    };
    if param.min.as_ref().and_then(compare) == Some(Ordering::Less) {
        return Err("is less than `min`");
    }
    if param.max.as_ref().and_then(compare) == Some(Ordering::Greater) {
        return Err("is greater than `max`");
    }
    Ok(())
}

/// The lists of a hunt.
pub(super) fn lists(hunt: &Map, faults: &mut Faults) -> BTreeMap<String, List> {
    section(hunt, "lists", faults, |name, node, faults| {
        let what = format!("the list `{}`", name.value);
        let map = faults.map(node, "a mapping with `type` and `values`")?;
        faults.known(map, &what, &["type", "values"]);
        let ty = item_type(map, node.span, &what, faults, |ty| ty != ItemType::Bool);
        let values = faults.required(map, map.key_or(node.span), &what, "values");
        let (ty, values) = (ty?, values?);
        let items = faults.list(values, "a list of values")?;
        if items.is_empty() {
            faults.push(Diagnostic::at(
                Code::E0116,
                values.span,
                format!("{what} has no values"),
            ));
        }
        let values = items
            .iter()
            .filter_map(|item| value(ty, item, Code::E0116, faults))
            .collect();
        Some(List {
            ty,
            values,
            name_span: name.span,
        })
    })
}

/// The entries of a section of named things.
pub(super) fn section<T>(
    hunt: &Map,
    section: &str,
    faults: &mut Faults,
    mut read: impl FnMut(&Spanned<String>, &Node, &mut Faults) -> Option<T>,
) -> BTreeMap<String, T> {
    let mut made = BTreeMap::new();
    let Some(map) = hunt
        .get(section)
        .and_then(|node| faults.map(node, "a mapping from names to what they hold"))
    else {
        return made;
    };
    for (name, node) in &map.entries {
        if KEYWORDS.contains(&name.value.as_str()) {
            let title = format!(
                "`{}` is a word of the language and cannot be a name",
                name.value
            );
            faults.push(Diagnostic::at(Code::E0110, name.span, title).help("choose another name"));
        } else if !is_name(&name.value) {
            faults.push(
                Diagnostic::at(Code::E0110, name.span, format!("`{}` is not a name", name.value))
                    .help("it is one lower-case word: a letter, then letters, digits and `_`; the query writes it `$name`"),
            );
        }
        if let Some(thing) = read(name, node, faults) {
            made.insert(name.value.clone(), thing);
        }
    }
    made
}

/// One lower-case word.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// The declared type of a parameter or of the values of a list.
fn item_type(
    map: &Map,
    place: Span,
    what: &str,
    faults: &mut Faults,
    allowed: fn(ItemType) -> bool,
) -> Option<ItemType> {
    let node = faults.required(map, map.key_or(place), what, "type")?;
    let text = faults.text(node, "the name of a type")?;
    let found = TYPES
        .iter()
        .find(|(word, ty)| *word == text.value && allowed(*ty))
        .map(|(_, ty)| *ty);
    if found.is_none() {
        let words: Vec<&str> = TYPES
            .iter()
            .filter(|(_, ty)| allowed(*ty))
            .map(|(word, _)| *word)
            .collect();
        let fault = Diagnostic::at(
            Code::E0110,
            text.span,
            format!("`{}` is not a type that {what} can have", text.value),
        )
        .help(format!("the types are {}", words.join(", ")));
        let near = match text.value.as_str() {
            "str" | "text" => Some("string"),
            "integer" | "long" | "number" => Some("int"),
            "double" | "real" => Some("float"),
            "timespan" | "interval" | "time" => Some("duration"),
            "network" | "subnet" => words.contains(&"cidr").then_some("cidr"),
            other => suggest::nearest(other, words.iter().copied()),
        };
        faults.push(match near {
            Some(near) => fault.fix(text.span, near, "the type with this meaning"),
            None => fault,
        });
    }
    found
}

/// The word of a type.
fn word(ty: ItemType) -> &'static str {
    TYPES
        .iter()
        .find(|(_, of)| *of == ty)
        .map_or("", |(word, _)| word)
}

/// A value of a type, from YAML; errors that are about the value rather than its kind carry `code`.
pub(crate) fn value(
    ty: ItemType,
    node: &Node,
    code: Code,
    faults: &mut Faults,
) -> Option<Spanned<Value>> {
    if let Some(Resolved::Text("")) = node.resolved() {
        faults.push(
            Diagnostic::at(code, node.span, "the empty string is not a value")
                .help("it is the same as missing: test it in the query with `x is missing`"),
        );
        return None;
    }
    let found = match (ty, node.resolved()) {
        (ItemType::Bool, Some(Resolved::Bool(value))) => Value::Bool(value),
        (ItemType::Int, Some(Resolved::Int(number))) => Value::Int(number),
        (ItemType::Float, Some(Resolved::Float(number))) => Value::Float(number),
        // An integer is a float when it can be one exactly.
        #[allow(clippy::cast_precision_loss)]
        (ItemType::Float, Some(Resolved::Int(number))) if number.unsigned_abs() <= 1 << 53 => {
            Value::Float(number as f64)
        }
        (ItemType::Text, Some(Resolved::Text(text))) => Value::text(text),
        (ItemType::Duration, Some(Resolved::Text(text))) => match parse_duration(text) {
            Some(milliseconds) => Value::Duration(milliseconds),
            None => {
                let fault = Diagnostic::at(code, node.span, "this is not a duration");
                faults.push(fault.help("it is a whole number and one unit: 90s, 5m, 24h or 7d"));
                return None;
            }
        },
        (ItemType::Ip, Some(Resolved::Text(text))) => match net::canonical(text) {
            Some(address) => Value::text(&address),
            None => {
                faults.push(Diagnostic::at(code, node.span, "this is not an address"));
                return None;
            }
        },
        (ItemType::Network, Some(Resolved::Text(text))) => match text.parse::<Network>() {
            Ok(network) => Value::text(&network.to_string()),
            Err(error) => {
                faults.push(network_fault(&error, node, code));
                return None;
            }
        },
        _ => {
            faults.wrong(node, wanted(ty));
            return None;
        }
    };
    Some(Spanned::new(found, node.span))
}

fn wanted(ty: ItemType) -> &'static str {
    match ty {
        ItemType::Bool => "true or false",
        ItemType::Int => "an integer",
        ItemType::Float => "a number",
        ItemType::Text => "text",
        ItemType::Duration => "a duration, as in 24h",
        ItemType::Ip => "an address",
        ItemType::Network => "a network, as in 10.0.0.0/8",
    }
}

fn network_fault(error: &NetworkError, node: &Node, code: Code) -> Diagnostic {
    let fault = Diagnostic::at(code, node.span, "this is not a network").label(error.to_string());
    match error {
        NetworkError::HostBits { masked, .. } => {
            fault.fix(node.span, masked.to_string(), "the network that holds it")
        }
        NetworkError::Mapped { ipv4 } => {
            fault.fix(node.span, ipv4.to_string(), "the same network in IPv4")
        }
        NetworkError::Address { .. } | NetworkError::Length { .. } => fault,
    }
}
