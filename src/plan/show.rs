//! The plan as text: what `huntc plan` prints.
//!
//! In: a plan. Out: one step per line, close to the language, with the types the compiler found. Guarantee: stable; two plans with the same text mean the
//! same. `name: type` is a new column, `?` one that may be missing, `!` one whose value is not determined.

use super::{
    Aggregate, AggregateFunction, ArithmeticOp, Comparison, Expr, ExprKind, Output, Plan, Season,
    StepKind, Trend,
};
use crate::syntax::ast::CompareOp;
use crate::syntax::print;
use crate::value::Value;
use std::fmt::Write;

/// The whole plan, one step per line.
#[must_use]
pub fn show(plan: &Plan) -> String {
    let mut text = String::new();
    for step in &plan.steps {
        text.push_str(&step_text(plan, &step.kind));
        text.push('\n');
    }
    text
}

fn step_text(plan: &Plan, step: &StepKind) -> String {
    match step {
        StepKind::From { within, param, .. } => {
            let mut text = format!("from {}", plan.class);
            if let Some(ms) = within {
                let _ = write!(text, " within {}", super::lower::duration(*ms));
            }
            if let Some(param) = param {
                let _ = write!(text, " (${param})");
            }
            text
        }
        StepKind::Where {
            predicate,
            optional,
        } => {
            format!(
                "where {}{}",
                if *optional { "optional " } else { "" },
                expr(predicate)
            )
        }
        StepKind::Derive { columns } => {
            let columns: Vec<String> = columns
                .iter()
                .map(|(name, value)| format!("{} = {}", typed(name, value), expr(value)))
                .collect();
            match columns.as_slice() {
                [one] => format!("derive {one}"),
                many => format!("derive\n  {}", many.join(",\n  ")),
            }
        }
        StepKind::Select { columns } => format!("select {}", outputs(columns)),
        StepKind::Group { keys, aggregates } => {
            let mut text = "group".to_owned();
            if !keys.is_empty() {
                let _ = write!(text, " by {}", outputs(keys));
            }
            if !aggregates.is_empty() {
                text.push_str(" {");
                for aggregate in aggregates {
                    let _ = write!(text, "\n  {}", aggregate_text(aggregate));
                }
                text.push_str("\n}");
            }
            text
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
                format!(" by {}", outputs(keys))
            };
            format!(
                "series {} every {} over {}{by}",
                aggregate_text(measure),
                super::lower::duration(*every),
                super::lower::duration(*over)
            )
        }
        StepKind::Anomaly {
            series,
            points,
            trend,
            season,
            score,
            baseline,
        } => {
            let trend = match trend {
                Trend::Linefit => "linefit",
                Trend::Average => "average",
                Trend::None => "none",
            };
            let season = match season {
                Season::None => "none".to_owned(),
                Season::Auto => "auto".to_owned(),
                Season::Every(period) => period.to_string(),
            };
            format!(
                "anomaly {series} ({points} points) trend {trend} season {season} as {score}: float, {baseline}: float"
            )
        }
        StepKind::Join {
            table,
            alias,
            tests,
            filter,
        } => {
            let tests: Vec<String> = tests
                .iter()
                .map(|test| {
                    let column = table.columns.get(test.column);
                    let name = column.map_or("?", |column| column.name.as_str());
                    let several = column.is_some_and(|column| column.separator.is_some());
                    let operator = match (several, test.fold) {
                        (true, false) => "in",
                        (true, true) => "in~",
                        (false, false) => "==",
                        (false, true) => "=~",
                    };
                    let value = test.value.as_ref().map_or("missing".to_owned(), expr);
                    format!("{value} {operator} {alias}.{name}")
                })
                .collect();
            let filter = filter
                .as_ref()
                .map_or(String::new(), |filter| format!(" where {}", expr(filter)));
            format!(
                "join ${} ({} rows) as {alias} on {}{filter}",
                table.name,
                table.rows.len(),
                tests.join(" and ")
            )
        }
        StepKind::Repeat { name, count } => format!("repeat {name}: int below {count}"),
        StepKind::Sort { keys } => {
            let keys: Vec<String> = keys
                .iter()
                .map(|key| {
                    format!(
                        "{}{}",
                        expr(&key.value),
                        if key.descending { " desc" } else { "" }
                    )
                })
                .collect();
            format!("sort {}", keys.join(", "))
        }
        StepKind::Top {
            count,
            rare,
            by,
            ties,
            ..
        } => {
            let ties: Vec<String> = ties.iter().map(expr).collect();
            let word = if *rare { "rare" } else { "top" };
            let after = if ties.is_empty() {
                String::new()
            } else {
                format!(" then {}", ties.join(", "))
            };
            format!("{word} {count} by {}{after}", expr(by))
        }
        StepKind::Enrich {
            name,
            function,
            argument,
            optional,
        } => {
            format!(
                "enrich {name}: string?! = {function}({}){}",
                expr(argument),
                if *optional { " optional" } else { "" }
            )
        }
    }
}

