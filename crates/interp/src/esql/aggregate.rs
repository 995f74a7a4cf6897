//! In: the name and the typed arguments of an aggregate. Out: [`Aggregate`], which takes rows and gives one cell.
//! Guarantee: null is skipped and every value of a cell counts (Elastic docs, "Aggregation functions"). COUNT_DISTINCT is exact here: on
//! the platform it is a sketch above its threshold. PERCENTILE interpolates, as the platform does on small sets.

use std::collections::HashSet;
use std::ops::Range;

use super::arguments::{Arguments, coerce};
use super::cell::{Cell, Value};
use super::functions::multi::sum;
use super::node::{Node, Notes};
use super::types::Type;
use crate::Refusal;

const NAMES: &[&str] = &[
    "absent",
    "avg",
    "count",
    "count_distinct",
    "first",
    "last",
    "max",
    "median",
    "median_absolute_deviation",
    "min",
    "percentile",
    "present",
    "std_dev",
    "sum",
    "top",
    "values",
    "variance",
    "weighted_avg",
];

/// Aggregates that the platform has and this interpreter has not: known as aggregates so that they are refused as such.
const UNKNOWN: &[&str] = &[
    "sample",
    "st_centroid_agg",
    "st_extent_agg",
    "rate",
    "irate",
    "increase",
    "delta",
    "idelta",
    "avg_over_time",
    "sum_over_time",
    "min_over_time",
    "max_over_time",
    "count_over_time",
    "count_distinct_over_time",
    "first_over_time",
    "last_over_time",
    "present_over_time",
    "absent_over_time",
    "percentile_over_time",
    "sparkline",
    "earliest",
    "latest",
    "deriv",
    "stddev_over_time",
    "variance_over_time",
];

/// Whether a name is that of an aggregate, known here or not.
pub(super) fn is_aggregate(name: &str) -> bool {
    NAMES.contains(&name) || UNKNOWN.contains(&name)
}

/// Up to how many values COUNT_DISTINCT is exact when nothing is said, and at most.
const DEFAULT_THRESHOLD: usize = 3000;
const MOST_THRESHOLD: usize = 40_000;

/// Which aggregate.
#[derive(Clone, Debug, PartialEq)]
enum Kind {
    CountRows,
    Count,
    /// With the threshold up to which the platform is exact.
    CountDistinct {
        threshold: usize,
    },
    Present {
        wanted: bool,
    },
    Extreme {
        greatest: bool,
    },
    Sum,
    Average,
    Percentile(f64),
    Deviation,
    Spread {
        root: bool,
    },
    Values,
    Top {
        limit: usize,
        descending: bool,
        other: bool,
    },
    Edge {
        last: bool,
    },
    Weighted,
}

/// An aggregate, ready for rows.
pub(super) struct Aggregate {
    kind: Kind,
    arguments: Vec<Node>,
    /// Rows that do not meet this do not count.
    filter: Option<Node>,
    /// The type of the result.
    pub ty: Type,
    span: Range<usize>,
}

/// What one group has gathered for one aggregate.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Rows, or values where those are counted.
    rows: u64,
    values: Vec<Value>,
    /// Second arguments, one for each value.
    beside: Vec<Value>,
    seen: HashSet<Value>,
    best: Option<Value>,
}

impl Aggregate {
    /// The aggregate of a call.
    pub(super) fn new(
        name: &str,
        mut arguments: Arguments,
        star: bool,
        filter: Option<Node>,
    ) -> Result<Aggregate, Refusal> {
        let span = arguments.site.span.clone();
        if UNKNOWN.contains(&name) {
            return Err(arguments.site.unknown(format!(
                "the aggregate {} is not known here",
                arguments.site.name
            )));
        }
        if star && name != "count" {
            return Err(arguments.site.invalid("`*` stands in COUNT(*) only"));
        }
        let mut nodes = Vec::new();
        let (kind, ty) = if name == "count" && (star || arguments.left() == 0) {
            (Kind::CountRows, Type::Long)
        } else {
            let (kind, ty, more) = read(name, &mut arguments)?;
            nodes = more;
            (kind, ty)
        };
        arguments.done()?;
        Ok(Aggregate {
            kind,
            arguments: nodes,
            filter,
            ty,
            span,
        })
    }

