//! A series as season, trend and residual, and the scores of residuals.
//!
//! In: numbers, a [`Request`]. Out: [`Parts`], scores. Guarantee: a given season is the median of each phase; a season that is to be found is answered
//! only where none can be found, because how the engine chooses among candidates is not known
//! (<https://learn.microsoft.com/en-us/kusto/query/series-decompose-function>).

use super::numbers;

/// The trend to take out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trend {
    Average,
    Line,
    None,
}

/// How quantiles become scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Ctukey,
    Tukey,
}

/// How a series is to be decomposed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    /// -1: to be found; 0: none.
    pub season: i64,
    pub trend: Trend,
    pub test_points: usize,
    pub season_threshold: f64,
}

/// A decomposed series.
pub(super) struct Parts {
    pub baseline: Vec<f64>,
    pub seasonal: Vec<f64>,
    pub trend: Vec<f64>,
    pub residual: Vec<f64>,
}

/// A season may be there.
pub(super) struct Unsure;

/// What makes ten and ninety percent as telling as one and three quarters of a normal distribution: measured on the engine.
const CTUKEY: f64 = 2.772_605_605_507_916;

/// The shortest season that is looked for.
const SHORTEST: usize = 4;

pub(super) fn decompose(values: &[f64], request: &Request) -> Result<Option<Parts>, Unsure> {
    let count = values.len();
    let Some(learned) = count
        .checked_sub(request.test_points)
        .and_then(|learned| values.get(..learned))
    else {
        return Ok(None);
    };
    if learned.is_empty() {
        return Ok(None);
    }
    let seasonal = match usize::try_from(request.season) {
        Ok(0) => vec![0.0; count],
        Ok(period) => season(learned, period, count),
        Err(_) if seasonless(learned, request.season_threshold) => vec![0.0; count],
        Err(_) => return Err(Unsure),
    };
    let rest: Vec<f64> = learned.iter().zip(&seasonal).map(|(y, s)| y - s).collect();
    let trend: Vec<f64> = match request.trend {
        Trend::Average => vec![numbers::mean(&rest); count],
        Trend::None => vec![0.0; count],
        Trend::Line => {
            let line = numbers::line(&rest);
            (0..count)
                .map(|at| numbers::on_line(line, rest.len(), at as f64))
                .collect()
        }
    };
    let baseline: Vec<f64> = seasonal.iter().zip(&trend).map(|(s, t)| s + t).collect();
    let residual = values.iter().zip(&baseline).map(|(y, b)| y - b).collect();
    Ok(Some(Parts {
        baseline,
        seasonal,
        trend,
        residual,
    }))
}

/// The median of each phase, repeated.
fn season(learned: &[f64], period: usize, count: usize) -> Vec<f64> {
    let phases: Vec<f64> = (0..period)
        .map(|phase| {
            let mut values: Vec<f64> = learned
                .iter()
                .skip(phase)
                .step_by(period)
                .copied()
                .collect();
            values.sort_by(f64::total_cmp);
            quantile(&values, 0.5).unwrap_or(0.0)
        })
        .collect();
    phases.iter().copied().cycle().take(count).collect()
}

/// Whether no period can reach the threshold: the circular autocorrelation, scaled from its least to its greatest value, stays below it.
fn seasonless(learned: &[f64], threshold: f64) -> bool {
    let count = learned.len();
    let mean = numbers::mean(learned);
    let centred: Vec<f64> = learned.iter().map(|value| value - mean).collect();
    let at_lag = |lag: usize| -> f64 {
        let later = centred.iter().cycle().skip(lag);
        centred.iter().zip(later).map(|(a, b)| a * b).sum()
    };
    let whole = at_lag(0);
    let lags: Vec<f64> = (0..count).map(at_lag).collect();
    let least = lags.iter().copied().fold(f64::INFINITY, f64::min);
    if whole <= least {
        // A constant has no season.
        return true;
    }
    let admissible = lags.iter().take(count / 2 + 1).skip(SHORTEST);
    admissible
        .map(|lag| (lag - least) / (whole - least))
        .all(|score| score < threshold)
}

/// The quantile of sorted values, by the linear rule.
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * (sorted.len().checked_sub(1)? as f64);
    let below = place.floor();
    let low = sorted.get(below as usize)?;
    let high = sorted.get(below as usize + 1).unwrap_or(low);
    let part = place - below;
    Some((1.0 - part) * low + part * high)
}

/// How far each residual lies outside of the quantiles.
pub(super) fn scores(residual: &[f64], method: Method) -> Option<Vec<f64>> {
    let mut sorted = residual.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (low, high, scale) = match method {
        Method::Ctukey => (0.1, 0.9, CTUKEY),
        Method::Tukey => (0.25, 0.75, 1.0),
    };
    let (low, high) = (quantile(&sorted, low)?, quantile(&sorted, high)?);
    let width = high - low;
    let score = |value: &f64| {
        if width == 0.0 {
            0.0
        } else if *value > high {
            scale * (value - high) / width
        } else if *value < low {
            scale * (value - low) / width
        } else {
            0.0
        }
    };
    Some(residual.iter().map(score).collect())
}
