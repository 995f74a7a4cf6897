//! Checks that a schema is complete.
//!
//! In: a schema as read, and the event classes. Out: findings. Guarantee: after a check without findings every column that is named exists in every
//! product that would ask for it, every neutral field is mapped or absent with a reason, every word of a closed set is mapped, or the word of what is
//! not listed, or said never to occur, and every mapping that loses something says what.

use super::problems::Problems;
use super::{
    Affects, Cast, Class, ClassMapping, ColumnInfo, Fidelity, Field, How, Mapping, Platform,
    RowCondition, Schema, Source,
};
use crate::diag::Code;
use crate::model::{Column, Expr, ExprKind, Type};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet, HashMap};

struct Check<'a> {
    schema: &'a Schema,
    columns: HashMap<&'a str, &'a ColumnInfo>,
    problems: &'a mut Problems,
}

/// Checks one schema; `span` is its file.
pub(super) fn schema(
    schema: &Schema,
    classes: &BTreeMap<String, Class>,
    span: Span,
    problems: &mut Problems,
) {
    let columns = schema
        .columns
        .iter()
        .map(|column| (column.native.name.as_str(), column))
        .collect();
    let mut check = Check {
        schema,
        columns,
        problems,
    };
    check.facts(span);
    let mapping = &schema.mapping;
    match classes.get(&schema.class) {
        Some(class) => check.class(class, mapping),
        None => {
            let title = format!(
                "the schema `{}` maps the event class `{}`, which does not exist",
                schema.name, schema.class
            );
            check.problems.unknown(
                Code::E0551,
                mapping.span,
                title,
                &schema.class,
                classes.keys().map(String::as_str),
            );
        }
    }
}

/// Checks what a platform says of classes that it lacks.
pub(super) fn platform(
    platform: &Platform,
    classes: &BTreeMap<String, Class>,
    problems: &mut Problems,
) {
    for class in platform.lacks.keys() {
        if platform.holds.contains_key(class) {
            let title = format!(
                "`{}` lacks `{class}` and has a mapping of it",
                platform.name
            );
            problems.at(Code::E0555, platform.span, title);
        }
        if !classes.contains_key(class) {
            let title = format!(
                "`{}` lacks `{class}`, which is no event class",
                platform.name
            );
            let known = classes.keys().map(String::as_str);
            problems.unknown(Code::E0551, platform.span, title, class, known);
        }
    }
}

impl<'a> Check<'a> {
    /// Sources and products that columns and code tables name.
    fn facts(&mut self, span: Span) {
        let sources: BTreeSet<&str> = self
            .schema
            .sources
            .iter()
            .map(|source| source.id.as_str())
            .collect();
        for column in self.schema.columns.iter() {
            let name = &column.native.name;
            for id in column
                .sources
                .iter()
                .filter(|id| !sources.contains(id.as_str()))
            {
                self.problems.at(
                    Code::E0552,
                    span,
                    format!(
                        "the column `{name}` was read in `{id}`, which is not one of the sources"
                    ),
                );
            }
            let products = column.products.iter().chain(column.product_types.keys());
            for product in products.filter(|product| !self.schema.products.contains(product)) {
                self.problems.at(Code::E0552, span, format!("the column `{name}` belongs to the product `{product}`, which the schema does not have"));
            }
        }
        let reading = &self.schema.reading;
        for column in (reading.marks.iter())
            .chain(&reading.utc)
            .chain(reading.paths.keys())
        {
            self.exists(column, "", span);
        }
        for (name, table) in &self.schema.code_tables {
            for id in table
                .sources
                .iter()
                .filter(|id| !sources.contains(id.as_str()))
            {
                self.problems.at(Code::E0552, span, format!("the code table `{name}` was read in `{id}`, which is not one of the sources"));
            }
            self.exists(&table.column, "", span);
        }
    }

