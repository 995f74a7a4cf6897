//! What is taken away when the program is interrupted.
//!
//! In: files that are being written, indices on a live engine. Out: nothing of them. Guarantee: SIGINT, SIGTERM and SIGHUP end the program only after what is
//! unfinished was removed; what could not be is reported by name. One handler serves all, because a process has only one.

use super::terminal;
use crate::verify::live;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once};

/// The exit code after an interrupt, as shells give it for SIGINT.
const INTERRUPTED: i32 = 130;

static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// A file that is removed at an interrupt as long as this lives.
pub(super) struct Unfinished(PathBuf);

impl Unfinished {
    /// To be made before the file is.
    pub(super) fn new(path: &Path) -> Unfinished {
        tidy();
        if let Ok(mut all) = UNFINISHED.lock() {
            all.insert(path.to_path_buf());
        }
        Unfinished(path.to_path_buf())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Ok(mut all) = UNFINISHED.lock() {
            all.remove(&self.0);
        }
    }
}

/// From here on an interrupt takes away what is unfinished before the program ends.
pub(super) fn tidy() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Where there is a handler already, that of the library's user is kept.
        let _ = ctrlc::set_handler(|| {
            // Both locks are held to the end: nothing is made any more.
            let files = UNFINISHED.lock();
            for path in files.iter().flat_map(|all| all.iter()) {
                if std::fs::remove_file(path).is_err() && path.exists() {
                    terminal::err(&format!("not deleted: {}", path.display()));
                }
            }
            let left = live::index::delete_all();
            let names = left.names();
            if !names.is_empty() {
                terminal::err(&format!("not deleted: {}", names.join(", ")));
            }
            std::process::exit(INTERRUPTED);
        });
    });
}
