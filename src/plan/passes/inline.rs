//! Joins with tables whose rows are written into the text.
//!
//! In: a plan fitted to a schema, and which platform objects the target can read. Out: the plan in which each join with a table that the target does not
//! read itself has become conditions and constant columns; of the other joins, the conditions on the table's own columns are moved to the table. Guarantee:
//! same rows. A table none of whose rows can meet anything is an error, never an empty result.

use crate::diag::{Code, Diagnostic};
use crate::plan::{
    Cell, Column, Comparison, Expr, ExprKind, JoinTest, Output, Plan, Step, StepKind, Type,
    TypedColumn, Watchlist, chosen_columns,
};
use crate::source::Span;
use crate::value::{Value, order};

/// Writes tables into the plan, but those that have an object of the kind `reads`.
///
/// # Errors
/// Tables whose rows can meet no event.
pub(crate) fn inline(plan: &Plan, reads: &str) -> Result<Plan, Vec<Diagnostic>> {
    let mut steps: Vec<Step> = Vec::new();
    let mut errors = Vec::new();
    let mut rest = plan.steps.clone();
    while !rest.is_empty() {
        let step = rest.remove(0);
        let StepKind::Join {
            table,
            alias,
            tests,
            ..
        } = &step.kind
        else {
            steps.push(step);
            continue;
        };
        let joined: Vec<String> = table.joined(alias).map(|(name, _)| name).collect();
        let at_run_time = !reads.is_empty() && table.platform.contains_key(reads);
        let written = |part: &Expr| {
            at_run_time
                || table
                    .rows
                    .iter()
                    .all(|row| truth(part, table, alias, row).is_some())
        };
        let filter = take_conditions(&mut rest, &joined, &written);
        if at_run_time {
            steps.push(Step {
                kind: StepKind::Join {
                    table: table.clone(),
                    alias: alias.clone(),
                    tests: tests.clone(),
                    filter: Expr::all(filter),
                },
                span: step.span,
            });
            continue;
        }
        let join = Join {
            table,
            alias,
            tests,
            later: &rest,
            span: step.span,
        };
        match join.written_out(&filter) {
            Ok((made, constants)) => {
                steps.extend(made);
                put_constants(&mut rest, &constants);
            }
            Err(error) => errors.push(*error),
        }
    }
    if errors.is_empty() {
        leave_out_numbers(plan, &mut steps);
        Ok(Plan {
            class: plan.class.clone(),
            steps,
        })
    } else {
        Err(errors)
    }
}

/// Whether a row of a table that takes part asks something of a column, so that it is not `*`; of a table that is read at run time any row may.
#[must_use]
pub(crate) fn asks(plan: &Plan, reads: &str, name: &str, column: &str) -> bool {
    plan.steps.iter().enumerate().any(|(at, step)| {
        let StepKind::Join { table, alias, .. } = &step.kind else {
            return false;
        };
        let Some(place) = table.columns.iter().position(|known| known.name == column) else {
            return false;
        };
        if table.name != name {
            return false;
        }
        if !reads.is_empty() && table.platform.contains_key(reads) {
            return true;
        }
        let joined: Vec<String> = table.joined(alias).map(|(name, _)| name).collect();
        let truth = |part: &Expr, row: &[Cell]| truth(part, table, alias, row);
        let written = |part: &Expr| table.rows.iter().all(|row| truth(part, row).is_some());
        let mut later = plan.steps.get(at + 1..).unwrap_or_default().to_vec();
        let filter = take_conditions(&mut later, &joined, &written);
        let takes_part = |row: &Vec<Cell>| filter.iter().all(|part| truth(part, row) == Some(true));
        let mut rows = table.rows.iter().filter(|row| takes_part(row));
        rows.any(|row| !matches!(row.get(place), Some(Cell::Anything) | None))
    })
}

/// The number that distinguishes the rows of a table is no column of the result, nor are the sets of a table that the platform reads: where no later step
/// chooses the columns, they are chosen at the end.
fn leave_out_numbers(plan: &Plan, steps: &mut Vec<Step>) {
    let last_choice = steps.iter().rposition(|step| step.kind.chooses());
    let numbered =
        |step: &Step| matches!(step.kind, StepKind::Repeat { .. } | StepKind::Join { .. });
    if !steps.iter().skip(last_choice.unwrap_or(0)).any(numbered) {
        return;
    }
    let Some(columns) = chosen_columns(plan) else {
        return;
    };
    let span = steps.last().map_or_else(Span::default, |step| step.span);
    let output = |column: TypedColumn| Output {
        value: Expr {
            kind: ExprKind::Column(Column::Field(column.name.clone())),
            ty: column.ty,
            nullable: column.nullable,
            determined: column.determined,
            span,
        },
        name: column.name,
        optional: false,
    };
    steps.push(Step {
        kind: StepKind::Select {
            columns: columns.into_iter().map(output).collect(),
        },
        span,
    });
}

