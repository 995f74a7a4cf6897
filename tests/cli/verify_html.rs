//! The page of `huntc verify --html`: that it is whole, that no author's text runs, what it says of agreement and of its lack, and that it works in a browser.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code
)] // clippy.toml frees test functions, not their helpers; of the shared modules only a part is used

use crate::repo::Repo;
use crate::support::browser_or_skip;
use huntc::internals::driver::Project;
use huntc::internals::verify::{self, Options, engine, html};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

const TARGETS: &str = "targets:
  defender: { backend: kql, schema: defender, product: defender }
  elastic:  { backend: esql, schema: ecs, stack: \"9.3\", indices: [\"logs-*\"] }
  apexone:  { backend: kql, schema: apexone }
  lake:     { backend: duckdb, schema: ecs, table: network_events }
";
const HUNT: &str = "detections/rare-outbound-process";
/// What would run if it were not escaped; each leaves its mark on the page.
const NAME: &str =
    "</script><script>document.documentElement.dataset.ran=\"name\"</script> & \u{202e}turned";
const DESCRIPTION: &str =
    "\"'><img src=x onerror=\"document.documentElement.dataset.ran='description'\">";
const ELEMENT: &str = "</pre><svg onload=document.documentElement.dataset.ran=1>.exe";

/// One hunt with texts that would be scripts, and its fixtures.
fn repository(name: &str) -> Repo {
    let repo = plain(name, TARGETS);
    let file = format!("{HUNT}/hunt.yaml");
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let text = repo.read(&file);
    let mut lines: Vec<String> = Vec::new();
    let mut skipped = false;
    for line in text.lines() {
        // The description goes on in indented lines.
        skipped &= line.starts_with(' ');
        if line.starts_with("name: ") {
            // What turns the reading may not stand in a file; an author can still write it as a number.
            let name = serde_json::to_string(NAME).unwrap();
            lines.push(format!("name: {}", name.replace('\u{202e}', "\\u202e")));
        } else if line.starts_with("description:") {
            lines.push(format!("description: {}", quoted(DESCRIPTION)));
            skipped = true;
        } else if !skipped {
            let listed = format!("values: [{}, msedge.exe", quoted(ELEMENT));
            lines.push(line.replace("values: [msedge.exe", &listed));
        }
    }
    // The name of a program has no `/` in it, which a lint says rightly.
    lines.push("allow: [{ lint: L0118, because: the name is markup }]".to_owned());
    repo.write(&file, lines.join("\n") + "\n");
    assert!(repo.read(&file).contains("onload="));
    repo
}

fn plain(name: &str, targets: &str) -> Repo {
    Repo::one_hunt(&format!("verify-html-{name}"), HUNT, targets)
}

/// The page of a run with everything in it: agreement, an engine that is not there, a target that the hunt is not for, broken texts.
fn full() -> &'static (Repo, String) {
    static FULL: OnceLock<(Repo, String)> = OnceLock::new();
    FULL.get_or_init(|| {
        let repo = repository("full");
        let page = page(&repo, &["--events", "240", "--mutants"]);
        (repo, page)
    })
}

fn page(repo: &Repo, options: &[&str]) -> String {
    let mut arguments = vec!["verify", "--html", "out/page.html"];
    arguments.extend(options);
    repo.run_without_engines(&arguments)
        .exits(0)
        .says("page written to out/page.html");
    repo.read("out/page.html")
}

/// A tag: its name, and its attributes as they are written.
type Tag<'a> = (&'a str, &'a str);

/// Every tag outside of the script and the style; in order, closing ones with their `/`.
fn tags(page: &str) -> Vec<Tag<'_>> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, after) = after.split_once('>').expect("a tag is closed");
        assert!(!tag.contains('<'), "{tag}");
        let end = tag.find([' ', '\n']).unwrap_or(tag.len());
        let (name, attributes) = tag.split_at(end);
        found.push((name, attributes));
        rest = match name {
            "script" | "style" => {
                let (_, after) = after.split_once(&format!("</{name}>")).unwrap();
                found.push((
                    if name == "script" {
                        "/script"
                    } else {
                        "/style"
                    },
                    "",
                ));
                after
            }
            _ => after,
        };
    }
    found
}

