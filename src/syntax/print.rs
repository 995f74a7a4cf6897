//! The canonical text of a tree.
//!
//! In: a tree. Out: its text, one step per line. Guarantee: `parse` of the text gives the same tree but for places (tested on random trees), so printing
//! is idempotent; parentheses stand only where the tree would change without them. Comments are not in a tree, so they are not in its text.

use super::ast::{
    AggregateItem, ArithmeticOp, Assignment, CompareOp, Expr, ExprKind, OutputItem, Query,
    SortItem, StepKind, TextTest,
};
use crate::value::duration;
use std::fmt::Write;

/// How tightly a form holds together; a part looser than its place is put in parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
    Test,
    Sum,
    Product,
    Minus,
    Postfix,
    Primary,
}

/// The text of a query, without a line break at its end.
#[must_use]
pub fn query(query: &Query) -> String {
    let steps: Vec<String> = query
        .steps
        .iter()
        .map(|step| self::step(&step.kind))
        .collect();
    steps.join("\n| ")
}

/// The text of one step, without its bar.
#[must_use]
pub(crate) fn step(kind: &StepKind) -> String {
    match kind {
        StepKind::From { class, within } => {
            let within = within.as_ref().map_or(String::new(), |within| {
                format!(" within {}", expression(within))
            });
            format!("from {}{within}", class.text)
        }
        StepKind::Where {
            optional,
            predicate,
        } => {
            format!(
                "where {}{}",
                if optional.is_some() { "optional " } else { "" },
                expression(predicate)
            )
        }
        StepKind::Derive { columns } => format!("derive {}", list(columns, assignment, ",\n    ")),
        StepKind::Select { columns } => format!("select {}", list(columns, output_item, ", ")),
        StepKind::Group { keys, aggregates } => group(keys, aggregates),
        StepKind::Sort { keys } => format!("sort {}", list(keys, sort_item, ", ")),
        StepKind::Top { rare, count, by } => {
            format!(
                "{} {} by {}",
                if *rare { "rare" } else { "top" },
                expression(count),
                expression(by)
            )
        }
        StepKind::Series {
            measure,
            every,
            over,
            keys,
        } => {
            let by = if keys.is_empty() {
                String::new()
            } else {
                format!(" by {}", list(keys, output_item, ", "))
            };
            format!(
                "series {} every {} over {}{by}",
                aggregate(measure),
                expression(every),
                expression(over)
            )
        }
        StepKind::Anomaly {
            series,
            trend,
            season,
            score,
            baseline,
        } => {
            let trend = trend
                .as_ref()
                .map_or(String::new(), |trend| format!(" trend {}", trend.text));
            let season = season.as_ref().map_or(String::new(), |season| {
                format!(" season {}", expression(season))
            });
            format!(
                "anomaly {}{trend}{season} as {}, {}",
                series.text, score.text, baseline.text
            )
        }
        StepKind::Join { table, alias, on } => {
            format!(
                "join ${} as {} on {}",
                table.text,
                alias.text,
                expression(on)
            )
        }
        StepKind::Enrich {
            name,
            function,
            argument,
            optional,
        } => {
            let optional = if optional.is_some() { " optional" } else { "" };
            format!(
                "enrich {} = {}({}){optional}",
                name.text,
                function.text,
                expression(argument)
            )
        }
    }
}

/// The text of an expression.
#[must_use]
pub(crate) fn expression(expr: &Expr) -> String {
    let mut out = String::new();
    write(&mut out, expr, Level::Or);
    out
}

fn list<T>(items: &[T], each: fn(&T) -> String, between: &str) -> String {
    items.iter().map(each).collect::<Vec<_>>().join(between)
}

fn group(keys: &[OutputItem], aggregates: &[AggregateItem]) -> String {
    let mut text = "group".to_owned();
    if !keys.is_empty() {
        let _infallible = write!(text, " by {}", list(keys, output_item, ", "));
    }
    if !aggregates.is_empty() {
        let _infallible = write!(
            text,
            " {{\n    {},\n  }}",
            list(aggregates, aggregate, ",\n    ")
        );
    }
    text
}

fn assignment(item: &Assignment) -> String {
    format!("{} = {}", item.name.text, expression(&item.value))
}

