//! The disk: the only file of the library that names `std::fs`.
//!
//! In: paths. Out: the files under them. Guarantee: nothing is written here; what compiles, evaluates and reads events goes through this file, so that
//! a build for a place without files has one file to replace. The command line and `verify` have their own files.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// What is under a path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About {
    /// A regular file.
    pub is_file: bool,
    /// A folder.
    pub is_folder: bool,
    /// Bytes.
    pub length: u64,
}

/// Looks at a path without opening it; links are followed.
pub(crate) fn about(path: &Path) -> io::Result<About> {
    std::fs::metadata(path).map(|about| About {
        is_file: about.is_file(),
        is_folder: about.is_dir(),
        length: about.len(),
    })
}

/// The absolute path without links.
pub(crate) fn real(path: &Path) -> io::Result<PathBuf> {
    std::fs::canonicalize(path)
}

/// Opens a file to read it.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// What a folder holds, sorted.
pub(crate) fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
