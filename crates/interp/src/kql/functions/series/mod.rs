//! Functions of series: arrays of numbers.
//!
//! In: a call. Out: its expression; of functions with several results the first, or all where names are given to them. Guarantee: least squares,
//! quantiles and scores are those measured on the engine; where its choice is not known, the run is refused
//! (<https://learn.microsoft.com/en-us/kusto/query/series-decompose-anomalies-function>).

mod decompose;
mod numbers;

use super::{Answered, Call};
use crate::kql::cell::{Cell, Type};
use crate::kql::convert;
use crate::kql::fault::Fault;
use crate::kql::typed::Typed;
use decompose::{Parts, Request, Trend};

/// The results of a function that has several: the ends of their names, their types.
pub(in crate::kql) fn outputs(name: &str) -> Option<&'static [(&'static str, Type)]> {
    Some(match name {
        "series_stats" => &[
            ("min", Type::Real),
            ("min_idx", Type::Long),
            ("max", Type::Real),
            ("max_idx", Type::Long),
            ("avg", Type::Real),
            ("stdev", Type::Real),
            ("variance", Type::Real),
        ],
        "series_fit_line" => &[
            ("rsquare", Type::Real),
            ("slope", Type::Real),
            ("variance", Type::Real),
            ("rvariance", Type::Real),
            ("interception", Type::Real),
            ("line_fit", Type::Dynamic),
        ],
        "series_decompose" | "series_decompose_forecast" => &[
            ("baseline", Type::Dynamic),
            ("seasonal", Type::Dynamic),
            ("trend", Type::Dynamic),
            ("residual", Type::Dynamic),
        ],
        "series_decompose_anomalies" => &[
            ("ad_flag", Type::Dynamic),
            ("ad_score", Type::Dynamic),
            ("baseline", Type::Dynamic),
        ],
        _ => return None,
    })
}

pub(super) fn bind(call: &Call<'_, '_, '_>) -> Answered {
    if outputs(call.name).is_some() {
        return Ok(Some(several(call)?.swap_remove(0)));
    }
    Ok(Some(match call.name {
        "series_stats_dynamic" => {
            call.count(1, 1)?;
            one(call, |values| {
                let stats = numbers::Stats::of(values)?;
                Some(stats.bag())
            })?
        }
        "series_outliers" => {
            call.count(1, 1)?;
            one(call, |values| {
                let scores = decompose::scores(values, decompose::Method::Ctukey)?;
                Some(numbers::array(&scores))
            })?
        }
        "series_add" => pairwise(call, |a, b| a + b)?,
        "series_subtract" => pairwise(call, |a, b| a - b)?,
        "series_multiply" => pairwise(call, |a, b| a * b)?,
        "series_divide" => pairwise(call, |a, b| a / b)?,
        "series_fill_const" => {
            call.count(2, 2)?;
            let constant = call.get(1)?.clone();
            fill(call, Some(constant), |gap, _, constant| {
                gap.fill(constant.cloned().unwrap_or(Cell::Null));
            })?
        }
        "series_fill_forward" => {
            call.count(1, 1)?;
            fill(call, None, |gap, (before, _), _| {
                gap.fill(before.cloned().unwrap_or(Cell::Null));
            })?
        }
        "series_fill_backward" => {
            call.count(1, 1)?;
            fill(call, None, |gap, (_, after), _| {
                gap.fill(after.cloned().unwrap_or(Cell::Null));
            })?
        }
        "series_fill_linear" => {
            call.count(1, 1)?;
            fill(call, None, |gap, edges, _| numbers::interpolate(gap, edges))?
        }
        _ => return Ok(None),
    }))
}

/// All results of a function that has several.
pub(in crate::kql) fn several(call: &Call<'_, '_, '_>) -> Result<Vec<Typed>, Fault> {
    match call.name {
        "series_stats" => {
            call.count(1, 1)?;
            split(
                call,
                numbers_of(call, |values| numbers::Stats::of(values).map(|s| s.cells()))?,
            )
        }
        "series_fit_line" => {
            call.count(1, 1)?;
            split(call, numbers_of(call, numbers::fit_line)?)
        }
        "series_decompose" | "series_decompose_forecast" => {
            let request = if call.name == "series_decompose" {
                call.count(1, 5)?;
                request(call, 1, Trend::Average)?
            } else {
                call.count(2, 5)?;
                forecast(call)?
            };
            let compute = decomposed(call, request)?;
            split(
                call,
                rows_of(call, move |values| {
                    let parts = compute(values)?;
                    let arrays = [
                        &parts.baseline,
                        &parts.seasonal,
                        &parts.trend,
                        &parts.residual,
                    ];
                    Some(arrays.iter().map(|part| numbers::array(part)).collect())
                })?,
            )
        }
        _ => {
            call.count(1, 7)?;
            anomalies(call)
        }
    }
}

