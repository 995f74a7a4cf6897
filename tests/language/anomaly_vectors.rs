//! The scores of series are those that were recorded of Kusto's engine, and those of exact fractions.
//!
//! The recordings are beside the repository, or where `HUNTC_CONFORMANCE` says; a run without them says so and checks the fractions only. The
//! fractions are reckoned here from the semantics of `plan::StepKind::Anomaly` by means, slopes and halves, not by the sums of the program.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // clippy.toml frees test functions, not their helpers

use huntc::internals::eval::anomaly::{FACTOR, Scored, scores};
use huntc::internals::pattern::testing::Rng;
use huntc::internals::plan::Trend;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// How far a recorded number may be from ours.
const TOLERANCE: f64 = 2e-12;
/// Random series that are reckoned in fractions.
const RANDOM: usize = 2_000;

#[test]
fn recorded_scores() {
    let path = recordings();
    let Ok(text) = std::fs::read_to_string(&path) else {
        let lack = format!("skipped: recorded_scores: {} is not there", path.display());
        #[allow(clippy::disallowed_methods)]
        writeln!(std::io::stderr(), "{lack}").ok();
        return;
    };
    let file: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(file["k_ctukey"], FACTOR);
    let mut checked = Vec::new();
    let mut left_out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for vector in file["vectors"].as_array().unwrap() {
        let id = vector["id"].as_str().unwrap().to_owned();
        match Recorded::of(vector) {
            Ok(recorded) => {
                recorded.check(&id);
                checked.push(id);
            }
            Err(reason) => left_out.entry(reason).or_default().push(id),
        }
    }
    println!("{} vectors hold: {}", checked.len(), checked.join(", "));
    for (reason, ids) in &left_out {
        println!("{} left out, {reason}: {}", ids.len(), ids.join(", "));
    }
    assert!(
        checked.len() >= 23,
        "only {} vectors were checked",
        checked.len()
    );
}

fn recordings() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance");
    let folder = std::env::var_os("HUNTC_CONFORMANCE").map_or_else(beside, PathBuf::from);
    folder.join("anomaly_vectors.json")
}

/// A vector that the step covers.
struct Recorded {
    points: Vec<i64>,
    /// What the recorded numbers were multiplied with, so that they are whole.
    scale: f64,
    trend: Trend,
    season: Option<usize>,
    score: Option<Vec<f64>>,
    baseline: Option<Vec<f64>>,
    scored: Vec<Scored>,
}

impl Recorded {
    /// The vector, or why it is left out.
    fn of(vector: &Json) -> Result<Recorded, String> {
        let call = vector["call"].as_str().unwrap_or_default();
        let numbers = |name: &str| -> Option<Vec<f64>> {
            let list = vector[name].as_array()?;
            list.iter().map(Json::as_f64).collect()
        };
        // What a function that only takes apart gives is the baseline of a step that takes out nothing else.
        let (trend, score, baseline) = match call.split('(').next().unwrap_or_default() {
            "series_decompose_anomalies" => {
                let trend = match vector["trend"].as_str() {
                    Some("linefit") => Trend::Linefit,
                    Some("none") => Trend::None,
                    _ => Trend::Average,
                };
                (trend, numbers("score"), numbers("baseline"))
            }
            "series_outliers" => (Trend::None, numbers("score"), None),
            "series_seasonal" => (Trend::None, None, numbers("seasonal")),
            "series_fit_line" => (Trend::Linefit, None, numbers("line_fit")),
            other => return Err(format!("{other} is no score of a series")),
        };
        if !vector["test_points"].is_null() {
            return Err("points that are only forecast".to_owned());
        }
        if vector["seasonality"] == -1 {
            return Err("the engine looks for the period".to_owned());
        }
        let season = vector["period"].as_u64().filter(|period| *period > 0);
        let season = season.map(|period| usize::try_from(period).unwrap());
        let (points, scale) =
            whole(&vector["input"]).ok_or("no whole numbers, whatever the unit")?;
        let scored = scores(&points, trend, season).ok_or("sums beyond 64 bits")?;
        Ok(Recorded {
            points,
            scale,
            trend,
            season,
            score,
            baseline,
            scored,
        })
    }

    fn check(&self, id: &str) {
        let what = format!(
            "{id}: {:?}, {:?}, {:?}",
            self.points, self.trend, self.season
        );
        let near = |ours: f64, theirs: f64, which: &str| {
            let apart = (ours - theirs).abs();
            assert!(
                apart <= TOLERANCE,
                "{what}: {which} {ours}, recorded {theirs}"
            );
        };
        assert!(self.score.is_some() || self.baseline.is_some(), "{what}");
        for list in [&self.score, &self.baseline].into_iter().flatten() {
            assert_eq!(list.len(), self.scored.len(), "{what}");
        }
        for (scored, recorded) in self.scored.iter().zip(self.score.iter().flatten()) {
            near(scored.score, *recorded, "score");
        }
        for (scored, recorded) in self.scored.iter().zip(self.baseline.iter().flatten()) {
            near(scored.baseline / self.scale, *recorded, "baseline");
        }
    }
}

