//! Packs are data: all of them load, and faults of a pack are found when it loads.

use crate::backend::{Packs, Version};

#[test]
fn all_packs_load_whole_for_every_version_they_know() {
    let packs = Packs::embedded();
    assert!(packs.names().contains(&"kql"), "{:?}", packs.names());
    let mut faults = Vec::new();
    for name in packs.names() {
        let versions = [None, Some("8.19"), Some("9.3"), Some("99.0")];
        for version in versions.map(|v| v.map(|v| v.parse::<Version>().unwrap())) {
            if let Err(found) = packs.load(name, version.as_ref()) {
                faults.extend(
                    found
                        .into_iter()
                        .map(|f| format!("{}: {}", f.place, f.message)),
                );
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