    fn class(&mut self, class: &Class, mapping: &ClassMapping) {
        let span = mapping.span;
        for condition in &mapping.rows {
            self.exists(&condition.column, "", span);
            self.row_values(condition, span);
        }
        for column in &mapping.known_by {
            self.exists(column, "", span);
        }
        let named = mapping
            .fields
            .iter()
            .map(|(name, mapping)| (name, mapping.span));
        let absent = mapping
            .absent
            .iter()
            .map(|(name, absent)| (name, absent.span));
        for (name, span) in named
            .chain(absent)
            .filter(|(name, _)| !class.fields.contains_key(*name))
        {
            let title = format!("`{name}` is not a field of `{}`", class.name);
            let known = class.fields.keys().map(String::as_str);
            self.problems.unknown(Code::E0551, span, title, name, known);
        }
        for (name, absent) in &mapping.absent {
            if absent.why.trim().is_empty() {
                self.problems.at(
                    Code::E0554,
                    absent.span,
                    format!("`{name}` is absent without a reason"),
                );
            }
            for near in absent
                .near
                .iter()
                .filter(|near| !mapping.fields.contains_key(*near))
            {
                self.problems.at(
                    Code::E0551,
                    absent.span,
                    format!("`{near}` is said to be near `{name}`, but is not a mapped field"),
                );
            }
        }
        for field in class.fields.values() {
            match mapping.fields.get(&field.name) {
                Some(found) => self.mapping(field, found, mapping),
                None if mapping.absent.contains_key(&field.name) => {}
                None => {
                    let title = format!(
                        "the schema `{}` says nothing of `{}`",
                        self.schema.name, field.name
                    );
                    let help = format!(
                        "add `{}: {{ column: … }}`, or `{{ absent: why }}`",
                        field.name
                    );
                    self.problems.help(Code::E0554, span, title, help);
                }
            }
        }
    }

    /// What a row's condition compares with is of the column's type, and one of its values where all are known.
    fn row_values(&mut self, condition: &RowCondition, span: Span) {
        let Some(column) = self.columns.get(condition.column.as_str()).copied() else {
            return;
        };
        for value in &condition.values {
            let name = &column.native.name;
            if column.structured || !matches!(column.ty, Type::Text | Type::Int) {
                let title =
                    format!("a row is told by a column of text or integers, not by `{name}`");
                self.problems.at(Code::E0556, span, title);
                return;
            }
            if column.ty == Type::Int && value.parse::<i64>().is_err() {
                let title = format!("`{name}` holds integers, and `{value}` is none");
                self.problems.at(Code::E0556, span, title);
            }
            if column.closed && !column.values.contains(value) {
                let title = format!("`{value}` is not one of the values of `{name}`");
                let known = column.values.iter().map(String::as_str);
                self.problems
                    .unknown(Code::E0553, span, title, value, known);
            }
        }
    }

    /// An effect belongs to a loss, and its words to the field.
    fn effects(&mut self, field: &Field, mapping: &Mapping) {
        let name = &field.name;
        if mapping.fidelity == Fidelity::Exact && !mapping.effects.is_empty() {
            let title = format!("`{name}` is exact, so it has no `effect`");
            self.problems.at(Code::E0556, mapping.span, title);
        }
        for effect in &mapping.effects {
            let Affects::Words(words) = &effect.on else {
                continue;
            };
            let known = &field.words;
            for word in words.iter().filter(|word| !known.contains(word)) {
                let title =
                    format!("the effect of `{name}` is on `{word}`, which is no word of it");
                self.problems.unknown(
                    Code::E0552,
                    mapping.span,
                    title,
                    word,
                    known.iter().map(String::as_str),
                );
            }
        }
    }