fn output_item(item: &OutputItem) -> String {
    let name = item
        .name
        .as_ref()
        .map_or(String::new(), |name| format!("{} = ", name.text));
    format!(
        "{name}{}{}",
        expression(&item.value),
        if item.optional.is_some() {
            " optional"
        } else {
            ""
        }
    )
}

fn sort_item(item: &SortItem) -> String {
    format!(
        "{}{}",
        expression(&item.value),
        if item.descending { " desc" } else { "" }
    )
}

fn aggregate(item: &AggregateItem) -> String {
    let filter = item.filter.as_ref().map_or(String::new(), |filter| {
        format!(" where {}", expression(filter))
    });
    let optional = if item.optional.is_some() {
        " optional"
    } else {
        ""
    };
    format!(
        "{} = {}({}){filter}{optional}",
        item.name.text,
        item.function.text,
        list(&item.arguments, expression, ", ")
    )
}

fn level(kind: &ExprKind) -> Level {
    match kind {
        ExprKind::Or(_) => Level::Or,
        ExprKind::And(_) => Level::And,
        ExprKind::Not(_) => Level::Not,
        ExprKind::Compare { .. }
        | ExprKind::Between { .. }
        | ExprKind::In { .. }
        | ExprKind::InNetwork { .. }
        | ExprKind::TextTest { .. }
        | ExprKind::Matches { .. } => Level::Test,
        ExprKind::Arithmetic {
            op: ArithmeticOp::Add | ArithmeticOp::Subtract,
            ..
        } => Level::Sum,
        ExprKind::Arithmetic {
            op: ArithmeticOp::Multiply | ArithmeticOp::Divide,
            ..
        } => Level::Product,
        ExprKind::Negate(_) => Level::Minus,
        // A negative number is written with a minus, so it is as loose as one.
        ExprKind::Int(number) if *number < 0 => Level::Minus,
        ExprKind::Float(number) if number.is_sign_negative() => Level::Minus,
        ExprKind::Exists { .. } => Level::Postfix,
        ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Text(_)
        | ExprKind::Duration(_)
        | ExprKind::Regex { .. }
        | ExprKind::List(_)
        | ExprKind::Name(_)
        | ExprKind::Reference(_)
        | ExprKind::Now
        | ExprKind::Case { .. }
        | ExprKind::Lookup { .. }
        | ExprKind::Call { .. } => Level::Primary,
    }
}

/// Writes a form into a place that takes forms of `least` and tighter.
fn write(out: &mut String, expr: &Expr, least: Level) {
    if level(&expr.kind) < least {
        out.push('(');
        write_bare(out, &expr.kind);
        out.push(')');
    } else {
        write_bare(out, &expr.kind);
    }
}