const VOID: &[&str] = &["!DOCTYPE", "meta", "br"];
const KNOWN: &[&str] = &[
    "html", "head", "title", "style", "body", "header", "main", "footer", "section", "article",
    "h1", "h2", "h3", "h4", "p", "ul", "ol", "li", "dl", "dt", "dd", "div", "span", "small", "b",
    "i", "strong", "sup", "a", "code", "pre", "mark", "time", "table", "caption", "thead", "tbody",
    "tr", "th", "td", "details", "summary", "script",
];

#[test]
fn the_page_is_whole_and_nothing_of_an_author_is_markup() {
    let (_, page) = full();
    let mut open = Vec::new();
    let mut ids = Vec::new();
    let mut links = Vec::new();
    for (name, attributes) in tags(page) {
        if let Some(closed) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "{attributes}");
            continue;
        }
        if !VOID.contains(&name) {
            assert!(KNOWN.contains(&name), "<{name}{attributes}>");
            open.push(name);
        }
        for part in attributes.split("\" ") {
            let (key, value) = part.trim().split_once("=\"").unwrap_or((part.trim(), ""));
            let value = value.trim_end_matches('"');
            assert!(
                !key.starts_with("on") && key != "src" && key != "style",
                "{attributes}"
            );
            match key {
                "href" => links.push(value.strip_prefix('#').expect(value)),
                "id" => ids.push(value),
                _ => {}
            }
        }
    }
    assert!(open.is_empty(), "{open:?}");
    // Every link leads somewhere on the page, and to one place.
    assert!(!links.is_empty());
    for link in links {
        assert_eq!(ids.iter().filter(|id| **id == link).count(), 1, "{link}");
    }
    let style = between(page, "<style>", "</style>");
    assert!(!style.contains("url(") && !style.contains("@import"));
    assert_eq!(page.matches("<script").count(), 1);
    let script = between(page, "<script>", "</script>");
    assert!(!script.contains("fetch") && !script.contains("innerHTML"));
    // Escaped, and there.
    assert!(page.contains("&lt;&#x2f;script&gt;&lt;script&gt;"));
    assert!(page.contains("&lt;img src=x onerror="));
    assert!(page.contains("&lt;svg onload="));
    assert!(page.contains("[U+202E]turned") && !page.contains('\u{202e}'));
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).expect(from);
    rest.split_once(to).expect(to).0
}

#[test]
fn what_did_not_run_looks_like_no_agreement() {
    let (repo, page) = full();
    let row = |target: &str| {
        let head = format!("<th scope=\"row\">{target}</th>");
        between(page, &head, "</tr>").to_owned()
    };
    for target in ["defender", "elastic"] {
        assert!(row(target).contains("class=\"equal\""), "{}", row(target));
        assert!(row(target).contains("with rows"));
        assert!(row(target).contains("mutants "));
    }
    let (apexone, lake) = (row("apexone"), row("lake"));
    assert!(apexone.contains("class=\"unfit\"") && apexone.contains("not for it"));
    assert!(lake.contains("class=\"absent\"") && lake.contains("not run"));
    for cell in [&apexone, &lake] {
        let reason = between(cell, "href=\"#", "\"");
        let told = between(page, &format!("<li id=\"{reason}\">"), "</li>");
        assert!(told.len() > 20, "{told}");
    }
    assert!(page.contains("duckdb is not installed"));
    assert!(page.contains("1 cell of the matrix: did not run"));
    // A run of one engine alone: the others were not asked, which is no agreement either.
    repo.run_without_engines(&[
        "verify", "--events", "0", "--engine", "esql", "--html", "one.html",
    ])
    .exits(0);
    let page = repo.read("one.html");
    let asked = between(&page, "<th scope=\"row\">defender</th>", "</tr>");
    assert!(
        asked.contains("class=\"absent\"") && asked.contains("not asked"),
        "{asked}"
    );
    assert!(page.contains("not measured: no events were generated"));
}

