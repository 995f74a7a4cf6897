//! Functions of the language as text.
//!
//! In: a call whose value is needed. Out: a fragment. Guarantee: missing arguments give a missing result as the function's semantics say, also where the
//! engine's own function would take the empty text for a value.

use super::fold;
use super::lengths;
use super::printer::{Printer, Refusal};
use crate::backend::dialect::fragment::Fragment;
use crate::backend::dialect::loaded::Kind;
use crate::backend::dialect::render::Holes;
use crate::backend::dialect::signature;
use crate::plan::made_functions::{MEMBER_TEXT, NTH_LEAST, WINDOWS_AGO};
use crate::plan::{Expr, ExprKind};
use crate::source::Span;
use crate::value::Value;

const WEEK: i64 = 7 * 86_400_000;

impl Printer<'_> {
    /// A function over printed arguments, in the variant for the kind of the first.
    ///
    /// # Errors
    /// The dialect says that the engine cannot, or is faulty.
    pub fn apply(
        &self,
        function: &str,
        arguments: &[Fragment],
        kinds: &[Kind],
        span: Span,
    ) -> Result<Fragment, Refusal> {
        let holes = self.holes(function, arguments);
        let variants: Vec<&str> = kinds.iter().take(1).map(|kind| kind.as_str()).collect();
        self.entry("functions", function, &variants, holes, span)
    }

    fn holes(&self, function: &str, arguments: &[Fragment]) -> Holes {
        let mut holes = Holes::new().list("arguments", arguments);
        let names = signature::holes_of(function);
        for (at, name) in names.iter().enumerate() {
            if *name != "arguments" {
                holes = holes.maybe(name, arguments.get(at));
            }
        }
        holes
    }

    pub(crate) fn call(&self, expr: &Expr) -> Result<Fragment, Refusal> {
        let span = expr.span;
        let ExprKind::Call {
            function,
            arguments,
            pattern,
        } = &expr.kind
        else {
            return self.value(expr);
        };
        if let (Some(lookup), [argument]) = (
            self.dialect.file.lookups.get(function),
            arguments.as_slice(),
        ) && lookup.pattern.is_some()
        {
            let holes = Holes::new().with("value", &self.value(argument)?);
            return self.entry("lookups", function, &[], holes, span);
        }
        if fold::is_cased_text(expr) {
            self.note_folding(span);
            self.note_letters(function == "upper", span);
        }
        let facts: Vec<_> = arguments.iter().map(|a| self.facts(a)).collect();
        if function == "string" && facts.iter().all(|f| f.kind == Kind::Text) {
            return arguments
                .first()
                .map_or_else(|| self.nothing(Kind::Text, span), |a| self.value(a));
        }
        let name = lengths::entry_name(function);
        let guard = function == name
            && self
                .dialect
                .entry("functions", &[name.to_owned()])
                .is_some_and(|(_, entry)| entry.guard);
        let mut printed = self.arguments(function, arguments, guard)?;
        let mut variants: Vec<&str> = facts.iter().take(1).map(|f| f.kind.as_str()).collect();
        let mut holes = Holes::new();
        match (function.as_str(), arguments.as_slice()) {
            (
                "bin",
                [
                    _,
                    Expr {
                        kind:
                            ExprKind::Literal {
                                value: Value::Duration(width),
                                ..
                            },
                        ..
                    },
                ],
            ) => {
                if let Some(place) = printed.get_mut(1) {
                    *place = self.interval(*width);
                }
                holes = holes.with("milliseconds", &self.integer(*width, span)?);
                if *width == WEEK {
                    variants.insert(0, "week");
                }
            }
            ("replace", [_, from, to]) => {
                holes = holes
                    .with("regex", &self.text(&escaped_regex(from), span)?)
                    .with("replacement", &self.text(&escaped_replacement(to), span)?);
            }
            ("substring", [_, start, ..]) => {
                if let ExprKind::Literal {
                    value: Value::Int(start),
                    ..
                } = start.kind
                {
                    holes = holes.with("position", &self.integer(start.saturating_add(1), span)?);
                }
            }
            (
                NTH_LEAST,
                [
                    _,
                    Expr {
                        kind:
                            ExprKind::Literal {
                                value: Value::Int(place),
                                ..
                            },
                        ..
                    },
                ],
            ) => {
                holes = holes.with("position", &self.integer(place.saturating_add(1), span)?);
            }
            (
                WINDOWS_AGO,
                [
                    _,
                    _,
                    Expr {
                        kind:
                            ExprKind::Literal {
                                value: Value::Int(length),
                                ..
                            },
                        ..
                    },
                ],
            ) => {
                for (name, units) in [("length_us", 1_000), ("length_ns", 1_000_000)] {
                    let length = length.saturating_mul(units);
                    holes = holes.with(name, &self.integer(length, span)?);
                }
            }
            (MEMBER_TEXT, [_, way @ ..]) => {
                printed.truncate(1);
                holes = self.way_holes(holes, way, span)?;
            }
            ("extract", _) => {
                let (text, whole) = match pattern {
                    Some(pattern) => self.extract_regex(pattern, span)?,
                    None => return Err(self.refuse(span, "extract", "it has no regex")),
                };
                holes = holes.with("pattern", &text).with("whole", &whole);
            }
            _ => {}
        }
        let holes = self.holes(name, &printed).and(holes);
        let result = self.entry("functions", name, &variants, holes, span)?;
        if guard && self.dialect.can().text_is_never_null {
            return self.guarded(result, arguments, expr);
        }
        Ok(result)
    }

    /// The way to a member of JSON in the forms that patterns ask for. The schema lets nothing through in a key that a form would have to escape.
    fn way_holes(&self, holes: Holes, way: &[Expr], span: Span) -> Result<Holes, Refusal> {
        let (mut path, mut brackets, mut access) = ("$".to_owned(), "$".to_owned(), String::new());
        let (mut steps, mut counted) = (Vec::new(), Vec::new());
        for step in way {
            match &step.kind {
                ExprKind::Literal {
                    value: Value::Int(place),
                    ..
                } => {
                    for text in [&mut path, &mut brackets, &mut access] {
                        text.push_str(&format!("[{place}]"));
                    }
                    steps.push(self.integer(*place, span)?);
                    counted.push(self.integer(place.saturating_add(1), span)?);
                }
                ExprKind::Literal {
                    value: Value::Text(key),
                    ..
                } => {
                    let quoted = self.text(key, span)?;
                    if self.name(key).as_str() == &**key {
                        for text in [&mut path, &mut brackets, &mut access] {
                            text.push_str(&format!(".{key}"));
                        }
                    } else {
                        path.push_str(&format!(".\"{key}\""));
                        brackets.push_str(&format!("['{key}']"));
                        access.push_str(&format!("[{}]", quoted.as_str()));
                    }
                    steps.push(quoted.clone());
                    counted.push(quoted);
                }
                _ => return Err(self.refuse(span, MEMBER_TEXT, "its way is no constant")),
            }
        }
        let Some((last, outer)) = steps.split_last() else {
            return Err(self.refuse(span, MEMBER_TEXT, "it has no way"));
        };
        Ok(holes
            .with("path", &self.text(&path, span)?)
            .with("brackets", &self.text(&brackets, span)?)
            .with("access", &Fragment::word(&access))
            .with("last", last)
            .list("outer", outer)
            .list("counted", &counted))
    }

    fn arguments(
        &self,
        function: &str,
        arguments: &[Expr],
        guard: bool,
    ) -> Result<Vec<Fragment>, Refusal> {
        if function == "coalesce"
            && arguments.iter().any(|a| self.facts(a).blank)
            && !self.dialect.can().text_is_never_null
        {
            // A blank argument must yield to the next.
            return arguments
                .iter()
                .map(|argument| {
                    if self.facts(argument).kind == Kind::Ip {
                        self.textual(argument)
                    } else {
                        self.normalised(argument)
                    }
                })
                .collect();
        }
        if function == "coalesce" {
            return self.branches(&arguments.iter().collect::<Vec<_>>());
        }
        arguments
            .iter()
            .map(|argument| {
                if guard {
                    self.normalised(argument)
                } else {
                    self.value(argument)
                }
            })
            .collect()
    }

    /// The result where all arguments are present, else the missing value.
    fn guarded(
        &self,
        result: Fragment,
        arguments: &[Expr],
        call: &Expr,
    ) -> Result<Fragment, Refusal> {
        let mut tests = Vec::new();
        for argument in arguments.iter().filter(|a| self.facts(a).blank) {
            let test = self.exists(argument)?;
            if !tests.contains(&test) {
                tests.push(test);
            }
        }
        match tests.as_slice() {
            [] => Ok(result),
            [one] => self.choose(
                &[(one.clone(), result)],
                None,
                self.facts(call).kind,
                call.span,
            ),
            many => {
                let all = self.operator("and", &[], Holes::new().list("parts", many), call.span)?;
                self.choose(&[(all, result)], None, self.facts(call).kind, call.span)
            }
        }
    }
}

fn text_of(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Literal {
            value: Value::Text(text),
            ..
        } => text.to_string(),
        _ => String::new(),
    }
}

/// A regex (of any dialect) that matches just this text.
fn escaped_regex(expr: &Expr) -> String {
    text_of(expr)
        .chars()
        .flat_map(|c| {
            c.is_ascii_punctuation()
                .then_some('\\')
                .into_iter()
                .chain([c])
        })
        .collect()
}

/// A replacement in which nothing stands for a group.
fn escaped_replacement(expr: &Expr) -> String {
    text_of(expr)
        .chars()
        .flat_map(|c| {
            matches!(c, '\\' | '$')
                .then_some('\\')
                .into_iter()
                .chain([c])
        })
        .collect()
}
