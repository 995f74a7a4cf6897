//! `huntc run`: a hunt over files, its result and what it says about them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use huntc::Compiler;
use huntc::internals::cli::output::ResultFormat;
use huntc::internals::cli::run::{RunArguments, Sparklines, Told, run};
use huntc::internals::diag::Diagnostic;
use std::path::PathBuf;

const HUNT: &str = "hunt: busy-programs
id: 7c0e5f5e-0000-4000-8000-000000000000
version: 1.0.0
name: Busy programs
description: A test.
severity: low
attack: [T1071]
params:
  lookback: { type: duration, default: 1h }
  least: { type: int, default: 2, min: 1, max: 100 }
query: |
  from network_session within $lookback
  | where optional os.family == \"windows\"
  | where dst.port in [443, 80]
  | group by process.name { n = count(), ports = set(dst.port) }
  | where n >= $least
  | sort n desc
";

const NEUTRAL: &str = r#"{"time":"2020-10-22T09:00:00Z","process.name":"a.exe","dst.port":443,"os.family":"windows"}
{"time":"2020-10-22T09:00:01Z","process.name":"a.exe","dst.port":80,"os.family":"windows"}
{"time":"2020-10-22T09:00:01Z","process.name":"b.exe","dst.port":80,"os.family":"linux"}
{"time":"2020-10-22T09:00:02Z","process.name":"b.exe","dst.port":"x","os.family":"windows"}
{"time":"2020-10-22T08:00:00Z","process.name":"a.exe","dst.port":80,"os.family":"windows"}
"#;

