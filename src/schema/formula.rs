//! The expressions of a schema: `predicates` and `computed`, text of the hunt language over neutral fields.
//!
//! In: a scalar of the file, the function that types a tree. Out: a typed expression whose places are in the schema's file. Guarantee: the text means what it means in a hunt.

use super::Class;
use super::problems::{Problems, written};
use crate::diag::{Code, Diagnostic};
use crate::model::{Expr, Type};
use crate::source::yaml::Node;
use crate::source::{Files, Span};
use crate::syntax::{ast, parse_expression};
use crate::value::Value;

/// Types a tree over the fields of a class as the type that is expected, or gives every mistake in it. The loader of schemas passes this in, so that it does
/// not depend on the plan, which depends on them.
pub(crate) type TypeExpression =
    fn(&ast::Expr, &Class, Option<&Type>) -> Result<Expr, Vec<Diagnostic>>;

/// Reads one expression of the type that is expected. When something is wrong with it, that is reported, and a constant stands for it.
pub(super) fn read(
    node: &Node,
    wanted: &Type,
    class: &Class,
    files: &Files,
    typed: TypeExpression,
    problems: &mut Problems,
) -> Expr {
    let stand_in = Expr::literal(Value::Missing, wanted.clone(), node.span);
    let Some(slice) = written(node).and_then(|text| slice(text, node.span, files)) else {
        let title = "an expression stands on one line, plainly or between quotes";
        problems.at(Code::E0550, node.span, title);
        return stand_in;
    };
    let read = parse_expression(files, slice).and_then(|tree| typed(&tree, class, Some(wanted)));
    match read {
        Ok(expr) => Expr {
            span: slice,
            ..expr
        },
        Err(found) => {
            problems.faults.all.extend(found);
            stand_in
        }
    }
}

/// The bytes of the file that are the text: the scalar, without its quotes.
fn slice(text: &str, span: Span, files: &Files) -> Option<Span> {
    if files.slice(span) == text {
        return Some(span);
    }
    let inner = Span {
        start: span.start + 1,
        end: span.end.checked_sub(1)?,
        ..span
    };
    (files.slice(inner) == text).then_some(inner)
}
