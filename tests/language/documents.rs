//! What is committed and generated is fresh: the queries, the generated documents, and the texts that the README shows.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::Path;
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn huntc(arguments: &[&str]) -> (i32, String, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_huntc"))
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("huntc starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("huntc prints UTF-8");
    (
        run.status.code().unwrap_or(-1),
        text(run.stdout),
        text(run.stderr),
    )
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn the_committed_queries_are_those_of_the_hunts() {
    let (code, out, err) = huntc(&["compile", "--check"]);
    assert_eq!(
        code, 0,
        "run `cargo run -- compile` and commit `queries/`\n{out}\n{err}"
    );
}

#[test]
fn the_generated_documents_are_those_of_the_program() {
    let (code, out, err) = huntc(&["documents", "--check"]);
    assert_eq!(
        code, 0,
        "run `cargo run -- documents` and commit `docs/`\n{out}\n{err}"
    );
}

#[test]
fn the_committed_hunts_draw_no_finding() {
    let (code, out, err) = huntc(&["check"]);
    assert_eq!(code, 0, "{out}\n{err}");
}

#[test]
fn the_readme_shows_what_is_emitted() {
    let readme = read("README.md");
    for path in [
        "queries/defender/sensitive-port-sweep.kql",
        "queries/elastic/sensitive-port-sweep.esql",
        "queries/duckdb-ecs/sensitive-port-sweep.sql",
    ] {
        assert!(
            readme.contains(read(path).trim_end()),
            "README.md does not show {path} as it is"
        );
    }
    let hunt = read("detections/sensitive-port-sweep/hunt.yaml");
    let query = hunt
        .get(hunt.find("query: |").expect("the hunt has a query")..)
        .expect("a place in the text");
    assert!(
        readme.contains(query.trim_end()),
        "README.md does not show the hunt's query as it is"
    );
}

#[test]
fn the_readme_shows_what_the_hunt_finds_in_real_events() {
    let data = "tests/fixtures/otrf/otrf_purplesharp_ad_playbook_I.ecs.ndjson";
    let (code, out, err) = huntc(&[
        "run",
        "detections/sensitive-port-sweep",
        "--data",
        data,
        "--as",
        "ecs",
        "--now",
        "2020-10-22T08:30:00Z",
    ]);
    assert_eq!(code, 0, "{err}");
    assert!(
        read("README.md").contains(out.trim_end()),
        "README.md does not show this result:\n{out}"
    );
    assert_eq!(
        out.lines().count(),
        3,
        "one process and nothing else:\n{out}"
    );
    assert!(
        out.contains("PurpleSharp.exe") && out.contains("389, 445, 5985"),
        "{out}"
    );
}

#[test]
fn the_readme_shows_the_message_for_a_misspelt_field() {
    let slug = "unusual-process-on-common-port";
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme-message");
    let _ = std::fs::remove_dir_all(&folder);
    let hunt = folder.join("detections").join(slug);
    std::fs::create_dir_all(&hunt).expect("a folder");
    // Its own repository, whose huntc.yaml is not the project's.
    std::fs::create_dir_all(folder.join(".git")).expect("a folder");
    for entry in std::fs::read_dir(root().join("detections").join(slug)).expect("the hunt") {
        let path = entry.expect("a file").path();
        if path.is_file() {
            std::fs::copy(&path, hunt.join(path.file_name().expect("a name"))).expect("a copy");
        }
    }
    let text = read(&format!("detections/{slug}/hunt.yaml"));
    let wrong = text.replacen("device.name, user.name,", "device.name, user.nam,", 1);
    assert_ne!(text, wrong, "the hunt selects the field");
    std::fs::write(hunt.join("hunt.yaml"), wrong).expect("the hunt is written");
    let run = Command::new(env!("CARGO_BIN_EXE_huntc"))
        .args(["check", &format!("detections/{slug}")])
        .current_dir(&folder)
        .output()
        .expect("huntc starts");
    let said = String::from_utf8(run.stderr).expect("huntc prints UTF-8");
    assert_eq!(run.status.code(), Some(2), "{said}");
    assert!(
        read("README.md").contains(said.trim_end()),
        "README.md does not show this message:\n{said}"
    );
}

#[test]
fn the_readme_shows_what_an_interpreter_gives_over_the_samples() {
    let (code, out, err) = huntc(&[
        "interpret",
        "kql",
        "--tables",
        "docs/samples",
        "--now",
        "2024-05-01T12:00:00Z",
        "queries/defender/sensitive-port-sweep.kql",
    ]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(out.lines().count(), 3, "one process:\n{out}");
    assert!(
        read("README.md").contains(out.trim_end()),
        "README.md does not show this result:\n{out}"
    );
}

/// Every command of the README is run by a test here, or makes something that a test should not.
#[test]
fn every_command_of_the_readme_is_known_to_the_tests() {
    let readme = read("README.md");
    let tested = [
        "cargo run -- compile",
        "scripts/test",
        "huntc run detections/sensitive-port-sweep",
        "huntc interpret kql --tables docs/samples",
        "huntc verify detections/rare-outbound-process --target defender,elastic,apexone",
        "huntc run detections/port-use-anomaly",
    ];
    for block in readme.split("```sh\n").skip(1) {
        let block = block.split("```").next().expect("a block has an end");
        for line in block.replace("\\\n", " ").lines() {
            let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(
                tested.iter().any(|known| line.starts_with(known)),
                "no test runs this command of README.md: {line}"
            );
            // Files and folders that it names are there, except what it makes.
            for word in line.split(' ').filter(|word| word.contains('/')) {
                assert!(root().join(word).exists(), "README.md names {word}: {line}");
            }
        }
    }
}

#[test]
fn the_readme_shows_what_verify_gives() {
    let (code, out, err) = huntc(&[
        "verify",
        "detections/rare-outbound-process",
        "--target",
        "defender,elastic,apexone",
        "--engine",
        "kql,esql",
    ]);
    assert_eq!(code, 0, "{out}\n{err}");
    // The last line says how long it took.
    let matrix = out.trim_end().rsplit_once('\n').expect("lines").0;
    assert!(
        read("README.md").contains(matrix.trim_end()),
        "README.md does not show this matrix:\n{matrix}"
    );
}

#[test]
fn the_readme_shows_an_anomaly_and_its_chart() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme-charts");
    let _ = std::fs::remove_dir_all(&folder);
    let (code, out, err) = huntc(&[
        "run",
        "detections/port-use-anomaly",
        "--data",
        "tests/fixtures/made/vnc-two-weeks.csv",
        "--now",
        "2026-03-15T12:00:00Z",
        "--sparklines",
        "always",
        "--chart",
        folder.to_str().expect("the folder's name is text"),
    ]);
    assert_eq!(code, 0, "{err}");
    let readme = read("README.md");
    let said = err.replace(folder.to_str().unwrap_or_default(), "docs/charts");
    assert!(
        readme.contains(&format!("{out}{said}")),
        "README.md does not show this result:\n{out}{said}"
    );
    let charts = std::fs::read_dir(&folder).expect("charts were written");
    let mut names: Vec<String> = charts
        .map(|chart| chart.expect("a file").file_name().into_string())
        .collect::<Result<_, _>>()
        .expect("names of charts are text");
    names.sort();
    assert_eq!(names.len(), 2);
    for name in &names {
        let drawn = std::fs::read_to_string(folder.join(name)).expect("a chart is text");
        assert_eq!(
            read(&format!("docs/charts/{name}")),
            drawn,
            "run the command of README.md and commit `docs/charts/`"
        );
    }
    assert!(readme.contains(&format!(
        "](docs/charts/{})",
        names.first().expect("a chart")
    )));
}

/// Blocks of a document in a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    text.split(&format!("```{language}\n"))
        .skip(1)
        .map(|rest| rest.split("```").next().expect("an end").to_owned())
        .collect()
}

/// Reads a configuration, with the embedded schemas and dialects.
fn configured(text: &str) -> Result<huntc::internals::config::Config, String> {
    use huntc::internals::source::Files;
    let mut files = Files::default();
    let library = huntc::internals::schema::load::embedded(&mut files).expect("the schemas load");
    let dialects = huntc::internals::backend::Dialects::embedded();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("documents");
    std::fs::create_dir_all(&folder).expect("a folder");
    static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let path = folder.join(format!("huntc-{count}.yaml"));
    std::fs::write(&path, text).expect("the file is written");
    huntc::internals::config::read(&mut files, &path, &library, &dialects).map_err(|faults| {
        use huntc::internals::diag::render::{Style, render_all};
        render_all(&faults, &files, Style::Plain)
    })
}

/// The page on huntc.yaml: its examples are read, and it describes every key that the reader knows, and no other.
#[test]
fn the_page_on_the_configuration_is_whole() {
    let page = read("docs/huntc-yaml.md");
    let examples = blocks(&page, "yaml");
    assert!(examples.len() >= 2);
    for example in &examples {
        configured(example).unwrap_or_else(|faults| panic!("{example}\n{faults}"));
    }
    let rows: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .filter_map(|line| line.split('`').next())
        .collect();
    let known: Vec<&str> = huntc::internals::config::KEYS
        .iter()
        .flat_map(|(_, keys)| keys.iter().copied())
        .collect();
    for (place, keys) in huntc::internals::config::KEYS {
        for key in keys {
            assert!(rows.contains(key), "no row for `{key}` of {place}");
        }
    }
    for row in rows {
        assert!(known.contains(&row), "`{row}` is no key");
    }
    // Names that the page lists are all that there are.
    let mut files = huntc::internals::source::Files::default();
    let library = huntc::internals::schema::load::embedded(&mut files).expect("the schemas load");
    for (name, schema) in &library.platforms {
        // A target needs a table, which a schema of files has not.
        let listed = page.contains(&format!("`{name}`"));
        assert_eq!(listed, !schema.is_of_files(), "schema {name}");
    }
    for name in huntc::internals::backend::Dialects::embedded().names() {
        assert!(page.contains(&format!("`{name}`")), "backend {name}");
    }
}

/// Examples of huntc.yaml on the pages of its codes are right.
#[test]
fn examples_of_the_configuration_are_read() {
    let mut seen = 0;
    for code in huntc::internals::diag::Code::ALL {
        if !("E0601".."E0620").contains(&code.as_str()) {
            continue;
        }
        for example in blocks(code.page(), "yaml") {
            seen += 1;
            configured(&example).unwrap_or_else(|faults| panic!("{code}\n{example}\n{faults}"));
        }
    }
    assert!(seen >= 4, "{seen} examples");
}

/// Every example of the page on fixtures is a fixture, and holds.
#[test]
fn the_examples_of_the_page_on_fixtures_hold() {
    let page = read("docs/fixtures.md");
    let slug = "detections/rare-outbound-process";
    let repository = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fixtures-page");
    let _ = std::fs::remove_dir_all(&repository);
    let hunt = repository.join(slug);
    std::fs::create_dir_all(hunt.join("fixtures")).expect("the folder is made");
    std::fs::write(hunt.join("hunt.yaml"), read(&format!("{slug}/hunt.yaml"))).expect("a file");
    let examples: Vec<&str> = page
        .split("```yaml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(examples.len() >= 3, "{} examples", examples.len());
    for (at, example) in examples.iter().enumerate() {
        let path = hunt.join(format!("fixtures/example-{at}.yaml"));
        std::fs::write(path, example).expect("a file");
    }
    let hunt = hunt.to_str().expect("the folder's name is text");
    let (code, out, err) = huntc(&["test", hunt]);
    assert_eq!(code, 0, "{out}\n{err}");
    assert!(out.contains(&format!("{} hold", examples.len())), "{out}");
}

/// The page on fixtures lists every key that a fixture may have.
#[test]
fn the_page_on_fixtures_lists_every_key() {
    let page = read("docs/fixtures.md");
    for key in huntc::internals::fixture::KEYS {
        assert!(
            page.contains(&format!("`{key}`")),
            "docs/fixtures.md lacks `{key}`"
        );
    }
}

/// The page on the language lists every key of a hunt.
#[test]
fn the_page_on_the_language_lists_every_key_of_a_hunt() {
    let page = read("docs/language.md");
    let rows: String = page
        .lines()
        .filter(|line| line.starts_with("| `") || line.contains("`query: |`"))
        .collect();
    for key in huntc::internals::hunt::KEYS {
        let named = [format!("`{key}`"), format!("`{key}: ")];
        assert!(
            named.iter().any(|name| rows.contains(name)),
            "docs/language.md lacks `{key}`"
        );
    }
}
