//! The expressions of a schema: `predicates` and `computed`, text of the hunt language over neutral fields.
//!
//! In: a scalar of the file. Out: a typed expression whose places are in the schema's file. Promise: the text means what it means in a hunt.

use super::Class;
use super::mapping::Context;
use super::node::Node;
use super::problems::Problems;
use crate::diag::{Code, Diagnostic};
use crate::net::Network;
use crate::plan::{Column, Comparison, Expr, ExprKind, Type};
use crate::source::{Files, Span};
use crate::syntax::{ast, parse_expression};
use crate::value::Value;

/// Reads one expression; `None` when something is wrong with it, which is then told.
pub(super) fn read(node: &Node, context: Context<'_>, problems: &mut Problems) -> Option<Expr> {
    let text = problems.text(node, "an expression");
    let class = context.class?;
    let Some(slice) = slice(&text, node.span, context.files) else {
        problems.at(
            Code::E0550,
            node.span,
            "write the expression on one line, plainly or between single quotes",
        );
        return None;
    };
    let typed = parse_expression(context.files, slice)
        .and_then(|tree| lower(&tree, class).map_err(|found| vec![*found]));
    match typed {
        Ok(expr) => Some(Expr {
            span: slice,
            ..expr
        }),
        Err(found) => {
            problems.found.extend(found);
            None
        }
    }
}

/// The bytes of the file that are the text: the scalar, without its quotes.
fn slice(text: &str, span: Span, files: &Files) -> Option<Span> {
    let raw = files.slice(span);
    if raw == text {
        return Some(span);
    }
    let inner = Span {
        start: span.start + 1,
        end: span.end.checked_sub(1)?,
        ..span
    };
    (files.slice(inner) == text).then_some(inner)
}

type Lowered = Result<Expr, Box<Diagnostic>>;

/// Types an expression. What schemas have needed so far: fields, words, `and`, `or`, `not`, `==`, `!=`, `in_cidr` and the tests of addresses.
fn lower(tree: &ast::Expr, class: &Class) -> Lowered {
    let span = tree.span;
    let refuse = |title: &str| {
        Err(Box::new(Diagnostic::at(
            Code::E0557,
            span,
            title.to_owned(),
        )))
    };
    match &tree.kind {
        ast::ExprKind::Name(name) => match class.fields.get(name) {
            Some(field) => Ok(Expr {
                kind: ExprKind::Column(Column::Field(name.clone())),
                ty: field.ty.clone(),
                nullable: field.nullable,
                determined: true,
                span,
            }),
            None => refuse("this is not a neutral field"),
        },
        ast::ExprKind::Text(text) => Ok(Expr::literal(Value::text(text), Type::Text, span)),
        ast::ExprKind::Int(number) => Ok(Expr::literal(Value::Int(*number), Type::Int, span)),
        ast::ExprKind::And(parts) => {
            let parts = parts
                .iter()
                .map(|part| predicate(part, class))
                .collect::<Result<Vec<_>, _>>()?;
            Expr::all(parts).map_or_else(|| refuse("this has no parts"), Ok)
        }
        ast::ExprKind::Or(parts) => {
            let parts = parts
                .iter()
                .map(|part| predicate(part, class))
                .collect::<Result<Vec<_>, _>>()?;
            Expr::any(parts).map_or_else(|| refuse("this has no parts"), Ok)
        }
        ast::ExprKind::Not(inner) => Ok(predicate(inner, class)?.negate()),
        ast::ExprKind::Compare {
            op,
            fold,
            left,
            right,
            ..
        } => {
            let left = lower(left, class)?;
            let mut right = lower(right, class)?;
            if left.ty.is_textual()
                && matches!(right.kind, ExprKind::Literal { .. })
                && right.ty == Type::Text
            {
                right.ty = left.ty.clone();
            }
            if left.ty != right.ty {
                return refuse("the sides are of different types");
            }
            let negated = match op {
                ast::CompareOp::Equal => false,
                ast::CompareOp::NotEqual => true,
                _ => return refuse("only == and != are understood in a schema"),
            };
            let equal = Expr::predicate(
                ExprKind::Compare {
                    op: Comparison::Equal,
                    fold: *fold,
                    left: Box::new(left),
                    right: Box::new(right),
                },
                span,
            );
            Ok(if negated { equal.negate() } else { equal })
        }
        ast::ExprKind::InNetwork {
            negated,
            value,
            networks,
        } => {
            let value = address(value, class)?;
            let items: Vec<&ast::Expr> = match &networks.kind {
                ast::ExprKind::List(items) => items.iter().collect(),
                _ => vec![networks],
            };
            let networks = items
                .into_iter()
                .map(network)
                .collect::<Result<Vec<_>, _>>()?;
            let kind = ExprKind::InNetwork {
                value: Box::new(value),
                networks,
                list: None,
            };
            let test = Expr::predicate(kind, span);
            Ok(if *negated { test.negate() } else { test })
        }
        ast::ExprKind::Call {
            function,
            arguments,
        } => match (function.text.as_str(), arguments.as_slice()) {
            ("is_public" | "is_private" | "is_ipv4" | "is_ipv6", [argument]) => {
                let kind = ExprKind::Call {
                    function: function.text.clone(),
                    arguments: vec![address(argument, class)?],
                    pattern: None,
                };
                Ok(Expr::predicate(kind, span))
            }
            _ => refuse("a schema calls is_public, is_private, is_ipv4 and is_ipv6 of one address"),
        },
        _ => refuse("this expression is not understood in a schema"),
    }
}

fn predicate(tree: &ast::Expr, class: &Class) -> Lowered {
    let expr = lower(tree, class)?;
    if expr.ty == Type::Bool {
        return Ok(expr);
    }
    Err(Box::new(Diagnostic::at(
        Code::E0557,
        tree.span,
        "this is not a condition",
    )))
}

fn address(tree: &ast::Expr, class: &Class) -> Lowered {
    let expr = lower(tree, class)?;
    if expr.ty == Type::Ip {
        return Ok(expr);
    }
    Err(Box::new(Diagnostic::at(
        Code::E0557,
        tree.span,
        "this is not an address",
    )))
}

fn network(tree: &ast::Expr) -> Result<Network, Box<Diagnostic>> {
    let text = if let ast::ExprKind::Text(text) = &tree.kind {
        text.as_str()
    } else {
        ""
    };
    text.parse().map_err(|_| {
        Box::new(Diagnostic::at(
            Code::E0557,
            tree.span,
            "this is not a network",
        ))
    })
}
