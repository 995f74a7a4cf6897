//! What the command says when something is wrong: all of it in one run, with what the reader can do.

use super::repo::{OUTBOUND, Ran, Repo, command};

/// A hunt of one query, whose folder is its name.
fn hunt(repo: &Repo, query: &str) {
    envelope(repo, "low", query);
}

fn envelope(repo: &Repo, severity: &str, query: &str) {
    let text = format!(
        "hunt: asked\nid: 7c0e5f5e-0000-4000-8000-000000000000\nversion: 1.0.0\nname: Test\n\
         description: A test.\nseverity: {severity}\nattack: [T1071]\nquery: |\n  from network_session within 24h\n  | {query}\n"
    );
    repo.write("detections/asked/hunt.yaml", text);
}

/// What `check` says of a query.
fn check(repo: &Repo, query: &str, code: i32) -> Ran {
    hunt(repo, query);
    repo.run(&["check", "detections/asked"]).exits(code)
}

#[test]
fn the_help_for_a_query_is_right() {
    let repo = Repo::empty("help-query");
    let mut said = String::new();
    for (query, code) in [
        ("where process.md5 == 0123", 2),
        ("where dst.port == 0443", 2),
        (
            "where process.name =~ \"curl*\" and process.name !~ \"*.exe\"",
            1,
        ),
        (
            "where process.command_line contains~ \"%curl%\" or process.name =~ \"cmd?.exe\"",
            1,
        ),
        (
            "where process.name !~ \"a.exe\" or process.name !~ \"b.exe\"",
            1,
        ),
        ("selekt dst.port", 2),
        ("5", 2),
        (
            "group by dst.ip { a = countif(dst.port == 1), b = dcount(dst.port), c = stdev(bytes.out) }",
            2,
        ),
        (
            "where direction == outbound and direction != Inbound AND usr.name == 'x' && dst.port <> \"1\"",
            2,
        ),
        (
            "where dst.prt == 10.0.0.1 AND process.path == \"C:\\Windows\" AND dst.port = 1",
            2,
        ),
        ("where direction == outbound and user.name == admin", 2),
        (
            "where dst.port == 84433 and process.sha256 == \"0cc175b9c0f1b6a831c399e269772661\"",
            1,
        ),
        (
            "where process.name =~ \"C:\\\\a\\\\b.exe\" or process.path =~ \"b.exe\"",
            1,
        ),
        ("where dst.host exists and dst.host is missing", 1),
    ] {
        let ran = check(&repo, query, code);
        said.push_str(&format!("{query}\n\n{}\n", ran.err));
    }
    insta::assert_snapshot!(said);
}

/// The envelope, the query and its names are judged in one run.
#[test]
fn faults_of_the_envelope_do_not_hide_those_of_the_query() {
    let repo = Repo::empty("help-envelope");
    envelope(
        &repo,
        "dreadful",
        "where usr.name == \"a\" and $nothing == 1",
    );
    repo.run(&["check", "detections/asked"])
        .exits(2)
        .says("error[E0110]")
        .says("error[E0302]")
        // What failed to be declared is not reported twice.
        .never_says("E0306")
        .says("2 errors");
    envelope(&repo, "dreadful", "where dst.port = 1");
    repo.run(&["check", "detections/asked"])
        .exits(2)
        .says("error[E0110]")
        .says("error[E0208]");
    envelope(&repo, "low", "where usr.name == \"a\" and $nothing == 1");
    repo.run(&["check", "detections/asked"])
        .exits(2)
        .says("error[E0302]")
        .says("error[E0306]");
}

/// A name that does not exist is answered with those that do, however near one of them is.
#[test]
fn unknown_names_are_answered_with_a_list() {
    let repo = Repo::new("help-lists");
    for (target, list) in [
        (
            "backend: spl, schema: asim",
            "there are clickhouse, duckdb, esql, kql, postgres, spark",
        ),
        (
            "backend: kql, schema: splunk",
            "there are apexone, asim, aws_cloudtrail",
        ),
        (
            "backend: kql, schema: asmi",
            "there are apexone, asim, aws_cloudtrail",
        ),
        (
            "backend: kql, schema: defender, product: xdr",
            "there are defender, sentinel",
        ),
        (
            "backend: kql, schema: asim, distinct: fast",
            "there are exact, sketch",
        ),
        (
            "backend: esql, schema: ecs, stack: newest, indices: [a]",
            "releases at which its text changes: 8.",
        ),
        (
            "backend: esql, schema: ecs, stack: \"7.17\", indices: [a]",
            "releases at which its text changes: 8.",
        ),
    ] {
        repo.write("huntc.yaml", format!("targets:\n  a: {{ {target} }}\n"));
        let ran = repo.run(&["compile"]).exits(3);
        assert!(ran.err.contains(list), "{target}: {list}\n{}", ran.err);
    }
    repo.write(
        "huntc.yaml",
        "targets:\n  lake: { backend: duckdb, schema: ecs, table: t }\n",
    );
    for (arguments, list) in [
        (&["compile", "--target", "lak"][..], "the targets are lake"),
        (&["schema", "show", "asmi"], "near: asim"),
        (
            &[
                "schema",
                "export",
                "defender",
                "--class",
                "logon",
                "--product",
                "defendr",
            ],
            "there are: defender, sentinel",
        ),
        (
            &[
                "schema",
                "export",
                "ecs",
                "--class",
                "logon",
                "--product",
                "x",
            ],
            "there is no product in `ecs`",
        ),
        (
            &[
                "schema", "export", "asim", "--class", "logon", "--format", "ddl",
            ],
            "kql-check, esql-check, sql-ddl",
        ),
        (
            &["schema", "export", "--help"],
            "possible values: kql-check, esql-check,",
        ),
        (
            &["verify", "--engine", "duckbd"],
            "the engines are kql, esql, duckdb, postgres, spark, clickhouse, kusto, elasticsearch",
        ),
    ] {
        repo.run(arguments).says(list);
    }
    repo.change(OUTBOUND, "portable_to: [", "portable_to: [splunk, ");
    repo.run(&["check", OUTBOUND])
        .exits(2)
        .says("there are apexone, asim, aws_cloudtrail");
}

/// Whoever has only the program and a repository of their own is shown what they can do.
#[test]
fn an_engine_that_is_required_and_not_there() {
    let repo = Repo::one_hunt(
        "help-engine",
        "detections/rare-outbound-process",
        "targets:\n  lake: { backend: duckdb, schema: ecs, table: network_events }\n  defender: { backend: kql, schema: defender }\n",
    );
    let verify = |arguments: &[&str]| {
        let whole = [&["verify", "--events", "10"][..], arguments].concat();
        let mut command = command(&repo.root, &whole);
        Ran::of(command.env("CI", "true").env_remove("HUNTC_ORACLES"))
    };
    let ran = verify(&[])
        .exits(3)
        .says("error[E0660]")
        .says(".oracles (HUNTC_ORACLES names another folder)")
        .says("`huntc explain E0660` shows how to install it")
        .says("`--engine kql,esql` runs what needs nothing");
    // No script of huntc's own repository: it is not there.
    ran.never_says("scripts/");
    repo.run(&["explain", "E0660"])
        .exits(0)
        .says("python3 -m venv .oracles/venv")
        .says("touch .oracles/ready/duckdb");
    verify(&["--engine", "kql,esql"]).exits(0);
}