#[test]
fn the_texts_are_those_that_compile_writes() {
    let repo = plain("texts", TARGETS);
    let page = page(&repo, &["--events", "0"]);
    for target in ["defender", "elastic", "lake"] {
        let printed = repo
            .run(&["compile", "--print", "--target", target])
            .exits(0);
        for line in printed.out.lines() {
            let escaped = line
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
                .replace('"', "&quot;")
                .replace('\'', "&#x27;")
                .replace('/', "&#x2f;");
            assert!(page.contains(&escaped), "{escaped}");
        }
    }
    let json = repo
        .run_without_engines(&["verify", "--events", "0", "--format", "json"])
        .json();
    let texts = json["hunts"][0]["texts"].as_array().unwrap();
    let printed = repo.run(&["compile", "--print", "--target", "elastic"]);
    assert_eq!(texts[1]["target"], "elastic");
    assert_eq!(texts[1]["text"].as_str().unwrap(), printed.out);
    assert!(
        texts[2]["why"]
            .as_str()
            .unwrap()
            .contains("not for this target")
    );
}

#[test]
fn the_same_run_gives_the_same_page() {
    let repo = plain("same", TARGETS);
    let without_time = |page: String| {
        let time = between(&page, "<time>", "</time>").to_owned();
        page.replace(&time, "")
    };
    let first = without_time(page(&repo, &["--events", "60"]));
    assert_eq!(first, without_time(page(&repo, &["--events", "60"])));
}

#[test]
fn what_is_written_is_whole_or_is_not_there() {
    let repo = plain("unwritten", TARGETS);
    repo.write("folder/old.html", "old");
    repo.run(&["verify", "--events", "0", "--html", "folder"])
        .exits(3)
        .says("error[E0661]")
        .never_says("equal");
    let quick = [
        "verify",
        "--events",
        "0",
        "--engine",
        "kql",
        "--html",
        "huntc.yaml/page.html",
    ];
    repo.run(&quick)
        .exits(3)
        .says("error[E0661]")
        .says(" equal")
        .never_says("page written");
    let left: Vec<String> = repo.files("").into_iter().map(|(name, _)| name).collect();
    assert!(!left.iter().any(|name| name.ends_with(".new")), "{left:?}");
    // A page that is there is replaced, whatever the form of the report.
    repo.run(&[
        "verify",
        "--events",
        "0",
        "--engine",
        "kql",
        "--format",
        "json",
        "--html",
        "folder/old.html",
    ])
    .exits(0)
    .json();
    assert!(repo.read("folder/old.html").ends_with("</html>\n"));
}

#[test]
fn a_hunt_that_does_not_compile_is_told() {
    let repo = plain("broken", TARGETS);
    repo.change(
        &format!("{HUNT}/hunt.yaml"),
        "transport == \"tcp\"",
        "transprt == \"tcp\"",
    );
    repo.run(&["verify", "--html", "page.html"]).exits(2);
    let page = repo.read("page.html");
    assert!(page.contains("Nothing was compared"));
    assert!(page.contains("Not in this report") && page.contains("transprt"));
}

/// The page of a dialect that compares wrongly.
fn wrong_page(name: &str) -> (verify::Report, String) {
    let targets = "targets: { mde: { backend: kql, schema: defender } }";
    let repo = plain(name, targets);
    repo.write(
        "templates/kql/dialect.yaml",
        "extends: builtin\nreason: Wrong on purpose.\noperators:\n  \
         less_or_equal: { pattern: '{{ left|at(\"add\") }} < {{ right|at(\"add\") }}', prec: compare }\n",
    );
    let mut project = Project::open(Some(&repo.path("huntc.yaml"))).unwrap();
    let targets = project.targets(&[]).unwrap();
    let analyses = project.analyse(&[repo.path(HUNT).join("hunt.yaml")]);
    let options = Options {
        engines: vec!["kql".to_owned()],
        events: 240,
        seed: 1,
        mutants: false,
    };
    let mut engines = engine::all(&repo.root);
    let report = verify::verify(&mut project, &analyses, &targets, &mut engines, &options);
    let run = html::Run::default();
    let page = html::page(&report, project.files(), &options, &run).unwrap();
    (report, page)
}

