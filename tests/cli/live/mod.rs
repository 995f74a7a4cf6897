//! `huntc verify` with `--kusto` and `--elasticsearch`, against servers on this machine that check what they are asked: equal where the texts are right, a
//! difference where an answer is wrong, "not run" where there is none; no credentials in what is printed, no index left, nothing of others deleted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code
)] // clippy.toml frees test functions, not their helpers; of what tests share only a part is used

mod engines;
mod server;

use crate::repo::{Ran, Repo, command};
use crate::support::{Kind, oracle_or_skip};
use engines::{Elasticsearch, KEY, TOKEN, frames, kusto};
use huntc::internals::plan::Type;
use huntc::internals::value::Value;
use huntc::internals::verify::interpreters;
use huntc::internals::verify::live::{Live, datatable};
use huntc::internals::verify::rows::{EngineColumn, EngineTable, Missing};
use huntc_interp::kql;
use serde_json::json;
use server::{Reply, Request, Server, error, ok, reply};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const TARGETS: &str = "targets:
  defender: { backend: kql, schema: defender, product: defender }
  sentinel: { backend: kql, schema: asim }
  elastic:  { backend: esql, schema: ecs, stack: \"9.3\", indices: [\"logs-*\"] }
";
const HUNT: &str = "detections/rare-outbound-process";

/// One hunt with its fixtures.
fn repository(name: &str) -> Repo {
    Repo::one_hunt(&format!("live-{name}"), HUNT, TARGETS)
}

fn prepared(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = command(folder, arguments);
    command
        .env_remove("CI")
        .env("HUNTC_ORACLES", folder.join("nothing"))
        .env("HUNTC_KUSTO_TOKEN", TOKEN)
        .env("HUNTC_ELASTICSEARCH_API_KEY", KEY);
    command
}

/// Runs, and looks for credentials in what is printed.
fn ran(command: &mut Command) -> Ran {
    Ran::of(command).never_says("geheim")
}

fn verify(folder: &Path, engine: &str, url: &str, more: &[&str]) -> Ran {
    let option = format!("--{engine}={url}");
    let fixed = ["verify", "--engine", engine, &option];
    ran(&mut prepared(folder, &[&fixed[..], more].concat()))
}

/// An Elasticsearch, and what it is broken by.
fn elasticsearch(
    change: impl Fn(&Request, Reply) -> Reply + Send + Sync + 'static,
) -> (Arc<Elasticsearch>, Server) {
    let state = Arc::new(Elasticsearch::default());
    let own = Arc::clone(&state);
    let server = Server::new(move |request| change(request, own.answer(request)));
    (state, server)
}

/// No index is left, and each that was deleted is one that was made here.
fn nothing_is_left(state: &Elasticsearch, server: &Server) {
    let left: Vec<String> = state.indices.lock().unwrap().keys().cloned().collect();
    assert_eq!(left, [] as [String; 0]);
    only_its_own(server);
}

fn only_its_own(server: &Server) {
    let log = server.log();
    let of = |method: &str| -> Vec<String> {
        let all = log.iter().filter(|request| request.method == method);
        all.map(|request| request.path.clone()).collect()
    };
    let made = of("PUT");
    for path in of("DELETE") {
        assert!(made.contains(&path), "{path} was not made here");
        let name = path.strip_prefix("/huntc-verify-").expect(&path);
        assert!(
            name.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'),
            "{path}"
        );
    }
    for request in &log {
        let known = ["/_query", "/v2/rest/query"].contains(&request.path.as_str())
            || request.path.starts_with("/huntc-verify-");
        assert!(known, "{} {}", request.method, request.path);
    }
}

#[test]
fn every_hunt_on_kusto() {
    let server = Server::new(kusto);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let more = ["--events", "0", "--require", "kusto"];
    let ran = verify(root, "kusto", &server.url, &more).exits(0);
    let ran = ran
        .says(" 0 differences")
        .never_says("not run")
        .never_says("refused");
    assert!(
        ran.out.contains("sentinel") && ran.out.contains("kusto"),
        "{}",
        ran.out
    );
    let log = server.log();
    assert!(log.len() > 100, "only {} requests\n{}", log.len(), ran.out);
    // Microsoft's own binder finds every name in the query itself: nothing that is stored is read.
    let Some(worker) = oracle_or_skip(Kind::Kql) else {
        return;
    };
    for request in log.iter().step_by(5) {
        let text = request.json()["csl"].as_str().unwrap().to_owned();
        let answer = worker.ask(&json!({ "query": text })).unwrap();
        assert_eq!(answer["errors"], json!([]), "{text}");
    }
}

#[test]
fn every_hunt_on_elasticsearch() {
    let (state, server) = elasticsearch(|_, reply| reply);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let targets = "elastic,elastic-defender,elastic-apexone";
    let more = [
        "--events",
        "0",
        "--require",
        "elasticsearch",
        "--target",
        targets,
    ];
    let ran = verify(root, "elasticsearch", &server.url, &more).exits(0);
    ran.says(" 0 differences")
        .never_says("not run")
        .never_says("refused");
    nothing_is_left(&state, &server);
    let queries = server
        .log()
        .iter()
        .filter(|request| request.path == "/_query")
        .count();
    assert!(queries > 50, "only {queries} queries");
}

#[test]
fn generated_events_and_mutants_on_both() {
    let repo = repository("both");
    let (state, elastic) = elasticsearch(|_, reply| reply);
    let kusto = Server::new(kusto);
    let (one, other) = (
        format!("--kusto={}", kusto.url),
        format!("--elasticsearch={}", elastic.url),
    );
    let arguments = [
        "verify",
        "--events",
        "300",
        "--mutants",
        &one,
        &other,
        "--format",
        "json",
    ];
    let json = ran(&mut prepared(&repo.root, &arguments)).exits(0).json();
    assert_eq!(json["summary"]["differences"], 0);
    let verdicts = json["hunts"][0]["verdicts"].as_array().unwrap();
    let engines: Vec<&str> = verdicts
        .iter()
        .map(|own| own["engine"].as_str().unwrap())
        .collect();
    assert_eq!(
        engines,
        ["kql", "kusto", "kql", "kusto", "esql", "elasticsearch"]
    );
    // The servers read with the interpreters: what these notice, they notice.
    for pair in verdicts.chunks(2) {
        assert_eq!(pair[0]["comparisons"], pair[1]["comparisons"]);
        assert_eq!(pair[0]["mutants"]["caught"], pair[1]["mutants"]["caught"]);
        assert_eq!(pair[1]["verdict"], "equal");
    }
    nothing_is_left(&state, &elastic);
}

#[test]
fn a_wrong_answer_is_a_difference() {
    let repo = repository("wrong");
    let server = Server::new(|request| {
        let mut reply = kusto(request);
        let mut frames: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        if let Some(rows) = frames[2]["Rows"].as_array_mut() {
            rows.pop();
        }
        reply.body = frames.to_string();
        reply
    });
    let more = ["--events", "0"];
    verify(&repo.root, "kusto", &server.url, &more)
        .exits(1)
        .says("differ")
        .says("on kusto");
    let (state, server) = elasticsearch(|request, mut reply| {
        if request.path == "/_query" {
            let mut answer: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
            if let Some(rows) = answer["values"].as_array_mut() {
                rows.pop();
            }
            reply.body = answer.to_string();
        }
        reply
    });
    verify(&repo.root, "elasticsearch", &server.url, &more)
        .exits(1)
        .says("on elasticsearch");
    nothing_is_left(&state, &server);
}

/// What a server may answer in place of an answer, and what is reported of it.
fn failures(echo: &str) -> Vec<(&'static str, Reply, &'static str)> {
    let redirect = |to: &str| Reply {
        headers: format!("Location: {to}\r\n"),
        ..reply(307, "")
    };
    vec![
        ("401", reply(401, echo), "does not let us in"),
        (
            "403",
            error(403, "security_exception", echo),
            "does not let us in",
        ),
        (
            "500",
            error(500, "broken", &format!("broken: {echo}")),
            "HTTP 500: broken: ***",
        ),
        (
            "503",
            reply(503, "<html>\nbusy</html>"),
            "HTTP 503: <html> busy</html>",
        ),
        ("garbage", reply(200, echo), "no JSON"),
        ("another", ok(&json!({ "hello": "world" })), "the answer"),
        ("413", error(413, "too_large", "100 MB"), "too large: "),
        (
            "redirect",
            redirect("http://127.0.0.1:9/elsewhere"),
            "redirect, which is not followed",
        ),
    ]
}

#[test]
fn what_gives_no_answer_did_not_run() {
    // Servers that say back what they were told.
    for (engine, path, secret) in [
        ("kusto", "/v2/rest/query", TOKEN),
        ("elasticsearch", "/_query", KEY),
    ] {
        for (name, broken, told) in failures(secret) {
            let repo = repository(&format!("{engine}-{name}"));
            let state = Arc::new(Elasticsearch::default());
            let own = Arc::clone(&state);
            let server = Server::new(move |request| match request.path == path {
                true => broken.clone(),
                false => own.answer(request),
            });
            let more = ["--events", "0"];
            let ran = verify(&repo.root, engine, &server.url, &more).exits(3);
            ran.says("error[E0660]")
                .says("was asked for by its URL and did not run")
                .says(&format!("not run: {engine}: "))
                .says(told)
                .never_says(" equal");
            // The first failure is the last request, except for what is too large: the next may be smaller.
            let log = server.log();
            let asked = log.iter().filter(|request| request.path == path).count();
            let most = if name == "413" { 2 } else { 1 };
            assert!((1..=most).contains(&asked), "{engine} {name}: {asked}");
            nothing_is_left(&state, &server);
        }
    }
}

#[test]
fn nobody_there_did_not_run() {
    let repo = repository("nobody");
    for engine in ["kusto", "elasticsearch"] {
        let ran = verify(&repo.root, engine, "http://127.0.0.1:9", &["--events", "0"]).exits(3);
        ran.says(&format!("not run: {engine}: "))
            .never_says("E0671");
    }
}

#[test]
fn what_the_server_has_against_a_query_is_a_difference() {
    let repo = repository("refused");
    let against = |reply: Reply| {
        Server::new(move |request| match request.body.contains("datatable") {
            true => reply.clone(),
            false => kusto(request),
        })
    };
    let server = against(error(400, "BadRequest", "no such column"));
    verify(&repo.root, "kusto", &server.url, &["--events", "0"])
        .exits(1)
        .says("refused: ")
        .says("no such column");
    // An error after the run began.
    let failed = json!([[1], { "OneApiErrors": [{ "error": { "@message": "E_RUNAWAY_QUERY" } }] }]);
    let columns = json!([{ "ColumnName": "n", "ColumnType": "long" }]);
    let server = against(ok(&frames(&columns, &failed)));
    verify(&repo.root, "kusto", &server.url, &["--events", "0"])
        .exits(1)
        .says("E_RUNAWAY_QUERY");
}

/// A database or an index that the server does not give shows nothing about a text.
#[test]
fn what_the_server_has_against_the_run_is_no_difference() {
    let repo = repository("no-database");
    // What it says steers no terminal.
    let server = Server::new(|_| {
        error(
            400,
            "BadRequest",
            "no database NetDefaultDB\u{1b}[2J\u{9b}2J",
        )
    });
    verify(&repo.root, "kusto", &server.url, &["--events", "0"])
        .exits(3)
        .says("was asked for by its URL and did not run")
        .says("not run: kusto: ")
        .says("no database NetDefaultDB")
        .never_says("\u{1b}")
        .never_says("\u{9b}");
    assert_eq!(server.log().len(), 1);
    let server = Server::new(|_| error(400, "validation_exception", "too many shards"));
    verify(&repo.root, "elasticsearch", &server.url, &["--events", "0"])
        .exits(3)
        .says("was asked for by its URL and did not run")
        .says("not run: elasticsearch: ")
        .says("too many shards");
    assert!(server.log().iter().all(|request| request.method == "PUT"));
}

/// Wherever Elasticsearch fails, no index stays.
#[test]
fn indices_go_whatever_happens() {
    type Break = fn(&Request, Reply) -> Reply;
    let broken: [(&str, i32, &str, Break); 6] = [
        // The index was made, and the answer to that is lost.
        ("create", 3, "HTTP 500", |request, reply| {
            match request.method == "PUT" {
                true => error(500, "broken", "broken"),
                false => reply,
            }
        }),
        ("bulk", 3, "HTTP 500", |request, reply| {
            match request.path.contains("_bulk") {
                true => error(500, "broken", "broken"),
                false => reply,
            }
        }),
        (
            "partly",
            1,
            "a row is not taken: no such ip",
            |request, reply| {
                let refused = json!({ "index": { "error": { "reason": "no such ip" } } });
                match request.path.contains("_bulk") {
                    true => ok(&json!({ "errors": true, "items": [refused] })),
                    false => reply,
                }
            },
        ),
        (
            "fewer",
            3,
            "is not Elasticsearch's",
            |request, reply| match request.path.contains("_bulk") {
                true => ok(&json!({ "errors": false, "items": [] })),
                false => reply,
            },
        ),
        ("query", 1, "refused: ", |request, reply| {
            match request.path == "/_query" {
                true => error(400, "parsing_exception", "line 1:1"),
                false => reply,
            }
        }),
        (
            "partial",
            3,
            "the answer is partial",
            |request, reply| match request.path == "/_query" {
                true => ok(&json!({ "is_partial": true, "columns": [], "values": [] })),
                false => reply,
            },
        ),
    ];
    for (name, code, told, change) in broken {
        let repo = repository(&format!("indices-{name}"));
        let (state, server) = elasticsearch(change);
        verify(&repo.root, "elasticsearch", &server.url, &["--events", "0"])
            .exits(code)
            .says(told)
            .never_says("E0671");
        nothing_is_left(&state, &server);
    }
}

#[test]
fn an_index_that_stays_is_told() {
    let repo = repository("stays");
    let state = Arc::new(Elasticsearch::default());
    let own = Arc::clone(&state);
    let server = Server::new(move |request| match request.method.as_str() {
        "DELETE" => error(500, "broken", "no deletion today"),
        _ => own.answer(request),
    });
    let ran = verify(&repo.root, "elasticsearch", &server.url, &["--events", "0"]).exits(3);
    let ran = ran.says("error[E0671]").says("no deletion today");
    for name in state.indices.lock().unwrap().keys() {
        assert!(ran.err.contains(name), "{name} is not told\n{}", ran.err);
    }
    only_its_own(&server);
    // Each is tried twice, and no more.
    let deletions = server
        .log()
        .iter()
        .filter(|request| request.method == "DELETE")
        .count();
    assert_eq!(deletions, 2 * state.indices.lock().unwrap().len());
}

#[cfg(unix)]
#[test]
fn an_interrupt_takes_indices_away() {
    for signal in ["-INT", "-TERM"] {
        let repo = repository(&format!("interrupt{signal}"));
        let queries = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&queries);
        let (state, server) = elasticsearch(move |request, mut reply| {
            if request.path == "/_query" {
                seen.fetch_add(1, Ordering::SeqCst);
                reply.after = Duration::from_secs(60);
            }
            reply
        });
        let option = format!("--elasticsearch={}", server.url);
        let arguments = [
            "verify",
            "--engine",
            "elasticsearch",
            "--events",
            "0",
            &option,
        ];
        let mut child = prepared(&repo.root, &arguments).spawn().unwrap();
        let start = Instant::now();
        while queries.load(Ordering::SeqCst) == 0 {
            assert!(start.elapsed() < Duration::from_secs(60), "no query came");
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(state.indices.lock().unwrap().len(), 1);
        let id = child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &id])
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(child.wait().unwrap().code(), Some(130));
        nothing_is_left(&state, &server);
    }
}

