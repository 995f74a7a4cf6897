//! Literals, parameters and lists: constants of the hunt, and how a literal takes the type it is used at.

use super::super::{Expr, ExprKind, Type};
use super::literals::{coercible, is_literal};
use super::{Lowering, a, duration, literal, quoted};
use crate::diag::{Code, Diagnostic, suggest};
use crate::hunt::{Hunt, ItemType};
use crate::net;
use crate::source::{Span, Spanned};
use crate::syntax::ast;
use crate::value::{Value, order};
use std::collections::BTreeMap;

/// The constants of a list.
pub(super) struct Items {
    /// Typed by their own spelling.
    pub items: Vec<Expr>,
    /// The list of the hunt they come from.
    pub list: Option<String>,
    /// What that list was declared to hold.
    pub declared: Option<ItemType>,
}

impl Lowering<'_> {
    /// A number or a duration. Leading zeros have no meaning in a number, so an author who writes them means something else: text, or octal digits.
    pub(super) fn number(&mut self, value: Value, ty: Type, span: Span) -> Option<Expr> {
        let written = self.source.at(span).unwrap_or_default();
        if let Some(bare) = without_zeros(written) {
            let error = Diagnostic::at(Code::E0429, span, format!("`{written}` has leading zeros"))
                .label("other languages read octal digits here")
                .fix(span, bare, "the same number without them");
            self.fail::<()>(error);
        }
        Some(Expr::literal(value, ty, span))
    }

    /// The error with the constant as text, for a place that expects text: what was written is kept, because `0123` and `123` are two texts.
    pub(super) fn as_text(&mut self, error: Diagnostic, value: &Value, span: Span) -> Diagnostic {
        // As text the zeros are right.
        let zeros = |error: &Diagnostic| {
            error.code == Code::E0429 && error.primary.as_ref().is_some_and(|at| at.span == span)
        };
        self.errors.retain(|error| !zeros(error));
        let text = self
            .source
            .at(span)
            .map_or_else(|| super::super::show::value(value), str::to_owned);
        error.fix(span, literal(&text), "text is written in quotes")
    }

    /// A text literal.
    pub(super) fn text(&mut self, text: &str, span: Span) -> Option<Expr> {
        if text.is_empty() {
            return self.fail(
                Diagnostic::at(Code::E0406, span, "the empty string is not a value")
                    .label("empty, absent and null are one state: missing")
                    .help("test it with `x is missing` or `x exists`"),
            );
        }
        Some(Expr::literal(Value::text(text), Type::Text, span))
    }

    /// The value of `$name`.
    pub(super) fn parameter(&mut self, name: &str, span: Span) -> Option<Expr> {
        let hunt = self.hunt;
        let Some(param) = hunt.and_then(|hunt| hunt.params.get(name)) else {
            return self.not_a_parameter(name, span);
        };
        let value = self.params.get(name).cloned().unwrap_or(Value::Missing);
        if value.is_missing() {
            return self.fail(
                Diagnostic::at(Code::E0406, span, format!("parameter `${name}` is empty"))
                    .also(param.default.span, "declared here")
                    .help("a parameter has a value; the empty string is not one"),
            );
        }
        let kind = ExprKind::Literal {
            value,
            param: Some(name.to_owned()),
        };
        Some(Expr {
            kind,
            ..Expr::literal(Value::Missing, item_type(param.ty), span)
        })
    }

    fn not_a_parameter<T>(&mut self, name: &str, span: Span) -> Option<T> {
        let place = |hunt: &Hunt| {
            hunt.lists
                .get(name)
                .map(|list| ("list", list.name_span, format!("a list stands after `in`, `not in`, `in_cidr` or a text test: `x in ${name}`")))
                .or_else(|| hunt.maps.get(name).map(|map| ("map", map.name_span, format!("a map is looked up with a key: `${name}[x]`"))))
                .or_else(|| hunt.tables.get(name).map(|table| ("table", table.name_span, format!("a table is joined with: `join ${name} as t on …`"))))
        };
        if let Some((what, declared, help)) = self.hunt.and_then(place) {
            return self.fail(
                Diagnostic::at(
                    Code::E0307,
                    span,
                    format!("expected a value, found `${name}`, which is a {what}"),
                )
                .label("expected a value")
                .also(declared, "declared here")
                .help(help),
            );
        }
        self.unknown_reference(name, span, "parameter")
    }

    /// `$name` that is nowhere declared.
    pub(super) fn unknown_reference<T>(&mut self, name: &str, span: Span, what: &str) -> Option<T> {
        if !self.told.insert(format!("${name}")) {
            return None;
        }
        let declared: Vec<String> = self.hunt.map_or_else(Vec::new, |hunt| {
            hunt.params
                .keys()
                .chain(hunt.lists.keys())
                .chain(hunt.maps.keys())
                .chain(hunt.tables.keys())
                .map(|n| format!("${n}"))
                .collect()
        });
        let mut error = Diagnostic::at(
            Code::E0306,
            span,
            format!("the hunt declares no {what} `${name}`"),
        )
        .label("not declared");
        if let Some(near) =
            suggest::nearest(&format!("${name}"), declared.iter().map(String::as_str))
        {
            error = error.fix(span, near, "a similar name is declared");
        } else if declared.is_empty() {
            error = error.help("parameters, lists, maps and tables are declared under `params:`, `lists:`, `maps:` and `tables:` of the hunt");
        } else {
            error = error.help(format!("declared: {}", quoted(&declared)));
        }
        self.fail(error)
    }

    /// The items of `[…]` or of `$list`. A reference that is not a list, or another expression, is refused.
    /// `beside` is the type of what they are compared with, when that is known.
    pub(super) fn items(
        &mut self,
        list: &ast::Expr,
        operator: &str,
        beside: Option<&Type>,
    ) -> Option<Items> {
        match &list.kind {
            ast::ExprKind::List(parts) => {
                let items: Vec<Option<Expr>> =
                    parts.iter().map(|part| self.item(part, beside)).collect();
                let items = items.into_iter().collect::<Option<Vec<_>>>()?;
                if items.is_empty() {
                    return self.fail(
                        Diagnostic::at(Code::E0407, list.span, "the list is empty")
                            .help("a list has at least one entry"),
                    );
                }
                Some(Items {
                    items,
                    list: None,
                    declared: None,
                })
            }
            ast::ExprKind::Reference(name) => {
                let hunt = self.hunt;
                let Some(named) = hunt.and_then(|hunt| hunt.lists.get(name)) else {
                    if let Some(param) = hunt.and_then(|hunt| hunt.params.get(name)) {
                        return self.fail(
                            Diagnostic::at(
                                Code::E0307,
                                list.span,
                                format!(
                                    "`${name}` is a single value, and `{operator}` wants a list"
                                ),
                            )
                            .also(param.name_span, "declared here")
                            .fix(
                                list.span,
                                format!("[${name}]"),
                                "a list with this one value",
                            ),
                        );
                    }
                    if let Some(map) = hunt.and_then(|hunt| hunt.maps.get(name)) {
                        return self.fail(
                            Diagnostic::at(
                                Code::E0307,
                                list.span,
                                format!("`${name}` is a map, and `{operator}` wants a list"),
                            )
                            .also(map.name_span, "declared here")
                            .help(format!(
                                "whether a key is in the map is tested with `${name}[x] exists`"
                            )),
                        );
                    }
                    return self.unknown_reference(name, list.span, "list");
                };
                if named.values.is_empty() {
                    return self.fail(
                        Diagnostic::at(
                            Code::E0407,
                            list.span,
                            format!("the list `${name}` is empty"),
                        )
                        .also(named.name_span, "declared here")
                        .help("a list has at least one entry"),
                    );
                }
                let ty = item_type(named.ty);
                let items: Vec<Option<Expr>> = named
                    .values
                    .iter()
                    .map(|entry| match &entry.value {
                        Value::Missing => self.text("", entry.span),
                        value => Some(Expr::literal(value.clone(), ty.clone(), entry.span)),
                    })
                    .collect();
                let items = items.into_iter().collect::<Option<Vec<_>>>()?;
                Some(Items {
                    items,
                    list: Some(name.clone()),
                    declared: Some(named.ty),
                })
            }
            ast::ExprKind::Text(text) => self.fail(
                Diagnostic::at(Code::E0407, list.span, format!("`{operator}` wants a list"))
                    .label("a single value")
                    .fix(
                        list.span,
                        format!("[{}]", literal(text)),
                        "a list with this one value",
                    ),
            ),
            ast::ExprKind::Int(_) | ast::ExprKind::Float(_) | ast::ExprKind::Duration(_)
                if self.source.at(list.span).is_some() =>
            {
                let written = self.source.at(list.span).unwrap_or_default();
                let entry = match beside {
                    Some(Type::Text) => literal(written),
                    _ => without_zeros(written).unwrap_or_else(|| written.to_owned()),
                };
                self.fail(
                    Diagnostic::at(Code::E0407, list.span, format!("`{operator}` wants a list"))
                        .label("a single value")
                        .fix(
                            list.span,
                            format!("[{entry}]"),
                            "a list with this one value",
                        ),
                )
            }
            _ => self.fail(
                Diagnostic::at(Code::E0407, list.span, format!("`{operator}` wants a list"))
                    .label("not a list")
                    .help("write `[a, b]`, or name a list of the hunt: `$list`"),
            ),
        }
    }

    fn item(&mut self, part: &ast::Expr, beside: Option<&Type>) -> Option<Expr> {
        match &part.kind {
            ast::ExprKind::Reference(name)
                if self.hunt.is_some_and(|hunt| hunt.lists.contains_key(name)) =>
            {
                self.fail(
                    Diagnostic::at(Code::E0407, part.span, "a list within a list")
                        .help(format!("test them one by one: `x in [..] or x in ${name}`")),
                )
            }
            ast::ExprKind::List(_) => self.fail(Diagnostic::at(
                Code::E0407,
                part.span,
                "a list within a list",
            )),
            _ => {
                let typed = self.beside(part, beside)?;
                if is_literal(&typed) {
                    return Some(typed);
                }
                self.fail(
                    Diagnostic::at(
                        Code::E0423,
                        part.span,
                        "the entries of a list are constants",
                    )
                    .label("not a constant")
                    .help("compare with a column by `==`"),
                )
            }
        }
    }

    /// A value as `wanted`: a literal takes the type it is used at, anything else has it or is refused.
    pub(super) fn coerce(&mut self, expr: Expr, wanted: &Type) -> Option<Expr> {
        if expr.ty == *wanted {
            return Some(expr);
        }
        let ExprKind::Literal { value, param } = &expr.kind else {
            return self.mismatch(&expr, wanted);
        };
        let value = match (value, wanted) {
            (Value::Int(n), Type::Float) => {
                #[allow(clippy::cast_precision_loss)]
                let float = *n as f64;
                Value::Float(float)
            }
            (Value::Text(text), Type::Ip) => {
                let text = text.clone();
                Value::text(&self.address(&text, expr.span, param.is_none())?)
            }
            (Value::Text(text), Type::Enum(field)) => {
                let text = text.clone();
                Value::text(&self.word(&text, field, expr.span, param.is_none())?)
            }
            _ => return self.mismatch(&expr, wanted),
        };
        let kind = ExprKind::Literal {
            value,
            param: param.clone(),
        };
        Some(Expr {
            kind,
            ty: wanted.clone(),
            ..expr
        })
    }

    /// An address in canonical form.
    fn address(&mut self, text: &str, span: Span, written: bool) -> Option<String> {
        if net::is_canonical(text) {
            return Some(text.to_owned());
        }
        let mut error = Diagnostic::at(
            Code::E0408,
            span,
            format!("{} is not an address in canonical form", literal(text)),
        );
        error = match net::canonical(text) {
            Some(canonical) if written => error.fix(
                span,
                literal(&canonical),
                "the canonical form of this address",
            ),
            Some(canonical) => error.help(format!("its canonical form is `{canonical}`")),
            None if text.contains('/') => error.label("a network").help(
                "membership in a network is tested with `in_cidr`: `dst.ip in_cidr \"10.0.0.0/8\"`",
            ),
            None if text.contains('*') => error.label("wildcards mean nothing here").help(
                "membership in a network is tested with `in_cidr`: `dst.ip in_cidr \"10.0.0.0/8\"`",
            ),
            None => error.label("not an IPv4 or IPv6 address"),
        };
        self.fail(error)
    }

    /// A word of a closed set.
    fn word(&mut self, text: &str, field: &str, span: Span, written: bool) -> Option<String> {
        let words = self
            .class
            .and_then(|class| class.fields.get(field))
            .map_or(&[][..], |field| &field.words);
        if words.iter().any(|word| word == text) {
            return Some(text.to_owned());
        }
        let mut error = Diagnostic::at(
            Code::E0404,
            span,
            format!("{} is not a word of `{field}`", literal(text)),
        )
        .label("no event ever has this word");
        let spoken = self.spoken(text, field);
        let near = suggest::nearest(text, words.iter().map(String::as_str));
        match (near, spoken) {
            (Some(near), _) if written => {
                error = error.fix(span, literal(near), "a word like it is in the set");
            }
            (Some(near), _) => {
                error = error.help(format!("a word like it is in the set: `{near}`"))
            }
            (None, Some((schema, word))) if written => {
                error = error.fix(
                    span,
                    literal(&word),
                    format!("the neutral word for what `{schema}` calls so"),
                );
            }
            (None, Some((schema, word))) => {
                error = error.help(format!(
                    "the neutral word for what `{schema}` calls so is `{word}`"
                ));
            }
            (None, None) => {}
        }
        self.fail(error.help(format!("the words of `{field}`: {}", quoted(words))))
    }

    /// The neutral word for a platform's own word, and the platform.
    pub(super) fn spoken(&self, text: &str, field: &str) -> Option<(String, String)> {
        let class = self.class?;
        self.catalog.schemas.iter().find_map(|schema| {
            let mapping = schema.of_class(&class.name)?.fields.get(field)?;
            let (word, _) = mapping
                .how
                .words()
                .iter()
                .find(|(_, native)| native.iter().any(|n| n.eq_ignore_ascii_case(text)))?;
            Some((schema.name.clone(), word.clone()))
        })
    }

    /// A type that is not the one wanted, with the right literal where there is one.
    pub(super) fn mismatch<T>(&mut self, expr: &Expr, wanted: &Type) -> Option<T> {
        let span = expr.span;
        let error = Diagnostic::at(
            Code::E0401,
            span,
            format!("expected {wanted}, found {}", expr.ty),
        )
        .label(format!("{}, not {}", expr.ty, a(wanted)));
        let (value, written) = match &expr.kind {
            ExprKind::Literal { value, param } => (value, param.is_none()),
            _ => return self.fail(cast(error, expr, wanted)),
        };
        let error = match (value, wanted) {
            (Value::Text(text), Type::Int) if written && text.parse::<i64>().is_ok() => {
                let number = text.parse::<i64>().unwrap_or_default();
                error.fix(span, number.to_string(), "a number is written without quotes")
            }
            (Value::Text(text), Type::Float) if written && number(text).is_some() => {
                let number = super::super::show::value(&Value::Float(number(text).unwrap_or_default()));
                error.fix(span, number, "a number is written without quotes")
            }
            (Value::Text(text), Type::Bool) if written && ["true", "false"].contains(&&*text.to_lowercase()) => error.fix(span, text.to_lowercase(), "a bool is written without quotes"),
            (Value::Int(_) | Value::Float(_) | Value::Bool(_) | Value::Duration(_), Type::Text) if written => {
                self.as_text(error, value, span)
            }
            (Value::Int(0 | 1), Type::Bool) => error.help("a bool is `true` or `false`"),
            (Value::Duration(d), Type::Time) if written => Diagnostic { code: Code::E0419, ..error }
                .fix(span, format!("now - {}", duration(*d)), "an instant that long ago"),
            (Value::Duration(_), Type::Time) => Diagnostic { code: Code::E0419, ..error }.help("an instant that long ago is `now - $…`"),
            (Value::Text(_) | Value::Int(_), Type::Time) => Diagnostic { code: Code::E0419, ..error }
                .help("a hunt names no fixed dates; instants are counted from the time of the run: `now - 7d`"),
            (Value::Int(n), Type::Duration) => Diagnostic { code: Code::E0419, ..error }
                .help(format!("a duration has a unit: `{n}s`, `{n}m`, `{n}h`, `{n}d`")),
            _ => error,
        };
        self.fail(error)
    }

    /// Checks the environment's values and puts them in place of the defaults.
    pub(super) fn check_overrides(
        &mut self,
        hunt: &Hunt,
        overrides: &BTreeMap<String, Spanned<Value>>,
    ) {
        for (name, given) in overrides {
            let Some(param) = hunt.params.get(name) else {
                let names: Vec<&str> = hunt.params.keys().map(String::as_str).collect();
                let mut error = Diagnostic::at(
                    Code::E0306,
                    given.span,
                    format!("hunt `{}` has no parameter `{name}`", hunt.slug.value),
                );
                if let Some(near) = suggest::nearest(name, names.iter().copied()) {
                    error = error.help(format!("a parameter with a similar name exists: `{near}`"));
                } else if !names.is_empty() {
                    error = error.help(format!("its parameters: {}", quoted(&names)));
                }
                self.fail::<()>(error);
                continue;
            };
            let value = match (&given.value, param.ty) {
                (Value::Int(n), ItemType::Float) => {
                    #[allow(clippy::cast_precision_loss)]
                    let float = *n as f64;
                    Value::Float(float)
                }
                (value, _) => value.clone(),
            };
            let wanted = item_type(param.ty);
            let fits = matches!(
                (&value, &wanted),
                (Value::Bool(_), Type::Bool)
                    | (Value::Int(_), Type::Int)
                    | (Value::Float(_), Type::Float)
                    | (Value::Text(_), Type::Text | Type::Ip)
                    | (Value::Duration(_), Type::Duration)
            );
            let error = if !fits {
                Diagnostic::at(
                    Code::E0421,
                    given.span,
                    format!("parameter `${name}` is {}", a(&wanted)),
                )
                .label("a value of another type")
            } else if param
                .min
                .as_ref()
                .is_some_and(|min| order::compare(&value, min).is_lt())
            {
                Diagnostic::at(
                    Code::E0421,
                    given.span,
                    format!("this value of `${name}` is less than the least allowed"),
                )
            } else if param
                .max
                .as_ref()
                .is_some_and(|max| order::compare(&value, max).is_gt())
            {
                Diagnostic::at(
                    Code::E0421,
                    given.span,
                    format!("this value of `${name}` is greater than the greatest allowed"),
                )
            } else {
                self.params.insert(name.clone(), value);
                continue;
            };
            self.fail::<()>(error.also(param.name_span, "declared here"));
        }
    }
}