/// Decimals as whole numbers of a smaller unit, and how many of them make one.
fn whole(list: &Json) -> Option<(Vec<i64>, f64)> {
    let texts: Vec<String> = list.as_array()?.iter().map(Json::to_string).collect();
    let places = |text: &String| text.split_once('.').map_or(0, |(_, after)| after.len());
    let unit = texts.iter().map(places).max()?;
    let number = |text: &String| -> Option<i64> {
        let (before, after) = text.split_once('.').unwrap_or((text, ""));
        format!("{before}{after:0<unit$}").parse().ok()
    };
    let points = texts.iter().map(number).collect::<Option<_>>()?;
    Some((points, 10_f64.powi(i32::try_from(unit).ok()?)))
}

#[test]
fn random_series_in_fractions() {
    let mut rng = Rng::new(20_260_302);
    let (mut beyond, mut flat) = (0, 0);
    for number in 0..RANDOM {
        let n = 4 + rng.below(37);
        let points = series(&mut rng, n);
        let trend = [Trend::Linefit, Trend::Average, Trend::None][number % 3];
        // Half of them with a season.
        let season = (rng.below(2) == 0).then(|| 2 + rng.below(n / 2 - 1));
        let what = format!("series {number}: {points:?}, {trend:?}, {season:?}");
        let ours = scores(&points, trend, season).unwrap();
        let exact = Exact::of(&points, trend, season);
        flat += usize::from(exact.low == exact.high);
        for (at, scored) in ours.iter().enumerate() {
            let score = exact.score(at);
            let what = format!("{what}: point {at}");
            assert_eq!(scored.score == 0.0, score.top == 0, "{what}");
            assert_eq!(scored.score < 0.0, score.top < 0, "{what}");
            // Divided first: the scores of series that are in proportion are equal.
            assert_eq!(scored.score, score.double() * FACTOR, "{what}");
            let baseline = exact.baseline[at];
            assert_eq!(scored.baseline, baseline.double(), "{what}");
            assert_eq!(scored.low, (baseline + exact.low).double(), "{what}");
            assert_eq!(scored.high, (baseline + exact.high).double(), "{what}");
            beyond += usize::from(score.top != 0);
        }
    }
    println!("{RANDOM} series, {beyond} points beyond the fences, {flat} series without spread");
    assert!(beyond > RANDOM && flat > 20);
}

fn series(rng: &mut Rng, n: usize) -> Vec<i64> {
    let most = [1, 3, 10, 100, 2_000][rng.below(5)];
    let (base, slope) = (rng.below(50), rng.below(9));
    let shape = rng.below(4);
    let mut points: Vec<i64> = (0..n)
        .map(|at| {
            let value = match shape {
                0 => rng.below(most + 1),
                1 => base + slope * at,
                2 => rng.below(most + 1) * usize::from(at % 7 < 5),
                _ => base * usize::from(rng.below(8) == 0),
            };
            i64::try_from(value).unwrap() - i64::from(shape == 0 && most == 10) * 5
        })
        .collect();
    if rng.below(3) == 0 {
        points[n - 1] += i64::try_from(rng.below(500)).unwrap();
    }
    points
}

/// What the semantics say, in fractions.
struct Exact {
    baseline: Vec<Fraction>,
    residuals: Vec<Fraction>,
    low: Fraction,
    high: Fraction,
}

impl Exact {
    fn of(points: &[i64], trend: Trend, season: Option<usize>) -> Exact {
        let values: Vec<Fraction> = points.iter().map(|point| whole_number(*point)).collect();
        let seasonal: Vec<Fraction> = (0..values.len())
            .map(|at| match season {
                None => whole_number(0),
                Some(period) => {
                    let same = (0..values.len()).filter(|other| other % period == at % period);
                    median(same.map(|other| values[other]).collect())
                }
            })
            .collect();
        let rest: Vec<Fraction> = values
            .iter()
            .zip(&seasonal)
            .map(|(value, season)| *value - *season)
            .collect();
        let trend = fitted(&rest, trend);
        let baseline: Vec<Fraction> = seasonal
            .iter()
            .zip(&trend)
            .map(|(season, trend)| *season + *trend)
            .collect();
        let residuals: Vec<Fraction> = values
            .iter()
            .zip(&baseline)
            .map(|(value, baseline)| *value - *baseline)
            .collect();
        Exact {
            low: quantile(&residuals, fraction(1, 10)),
            high: quantile(&residuals, fraction(9, 10)),
            baseline,
            residuals,
        }
    }

