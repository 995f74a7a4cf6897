//! Bound plans in few words.

use crate::backend::{Dialects, Origin, Query, Target, Version, emit};
use crate::diag::Diagnostic;
use crate::net::Network;
use crate::pattern::Pattern;
use crate::plan::passes::Bound;
use crate::plan::{
    Aggregate, AggregateFunction, Column, Comparison, Expr, ExprKind, NativeColumn, Output, Plan,
    SortKey, Step, StepKind, Type,
};
use crate::plan::{ArithmeticOp, TextTest};
use crate::source::Span;
use crate::value::Value;
use std::sync::Arc;

pub const DAY: i64 = 86_400_000;

fn at() -> Span {
    Span::default()
}

fn make(kind: ExprKind, ty: Type, nullable: bool) -> Expr {
    Expr {
        kind,
        ty,
        nullable,
        determined: true,
        span: at(),
    }
}

/// A native column that rows may lack; `blank` for text.
pub fn native(name: &str, native_type: &str, ty: Type) -> Expr {
    let text = matches!(ty, Type::Text | Type::Enum(_)) || ty == Type::Ip && native_type != "ip";
    make(
        ExprKind::Column(Column::Native(Arc::new(NativeColumn {
            name: name.into(),
            native_type: native_type.into(),
            nullable: true,
            may_be_blank: text,
            multi: false,
            address: false,
        }))),
        ty,
        true,
    )
}

/// A native column that every row has.
pub fn sure(name: &str, native_type: &str, ty: Type) -> Expr {
    make(
        ExprKind::Column(Column::Native(Arc::new(NativeColumn {
            name: name.into(),
            native_type: native_type.into(),
            nullable: false,
            may_be_blank: false,
            multi: false,
            address: false,
        }))),
        ty,
        false,
    )
}

pub fn several(name: &str) -> Expr {
    several_of(name, "keyword")
}

/// A native column of a type that holds several values.
pub fn several_of(name: &str, native_type: &str) -> Expr {
    make(
        ExprKind::Column(Column::Native(Arc::new(NativeColumn {
            name: name.into(),
            native_type: native_type.into(),
            nullable: true,
            may_be_blank: false,
            multi: true,
            address: false,
        }))),
        Type::Set(Box::new(Type::Text)),
        true,
    )
}

pub fn made(name: &str, ty: Type, nullable: bool) -> Expr {
    make(
        ExprKind::Column(Column::Computed(name.into())),
        ty,
        nullable,
    )
}

pub fn text(value: &str) -> Expr {
    make(
        ExprKind::Literal {
            value: Value::text(value),
            param: None,
        },
        Type::Text,
        false,
    )
}

pub fn int(value: i64) -> Expr {
    make(
        ExprKind::Literal {
            value: Value::Int(value),
            param: None,
        },
        Type::Int,
        false,
    )
}

pub fn length(value: i64) -> Expr {
    make(
        ExprKind::Literal {
            value: Value::Duration(value),
            param: None,
        },
        Type::Duration,
        false,
    )
}

pub fn compare(op: Comparison, left: Expr, right: Expr) -> Expr {
    Expr::predicate(
        ExprKind::Compare {
            op,
            fold: false,
            left: Box::new(left),
            right: Box::new(right),
        },
        at(),
    )
}

pub fn eq(left: Expr, right: Expr) -> Expr {
    compare(Comparison::Equal, left, right)
}

pub fn eq_fold(left: Expr, right: Expr) -> Expr {
    Expr::predicate(
        ExprKind::Compare {
            op: Comparison::Equal,
            fold: true,
            left: Box::new(left),
            right: Box::new(right),
        },
        at(),
    )
}

pub fn one_of(value: Expr, items: Vec<Value>, fold: bool, list: Option<&str>) -> Expr {
    Expr::predicate(
        ExprKind::In {
            value: Box::new(value),
            items,
            fold,
            list: list.map(str::to_owned),
        },
        at(),
    )
}

pub fn ints(items: &[i64]) -> Vec<Value> {
    items.iter().copied().map(Value::Int).collect()
}

pub fn words(items: &[&str]) -> Vec<Value> {
    items.iter().map(|item| Value::text(item)).collect()
}

pub fn in_networks(value: Expr, networks: &[&str], list: Option<&str>) -> Expr {
    let networks = networks
        .iter()
        .map(|n| n.parse::<Network>().unwrap())
        .collect();
    Expr::predicate(
        ExprKind::InNetwork {
            value: Box::new(value),
            networks,
            list: list.map(str::to_owned),
        },
        at(),
    )
}

pub fn test(test: TextTest, fold: bool, value: Expr, needles: Vec<Expr>) -> Expr {
    Expr::predicate(
        ExprKind::TextTest {
            test,
            fold,
            value: Box::new(value),
            needles: needles.into(),
        },
        at(),
    )
}

pub fn matches(value: Expr, source: &str, ignore_case: bool) -> Expr {
    let pattern = Arc::new(Pattern::parse(source, ignore_case).unwrap());
    Expr::predicate(
        ExprKind::Matches {
            value: Box::new(value),
            pattern,
        },
        at(),
    )
}

pub fn exists(value: Expr) -> Expr {
    Expr::predicate(ExprKind::Exists(Box::new(value)), at())
}

pub fn not(value: Expr) -> Expr {
    value.negate()
}

pub fn all(parts: Vec<Expr>) -> Expr {
    Expr::all(parts).unwrap()
}