fn anomalies(call: &Call<'_, '_, '_>) -> Result<Vec<Typed>, Fault> {
    let threshold = literal(call, 1, 1.5)?;
    let mut request = request(call, 2, Trend::Average)?;
    let method = match call.args.get(5) {
        None => decompose::Method::Ctukey,
        Some(_) => match call.word(5)? {
            "ctukey" => decompose::Method::Ctukey,
            "tukey" => decompose::Method::Tukey,
            other => return Err(call.invalid(format!("`{other}` is no method"))),
        },
    };
    request.season_threshold = literal(call, 6, 0.6)?;
    let compute = decomposed(call, request)?;
    split(
        call,
        rows_of(call, move |values| {
            let parts = compute(values)?;
            let scores = decompose::scores(&parts.residual, method)?;
            let flag = |score: &f64| {
                Cell::Long(if *score > threshold {
                    1
                } else if *score < -threshold {
                    -1
                } else {
                    0
                })
            };
            let flags = scores.iter().map(flag).collect();
            Some(vec![
                Cell::array(flags),
                numbers::array(&scores),
                numbers::array(&parts.baseline),
            ])
        })?,
    )
}

/// The season, the trend and the points to leave out, from the argument `at` on.
fn request(call: &Call<'_, '_, '_>, at: usize, default: Trend) -> Result<Request, Fault> {
    let season = literal(call, at, -1.0)? as i64;
    let trend = match call.args.get(at + 1) {
        None => default,
        Some(_) => match call.word(at + 1)? {
            "avg" => Trend::Average,
            "linefit" => Trend::Line,
            "none" => Trend::None,
            other => return Err(call.invalid(format!("`{other}` is no trend"))),
        },
    };
    let test_points = literal(call, at + 2, 0.0)?;
    if test_points < 0.0 || season < -1 {
        return Err(call.invalid("a season is -1, 0 or its length; test points are not negative"));
    }
    Ok(Request {
        season,
        trend,
        test_points: test_points as usize,
        season_threshold: literal(call, at + 3, 0.6)?,
    })
}

/// A literal number.
fn literal(call: &Call<'_, '_, '_>, at: usize, default: f64) -> Result<f64, Fault> {
    match call.args.get(at) {
        None => Ok(default),
        Some(typed) => match typed.value.as_ref().and_then(Cell::as_real) {
            Some(value) if value.is_finite() => Ok(value),
            _ => Err(call.wrong(at, "a literal number")),
        },
    }
}

/// The decomposition of a series; a season that the engine might find is not guessed at.
fn decomposed(
    call: &Call<'_, '_, '_>,
    request: Request,
) -> Result<impl Fn(&[f64]) -> Option<Parts> + use<>, Fault> {
    let late = call.late().clone();
    let budget = call.scope.session.budget.clone();
    let fault = call.refuse(
        "whether the engine finds a season in a series is not known here; say the season, or 0",
    );
    Ok(move |values: &[f64]| {
        // To look for a season compares the series with itself at every distance.
        let compared = if request.season < 0 { values.len() } else { 10 };
        budget.steps(values.len().saturating_mul(compared)).ok()?;
        let decomposed = decompose::decompose(values, &request);
        if decomposed.is_err() {
            late.borrow_mut().get_or_insert_with(|| fault.clone());
        }
        decomposed.unwrap_or(None)
    })
}

/// A forecast learns from all but its points, along a line unless said.
fn forecast(call: &Call<'_, '_, '_>) -> Result<Request, Fault> {
    let points = literal(call, 1, 0.0)?;
    let mut request = request(call, 2, Trend::Line)?;
    request.test_points = points.max(0.0) as usize;
    request.season_threshold = literal(call, 4, 0.6)?;
    Ok(request)
}

/// The numbers of a series; a null among them is refused when it comes.
fn one(
    call: &Call<'_, '_, '_>,
    compute: impl Fn(&[f64]) -> Option<Cell> + 'static,
) -> Result<Typed, Fault> {
    let array = rows_of(call, move |values| Some(vec![compute(values)?]))?;
    Ok(Typed::strict(Type::Dynamic, &[array], |cells| {
        cells.first()?.as_array()?.first().cloned()
    }))
}

