//! Files that documents name.
//!
//! In: a folder and the name of a file in it, as a hunt or a fixture says it, or a path that was found in the folder. Out: the path, or why it is refused.
//! Guarantee: no file outside of the folder is opened, through links neither; what is no regular file (a device, a pipe, a socket) is not opened at all.
//! Documents come from elsewhere (a pull request), and a message about a file quotes it.

// One error for a whole file: its size costs nothing, and callers keep it as it is.
#![allow(clippy::result_large_err)]

use super::{FileId, Files, Spanned, disk, read_text};
use crate::diag::{Code, Diagnostic};
use std::path::{Component, Path, PathBuf};

/// The path of a file that a document in `folder` names; `whose`: "the hunt", "the fixture".
///
/// # Errors
/// E0113 when it is not in the folder or below it; E0101 when it is no regular file or larger than `limit` bytes. A file that is not there is no error
/// of its name.
pub(crate) fn named(
    folder: &Path,
    file: &Spanned<String>,
    whose: &str,
    limit: usize,
) -> Result<PathBuf, Diagnostic> {
    let relative = Path::new(&file.value);
    let path = match folder.as_os_str().is_empty() {
        true => relative.to_path_buf(),
        false => folder.join(relative),
    };
    if !is_below(&file.value) || leads_out(folder, &path) {
        return Err(outside(file, whose));
    }
    match readable(&path, limit) {
        Ok(()) => Ok(path),
        Err(why) => {
            let title = format!("{}: {why}", path.display());
            Err(Diagnostic::at(Code::E0101, file.span, title))
        }
    }
}

/// Whether a name is that of a file in a folder or below it, whatever the links on the way.
pub(super) fn is_below(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    parts.all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
        && !name.contains('\\')
}

/// The error for a name that is not below.
pub(super) fn outside(file: &Spanned<String>, whose: &str) -> Diagnostic {
    let title = format!("this file is not in the folder of {whose}");
    let help = format!("name a file in {whose}'s own folder or below it, with `/` between folders");
    Diagnostic::at(Code::E0113, file.span, title).help(help)
}

/// Whether a path that lies in `folder` by its name lies elsewhere, because a link on the way leads out.
#[must_use]
pub(crate) fn leads_out(folder: &Path, path: &Path) -> bool {
    let here = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    match (disk::real(here), disk::real(path)) {
        (Ok(here), Ok(target)) => !target.starts_with(here),
        // What is not there cannot be read either.
        _ => false,
    }
}

/// Reads a text file that was found under its name in a folder: `hunt.yaml`, a fixture, `huntc.yaml`.
///
/// # Errors
/// E0113 when it is a link that leads out of its folder, E0101 when it is no regular file; those of [`read_text`].
pub(crate) fn read_found(
    files: &mut Files,
    path: &Path,
    limit: usize,
) -> Result<FileId, Diagnostic> {
    let shown = path.display();
    if leads_out(path.parent().unwrap_or(Path::new("")), path) {
        let title = format!("{shown}: this link leads out of its folder");
        return Err(Diagnostic::new(Code::E0113, title).help(
            "put the file itself there: what a link leads to may be any file of this machine",
        ));
    }
    readable(path, limit).map_err(|why| Diagnostic::new(Code::E0101, format!("{shown}: {why}")))?;
    read_text(files, path, limit)
}

/// Whether a file may be opened; one that is not there is left to the code that opens it.
fn readable(path: &Path, limit: usize) -> Result<(), String> {
    let Ok(about) = disk::about(path) else {
        return Ok(());
    };
    if !about.is_file && !about.is_folder {
        return Err("neither a file nor a folder".to_owned());
    }
    if about.is_file && usize::try_from(about.length).is_ok_and(|length| length > limit) {
        return Err(format!("larger than {} MiB", limit / 1024 / 1024));
    }
    Ok(())
}