pub fn any(parts: Vec<Expr>) -> Expr {
    Expr::any(parts).unwrap()
}

pub fn call(function: &str, arguments: Vec<Expr>, ty: Type) -> Expr {
    let nullable = ty != Type::Bool && arguments.iter().any(|a| a.nullable);
    make(
        ExprKind::Call {
            function: function.into(),
            arguments,
            pattern: None,
        },
        ty,
        nullable,
    )
}

pub fn extract(value: Expr, source: &str) -> Expr {
    let pattern = Some(Arc::new(Pattern::parse(source, false).unwrap()));
    make(
        ExprKind::Call {
            function: "extract".into(),
            arguments: vec![value],
            pattern,
        },
        Type::Text,
        true,
    )
}

pub fn arithmetic(op: ArithmeticOp, left: Expr, right: Expr, ty: Type) -> Expr {
    let nullable = left.nullable || right.nullable || op == ArithmeticOp::Divide;
    make(
        ExprKind::Arithmetic {
            op,
            left: Box::new(left),
            right: Box::new(right),
        },
        ty,
        nullable,
    )
}

pub fn case(arms: Vec<(Expr, Expr)>, otherwise: Option<Expr>, ty: Type) -> Expr {
    make(
        ExprKind::Case {
            arms,
            otherwise: otherwise.map(Box::new),
        },
        ty,
        true,
    )
}

pub fn lookup(map: &str, rows: Vec<(Value, &str)>, key: Expr) -> Expr {
    let rows = Arc::new(
        rows.into_iter()
            .map(|(key, value)| (key, Arc::from(value)))
            .collect(),
    );
    make(
        ExprKind::Lookup {
            map: map.into(),
            rows,
            key: Box::new(key),
        },
        Type::Text,
        true,
    )
}

pub fn from(within: i64) -> StepKind {
    StepKind::From {
        within: Some(within),
        param: None,
        before_now: false,
    }
}

pub fn filter(predicate: Expr) -> StepKind {
    StepKind::Where {
        predicate,
        optional: false,
    }
}

pub fn derive(columns: Vec<(&str, Expr)>) -> StepKind {
    StepKind::Derive {
        columns: columns
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    }
}

/// An output under its own name, or another.
pub fn output(name: &str, value: Expr) -> Output {
    Output {
        name: name.to_owned(),
        value,
        optional: false,
    }
}

/// An output that passes through.
pub fn same(value: Expr) -> Output {
    let name = match &value.kind {
        ExprKind::Column(column) => column.name().to_owned(),
        _ => panic!("not a column"),
    };
    output(&name, value)
}

pub fn aggregate(
    name: &str,
    function: AggregateFunction,
    argument: Option<Expr>,
    filter: Option<Expr>,
) -> Aggregate {
    use AggregateFunction::{Avg, Count, CountDistinct, Set, Sum};
    let own = argument.as_ref().map_or(Type::Int, |a| a.ty.clone());
    let (ty, nullable) = match function {
        Count | CountDistinct => (Type::Int, false),
        Sum => (own, false),
        Avg => (Type::Float, true),
        Set(_) => (Type::Set(Box::new(own)), false),
        _ => (own, true),
    };
    Aggregate {
        name: name.to_owned(),
        function,
        argument,
        filter,
        optional: false,
        ty,
        nullable,
        span: at(),
    }
}

pub fn group(keys: Vec<Output>, aggregates: Vec<Aggregate>) -> StepKind {
    StepKind::Group { keys, aggregates }
}

pub fn sort(keys: Vec<(Expr, bool)>) -> StepKind {
    StepKind::Sort {
        keys: keys
            .into_iter()
            .map(|(value, descending)| SortKey { value, descending })
            .collect(),
    }
}

/// Steps bound to a table whose time column is `time`.
pub fn bound(steps: Vec<StepKind>, time: &str) -> Bound {
    let steps = steps
        .into_iter()
        .map(|kind| Step { kind, span: at() })
        .collect();
    let native_type = if time.starts_with('@') {
        "date"
    } else {
        "datetime"
    };
    Bound {
        plan: Plan {
            class: "network_session".into(),
            steps,
        },
        time: Arc::new(NativeColumn {
            name: time.into(),
            native_type: native_type.into(),
            nullable: false,
            may_be_blank: false,
            multi: false,
            address: false,
        }),
        outputs: Vec::new(),
        notes: Vec::new(),
        remarks: Default::default(),
    }
}

pub fn target(dialect: &str, stack: Option<&str>, product: &str, table: &str) -> Target {
    let version = stack.map(|s| s.parse::<Version>().unwrap());
    let dialect = Dialects::embedded()
        .load(dialect, version.as_ref())
        .unwrap_or_else(|faults| panic!("{faults:#?}"));
    Target {
        name: "test".into(),
        dialect: Arc::new(dialect),
        product: product.into(),
        table: table.into(),
        now: None,
        sketch: false,
        rollup: None,
        unmapped: Default::default(),
    }
}

/// The text without its header.
pub fn text_of(query: &Query, comment: &str) -> String {
    let lines: Vec<&str> = query
        .text
        .lines()
        .filter(|line| !line.starts_with(comment))
        .collect();
    lines.join("\n")
}

pub fn emitted(bound: &Bound, target: &Target) -> Result<Query, Vec<Diagnostic>> {
    emit(bound, target, &Origin::default())
}
