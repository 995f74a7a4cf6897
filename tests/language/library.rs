//! The interface for other programs: hunts from memory, their errors, rules of another language, and that the interface stays as small as it is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // clippy.toml frees test functions, not their helpers

#[path = "../../examples/compile.rs"]
#[allow(dead_code)]
mod example;

use huntc::{
    Code, Compiler, Diagnostic, Foreign, FrontEnd, Severity, Source, Target, Translation, Value,
};

const HUNT: &str = "hunt: named-ports
id: 7c0e5f5e-0000-4000-8000-000000000000
version: 1.0.0
name: Ports by name
description: A test.
severity: low
attack: [T1071]
maps:
  service: { file: services.csv, key: port, value: name }
entities: { host: device.name }
query: |
  from network_session within 1h
  | where dst.port exists
  | select device.name, named = $service[dst.port]
";

fn defender(compiler: &mut Compiler) -> Target {
    let definition = "{ backend: kql, schema: device_network_events, product: defender }";
    compiler.target("defender", definition).unwrap()
}

fn codes(found: &[Diagnostic]) -> Vec<Code> {
    found.iter().map(|one| one.code).collect()
}

#[test]
fn the_example_runs() {
    example::main().unwrap();
}

#[test]
fn a_hunt_in_memory_brings_its_files() {
    let mut compiler = Compiler::new().unwrap();
    let target = defender(&mut compiler);
    let source = Source::memory("ports.yaml", HUNT).file("services.csv", "port,name\n443,https\n");
    let analysis = compiler.analyse(&source);
    assert!(
        analysis.is_sound(),
        "{}",
        compiler.render(&analysis.diagnostics)
    );
    assert_eq!(analysis.slug, "named-ports");
    let query = analysis.resolve(&target).unwrap().emit().unwrap();
    assert!(query.text.contains("\"https\""), "{}", query.text);
    assert!(query.text.contains("from ports.yaml;"), "{}", query.text);
    assert_eq!(query.extension, "kql");
    assert_eq!(query.entities["host"], "DeviceName");
    let columns: Vec<_> = query
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.neutral.as_str()))
        .collect();
    assert_eq!(columns, [("DeviceName", "device.name"), ("named", "named")]);
}

/// A file of that name on disk is not what the hunt asks for.
#[test]
fn a_hunt_in_memory_reads_nothing_from_the_disk() {
    let mut compiler = Compiler::new().unwrap();
    for (named, code) in [
        ("Cargo.toml", Code::E0101),
        ("../Cargo.toml", Code::E0113),
        ("/etc/hostname", Code::E0113),
    ] {
        let hunt = HUNT.replace("services.csv", named);
        let analysis = compiler.analyse(&Source::memory("ports.yaml", hunt).file("other.csv", "x"));
        assert_eq!(codes(&analysis.diagnostics), [code], "{named}");
        assert!(!analysis.is_sound());
        let text = compiler.render(&analysis.diagnostics);
        assert!(text.contains("ports.yaml:9:20"), "{text}");
    }
}

#[test]
fn a_broken_hunt_is_analysed_as_far_as_it_goes() {
    let mut compiler = Compiler::new().unwrap();
    let target = defender(&mut compiler);
    let hunt = HUNT
        .replace("severity: low", "severity: lowest")
        .replace("dst.port exists", "dst.prot exists");
    let source = Source::memory("ports.yaml", hunt).file("services.csv", "port,name\n443,https\n");
    let analysis = compiler.analyse(&source);
    assert_eq!(analysis.hunt().unwrap().slug.value, "named-ports");
    assert!(analysis.query().is_some());
    assert!(analysis.plan().is_none());
    let found = codes(&analysis.diagnostics);
    // One of the envelope, one of the query.
    assert_eq!(found, [Code::E0110, Code::E0302]);
    // Nothing further is made of it, and the errors are those of the analysis.
    let refused = analysis.resolve(&target).unwrap_err();
    assert_eq!(codes(&refused), found);
    assert!(refused.to_string().contains("error[E0302]"), "{refused}");
}