    /// A row of a group.
    pub(super) fn add(&self, into: &mut Gathered, row: &[Cell], notes: &mut Notes) {
        if let Some(filter) = &self.filter
            && !filter.holds(row, notes)
        {
            return;
        }
        let Some(first) = self.arguments.first() else {
            into.rows += 1;
            return;
        };
        let cell = first.eval(row, notes);
        match &self.kind {
            Kind::Values | Kind::CountDistinct { .. } => {
                for value in cell.values() {
                    if into.seen.insert(value.clone()) && self.kind == Kind::Values {
                        into.values.push(value.clone());
                    }
                }
            }
            Kind::Count | Kind::Present { .. } => {
                into.rows += u64::try_from(cell.values().len()).unwrap_or(0);
            }
            Kind::Extreme { greatest } => {
                for value in cell.values() {
                    let better = into.best.as_ref().is_none_or(|best| {
                        let order = value.order(best);
                        if *greatest {
                            order.is_gt()
                        } else {
                            order.is_lt()
                        }
                    });
                    if better {
                        into.best = Some(value.clone());
                    }
                }
            }
            Kind::Weighted | Kind::Edge { .. } | Kind::Top { other: true, .. } => {
                let second = self.arguments.get(1);
                let beside = second.map(|n| n.eval(row, notes)).unwrap_or_default();
                match (&cell, &beside) {
                    (Cell::One(value), Cell::One(beside)) => {
                        into.values.push(value.clone());
                        into.beside.push(beside.clone());
                    }
                    (Cell::Null, Cell::Null) => {}
                    (Cell::Null, _) if self.kind != Kind::Weighted => {}
                    (_, Cell::Null) if matches!(self.kind, Kind::Edge { .. } | Kind::Weighted) => {}
                    // A weight without a value, a value with nothing to show, several values: what becomes of
                    // these is not documented.
                    _ => notes.stop(super::refuse::unknown(
                        "aggregate",
                        "null beside a value, or several values, are not known in this aggregate",
                        self.span.clone(),
                    )),
                }
            }
            _ => into.values.extend_from_slice(cell.values()),
        }
    }

    /// The result of a group.
    pub(super) fn finish(&self, gathered: Gathered, notes: &mut Notes) -> Cell {
        if let Kind::CountDistinct { threshold } = self.kind
            && gathered.seen.len() > threshold
        {
            notes.remark(
                &self.span,
                "exact here, a sketch on the platform above its threshold",
            );
        }
        match self.compute(gathered) {
            Ok(cell) => cell,
            Err(message) => {
                notes.warn(&self.span, &message);
                Cell::Null
            }
        }
    }

    fn compute(&self, mut gathered: Gathered) -> Result<Cell, String> {
        let count = |n: u64| Cell::One(Value::Whole(i64::try_from(n).unwrap_or(i64::MAX)));
        let double = |value: f64| {
            if value.is_finite() {
                Ok(Cell::One(Value::Double(value)))
            } else {
                Ok(Cell::Null)
            }
        };
        let values = &gathered.values;
        Ok(match &self.kind {
            Kind::CountRows | Kind::Count => count(gathered.rows),
            Kind::CountDistinct { .. } => count(u64::try_from(gathered.seen.len()).unwrap_or(0)),
            Kind::Present { wanted } => Cell::One(Value::Boolean((gathered.rows > 0) == *wanted)),
            Kind::Extreme { .. } => gathered.best.map_or(Cell::Null, Cell::One),
            Kind::Values => Cell::of(gathered.values),
            _ if values.is_empty() => Cell::Null,
            Kind::Sum if self.ty == Type::Long => {
                let total: i128 = values.iter().filter_map(Value::whole).map(i128::from).sum();
                let total = i64::try_from(total).map_err(|_| "long overflow".to_owned())?;
                Cell::One(Value::Whole(total))
            }
            Kind::Sum => return double(sum(values)),
            Kind::Average => return double(sum(values) / values.len() as f64),
            Kind::Percentile(percent) => {
                return double(percentile(numbers(values), *percent));
            }
            Kind::Deviation => {
                let numbers = numbers(values);
                let middle = percentile(numbers.clone(), 50.0);
                let distances = numbers.iter().map(|v| (v - middle).abs()).collect();
                return double(percentile(distances, 50.0));
            }
            Kind::Spread { root } => {
                let (mut mean, mut squares) = (0.0, 0.0);
                for (number, count) in numbers(values).iter().zip(1i64..) {
                    let distance = number - mean;
                    mean += distance / count as f64;
                    squares += distance * (number - mean);
                }
                let variance = squares / values.len() as f64;
                return double(if *root { variance.sqrt() } else { variance });
            }
            Kind::Top {
                limit,
                descending,
                other,
            } => {
                let mut order: Vec<usize> = (0..values.len()).collect();
                order.sort_by(|a, b| {
                    let (a, b) = (values.get(*a), values.get(*b));
                    let order = a.zip(b).map(|(a, b)| a.order(b));
                    let order = order.unwrap_or(std::cmp::Ordering::Equal);
                    if *descending { order.reverse() } else { order }
                });
                let shown = if *other { &gathered.beside } else { values };
                Cell::of(
                    order
                        .iter()
                        .take(*limit)
                        .filter_map(|at| shown.get(*at).cloned())
                        .collect(),
                )
            }
            Kind::Edge { last } => {
                let mut best: Option<(&Value, &Value)> = None;
                for (value, key) in values.iter().zip(&gathered.beside) {
                    let better = best.is_none_or(|(_, found)| {
                        let order = key.order(found);
                        if *last { order.is_gt() } else { order.is_lt() }
                    });
                    if better {
                        best = Some((value, key));
                    }
                }
                best.map_or(Cell::Null, |(value, _)| Cell::One(value.clone()))
            }
            Kind::Weighted => {
                let products: Vec<Value> = values
                    .iter()
                    .zip(&gathered.beside)
                    .filter_map(|(v, w)| Some(Value::Double(v.double()? * w.double()?)))
                    .collect();
                let weights = sum(&gathered.beside);
                gathered.beside.clear();
                if weights == 0.0 {
                    return Err("/ by zero".to_owned());
                }
                return double(sum(&products) / weights);
            }
        })
    }
}

