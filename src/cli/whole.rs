//! Files written whole.
//!
//! In: a path and a text. Out: the file. Promise: a reader sees the old text or the new one, never a part; what could not be written leaves nothing
//! behind.

use std::io::{self, Write};
use std::path::Path;

/// Writes a file whole: into a new file beside it, which then takes its name. Folders that are not there are made.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}.new", std::process::id()));
    let whole = || -> io::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = std::fs::File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    };
    whole().inspect_err(|_| {
        let _ = std::fs::remove_file(&beside);
    })
}