/// A table with all that a cell may hold.
fn strange() -> EngineTable {
    let column = |name: &str, native: &str, ty: Type| EngineColumn {
        name: name.to_owned(),
        native_type: native.to_owned(),
        ty: ty.clone(),
        multi: matches!(ty, Type::Set(_)),
    };
    let columns = vec![
        column("where", "string", Type::Text),
        column("it's \\ a name", "long", Type::Int),
        column("real", "real", Type::Float),
        column("bool", "bool", Type::Bool),
        column("datetime", "datetime", Type::Time),
        column("dynamic", "dynamic", Type::Set(Box::new(Type::Text))),
    ];
    let texts = [
        "",
        "'",
        "\"",
        "\\",
        "\\\"; .drop database x //",
        "a\nb\r\tc",
        "\u{0}\u{1}\u{7f}\u{85}\u{2028}\u{feff}",
        "])) | take 0 //",
        "@'x'",
        "h\"x\"",
        "```",
        "${x} {{y}}",
        "ü\u{10ffff}🦀",
        "\\u0041",
        " ",
    ];
    let rows = texts.iter().enumerate().map(|(at, text)| {
        let number = if at % 2 == 0 { i64::MAX } else { i64::MIN + 1 };
        let values = [
            ("where", Value::text(text)),
            ("it's \\ a name", Value::Int(number)),
            ("real", Value::float(0.1 + at as f64)),
            ("bool", Value::Bool(at % 2 == 0)),
            ("datetime", Value::Time(1_772_458_245_678 - at as i64)),
            ("dynamic", Value::set([Value::text(text), Value::text("x")])),
        ];
        // One cell of each row is missing.
        let kept = values
            .into_iter()
            .enumerate()
            .filter(|(own, _)| at == 0 || own % 6 != at % 6);
        kept.map(|(_, (name, value))| (name.to_owned(), value))
            .collect()
    });
    EngineTable {
        name: "Strange".to_owned(),
        rows: rows.collect(),
        columns,
    }
}