const NATIVE: &str = "Timestamp,ActionType,InitiatingProcessFileName,RemotePort\n\
2020-10-22T09:00:00Z,ConnectionSuccess,a.exe,443\n\
2020-10-22T09:00:01Z,ConnectionSuccess,a.exe,80\n\
2020-10-22T09:00:02Z,ConnectionSuccess,b.exe,80\n";

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let folder = std::env::temp_dir().join(format!("huntc-run-{}-{name}", std::process::id()));
        std::fs::create_dir_all(folder.join("busy-programs")).unwrap();
        std::fs::write(folder.join("busy-programs/hunt.yaml"), HUNT).unwrap();
        std::fs::write(folder.join("neutral"), NEUTRAL).unwrap();
        std::fs::write(folder.join("native"), NATIVE).unwrap();
        Folder(folder)
    }

    /// What a run says that has a result.
    fn ran(&self, change: impl FnOnce(&mut RunArguments)) -> Told {
        let mut arguments = self.arguments();
        change(&mut arguments);
        let mut compiler = Compiler::new().unwrap();
        run(&arguments, &mut compiler, None, &mut Vec::new(), false).unwrap()
    }

    fn arguments(&self) -> RunArguments {
        RunArguments {
            hunt: self.0.join("busy-programs"),
            data: vec![self.0.join("neutral")],
            schema: None,
            zone: None,
            dates: None,
            accept: None,
            params: Vec::new(),
            now: Some("2020-10-22T09:30:00Z".to_owned()),
            tables: Vec::new(),
            chart: None,
            sparklines: Sparklines::Auto,
            format: ResultFormat::Table,
            strict: false,
        }
    }

    /// Result and account of a run, or its errors; the folder's own path does not show.
    fn run(&self, change: impl FnOnce(&mut RunArguments)) -> String {
        let mut arguments = self.arguments();
        change(&mut arguments);
        let mut compiler = Compiler::new().unwrap();
        let mut out = Vec::new();
        let ran = run(&arguments, &mut compiler, None, &mut out, false);
        let told = |findings: &[Diagnostic]| -> String {
            let lines = findings.iter().map(|f| {
                let help = f
                    .help
                    .iter()
                    .map(|help| format!("\n  {help}"))
                    .collect::<String>();
                format!("{:?} {}: {}{help}\n", f.severity, f.code, f.title)
            });
            lines.collect()
        };
        let text = match ran {
            Ok(Told {
                findings,
                advice,
                summary,
            }) => {
                format!(
                    "{}{}{}{summary}",
                    String::from_utf8(out).unwrap(),
                    told(&findings),
                    told(&advice)
                )
            }
            Err(findings) => told(&findings),
        };
        text.replace(&format!("{}/", self.0.display()), "")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn neutral_events_give_a_table_and_an_account() {
    let folder = Folder::new("neutral");
    insta::assert_snapshot!(folder.run(|_| {}), @r#"
    process.name  n  ports
    ------------  -  -------
    a.exe         2  80, 443
    Warning E0654: neutral:4: `dst.port`: "x" is not an int
    5 rows read, 4 in the window, 1 outside it; malformed values taken as missing: 1; 1 in the result; now = 2020-10-22T09:30:00.000Z
    neutral read as neutral (NDJSON; told by `time` and 3 more keys)
    tested fields with a value, of 4 rows: os.family 100 %, dst.port 75 %
    "#);
}

#[test]
fn native_events_are_read_by_the_schema_and_optional_parts_fall_away() {
    let folder = Folder::new("native");
    let native = folder.0.join("native");
    insta::assert_snapshot!(folder.run(|arguments| {
        arguments.data = vec![native.clone()];
        arguments.schema = Some("defender".to_owned());
        arguments.params = vec!["least=1".to_owned()];
        arguments.format = ResultFormat::Json;
    }), @r#"
    {
    "rows": [
      {"process.name":"a.exe","n":2,"ports":[80,443]},
      {"process.name":"b.exe","n":1,"ports":[80]}
    ],
    "reading": {
      "summary": {
        "rows": 3,
        "in_window": 3,
        "outside_window": 0,
        "other_class": 0,
        "without_time": 0,
        "malformed_rows": 0,
        "malformed_values": 0
      },
      "files": [
        {
          "file": "native",
          "written": "CSV",
          "form": "defender:defender",
          "told_by": "",
          "summary": {
            "rows": 3,
            "in_window": 3,
            "outside_window": 0,
            "other_class": 0,
            "without_time": 0,
            "malformed_rows": 0,
            "malformed_values": 0
          },
          "other_tables": {},
          "notes": []
        }
      ],
      "fields": [
        {
          "field": "time",
          "columns": [
            "Timestamp"
          ],
          "filled": 3,
          "rows": 3,
          "tested": false
        },
        {
          "field": "process.name",
          "columns": [
            "InitiatingProcessFileName"
          ],
          "filled": 3,
          "rows": 3,
          "tested": false
        },
        {
          "field": "dst.port",
          "columns": [
            "RemotePort"
          ],
          "filled": 3,
          "rows": 3,
          "tested": true
        }
      ],
      "unlisted_words": [],
      "unknown_keys": [],
      "incomplete": [],
      "times_assumed_utc": 0,
      "dates_month_first": 0
    }
    }
    Note N0503: this condition is left out: schema `defender` lacks the field `os.family`
    3 rows read, 3 in the window; 2 in the result; now = 2020-10-22T09:30:00.000Z
    native read as defender:defender (CSV)
    tested fields with a value, of 3 rows: dst.port 100 %
    "#);
    insta::assert_snapshot!(folder.run(|arguments| {
        arguments.data = vec![native];
        arguments.schema = Some("defender:sentinel".to_owned());
    }), @"
    Error E0642: none of 3 rows has a time
      read as defender:sentinel; `--as` says another form
    ");
}

#[test]
fn a_window_that_misses_all_events_says_so() {
    let folder = Folder::new("window");
    insta::assert_snapshot!(folder.run(|arguments| arguments.now = Some("2021-01-01".to_owned())), @"
    process.name  n  ports
    ------------  -  -----
    Warning W0604: all events lie outside the window: they are from 2020-10-22T08:00:00.000Z to 2020-10-22T09:00:02.000Z
      `--now 2020-10-22T09:00:02.000Z` would look back from the last of them
    5 rows read, 0 in the window, 5 outside it; 0 in the result; now = 2021-01-01T00:00:00.000Z
    neutral read as neutral (NDJSON; told by `time` and 3 more keys)
    ");
}

#[test]
fn what_is_wrong_with_the_arguments_is_told() {
    let folder = Folder::new("wrong");
    insta::assert_snapshot!(folder.run(|a| a.schema = Some("defendr".to_owned())), @r"
    Error E0657: there is no schema `defendr`
      did you mean `defender`?
    ");
    insta::assert_snapshot!(folder.run(|a| a.schema = Some("defender:defendr".to_owned())), @r"
    Error E0657: schema `defender` has no product form `defendr`
      did you mean `defender`?
    ");
    insta::assert_snapshot!(folder.run(|a| a.schema = Some("ecs:defender".to_owned())), @r"
    Error E0657: schema `ecs` has no product form `defender`
      it has one form only: write `--as ecs`
    ");
    insta::assert_snapshot!(folder.run(|a| a.now = Some("tomorrow".to_owned())), @r"
    Error E0655: `--now tomorrow` is not an instant
      write it like `2020-10-22T09:00:00Z` or `2020-10-22`
    ");
    insta::assert_snapshot!(folder.run(|a| a.params = vec!["lest=3".to_owned()]), @r"
    Error E0306: hunt `busy-programs` has no parameter `lest`
      a parameter with a similar name exists: `least`
    ");
    insta::assert_snapshot!(folder.run(|a| a.params = vec!["least=0".to_owned()]), @"Error E0421: this value of `$least` is less than the least allowed");
    insta::assert_snapshot!(folder.run(|a| {
        a.params = vec!["least=many".to_owned(), "lookback=1w".to_owned(), "least".to_owned()];
    }), @r"
    Error E0656: `many` is not a whole number
    Error E0656: `1w` is not a duration such as `24h`
    Error E0656: a parameter is given as `name=value`
    ");
    insta::assert_snapshot!(folder.run(|a| a.data = vec!["absent.ndjson".into()]), @"Error E0653: absent.ndjson: No such file or directory (os error 2)");
}

#[test]
fn strict_makes_advice_a_finding() {
    let folder = Folder::new("strict");
    let native = "Timestamp,ActionType,InitiatingProcessFileName,RemotePort\n\
        2020-10-22T09:00:00Z,ConnectionSuccess,a.exe,\n";
    std::fs::write(folder.0.join("native"), native).unwrap();
    let ran = |strict: bool| {
        let path = folder.0.join("native");
        folder.ran(|arguments| {
            arguments.data = vec![path];
            arguments.strict = strict;
        })
    };
    let codes = |findings: &[Diagnostic]| -> Vec<&str> {
        findings.iter().map(|f| f.code.as_str()).collect()
    };
    let lax = ran(false);
    assert_eq!(codes(&lax.advice), ["W0602"]);
    assert_eq!(codes(&lax.findings), ["N0503"]);
    let strict = ran(true);
    assert!(strict.advice.is_empty());
    assert_eq!(codes(&strict.findings), ["N0503", "W0602"]);
}

#[test]
fn the_account_says_how_much_of_what_is_malformed_is_not_shown() {
    let folder = Folder::new("many");
    std::fs::write(
        folder.0.join("neutral"),
        format!("{NEUTRAL}{}", "{bad\n".repeat(200)),
    )
    .unwrap();
    let text = folder.run(|_| {});
    assert!(
        text.contains("of the malformed rows and values 10 are shown, of 201"),
        "{text}"
    );
    assert_eq!(text.matches("Warning E0654").count(), 10, "{text}");
}
