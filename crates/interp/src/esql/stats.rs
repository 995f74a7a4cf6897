//! In: rows, aggregates and keys. Out: one row for each group, or every row with what its group gave.
//! Guarantee: a row is in the group of each of its key's values; null is a group; inside an aggregate a key keeps all its values,
//! outside it is the group's one value; without keys there is one row, even of no rows (Elastic docs, "STATS", "INLINE STATS").

use std::collections::HashMap;
use std::ops::Range;

use super::aggregate::{self, Aggregate, Gathered};
use super::ast::{Expr, ExprKind, Field};
use super::cell::{Cell, Value};
use super::context::Context;
use super::frame::{Frame, MOST_ROWS};
use super::node::{Node, Notes};
use super::refuse::{failed, invalid, unknown};
use super::scope::{Column, Scope};
use super::types::Type;
use crate::Refusal;

/// The values of the keys that make a group.
type Key = Vec<Option<Value>>;

/// What STATS computes: made ready before any row is seen.
struct Plan {
    keys: Vec<Node>,
    aggregates: Vec<Aggregate>,
    /// Over the keys, then the aggregates.
    results: Vec<Node>,
    columns: Vec<Column>,
    key_columns: Vec<Column>,
}

/// Groups, in the order in which they were first met.
struct Groups {
    places: HashMap<Key, usize>,
    found: Vec<(Key, Vec<Gathered>)>,
}

impl Groups {
    fn place(&mut self, key: Key, aggregates: usize) -> usize {
        if let Some(at) = self.places.get(&key) {
            return *at;
        }
        let at = self.found.len();
        self.places.insert(key.clone(), at);
        let gathered = (0..aggregates).map(|_| Gathered::default()).collect();
        self.found.push((key, gathered));
        at
    }
}

/// The name that stands for an aggregate in what is computed from it: no column has it.
fn stand_in(at: usize) -> String {
    format!("\u{1}{at}")
}

fn plan(
    fields: &[Field],
    keys: &[Field],
    columns: &[Column],
    context: &Context,
) -> Result<Plan, Refusal> {
    let mut scope = context.scope(columns);
    scope.grouping = true;
    // Of keys of one name the last one makes the groups.
    let last = |(at, key): &(usize, &Field)| !keys.iter().skip(at + 1).any(|k| k.name == key.name);
    let keys: Vec<Field> = keys
        .iter()
        .enumerate()
        .filter(last)
        .map(|(_, k)| k.clone())
        .collect();
    let keys = keys.as_slice();
    let mut plan = Plan {
        keys: Vec::new(),
        aggregates: Vec::new(),
        results: Vec::new(),
        columns: Vec::new(),
        key_columns: Vec::new(),
    };
    let mut inside = columns.to_vec();
    for key in keys {
        let node = scope.node(&key.value)?;
        if node.ty.is_amount() {
            return Err(invalid(
                "BY",
                "amounts of time make no groups",
                key.value.span(),
            ));
        }
        if node.ty == Type::Source {
            let message = "`_source` makes no groups";
            return Err(invalid("BY", message, key.value.span()));
        }
        let column = Column::computed(&key.name, node.ty);
        plan.keys.push(node);
        inside.push(column.clone());
        plan.key_columns.push(column);
    }
    let mut inside = context.scope(&inside);
    // What makes the groups may be said again inside of an aggregate.
    inside.grouping = keys.iter().any(|key| groups(&key.value));
    let mut outside = plan.key_columns.clone();
    let mut rewritten = Vec::new();
    for field in fields {
        let named = |key: &Field| {
            key.value == field.value
                || matches!(&field.value.kind, ExprKind::Column(name) if *name == key.name)
        };
        if keys.iter().any(named) {
            let message = "a key is in the result without being asked for";
            return Err(invalid("STATS", message, field.value.span()));
        }
        let before = plan.aggregates.len();
        let mut rewriter = Rewriter {
            keys,
            filter: field.filter.as_ref(),
            scope: &inside,
            aggregates: &mut plan.aggregates,
            touched: false,
        };
        rewritten.push(rewriter.expr(&field.value)?);
        // What is computed of keys alone has a value for each group too.
        let computed = rewriter.touched && field.filter.is_none();
        if plan.aggregates.len() == before && !computed {
            return Err(invalid(
                "STATS",
                "expected an aggregate",
                field.value.span(),
            ));
        }
    }
    for (at, aggregate) in plan.aggregates.iter().enumerate() {
        outside.push(Column::computed(&stand_in(at), aggregate.ty));
    }
    let scope = context.scope(&outside);
    for (expr, field) in rewritten.iter().zip(fields) {
        let node = scope.node(expr)?;
        plan.columns.push(Column::computed(&field.name, node.ty));
        plan.results.push(node);
    }
    Ok(plan)
}

