//! In: untyped expressions and the columns that they may name. Out: typed nodes.
//! Guarantee: every name is a column, every function is known, or the refusal says which is not and where.

use std::ops::Range;

use super::Release;
use super::aggregate;
use super::arguments::{Arguments, Site, amount};
use super::ast::{Expr, ExprKind, Literal, Operator};
use super::cell::{Cell, Value};
use super::functions;
use super::node::{Node, Run};
use super::operators;
use super::refuse::{invalid, unknown};
use super::rewrite;
use super::types::Type;
use crate::Refusal;
use crate::stack::with_room;

/// A column of the rows so far.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Whether it is a field of an index as it was read, which full-text functions want.
    pub field: bool,
    /// Why it cannot be used, when it cannot.
    pub trouble: Option<String>,
    /// What every row holds, when that is known: some arguments must be constant, and such a column is.
    pub constant: Option<Cell>,
}

impl Column {
    /// A computed column.
    pub(super) fn computed(name: &str, ty: Type) -> Column {
        Column {
            name: name.to_owned(),
            ty,
            field: false,
            trouble: None,
            constant: None,
        }
    }
}

/// What expressions may name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope<'a> {
    /// Columns.
    pub columns: &'a [Column],
    /// The instant that is `NOW()`.
    pub now_ms: i64,
    /// Whether functions that make groups are allowed here.
    pub grouping: bool,
    /// Whose optimizer.
    pub release: Release,
    /// Whether the command at hand is run where the data are.
    pub on_data_nodes: bool,
}

