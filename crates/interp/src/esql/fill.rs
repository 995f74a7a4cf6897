//! In: rows, a value, names of columns. Out: the rows with the value where a column holds nothing.
//! Guarantee: FILLNULL as its change describes it (elastic/elasticsearch, pull request 148232): DEFAULT is 0, the empty text or false, and
//! nothing for other types; a column of type null stays as it is; with `ON *` a value that is none of a column's type is skipped. The
//! command is in development builds only, which a warning says. What the description leaves open stops the run.

use std::ops::Range;

use super::arguments::read_text;
use super::ast::{Literal, Name};
use super::cell::{Cell, Value};
use super::context::{Context, matching, no_column};
use super::frame::Frame;
use super::lex::Part;
use super::refuse::unknown;
use super::types::Type;
use crate::Refusal;

/// What becomes of the empty cells of a column.
enum Fill {
    /// This.
    With(Value),
    /// They stay.
    Nothing,
    /// They stay, and a warning says so.
    NoDefault,
    /// Not known.
    Unsure,
}

/// `FILLNULL value ON names`
pub(super) fn fill(
    value: Option<&Literal>,
    names: &[Name],
    mut frame: Frame,
    context: &mut Context,
    span: &Range<usize>,
) -> Result<Frame, Refusal> {
    let message = "FILLNULL is in development builds of the stack only; releases refuse it";
    context.notes.warnings.push(message.to_owned());
    let all = matches!(names, [name] if matches!(name.parts.as_slice(), [Part::Star]));
    let mut places = Vec::new();
    for name in names {
        let found = matching(name, &frame);
        if found.is_empty() && !all {
            return Err(no_column(name));
        }
        places.extend(found);
    }
    places.sort_unstable();
    places.dedup();
    let mut without = Vec::new();
    for at in places {
        let Some(column) = frame.columns.get_mut(at) else {
            continue;
        };
        let filled = match value {
            None => default(column.ty),
            Some(literal) => of(literal, column.ty, all),
        };
        let empty = |row: &Vec<Cell>| row.get(at).is_none_or(Cell::is_null);
        match filled {
            Fill::Nothing => {}
            Fill::NoDefault => without.push(column.name.clone()),
            Fill::Unsure if frame.rows.iter().any(empty) => {
                let message = format!(
                    "what the value is for `{}` of type {} is not known here",
                    column.name,
                    column.ty.name()
                );
                return Err(unknown("FILLNULL", message, span.clone()));
            }
            Fill::Unsure => {}
            Fill::With(value) => {
                column.field = false;
                if column.constant == Some(Cell::Null) {
                    column.constant = Some(Cell::One(value.clone()));
                }
                for cell in frame.rows.iter_mut().filter_map(|row| row.get_mut(at)) {
                    if cell.is_null() {
                        *cell = Cell::One(value.clone());
                    }
                }
            }
        }
    }
    if !without.is_empty() {
        let message = format!(
            "no default value for {}: left as they are",
            without.join(", ")
        );
        context
            .notes
            .warn(&(span.start..span.start + "FILLNULL".len()), &message);
    }
    Ok(frame)
}

fn default(ty: Type) -> Fill {
    match ty {
        Type::Integer | Type::Long => Fill::With(Value::Whole(0)),
        Type::Double => Fill::With(Value::Double(0.0)),
        Type::Boolean => Fill::With(Value::Boolean(false)),
        Type::Keyword => Fill::With(Value::text("")),
        Type::Text | Type::UnsignedLong | Type::Source => Fill::Unsure,
        _ => Fill::NoDefault,
    }
}

fn of(literal: &Literal, ty: Type, all: bool) -> Fill {
    let otherwise = if all { Fill::Nothing } else { Fill::Unsure };
    match (literal, ty) {
        (_, Type::Null) | (Literal::Null, _) => Fill::Nothing,
        (Literal::Whole(value), Type::Integer) => match i32::try_from(*value) {
            Ok(value) => Fill::With(Value::Whole(i64::from(value))),
            Err(_) => otherwise,
        },
        (Literal::Whole(value), Type::Long) => match i64::try_from(*value) {
            Ok(value) => Fill::With(Value::Whole(value)),
            Err(_) => otherwise,
        },
        (Literal::Whole(value), Type::Double) => Fill::With(Value::Double(*value as f64)),
        (Literal::Whole(_), Type::Keyword) => otherwise,
        (Literal::Decimal(value), Type::Double) => Fill::With(Value::Double(*value)),
        (Literal::Boolean(value), Type::Boolean) => Fill::With(Value::Boolean(*value)),
        (Literal::Text(text), Type::Keyword) => Fill::With(Value::text(text)),
        (Literal::Text(text), Type::Date | Type::Ip | Type::Version) => {
            read_text(text, ty).map_or(Fill::Unsure, Fill::With)
        }
        (Literal::Text(text), Type::Boolean) if text == "true" || text == "false" => {
            Fill::With(Value::Boolean(text == "true"))
        }
        (Literal::Text(_), Type::Integer | Type::Long) => otherwise,
        _ => Fill::Unsure,
    }
}