/// Takes the conditions on the table's own columns out of the conditions that follow directly.
fn take_conditions(
    later: &mut Vec<Step>,
    joined: &[String],
    written: &dyn Fn(&Expr) -> bool,
) -> Vec<Expr> {
    let mut taken = Vec::new();
    let mut at = 0;
    while let Some(step) = later.get_mut(at) {
        let StepKind::Where {
            predicate,
            optional: false,
        } = &mut step.kind
        else {
            break;
        };
        let parts = match &predicate.kind {
            ExprKind::And(parts) => parts.clone(),
            _ => vec![predicate.clone()],
        };
        let (own, others): (Vec<Expr>, Vec<Expr>) = parts
            .into_iter()
            .partition(|part| reads_only(part, joined) && written(part));
        taken.extend(own);
        match Expr::all(others) {
            Some(others) => {
                *predicate = others;
                at += 1;
            }
            None => {
                later.remove(at);
            }
        }
    }
    taken
}

/// Whether an expression reads columns, and none but these.
fn reads_only(expr: &Expr, columns: &[String]) -> bool {
    let (mut some, mut all) = (false, true);
    expr.visit(&mut |part| {
        if let ExprKind::Column(column) = &part.kind {
            some = true;
            all &= columns.iter().any(|name| name == column.name());
        }
        all &= !matches!(part.kind, ExprKind::Now);
    });
    some && all
}

/// Steps, and constant columns.
type WrittenOut = (Vec<Step>, Vec<(String, Expr)>);

/// Whether all that later steps do with a column is to rename it.
fn only_named(name: &str, later: &[Step]) -> bool {
    let mut rest = later.to_vec();
    for step in &mut rest {
        if let Some(outputs) = step.kind.outputs_mut() {
            outputs.retain(|output| !is_column(&output.value, name));
            let read = step
                .kind
                .expressions()
                .into_iter()
                .any(|expr| reads(expr, name));
            return !read;
        }
        if step
            .kind
            .expressions()
            .into_iter()
            .any(|expr| reads(expr, name))
        {
            return false;
        }
    }
    false
}

/// Writes constants where the next step that gives names reads them.
fn put_constants(later: &mut [Step], constants: &[(String, Expr)]) {
    for step in later {
        let Some(outputs) = step.kind.outputs_mut() else {
            continue;
        };
        for output in outputs {
            if let Some((_, constant)) = constants
                .iter()
                .find(|(name, _)| is_column(&output.value, name))
            {
                output.value = Expr {
                    span: output.value.span,
                    ..constant.clone()
                };
            }
        }
        return;
    }
}

fn is_column(expr: &Expr, name: &str) -> bool {
    matches!(&expr.kind, ExprKind::Column(column) if column.name() == name)
}

fn reads(expr: &Expr, name: &str) -> bool {
    let mut found = false;
    expr.visit(&mut |part| found |= is_column(part, name));
    found
}

struct Join<'a> {
    table: &'a Watchlist,
    alias: &'a str,
    tests: &'a [JoinTest],
    later: &'a [Step],
    span: Span,
}

/// A row of the table that can meet an event, and what it asks of one.
struct Met<'a> {
    cells: &'a [Cell],
    conditions: Vec<Expr>,
}

