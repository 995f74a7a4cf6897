//! Reads which rows are of an event class, and where its fields are: `where`, `known_by` and `fields` of a `mapping.yaml`.
//!
//! In: that part of the file's tree. Out: [`ClassMapping`]. Guarantee: each field is read as exactly one of the forms; whether the names in it exist is
//! asked by `check`.

use super::columns::Codes;
use super::formula::TypeExpression;
use super::problems::{self, Entries, Problems};
use super::{
    Absent, Affects, Cast, Class, ClassMapping, Effect, Fidelity, How, Mapping, MemberStep,
    RowCondition, Source, Switch, Switched, TextPart, formula,
};
use crate::diag::Code;
use crate::model::Type;
use crate::source::yaml::{Kind, Node, Resolved};
use crate::source::{Files, Spanned};
use std::collections::BTreeMap;

const FIELD: &[&str] = &[
    "column",
    "member",
    "cast",
    "scaled",
    "words",
    "codes",
    "predicates",
    "computed",
    "otherwise",
    "fold",
    "never",
    "absent",
    "near",
    "also",
    "fidelity",
    "why",
    "effect",
];
const EFFECT: &[&str] = &["of", "fewer", "more"];

/// What a mapping is read with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'a> {
    /// The class, for the types of expressions; `None` when there is none of that name, which `check` reports.
    pub class: Option<&'a Class>,
    /// The schema's code tables.
    pub codes: &'a BTreeMap<String, Codes>,
    /// The texts, for the places of expressions.
    pub files: &'a Files,
    /// Types expressions.
    pub typed: TypeExpression,
}

impl<'a> Context<'a> {
    fn switch(&self) -> Option<&'a Switch> {
        self.class?.switch.as_ref()
    }
}

/// Reads the mapping of one class.
pub(super) fn read(
    entries: Entries<'_>,
    context: Context<'_>,
    problems: &mut Problems,
) -> ClassMapping {
    let mut mapping = ClassMapping {
        span: entries.span,
        rows: Vec::new(),
        known_by: problems.list(entries, "known_by"),
        fields: BTreeMap::new(),
        absent: BTreeMap::new(),
    };
    if let Some(node) = entries.get("where") {
        for (column, values) in problems.map(node, "`where`").iter() {
            let values = row_values(values, problems);
            if values.is_empty() {
                let title = format!(
                    "`{}` is one of no values, so no row is of the class",
                    column.value
                );
                problems.at(Code::E0550, column.span, title);
            }
            mapping.rows.push(RowCondition {
                column: column.value.clone(),
                values,
            });
        }
    }
    let Some(node) = entries.get("fields") else {
        return mapping;
    };
    let word = context.switch().map(|switch| switch.word.as_str());
    let known: Vec<&str> = FIELD.iter().copied().chain(word).collect();
    for (name, node) in problems.map(node, "`fields`").iter() {
        let entries = problems.record(node, "a mapping", &known);
        if let Some(why) = entries.get("absent") {
            for other in known
                .iter()
                .filter(|key| !["absent", "near", "also"].contains(*key))
            {
                if let Some(node) = entries.get(other) {
                    problems.at(
                        Code::E0556,
                        node.span,
                        format!(
                            "`{}` is said to be absent, so it has no `{other}`",
                            name.value
                        ),
                    );
                }
            }
            let absent = Absent {
                why: problems.text(why),
                near: problems.list(entries, "near"),
                span: name.span,
                unmapped: false,
            };
            mapping.absent.insert(name.value.clone(), absent);
        } else if let Some(read) = field(name, entries, context, problems) {
            mapping.fields.insert(name.value.clone(), read);
        }
    }
    mapping
}

/// A value or a list of values, as they are written.
fn row_values(node: &Node, problems: &mut Problems) -> Vec<String> {
    let one = |node: &Node, problems: &mut Problems| match problems::written(node) {
        Some(text) if !text.is_empty() => Some(text.to_owned()),
        _ => {
            problems.faults.wrong(node, "a value of the column");
            None
        }
    };
    match &node.kind {
        Kind::List(items) => items
            .iter()
            .filter_map(|item| one(item, problems))
            .collect(),
        _ => one(node, problems).into_iter().collect(),
    }
}