impl Scope<'_> {
    /// The place and the column of a name.
    pub(super) fn find(
        &self,
        name: &str,
        span: &Range<usize>,
    ) -> Result<(usize, &Column), Refusal> {
        let found = self
            .columns
            .iter()
            .enumerate()
            .find(|(_, c)| c.name == name);
        match found {
            Some((_, column)) if column.trouble.is_some() => {
                let trouble = column.trouble.clone().unwrap_or_default();
                Err(unknown(name, trouble, span.clone()))
            }
            Some(found) => Ok(found),
            None => Err(invalid(
                name,
                format!("there is no column `{name}`"),
                span.clone(),
            )),
        }
    }

    /// The typed form of an expression.
    pub(super) fn node(&self, expr: &Expr) -> Result<Node, Refusal> {
        with_room(|| self.typed(expr))
    }

    fn typed(&self, expr: &Expr) -> Result<Node, Refusal> {
        let span = expr.span();
        match &expr.kind {
            ExprKind::Literal(literal) => constant(literal, span),
            ExprKind::List(items) => list(items, span),
            ExprKind::Column(name) => {
                let (at, column) = self.find(name, &span)?;
                Ok(Node {
                    run: Run::Column(at, column.constant.clone()),
                    ty: column.ty,
                    span,
                    literal: false,
                })
            }
            ExprKind::Star => Err(invalid("*", "`*` stands in COUNT(*) only", span)),
            ExprKind::Options(_) => Err(unknown(
                "options",
                "options in braces are not known here",
                span,
            )),
            ExprKind::Call(name, arguments) => self.call(name, arguments, span),
            ExprKind::Negate(of) => operators::negate(self.node(of)?, &self.site("-", span)),
            ExprKind::Not(of) => {
                if let ExprKind::Binary(operator, left, right) = &of.kind {
                    let sides = (self.node(left)?, self.node(right)?);
                    let site = self.site(operators::symbol(*operator), of.span());
                    if let Some(node) = self.insensitive(of, true, (&sides.0, &sides.1), &site)? {
                        return Ok(node);
                    }
                }
                operators::not(self.node(of)?, &self.site("NOT", span))
            }
            ExprKind::Binary(operator, left, right) => {
                let (left, right) = (self.node(left)?, self.node(right)?);
                let site = self.site(operators::symbol(*operator), span);
                if let Some(node) = self.insensitive(expr, false, (&left, &right), &site)? {
                    return Ok(node);
                }
                operators::binary(*operator, left, right, &site)
            }
            ExprKind::In(of, items) => {
                let of = self.node(of)?;
                let items = items
                    .iter()
                    .map(|item| self.node(item))
                    .collect::<Result<Vec<_>, _>>()?;
                operators::among(of, items, &self.site("IN", span))
            }
            ExprKind::Like {
                of,
                patterns,
                regex,
            } => {
                let site = self.site(if *regex { "RLIKE" } else { "LIKE" }, span);
                let typed = self.node(of)?;
                let rewritten = rewrite::change_case(of).filter(|_| {
                    self.on_data_nodes
                        && typed.ty.is_text()
                        && typed.fold().is_none()
                        && rewrite::rewrites_patterns(self.release, patterns)
                });
                match rewritten {
                    Some(case) => {
                        let field = self.node(case.field)?;
                        case.matches(field, patterns, *regex, self.release, &site)
                    }
                    None => operators::like(typed, patterns, *regex, &site),
                }
            }
            ExprKind::IsNull(of) => Ok(Node::cells(
                vec![self.node(of)?],
                Type::Boolean,
                span,
                |cells| {
                    Ok(Cell::One(Value::Boolean(
                        cells.first().is_none_or(Cell::is_null),
                    )))
                },
            )),
            ExprKind::Cast(of, to) => {
                let of = self.node(of)?;
                let site = self.site("::", span);
                let Some(ty) = Type::of_cast(to) else {
                    return Err(site.unknown(format!("casts to {to} are not known here")));
                };
                functions::convert::to(ty, of, &site)
            }
            ExprKind::Match(field, literal) => {
                let query = constant(literal, span.clone())?;
                self.full_text(field, query, self.site(":", span))
            }
        }
    }

    /// `TO_LOWER(f) == "…"`, or `NOT` of it, as the optimizer leaves it.
    fn insensitive(
        &self,
        expr: &Expr,
        within_not: bool,
        (left, right): (&Node, &Node),
        site: &Site,
    ) -> Result<Option<Node>, Refusal> {
        let ExprKind::Binary(operator, left_text, right_text) = &expr.kind else {
            return Ok(None);
        };
        let negated = match operator {
            Operator::Equal => within_not,
            Operator::NotEqual => !within_not,
            _ => return Ok(None),
        };
        // A constant on the left changes sides first.
        for (of, node, constant) in [(left_text, left, right), (right_text, right, left)] {
            if let Some(case) = rewrite::change_case(of)
                && node.ty.is_text()
                && node.fold().is_none()
                && let Some(constant) = constant.fold_one()
            {
                let field = self.node(case.field)?;
                return Ok(Some(case.equals(field, &constant, negated, site)));
            }
        }
        Ok(None)
    }

    /// A node that must be a condition.
    pub(super) fn condition(&self, expr: &Expr) -> Result<Node, Refusal> {
        let node = self.node(expr)?;
        if matches!(node.ty, Type::Boolean | Type::Null) {
            return Ok(node);
        }
        Err(invalid(
            "condition",
            format!("expected a condition, found {}", node.ty.name()),
            expr.span(),
        ))
    }

    /// The arguments of an aggregate, and whether they are `*`.
    pub(super) fn arguments(
        &self,
        name: &str,
        arguments: &[Expr],
        span: Range<usize>,
    ) -> Result<(Arguments, bool), Refusal> {
        let site = self.site(&name.to_uppercase(), span);
        let star = matches!(arguments, [one] if one.kind == ExprKind::Star);
        let nodes = if star {
            Vec::new()
        } else {
            arguments
                .iter()
                .map(|argument| self.node(argument))
                .collect::<Result<Vec<_>, _>>()?
        };
        no_source(&nodes, &site)?;
        Ok((Arguments::new(site, nodes), star))
    }

    fn site(&self, name: &str, span: Range<usize>) -> Site {
        Site {
            span,
            name: name.to_owned(),
            now_ms: self.now_ms,
            grouping: self.grouping,
        }
    }

    fn call(&self, name: &str, arguments: &[Expr], span: Range<usize>) -> Result<Node, Refusal> {
        let site = self.site(&name.to_uppercase(), span);
        if aggregate::is_aggregate(name) {
            return Err(site.invalid("aggregate functions stand in STATS only"));
        }
        if name == "match"
            && let [field, query] = arguments
        {
            return self.full_text(field, self.node(query)?, site);
        }
        if !functions::is_known(name) {
            return Err(site.unknown(format!("the function {} is not known here", site.name)));
        }
        if name == "to_ip"
            && let [of, options] = arguments
            && let ExprKind::Options(options) = &options.kind
        {
            return functions::convert::to_ip(self.node(of)?, options, &site);
        }
        let mut nodes = arguments
            .iter()
            .map(|argument| self.node(argument))
            .collect::<Result<Vec<_>, _>>()?;
        no_source(&nodes, &site)?;
        if matches!(name, "tbucket" | "trange") {
            // Both read the time that every event has.
            let (at, column) = self.find("@timestamp", &site.span)?;
            let run = Run::Column(at, column.constant.clone());
            nodes.insert(
                0,
                Node {
                    run,
                    ty: column.ty,
                    span: site.span.clone(),
                    literal: false,
                },
            );
        }
        functions::call(name, Arguments::new(site, nodes))
    }

    /// `field : query` and MATCH: a field of an index, as it was read.
    fn full_text(&self, field: &Expr, query: Node, site: Site) -> Result<Node, Refusal> {
        if let ExprKind::Column(name) = &field.kind {
            let (_, column) = self.find(name, &field.span())?;
            if !column.field {
                return Err(site.invalid(format!("`{name}` is no longer a field of an index here")));
            }
        } else {
            return Err(site.unknown("only fields are searched here"));
        }
        functions::search::matches(self.node(field)?, query, &site)
    }
}