#[test]
fn any_cell_is_a_literal() {
    let engine_table = strange();
    let sample = interpreters::sample(&engine_table, interpreters::Language::Kql, Missing::Blank);
    let written = datatable::Written::of(&engine_table).unwrap();
    let before = datatable::statements(&[written], "Strange").unwrap();
    assert!(before.is_ascii() || before.contains('🦀'));
    let options = kql::Options::default();
    let sent = kql::run(&format!("{before}Strange"), &[], &options).unwrap();
    // The same rows, given to the interpreter as they are.
    let given = kql::run("Strange", &[sample], &options).unwrap();
    assert_eq!(sent.columns, given.columns);
    assert_eq!(sent.rows, given.rows);
    if let Some(worker) = oracle_or_skip(Kind::Kql) {
        let answer = worker
            .ask(&json!({ "query": format!("{before}Strange") }))
            .unwrap();
        assert_eq!(answer["errors"], json!([]), "{before}");
        assert_eq!(answer["columns"].as_array().unwrap().len(), 6);
    }
}

#[test]
fn a_query_that_is_too_long_is_not_sent() {
    let server = Server::new(kusto);
    let mut engine_table = strange();
    engine_table.rows = vec![engine_table.rows[0].clone(); 20_000];
    let live = Live {
        kusto: Some(server.url.clone()),
        ..Live::default()
    };
    let mut engines = live.engines(&|_| None).unwrap();
    let failure = engines[0].load(&[engine_table]).unwrap_err();
    assert!(
        format!("{failure:?}").contains("Absent(\"too large: "),
        "{failure:?}"
    );
    assert!(server.log().is_empty());
    // The next one may be shorter.
    assert_eq!(engines[0].load(&[strange()]), Ok(()));
}

