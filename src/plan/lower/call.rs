//! Calls of functions, and look-ups in maps.

use super::super::{Expr, ExprKind, Type};
use super::literals::{coercible, is_literal};
use super::value::item_type;
use super::{Lowering, a, foreign, quoted};
use crate::catalog::{self, Accepts, Function, MissingRule, Parameter, Returns};
use crate::diag::{Code, Diagnostic, suggest};
use crate::hunt::MapOrigin;
use crate::source::Span;
use crate::syntax::ast;
use crate::value::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

const DAY: i64 = 86_400_000;

impl Lowering<'_> {
    pub(super) fn call(
        &mut self,
        name: &ast::Name,
        arguments: &[ast::Expr],
        span: Span,
    ) -> Option<Expr> {
        let Some(function) = catalog::function(&name.text) else {
            self.examine(arguments);
            return self.no_function(name, span);
        };
        if arguments.len() < function.least
            || function.most.is_some_and(|most| arguments.len() > most)
        {
            self.examine(arguments);
            return self.fail(
                Diagnostic::at(
                    Code::E0415,
                    span,
                    format!(
                        "`{}` takes {}, and {} given",
                        name.text,
                        how_many(function),
                        given(arguments.len())
                    ),
                )
                .help(format!("its signature: {}", function.signature()))
                .help(function.says.clone()),
            );
        }
        if function.name == "extract" {
            return self.extract(arguments, span);
        }
        let mut typed = Vec::new();
        let mut wrong = false;
        for (at, argument) in arguments.iter().enumerate() {
            let parameter = function.parameter(at)?;
            if let ast::ExprKind::Text(text) = &argument.kind
                && text.is_empty()
                && function.name == "replace"
            {
                wrong = true;
                self.fail::<()>(
                    Diagnostic::at(Code::E0406, argument.span, "the empty string is not a value")
                        .label("empty, absent and null are one state: missing")
                        .help("a part of a text is taken with `extract(text, /(…)/)`; for example `extract(x, /^(.+)\\.exe$/)`"),
                );
                continue;
            }
            match self
                .expr(argument)
                .and_then(|value| self.argument(function, parameter, value))
            {
                Some(value) => typed.push(value),
                None => wrong = true,
            }
        }
        if wrong {
            return None;
        }
        if function.returns == Returns::Same {
            let rule = format!("the arguments of `{}` have one type", function.name);
            typed = self.one_type(typed, Code::E0416, &rule)?;
        }
        self.special(function, &typed)?;
        let ty = match &function.returns {
            Returns::Type(ty) => ty.clone(),
            Returns::Same => typed.first()?.ty.clone(),
        };
        let nullable = match function.missing {
            MissingRule::Propagates => typed.iter().any(|value| value.nullable),
            MissingRule::Partial => true,
            MissingRule::Fallback => typed.iter().all(|value| value.nullable),
            MissingRule::False | MissingRule::Never => false,
        };
        let kind = ExprKind::Call {
            function: function.name.clone(),
            arguments: typed,
            pattern: None,
        };
        if ty == Type::Bool && function.missing == MissingRule::False {
            return self.predicate(kind, span);
        }
        Some(Self::over(kind, ty, nullable, span))
    }

    fn no_function(&mut self, name: &ast::Name, span: Span) -> Option<Expr> {
        let word = name.text.as_str();
        if let Some(foreign) = self.foreign.get(&name.span) {
            return self.fail(foreign.clone());
        }
        if super::group::aggregates().contains(&word) {
            return self.fail(
                Diagnostic::at(Code::E0311, span, format!("`{word}` is an aggregate, and there is no group here"))
                    .label("one row at a time")
                    .help(format!("name it in the block of a group, `group by … {{ n = {word}(…) }}`, and test `n` in a `where` after it")),
            );
        }
        let mut error = Diagnostic::at(
            Code::E0305,
            name.span,
            format!("there is no function `{word}`"),
        )
        .label("not a function");
        let names: Vec<&str> = catalog::functions().map(|f| f.name.as_str()).collect();
        error = match foreign::function(word) {
            Some(advice) => error.help(advice),
            None => match suggest::nearest(word, names.iter().copied()) {
                Some(near) => error.fix(name.span, near, "a function with a similar name exists"),
                None => error.help(format!("functions: {}", names.join(", "))),
            },
        };
        self.fail(error)
    }

    /// One argument as its parameter expects it.
    fn argument(
        &mut self,
        function: &Function,
        parameter: &Parameter,
        value: Expr,
    ) -> Option<Expr> {
        let span = value.span;
        if parameter.literal && !is_literal(&value) {
            return self.fail(
                Diagnostic::at(
                    Code::E0423,
                    span,
                    format!("`{}` of `{}` is a constant", parameter.name, function.name),
                )
                .label("not a constant")
                .help(format!("its signature: {}", function.signature())),
            );
        }
        if parameter
            .accepts
            .iter()
            .any(|accepts| accepts.takes(&value.ty))
        {
            return Some(value);
        }
        if is_literal(&value)
            && let Some(ty) = parameter
                .accepts
                .iter()
                .filter_map(|accepts| accepts.ty())
                .find(|ty| coercible(&value.ty, ty))
        {
            return self.coerce(value, &ty);
        }
        let words: Vec<&str> = parameter
            .accepts
            .iter()
            .map(|accepts| accepts.word())
            .collect();
        if let Type::Enum(field) = &value.ty {
            return self.fail(
                Diagnostic::at(Code::E0405, span, format!("`{}` cannot take `{field}`, a closed set of words", function.name))
                    .label("each platform has its own words for these")
                    .help("a closed set can be compared with its words, be a key of a group, be counted, or be output; `case { … }` makes text of it"),
            );
        }
        let error = Diagnostic::at(
            Code::E0416,
            span,
            format!(
                "`{}` of `{}` is {}",
                parameter.name,
                function.name,
                alternatives(&words)
            ),
        )
        .label(format!("this is {}", a(&value.ty)));
        if let ExprKind::Literal {
            value: constant,
            param: None,
        } = &value.kind
            && matches!(
                value.ty,
                Type::Int | Type::Float | Type::Bool | Type::Duration
            )
            && parameter.accepts.contains(&Accepts::Text)
        {
            let error = self.as_text(error, constant, span);
            return self.fail(error);
        }
        self.fail(match (function.name.as_str(), &value.ty) {
            ("int", Type::Int) | ("float", Type::Float) | ("ip", Type::Ip) => error.help("it has that type already; leave out the cast"),
            ("int", Type::Float) => error.help("a float is compared with floats; there is no rounding that all platforms share"),
            ("float", Type::Text) => error.help("a whole number is read by `float(int(x))`; other texts of numbers differ between platforms"),
            ("string", Type::Float | Type::Bool | Type::Time) => error.help("its text differs between platforms; output it as it is"),
            ("length", Type::Set(_)) => error.help("the number of elements of a set is `size(x)`"),
            ("size", Type::Text) => error.help("the number of characters of a text is `length(x)`"),
            (_, Type::Int) if parameter.accepts.contains(&Accepts::Text) => error.help("`string(x)` makes it text"),
            (_, Type::Text) if parameter.accepts.contains(&Accepts::Ip) => error.help("`ip(x)` reads an address from a text"),
            (_, Type::Ip) if parameter.accepts.contains(&Accepts::Text) => error.help("`string(x)` makes it text"),
            _ => error.help(format!("its signature: {}", function.signature())),
        })
    }

    /// Rules of single functions that types do not say.
    fn special(&mut self, function: &Function, arguments: &[Expr]) -> Option<()> {
        let constant = |at: usize| match arguments.get(at).map(|value| &value.kind) {
            Some(ExprKind::Literal { value, .. }) => Some(value.clone()),
            _ => None,
        };
        match function.name.as_str() {
            "substring" => {
                for at in [1, 2] {
                    if let (Some(Value::Int(n)), Some(argument)) = (constant(at), arguments.get(at))
                        && n < 0
                    {
                        return self.fail(
                            Diagnostic::at(Code::E0422, argument.span, "a place in a text is not negative")
                                .label("less than 0")
                                .help("characters are counted from 0; the end of a text is tested with `ends_with`, or taken with `extract(text, /(…)$/)`"),
                        );
                    }
                }
            }
            "bin" => {
                if let (Some(Value::Duration(width)), Some(argument)) =
                    (constant(1), arguments.get(1))
                    && !(width > 0 && (DAY % width == 0 || width == 7 * DAY))
                {
                    return self.fail(
                        Diagnostic::at(
                            Code::E0420,
                            argument.span,
                            "the width of a window divides a day, or is 7d",
                        )
                        .label("windows of this width would drift through the day")
                        .help(
                            "for example 5m, 10m, 15m, 30m, 1h, 2h, 3h, 4h, 6h, 8h, 12h, 24h, 7d",
                        ),
                    );
                }
            }
            _ => {}
        }
        Some(())
    }

    fn extract(&mut self, arguments: &[ast::Expr], span: Span) -> Option<Expr> {
        let function = catalog::function("extract")?;
        let [text, regex] = arguments else {
            return None;
        };
        let text = match &text.kind {
            ast::ExprKind::Regex { .. } => {
                return self.fail(
                    Diagnostic::at(
                        Code::E0416,
                        text.span,
                        "the text comes first, the regex second",
                    )
                    .help(format!("its signature: {}", function.signature())),
                );
            }
            _ => self.expr(text),
        };
        let pattern = self.extraction(regex);
        let parameter = function.parameter(0)?;
        let text = self.argument(function, parameter, text?)?;
        let kind = ExprKind::Call {
            function: function.name.clone(),
            arguments: vec![text],
            pattern: Some(pattern?),
        };
        Some(Self::over(kind, Type::Text, true, span))
    }

    pub(super) fn lookup(&mut self, map: &ast::Name, key: &ast::Expr, span: Span) -> Option<Expr> {
        let key = self.expr(key);
        let hunt = self.hunt;
        let Some(table) = hunt.and_then(|hunt| hunt.maps.get(&map.text)) else {
            if let Some(list) = hunt.and_then(|hunt| hunt.lists.get(&map.text)) {
                return self.fail(
                    Diagnostic::at(
                        Code::E0307,
                        map.span,
                        format!("`${}` is a list, and only maps are looked up", map.text),
                    )
                    .also(list.name_span, "declared here")
                    .help("membership in a list is tested with `in`"),
                );
            }
            return self.unknown_reference(&map.text, map.span, "map");
        };
        let key = key?;
        let wanted;
        let rows: Arc<Vec<(Value, Arc<str>)>> = match &table.origin {
            MapOrigin::Rows { ty, rows } => {
                wanted = item_type(*ty);
                Arc::new(
                    rows.iter()
                        .map(|(key, value)| (key.value.clone(), Arc::from(value.value.as_str())))
                        .collect(),
                )
            }
            MapOrigin::Schema { schema, codes } => {
                let of = || (self.catalog.schemas.iter()).filter(|s| s.name == schema.value);
                if of().next().is_none() {
                    let mut names: Vec<&str> = self
                        .catalog
                        .schemas
                        .iter()
                        .map(|s| s.name.as_str())
                        .collect();
                    names.dedup();
                    return self.fail(
                        Diagnostic::at(
                            Code::E0313,
                            schema.span,
                            format!("no schema `{}`", schema.value),
                        )
                        .help(format!("schemas: {}", quoted(&names))),
                    );
                }
                // The classes of a platform share its code tables and may have some of their own.
                let Some(coded) = of().find_map(|s| s.code_tables.get(&codes.value)) else {
                    let names: BTreeSet<&str> = of()
                        .flat_map(|s| s.code_tables.keys().map(String::as_str))
                        .collect();
                    let names: Vec<&str> = names.into_iter().collect();
                    let mut error = Diagnostic::at(
                        Code::E0313,
                        codes.span,
                        format!(
                            "schema `{}` has no code table `{}`",
                            schema.value, codes.value
                        ),
                    );
                    if let Some(near) = suggest::nearest(&codes.value, names.iter().copied()) {
                        error =
                            error.fix(codes.span, near, "a code table with a similar name exists");
                    }
                    return self.fail(error.help(format!("its code tables: {}", quoted(&names))));
                };
                // Codes are text; where all of them are numbers, an int looks them up as well.
                let numbers: Option<Vec<_>> = coded
                    .rows
                    .iter()
                    .map(|(code, name)| Some((Value::Int(code.parse().ok()?), name.clone())))
                    .collect();
                match numbers {
                    Some(numbers) if key.ty == Type::Int => {
                        wanted = Type::Int;
                        Arc::new(numbers)
                    }
                    _ => {
                        wanted = Type::Text;
                        Arc::new(
                            coded
                                .rows
                                .iter()
                                .map(|(code, name)| (Value::text(code), name.clone()))
                                .collect(),
                        )
                    }
                }
            }
        };
        if key.ty != wanted && !(is_literal(&key) && coercible(&key.ty, &wanted)) {
            let error = Diagnostic::at(
                Code::E0426,
                key.span,
                format!("the keys of `${}` are of type {wanted}", map.text),
            )
            .label(format!("this is {}", a(&key.ty)))
            .also(table.name_span, "declared here");
            if let (ExprKind::Literal { value, param: None }, Type::Text) = (&key.kind, &wanted) {
                let error = self.as_text(error, value, key.span);
                return self.fail(error);
            }
            return self.fail(match (&key.ty, &wanted) {
                (Type::Int, Type::Text) => error.help("`string(x)` makes it text"),
                (Type::Text, Type::Int) => error.help("`int(x)` reads a number"),
                (Type::Enum(_), _) => error.help("a closed set is mapped with `case { … }`"),
                _ => error,
            });
        }
        // A key without a name is a key that is not in the map: missing either way.
        let rows = if rows.iter().any(|(_, name)| name.is_empty()) {
            Arc::new(
                rows.iter()
                    .filter(|(_, name)| !name.is_empty())
                    .cloned()
                    .collect(),
            )
        } else {
            rows
        };
        let key = self.coerce(key, &wanted)?;
        let kind = ExprKind::Lookup {
            map: map.text.clone(),
            rows,
            key: Box::new(key),
        };
        Some(Self::over(kind, Type::Text, true, span))
    }
}

fn how_many(function: &Function) -> String {
    let count = |n: usize| {
        if n == 1 {
            "one argument".to_owned()
        } else {
            format!("{n} arguments")
        }
    };
    match function.most {
        None => format!("{} or more", count(function.least)),
        Some(most) if most == function.least => count(most),
        Some(most) => format!("{} to {}", function.least, count(most)),
    }
}

fn given(n: usize) -> String {
    match n {
        0 => "none is".to_owned(),
        1 => "one is".to_owned(),
        n => format!("{n} are"),
    }
}

fn alternatives(words: &[&str]) -> String {
    match words {
        [one @ ("int" | "ip")] => format!("an {one}"),
        [one] => format!("a {one}"),
        [start @ .., last] => format!("one of {} and {last}", start.join(", ")),
        [] => String::new(),
    }
}