/// No function takes the document itself (Elastic docs, "ES|QL metadata fields").
fn no_source(nodes: &[Node], site: &Site) -> Result<(), Refusal> {
    if nodes.iter().any(|node| node.ty == Type::Source) {
        return Err(site.invalid("no function takes `_source`"));
    }
    Ok(())
}

/// The node of a literal.
pub(super) fn constant(literal: &Literal, span: Range<usize>) -> Result<Node, Refusal> {
    let (cell, ty) = match literal {
        Literal::Null => (Cell::Null, Type::Null),
        Literal::Boolean(value) => (Cell::One(Value::Boolean(*value)), Type::Boolean),
        Literal::Whole(value) => {
            if let Ok(value) = i32::try_from(*value) {
                (Cell::One(Value::Whole(i64::from(value))), Type::Integer)
            } else if let Ok(value) = i64::try_from(*value) {
                (Cell::One(Value::Whole(value)), Type::Long)
            } else {
                let value = u64::try_from(*value).unwrap_or_default();
                (Cell::One(Value::Unsigned(value)), Type::UnsignedLong)
            }
        }
        Literal::Decimal(value) => (Cell::One(Value::Double(*value)), Type::Double),
        Literal::Text(text) => (Cell::One(Value::text(text)), Type::Keyword),
        Literal::Span(count, unit) => {
            let value = amount(*count, unit).ok_or_else(|| {
                invalid(unit, format!("`{unit}` is no unit of time"), span.clone())
            })?;
            let ty = if matches!(value, Value::Period(..)) {
                Type::Period
            } else {
                Type::Duration
            };
            (Cell::One(value), ty)
        }
    };
    Ok(Node {
        run: Run::Constant(cell),
        ty,
        span,
        literal: true,
    })
}

fn list(items: &[Literal], span: Range<usize>) -> Result<Node, Refusal> {
    let mut ty = Type::Null;
    let mut values = Vec::new();
    let mut unsigned = false;
    for item in items {
        let node = constant(item, span.clone())?;
        unsigned |= node.ty == Type::UnsignedLong;
        // A list of whole numbers takes the type that holds all of them.
        ty = match (ty, node.ty) {
            (a, b) if a == Type::Null || a == b => b,
            (Type::UnsignedLong, Type::Integer | Type::Long)
            | (Type::Integer | Type::Long, Type::UnsignedLong) => Type::UnsignedLong,
            (a, b) if a.is_number() && b.is_number() && !unsigned => {
                a.meet(b).unwrap_or(Type::Double)
            }
            _ => {
                return Err(invalid(
                    "list",
                    "the values of a list are of one type and not null",
                    span,
                ));
            }
        };
        match node.run {
            Run::Constant(Cell::One(value)) if !node.ty.is_amount() => values.push(value),
            _ => {
                return Err(invalid(
                    "list",
                    "the values of a list are of one type and not null",
                    span,
                ));
            }
        }
    }
    if ty == Type::Double {
        values = values
            .iter()
            .filter_map(|v| v.double().map(Value::Double))
            .collect();
    }
    if ty == Type::UnsignedLong {
        let wide = values.iter().map(|v| match v {
            Value::Unsigned(v) => Some(*v),
            other => other.whole().and_then(|w| u64::try_from(w).ok()),
        });
        values = match wide.collect::<Option<Vec<u64>>>() {
            Some(wide) => wide.into_iter().map(Value::Unsigned).collect(),
            None => return Err(invalid("list", "no type holds all of these numbers", span)),
        };
    }
    Ok(Node {
        run: Run::Constant(Cell::of(values)),
        ty,
        span,
        literal: true,
    })
}
