//! The comparison notices a wrong text: every break below makes some fixture differ, on the engine that ran the right text without a difference.

use super::compare::{Trial, fixture_rows};
use crate::support::repository::Repository;
use crate::support::table::Missing;
use crate::support::{Kind, oracle_or_skip};
use regex::Regex;

/// What is broken, where it is, what replaces it.
const BREAKS: [(&str, &str, &str); 9] = [
    (
        "a negation drops rows without the value",
        r" or [^()]+? is null\)",
        ")",
    ),
    (
        "a negation that is closed no more",
        r"coalesce\(([^()]+?), ''\) = ''",
        "$1 = ''",
    ),
    (
        "empty text is a value of its own",
        r"nullif\(([^(),]+), ''\)",
        "$1",
    ),
    (
        "the first instant of the window is left out",
        r" >= timestamp",
        " > timestamp",
    ),
    (
        "the last instant of the window is left out",
        r" < (timestamp '[^']*)\.001Z'",
        " < $1.000Z'",
    ),
    ("case counts", r"lower\(([^()]+)\)", "$1"),
    (
        "rows are counted, not values",
        r"count\(distinct [^()]+\)",
        "count(*)",
    ),
    (
        "an exclusion is left out",
        r"\n +and [^\n]*not in \([^\n]*",
        "",
    ),
    ("all is any", r"\n +and ", "\n or "),
];

#[test]
fn a_broken_text_is_noticed() {
    let kind = Kind::DUCKDB;
    let Some(worker) = oracle_or_skip(kind) else {
        return;
    };
    let mut repository = Repository::load();
    let cases = repository.cases();
    let target = repository.target(kind.name(), None, "", "broken");
    for (what, find, put) in BREAKS {
        let find = Regex::new(find).unwrap();
        let mut applied = 0;
        let mut noticed = None;
        'search: for case in &cases {
            for fixture in &case.fixtures {
                let plan = repository.plan_of(case, fixture);
                for fitted in
                    repository.fits_where_it_can(&plan, &target.dialect.abilities(&target.product))
                {
                    let trial = Trial {
                        repository: &repository,
                        fitted: &fitted,
                        kind,
                        worker,
                        target: &target,
                        now: fixture.now,
                    };
                    let text = trial.text(Some(fixture.now));
                    let broken = find.replace_all(&text, put);
                    if broken == text {
                        continue;
                    }
                    applied += 1;
                    let rows = fixture_rows(&repository, fixture, &fitted);
                    for missing in [Missing::Null, Missing::Blank] {
                        // An engine that refuses the broken text proves nothing about the comparison.
                        let result = trial.run_text(&broken, &rows, missing);
                        if let Err(why) = result
                            && why.contains("rows lacking")
                        {
                            noticed = Some(format!("{} {}", case.slug, fixture.name));
                            break 'search;
                        }
                    }
                }
            }
        }
        assert!(applied > 0, "no text has the part: {what}");
        let by = noticed.unwrap_or_else(|| panic!("not noticed in {applied} texts: {what}"));
        println!("{what}: noticed by {by}");
    }
}