    /// The score without its factor.
    fn score(&self, at: usize) -> Fraction {
        let residual = self.residuals[at];
        let width = self.high - self.low;
        match () {
            () if width.top == 0 => whole_number(0),
            () if (residual - self.high).top > 0 => (residual - self.high) / width,
            () if (residual - self.low).top < 0 => (residual - self.low) / width,
            () => whole_number(0),
        }
    }
}

fn fitted(rest: &[Fraction], trend: Trend) -> Vec<Fraction> {
    let places: Vec<Fraction> = (0..rest.len())
        .map(|at| whole_number(i64::try_from(at).unwrap()))
        .collect();
    let (mean, middle) = (mean(rest), mean(&places));
    let slope = match trend {
        Trend::None => return vec![whole_number(0); rest.len()],
        Trend::Average => whole_number(0),
        Trend::Linefit => {
            let together = places
                .iter()
                .zip(rest)
                .map(|(place, value)| (*place - middle) * (*value - mean));
            let alone = places
                .iter()
                .map(|place| (*place - middle) * (*place - middle));
            sum(together) / sum(alone)
        }
    };
    places
        .iter()
        .map(|place| mean + slope * (*place - middle))
        .collect()
}

fn sum(of: impl Iterator<Item = Fraction>) -> Fraction {
    of.fold(whole_number(0), |sum, next| sum + next)
}

fn mean(of: &[Fraction]) -> Fraction {
    sum(of.iter().copied()) / whole_number(i64::try_from(of.len()).unwrap())
}

fn median(values: Vec<Fraction>) -> Fraction {
    quantile(&values, fraction(1, 2))
}

/// Linear between the order statistics around `p(n-1)`.
fn quantile(values: &[Fraction], part: Fraction) -> Fraction {
    let mut sorted = values.to_vec();
    sorted.sort_by_key(|value| {
        // Distances to the first, over one denominator, order as the values do.
        let apart = *value - values[0];
        let common: i128 = values.iter().fold(1, |common, value| {
            let bottom = (*value - values[0]).bottom;
            common / divisor(common, bottom) * bottom
        });
        apart.top * (common / apart.bottom)
    });
    let place = part * whole_number(i64::try_from(values.len() - 1).unwrap());
    let at = place.top.div_euclid(place.bottom);
    let beyond = place - fraction(at, 1);
    let at = usize::try_from(at).unwrap();
    match sorted.get(at + 1) {
        Some(next) => (fraction(1, 1) - beyond) * sorted[at] + beyond * *next,
        None => sorted[at],
    }
}

/// A fraction in lowest terms, its bottom positive. Overflow panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fraction {
    top: i128,
    bottom: i128,
}

fn fraction(top: i128, bottom: i128) -> Fraction {
    let common = divisor(top, bottom) * bottom.signum();
    Fraction {
        top: top / common,
        bottom: bottom / common,
    }
}

fn whole_number(number: i64) -> Fraction {
    fraction(number.into(), 1)
}

fn divisor(a: i128, b: i128) -> i128 {
    match b {
        0 => a.abs(),
        _ => divisor(b, a % b),
    }
}

impl Fraction {
    /// The nearest double: both parts are doubles themselves, and a division of doubles is rounded once.
    #[allow(clippy::cast_precision_loss)]
    fn double(self) -> f64 {
        let exact = 1 << f64::MANTISSA_DIGITS;
        assert!(self.top.abs() <= exact && self.bottom <= exact, "{self:?}");
        self.top as f64 / self.bottom as f64
    }
}

impl std::ops::Add for Fraction {
    type Output = Fraction;
    fn add(self, other: Fraction) -> Fraction {
        fraction(
            self.top * other.bottom + other.top * self.bottom,
            self.bottom * other.bottom,
        )
    }
}

impl std::ops::Sub for Fraction {
    type Output = Fraction;
    fn sub(self, other: Fraction) -> Fraction {
        fraction(
            self.top * other.bottom - other.top * self.bottom,
            self.bottom * other.bottom,
        )
    }
}

impl std::ops::Mul for Fraction {
    type Output = Fraction;
    fn mul(self, other: Fraction) -> Fraction {
        fraction(self.top * other.top, self.bottom * other.bottom)
    }
}

impl std::ops::Div for Fraction {
    type Output = Fraction;
    fn div(self, other: Fraction) -> Fraction {
        fraction(self.top * other.bottom, self.bottom * other.top)
    }
}
