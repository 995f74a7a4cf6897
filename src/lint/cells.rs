//! L0115: a cell of a table that can never match.

use super::subject::Subject;
use crate::diag::{Code, Diagnostic, suggest};
use crate::hunt::Cell;
use crate::plan::Type;

pub(super) fn check(input: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for step in &input.plan.steps {
        let Some((table, tests)) = step.kind.table() else {
            continue;
        };
        let Some(declared) = input.hunt.tables.get(&table.name) else {
            continue;
        };
        for test in tests {
            let Some(Type::Enum(field)) = test.value.as_ref().map(|value| value.ty.clone()) else {
                continue;
            };
            let Some(words) = input.class.fields.get(&field).map(|field| &field.words) else {
                continue;
            };
            for row in &declared.rows {
                let values = match row.cells.get(test.column) {
                    Some(Cell::One(value)) => std::slice::from_ref(value),
                    Some(Cell::Several(values)) => values,
                    _ => continue,
                };
                for value in values {
                    let text = value.to_string();
                    let known = words
                        .iter()
                        .any(|word| *word == text || test.fold && word.eq_ignore_ascii_case(&text));
                    if !known {
                        found.push(never(&text, &field, words, row.span, test.fold));
                    }
                }
            }
        }
    }
}

fn never(
    text: &str,
    field: &str,
    words: &[String],
    span: crate::source::Span,
    fold: bool,
) -> Diagnostic {
    let finding = Diagnostic::at(
        Code::L0115,
        span,
        format!("`{text}` is no word of `{field}`, so no event meets it"),
    )
    .label("in this row");
    let lower = text.to_lowercase();
    if !fold && words.contains(&lower) {
        return finding.help(
            "words of a closed set are in lower case: compare with `in~`, which ignores case",
        );
    }
    match suggest::nearest(&lower, words.iter().map(String::as_str)) {
        Some(near) => finding.help(format!("a similar word exists: `{near}`")),
        None => finding.help(format!("the words are {}", words.join(", "))),
    }
}
