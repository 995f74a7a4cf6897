//! Reads an event class: `schemas/classes/<class>.yaml`.
//!
//! In: the file's tree. Out: [`Class`]. Guarantee: every field has a type and a sentence; every word of a closed set has a meaning.

use super::problems::{Entries, Problems};
use super::{Class, Field, Role, Switch};
use crate::diag::Code;
use crate::model::Type;
use crate::source::yaml::Node;
use std::collections::BTreeMap;

const KEYS: &[&str] = &["class", "says", "notes", "switch", "fields"];
const SWITCH: &[&str] = &["field", "word"];
const FIELD: &[&str] = &[
    "type", "words", "words_of", "nullable", "case", "multi", "role", "says",
];

/// Reads a class.
pub(super) fn read(node: &Node, problems: &mut Problems) -> Class {
    let entries = problems.record(node, "an event class", KEYS);
    let mut fields = BTreeMap::new();
    let mut order = Vec::new();
    let mut shared = Vec::new();
    if let Some(node) = entries.get("fields") {
        for (name, node) in problems.map(node, "`fields`").iter() {
            let (field, words_of) = field(&name.value, node, problems);
            if let Some(other) = words_of {
                shared.push((name.clone(), other));
            }
            order.push(name.value.clone());
            fields.insert(name.value.clone(), field);
        }
    }
    for (name, other) in shared {
        let Some(owner) = fields.get(&other).cloned() else {
            let title = format!(
                "`{}` takes the words of `{other}`, which is not a field",
                name.value
            );
            problems.unknown(
                Code::E0551,
                name.span,
                title,
                &other,
                fields.keys().map(String::as_str),
            );
            continue;
        };
        if let Some(field) = fields.get_mut(&name.value) {
            field.ty = owner.ty;
            field.words = owner.words;
            field.meanings = owner.meanings;
        }
    }
    let switch = entries
        .get("switch")
        .and_then(|node| switch(node, &fields, problems));
    Class {
        switch,
        name: problems.required(entries, "an event class", "class"),
        says: problems.required(entries, "an event class", "says"),
        fields,
        order,
    }
}

/// `switch: { field: direction, word: inbound }`: a word of a closed set of the class.
fn switch(
    node: &Node,
    fields: &BTreeMap<String, Field>,
    problems: &mut Problems,
) -> Option<Switch> {
    let entries = problems.record(node, "a switch", SWITCH);
    let switch = Switch {
        field: problems.required(entries, "a switch", "field"),
        word: problems.required(entries, "a switch", "word"),
    };
    let Some(field) = fields.get(&switch.field) else {
        let title = format!("`switch` is by `{}`, which is not a field", switch.field);
        let known = fields.keys().map(String::as_str);
        problems.unknown(Code::E0551, node.span, title, &switch.field, known);
        return None;
    };
    if !field.words.contains(&switch.word) {
        let title = format!("`{}` is not a word of `{}`", switch.word, switch.field);
        let known = field.words.iter().map(String::as_str);
        problems.unknown(Code::E0553, node.span, title, &switch.word, known);
        return None;
    }
    Some(switch)
}

fn field(name: &str, node: &Node, problems: &mut Problems) -> (Field, Option<String>) {
    let entries = problems.record(node, "a field", FIELD);
    let mut words = Vec::new();
    let mut meanings = Vec::new();
    let ty = problems.required(entries, "a field", "type");
    let ty = match ty.as_str() {
        "bool" => Type::Bool,
        "int" => Type::Int,
        "float" => Type::Float,
        "string" => Type::Text,
        "time" => Type::Time,
        "ip" => Type::Ip,
        "enum" => Type::Enum(name.to_owned()),
        _ => {
            problems.help(
                Code::E0550,
                node.span,
                format!("`{ty}` is not a type of a field"),
                "the types are bool, int, float, string, time, ip and enum".to_owned(),
            );
            Type::Text
        }
    };
    if let Some(node) = entries.get("words") {
        for (word, meaning) in problems.map(node, "`words`").iter() {
            words.push(word.value.clone());
            meanings.push(problems.text(meaning));
        }
    }
    let words_of = entries.get("words_of").map(|node| problems.text(node));
    if matches!(ty, Type::Enum(_)) != (!words.is_empty() || words_of.is_some()) {
        problems.at(
            Code::E0550,
            node.span,
            format!(
                "`{name}`: an enum has `words`, or `words_of` another field, and nothing else has"
            ),
        );
    }
    let case_varies = match problems.optional(entries, "case").as_str() {
        "" | "exact" => false,
        "varies" => true,
        other => {
            let title = format!("`case` is `varies` or `exact`, not `{other}`");
            problems.at(Code::E0550, node.span, title);
            false
        }
    };
    let role = role(entries, &ty, node, problems);
    let field = Field {
        name: name.to_owned(),
        ty,
        words,
        meanings,
        nullable: problems.flag(entries, "nullable", true),
        case_varies,
        multi: problems.flag(entries, "multi", false),
        role,
        says: problems.required(entries, "a field", "says"),
    };
    (field, words_of)
}

/// What the values of a field are: a port is an int, everything else is text.
fn role(entries: Entries<'_>, ty: &Type, node: &Node, problems: &mut Problems) -> Option<Role> {
    let word = problems.optional(entries, "role");
    if word.is_empty() {
        return None;
    }
    let Some((_, role)) = Role::ALL.iter().find(|(name, _)| *name == word) else {
        let names: Vec<&str> = Role::ALL.iter().map(|(name, _)| *name).collect();
        problems.help(
            Code::E0550,
            node.span,
            format!("`{word}` is not a role of a field"),
            format!("the roles are {}", names.join(", ")),
        );
        return None;
    };
    let wanted = if *role == Role::Port {
        Type::Int
    } else {
        Type::Text
    };
    if *ty != wanted {
        let title = format!("a field with `role: {word}` is of type {wanted}");
        problems.at(Code::E0550, node.span, title);
    }
    Some(*role)
}
