//! The score of each point of a series.
//!
//! In: the points of one series, the trend, the season. Out: a [`Scored`] point for each. Guarantee: everything is an integer until the one division at the
//! end, so that every engine which does the same sums gets the same doubles. The semantics are the doc comment of `plan::StepKind::Anomaly`.
//!
//! The factor is the one that Kusto's function uses with its default, Tukey fences between the 10 % and 90 % quantiles (measured on recordings of
//! <https://learn.microsoft.com/kusto/query/series-decompose-anomalies-function>).

use crate::plan::Trend;

/// What a residual beyond a fence is worth, per distance between the fences.
pub const FACTOR: f64 = 2.772_605_605_507_916;

/// A point and what is said of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// How far it lies outside of the fences; negative below them.
    pub score: f64,
    /// What the season and the trend let expect.
    pub baseline: f64,
    /// The lower fence, as a value of the series.
    pub low: f64,
    /// The upper fence, as a value of the series.
    pub high: f64,
}

/// Scores a series; `None` where a sum is no 64-bit integer.
#[must_use]
pub fn scores(points: &[i64], trend: Trend, season: Option<usize>) -> Option<Vec<Scored>> {
    let n = i128::try_from(points.len()).ok()?;
    let parts = Parts::of(points, trend, season, n)?;
    let (low, high) = parts.fences(n)?;
    let unit = parts.scale.checked_mul(parts.divisor)?;
    let mut scored = Vec::with_capacity(points.len());
    for (residual, expected) in parts.residuals.iter().zip(&parts.expected) {
        let tenfold = narrow(residual.checked_mul(10)?)?;
        let width = narrow(high - low)?;
        let beyond = match () {
            () if width == 0 => 0,
            () if tenfold > high => tenfold - high,
            () if tenfold < low => tenfold - low,
            () => 0,
        };
        let score = if beyond == 0 {
            0.0
        } else {
            double(beyond) / double(width) * FACTOR
        };
        scored.push(Scored {
            score,
            baseline: double(*expected) / double(unit),
            low: double(expected * 10 + low) / double(unit * 10),
            high: double(expected * 10 + high) / double(unit * 10),
        });
    }
    Some(scored)
}

/// A series in integers.
struct Parts {
    /// 2 with a season, whose medians may be halves; else 1.
    scale: i128,
    /// What a residual is multiplied with besides, so that it is an integer.
    divisor: i128,
    /// `scale * divisor` times the baseline.
    expected: Vec<i128>,
    /// `scale * divisor` times the residual.
    residuals: Vec<i128>,
}

impl Parts {
    fn of(points: &[i64], trend: Trend, season: Option<usize>, n: i128) -> Option<Parts> {
        let scale = if season.is_some() { 2 } else { 1 };
        let seasonal: Vec<i128> = match season {
            None => vec![0; points.len()],
            Some(period) => doubled_medians(points, period),
        };
        let rest: Vec<i128> = points
            .iter()
            .zip(&seasonal)
            .map(|(point, season)| scale * i128::from(*point) - season)
            .collect();
        let sum: i128 = rest.iter().sum();
        // Twice the distance of each place from the middle.
        let place = |at: usize| Some(2 * i128::try_from(at).ok()? - n + 1);
        let (divisor, fitted): (i128, Vec<i128>) = match trend {
            Trend::None => (1, vec![0; points.len()]),
            Trend::Average => (n, vec![sum; points.len()]),
            Trend::Linefit => {
                let tilt = rest
                    .iter()
                    .enumerate()
                    .map(|(at, value)| place(at)?.checked_mul(*value))
                    .sum::<Option<i128>>()?;
                let line = (0..points.len())
                    .map(|at| Some((n * n - 1) * sum + 3 * place(at)? * tilt))
                    .collect::<Option<_>>()?;
                (n * (n * n - 1), line)
            }
        };
        let expected = fitted
            .iter()
            .zip(&seasonal)
            .map(|(fitted, season)| narrow(fitted + divisor * season))
            .collect::<Option<_>>()?;
        let residuals = rest
            .iter()
            .zip(&fitted)
            .map(|(value, fitted)| narrow(divisor * value - fitted))
            .collect::<Option<_>>()?;
        Some(Parts {
            scale,
            divisor,
            expected,
            residuals,
        })
    }

