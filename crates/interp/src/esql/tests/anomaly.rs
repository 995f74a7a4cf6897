//! Time series with a linear trend and fences, in the two shapes in which they can be said.

use super::*;

fn events() -> Vec<Sample> {
    // Two hosts over six days; the second one jumps on the last.
    let mut rows = Vec::new();
    for (host, counts) in [("a", [2, 3, 2, 3, 2, 3]), ("b", [1, 0, 1, 1, 0, 9])] {
        for (day, count) in counts.iter().enumerate() {
            for minute in 0..*count {
                rows.push(json!([
                    format!("2024-03-{:02}T00:{minute:02}:00Z", day + 1),
                    host
                ]));
            }
        }
    }
    vec![sample(
        "ev",
        &[("@timestamp", "date"), ("host", "keyword")],
        &Json::Array(rows),
    )]
}

/// Filtered aggregates give every bin, MV_APPEND joins the residuals, MV_PERCENTILE fences them.
#[test]
fn wide() {
    let bins: Vec<String> = (0..6)
        .map(|d| format!("d{d} = COUNT(*) WHERE x == {d}"))
        .collect();
    let sum: Vec<String> = (0..6).map(|d| format!("d{d}")).collect();
    let moment: Vec<String> = (0..6).map(|d| format!("{d} * d{d}")).collect();
    let rest: Vec<String> = (0..6)
        .map(|d| format!("r{d} = d{d} - (mean + slope * ({d} - 2.5))"))
        .collect();
    let joined = (1..6).fold("r0".to_owned(), |all, d| format!("MV_APPEND({all}, r{d})"));
    let query = format!(
        "FROM ev | EVAL x = DATE_DIFF(\"day\", \"2024-03-01\", @timestamp)
         | STATS {} BY host
         | EVAL mean = ({}) / 6.0, slope = ({} - 2.5 * ({})) / 17.5
         | EVAL {}
         | EVAL all = {joined}
         | EVAL low = MV_PERCENTILE(all, 10), high = MV_PERCENTILE(all, 90)
         | EVAL odd = r5 > high + 0.1 * (high - low)
         | KEEP host, d1, d5, odd, slope | EVAL slope = ROUND(slope, 6) | SORT host | LIMIT 10",
        bins.join(", "),
        sum.join(" + "),
        moment.join(" + "),
        sum.join(" + "),
        rest.join(", "),
    );
    let found = run(&query, &events(), &options()).unwrap();
    assert_eq!(
        serde_json::to_value(found.rows).unwrap(),
        json!([["a", 3, 3, false, 0.085_714], ["b", 0, 9, true, 1.142_857]])
    );
}

/// A grid through MV_EXPAND, sums beside the rows through INLINE STATS.
#[test]
fn long() {
    let query = "FROM ev | EVAL d = DATE_DIFF(\"day\", \"2024-03-01\", @timestamp)
         | STATS c = COUNT(*) BY host, d
         | EVAL x = [0, 1, 2, 3, 4, 5] | MV_EXPAND x
         | STATS y = SUM(CASE(x == d, c, 0::long)) BY host, x
         | INLINE STATS n = COUNT(*), sx = SUM(x), sy = SUM(y), sxy = SUM(x * y), sxx = SUM(x * x) BY host
         | EVAL slope = (n * sxy - sx * sy)::double / (n * sxx - sx * sx)
         | EVAL r = y - (sy::double / n + slope * (x - sx::double / n))
         | INLINE STATS low = PERCENTILE(r, 10), high = PERCENTILE(r, 90) BY host
         | WHERE r > high + 0.1 * (high - low)
         | KEEP host, x, y | SORT host, x | LIMIT 100";
    let found = run(query, &events(), &options()).unwrap();
    let found = serde_json::to_value(found.rows).unwrap();
    assert_eq!(found, json!([["b", 5, 9]]));
}
