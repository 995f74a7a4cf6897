//! `examples/user-repository`: a repository with an event class, a platform, a dialect and a changed field of its own, as a team would keep it.

use super::repo::{Ran, Repo, command, copy};
use std::path::{Path, PathBuf};

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/user-repository")
}

/// A copy, to be broken; without fixtures.
fn copied(name: &str) -> Repo {
    let repo = Repo::empty(name);
    copy(&sample(), &repo.root);
    repo
}

#[test]
fn it_is_sound_and_its_committed_texts_are_those_of_today() {
    let run = |arguments: &[&str]| Ran::of(&mut command(&sample(), arguments));
    run(&["schema", "check"])
        .exits(0)
        .says(" mappings: all right")
        .says("read schemas/classes/door_event.yaml")
        .says("read schemas/ecs/network_session/mapping.yaml")
        .never_says("network_session.yaml");
    run(&["dialect", "check"])
        .exits(0)
        .says("dialects, 1 of this repository: no errors")
        .says("read templates/gateway/dialect.yaml")
        .never_says("duckdb");
    run(&["check"]).exits(0).says("2 hunts: 2 sound, 0 broken");
    run(&["test"]).exits(0).says("2 hunts, 2 fixtures: 2 hold");
    run(&["compile", "--check"])
        .exits(0)
        .says("5 queries: all as on disk");
}

#[test]
fn the_interpreters_find_in_its_texts_what_the_evaluator_finds() {
    let run = Ran::of(&mut command(
        &sample(),
        &["verify", "--engine", "esql", "--events", "200"],
    ));
    run.exits(0).never_says("differs");
}

#[test]
fn a_changed_field_is_in_the_texts_and_only_there() {
    let repo = copied("user-repository-change");
    let text = repo.run(&["compile", "--print", "--target", "elastic", "quiet-uploads"]);
    text.exits(0).says("user.email").never_says("user.name");
    std::fs::remove_dir_all(repo.path("schemas/ecs")).unwrap();
    let text = repo.run(&["compile", "--print", "--target", "elastic", "quiet-uploads"]);
    text.exits(0).says("user.name").never_says("user.email");
}

#[test]
fn faults_of_its_schemas_are_told_at_their_places_all_in_one_run() {
    let repo = copied("user-repository-faults");
    let patch = repo.read("schemas/ecs/network_session/mapping.yaml");
    let patch: Vec<&str> = patch
        .lines()
        .filter(|line| !line.contains("reason:"))
        .collect();
    repo.write("schemas/ecs/network_session/mapping.yaml", patch.join("\n"));
    let mapping = repo.read("schemas/badge_readers/door_event/mapping.yaml");
    repo.write(
        "schemas/badge_readers/door_event/mapping.yaml",
        mapping.replace("column: badge_no", "column: badge_nr"),
    );
    repo.write("schemas/badge_readers/more.yaml", "a: 1\n");
    for arguments in [&["schema", "check"][..], &["check"][..]] {
        repo.run(arguments)
            .exits(3)
            .says("schemas/ecs/network_session/mapping.yaml:4:3")
            .says("`user.name` is changed without a reason")
            .says("badge_nr")
            .says("schemas/badge_readers/more.yaml");
    }
}

/// The repository with the door in a column of JSON, at that place in it.
fn door_in_json(name: &str, member: &str) -> Repo {
    let repo = copied(name);
    let columns = repo.read("schemas/badge_readers/door_event/columns.csv");
    repo.write(
        "schemas/badge_readers/door_event/columns.csv",
        format!(
            "{}\nextra,json,,,,manual,what readers add\n",
            columns.trim_end()
        ),
    );
    let mapping = repo.read("schemas/badge_readers/door_event/mapping.yaml");
    repo.write(
        "schemas/badge_readers/door_event/mapping.yaml",
        mapping.replace("{ column: door }", &format!("{{ column: extra{member} }}")),
    );
    repo
}