fn typed(name: &str, value: &Expr) -> String {
    format!(
        "{name}: {}",
        type_marks(&value.ty.to_string(), value.nullable, value.determined)
    )
}

fn type_marks(ty: &str, nullable: bool, determined: bool) -> String {
    let ty = ty.replace("one of the words of `", "words of `");
    format!(
        "{ty}{}{}",
        if nullable { "?" } else { "" },
        if determined { "" } else { "!" }
    )
}

fn outputs(columns: &[Output]) -> String {
    let columns: Vec<String> = columns
        .iter()
        .map(|column| {
            let optional = if column.optional { " optional" } else { "" };
            let name = typed(&column.name, &column.value);
            match &column.value.kind {
                ExprKind::Column(of) if of.name() == column.name => format!("{name}{optional}"),
                _ => format!("{name} = {}{optional}", expr(&column.value)),
            }
        })
        .collect();
    columns.join(", ")
}

fn aggregate_text(aggregate: &Aggregate) -> String {
    let argument = aggregate.argument.as_ref().map(expr).unwrap_or_default();
    let (word, limit) = aggregate_word(aggregate.function);
    let limit = limit.map(|limit| format!(", {limit}")).unwrap_or_default();
    let filter = aggregate
        .filter
        .as_ref()
        .map(|filter| format!(" where {}", expr(filter)))
        .unwrap_or_default();
    let ty = type_marks(
        &aggregate.ty.to_string(),
        aggregate.nullable,
        aggregate.function.is_determined(),
    );
    let optional = if aggregate.optional { " optional" } else { "" };
    format!(
        "{}: {ty} = {word}({argument}{limit}){filter}{optional}",
        aggregate.name
    )
}

/// The word of an aggregate, and the limit of a set.
#[must_use]
pub fn aggregate_word(function: AggregateFunction) -> (&'static str, Option<u64>) {
    match function {
        AggregateFunction::Count => ("count", None),
        AggregateFunction::CountDistinct => ("count_distinct", None),
        AggregateFunction::Sum => ("sum", None),
        AggregateFunction::Min => ("min", None),
        AggregateFunction::Max => ("max", None),
        AggregateFunction::Avg => ("avg", None),
        AggregateFunction::Set(limit) => ("set", limit),
        AggregateFunction::Any => ("any", None),
        AggregateFunction::Earliest => ("earliest", None),
        AggregateFunction::Latest => ("latest", None),
    }
}

/// An expression, close to the language.
#[must_use]
pub fn expr(expr: &Expr) -> String {
    print(expr, 0)
}

/// Levels of binding: or, and, not, comparison, sum, product, atom.
fn print(expr: &Expr, least: u8) -> String {
    let (text, level) = parts(expr);
    if level < least {
        format!("({text})")
    } else {
        text
    }
}