    fn mapping(&mut self, field: &Field, mapping: &Mapping, class: &ClassMapping) {
        let name = &field.name;
        if mapping.fidelity != Fidelity::Exact && mapping.why.trim().is_empty() {
            self.problems.at(
                Code::E0556,
                mapping.span,
                format!("`{name}` is not exact and does not say why"),
            );
        }
        for column in &mapping.also {
            self.exists(column, "", mapping.span);
        }
        self.effects(field, mapping);
        match &mapping.how {
            How::Column { source, cast } => {
                for column in self.source(source, class, mapping.span) {
                    let is_member = !source.member.is_empty();
                    self.fits(field, column, is_member, *cast, mapping.span);
                }
            }
            How::Words {
                source,
                words,
                otherwise,
                fold,
            } => {
                let columns = self.source(source, class, mapping.span);
                if let Some(column) = columns.iter().find(|column| column.ty == Type::Json)
                    && source.member.is_empty()
                {
                    let title = format!("`{}` holds JSON, which has no words", column.native.name);
                    let help = "name the member that is meant: `member: NAME`";
                    self.problems
                        .help(Code::E0556, mapping.span, title, help.to_owned());
                }
                self.words(
                    field,
                    words.iter().map(|(word, _)| word),
                    otherwise.as_ref(),
                    mapping,
                );
                let mut seen: HashMap<String, &str> = HashMap::new();
                for (word, native) in words
                    .iter()
                    .flat_map(|(word, natives)| natives.iter().map(move |native| (word, native)))
                {
                    let key = if *fold {
                        native.to_lowercase()
                    } else {
                        native.clone()
                    };
                    if let Some(other) = seen.insert(key, word) {
                        let title =
                            format!("`{native}` stands for `{other}` and for `{word}` of `{name}`");
                        self.problems.at(Code::E0555, mapping.span, title);
                    }
                    for column in columns
                        .iter()
                        .filter(|column| column.closed && !column.values.contains(native))
                    {
                        let title = format!(
                            "`{native}` is not one of the values of `{}`",
                            column.native.name
                        );
                        let known = column.values.iter().map(String::as_str);
                        self.problems
                            .unknown(Code::E0553, mapping.span, title, native, known);
                    }
                }
            }
            How::Predicates { words, otherwise } => {
                for (_, predicate) in words {
                    self.inputs(name, predicate, class);
                }
                self.words(
                    field,
                    words.iter().map(|(word, _)| word),
                    otherwise.as_ref(),
                    mapping,
                );
            }
            How::Computed(value) if field.words.is_empty() => {
                self.inputs(name, value, class);
                if value.ty != field.ty {
                    let title = format!("`{name}` is {}, and this is {}", field.ty, value.ty);
                    self.problems.at(Code::E0556, value.span, title);
                }
            }
            How::Computed(_) => {
                let title = format!(
                    "`{name}` is a closed set: it has `words` or `predicates`, not `computed`"
                );
                self.problems.at(Code::E0556, mapping.span, title);
            }
        }
    }

    /// What a field is computed from is itself found in columns, so that nothing goes round in a circle.
    fn inputs(&mut self, name: &str, expr: &Expr, class: &ClassMapping) {
        expr.visit(&mut |part| {
            let ExprKind::Column(Column::Field(input)) = &part.kind else {
                return;
            };
            let stored = class.fields.get(input);
            let stored = stored.is_some_and(|mapping| mapping.how.source().is_some());
            if !stored {
                let title = format!("`{name}` is computed from `{input}`, which no column holds");
                self.problems.at(Code::E0556, part.span, title);
            }
        });
    }