fn numbers(values: &[Value]) -> Vec<f64> {
    values.iter().filter_map(Value::double).collect()
}

fn percentile(mut numbers: Vec<f64>, percent: f64) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let Some(last) = numbers.len().checked_sub(1) else {
        return f64::NAN;
    };
    let place = percent / 100.0 * last as f64;
    let index = place.floor() as usize;
    let part = place - place.floor();
    let lower = numbers.get(index).copied().unwrap_or(f64::NAN);
    let upper = numbers.get(index + 1).copied().unwrap_or(lower);
    if part == 0.0 {
        lower
    } else {
        lower + part * (upper - lower)
    }
}

/// The kind, the type of the result, and the arguments that rows are asked for.
fn read(name: &str, arguments: &mut Arguments) -> Result<(Kind, Type, Vec<Node>), Refusal> {
    let measure = |arguments: &mut Arguments| {
        arguments.when("a number", |t| t.is_number() && t != Type::UnsignedLong)
    };
    Ok(match name {
        "count" => (Kind::Count, Type::Long, vec![arguments.any()?]),
        "count_distinct" => {
            let node = arguments.when("a value", |t| t != Type::UnsignedLong)?;
            let mut threshold = DEFAULT_THRESHOLD;
            if arguments.left() > 0 {
                let asked = arguments.constant_whole()?;
                threshold = usize::try_from(asked).unwrap_or(0).min(MOST_THRESHOLD);
            }
            (Kind::CountDistinct { threshold }, Type::Long, vec![node])
        }
        "present" | "absent" => {
            let wanted = name == "present";
            (
                Kind::Present { wanted },
                Type::Boolean,
                vec![arguments.any()?],
            )
        }
        "min" | "max" => {
            let node = arguments.when("a value with an order", |t| !t.is_amount())?;
            let ty = node.ty.computed();
            let greatest = name == "max";
            (Kind::Extreme { greatest }, ty, vec![node])
        }
        "sum" => {
            let node = measure(arguments)?;
            let ty = match node.ty {
                Type::Integer | Type::Long => Type::Long,
                other => other,
            };
            (Kind::Sum, ty, vec![node])
        }
        "avg" => (Kind::Average, Type::Double, vec![measure(arguments)?]),
        "median" => (
            Kind::Percentile(50.0),
            Type::Double,
            vec![measure(arguments)?],
        ),
        "median_absolute_deviation" => (Kind::Deviation, Type::Double, vec![measure(arguments)?]),
        "std_dev" | "variance" => {
            let root = name == "std_dev";
            (
                Kind::Spread { root },
                Type::Double,
                vec![measure(arguments)?],
            )
        }
        "percentile" => {
            let node = measure(arguments)?;
            let percent = arguments.number()?;
            let percent = percent.fold_one().and_then(|v| v.double());
            let percent = percent.filter(|p| (0.0..=100.0).contains(p));
            let percent = percent.ok_or_else(|| {
                arguments
                    .site
                    .invalid("expected a constant percentile from 0 to 100")
            })?;
            (Kind::Percentile(percent), Type::Double, vec![node])
        }
        "values" => {
            let node = arguments.when("a value", |t| !t.is_amount())?;
            let ty = node.ty.computed();
            (Kind::Values, ty, vec![node])
        }
        "weighted_avg" => {
            let nodes = vec![measure(arguments)?, measure(arguments)?];
            (Kind::Weighted, Type::Double, nodes)
        }
        "first" | "last" => {
            let node = arguments.any()?;
            let key = arguments.any()?;
            let key = coerce(key, Type::Date, &arguments.site).map_err(|_| {
                arguments
                    .site
                    .unknown("only dates order FIRST and LAST here")
            })?;
            let ty = node.ty.computed();
            let last = name == "last";
            (Kind::Edge { last }, ty, vec![node, key])
        }
        _ => {
            let node = arguments.when("a value with an order", |t| !t.is_amount())?;
            let limit = arguments.constant_whole()?;
            let limit = usize::try_from(limit)
                .ok()
                .filter(|l| *l > 0)
                .ok_or_else(|| arguments.site.invalid("expected a limit above 0"))?;
            let mut descending = false;
            if arguments.left() > 0 {
                descending = match arguments.constant_text()?.to_ascii_lowercase().as_str() {
                    "asc" => false,
                    "desc" => true,
                    _ => return Err(arguments.site.invalid("the order is ASC or DESC")),
                };
            }
            let mut ty = node.ty.computed();
            let mut nodes = vec![node];
            let other = arguments.left() > 0;
            if other {
                let shown = arguments.any()?;
                ty = shown.ty.computed();
                nodes.push(shown);
            }
            let kind = Kind::Top {
                limit,
                descending,
                other,
            };
            (kind, ty, nodes)
        }
    })
}