    /// Ten times the 10 % and the 90 % quantile of the residuals: between the two order statistics around `p(n-1)`.
    fn fences(&self, n: i128) -> Option<(i128, i128)> {
        let mut sorted = self.residuals.clone();
        sorted.sort_unstable();
        let quantile = |tenths: i128| {
            let place = tenths * (n - 1);
            let at = usize::try_from(place / 10).ok()?;
            let part = place % 10;
            let here = sorted.get(at)?;
            let next = sorted.get(at + 1).unwrap_or(here);
            narrow((10 - part) * here + part * next)
        };
        Some((quantile(1)?, quantile(9)?))
    }
}

/// Twice the median of each point's phase.
fn doubled_medians(points: &[i64], period: usize) -> Vec<i128> {
    let medians: Vec<i128> = (0..period)
        .map(|phase| {
            let mut members: Vec<i64> =
                points.iter().skip(phase).step_by(period).copied().collect();
            members.sort_unstable();
            let middle = |at: usize| members.get(at).copied().map_or(0, i128::from);
            middle(members.len().saturating_sub(1) / 2) + middle(members.len() / 2)
        })
        .collect();
    medians.iter().cycle().take(points.len()).copied().collect()
}

/// The number, if it is a 64-bit integer.
fn narrow(number: i128) -> Option<i128> {
    i64::try_from(number).ok().map(i128::from)
}

#[allow(clippy::cast_precision_loss)]
fn double(number: i128) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_seen_spike_on_the_last_of_fourteen_days() {
        let mut points = [0; 14];
        points[13] = 7;
        let scored = scores(&points, Trend::Linefit, None).unwrap();
        // However large the spike is.
        assert!(
            (scored[13].score - 5.945_1).abs() < 1e-4,
            "{}",
            scored[13].score
        );
        points[13] = 1_000_000_000;
        let larger = scores(&points, Trend::Linefit, None).unwrap();
        assert!((larger[13].score - scored[13].score).abs() < 1e-12);
    }

    #[test]
    fn lines_and_constants_score_nothing() {
        for points in [
            vec![5; 14],
            (0..14).map(|i| 3 * i + 1).collect::<Vec<i64>>(),
        ] {
            let scored = scores(&points, Trend::Linefit, None).unwrap();
            assert!(scored.iter().all(|point| point.score == 0.0));
            for (point, scored) in points.iter().zip(&scored) {
                assert_eq!(scored.baseline, *point as f64);
                assert_eq!((scored.low, scored.high), (*point as f64, *point as f64));
            }
        }
    }

    #[test]
    fn equal_fences_score_nothing() {
        // Two points off a line that holds the twelve others.
        let points = [13, 13, 13, 13, 13, 13, 0, 14, 13, 13, 13, 13, 13, 13];
        let scored = scores(&points, Trend::None, None).unwrap();
        assert!(scored.iter().all(|point| point.score == 0.0));
    }

    #[test]
    fn a_season_is_taken_out_by_its_medians() {
        let points: Vec<i64> = (0..28).map(|i| if i % 7 < 5 { 100 } else { 10 }).collect();
        let scored = scores(&points, Trend::None, Some(7)).unwrap();
        assert!(scored.iter().all(|point| point.score == 0.0));
        assert_eq!(scored[5].baseline, 10.0);
        // An even number of members has the mean of the middle two.
        let halves = scores(&[1, 0, 2, 0, 1, 0, 2, 9], Trend::None, Some(2)).unwrap();
        assert_eq!(halves[0].baseline, 1.5);
    }

    #[test]
    fn sums_beyond_64_bits_are_told() {
        assert_eq!(scores(&[i64::MAX; 14], Trend::Linefit, None), None);
        assert!(scores(&[i64::MAX; 14], Trend::None, None).is_none());
        assert!(scores(&[1_000_000_000; 14], Trend::Linefit, None).is_some());
    }
}
