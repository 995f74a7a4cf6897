//! Charts: one whole document as it is, and what must hold for every series, however odd.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use huntc::internals::chart::{ChartError, Series, svg};

const DAY: i64 = 86_400_000;
/// 2020-10-09T00:00:00Z.
const START: i64 = 1_602_201_600_000;

/// A series with a least-squares line, its fences and scores, as the step `anomaly` makes them.
fn series(every: i64, points: Vec<i64>, threshold: f64) -> Series {
    let n = points.len() as f64;
    let numbers: Vec<f64> = points.iter().map(|point| *point as f64).collect();
    let mean = numbers.iter().sum::<f64>() / n;
    let middle = (n - 1.0) / 2.0;
    let slope = (numbers.iter().enumerate())
        .map(|(at, number)| (at as f64 - middle) * (number - mean))
        .sum::<f64>()
        * 12.0
        / (n * (n * n - 1.0));
    let baseline: Vec<f64> = (0..points.len())
        .map(|at| mean + slope * (at as f64 - middle))
        .collect();
    let rest: Vec<f64> = (numbers.iter().zip(&baseline))
        .map(|(number, line)| number - line)
        .collect();
    let mut sorted = rest.clone();
    sorted.sort_by(f64::total_cmp);
    let quantile = |share: f64| {
        let place = share * (n - 1.0);
        let below = place.floor() as usize;
        let next = (below + 1).min(sorted.len() - 1);
        sorted[below] + (place - place.floor()) * (sorted[next] - sorted[below])
    };
    let [low, high] = [quantile(0.1), quantile(0.9)];
    let scores: Vec<f64> = rest
        .iter()
        .map(|rest| match high - low {
            0.0 => 0.0,
            wide if *rest > high => 2.772_605_605_507_916 * (rest - high) / wide,
            wide if *rest < low => 2.772_605_605_507_916 * (rest - low) / wide,
            _ => 0.0,
        })
        .collect();
    let flagged = (0..points.len())
        .filter(|at| scores[*at].abs() > threshold)
        .collect();
    Series {
        title: "Anomaly in network port usage".into(),
        keys: [
            ("port", "5800"),
            ("protocol", "TCP"),
            ("direction", "outbound"),
            ("action", "Allow"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec(),
        measure: "sessions".into(),
        start: START,
        every,
        points,
        low: baseline.iter().map(|line| line + low).collect(),
        high: baseline.iter().map(|line| line + high).collect(),
        baseline,
        scores,
        flagged,
    }
}

/// The port that nobody used for 13 days.
fn sample() -> Series {
    let points = vec![
        12, 15, 9, 14, 18, 11, 16, 13, 17, 21, 15, 19, 16, 1240, // an afternoon of transfers
    ];
    series(DAY, points, 5.0)
}

/// A small generator, so that noise is the same everywhere.
fn noise(count: usize, most: i64) -> Vec<i64> {
    let mut state: i64 = 12_345;
    let next = |_| {
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
        (state >> 8) % most
    };
    (0..count).map(next).collect()
}

fn odd() -> Vec<(&'static str, Series)> {
    let mut steady = noise(14, 40);
    steady.iter_mut().for_each(|point| *point += 180);
    steady[5] = 20;
    steady[9] = 420;
    let hours = |points: usize| -> Vec<i64> {
        let noise = noise(points, 300);
        (0..points)
            .map(|at| {
                noise[at] + 100 * (at as i64 % 24 - 12).abs() + if at == 377 { 6000 } else { 0 }
            })
            .collect()
    };
    let mut spike = vec![0; 14];
    spike[13] = 1;
    let mut negative = noise(30, 2000);
    negative.iter_mut().for_each(|point| *point -= 1200);
    negative[20] = -9000;
    let billions = noise(28, 5_000_000).iter().map(|n| n * 1000).collect();
    let mut hostile = sample();
    hostile.title =
        "</title><script>alert(1)</script> & \"quotes\" 'too' \u{0}\u{fffe}\u{202e}".into();
    hostile.measure = "x\" onload=\"alert(1)".repeat(9);
    hostile.keys = vec![
        ("host".into(), "<script>alert('x')</script>".into()),
        ("]]>".into(), "\u{1b}[31m\u{0}\u{ffff}\r\n<!--".into()),
        (
            "command".into(),
            "powershell -enc ".to_owned() + &"QUFB".repeat(100_000),
        ),
        ("東京".into(), "東".repeat(300)),
    ];
    let mut many = series(DAY, noise(60, 1000), 0.05);
    many.keys.truncate(1);
    let mut seasonal = series(3_600_000, hours(400), 3.0);
    seasonal.start += 3_600_000 * 7;
    vec![
        ("sample", sample()),
        ("steady", series(DAY, steady, 2.5)),
        ("zero", series(DAY, vec![0; 14], 5.0)),
        ("equal", series(DAY, vec![7; 14], 5.0)),
        ("spike", series(DAY, spike, 5.0)),
        ("four", series(DAY, vec![3, 9, 4, 11], 0.0)),
        ("hours", seasonal),
        ("day_of_hours", series(3_600_000, noise(24, 90), 2.0)),
        ("minutes", series(300_000, noise(36, 9), 1.0)),
        ("negative", series(DAY, negative, 3.0)),
        ("billions", series(DAY, billions, 1.0)),
        ("extreme", series(DAY, vec![i64::MIN, 0, i64::MAX, 5], 0.5)),
        ("many", many),
        ("hostile", hostile),
        ("weeks", series(7 * DAY, noise(104, 50), 1.5)),
    ]
}

#[test]
fn a_chart_as_it_is() {
    insta::assert_snapshot!(svg(&sample()).unwrap());
}

#[test]
fn every_series_becomes_a_document_that_is_nothing_but_a_picture() {
    let allowed = [
        "svg", "title", "desc", "rect", "line", "polyline", "polygon", "circle", "text",
    ];
    for (name, series) in odd() {
        let document = svg(&series).unwrap();
        assert_eq!(svg(&series).unwrap(), document, "{name}");
        // To be looked at: with CHARTS_TO the documents are kept in that folder.
        if let Some(folder) = std::env::var_os("CHARTS_TO") {
            let path = std::path::Path::new(&folder).join(format!("{name}.svg"));
            std::fs::write(path, &document).unwrap();
        }
        assert!(document.len() < 100_000, "{name}: {}", document.len());
        assert!(
            !document.contains("NaN") && !document.contains("inf"),
            "{name}"
        );
        let mut open = Vec::new();
        for tag in document.split('<').skip(1) {
            let (tag, text) = tag.split_once('>').unwrap();
            let tag = tag.trim_end_matches(' ');
            if let Some(closed) = tag.strip_prefix('/') {
                assert_eq!(open.pop(), Some(closed), "{name}");
            } else {
                let element = tag.split([' ', '/']).next().unwrap();
                assert!(allowed.contains(&element), "{name}: <{tag}>");
                assert_eq!(tag.matches('"').count() % 2, 0, "{name}: <{tag}>");
                assert!(
                    !tag.contains(" on") && !tag.contains("href"),
                    "{name}: <{tag}>"
                );
                if !tag.ends_with('/') {
                    open.push(element);
                }
            }
            assert!(!text.contains(['"', '\'']), "{name}: {text}");
        }
        assert!(open.is_empty(), "{name}: {open:?}");
        let is_forbidden = |letter: char| {
            letter != '\n' && letter.is_control()
                || matches!(letter, '\u{fffe}' | '\u{ffff}' | '\u{202e}')
        };
        assert!(!document.contains(is_forbidden), "{name}");
    }
}

#[test]
fn long_values_are_shortened_and_markup_is_text() {
    let (_, hostile) = odd()
        .into_iter()
        .find(|(name, _)| *name == "hostile")
        .unwrap();
    let document = svg(&hostile).unwrap();
    assert!(document.contains("host: &lt;script&gt;alert(&apos;x&apos;)&lt;/script&gt;"));
    assert!(document.contains("…"));
    assert!(document.contains(r"\u{1b}[31m\u{0}\u{ffff}\r\n&lt;!--"));
}

#[test]
fn what_cannot_be_drawn_is_an_error() {
    let with = |change: fn(&mut Series)| {
        let mut series = sample();
        change(&mut series);
        svg(&series).unwrap_err()
    };
    let not_finite = |part, at| ChartError::NotFinite { part, at };
    assert_eq!(
        with(|series| *series = Series::default()),
        ChartError::Empty
    );
    assert_eq!(
        with(|series| series.high[3] = f64::NAN),
        not_finite("high", 3)
    );
    assert_eq!(
        with(|series| series.low[0] = f64::INFINITY),
        not_finite("low", 0)
    );
    assert_eq!(
        with(|series| series.scores[1] = f64::NEG_INFINITY),
        not_finite("scores", 1)
    );
    assert_eq!(
        with(|series| series.baseline[2] = f64::MAX),
        not_finite("baseline", 2)
    );
    assert_eq!(
        with(|series| series.flagged.push(14)),
        ChartError::NoSuchPoint(14)
    );
    assert_eq!(with(|series| series.every = 0), ChartError::Windows);
    assert_eq!(with(|series| series.every = i64::MAX), ChartError::Windows);
    assert_eq!(with(|series| series.start = i64::MIN), ChartError::Windows);
    let error = with(|series| series.low.truncate(13));
    assert_eq!(error.to_string(), "`low` has 13 numbers for 14 points");
    let one = Series {
        points: vec![5],
        baseline: vec![5.0],
        low: vec![5.0],
        high: vec![5.0],
        scores: vec![0.0],
        flagged: vec![0],
        ..sample()
    };
    assert!(svg(&one).is_ok());
}
