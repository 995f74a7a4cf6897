//! `huntc fmt`: what is written, what is left as it is, what is said.

use super::repo::{OUTBOUND, PROCESS, PROTOCOL, Ran, Repo, command};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

/// A way to write the first lines of a hunt that no layout has.
const ODD: &str = "  // about all\n   from network_session   within $lookback // lookback\n\n\n  | where  direction==\"outbound\"\n     and outcome == \"success\" and transport == \"tcp\"";
const FIRST: &str = "  from network_session within $lookback\n  | where direction == \"outbound\" and outcome == \"success\" and transport == \"tcp\"";
const TIDY: &str = "  // about all\n  from network_session within $lookback // lookback\n\n  | where direction == \"outbound\" and outcome == \"success\" and transport == \"tcp\"";

#[test]
fn the_hunts_of_the_repository_are_formatted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["", "examples/user-repository"] {
        let ran = Ran::of(&mut command(&root.join(folder), &["fmt", "--check"]));
        ran.exits(0).says(" unchanged");
    }
}

#[test]
fn the_lines_of_a_query_are_written_and_nothing_else() {
    let repo = Repo::new("fmt");
    repo.run(&["fmt"]).exits(0).says("5 hunts: 5 unchanged");
    let tidy = repo.read(OUTBOUND).replace(FIRST, TIDY);
    repo.change(OUTBOUND, FIRST, ODD);
    let odd = repo.read(OUTBOUND);
    assert_ne!(odd, tidy);
    let ran = repo.run(&["fmt", "--check"]).exits(1);
    insta::assert_snapshot!("check", ran.out);
    let ran = repo.run(&["fmt", "--diff", OUTBOUND]).exits(1);
    insta::assert_snapshot!("diff", ran.out);
    assert_eq!(repo.read(OUTBOUND), odd, "a file was written");
    let json = repo
        .run(&["fmt", "--check", "--diff", "--format", "json"])
        .exits(1)
        .json();
    assert_eq!(json["summary"]["differing"], 1);
    let before = repo.run(&["plan", OUTBOUND]).exits(0).out;
    repo.run(&["fmt"])
        .exits(0)
        .says(&format!("formatted  {OUTBOUND}"))
        .says("5 hunts: 1 formatted, 4 unchanged");
    assert_eq!(repo.read(OUTBOUND), tidy);
    assert_eq!(repo.run(&["plan", OUTBOUND]).exits(0).out, before);
    repo.run(&["fmt"]).exits(0).says("5 hunts: 5 unchanged");
}

#[test]
fn a_broken_hunt_is_left_and_the_others_are_formatted() {
    let repo = Repo::new("fmt-broken");
    repo.change(OUTBOUND, FIRST, ODD);
    repo.change(
        PROCESS,
        "| sort time desc",
        "| sort time desc desc |  where",
    );
    repo.change(PROTOCOL, "query: |", "query: >");
    let (process, protocol) = (repo.read(PROCESS), repo.read(PROTOCOL));
    let ran = repo.run(&["fmt"]).exits(2);
    ran.says("error[E0105]")
        .says("error[E0201]")
        .says(&format!("broken     {PROCESS}"))
        .says("5 hunts: 1 formatted, 2 unchanged, 2 broken");
    assert_eq!(repo.read(PROCESS), process);
    assert_eq!(repo.read(PROTOCOL), protocol);
    // What is wrong with the rest of a hunt, or with huntc.yaml, does not matter here.
    repo.change(OUTBOUND, "severity: medium", "severity: dreadful");
    repo.change(OUTBOUND, "dst.ip", "no.such.field");
    repo.write("huntc.yaml", "targets: []\n");
    repo.run(&["fmt", OUTBOUND]).exits(0).says("1 unchanged");
}

#[test]
fn line_ends_indentation_and_permissions_stay() {
    let repo = Repo::new("fmt-bytes");
    let text = repo.read(OUTBOUND);
    let odd = text
        .replace(FIRST, ODD)
        .replace("query: |", "query: |2- # logic");
    let windows = format!("\u{feff}{}", odd.replace('\n', "\r\n"));
    repo.write(OUTBOUND, &windows);
    make_private(&repo.path(OUTBOUND));
    repo.run(&["fmt"]).exits(0).says("1 formatted");
    let expected = text
        .replace(FIRST, TIDY)
        .replace("query: |", "query: |2- # logic");
    let expected = format!("\u{feff}{}", expected.replace('\n', "\r\n"));
    assert_eq!(repo.read(OUTBOUND), expected);
    assert!(is_private(&repo.path(OUTBOUND)));
    assert!(
        !repo
            .files("detections")
            .iter()
            .any(|(path, _)| path.ends_with(".new"))
    );
}

#[cfg(unix)]
fn make_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(unix)]
fn is_private(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o777 == 0o600
}

#[cfg(not(unix))]
fn make_private(_: &Path) {}

#[cfg(not(unix))]
fn is_private(_: &Path) -> bool {
    true
}

fn piped(repo: &Repo, arguments: &[&str], text: &[u8]) -> Ran {
    let mut child = command(&repo.root, arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text).unwrap();
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn a_hunt_on_standard_input_is_printed() {
    let repo = Repo::new("fmt-stdin");
    let tidy = repo.read(OUTBOUND).replace(FIRST, TIDY);
    let odd = repo.read(OUTBOUND).replace(FIRST, ODD);
    let ran = piped(&repo, &["fmt", "-"], odd.as_bytes()).exits(0);
    assert_eq!((ran.out, ran.err), (tidy.clone(), String::new()));
    assert_eq!(
        piped(&repo, &["fmt", "-"], tidy.as_bytes()).exits(0).out,
        tidy
    );
    let ran = piped(&repo, &["fmt", "--check", "-"], odd.as_bytes()).exits(1);
    assert_eq!(ran.out, "");
    piped(&repo, &["fmt", "--diff", "-"], odd.as_bytes())
        .exits(1)
        .says("--- <stdin> (as it is)");
    let ran = piped(&repo, &["fmt", "-"], b"query: |\n  from a | were b\n").exits(2);
    assert_eq!(ran.out, "");
    assert!(ran.err.contains("<stdin>:2:12"), "{}", ran.err);
    piped(&repo, &["fmt", "-"], b"\xff")
        .exits(3)
        .says("not UTF-8");
    piped(&repo, &["fmt", "-", "detections"], b"")
        .exits(3)
        .says("no other path");
}
