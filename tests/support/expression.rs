//! Expressions over a few columns, on an engine and in the evaluator, without a hunt around them.
//!
//! An expression is built twice, over neutral fields for the evaluator and over native columns of the same names for the emitters.

use super::table::{self, Missing, NativeRow};
use super::{Kind, Worker};
use huntc::internals::backend::{Origin, Target, emit};
use huntc::internals::diag::Diagnostic;
use huntc::internals::eval;
use huntc::internals::plan::passes::{Bound, BoundOutput, ReadBack};
use huntc::internals::plan::{
    Aggregate, AggregateFunction, Column, Expr, ExprKind, NativeColumn, Output, Plan, Step,
    StepKind, Type,
};
use huntc::internals::schema::{ColumnInfo, Standing};
use huntc::internals::source::Span;
use huntc::internals::value::{Table, Value};
use serde_json::json;
use std::sync::Arc;

/// The column of the event's time.
pub const TIME: &str = "time";
/// The instant of every run and of every row.
pub const NOW: i64 = 1_772_458_245_678;

/// Makes a column of either form: a name and a type in, an expression out.
pub type Columns<'a> = &'a dyn Fn(&str, &Type) -> Expr;

/// An expression of the type, which may be missing.
pub fn expr(kind: ExprKind, ty: Type) -> Expr {
    Expr {
        kind,
        ty,
        nullable: true,
        determined: true,
        span: Span::default(),
    }
}

/// A neutral field.
pub fn field(name: &str, ty: &Type) -> Expr {
    expr(ExprKind::Column(Column::Field(name.to_owned())), ty.clone())
}

/// A native column that rows may lack.
pub fn native(name: &str, ty: &Type) -> Expr {
    expr(
        ExprKind::Column(Column::Native(native_column(name, ty))),
        ty.clone(),
    )
}

fn native_column(name: &str, ty: &Type) -> Arc<NativeColumn> {
    Arc::new(NativeColumn {
        name: name.to_owned(),
        native_type: String::new(),
        nullable: name != TIME,
        may_be_blank: ty.is_textual(),
        multi: matches!(ty, Type::Set(_)),
        address: *ty == Type::Ip,
    })
}

/// As a schema would describe the column.
pub fn described(name: &str, ty: &Type) -> ColumnInfo {
    ColumnInfo {
        native: native_column(name, ty),
        ty: match ty {
            Type::Set(of) => (**of).clone(),
            other => other.clone(),
        },
        structured: false,
        product_types: Default::default(),
        products: Vec::new(),
        case_varies: false,
        values: Vec::new(),
        closed: false,
        standing: Standing::Schema,
        sources: Vec::new(),
        note: String::new(),
    }
}

/// A plan of one step after `from`, and what it gives.
#[derive(Clone)]
pub struct Asked {
    pub neutral: Plan,
    pub bound: Bound,
}

/// Every expression as a column: `e0`, `e1`, …
pub fn selected(build: &dyn Fn(Columns) -> Vec<Expr>) -> Asked {
    let names: Vec<String> = (0..build(&native).len())
        .map(|at| format!("e{at}"))
        .collect();
    selected_as(&names, build)
}

/// Every expression as a column of that name.
pub fn selected_as(names: &[String], build: &dyn Fn(Columns) -> Vec<Expr>) -> Asked {
    let step = |exprs: Vec<Expr>| {
        let columns = names.iter().zip(exprs).map(|(name, value)| Output {
            name: name.clone(),
            value,
            optional: false,
        });
        StepKind::Select {
            columns: columns.collect(),
        }
    };
    let typed = build(&native);
    let outputs = names
        .iter()
        .zip(&typed)
        .map(|(name, e)| output(name, &e.ty))
        .collect();
    asked(step(build(&field)), step(build(&native)), outputs)
}

/// The number of rows for which each predicate is true.
pub fn counted(build: &dyn Fn(Columns) -> Vec<Expr>) -> Asked {
    let step = |exprs: Vec<Expr>| {
        let aggregates = exprs.into_iter().enumerate().map(|(at, filter)| Aggregate {
            name: format!("e{at}"),
            function: AggregateFunction::Count,
            argument: None,
            filter: Some(filter),
            optional: false,
            ty: Type::Int,
            nullable: false,
            span: Span::default(),
        });
        StepKind::Group {
            keys: Vec::new(),
            aggregates: aggregates.collect(),
        }
    };
    let outputs = (0..build(&native).len())
        .map(|at| output(&format!("e{at}"), &Type::Int))
        .collect();
    asked(step(build(&field)), step(build(&native)), outputs)
}

fn output(name: &str, ty: &Type) -> BoundOutput {
    BoundOutput {
        name: name.to_owned(),
        neutral: name.to_owned(),
        ty: ty.clone(),
        read: ReadBack::AsIs,
        several: false,
        native_type: None,
    }
}

fn asked(neutral: StepKind, native: StepKind, outputs: Vec<BoundOutput>) -> Asked {
    let plan = |kind: StepKind| {
        let from = StepKind::From {
            within: None,
            param: None,
            before_now: false,
        };
        let steps = [from, kind].map(|kind| Step {
            kind,
            span: Span::default(),
        });
        Plan {
            class: "network_session".to_owned(),
            steps: steps.to_vec(),
        }
    };
    Asked {
        neutral: plan(neutral),
        bound: Bound {
            plan: plan(native),
            time: native_column(TIME, &Type::Time),
            outputs,
            notes: Vec::new(),
            remarks: Default::default(),
        },
    }
}

impl Asked {
    pub fn text(&self, target: &Target) -> Result<String, Vec<Diagnostic>> {
        let target = Target {
            now: Some(NOW),
            ..target.clone()
        };
        emit(&self.bound, &target, &Origin::default()).map(|query| query.text)
    }

    /// What the evaluator says of rows of these columns; each row is given a time.
    pub fn evaluated(&self, columns: &[(String, Type)], rows: &[Vec<Value>]) -> eval::Output {
        let mut events = Table {
            columns: columns.iter().map(|(name, _)| name.clone()).collect(),
            rows: rows.to_vec(),
        };
        events.columns.push(TIME.to_owned());
        events
            .rows
            .iter_mut()
            .for_each(|row| row.push(Value::Time(NOW)));
        eval::run(&self.neutral, &events, NOW).unwrap_or_else(|error| panic!("{error}"))
    }

    /// What an engine says of them.
    pub fn run(
        &self,
        (kind, worker): (Kind, &Worker),
        target: &Target,
        columns: &[(String, Type)],
        rows: &[Vec<Value>],
    ) -> Result<Table, String> {
        let text = self.text(target).map_err(|faults| format!("{faults:?}"))?;
        let mut described: Vec<ColumnInfo> = columns
            .iter()
            .map(|(name, ty)| described(name, ty))
            .collect();
        described.push(self::described(TIME, &Type::Time));
        let native: Vec<NativeRow> = rows
            .iter()
            .map(|row| {
                let cells = columns
                    .iter()
                    .zip(row)
                    .map(|((name, _), value)| (name.clone(), value.clone()));
                cells.chain([(TIME.to_owned(), Value::Time(NOW))]).collect()
            })
            .collect();
        let described: Vec<&ColumnInfo> = described.iter().collect();
        table::load(
            worker,
            kind,
            &target.table,
            &described,
            &native,
            Missing::Mixed,
        )?;
        let answer = worker
            .ask(&json!({"sql": text}))
            .map_err(|why| format!("{why}\n{text}"))?;
        table::read_result(&answer, &self.bound.outputs, &Default::default())
            .map_err(|why| format!("{why}\n{text}"))
    }
}