#[test]
fn a_target_is_checked_at_its_place() {
    let mut compiler = Compiler::new().unwrap();
    let refused = compiler.target("mine", "{ backend: kqll, schema: asim }");
    let refused = refused.unwrap_err();
    let text = compiler.render(&refused);
    assert_eq!(codes(&refused), [Code::E0603]);
    assert!(text.contains("target mine:1:12"), "{text}");
}

#[test]
fn events_in_memory_are_evaluated() {
    let mut compiler = Compiler::new().unwrap();
    let source = Source::memory("ports.yaml", HUNT).file("services.csv", "port,name\n443,https\n");
    let analysis = compiler.analyse(&source);
    let events = "{\"time\":\"2026-03-02T11:30:00Z\",\"device.name\":\"pc1\",\"dst.port\":443}\n";
    let now = 1_772_452_800_000;
    let read = analysis.read_events("events", events).unwrap();
    let result = analysis.evaluate(&read, now).unwrap();
    assert_eq!(
        result.table.rows,
        [[Value::text("pc1"), Value::text("https")]]
    );
    let wrong = analysis.read_events("events", &events.replace("443", "\"x\""));
    assert_eq!(codes(&wrong.unwrap_err()), [Code::E0654]);
}

/// Lines such as `process cmd.exe powershell.exe`; any other line is lost.
struct Lines;

impl FrontEnd for Lines {
    fn name(&self) -> &str {
        "line"
    }

    fn translate(&self, foreign: &Foreign<'_>) -> Translation {
        let (mut names, mut lost, mut at) = (Vec::new(), Vec::new(), 0);
        for line in foreign.text.split_inclusive('\n') {
            match line.trim_end().strip_prefix("process ") {
                Some(list) => names.extend(list.split(' ').map(|name| format!("{name:?}"))),
                None => {
                    let span = foreign.span(at..at + line.trim_end().len());
                    let title = "this line has no counterpart in a hunt";
                    let note = Diagnostic::at(Code::E0201, span, title);
                    let severity = match line.starts_with("count ") {
                        true => Severity::Error,
                        false => Severity::Warning,
                    };
                    lost.push(Diagnostic { severity, ..note });
                }
            }
            at += line.len();
        }
        let head = HUNT.split("maps:").next().unwrap_or_default();
        let names = names.join(", ");
        let query = format!(
            "query: |\n  from network_session within 1h\n  | where process.name in~ [{names}]\n"
        );
        Translation {
            hunt: Some(format!("{head}{query}")),
            lost,
        }
    }
}

#[test]
fn a_front_end_gives_a_hunt_and_tells_what_was_lost() {
    let mut compiler = Compiler::new().unwrap();
    let target = defender(&mut compiler);
    let rule = Source::memory(
        "rule.txt",
        "process cmd.exe nc.exe\nfalse positives: many\n",
    );
    let imported = compiler.import(&Lines, &rule).unwrap();
    let text = compiler.render(&imported.lost);
    assert!(text.contains("rule.txt:2:1"), "{text}");
    let query = imported.analysis.resolve(&target).unwrap().emit().unwrap();
    assert!(query.text.contains("nc.exe"), "{}", query.text);
    assert!(
        query.text.contains("from rule.hunt.yaml;"),
        "{}",
        query.text
    );
}

/// The compiler reads what comes out of a front end as it reads any hunt: its errors have places in that text.
#[test]
fn what_a_front_end_writes_is_checked_like_any_hunt() {
    let mut compiler = Compiler::new().unwrap();
    let rule = Source::memory("rule.txt", "process \n");
    let imported = compiler.import(&Lines, &rule).unwrap();
    assert!(!imported.analysis.is_sound() || !imported.analysis.diagnostics.is_empty());
    let text = compiler.render(&imported.analysis.diagnostics);
    assert!(text.contains("rule.hunt.yaml:10:"), "{text}");
}

#[test]
fn an_error_of_a_front_end_keeps_the_rule_from_becoming_a_hunt() {
    let mut compiler = Compiler::new().unwrap();
    let rule = Source::memory("rule.txt", "process cmd.exe\ncount > 5\n");
    let refused = compiler.import(&Lines, &rule).unwrap_err();
    assert!(compiler.render(&refused).contains("rule.txt:2:1"));
}