impl Join<'_> {
    /// The steps in place of the join, and the columns that are the same in every row and need no step.
    fn written_out(&self, filter: &[Expr]) -> Result<WrittenOut, Box<Diagnostic>> {
        let passes = |row: &&Vec<Cell>| {
            filter
                .iter()
                .all(|part| truth(part, self.table, self.alias, row) == Some(true))
        };
        let met: Vec<Met<'_>> = self
            .table
            .rows
            .iter()
            .filter(passes)
            .filter_map(|row| {
                let conditions = self.conditions(row)?;
                Some(Met {
                    cells: row,
                    conditions,
                })
            })
            .collect();
        if met.is_empty() {
            let error = Diagnostic::at(
                Code::E0503,
                self.span,
                format!("no row of `${}` can meet an event here", self.table.name),
            )
            .label("no row is left")
            .help("a hunt that can return nothing is refused; look at the conditions on the table's columns, and at its cells");
            return Err(Box::new(error));
        }
        let any: Vec<Expr> = met
            .iter()
            .filter_map(|row| Expr::all(row.conditions.clone()))
            .collect();
        let mut steps = Vec::new();
        let where_step = |predicate| StepKind::Where {
            predicate,
            optional: false,
        };
        // A row without conditions would be met by all; a join has one condition that every row makes.
        if let Some(predicate) = Expr::any(any.clone()) {
            self.push(&mut steps, where_step(predicate));
        }
        let apart = met.len() == 1 || self.never_together(&met);
        let choices: Vec<Expr> = if apart {
            any
        } else {
            let name = format!("{}_row", self.alias);
            let count = u32::try_from(met.len()).unwrap_or(u32::MAX);
            self.push(
                &mut steps,
                StepKind::Repeat {
                    name: name.clone(),
                    count,
                },
            );
            let number = |at: usize| {
                let number = Value::Int(i64::try_from(at).unwrap_or(0));
                self.equal(self.computed(&name, Type::Int), number, Type::Int, false)
            };
            let each = met.iter().enumerate().filter_map(|(at, row)| {
                Expr::all(
                    std::iter::once(number(at))
                        .chain(row.conditions.clone())
                        .collect(),
                )
            });
            if let Some(predicate) = Expr::any(each.collect()) {
                self.push(&mut steps, where_step(predicate));
            }
            (0..met.len()).map(number).collect()
        };
        let columns: Vec<(String, Expr)> = self
            .table
            .joined(self.alias)
            .filter(|(name, _)| is_used(name, self.later))
            .filter_map(|(name, column)| {
                let at = self
                    .table
                    .columns
                    .iter()
                    .position(|c| c.name == column.name)?;
                let values: Vec<Value> = met
                    .iter()
                    .map(|row| row.cells.get(at).map_or(Value::Missing, Cell::value))
                    .collect();
                Some((name, self.constant(&values, &choices, &column.ty)))
            })
            .collect();
        let (constants, columns): (Vec<_>, Vec<_>) =
            columns.into_iter().partition(|(name, value)| {
                matches!(value.kind, ExprKind::Literal { .. }) && only_named(name, self.later)
            });
        if !columns.is_empty() {
            self.push(&mut steps, StepKind::Derive { columns });
        }
        Ok((steps, constants))
    }

    fn push(&self, steps: &mut Vec<Step>, kind: StepKind) {
        steps.push(Step {
            kind,
            span: self.span,
        });
    }

    /// What a row asks of an event; `None` when no event can meet it.
    fn conditions(&self, row: &[Cell]) -> Option<Vec<Expr>> {
        let mut conditions = Vec::new();
        for test in self.tests {
            let Some(values) = row.get(test.column).unwrap_or(&Cell::Missing).values() else {
                continue;
            };
            let value = test.value.as_ref()?;
            let (values, fold): (Vec<Value>, bool) = match &value.ty {
                // The words of a closed set are lower case.
                Type::Enum(_) => (
                    values.iter().map(|value| word(value, test.fold)).collect(),
                    false,
                ),
                _ => (values.to_vec(), test.fold),
            };
            conditions.push(match values.as_slice() {
                [] => return None,
                [one] => self.equal(value.clone(), one.clone(), value.ty.clone(), fold),
                _ => Expr::predicate(
                    ExprKind::In {
                        value: Box::new(value.clone()),
                        items: values,
                        fold,
                        list: None,
                    },
                    test.span,
                ),
            });
        }
        Some(conditions)
    }

    fn equal(&self, value: Expr, to: Value, ty: Type, fold: bool) -> Expr {
        Expr::predicate(
            ExprKind::Compare {
                op: Comparison::Equal,
                fold,
                left: Box::new(value),
                right: Box::new(Expr::literal(to, ty, self.span)),
            },
            self.span,
        )
    }

    fn computed(&self, name: &str, ty: Type) -> Expr {
        Expr {
            kind: ExprKind::Column(Column::Computed(name.to_owned())),
            ty,
            ..Expr::predicate(ExprKind::Now, self.span)
        }
    }

    /// Whether no event can meet two of the rows.
    fn never_together(&self, met: &[Met<'_>]) -> bool {
        met.iter().enumerate().all(|(at, row)| {
            met.iter().take(at).all(|other| {
                self.tests.iter().any(|test| {
                    let values = |row: &Met<'_>| {
                        row.cells
                            .get(test.column)
                            .and_then(Cell::values)
                            .map(<[Value]>::to_vec)
                    };
                    match (values(row), values(other)) {
                        (Some(one), Some(two)) => one.iter().all(|a| {
                            two.iter()
                                .all(|b| order::compare(&word(a, true), &word(b, true)).is_ne())
                        }),
                        _ => false,
                    }
                })
            })
        })
    }

    /// The column whose value is each row's own.
    fn constant(&self, values: &[Value], choices: &[Expr], ty: &Type) -> Expr {
        let literal = |value: &Value| Expr::literal(value.clone(), ty.clone(), self.span);
        let first = values.first().cloned().unwrap_or(Value::Missing);
        if !first.is_missing() && values.iter().all(|value| *value == first) {
            return literal(&first);
        }
        // A choice without arms is none.
        if values.iter().all(Value::is_missing) {
            return Expr {
                nullable: true,
                ..literal(&Value::Missing)
            };
        }
        let mut arms: Vec<(Expr, Expr)> = choices
            .iter()
            .zip(values)
            .filter(|(_, value)| !value.is_missing())
            .map(|(choice, value)| (choice.clone(), literal(value)))
            .collect();
        let lacks = values.iter().any(Value::is_missing);
        let otherwise = if lacks {
            None
        } else {
            arms.pop().map(|(_, value)| Box::new(value))
        };
        Expr {
            kind: ExprKind::Case { arms, otherwise },
            ty: ty.clone(),
            nullable: lacks,
            ..Expr::predicate(ExprKind::Now, self.span)
        }
    }
}