    /// Every word of the set is mapped once, or is `otherwise`, or never occurs.
    fn words<'w>(
        &mut self,
        field: &Field,
        mapped: impl Iterator<Item = &'w String>,
        otherwise: Option<&'w String>,
        mapping: &'w Mapping,
    ) {
        let never = mapping.never.iter().map(|(word, _)| word);
        let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
        // A word may be both listed and the word of what is not listed.
        let mapped: Vec<&String> = mapped.collect();
        let extra = otherwise.into_iter().filter(|word| !mapped.contains(word));
        for word in mapped.iter().copied().chain(extra).chain(never) {
            *counted.entry(word.as_str()).or_default() += 1;
        }
        for (word, count) in &counted {
            if !field.words.iter().any(|known| known == word) {
                let title = format!("`{word}` is not a word of `{}`", field.name);
                let known = field.words.iter().map(String::as_str);
                self.problems
                    .unknown(Code::E0553, mapping.span, title, word, known);
            } else if *count > 1 {
                self.problems.at(
                    Code::E0555,
                    mapping.span,
                    format!("the word `{word}` of `{}` is mapped twice", field.name),
                );
            }
        }
        for word in field
            .words
            .iter()
            .filter(|word| !counted.contains_key(word.as_str()))
        {
            let title = format!(
                "the word `{word}` of `{}` is neither mapped nor said never to occur",
                field.name
            );
            let help = format!("add it to `words`, or `never: {{ {word}: why }}`");
            self.problems.help(Code::E0553, mapping.span, title, help);
        }
    }

    /// The columns of a source, each found in the products that would ask for it.
    fn source(&mut self, source: &Source, class: &ClassMapping, span: Span) -> Vec<&'a ColumnInfo> {
        let mut names: Vec<&str> = Vec::new();
        for (product, column) in &source.column {
            if !product.is_empty() && !self.schema.products.contains(product) {
                let title = format!("`{product}` is not a product of `{}`", self.schema.name);
                let known = self.schema.products.iter().map(String::as_str);
                self.problems
                    .unknown(Code::E0552, span, title, product, known);
            }
            self.exists(column, product, span);
            names.push(column);
        }
        for product in self
            .schema
            .products
            .iter()
            .filter(|product| source.column(product).is_empty())
        {
            self.problems.at(
                Code::E0552,
                span,
                format!("no column is named for the product `{product}`"),
            );
        }
        if let Some(other) = &source.switched {
            self.exists(&other.column, "", span);
            names.push(&other.column);
            let (field, word) = (&other.when.field, &other.when.word);
            let known = class
                .fields
                .get(field)
                .is_some_and(|switch| switch.how.words().iter().any(|(known, _)| known == word));
            if !known {
                let title = format!("`{word}` needs a mapped `{field}` with the word `{word}`");
                self.problems.at(Code::E0556, span, title);
            }
        }
        let columns: Vec<&ColumnInfo> = names
            .iter()
            .filter_map(|name| self.columns.get(name).copied())
            .collect();
        if !source.member.is_empty() {
            for column in columns.iter().filter(|column| column.ty != Type::Json) {
                let title = format!(
                    "`{}` holds {}, which has no members",
                    column.native.name, column.ty
                );
                let help = "a column that holds JSON has the type `dynamic` or `json`";
                self.problems
                    .help(Code::E0556, span, title, help.to_owned());
            }
            if source.switched.is_some() {
                let title = "a `member` is of one column, not of two that change places";
                self.problems.at(Code::E0556, span, title.to_owned());
            }
        }
        columns
    }

    /// A column exists in a product; with an empty product, in every one.
    fn exists(&mut self, name: &str, product: &str, span: Span) {
        let Some(column) = self.columns.get(name) else {
            let title = format!("the schema `{}` has no column `{name}`", self.schema.name);
            let known = self
                .schema
                .columns
                .iter()
                .map(|column| column.native.name.as_str());
            self.problems.unknown(Code::E0552, span, title, name, known);
            return;
        };
        let lacking = self
            .schema
            .products
            .iter()
            .filter(|known| product.is_empty() || *known == product)
            .find(|known| !column.products.is_empty() && !column.products.contains(known));
        if let Some(product) = lacking {
            self.problems.at(
                Code::E0552,
                span,
                format!(
                    "the product `{product}` of `{}` has no column `{name}`",
                    self.schema.name
                ),
            );
        }
    }

    /// A column's values are, after the cast, values of the field.
    fn fits(
        &mut self,
        field: &Field,
        column: &ColumnInfo,
        is_member: bool,
        cast: Cast,
        span: Span,
    ) {
        let column_name = &column.native.name;
        // A member is text.
        let ty = match is_member {
            true => &Type::Text,
            false => &column.ty,
        };
        let fits = !column.structured
            && match cast {
                Cast::None => *ty == field.ty || is_member && field.ty == Type::Ip,
                Cast::TextToInt => *ty == Type::Text && field.ty == Type::Int,
                Cast::IntToText => *ty == Type::Int && field.ty == Type::Text,
                Cast::Scaled(_) => *ty == Type::Int && field.ty == Type::Int,
                Cast::Part(_) => *ty == Type::Text && field.ty == Type::Text,
            };
        if !fits {
            let holds = if column.structured {
                "structured values".to_owned()
            } else {
                ty.to_string()
            };
            let title = format!(
                "`{}` is {}, and `{column_name}` holds {holds}",
                field.name, field.ty
            );
            let help = match ty {
                Type::Json => "name the member that is meant: `member: NAME`",
                _ => "a closed set needs `words`; a number in text needs `cast: text_to_int`",
            };
            self.problems.help(Code::E0556, span, title, help);
        }
        if column.native.multi && !field.multi {
            let title = format!(
                "`{column_name}` holds several values and `{}` one",
                field.name
            );
            self.problems.at(Code::E0556, span, title);
        }
        if !field.nullable && column.native.nullable {
            let title = format!(
                "`{}` is never missing, and `{column_name}` may be",
                field.name
            );
            self.problems.at(Code::E0556, span, title);
        }
    }
}
