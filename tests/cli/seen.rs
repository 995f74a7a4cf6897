//! What was flagged, seen: charts in files, series beside rows, and rows of tables that come with the command line.

use super::repo::{OUTBOUND, Ran, Repo, copy};
use huntc::internals::value::instant;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// 2026-03-15T12:00:00Z.
const NOW: i64 = 1_773_576_000_000;
const DAY: i64 = 86_400_000;
const HUNT: &str = "detections/port-use-anomaly";

/// Sessions of fourteen days, so many on each, one a minute.
fn sessions(counts: [i64; 14], rest: &str) -> String {
    let mut lines = String::new();
    for (day, count) in (0..).zip(counts) {
        for number in 0..count {
            let time = instant(NOW - (14 - day) * DAY + number * 60_000);
            let always = r#""transport":"tcp","dst.app":"vnc""#;
            writeln!(lines, r#"{{"time":"{time}",{always},{rest}}}"#).unwrap();
        }
    }
    lines
}

/// One port used two ways, one that was hardly used before, one whose rise is within what its days let expect.
fn events() -> String {
    let steady = [5, 6, 5, 7, 6, 5, 6, 7, 5, 6, 5, 7, 6];
    let then = |last| std::array::from_fn(|at| steady.get(at).copied().unwrap_or(last));
    [
        sessions(
            then(60),
            r#""dst.port":5801,"direction":"inbound","action":"allow""#,
        ),
        sessions(
            then(40),
            r#""dst.port":5801,"direction":"outbound","action":"deny""#,
        ),
        sessions(
            [1, 0, 2, 1, 0, 1, 2, 0, 1, 0, 1, 2, 0, 30],
            r#""dst.port":5805,"direction":"inbound""#,
        ),
        sessions(
            [5, 9, 5, 7, 6, 10, 6, 7, 5, 6, 11, 7, 6, 12],
            r#""dst.port":5802,"direction":"inbound","action":"allow""#,
        ),
    ]
    .concat()
}

/// A repository with the hunt and the events.
fn repo(name: &str) -> Repo {
    let repo = Repo::empty(name);
    let hunt = Path::new(env!("CARGO_MANIFEST_DIR")).join(HUNT);
    copy(&hunt, &repo.path(HUNT));
    repo.write("events.ndjson", events());
    repo
}

fn run(repo: &Repo, more: &[&str]) -> Ran {
    let now = ["--now", "2026-03-15T12:00:00Z"];
    let data = ["run", HUNT, "--data", "events.ndjson"];
    repo.run(&[&data[..], &now, more].concat())
}

fn names(files: &[(String, String)]) -> Vec<&str> {
    files.iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn a_row_shows_the_series_that_it_came_from() {
    let repo = repo("seen-rows");
    let ran = run(&repo, &["--sparklines", "always"]).exits(0);
    insta::assert_snapshot!(ran.out, @r"
    finding                 priority  tactics                             dst.port  transports  directions         actions      last_day        worst_score  sessions
    ----------------------  --------  ----------------------------------  --------  ----------  -----------------  -----------  --------  -----------------  -----------------
    Suspicious VNC Traffic  Low       Command and Control,Initial Access      5805  tcp         inbound                               30  6.271272154381522  ▂▁▂▂▁▂▂▁▂▁▂▂▁█
    Suspicious VNC Traffic  Low       Command and Control,Initial Access      5801  tcp         inbound, outbound  allow, deny       100  6.180121604858693  ▂▂▂▂▂▂▂▂▂▂▂▂▂█ +1
    ");
    // What is not a terminal gets the hunt's columns and nothing else, and so does a program.
    let plain = run(&repo, &[]).exits(0);
    assert_eq!(
        plain.out,
        run(&repo, &["--sparklines", "never"]).exits(0).out
    );
    for (with, without) in ran.out.lines().zip(plain.out.lines()) {
        assert!(
            with.starts_with(without) && with.len() > without.len(),
            "{with}"
        );
    }
    for format in ["json", "csv"] {
        let ran = run(&repo, &["--sparklines", "always", "--format", format]).exits(0);
        assert!(
            !ran.out.contains('█') && !ran.out.contains("\"sessions\""),
            "{}",
            ran.out
        );
    }
}

#[test]
fn each_flagged_series_is_drawn_in_a_file() {
    let repo = repo("seen-charts");
    let ran = run(&repo, &["--chart", "out/charts"]).exits(0);
    insta::assert_snapshot!(ran.err, @"
    395 rows read, 395 in the window; 2 in the result; now = 2026-03-15T12:00:00.000Z
    events.ndjson read as neutral (NDJSON; told by `time` and 5 more keys)
    tested fields with a value, of 395 rows: dst.port 100 %, dst.app 100 %, transport 100 %, direction 100 %, action 89 %
    3 charts written to out/charts
    ");
    let files = repo.files("out/charts");
    insta::assert_snapshot!(names(&files).join("\n"), @r"
    01-suspicious-vnc-traffic-low-command-and-control-initial-5805-tcp-inbound-missing.svg
    02-suspicious-vnc-traffic-low-command-and-control-initial-a-5801-tcp-inbound-allow.svg
    03-suspicious-vnc-traffic-low-command-and-control-initial-a-5801-tcp-outbound-deny.svg
    ");
    for (name, chart) in &files {
        assert!(chart.starts_with("<svg "), "{name}");
        assert!(
            chart.contains("<desc>14 windows; reported: 2026-03-14 12:00:00: "),
            "{name}"
        );
        for text in [
            "finding: Suspicious VNC Traffic",
            "tactics: Command and Control,",
            "sessions per day",
        ] {
            assert!(chart.contains(text), "{name}: {text}");
        }
    }
    // What has no value says so.
    assert!(files[0].1.contains("action: (missing)"));
    // A second run writes the same.
    run(&repo, &["--chart", "out/charts", "--format", "json"]).exits(0);
    assert_eq!(repo.files("out/charts"), files);
}

#[test]
fn nothing_flagged_is_nothing_drawn() {
    let repo = repo("seen-nothing");
    let ran = run(
        &repo,
        &[
            "--chart",
            "charts",
            "--sparklines",
            "always",
            "--param",
            "threshold=100.0",
        ],
    );
    let ran = ran.exits(0);
    assert_eq!(ran.out.lines().count(), 2, "{}", ran.out);
    assert!(
        ran.err
            .ends_with("no chart written to charts: no scored point reached the result\n"),
        "{}",
        ran.err
    );
    assert!(!repo.path("charts").exists());
}

#[test]
fn a_chart_that_cannot_be_made_is_told_and_hides_no_row() {
    let repo = repo("seen-refused");
    let hunt = Path::new(env!("CARGO_MANIFEST_DIR")).join("detections/rare-outbound-process");
    copy(&hunt, &repo.path("detections/rare-outbound-process"));
    let ran = repo.run(&[
        "run",
        OUTBOUND,
        "--data",
        "events.ndjson",
        "--chart",
        "charts",
    ]);
    let ran = ran.exits(3);
    insta::assert_snapshot!(ran.err, @r"
    error[E0659]: hunt `rare-outbound-process` scores no series, so `--chart` has nothing to draw
     |
     = help: a chart shows a series that the steps `series` and `anomaly` made and scored
     = note: run `huntc explain E0659` for more
    ");
    assert!(ran.out.is_empty() && !repo.path("charts").exists());
    // A file where the folder should be.
    repo.write("charts", "mine");
    let ran = run(&repo, &["--chart", "charts"])
        .exits(3)
        .says("error[E0659]: charts");
    assert!(ran.out.contains("Suspicious VNC Traffic"), "{}", ran.out);
    assert!(
        ran.err.ends_with("0 charts written to charts, of 3\n"),
        "{}",
        ran.err
    );
    assert_eq!(repo.read("charts"), "mine");
    // A folder in the place of one chart: it stays, nothing half-written is left beside it, and what was written before it is whole.
    let names = {
        run(&repo, &["--chart", "whole"]).exits(0);
        repo.files("whole")
    };
    repo.write(&format!("part/{}/in", names[1].0), "mine");
    let ran = run(&repo, &["--chart", "part"]).exits(3);
    assert!(
        ran.err.ends_with("1 chart written to part, of 3\n"),
        "{}",
        ran.err
    );
    let inside = format!("{}/in", names[1].0);
    assert_eq!(
        repo.files("part"),
        [names[0].clone(), (inside, "mine".to_owned())]
    );
}

const TABLE: &str = "name,PORTS,App,Protocol,Direction,Action,Type,ThresholdType,Severity,Tactic,Extra
\"VNC <script>alert(\"\"x\"\")</script> & co\",\"5801,58O2, ,5805\",*,\"TCP,*\",*,*,Hunting,Anomaly,High,Discovery,x
second,\"none,5802\",*,*,*,*,Hunting,Anomaly,Low,Discovery,x
nothing,\"a,b\",*,*,*,*,Hunting,Anomaly,Low,Discovery,x
short,5803
";

#[test]
fn rows_of_a_table_come_with_the_command_line() {
    let repo = repo("seen-table");
    repo.write("rows.csv", TABLE);
    let more = [
        "--table",
        "monitored=rows.csv",
        "--sparklines",
        "always",
        "--chart",
        "charts",
    ];
    let ran = run(&repo, &more).exits(0);
    insta::assert_snapshot!(format!("{}{}", ran.out, ran.err), @r#"
    finding                               priority  tactics    dst.port  transports  directions         actions      last_day        worst_score  sessions
    ------------------------------------  --------  ---------  --------  ----------  -----------------  -----------  --------  -----------------  -----------------
    VNC <script>alert("x")</script> & co  High      Discovery      5805  tcp         inbound                               30  6.271272154381522  ▂▁▂▂▁▂▂▁▂▁▂▂▁█
    VNC <script>alert("x")</script> & co  High      Discovery      5801  tcp         inbound, outbound  allow, deny       100  6.180121604858693  ▂▂▂▂▂▂▂▂▂▂▂▂▂█ +1
    table `monitored`: 2 rows from rows.csv; cells skipped: 7
      line 2, `ports`: `58O2` is not an integer
      line 2, `ports`: an empty element
      line 2, `protocols`: `*` beside other elements
      line 3, `ports`: `none` is not an integer
      line 4, `ports`: `a` is not an integer
      and 2 more
    395 rows read, 395 in the window; 2 in the result; now = 2026-03-15T12:00:00.000Z
    events.ndjson read as neutral (NDJSON; told by `time` and 5 more keys)
    tested fields with a value, of 395 rows: dst.port 100 %, dst.app 100 %, transport 100 %, direction 100 %, action 89 %
    3 charts written to charts
    "#);
    let charts = repo.files("charts");
    assert_eq!(
        names(&charts)[0],
        "01-vnc-script-alert-x-script-co-high-discovery-5805-tcp-inbound-missing.svg"
    );
    for (name, chart) in &charts {
        assert!(
            chart.contains("VNC &lt;script&gt;alert(&quot;x&quot;"),
            "{name}"
        );
        assert!(!chart.contains("<script"), "{name}");
    }
    // A table without a flaw is one line.
    let own = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(HUNT)
        .join("monitored_ports.csv");
    fs::copy(own, repo.path("own.csv")).unwrap();
    let ran = run(&repo, &["--table", "monitored=own.csv"]).exits(0);
    assert!(
        ran.err
            .starts_with("table `monitored`: 72 rows from own.csv\n"),
        "{}",
        ran.err
    );
    assert_eq!(ran.out, run(&repo, &[]).out);
}

#[test]
fn a_table_that_does_not_fit_is_told() {
    let repo = repo("seen-misfit");
    repo.write("rows.csv", TABLE);
    repo.write("columns.csv", TABLE.replace("PORTS", "Port"));
    repo.write("latin1.csv", b"Name\n\xe4\n");
    for (table, code, words) in [
        (
            "monitord=rows.csv",
            "E0658",
            &["no table `monitord`", "a table with a similar name exists"][..],
        ),
        (
            "watchlist=rows.csv",
            "E0658",
            &["no table `watchlist`", "there are: monitored"],
        ),
        ("monitored", "E0658", &["a table is given as `name=file`"]),
        ("monitored=", "E0658", &["a table is given as `name=file`"]),
        (
            "monitored=absent.csv",
            "E0658",
            &["absent.csv: no such file"],
        ),
        (
            "monitored=latin1.csv",
            "E0658",
            &["latin1.csv", "not UTF-8 text"],
        ),
        (
            "monitored=columns.csv",
            "E0658",
            &[
                "the header has no column `Ports`",
                "its columns are: Ports, App, ",
            ],
        ),
    ] {
        let ran = run(&repo, &["--table", table]).exits(3);
        assert!(ran.out.is_empty());
        for text in [&[code][..], words].concat() {
            assert!(ran.err.contains(text), "{table}: {text}\n{}", ran.err);
        }
    }
    let twice = [
        "--table",
        "monitored=rows.csv",
        "--table",
        "monitored=rows.csv",
    ];
    run(&repo, &twice)
        .exits(3)
        .says("the rows of `monitored` are given twice");
}
