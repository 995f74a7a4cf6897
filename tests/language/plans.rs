//! The hunts of `detections/`: each is read, lowered, its plan keeps every promise, and no lint speaks of it.

use huntc::internals::hunt::read;
use huntc::internals::lint::{LintInput, check as check_lints};
use huntc::internals::plan::{Catalog, check, columns, lower, show};
use huntc::internals::schema::load::embedded;
use huntc::internals::source::Files;
use huntc::internals::syntax::parse;
use std::collections::BTreeMap;
use std::fmt::Write;

#[test]
fn every_hunt_has_a_plan() {
    insta::glob!("../../detections", "*/hunt.yaml", |path| {
        let mut files = Files::default();
        let library = embedded(&mut files).unwrap();
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let hunt = read(&mut files, path.strip_prefix(root).unwrap()).unwrap();
        let query = parse(&files, hunt.query).unwrap();
        let plan = lower(&query, &hunt, &Catalog::library(&library), &BTreeMap::new()).unwrap();
        let class = &library.classes[&plan.class];
        let broken = check::check(&plan, class);
        assert!(broken.is_empty(), "{broken:#?}");
        let input = LintInput {
            hunt: &hunt,
            query: &query,
            plan: &plan,
            class,
        };
        assert_eq!(check_lints(&input), []);
        let mut text = show(&plan);
        for column in columns(&plan, class) {
            let _ = writeln!(text, "-> {}: {}", column.name, column.ty);
        }
        insta::assert_snapshot!(text);
    });
}