fn write_bare(out: &mut String, kind: &ExprKind) {
    match kind {
        ExprKind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        ExprKind::Int(number) => out.push_str(&number.to_string()),
        ExprKind::Float(number) => out.push_str(&format!("{number:?}")),
        ExprKind::Text(text) => string(out, text),
        ExprKind::Duration(milliseconds) => out.push_str(&duration(*milliseconds)),
        ExprKind::Regex {
            source,
            ignore_case,
        } => regex(out, source, *ignore_case),
        ExprKind::List(items) => {
            out.push('[');
            write_all(out, items, ", ", Level::Or);
            out.push(']');
        }
        ExprKind::Name(name) => out.push_str(name),
        ExprKind::Reference(name) => {
            out.push('$');
            out.push_str(name);
        }
        ExprKind::Now => out.push_str("now"),
        ExprKind::Not(inner) => {
            out.push_str("not ");
            write(out, inner, Level::Not);
        }
        // An `and` directly inside an `and` was in parentheses, else it would be part of it.
        ExprKind::And(items) => write_all(out, items, " and ", Level::Not),
        ExprKind::Or(items) => write_all(out, items, " or ", Level::And),
        ExprKind::Compare {
            op,
            fold,
            left,
            right,
            ..
        } => infix(out, left, compare_op(*op, *fold), right),
        ExprKind::Between { value, low, high } => {
            infix(out, value, "between", low);
            out.push_str(" and ");
            write(out, high, Level::Sum);
        }
        ExprKind::In {
            negated,
            fold,
            value,
            list,
            ..
        } => {
            let op = match (negated, fold) {
                (false, false) => "in",
                (false, true) => "in~",
                (true, false) => "not in",
                (true, true) => "not in~",
            };
            infix(out, value, op, list);
        }
        ExprKind::InNetwork {
            negated,
            value,
            networks,
        } => {
            infix(
                out,
                value,
                if *negated { "not in_cidr" } else { "in_cidr" },
                networks,
            );
        }
        ExprKind::TextTest {
            test,
            fold,
            value,
            needle,
            ..
        } => {
            infix(
                out,
                value,
                &format!("{}{}", text_test(*test), if *fold { "~" } else { "" }),
                needle,
            );
        }
        ExprKind::Matches { value, regex } => infix(out, value, "matches", regex),
        ExprKind::Exists { negated, value } => {
            write(out, value, Level::Primary);
            out.push_str(if *negated { " is missing" } else { " exists" });
        }
        ExprKind::Arithmetic { op, left, right } => {
            let (sign, of_left, of_right) = match op {
                ArithmeticOp::Add => (" + ", Level::Sum, Level::Product),
                ArithmeticOp::Subtract => (" - ", Level::Sum, Level::Product),
                ArithmeticOp::Multiply => (" * ", Level::Product, Level::Minus),
                ArithmeticOp::Divide => (" / ", Level::Product, Level::Minus),
            };
            write(out, left, of_left);
            out.push_str(sign);
            write(out, right, of_right);
        }
        ExprKind::Negate(inner) => {
            out.push('-');
            // `-5` is a number; the negation of the number 5 keeps its parentheses.
            let number = matches!(&inner.kind, ExprKind::Int(n) if *n >= 0)
                || matches!(&inner.kind, ExprKind::Float(n) if n.is_sign_positive());
            if number {
                out.push('(');
                write_bare(out, &inner.kind);
                out.push(')');
            } else {
                write(out, inner, Level::Minus);
            }
        }
        ExprKind::Case { arms, otherwise } => {
            out.push_str("case { ");
            for (condition, value) in arms {
                write(out, condition, Level::Or);
                out.push_str(" -> ");
                write(out, value, Level::Or);
                out.push_str(", ");
            }
            out.push_str("else ");
            write(out, otherwise, Level::Or);
            out.push_str(" }");
        }
        ExprKind::Lookup { map, key } => {
            out.push('$');
            out.push_str(&map.text);
            out.push('[');
            write(out, key, Level::Or);
            out.push(']');
        }
        ExprKind::Call {
            function,
            arguments,
        } => {
            out.push_str(&function.text);
            out.push('(');
            write_all(out, arguments, ", ", Level::Or);
            out.push(')');
        }
    }
}

fn write_all(out: &mut String, items: &[Expr], between: &str, least: Level) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(between);
        }
        write(out, item, least);
    }
}

fn infix(out: &mut String, left: &Expr, op: &str, right: &Expr) {
    write(out, left, Level::Sum);
    out.push(' ');
    out.push_str(op);
    out.push(' ');
    write(out, right, Level::Sum);
}

/// The sign of a comparison.
#[must_use]
pub(crate) fn compare_op(op: CompareOp, fold: bool) -> &'static str {
    match (op, fold) {
        (CompareOp::Equal, false) => "==",
        (CompareOp::Equal, true) => "=~",
        (CompareOp::NotEqual, false) => "!=",
        (CompareOp::NotEqual, true) => "!~",
        (CompareOp::Less, _) => "<",
        (CompareOp::LessOrEqual, _) => "<=",
        (CompareOp::Greater, _) => ">",
        (CompareOp::GreaterOrEqual, _) => ">=",
    }
}

/// The word of a text test.
#[must_use]
pub(crate) fn text_test(test: TextTest) -> &'static str {
    match test {
        TextTest::Contains => "contains",
        TextTest::StartsWith => "starts_with",
        TextTest::EndsWith => "ends_with",
        TextTest::HasWord => "has_word",
    }
}

/// A string between double quotes; what cannot be seen is escaped.
pub(crate) fn string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if super::chars::invisible(c) && c != ' ' => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _infallible = write!(out, "\\u{unit:04x}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

fn regex(out: &mut String, source: &str, ignore_case: bool) {
    out.push('/');
    let mut escaped = false;
    for c in source.chars() {
        if c == '/' && !escaped {
            out.push('\\');
        }
        out.push(c);
        escaped = c == '\\' && !escaped;
    }
    out.push('/');
    if ignore_case {
        out.push('i');
    }
}