/// A text in lower case where case is ignored.
fn word(value: &Value, fold: bool) -> Value {
    match value {
        Value::Text(text) if fold => {
            let lowered: String = text
                .chars()
                .map(|letter| letter.to_lowercase().next().unwrap_or(letter))
                .collect();
            Value::text(&lowered)
        }
        other => other.clone(),
    }
}

/// Whether a later step reads the column, or the result is whole rows.
fn is_used(name: &str, later: &[Step]) -> bool {
    for step in later {
        if step
            .kind
            .expressions()
            .into_iter()
            .any(|expr| reads(expr, name))
        {
            return true;
        }
        if step.kind.chooses() {
            return false;
        }
    }
    true
}

/// Whether a condition on the table's own columns holds for a row; `None` for what is not told here.
fn truth(part: &Expr, table: &Watchlist, alias: &str, row: &[Cell]) -> Option<bool> {
    let cell = |expr: &Expr| {
        let ExprKind::Column(column) = &expr.kind else {
            return None;
        };
        let at = table
            .columns
            .iter()
            .position(|own| Watchlist::joined_name(alias, own) == column.name())?;
        row.get(at).map(Cell::value)
    };
    let of = |expr: &Expr| match &expr.kind {
        ExprKind::Literal { value, .. } => Some(value.clone()),
        _ => cell(expr),
    };
    match &part.kind {
        ExprKind::Not(inner) => truth(inner, table, alias, row).map(|holds| !holds),
        ExprKind::And(parts) => parts
            .iter()
            .map(|part| truth(part, table, alias, row))
            .collect::<Option<Vec<bool>>>()
            .map(|all| all.into_iter().all(|holds| holds)),
        ExprKind::Or(parts) => parts
            .iter()
            .map(|part| truth(part, table, alias, row))
            .collect::<Option<Vec<bool>>>()
            .map(|all| all.into_iter().any(|holds| holds)),
        ExprKind::Exists(value) => Some(!of(value)?.is_missing()),
        ExprKind::In {
            value, items, fold, ..
        } => {
            let value = word(&of(value)?, *fold);
            Some(
                !value.is_missing()
                    && items
                        .iter()
                        .any(|item| order::compare(&word(item, *fold), &value).is_eq()),
            )
        }
        ExprKind::Compare {
            op,
            fold,
            left,
            right,
        } => {
            let (left, right) = (word(&of(left)?, *fold), word(&of(right)?, *fold));
            if left.is_missing() || right.is_missing() {
                return Some(false);
            }
            let order = order::compare(&left, &right);
            Some(match op {
                Comparison::Equal => order.is_eq(),
                Comparison::Less => order.is_lt(),
                Comparison::LessOrEqual => order.is_le(),
                Comparison::Greater => order.is_gt(),
                Comparison::GreaterOrEqual => order.is_ge(),
            })
        }
        _ => None,
    }
}