fn numbers_of(
    call: &Call<'_, '_, '_>,
    compute: impl Fn(&[f64]) -> Option<Vec<Cell>> + 'static,
) -> Result<Typed, Fault> {
    rows_of(call, compute)
}

/// An array of the results for each row.
fn rows_of(
    call: &Call<'_, '_, '_>,
    compute: impl Fn(&[f64]) -> Option<Vec<Cell>> + 'static,
) -> Result<Typed, Fault> {
    let late = call.late().clone();
    let fault = call.refuse("a series with a value that is no number is not known here");
    Ok(Typed::strict(
        Type::Dynamic,
        &[call.dynamic(0)?],
        move |cells| {
            let items = cells.first()?.as_array()?;
            let values: Vec<f64> = items.iter().filter_map(Cell::as_real).collect();
            if values.len() != items.len() || values.iter().any(|value| !value.is_finite()) {
                late.borrow_mut().get_or_insert_with(|| fault.clone());
                return None;
            }
            compute(&values).map(Cell::array)
        },
    ))
}

/// The results of an array as expressions of their own.
fn split(call: &Call<'_, '_, '_>, array: Typed) -> Result<Vec<Typed>, Fault> {
    let outputs = outputs(call.name).unwrap_or_default();
    let array = memoised(array);
    let pick = |(at, (_, ty)): (usize, &(&str, Type))| {
        let ty = *ty;
        Typed::strict(ty, std::slice::from_ref(&array), move |cells| {
            cells.first()?.as_array()?.get(at).cloned()
        })
    };
    Ok(outputs.iter().enumerate().map(pick).collect())
}

/// The same, but computed once for a row that is asked several times in a row.
fn memoised(typed: Typed) -> Typed {
    if typed.value.is_some() {
        return typed;
    }
    let kept: std::cell::RefCell<Option<(*const Cell, usize, Cell)>> =
        std::cell::RefCell::default();
    let eval = typed.eval;
    Typed::varying(typed.ty, move |frame| {
        let place = (frame.row.as_ptr(), frame.at);
        if let Some((row, at, cell)) = &*kept.borrow()
            && (*row, *at) == place
        {
            return cell.clone();
        }
        let cell = eval(frame);
        *kept.borrow_mut() = Some((place.0, place.1, cell.clone()));
        cell
    })
}

fn pairwise(call: &Call<'_, '_, '_>, compute: fn(f64, f64) -> f64) -> Result<Typed, Fault> {
    call.count(2, 2)?;
    let parts = [call.dynamic(0)?, call.dynamic(1)?];
    Ok(Typed::strict(Type::Dynamic, &parts, move |cells| {
        let (one, other) = (cells.first()?.as_array()?, cells.get(1)?.as_array()?);
        let longest = one.len().max(other.len());
        let value = |at: usize| {
            let (a, b) = (one.get(at)?.as_real()?, other.get(at)?.as_real()?);
            Some(Cell::Real(compute(a, b)))
        };
        Some(Cell::array(
            (0..longest)
                .map(|at| value(at).unwrap_or(Cell::Null))
                .collect(),
        ))
    }))
}

/// What is before and after a gap.
type Edges<'a> = (Option<&'a Cell>, Option<&'a Cell>);

/// Fills the nulls of a series, gap by gap.
fn fill(
    call: &Call<'_, '_, '_>,
    constant: Option<Typed>,
    filled: fn(&mut [Cell], Edges<'_>, Option<&Cell>),
) -> Result<Typed, Fault> {
    let mut parts = vec![call.dynamic(0)?];
    if let Some(constant) = constant {
        let real = convert::to(Type::Real, &constant, call.late());
        parts.push(if constant.ty.is_whole() {
            constant
        } else {
            real
        });
    }
    Ok(Typed::of(Type::Dynamic, &parts, move |cells| {
        let Some(series) = cells.first().and_then(Cell::as_array) else {
            return Cell::Null;
        };
        let mut out = series.to_vec();
        let mut from = 0;
        while let Some(start) = (from..out.len()).find(|at| out.get(*at).is_some_and(Cell::is_null))
        {
            let end = (start..out.len())
                .find(|at| out.get(*at).is_some_and(|cell| !cell.is_null()))
                .unwrap_or(out.len());
            let before = start.checked_sub(1).and_then(|at| series.get(at));
            // The cell before may itself be a gap only at the start.
            let edges = (before, series.get(end));
            if let Some(gap) = out.get_mut(start..end) {
                filled(gap, edges, cells.get(1));
            }
            from = end;
        }
        Cell::array(out)
    }))
}