fn parts(expr: &Expr) -> (String, u8) {
    let join = |parts: &[Expr], word: &str, level: u8| {
        parts
            .iter()
            .map(|part| print(part, level + 1))
            .collect::<Vec<_>>()
            .join(word)
    };
    match &expr.kind {
        ExprKind::Literal {
            value: shown,
            param,
        } => (
            match param {
                Some(param) => format!("${param}={}", value(shown)),
                None => value(shown),
            },
            6,
        ),
        ExprKind::Column(column) => (column.name().to_owned(), 6),
        ExprKind::Now => ("now".to_owned(), 6),
        ExprKind::And(operands) => (join(operands, " and ", 1), 1),
        ExprKind::Or(operands) => (join(operands, " or ", 0), 0),
        ExprKind::Not(inner) => (format!("not {}", print(inner, 3)), 2),
        ExprKind::Compare {
            op,
            fold,
            left,
            right,
        } => (
            format!(
                "{} {} {}",
                print(left, 4),
                comparison(*op, *fold),
                print(right, 4)
            ),
            3,
        ),
        ExprKind::Between { value, low, high } => (
            format!(
                "{} between {} and {}",
                print(value, 4),
                print(low, 4),
                print(high, 4)
            ),
            3,
        ),
        ExprKind::In {
            value: tested,
            items,
            fold,
            list,
        } => {
            let items: Vec<String> = items.iter().map(value).collect();
            (
                format!(
                    "{} in{} {}[{}]",
                    print(tested, 4),
                    tilde(*fold),
                    reference(list.as_ref()),
                    items.join(", ")
                ),
                3,
            )
        }
        ExprKind::InNetwork {
            value,
            networks,
            list,
        } => {
            let networks: Vec<String> = networks.iter().map(ToString::to_string).collect();
            (
                format!(
                    "{} in_cidr {}[{}]",
                    print(value, 4),
                    reference(list.as_ref()),
                    networks.join(", ")
                ),
                3,
            )
        }
        ExprKind::TextTest {
            test,
            fold,
            value,
            needles,
        } => {
            let shown = match &**needles {
                [only] => print(only, 4),
                many => format!(
                    "[{}]",
                    many.iter()
                        .map(|needle| print(needle, 4))
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            };
            (
                format!(
                    "{} {}{} {shown}",
                    print(value, 4),
                    test.word(),
                    tilde(*fold)
                ),
                3,
            )
        }
        ExprKind::Matches { value, pattern } => {
            (format!("{} matches {pattern}", print(value, 4)), 3)
        }
        ExprKind::Exists(value) => (format!("{} exists", print(value, 4)), 3),
        ExprKind::Case { arms, otherwise } => {
            let mut shown: Vec<String> = arms
                .iter()
                .map(|(condition, value)| format!("{} -> {}", print(condition, 0), print(value, 0)))
                .collect();
            if let Some(otherwise) = otherwise {
                shown.push(format!("else {}", print(otherwise, 0)));
            }
            (format!("case {{ {} }}", shown.join(", ")), 6)
        }
        ExprKind::Lookup { map, key, .. } => (format!("${map}[{}]", print(key, 0)), 6),
        ExprKind::Arithmetic { op, left, right } => {
            let level = if matches!(op, ArithmeticOp::Add | ArithmeticOp::Subtract) {
                4
            } else {
                5
            };
            (
                format!(
                    "{} {} {}",
                    print(left, level),
                    op.sign(),
                    print(right, level + 1)
                ),
                level,
            )
        }
        ExprKind::Call {
            function,
            arguments,
            pattern,
        } => {
            let mut shown: Vec<String> = arguments
                .iter()
                .map(|argument| print(argument, 0))
                .collect();
            shown.extend(pattern.as_ref().map(|pattern| pattern.to_string()));
            (format!("{function}({})", shown.join(", ")), 6)
        }
    }
}

fn reference(list: Option<&String>) -> String {
    list.map(|list| format!("${list}=")).unwrap_or_default()
}

fn tilde(fold: bool) -> &'static str {
    if fold { "~" } else { "" }
}

fn comparison(op: Comparison, fold: bool) -> &'static str {
    let op = match op {
        Comparison::Equal => CompareOp::Equal,
        Comparison::Less => CompareOp::Less,
        Comparison::LessOrEqual => CompareOp::LessOrEqual,
        Comparison::Greater => CompareOp::Greater,
        Comparison::GreaterOrEqual => CompareOp::GreaterOrEqual,
    };
    op.sign(fold)
}

/// A value as a literal.
#[must_use]
pub fn value(value: &Value) -> String {
    match value {
        Value::Missing => "missing".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Int(n) => n.to_string(),
        Value::Float(f) => format!("{f:?}"),
        Value::Text(text) => {
            let mut out = String::new();
            print::string(&mut out, text);
            out
        }
        Value::Time(ms) => format!("time({ms})"),
        Value::Duration(ms) => super::lower::duration(*ms),
        Value::Set(items) | Value::OneOf(items) | Value::SomeOf { of: items, .. } => {
            let items: Vec<String> = items.iter().map(self::value).collect();
            format!("{{{}}}", items.join(", "))
        }
    }
}
