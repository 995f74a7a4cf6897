//! Every seed, without a fuzzer.

use std::path::Path;

#[test]
fn every_seed_runs_through_its_target() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    for (name, target) in huntc_fuzz::TARGETS {
        let folder = seeds.join(name);
        let mut files: Vec<_> = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .map(|entry| entry.expect("a folder that can be listed").path())
            .collect();
        files.sort();
        assert!(files.len() >= 5, "{name} has {} seeds", files.len());
        for file in files {
            target(&std::fs::read(&file).expect("a file that can be read"));
        }
    }
}
