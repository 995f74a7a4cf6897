//! `examples/user-repository`: a repository with an event class, a platform and a changed field of its own, as a team would keep it.

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
        .says("2 event classes on 7 platforms")
        .says("read schemas/classes/door_event.yaml")
        .says("read schemas/ecs/network_session/mapping.yaml")
        .never_says("network_session.yaml");
    run(&["check"]).exits(0).says("2 hunts: 2 sound, 0 broken");
    run(&["test"]).exits(0).says("2 hunts, 2 fixtures: 2 hold");
    run(&["compile", "--check"])
        .exits(0)
        .says("4 queries: all as on disk");
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