/// The other column of a pair, under the word of the class's switch.
fn switched(
    entries: Entries<'_>,
    context: Context<'_>,
    problems: &mut Problems,
) -> Option<Switched> {
    let when = context.switch()?;
    let node = entries.get(&when.word)?;
    Some(Switched {
        when: when.clone(),
        column: problems.text(node),
    })
}

fn field(
    name: &Spanned<String>,
    entries: Entries<'_>,
    context: Context<'_>,
    problems: &mut Problems,
) -> Option<Mapping> {
    let how = how(name, entries, context, problems)?;
    let fidelity = match problems.optional(entries, "fidelity").as_str() {
        "" | "exact" => Fidelity::Exact,
        "lossy" => Fidelity::Lossy,
        "debatable" => Fidelity::Debatable,
        other => {
            problems.at(
                Code::E0550,
                name.span,
                format!("`fidelity` is exact, lossy or debatable, not `{other}`"),
            );
            Fidelity::Exact
        }
    };
    let mut never = Vec::new();
    if let Some(node) = entries.get("never") {
        for (word, why) in problems.map(node, "`never`").iter() {
            never.push((word.value.clone(), problems.text(why)));
        }
    }
    Some(Mapping {
        how,
        fidelity,
        why: problems.optional(entries, "why"),
        never,
        effects: entries
            .get("effect")
            .map(|node| effect(node, problems))
            .into_iter()
            .collect(),
        also: problems.list(entries, "also"),
        span: name.span,
    })
}

/// `effect: { of: [success], fewer: …, more: … }`.
fn effect(node: &Node, problems: &mut Problems) -> Effect {
    let entries = problems.record(node, "an effect", EFFECT);
    let of = problems.list(entries, "of");
    let effect = Effect {
        on: match of.as_slice() {
            [] => Affects::Everything,
            [one] if one == "equality" => Affects::Equality,
            _ => Affects::Words(of),
        },
        fewer: problems.optional(entries, "fewer"),
        more: problems.optional(entries, "more"),
    };
    if effect.fewer.is_empty() && effect.more.is_empty() {
        let title = "an effect has `fewer`, `more` or both: rows that a test loses or gains";
        problems.at(Code::E0550, node.span, title);
    }
    effect
}

fn how(
    name: &Spanned<String>,
    entries: Entries<'_>,
    context: Context<'_>,
    problems: &mut Problems,
) -> Option<How> {
    let forms = ["column", "predicates", "computed"];
    let given: Vec<&str> = forms
        .into_iter()
        .filter(|form| entries.get(form).is_some())
        .collect();
    let [form] = given.as_slice() else {
        let title = format!(
            "`{}` has one of `column`, `predicates`, `computed` and `absent`",
            name.value
        );
        problems.at(Code::E0550, name.span, title);
        return None;
    };
    let node = entries.get(form)?;
    let otherwise = match problems.optional(entries, "otherwise").as_str() {
        "" | "missing" => None,
        word => Some(word.to_owned()),
    };
    match *form {
        "predicates" => {
            let class = context.class?;
            let mut words = Vec::new();
            for (word, node) in problems.map(node, "`predicates`").iter() {
                let predicate = formula::read(
                    node,
                    &Type::Bool,
                    class,
                    context.files,
                    context.typed,
                    problems,
                );
                words.push((word.value.clone(), predicate));
            }
            Some(How::Predicates { words, otherwise })
        }
        "computed" => {
            let class = context.class?;
            let field = class.fields.get(&name.value)?;
            let value = formula::read(
                node,
                &field.ty,
                class,
                context.files,
                context.typed,
                problems,
            );
            Some(How::Computed(Box::new(value)))
        }
        _ => {
            let source = Source {
                column: columns(node, problems),
                switched: switched(entries, context, problems),
                member: member(entries, problems),
            };
            match words(name, entries, context.codes, problems) {
                Some(words) => Some(How::Words {
                    source,
                    words,
                    otherwise,
                    fold: problems.flag(entries, "fold", false),
                }),
                None => Some(How::Column {
                    source,
                    cast: cast(entries, problems),
                }),
            }
        }
    }
}