#[test]
fn a_field_stands_on_a_member_of_json() {
    let repo = door_in_json(
        "user-repository-json",
        r#", member: [places, 0, "door name"]"#,
    );
    repo.run(&["schema", "show", "badge_readers", "door_event"])
        .exits(0)
        .says(r#"extra.places[0]["door name"]"#);
    repo.run(&[
        "compile",
        "detections/doors-at-night",
        "--target",
        "doors",
        "--print",
    ])
    .exits(0)
    .says(r#"json_extract_string(extra, '$.places[0]."door name"')"#);
    // A hunt that needs the door cannot be said in ES|QL.
    let refused = repo.run(&[
        "compile",
        "detections/doors-at-night",
        "--target",
        "doors-elastic",
    ]);
    assert!(
        refused.out.contains("not for") || refused.err.contains("member_text"),
        "{}{}",
        refused.out,
        refused.err
    );
}

#[test]
fn what_is_no_way_to_a_member_is_an_error_at_its_place() {
    for (at, (member, says)) in [
        ("", "name the member that is meant"),
        (", member: [places, -1]", "counted from 0, found -1"),
        (", member: \"it's\"", "found `it's`"),
        (", member: [a, true]", "expected text"),
    ]
    .into_iter()
    .enumerate()
    {
        let repo = door_in_json(&format!("user-repository-no-member-{at}"), member);
        repo.run(&["schema", "check"])
            .exits(3)
            .says(says)
            .says("schemas/badge_readers/door_event/mapping.yaml");
    }
    let repo = copied("user-repository-member-of-text");
    let mapping = repo.read("schemas/badge_readers/door_event/mapping.yaml");
    repo.write(
        "schemas/badge_readers/door_event/mapping.yaml",
        mapping.replace("column: door ", "column: door, member: name "),
    );
    repo.run(&["schema", "check"])
        .exits(3)
        .says("`door` holds string, which has no members");
}

#[test]
fn its_dialect_says_what_it_changes_and_nothing_else_differs() {
    let run = |arguments: &[&str]| Ran::of(&mut command(&sample(), arguments));
    run(&["dialect", "show", "gateway"])
        .exits(0)
        .says("extends      duckdb, sql")
        .says("changed in templates/gateway/dialect.yaml:")
        .says("functions/lower    The gateway knows lower under its other name, lcase, only.")
        .says("functions/extract       the gateway does not let regexp_extract through");
    run(&["dialect", "list"]).exits(0).says("gateway");
    run(&["dialect", "show", "gatewya"])
        .exits(3)
        .says("error[E0603]: there is no dialect `gatewya`")
        .says("the nearest is `gateway`");
    let text = |target: &str| {
        let path = sample().join(format!("queries/{target}/doors-at-night.sql"));
        std::fs::read_to_string(path).unwrap()
    };
    assert_eq!(
        text("doors").replace("lower(", "lcase("),
        text("doors-gateway")
    );
}

#[test]
fn the_page_on_dialects_shows_its_dialect() {
    let yaml = std::fs::read_to_string(sample().join("templates/gateway/dialect.yaml")).unwrap();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/dialects.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, entries) = yaml.split_once('\n').unwrap();
    assert!(page.contains(entries), "{page}");
}

/// A copy with a dialect, and what `huntc dialect check` says of it.
fn dialect(name: &str, files: &[(&str, &str)], code: i32) -> Ran {
    let repo = copied(name);
    for (path, text) in files {
        repo.write(&format!("templates/{path}"), text);
    }
    repo.run(&["dialect", "check"]).exits(code)
}

#[test]
fn a_carried_dialect_is_changed_entry_by_entry() {
    let repo = copied("user-dialect-builtin");
    let yaml = "extends: builtin\n\
                reason: Our fork has another clock.\n\
                times:\n  timestamptz:\n    functions:\n      bin: { pattern: \"fork_bin({{ width|arg }}, {{ instant|arg }})\" }\n\
                capabilities: { materializes: false }\n\
                operators:\n  now: { pattern: \"fork_now()\" }\n";
    repo.write("templates/duckdb/dialect.yaml", yaml);
    repo.write(
        "huntc.yaml",
        "targets:\n  plain: { backend: duckdb, schema: badge_readers }\n  \
         zoned: { backend: duckdb, schema: badge_readers, time: timestamptz }\n  \
         gateway: { backend: gateway, schema: badge_readers }\n",
    );
    repo.run(&["dialect", "check"])
        .exits(0)
        .says("2 of this repository");
    let print = |target: &str| {
        repo.run(&["compile", "--print", "--target", target, "doors-at-night"])
            .exits(0)
    };
    // What is not said stays as it is carried: the window, the rest of the times and of the capabilities.
    print("plain").says("fork_now()").says("time_bucket(");
    print("gateway").says("fork_now()").says("lcase(");
    print("zoned")
        .says("fork_bin(interval '1 hour', seen_at)")
        .says("now() - interval '24 hours'")
        .never_says("fork_now()");
}

#[test]
fn faults_of_a_dialect_are_reported_at_their_places_all_in_one_run() {
    let mut ran = dialect(
        "user-dialect-faults",
        &[
            (
                "gateway/dialect.yaml",
                "title: Gateway\n\
                 extends: duckdb\n\
                 functons: {}\n\
                 capabilities: { keys_frist: true }\n\
                 functions:\n\
                 \x20 lower: { pattern: \"lcase({{ text|arg }})\" }\n\
                 \x20 upper: { patern: \"ucase({{ text|arg }})\", reason: Because. }\n\
                 \x20 size: { pattern: \"f('{{ values|arg }}')\", guard: maybe, reason: Because. }\n",
            ),
            ("other/dialect.yaml", "extends: [duckdb]\n"),
            ("third/key.j2", "{{ value }}"),
            ("duckdb/dialect.yaml", "title: Ours\n"),
            ("Lake/dialect.yaml", "extends: duckdb\nreason: Ours.\n"),
            ("gateway/more/dialect.yaml", "a: 1\n"),
        ],
        3,
    );
    for (place, code, title) in [
        (
            "gateway/dialect.yaml:3:1",
            "E0107",
            "a dialect has no key `functons`",
        ),
        (
            "gateway/dialect.yaml:4:17",
            "E0107",
            "`capabilities` has no key `keys_frist`",
        ),
        (
            "gateway/dialect.yaml:4:1",
            "E0561",
            "`capabilities` is changed without a reason",
        ),
        (
            "gateway/dialect.yaml:6:3",
            "E0561",
            "`functions/lower` is changed without a reason",
        ),
        (
            "gateway/dialect.yaml:7:12",
            "E0107",
            "an entry of a dialect has no key `patern`",
        ),
        (
            "gateway/dialect.yaml:8:20",
            "E0562",
            "a placeholder of `functions/size` stands between quotes (')",
        ),
        (
            "gateway/dialect.yaml:8:52",
            "E0562",
            "`guard`: invalid type: string \"maybe\", expected a boolean",
        ),
        ("other/dialect.yaml:1:11", "E0109", "this is a list"),
        (
            "third/key.j2:1:1",
            "E0560",
            "the dialect `third` has no `dialect.yaml`",
        ),
        (
            "duckdb/dialect.yaml:1:1",
            "E0561",
            "huntc carries a dialect `duckdb`",
        ),
        (
            "Lake/dialect.yaml:1:1",
            "E0560",
            "`Lake` is not a name for a dialect",
        ),
        (
            "gateway/more/dialect.yaml:1:1",
            "E0560",
            "nothing reads this file",
        ),
    ] {
        ran = ran
            .says(&format!("--> templates/{place}\n"))
            .says(code)
            .says(title);
    }
}

#[test]
fn a_dialect_that_does_not_load_is_an_error_at_the_entry() {
    let yaml = "title: Gateway\n\
                extends: duckdb\n\
                reason: Ours.\n\
                functions:\n\
                \x20 lower: { pattern: \"lcase({{ txt|arg }})\" }\n\
                \x20 uper: { pattern: \"ucase({{ text|arg }})\" }\n\
                \x20 size: { note: No pattern. }\n\
                operators:\n\
                \x20 equal: { pattern: \"{{ left|at('ad') }} = {{ right }}\", prec: compares }\n\
                \x20 now: { pattern: \"now({{ \" }\n";
    let mut ran = dialect(
        "user-dialect-entries",
        &[
            ("gateway/dialect.yaml", yaml),
            ("gateway/key.j2", "{{ value }}\n  {% if %}\n"),
            ("gateway/kee.j2", ""),
        ],
        3,
    );
    for (place, title) in [
        (
            "dialect.yaml:5:3",
            "`functions/lower`: unknown placeholder `txt`; it may use text",
        ),
        (
            "dialect.yaml:6:3",
            "`functions/uper`: unknown function; the nearest is `upper`",
        ),
        (
            "dialect.yaml:7:3",
            "`functions/size`: it needs either a pattern or a reason under `unsupported`",
        ),
        (
            "dialect.yaml:9:3",
            "`operators/equal`: its `prec` is not in `precedence`",
        ),
        ("dialect.yaml:10:3", "`operators/now`: syntax error"),
        ("key.j2:2:3", "`steps/key`: syntax error"),
        ("kee.j2:1:1", "no query uses a template `kee.j2`"),
    ] {
        ran = ran
            .says(&format!("--> templates/gateway/{place}\n"))
            .says(title);
    }
    ran.says("error[E0562]");
    dialect(
        "user-dialect-circle",
        &[
            ("gateway/dialect.yaml", "extends: other\nreason: Ours.\n"),
            ("other/dialect.yaml", "extends: gateway\nreason: Ours.\n"),
        ],
        3,
    )
    .says("goes round in a circle");
    dialect(
        "user-dialect-escapes",
        &[(
            "gateway/dialect.yaml",
            "extends: sql\nreason: Ours.\nabstract: true\nliterals:\n  open: '\"'\n  close: '\"'\n",
        )],
        3,
    )
    .says("templates/gateway/dialect.yaml:4:1")
    .says("`literals`: `escapes` has no entry for \", which ends the text");
    dialect(
        "user-dialect-parent",
        &[("gateway/dialect.yaml", "extends: duckbd\nreason: Ours.\n")],
        3,
    )
    .says("templates/gateway/dialect.yaml:1:10")
    .says("there is no dialect `duckbd`")
    .says("the nearest is `duckdb`");
}

/// Faults of dialects keep no hunt from being blamed wrongly: `check` and `compile` report them as well, with those of the schemas.
#[test]
fn faults_of_dialects_and_schemas_come_in_one_run() {
    let repo = copied("user-dialect-and-schemas");
    repo.write("templates/gateway/dialect.yaml", "extends: nothing\n");
    repo.write("schemas/badge_readers/more.yaml", "a: 1\n");
    for arguments in [&["check"][..], &["compile"], &["dialect", "list"]] {
        repo.run(arguments)
            .exits(3)
            .says("templates/gateway/dialect.yaml:1:10")
            .says("schemas/badge_readers/more.yaml");
    }
    // A folder of dialects is checked by itself.
    repo.run(&["dialect", "check", "templates"])
        .exits(3)
        .says("templates/gateway/dialect.yaml:1:10")
        .never_says("more.yaml");
}

#[cfg(unix)]
#[test]
fn a_dialect_reads_no_file_outside_of_its_folder() {
    let repo = copied("user-dialect-link");
    repo.write("secret.yaml", "title: secret words\n");
    let link = repo.path("templates/gateway/key.j2");
    std::os::unix::fs::symlink(repo.path("secret.yaml"), link).unwrap();
    std::os::unix::fs::symlink(repo.path("detections"), repo.path("templates/linked")).unwrap();
    repo.run(&["dialect", "check"])
        .exits(3)
        .says("templates/gateway/key.j2: this link leads out of its folder")
        .says("templates/linked: this link leads out of its folder")
        .never_says("secret words");
}

/// Whatever a dialect changes, a text of a hunt stays a literal.
#[test]
fn a_text_of_a_hunt_stays_a_literal_in_an_own_dialect() {
    let repo = copied("user-dialect-quoting");
    let hunt = repo.read("detections/doors-at-night/hunt.yaml");
    let hunt = hunt.replace(
        "outcome == \"failure\"",
        "lower(door.name) == \"x') or (1=1 --\"",
    );
    repo.write("detections/doors-at-night/hunt.yaml", hunt);
    repo.run(&[
        "compile",
        "--print",
        "--target",
        "doors-gateway",
        "doors-at-night",
    ])
    .exits(0)
    .says("'x'') or (1=1 --'");
}