/// Whether a function that makes groups is in an expression.
fn groups(expr: &Expr) -> bool {
    let makes = matches!(&expr.kind, ExprKind::Call(name, _) if ["bucket", "bin", "tbucket"].contains(&name.as_str()));
    makes || expr.inner().into_iter().any(groups)
}

/// Puts stand-ins where aggregates and key expressions are.
struct Rewriter<'a> {
    keys: &'a [Field],
    filter: Option<&'a Expr>,
    scope: &'a Scope<'a>,
    aggregates: &'a mut Vec<Aggregate>,
    /// Whether a column or a key was met outside of aggregates.
    touched: bool,
}

impl Rewriter<'_> {
    fn expr(&mut self, expr: &Expr) -> Result<Expr, Refusal> {
        self.touched |= matches!(expr.kind, ExprKind::Column(_));
        if let Some(key) = self.keys.iter().find(|key| key.value == *expr) {
            self.touched = true;
            return Ok(Expr {
                kind: ExprKind::Column(key.name.clone()),
                ..expr.clone()
            });
        }
        let kind = match &expr.kind {
            ExprKind::Call(name, arguments) if aggregate::is_aggregate(name) => {
                let (arguments, star) = self.scope.arguments(name, arguments, expr.span())?;
                let filter = self.filter.map(|f| self.scope.condition(f)).transpose()?;
                let aggregate = Aggregate::new(name, arguments, star, filter)?;
                self.aggregates.push(aggregate);
                ExprKind::Column(stand_in(self.aggregates.len() - 1))
            }
            ExprKind::Call(name, arguments) => ExprKind::Call(
                name.clone(),
                arguments
                    .iter()
                    .map(|argument| self.expr(argument))
                    .collect::<Result<Vec<_>, _>>()?,
            ),
            ExprKind::Negate(of) => ExprKind::Negate(self.boxed(of)?),
            ExprKind::Not(of) => ExprKind::Not(self.boxed(of)?),
            ExprKind::IsNull(of) => ExprKind::IsNull(self.boxed(of)?),
            ExprKind::Cast(of, to) => ExprKind::Cast(self.boxed(of)?, to.clone()),
            ExprKind::Binary(operator, left, right) => {
                ExprKind::Binary(*operator, self.boxed(left)?, self.boxed(right)?)
            }
            ExprKind::In(of, items) => ExprKind::In(
                self.boxed(of)?,
                items
                    .iter()
                    .map(|item| self.expr(item))
                    .collect::<Result<Vec<_>, _>>()?,
            ),
            ExprKind::Like {
                of,
                patterns,
                regex,
            } => ExprKind::Like {
                of: self.boxed(of)?,
                patterns: patterns.clone(),
                regex: *regex,
            },
            other => other.clone(),
        };
        Ok(Expr {
            kind,
            ..expr.clone()
        })
    }

    fn boxed(&mut self, expr: &Expr) -> Result<Box<Expr>, Refusal> {
        self.expr(expr).map(Box::new)
    }
}

impl Plan {
    /// The groups that a row is in: each of the values of each key with each of the others.
    fn keys_of(cells: &[Cell]) -> Vec<Key> {
        let mut keys: Vec<Key> = vec![Vec::new()];
        for cell in cells {
            let mut values: Vec<Option<Value>> = Vec::new();
            for value in cell.values() {
                let value = Some(value.clone());
                if !values.contains(&value) {
                    values.push(value);
                }
            }
            if values.is_empty() {
                values.push(None);
            }
            keys = keys
                .into_iter()
                .flat_map(|key| {
                    values.iter().map(move |value| {
                        let mut key = key.clone();
                        key.push(value.clone());
                        key
                    })
                })
                .collect();
        }
        keys
    }

    fn gather(&self, rows: &[Vec<Cell>], notes: &mut Notes) -> Groups {
        let mut groups = Groups {
            places: HashMap::new(),
            found: Vec::new(),
        };
        if self.keys.is_empty() {
            groups.place(Vec::new(), self.aggregates.len());
        }
        for row in rows {
            let cells: Vec<Cell> = self.keys.iter().map(|k| k.eval(row, notes)).collect();
            let groups_of_row = cells
                .iter()
                .map(|cell| cell.values().len().max(1))
                .try_fold(1usize, usize::checked_mul);
            if groups_of_row.is_none_or(|count| count > MOST_ROWS) || groups.found.len() > MOST_ROWS
            {
                let span = self.keys.first().map(|key| key.span.clone());
                notes.stop(failed(
                    "BY",
                    "there are too many groups",
                    span.unwrap_or_default(),
                ));
                return groups;
            }
            let keys = Self::keys_of(&cells);
            let mut row = row.clone();
            row.extend(cells);
            for key in keys {
                let at = groups.place(key, self.aggregates.len());
                if let Some((_, gathered)) = groups.found.get_mut(at) {
                    for (aggregate, into) in self.aggregates.iter().zip(gathered) {
                        aggregate.add(into, &row, notes);
                    }
                }
            }
        }
        groups
    }