#[test]
fn a_difference_is_shown_with_its_least_events_and_its_step() {
    let (report, page) = wrong_page("wrong");
    let (different, compared) = (report.differences(), report.compared());
    assert!(different > 0);
    assert!(page.contains(&format!(
        "<h1>{different} of {compared} comparisons differ</h1>"
    )));
    let cell = between(&page, "<th scope=\"row\">mde</th>", "</tr>");
    assert!(
        cell.contains("class=\"differs\"") && cell.contains("href=\"#differences-1\""),
        "{cell}"
    );
    assert_eq!(
        page.matches("<article class=\"difference\">").count(),
        different
    );
    let first = between(&page, "<article class=\"difference\">", "</article>");
    let least = report.verdicts().next().unwrap().differences[0]
        .least
        .as_ref()
        .unwrap();
    let events = between(first, "<table class=\"events\">", "</table>");
    assert_eq!(events.matches("<tr>").count(), least.count + 1, "{events}");
    // The step where the results part is the last condition of the hunt.
    let step = between(first, "The numbers of rows part at", "</pre>");
    assert!(step.contains("device_count &lt;= $max_devices"), "{step}");
    assert!(step.contains("<mark class=\"parts\""));
    assert!(!page.contains("<time>"), "no clock was read");
}

/// What a browser made of a page: the document after its scripts, and what its console said.
fn opened(browser: &Path, repo: &Repo, name: &str) -> (String, String) {
    let output = Command::new(browser)
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--dump-dom",
        ])
        .args(["--host-resolver-rules=MAP * ~NOTFOUND", "--timeout=60000"])
        .args(["--enable-logging=stderr", "--log-level=0"])
        .arg(format!(
            "--user-data-dir={}",
            repo.path("browser").display()
        ))
        .arg(format!("file://{}", repo.path(name).display()))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let console: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("CONSOLE"))
        .collect();
    let document = String::from_utf8(output.stdout).unwrap();
    assert!(document.contains("</html>"), "{document}\n{said}");
    (document, console.join("\n"))
}

#[test]
fn a_browser_runs_the_script_of_the_page_and_no_other() {
    let Some(browser) = browser_or_skip() else {
        return;
    };
    let (repo, page) = full();
    let (document, console) = opened(&browser, repo, "out/page.html");
    // If the policy did not know the script, this would fail and say which hash it has.
    assert_eq!(console, "");
    assert!(document.contains("data-script=\"on\""), "{document}");
    assert_eq!(document.matches("<select").count(), 2);
    assert!(!document.contains("data-ran"));
    let panes = between(&document, "<div class=\"panes\">", "<div class=\"list\">");
    assert!(panes.contains("from network_session within"), "{panes}");
    assert!(panes.contains("DeviceNetworkEvents"), "{panes}");

    // A script that got into the page would be stopped by the policy.
    let smuggled = "<script>document.documentElement.dataset.ran = 'smuggled'</script></body>";
    repo.write("smuggled.html", page.replace("</body>", smuggled));
    let (document, console) = opened(&browser, repo, "smuggled.html");
    assert!(document.contains("data-script=\"on\"") && !document.contains("data-ran=\"smuggled\""));
    assert!(console.contains("Content Security Policy"), "{console}");

    // Without the policy, so that escaping stands alone, and with a hand that chooses other texts.
    let policy = between(page, "<meta http-equiv=", ">");
    let open = page.replace(&format!("<meta http-equiv={policy}>"), "");
    repo.write("open.html", open.replace("</body>", HAND));
    let (document, console) = opened(&browser, repo, "open.html");
    assert!(!document.contains("data-ran="), "{document}");
    assert!(document.contains("data-left=\"lake SELECT\""), "{document}");
    assert!(
        document.contains("data-right=\"apexone WHY\""),
        "{document}"
    );
    // The console is heard: what the hand said is there, and nothing else.
    assert_eq!(console.lines().count(), 1, "{console}");
    assert!(console.contains("the hand is done"), "{console}");
}

const HAND: &str = r#"<script>
const [left, right] = document.querySelectorAll("select");
const choose = (select, name) => {
  select.value = Array.from(select.options).find((option) => option.textContent === name).value;
  select.dispatchEvent(new Event("change"));
  const shown = select.nextElementSibling;
  const kind = shown.querySelector(".why") ? "WHY" : shown.textContent.includes("select") ? "SELECT" : "OTHER";
  return `${name} ${kind}`;
};
document.documentElement.dataset.left = choose(left, "lake");
document.documentElement.dataset.right = choose(right, "apexone");
console.log("the hand is done");
</script></body>"#;