/// A number as written, without its leading zeros; `None` where there are none.
fn without_zeros(written: &str) -> Option<String> {
    let (sign, digits) = match written.strip_prefix('-') {
        Some(digits) => ("-", digits.trim_start()),
        None => ("", written),
    };
    let rest = digits.trim_start_matches('0');
    let bare = if rest.starts_with(|c: char| c.is_ascii_digit()) {
        rest.to_owned()
    } else {
        format!("0{rest}")
    };
    (digits.starts_with('0') && bare != digits).then(|| format!("{sign}{bare}"))
}

/// A text that the language would read as a number.
fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let number = digits.starts_with(|c: char| c.is_ascii_digit());
    text.parse::<f64>()
        .ok()
        .filter(|value| number && value.is_finite())
}

/// The cast that would give the wanted type, for an expression that is not a literal.
fn cast(error: Diagnostic, expr: &Expr, wanted: &Type) -> Diagnostic {
    match (&expr.ty, wanted) {
        (Type::Int | Type::Ip, Type::Text) => error.help("`string(x)` makes it text"),
        (Type::Text, Type::Int) => error.help("`int(x)` reads a number in decimal digits"),
        (Type::Text, Type::Ip) => error.help("`ip(x)` reads an address"),
        (Type::Int, Type::Float) => error.help("`float(x)` makes it a float"),
        (Type::Enum(_), Type::Text) => {
            error.help("the words of a closed set are compared with literals; they are not text")
        }
        _ if coercible(&expr.ty, wanted) => {
            error.help("only a literal takes the type it is used at")
        }
        _ => error,
    }
}

/// The type of a list's or parameter's values; networks are text until they are parsed.
pub(super) fn item_type(ty: ItemType) -> Type {
    match ty {
        ItemType::Bool => Type::Bool,
        ItemType::Int => Type::Int,
        ItemType::Float => Type::Float,
        ItemType::Text | ItemType::Network => Type::Text,
        ItemType::Duration => Type::Duration,
        ItemType::Ip => Type::Ip,
    }
}
