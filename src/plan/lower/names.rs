//! Finds names and, for unknown ones, what the author probably meant.

use super::super::{Expr, Type};
use super::{Lowering, foreign, quoted};
use crate::diag::{Code, Diagnostic, suggest};
use crate::schema::Schema;
use crate::source::Span;
use crate::syntax::ast;

impl Lowering<'_> {
    /// The column of that name. `several`: whether a field with several values is allowed here.
    pub(super) fn name(&mut self, name: &str, span: Span, several: bool) -> Option<Expr> {
        if let Some(slot) = self.scope.slot(name).cloned() {
            if slot.multi && !several {
                return self.several_values(name, span);
            }
            return self.scope.column_value(&slot, span);
        }
        let field = self.class.and_then(|class| class.fields.get(name));
        if let Some(field) = field
            && self.scope.open
        {
            if field.multi && !several {
                return self.several_values(name, span);
            }
            return Some(self.scope.read_field(field, span));
        }
        if !self
            .told
            .insert(format!("{name}@{:?}", self.scope.closed_by))
        {
            return None;
        }
        let error = if !self.scope.open && (field.is_some() || self.scope.behind.contains(name)) {
            self.left_behind(name, span, field.is_some())
        } else {
            self.unknown(name, span)
        };
        self.fail(error)
    }

    /// Whether it is a name that nothing has, here or at an earlier step, on any platform or in another language: perhaps text without its quotes.
    pub(super) fn is_bare(&self, expr: &ast::Expr) -> bool {
        let ast::ExprKind::Name(name) = &expr.kind else {
            return false;
        };
        self.scope.slot(name).is_none()
            && !self
                .class
                .is_some_and(|class| class.fields.contains_key(name))
            && !self.scope.behind.contains(name)
            && !self.pending.iter().any(|made| made == name)
            && foreign::constant(name).is_none()
            && self.natives(name).is_empty()
    }

    /// What is said of such a word beside text or a closed set.
    pub(super) fn bare(&self, word: &str, span: Span, ty: &Type) -> Diagnostic {
        let error = self.unknown(word, span);
        let quoted_word = super::literal(word);
        let Type::Enum(field) = ty else {
            // A name that is near to a column was probably meant for it.
            return match error.fix {
                Some(_) => error.help(format!(
                    "if text is meant, it is written in quotes: `{quoted_word}`"
                )),
                None => Diagnostic {
                    help: Vec::new(),
                    ..error
                }
                .fix(span, quoted_word, "text is written in quotes"),
            };
        };
        let error = Diagnostic {
            help: Vec::new(),
            fix: None,
            ..error
        };
        let words = self
            .class
            .and_then(|class| class.fields.get(field))
            .map_or(&[][..], |field| &field.words);
        let near = words
            .iter()
            .find(|known| *known == word)
            .cloned()
            .or_else(|| suggest::nearest(word, words.iter().map(String::as_str)).map(str::to_owned))
            .or_else(|| self.spoken(word, field).map(|(_, word)| word));
        match near {
            Some(near) => error.fix(
                span,
                super::literal(&near),
                format!("the words of `{field}` are written in quotes"),
            ),
            None => error.help(format!(
                "the words of `{field}` are written in quotes: {}",
                words
                    .iter()
                    .map(|word| super::literal(word))
                    .collect::<Vec<_>>()
                    .join(", ")
            )),
        }
    }

    fn several_values<T>(&mut self, name: &str, span: Span) -> Option<T> {
        self.fail(
            Diagnostic::at(Code::E0413, span, format!("`{name}` may hold several values"))
                .label("several values in one event")
                .help("it can be compared with `==`, `!=`, `in` and `not in` against literals, meaning that some value matches, and it can be selected under its own name"),
        )
    }

    /// Whether the field or column holds several values.
    pub(super) fn is_several(&self, expr: &Expr) -> bool {
        let super::super::ExprKind::Column(column) = &expr.kind else {
            return false;
        };
        match self.scope.slot(column.name()) {
            Some(slot) => slot.multi,
            None => self
                .class
                .and_then(|class| class.fields.get(column.name()))
                .is_some_and(|field| field.multi),
        }
    }

    fn left_behind(&self, name: &str, span: Span, field: bool) -> Diagnostic {
        let (word, place) = self.scope.closed_by.unwrap_or(("group", span));
        let mut error = Diagnostic::at(
            Code::E0304,
            span,
            format!("`{name}` is no longer there after `{word}`"),
        )
        .label("not among the columns at this step")
        .also(
            place,
            format!(
                "after this step there are only its own columns: {}",
                quoted(&self.at_hand())
            ),
        );
        if word == "group" {
            let kind = if field { "field" } else { "column" };
            error = error.help(format!(
                "make the {kind} a key of the group, keep a value of it with `any({name})` or all with `set({name})`, or test it in a `where` before the group"
            ));
        } else {
            error = error.help(format!(
                "add `{name}` to the `select`, or use it in a step before"
            ));
        }
        error
    }

    /// What is said of a name that is nowhere.
    pub(super) fn unknown(&self, name: &str, span: Span) -> Diagnostic {
        if let Some(advice) = foreign::constant(name) {
            return Diagnostic::at(Code::E0302, span, format!("no column `{name}`"))
                .label("not a word of the language")
                .help(advice);
        }
        let natives = self.natives(name);
        if let Some(Native {
            schema: of,
            column,
            fields,
        }) = natives.first()
        {
            let schema = &of.name;
            let error = Diagnostic::at(
                Code::E0303,
                span,
                format!("`{column}` is a column of schema `{schema}`"),
            )
            .label("a hunt speaks of neutral fields");
            if !self.is_of_class(of) {
                let held = match fields.as_slice() {
                    [] => String::new(),
                    fields => format!(", which has it as {}", quoted(fields)),
                };
                return error.help(format!(
                    "it is there for the event class `{}`{held}",
                    of.class
                ));
            }
            return match fields.as_slice() {
                [] => error.help(format!(
                    "no field of the event class stands for it; {}",
                    self.near_help(name)
                )),
                [field] => error.fix(
                    span,
                    *field,
                    format!("the field that `{schema}` holds in `{column}`"),
                ),
                _ => error.help(format!(
                    "fields that `{schema}` holds in `{column}`: {}",
                    quoted(fields)
                )),
            };
        }
        if self.pending.iter().any(|made| made == name) {
            let title = format!("`{name}` is made by this group, so it is not there yet");
            return Diagnostic::at(Code::E0302, span, title)
                .label("events are at hand here")
                .help(format!(
                    "test it in a step after the group: `where {name} …`"
                ));
        }
        let at_hand = self.at_hand();
        let mut error = Diagnostic::at(Code::E0302, span, format!("no field or column `{name}`"))
            .label(match (&self.class, self.scope.open) {
                (Some(class), true) => format!("not in `{}`", class.name),
                _ => "not among the columns at this step".to_owned(),
            });
        let others = self.catalog.classes.iter();
        let others = others.filter(|class| class.fields.contains_key(name));
        let others: Vec<&str> = others.map(|class| class.name.as_str()).collect();
        if self.scope.open && !others.is_empty() {
            return error.help(format!("it is a field of {}", quoted(&others)));
        }
        let near = suggest::near(name, at_hand.iter().map(String::as_str), 3);
        match near.as_slice() {
            [] => error = error.help(self.near_help(name)),
            [only] => error = error.fix(span, *only, "a name like it exists"),
            [first, ..] if name.contains('.') => {
                error = error.fix(span, *first, "a name like it exists");
            }
            [first, rest @ ..] => {
                error = error
                    .fix(span, *first, "a name like it exists")
                    .help(format!("also near: {}", quoted(rest)));
            }
        }
        error
    }

    /// Fields of the same family, or the columns at hand.
    fn near_help(&self, name: &str) -> String {
        let at_hand = self.at_hand();
        let family = name.split('.').next().unwrap_or(name).to_lowercase();
        let same: Vec<&String> = at_hand
            .iter()
            .filter(|n| n.split('.').next() == Some(family.as_str()))
            .collect();
        if same.is_empty() {
            format!("names at hand: {}", quoted(&at_hand))
        } else {
            format!("fields of `{family}`: {}", quoted(&same))
        }
    }

    /// Names at hand.
    pub(super) fn at_hand(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .scope
            .slots
            .iter()
            .map(|slot| slot.name.clone())
            .collect();
        if self.scope.open
            && let Some(class) = self.class
        {
            names.extend(class.fields.keys().cloned());
        }
        names
    }

    /// Schemas that have a column of that name (ignoring case): those of the hunt's class first.
    fn natives(&self, name: &str) -> Vec<Native<'_>> {
        let mut found: Vec<Native<'_>> = (self.catalog.schemas.iter())
            .filter_map(|schema| {
                let mut columns = schema.columns.iter();
                let column = columns.find(|c| c.native.name.eq_ignore_ascii_case(name))?;
                let column = column.native.name.as_str();
                let fields = schema.mapping.fields_on(column);
                Some(Native {
                    schema,
                    column,
                    fields,
                })
            })
            .collect();
        // A schema that has a field for it says more than one that has none.
        found.sort_by_key(|native| (!self.is_of_class(native.schema), native.fields.is_empty()));
        found
    }

    /// Whether a schema is about the hunt's event class.
    fn is_of_class(&self, schema: &Schema) -> bool {
        self.class.is_none_or(|class| class.name == schema.class)
    }

    /// Checks the name of a computed column.
    pub(super) fn new_name(&mut self, name: &ast::Name) -> Option<()> {
        if name.text.contains('.') {
            let plain = name.text.replace('.', "_");
            return self.fail(
                Diagnostic::at(
                    Code::E0308,
                    name.span,
                    format!("a computed column cannot be called `{}`", name.text),
                )
                .label("dotted names are fields")
                .fix(name.span, plain, "a name without a dot"),
            );
        }
        if let Some(slot) = self
            .scope
            .slots
            .iter()
            .find(|slot| slot.name.eq_ignore_ascii_case(&name.text))
        {
            let place = slot.span;
            return self.twice(&name.text, name.span, place);
        }
        let Some(owner) = self.owner(&name.text) else {
            return Some(());
        };
        self.fail(
            Diagnostic::at(
                Code::E0308,
                name.span,
                format!("a computed column cannot be called `{}`", name.text),
            )
            .label(format!("ignoring case, this is {owner}"))
            .help("a platform would confuse the two; nothing replaces a column")
            .fix(name.span, format!("{}_value", name.text), "another name"),
        )
    }

    /// What has a name already: a field, a column of a schema, or one whose first part it is.
    fn owner(&self, name: &str) -> Option<String> {
        let same = |taken: &str| taken.eq_ignore_ascii_case(name);
        let starts = |taken: &str| taken.split_once('.').is_some_and(|(first, _)| same(first));
        let fields = || self.class.into_iter().flat_map(|class| class.fields.keys());
        if let Some(field) = fields().find(|field| same(field)) {
            return Some(format!("the field `{field}`"));
        }
        if let Some(field) = fields().find(|field| starts(field)) {
            return Some(format!("the first part of the field `{field}`"));
        }
        let mut schemas = self.catalog.schemas.iter();
        schemas.find_map(|schema| {
            if !self.is_of_class(schema) {
                return None;
            }
            let columns = || schema.columns.iter().map(|column| &column.native.name);
            let of = &schema.name;
            columns()
                .find(|column| same(column))
                .map(|column| format!("`{column}`, a column of schema `{of}`"))
                .or_else(|| {
                    let column = columns().find(|column| starts(column))?;
                    Some(format!(
                        "the first part of `{column}`, a column of schema `{of}`"
                    ))
                })
        })
    }

    pub(super) fn twice<T>(&mut self, name: &str, span: Span, before: Span) -> Option<T> {
        self.fail(
            Diagnostic::at(Code::E0309, span, format!("there is a column `{name}` already"))
                .label("made again here")
                .also(before, "made here")
                .help("names are compared without case, as some platforms do; give one of them another name"),
        )
    }
}

/// A column of a platform.
struct Native<'a> {
    schema: &'a Schema,
    column: &'a str,
    /// The fields that are mapped to it.
    fields: Vec<&'a str>,
}