/// The way to a member of JSON: its key, or keys and places of elements from outside in.
fn member(entries: Entries<'_>, problems: &mut Problems) -> Vec<MemberStep> {
    let Some(node) = entries.get("member") else {
        return Vec::new();
    };
    let steps = match &node.kind {
        Kind::List(steps) => steps.iter().collect(),
        _ => vec![node],
    };
    let mut way = Vec::new();
    for node in steps {
        if let Some(Resolved::Int(place)) = node.resolved() {
            match u32::try_from(place) {
                Ok(place) => way.push(MemberStep::Place(place)),
                Err(_) => {
                    let title = format!("places in an array are counted from 0, found {place}");
                    problems.at(Code::E0550, node.span, title);
                }
            }
            continue;
        }
        let text = problems.text(node);
        // Every target writes these without an escape of its own.
        let is_plain = |c: char| c.is_alphanumeric() || "_ .:/@#-".contains(c);
        if !text.is_empty() && text.chars().all(is_plain) {
            way.push(MemberStep::Key(text));
        } else if !text.is_empty() {
            let title = format!(
                "a member has a name of letters, digits, blanks and `_.:/@#-`, found `{text}`"
            );
            problems.at(Code::E0550, node.span, title);
        }
    }
    way
}

fn columns(node: &Node, problems: &mut Problems) -> BTreeMap<String, String> {
    match &node.kind {
        Kind::Scalar(_) => BTreeMap::from([(String::new(), problems.text(node))]),
        _ => problems
            .map(node, "`column`")
            .iter()
            .map(|(product, node)| (product.value.clone(), problems.text(node)))
            .collect(),
    }
}

/// Neutral word and native words, from `words` or from the third column of a code table.
fn words(
    name: &Spanned<String>,
    entries: Entries<'_>,
    codes: &BTreeMap<String, Codes>,
    problems: &mut Problems,
) -> Option<Vec<(String, Vec<String>)>> {
    if let Some(node) = entries.get("codes") {
        let table = problems.text(node);
        let Some(rows) = codes.get(&table) else {
            let title = format!(
                "`{}` is read with the code table `{table}`, which the schema does not have",
                name.value
            );
            problems.unknown(
                Code::E0552,
                node.span,
                title,
                &table,
                codes.keys().map(String::as_str),
            );
            return None;
        };
        let mut words: Vec<(String, Vec<String>)> = Vec::new();
        for (code, _, word) in rows.iter().filter(|(_, _, word)| !word.is_empty()) {
            match words.iter_mut().find(|(known, _)| known == word) {
                Some((_, codes)) => codes.push(code.clone()),
                None => words.push((word.clone(), vec![code.clone()])),
            }
        }
        return Some(words);
    }
    let node = entries.get("words")?;
    let mut words = Vec::new();
    for (word, node) in problems.map(node, "`words`").iter() {
        let natives = problems.natives(node);
        words.push((
            word.value.clone(),
            natives.into_iter().map(|native| native.value).collect(),
        ));
    }
    Some(words)
}

fn cast(entries: Entries<'_>, problems: &mut Problems) -> Cast {
    if let Some(node) = entries.get("scaled") {
        let factor = problems.faults.int(node).map(|factor| factor.value);
        if factor.is_some_and(|factor| factor < 2) {
            let title = "`scaled` is how many native units make one neutral unit: above 1";
            problems.at(Code::E0550, node.span, title);
        }
        return Cast::Scaled(factor.unwrap_or(2));
    }
    match (
        problems.optional(entries, "cast").as_str(),
        entries.get("cast"),
    ) {
        ("text_to_int", _) => Cast::TextToInt,
        ("int_to_text", _) => Cast::IntToText,
        ("file_name", _) => Cast::Part(TextPart::FileName),
        ("account_name", _) => Cast::Part(TextPart::AccountName),
        ("account_domain", _) => Cast::Part(TextPart::AccountDomain),
        (other, Some(node)) => {
            let known = "text_to_int, int_to_text, file_name, account_name or account_domain";
            problems.at(
                Code::E0550,
                node.span,
                format!("`cast` is {known}, not `{other}`"),
            );
            Cast::None
        }
        (_, None) => Cast::None,
    }
}