    /// The cells of a group: what was asked for, then the keys.
    fn finish(&self, key: Key, gathered: Vec<Gathered>, notes: &mut Notes) -> Vec<Cell> {
        let mut row: Vec<Cell> = key
            .into_iter()
            .map(|value| value.map_or(Cell::Null, Cell::One))
            .collect();
        let keys = row.clone();
        for (aggregate, gathered) in self.aggregates.iter().zip(gathered) {
            let cell = aggregate.finish(gathered, notes);
            row.push(cell);
        }
        let mut cells: Vec<Cell> = self.results.iter().map(|r| r.eval(&row, notes)).collect();
        cells.extend(keys);
        cells
    }

    /// The columns of a group's cells, and the places of those that no later one of the same name hides.
    fn columns(&self) -> (Vec<Column>, Vec<usize>) {
        let mut columns = self.columns.clone();
        columns.extend(self.key_columns.iter().cloned());
        let seen = |at: &usize| {
            let name = columns.get(*at).map(|c| &c.name);
            !columns.iter().skip(at + 1).any(|c| Some(&c.name) == name)
        };
        let places = (0..columns.len()).filter(seen).collect();
        (columns, places)
    }
}

/// `STATS`
pub(super) fn stats(
    fields: &[Field],
    keys: &[Field],
    frame: Frame,
    context: &mut Context,
) -> Result<Frame, Refusal> {
    let plan = plan(fields, keys, &frame.columns, context)?;
    let notes = &mut context.notes;
    let groups = plan.gather(&frame.rows, notes);
    let (columns, places) = plan.columns();
    let mut grouped = Frame {
        columns,
        rows: groups
            .found
            .into_iter()
            .map(|(key, gathered)| plan.finish(key, gathered, notes))
            .collect(),
        ordered: keys.is_empty(),
    };
    grouped.pick(&places);
    Ok(grouped)
}

/// `INLINE STATS`: rows stay, what their groups gave is added.
pub(super) fn inline(
    fields: &[Field],
    keys: &[Field],
    frame: Frame,
    context: &mut Context,
    span: &Range<usize>,
) -> Result<Frame, Refusal> {
    let plan = plan(fields, keys, &frame.columns, context)?;
    let notes = &mut context.notes;
    let groups = plan.gather(&frame.rows, notes);
    let (added, places) = plan.columns();
    let finished: Vec<Vec<Cell>> = groups
        .found
        .into_iter()
        .map(|(key, gathered)| plan.finish(key, gathered, notes))
        .collect();
    let mut joined = Frame {
        columns: frame.columns.clone(),
        rows: Vec::with_capacity(frame.rows.len()),
        ordered: false,
    };
    let width = joined.columns.len();
    joined.columns.extend(added.iter().cloned());
    for mut row in frame.rows {
        let cells: Vec<Cell> = plan.keys.iter().map(|k| k.eval(&row, notes)).collect();
        let several = cells.iter().filter(|cell| matches!(cell, Cell::Many(_)));
        if several.count() > 1 {
            return Err(unknown(
                "INLINE STATS",
                "several keys of several values are not known here",
                span.clone(),
            ));
        }
        // A row that is in several groups gets what each of them gave.
        let mut found: Vec<Vec<Value>> = vec![Vec::new(); plan.results.len()];
        for key in Plan::keys_of(&cells) {
            let group = groups.places.get(&key).and_then(|at| finished.get(*at));
            for (into, cell) in found.iter_mut().zip(group.into_iter().flatten()) {
                into.extend_from_slice(cell.values());
            }
        }
        row.extend(found.into_iter().map(Cell::of));
        row.extend(cells);
        joined.rows.push(row);
    }
    // What is added hides what was there under the same name.
    let hidden = |column: &Column| added.iter().any(|a| a.name == column.name);
    let mut kept: Vec<usize> = frame
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| !hidden(column))
        .map(|(at, _)| at)
        .collect();
    kept.extend(places.iter().map(|at| at + width));
    joined.pick(&kept);
    joined.computed();
    Ok(joined)
}