#[test]
fn a_server_is_waited_for_only_so_long() {
    let slow = |request: &Request| Reply {
        after: Duration::from_secs(20),
        ..kusto(request)
    };
    let server = Server::new(slow);
    let live = Live {
        kusto: Some(server.url.clone()),
        elasticsearch: Some(server.url.clone()),
        patience: Duration::from_millis(300),
        ..Live::default()
    };
    let start = Instant::now();
    for mut engine in live.engines(&|_| None).unwrap() {
        let loaded = engine.load(&[strange()]);
        let failure = loaded.and_then(|()| engine.run("Strange", 0, &[]).map(drop));
        let failure = format!("{:?}", failure.unwrap_err());
        assert!(
            failure.starts_with("Absent(") && failure.contains("timeout"),
            "{failure}"
        );
    }
    assert!(start.elapsed() < Duration::from_secs(10));
    only_its_own(&server);
}

#[test]
fn what_cannot_be_used_is_told_before_anything_is_sent() {
    let repo = repository("unusable");
    let of = |arguments: &[&str]| {
        let mut command = prepared(&repo.root, arguments);
        ran(&mut command).exits(3)
    };
    of(&["verify", "--kusto", "http://ana:geheim@localhost:1"])
        .says("error[E0670]")
        .says("HUNTC_KUSTO_TOKEN");
    of(&["verify", "--kusto", "http://kusto.example"])
        .says("error[E0670]")
        .says("use https");
    of(&["verify", "--elasticsearch", "localhost:9200"]).says("error[E0670]");
    of(&["verify", "--engine", "kusto"])
        .says("error[E0660]")
        .says("add `--kusto URL`");
    of(&["verify", "--require", "elasticsearch"]).says("add `--elasticsearch URL`");
    if !cfg!(feature = "live") {
        of(&["verify", "--kusto", "https://kusto.example"]).says("--features live");
    }
    let mut two = prepared(
        &repo.root,
        &["verify", "--elasticsearch", "http://localhost:1"],
    );
    two.env("HUNTC_ELASTICSEARCH_USER", "ana")
        .env("HUNTC_ELASTICSEARCH_PASSWORD", "geheim");
    ran(&mut two).exits(3).says("which is meant?");
}

/// What is sent to an `https` address is never readable, not even for a server that does not know TLS.
#[cfg(feature = "live")]
#[test]
fn https_begins_with_a_handshake() {
    use std::io::Read;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let heard = std::thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        let mut first = [0; 512];
        let count = stream.read(&mut first).unwrap();
        first[..count].to_vec()
    });
    let repo = repository("https");
    verify(&repo.root, "kusto", &url, &["--events", "0"])
        .exits(3)
        .says("was asked for by its URL and did not run")
        .says("not run: kusto: ");
    let heard = heard.join().unwrap();
    // A handshake record of TLS.
    assert_eq!(heard[..2], [0x16, 3]);
    assert!(!heard.windows(6).any(|part| part == b"geheim"));
}

/// In CI an engine that nobody gave a URL is none that is missed.
#[test]
fn engines_without_url_are_not_required() {
    let repo = repository("ci");
    let mut command = prepared(&repo.root, &["verify", "--events", "0"]);
    ran(command.env("CI", "true"))
        .exits(0)
        .never_says("kusto")
        .never_says("elasticsearch");
}
