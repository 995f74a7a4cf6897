//! Data: fixtures of a hunt, and files of events.
//!
//! In: the bytes of a file. Out: nothing. Guarantee: rows are counted once each, and what is refused is refused with a message.

use crate::hunt::text;
use huntc::internals::data::time::{self, Clock};
use huntc::internals::data::{self, Request};
use huntc::internals::fixture;
use huntc::internals::schema::{self, Class, Library};
use huntc::internals::source::Files;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

const CLASS: &str = "network_session";

thread_local! {
    static SHELF: RefCell<Shelf> = RefCell::new(Shelf::new());
}

struct Shelf {
    files: Files,
    library: Library,
    folder: PathBuf,
}

impl Shelf {
    fn new() -> Shelf {
        let mut files = Files::default();
        let library = schema::load::embedded(&mut files)
            .unwrap_or_else(|faults| panic!("{}", text(&faults, &files)));
        let name = format!(
            "huntc-fuzz-data-{}-{:?}",
            std::process::id(),
            std::thread::current().id()
        );
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
        Shelf {
            files,
            library,
            folder,
        }
    }

    fn class(&self) -> &Class {
        &self.library.classes[CLASS]
    }

    fn fixture(&self, bytes: &[u8]) {
        let path = self.folder.join("fixture.yaml");
        std::fs::write(&path, bytes).expect("the temporary folder can be written");
        let mut files = self.files.clone();
        if let Err(faults) = fixture::read(&mut files, &path, self.class(), &BTreeMap::new()) {
            assert!(!faults.is_empty(), "a fixture is refused without a finding");
            text(&faults, &files);
        }
    }

    fn events(&self, name: &str, bytes: &[u8]) {
        let path = self.folder.join(name);
        std::fs::write(&path, bytes).expect("the temporary folder can be written");
        let fields: BTreeSet<String> = self.class().fields.keys().cloned().collect();
        for zone in [None, Some("+05:30")] {
            let opened = match data::open(std::slice::from_ref(&path), CLASS, &self.library, None) {
                Ok(opened) => opened,
                Err(errors) => {
                    assert!(!errors.is_empty(), "a file is refused without a message");
                    continue;
                }
            };
            let request = Request {
                class: self.class(),
                fields: &fields,
                native: None,
                from: Some(0),
                to: 4_102_444_800_000,
            };
            if let Ok(loaded) =
                data::read(opened, request, Clock::new(zone.and_then(time::zone), None))
            {
                let it = loaded.summary;
                let parts = [
                    it.malformed_rows,
                    it.other_class,
                    it.without_time,
                    it.outside_window,
                    it.in_window,
                ];
                assert_eq!(it.rows, parts.iter().sum::<u64>(), "{it:?}");
            }
        }
    }
}

/// A fixture.
pub fn fixture(bytes: &[u8]) {
    SHELF.with_borrow(|shelf| shelf.fixture(bytes));
}

/// Events as CSV.
pub fn csv(bytes: &[u8]) {
    SHELF.with_borrow(|shelf| shelf.events("events.csv", bytes));
}

/// Events as lines of JSON.
pub fn ndjson(bytes: &[u8]) {
    SHELF.with_borrow(|shelf| shelf.events("events.ndjson", bytes));
}
